#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Manual pages are formatted without a warning. Output: TAP. usage: test_manual.py MAN PAGE..."""
import os
import subprocess
import sys


def main(man, *pages):
    env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'MANWIDTH': '80'}
    failed = 0
    print(f'1..{len(pages)}')
    for number, page in enumerate(pages, 1):
        done = subprocess.run([man, '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page],
                              capture_output=True, text=True, env=env)
        good = done.returncode == 0 and not done.stderr and done.stdout
        failed += not good
        print(f'{"" if good else "not "}ok {number} - {os.path.basename(page)}')
        print(''.join(f'# {line}\n' for line in done.stderr.splitlines()), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
