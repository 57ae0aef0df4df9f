#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pipeline of docs/plugin-guide.md does what the page shows. Output: TAP.

usage: test_guide.py GUIDE RAILYARD PLUGIN
PLUGIN was built from the page's C blocks (extract_guide.py). The JSON block is its manifest; of the
console block the command is run and its output compared; the text block is a line of the account.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def block(text, info):
    found = re.findall(rf'^```{info}\n(.*?)^```$', text, re.S | re.M)
    assert len(found) == 1, f'{len(found)} blocks ```{info}'
    return found[0]


def main(guide, railyard, plugin):
    with open(guide, encoding='utf-8') as f:
        text = f.read()
    railyard = os.path.abspath(railyard)
    command, output = block(text, 'console').split('\n', 1)
    env = {**os.environ, 'PATH': f'{os.path.dirname(railyard)}:{os.environ["PATH"]}'}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(plugin, os.path.join(folder, 'tally.so'))
        with open(os.path.join(folder, 'tally.json'), 'w', encoding='utf-8') as f:
            f.write(block(text, 'json'))
        done = subprocess.run(['sh', '-c', command.removeprefix('$ ')], cwd=folder, env=env,
                              capture_output=True, text=True, timeout=60)
    account = block(text, 'text')
    checks = (
        ('the command succeeds', done.returncode == 0),
        ('its output is that of the page', done.stdout == output),
        ('and so is the line of the account', account in done.stderr),
    )
    print(f'1..{len(checks)}')
    for number, (name, good) in enumerate(checks, 1):
        print(f'{"" if good else "not "}ok {number} - {name}')
    if not all(good for _, good in checks):
        print(''.join(f'# {line}\n' for line in (done.stdout + done.stderr).splitlines()), end='')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
