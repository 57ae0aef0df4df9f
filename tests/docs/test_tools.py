#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each tool explains itself and refuses what it does not know. Output: TAP.

Argument: the root of the checkout. --help ends with 0 and begins with the synopsis; an unknown
option ends with 2, changes nothing and says how it is used on stderr.
"""
import os
import subprocess
import sys

TOOLS = ('test', 'quickstart', 'new-node', 'check-layers')


def main(root):
    bare = {'PATH': os.environ['PATH']}  # no HOME, TERM, locale or TZ
    checks = []
    for tool in TOOLS:
        path = os.path.join(root, 'tools', tool)
        done = subprocess.run([path, '--help'], capture_output=True, text=True, env=bare)
        checks.append((f'{tool} --help', done.returncode == 0 and not done.stderr
                       and f'usage: {"tools/" if tool != "check-layers" else ""}{tool}' in done.stdout,
                       done))
        done = subprocess.run([path, '--frobnicate'], capture_output=True, text=True, env=bare)
        checks.append((f'{tool} refuses what it does not know', done.returncode == 2
                       and not done.stdout and 'usage:' in done.stderr, done))
    print(f'1..{len(checks)}')
    for number, (name, good, done) in enumerate(checks, 1):
        print(f'{"" if good else "not "}ok {number} - {name}')
        if not good:
            print(''.join(f'# {l}\n' for l in (done.stdout + done.stderr).splitlines()), end='')
    return 0 if all(good for _, good, _ in checks) else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
