#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each public header compiles alone and twice, in C11 and C++17, without a warning. Output: TAP.

usage: test_headers.py INCLUDE_FOLDER --cc CC ARG... [--cxx CXX ARG...]
The words behind --cc and --cxx are the compilers as meson calls them.
"""
import glob
import os
import subprocess
import sys

WARNINGS = ['-Wall', '-Wextra', '-Werror', '-Wpedantic', '-Wshadow', '-Wundef', '-Wcast-qual',
            '-Wwrite-strings', '-fsyntax-only']
LANGUAGES = {'--cc': ['-x', 'c', '-std=c11', '-Wstrict-prototypes'],
             '--cxx': ['-x', 'c++', '-std=c++17', '-Wno-missing-field-initializers']}


def compiles(compiler, args, include, source):
    done = subprocess.run([*compiler, *args, *WARNINGS, '-I', include, '-'],
                          input=source, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def main(argv):
    include, compilers, current = argv[0], {}, None
    for word in argv[1:]:
        if word in LANGUAGES:
            current = compilers.setdefault(word, [])
        else:
            current.append(word)
    headers = sorted(os.path.basename(h) for h in glob.glob(os.path.join(include, 'railyard/*.h')))
    cases = [(f'{h} in {args[-2]}', compilers.get(key), args, f'#include <railyard/{h}>\n' * 2)
             for key, args in LANGUAGES.items() for h in headers]
    # A check that cannot fail checks nothing.
    cases.append(('a header that warns is noticed', compilers['--cc'], LANGUAGES['--cc'], None))
    print(f'1..{len(cases)}')
    failed = not headers
    for number, (name, compiler, args, source) in enumerate(cases, 1):
        if not compiler:
            print(f'ok {number} - {name} # SKIP no C++ compiler')
            continue
        if source is None:
            good, text = compiles(compiler, args, include, 'static int f(int unused) { return 0; }\n')
            good = not good
        else:
            good, text = compiles(compiler, args, include, source)
        print(f'{"" if good else "not "}ok {number} - {name}')
        if not good:
            failed = True
            print(''.join(f'# {line}\n' for line in text.splitlines()), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
