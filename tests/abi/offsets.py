#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layout of the public ABI, as a table that is kept.

generate HEADER...        prints a C program that prints the table: one row per struct, per member
                          (offset, size) and per enumerator (value)
compare PROGRAM GOLDEN    runs it and compares with the kept table; output: TAP
update PROGRAM GOLDEN     writes the kept table anew (then say in docs/abi.md what was added)

The table holds for LP64 machines, x86-64 and arm64 alike.
"""
import platform
import re
import subprocess
import sys


def strip(text):
    text = re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)
    return re.sub(r'^[ \t]*#(?:\\\n|[^\n])*', ' ', text, flags=re.M)


def body_after(text, start):
    """The text between the brace at `start` and its partner."""
    depth = 0
    for i in range(start, len(text)):
        depth += {'{': 1, '}': -1}.get(text[i], 0)
        if depth == 0:
            return text[start + 1:i]
    raise ValueError('unbalanced braces')


def statements(body):
    """The declarations of a struct's body, inner structs and unions whole."""
    depth, begin = 0, 0
    for i, c in enumerate(body):
        depth += {'{': 1, '}': -1}.get(c, 0)
        if c == ';' and depth == 0:
            yield ' '.join(body[begin:i].split())
            begin = i + 1


def member_names(declaration):
    """The names that one declaration declares; inner members of a named union with a dot."""
    brace = declaration.find('{')
    if brace >= 0:
        inner = body_after(declaration, brace)
        name = declaration[brace + len(inner) + 2:].strip()
        return [name] + [f'{name}.{n}' for d in statements(inner) for n in member_names(d)]
    pointer = re.search(r'\(\s*\*\s*(\w+)\s*\)\s*\(', declaration)
    if pointer:
        return [pointer.group(1)]
    return [re.search(r'(\w+)\s*(?:\[[^\]]*\]\s*)*$', part).group(1)
            for part in declaration.split(',')]


def generate(headers):
    print('#include <stddef.h>\n#include <stdio.h>')
    rows = []
    for header in headers:
        name = 'railyard/' + header.rsplit('/', 1)[-1]
        print(f'#include <{name}>')
        text = strip(open(header, encoding='utf-8').read())
        for match in re.finditer(r'\bstruct\s+(ry_\w+)\s*\{', text):
            struct = match.group(1)
            rows.append(f'printf("struct {struct} - %zu\\n", sizeof(struct {struct}));')
            for declaration in statements(body_after(text, match.end() - 1)):
                rows += [f'printf("struct {struct} {m} %zu %zu\\n", offsetof(struct {struct}, {m}), '
                         f'sizeof(((struct {struct} *)0)->{m}));' for m in member_names(declaration)]
        for match in re.finditer(r'\benum\s+(ry_\w+)\s*\{', text):
            for part in body_after(text, match.end() - 1).split(','):
                if part.strip():
                    word = part.split('=')[0].strip()
                    rows.append(f'printf("enum {match.group(1)} {word} %lld\\n", (long long){word});')
    print('int main(void) {')
    print(''.join(f'\t{row}\n' for row in rows) + '\treturn 0;\n}')


def output(program):
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout


def compare(program, golden):
    if platform.machine() not in ('x86_64', 'aarch64') or sys.maxsize < 2**62:
        print(f'1..0 # SKIP the table is for LP64 machines, not {platform.machine()}')
        return 0
    have = output(program).splitlines()
    want = [l for l in open(golden, encoding='utf-8').read().splitlines() if not l.startswith('#')]
    gone = [row for row in want if row not in set(have)]
    new = [row for row in have if row not in set(want)]
    print('1..3')
    results = [('the table is not empty', len(have) > 100, []),
               ('what was promised is where it was', not gone, gone),
               ('what is new is in the table', not new, new)]
    for number, (name, good, rows) in enumerate(results, 1):
        print(f'{"" if good else "not "}ok {number} - {name}')
        print(''.join(f'# {row}\n' for row in rows), end='')
    return 0 if all(good for _, good, _ in results) else 1


def update(program, golden):
    with open(golden, 'w', encoding='utf-8') as f:
        f.write('# SPDX-License-Identifier: Apache-2.0\n'
                '# struct NAME - SIZE; struct NAME MEMBER OFFSET SIZE; enum NAME WORD VALUE.\n'
                '# Made by tests/abi/offsets.py update; rows may be added, and none may change.\n')
        f.write(output(program))


def main(argv):
    if argv[:1] == ['generate'] and len(argv) > 1:
        return generate(argv[1:])
    if argv[:1] == ['compare'] and len(argv) == 3:
        return compare(*argv[1:])
    if argv[:1] == ['update'] and len(argv) == 3:
        return update(*argv[1:])
    sys.exit(__doc__)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
