#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The words of tests/support and the counting of tools/test tell outcomes apart. Output: TAP.

Arguments: the sample program, tools/lib/results.py, a folder to write in.
"""
import json
import os
import subprocess
import sys


def main(sample, results, scratch):
    done = subprocess.run([sample], capture_output=True, text=True)
    os.makedirs(scratch, exist_ok=True)
    log, rows = os.path.join(scratch, 'log.json'), os.path.join(scratch, 'rows.tsv')
    records = [
        {'name': 'sample', 'result': 'FAIL', 'stdout': done.stdout, 'returncode': 1},
        {'name': 'killed', 'result': 'TIMEOUT', 'stdout': '1..2\nok 1 - early\n', 'returncode': -9},
        {'name': 'plain', 'result': 'OK', 'stdout': 'whatever', 'returncode': 0},
        {'name': 'gone', 'result': 'SKIP', 'stdout': '1..0 # SKIP no network\n', 'returncode': 0},
        {'name': 'bare', 'result': 'SKIP', 'stdout': 'skipped: no arm64\n', 'returncode': 77}]
    with open(log, 'w', encoding='utf-8') as f:
        f.write(''.join(json.dumps(record) + '\n' for record in records))
    if os.path.exists(rows):
        os.remove(rows)
    subprocess.run([sys.executable, results, 'collect', 'here', log, rows], check=True)
    closed = subprocess.run([sys.executable, results, 'close', rows], capture_output=True, text=True)
    lines = closed.stdout.splitlines()
    checks = [
        ('a failed test fails the program', done.returncode == 1),
        ('a passed test', 'ok 1 - passes' in done.stdout.splitlines()),
        ('a skipped test', 'ok 2 - is_skipped # SKIP no such machine' in done.stdout.splitlines()),
        ('a failed test', 'not ok 3 - fails' in done.stdout.splitlines()),
        ('an unexpected errno is named', 'ENOENT' in done.stdout),
        ('a crash', 'not ok 5 - crashes' in done.stdout.splitlines()),
        ('the counts', lines[-1] == '3 passed, 4 failed, 3 skipped'),
        ('the skipped are named with their reasons',
         'skipped: sample: is_skipped (here): no such machine' in lines
         and 'skipped: gone (here): no network' in lines
         and 'skipped: bare (here): no arm64' in lines),
        ('the failed are named', 'failed: sample: crashes (here)' in lines
         and any(line.startswith('failed: killed (here)') for line in lines)),
        ('failures end with 1', closed.returncode == 1),
    ]
    open(rows, 'w').close()
    checks.append(('nothing passed ends with 1',
                   subprocess.run([sys.executable, results, 'close', rows],
                                  capture_output=True).returncode == 1))
    print(f'1..{len(checks)}')
    for number, (name, good) in enumerate(checks, 1):
        print(f'{"" if good else "not "}ok {number} - {name}')
    if not all(good for _, good in checks):
        print(''.join(f'# {line}\n' for line in (done.stdout + closed.stdout).splitlines()), end='')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
