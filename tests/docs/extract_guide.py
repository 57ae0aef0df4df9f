#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin and the test of docs/plugin-guide.md as files.

usage: extract_guide.py GUIDE PLUGIN_C TEST_C
The blocks ```c are the plugin, in their order; ```c test is its test, written behind the plugin.
"""
import re
import sys


def blocks(text, info):
    return re.findall(rf'^```{info}\n(.*?)^```$', text, re.S | re.M)


def main(guide, plugin_c, test_c):
    with open(guide, encoding='utf-8') as f:
        text = f.read()
    plugin, test = '\n'.join(blocks(text, 'c')), '\n'.join(blocks(text, 'c test'))
    if not plugin or not test:
        sys.exit(f'{guide}: no C blocks')
    with open(plugin_c, 'w', encoding='utf-8') as f:
        f.write(plugin)
    with open(test_c, 'w', encoding='utf-8') as f:
        f.write(plugin + '\n' + test)


if __name__ == '__main__':
    main(*sys.argv[1:])
