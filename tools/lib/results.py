# SPDX-License-Identifier: Apache-2.0
"""Counts what tools/test has run.

collect STAGE TESTLOG RESULTS   appends one row per test of a meson testlog.json; a TAP program
                                counts with each of its tests
close RESULTS                   prints failed and skipped tests by name and the closing line;
                                exit status 1 if a test failed or none passed
A row: passed|failed|skipped, stage, name, reason; tab-separated.
"""
import json
import re
import sys

TAP_LINE = re.compile(r'(not )?ok\b\s*(\d+)?\s*-?\s*([^#]*)(?:#\s*(skip|todo)\S*\s*(.*))?$', re.I)
TAP_PLAN = re.compile(r'1\.\.(\d+)\s*(?:#\s*skip\S*\s*(.*))?$', re.I)


def tap_rows(name, text):
    """Yields (status, name, reason) for each test of a TAP program, and its whole-program skip."""
    for line in text.splitlines():
        plan = TAP_PLAN.match(line)
        if plan and plan.group(1) == '0':
            yield 'skipped', name, plan.group(2) or ''
        match = TAP_LINE.match(line)
        if not match:
            continue
        bad, number, title, directive, reason = match.groups()
        full = f'{name}: {title.strip() or number}'
        if directive and directive.lower() == 'skip':
            yield 'skipped', full, reason.strip()
        elif bad and not (directive and directive.lower() == 'todo'):
            yield 'failed', full, ''
        else:
            yield 'passed', full, ''


def skip_reason(record):
    """A program that is no TAP program says why on a line of its own."""
    text = record.get('stdout', '') + '\n' + record.get('stderr', '')
    match = re.search(r'^(?:#\s*)?skip(?:ped)?\b:?\s*(.+)$', text, re.I | re.M)
    return match.group(1).strip() if match else ''


def rows_of(record):
    name, result = record['name'].split(':', 1)[-1].strip(), record['result']
    rows = list(tap_rows(name, record.get('stdout', '')))
    if result in ('OK', 'EXPECTEDFAIL'):
        return rows or [('passed', name, '')]
    if result == 'SKIP':
        return rows or [('skipped', name, skip_reason(record))]
    # The program's own verdict counts: a crash after the last test is a failure too.
    if not any(status == 'failed' for status, _, _ in rows):
        rows.append(('failed', name, f'{result.lower()}, exit status {record.get("returncode")}'))
    return rows


def collect(stage, log, out):
    with open(log, encoding='utf-8', errors='replace') as lines, open(out, 'a', encoding='utf-8') as f:
        for line in lines:
            record = json.loads(line)
            rows = rows_of(record)
            # meson shows what a TAP program wrote to stderr, and not the comments that say why.
            if any(status == 'failed' for status, _, _ in rows):
                print(f'--- {record["name"]}\n{record.get("stdout", "")}', file=sys.stderr)
            for status, name, reason in rows:
                print(status, stage, name, ' '.join(reason.split()), sep='\t', file=f)


def close(results):
    rows = [line.rstrip('\n').split('\t') for line in open(results, encoding='utf-8')]
    count = {status: sum(row[0] == status for row in rows)
             for status in ('passed', 'failed', 'skipped')}
    print()
    for status in ('failed', 'skipped'):
        for row in rows:
            if row[0] == status:
                print(f'{status}: {row[2]} ({row[1]})' + (f': {row[3]}' if row[3] else ''))
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count['failed'] or not count['passed'] else 0


def main(argv):
    if len(argv) == 5 and argv[1] == 'collect':
        return collect(*argv[2:])
    if len(argv) == 3 and argv[1] == 'close':
        return close(argv[2])
    sys.exit(__doc__)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
