#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The public headers say what the frozen copy of their own minor says, comments apart. Output: TAP.

usage: test_frozen.py INCLUDE_FOLDER FROZEN_FOLDER
FROZEN_FOLDER holds one folder per minor (1.0, 1.1, …). The copy of the current one must be fresh;
those of earlier minors are history, and are only compiled (tests/plugins/abi_1_0.c).
"""
import os
import re
import sys

# Literals first, so that what looks like a comment inside one stays.
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*', re.S)
RELEASE = re.compile(r'^#define RY_VERSION .*$', re.M)


def code(text):
    """The text without comments, white space and the release, which changes without the ABI."""
    text = TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else ' ', RELEASE.sub('', text))
    return ' '.join(text.split())


def read(folder):
    headers = {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if name.endswith('.h'):
            with open(os.path.join(folder, name), encoding='utf-8') as file:
                headers[name] = code(file.read())
    return headers


def differences(now, frozen):
    names = sorted(now.keys() | frozen.keys())
    return [name for name in names if now.get(name) != frozen.get(name)]


def minor(headers):
    found = [re.search(rf'#define RY_ABI_{part} (\d+)u', headers.get('version.h', ''))
             for part in ('MAJOR', 'MINOR')]
    return '.'.join(m[1] for m in found) if all(found) else None


def main(include, frozen_folder):
    now = read(os.path.join(include, 'railyard'))
    version = minor(now)
    frozen = read(os.path.join(frozen_folder, str(version), 'railyard'))
    wrong = differences(now, frozen)
    changed = dict(now)
    changed['node.h'] = changed.get('node.h', '').replace('uint32_t input', 'uint64_t input')
    noticed = differences(now, changed) == ['node.h'] and code('int a; /* b */') == code('int  a;')
    fresh = version and now and not wrong
    print('1..2')
    print(f'{"ok" if noticed else "not ok"} 1 - a changed member is noticed, a comment is none')
    print(f'{"ok" if fresh else "not ok"} 2 - the headers are those of ABI {version}')
    for name in wrong:
        print(f'# {name} is not as in {frozen_folder}/{version}/railyard')
    if wrong:
        print(f'# Before the release of ABI {version}: freeze them again, with')
        print(f'#   cp runtime/include/railyard/*.h tests/abi/frozen/{version}/railyard/')
        print('# After it: raise RY_ABI_MINOR, and freeze into a new folder (docs/abi.md).')
    return 0 if fresh and noticed else 1


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
