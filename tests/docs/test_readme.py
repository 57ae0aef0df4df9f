#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What README.md shows is what is in the tree. Output: TAP. Argument: the root of the checkout.

The C block stands in examples/hello/hello.c word for word, the JSON block is hello.json, every path
that the README names exists, and decision records have their form.
"""
import os
import re
import sys


def read(root, name):
    with open(os.path.join(root, name), encoding='utf-8') as f:
        return f.read()


def block(text, language):
    found = re.findall(rf'^```{language}\n(.*?)^```$', text, re.S | re.M)
    return found[0] if len(found) == 1 else None


def missing_paths(root, text):
    """Paths in backquotes that name a file or folder of the tree."""
    tops = [name for name in os.listdir(root) if os.path.isdir(os.path.join(root, name))]
    names = re.findall(r'`(?:\./)?([A-Za-z_.]+/[\w./-]*)`', text)
    return [n for n in names if n.split('/')[0] in tops and not os.path.exists(os.path.join(root, n))]


def decision_mistakes(root):
    folder = os.path.join(root, 'docs/decisions')
    index = read(root, 'docs/decisions/README.md')
    for name in sorted(os.listdir(folder)):
        if not re.match(r'\d{4}-', name):
            continue
        text = read(root, f'docs/decisions/{name}')
        if f'({name})' not in index:
            yield f'{name} is not in the index'
        if not text.startswith(f'# {name[:4]}: '):
            yield f'{name} does not begin with its number'
        for heading in ('## Question', '## Decision', '## Rejected', '## When to look again'):
            if heading not in text:
                yield f'{name} has no {heading}'
        if not re.search(r'^Status: (accepted|superseded by \d{4})$', text, re.M):
            yield f'{name} has no status'


def main(root):
    readme = read(root, 'README.md')
    c, manifest = block(readme, 'c'), block(readme, 'json')
    decisions = list(decision_mistakes(root))
    missing = missing_paths(root, readme)
    checks = [
        ('the node is that of examples/hello', c and c in read(root, 'examples/hello/hello.c'), []),
        ('the node has at most twelve lines', c and len(c.splitlines()) <= 12, []),
        ('the manifest is that of examples/hello',
         manifest == read(root, 'examples/hello/hello.json'), []),
        ('the paths that it names exist', not missing, missing),
        ('decisions have their form and stand in the index', not decisions, decisions),
    ]
    print(f'1..{len(checks)}')
    for number, (name, good, lines) in enumerate(checks, 1):
        print(f'{"" if good else "not "}ok {number} - {name}')
        print(''.join(f'# {line}\n' for line in lines), end='')
    return 0 if all(good for _, good, _ in checks) else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
