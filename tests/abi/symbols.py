#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A plugin exports ry_plugin_query and nothing else, and asks the host for no ry_ symbol.

usage: symbols.py NM PLUGIN.so... [--not OTHER.so...]
Those behind --not must be found wanting: they show that the check can fail. Output: TAP.
"""
import os
import re
import subprocess
import sys

# What sanitizers and the linker put into every object.
FOREIGN = re.compile(r'_init$|_fini$|__odr_asan|__asan|__ubsan|__sanitizer|__tsan|__start_|__stop_|__gcov')


def symbols(nm, path, which):
    text = subprocess.run([nm, '-D', which, path], capture_output=True, text=True, check=True).stdout
    return [line.split()[-1].split('@')[0] for line in text.splitlines() if line.strip()]


def mistakes(nm, path):
    exported = sorted(s for s in symbols(nm, path, '--defined-only') if not FOREIGN.match(s))
    wrong = [] if exported == ['ry_plugin_query'] else [f'exports {", ".join(exported) or "nothing"}']
    return wrong + [f'needs {s}' for s in symbols(nm, path, '--undefined-only') if s.startswith('ry_')]


def main(nm, *paths):
    cases, wanting = [], False
    for path in paths:
        if path == '--not':
            wanting = True
        else:
            cases.append((path, wanting))
    print(f'1..{len(cases)}')
    failed = not cases
    for number, (path, wanting) in enumerate(cases, 1):
        wrong = mistakes(nm, path)
        good = bool(wrong) == wanting
        failed = failed or not good
        print(f'{"" if good else "not "}ok {number} - {os.path.basename(path)}'
              + (' is found wanting' if wanting else ''))
        print(''.join(f'# {text}\n' for text in wrong if not good), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
