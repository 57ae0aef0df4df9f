#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Someone else's plugin builds and runs with nothing but an installed Railyard. Output: TAP.

usage: out_of_tree.py BUILD SOURCE SCRATCH CC...
Installs BUILD into SCRATCH, builds a copy of examples/hello, in a folder with a blank in its name,
with make and with meson, looks at the symbols, and, once there is a program, runs both with it.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import symbols

class Tap:
    def __init__(self):
        self.number, self.failed = 0, 0

    def say(self, name, wrong, skip=None):
        """wrong: a text, empty when all is well."""
        self.number += 1
        self.failed += bool(wrong)
        print(f'{"not " if wrong else ""}ok {self.number} - {name}' + (f' # SKIP {skip}' if skip else ''))
        print(''.join(f'# {line}\n' for line in wrong.splitlines()), end='', flush=True)
        return not wrong


def run(*command, env=None, cwd=None, text_in=None):
    """What went wrong with a command, or nothing; and its standard output."""
    done = subprocess.run(command, env=env, cwd=cwd, input=text_in, capture_output=True, text=True)
    if done.returncode == 0:
        return '', done.stdout
    return f'{" ".join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}', done.stdout


def find(root, name):
    for folder, _, names in os.walk(root):
        if name in names:
            return os.path.join(folder, name)
    return None


def test(temporary, build, source, scratch, *cc):
    tap = Tap()
    shutil.rmtree(scratch, ignore_errors=True)
    # pkg-config cannot carry a blank in the prefix.
    stage = os.path.join(scratch if ' ' not in scratch else temporary, 'stage')
    copy = os.path.join(scratch, 'my hello')
    os.makedirs(scratch)
    shutil.copytree(os.path.join(source, 'examples/hello'), copy)

    wrong, _ = run('meson', 'install', '-C', build, '--no-rebuild', '--destdir', stage)
    if not tap.say('meson install', wrong):
        return 1
    pc = find(stage, 'railyard.pc')
    have = {os.path.basename(h) for h in os.listdir(os.path.dirname(find(stage, 'plugin.h')))}
    want = set(os.listdir(os.path.join(source, 'runtime/include/railyard')))
    tap.say('all public headers are installed, and no others', ' '.join(sorted(have ^ want)))
    strange = [f for folder, _, files in os.walk(os.path.join(stage)) for f in files
               if not os.stat(os.path.join(folder, f)).st_mode & 0o004]
    tap.say('what is installed may be read by all', ' '.join(strange))
    env = {**os.environ, 'PKG_CONFIG_PATH': os.path.dirname(pc), 'PKG_CONFIG_SYSROOT_DIR': stage,
           'CC': ' '.join(cc), 'CFLAGS': '-O2 -Wall -Wextra -Werror'}
    env.pop('LDFLAGS', None)
    wrong, plugindir = run('pkg-config', '--variable=plugindir', 'railyard', env=env)
    tap.say('pkg-config knows the plugin folder',
            wrong or ('' if plugindir.strip().endswith('/railyard/plugins') else plugindir))

    plugins = []
    if tap.say('make', run('make', env=env, cwd=copy)[0]):
        plugins.append(os.path.join(copy, 'hello.so'))
    wrong, _ = run('meson', 'setup', 'build', '.', '-Dwerror=true', env=env, cwd=copy)
    wrong = wrong or run('ninja', '-C', 'build', env=env, cwd=copy)[0]
    if tap.say('meson', wrong):
        plugins.append(os.path.join(copy, 'build/hello.so'))
    for plugin in plugins:
        tap.say('symbols of ' + os.path.relpath(plugin, scratch),
                '\n'.join(symbols.mistakes('nm', plugin)))

    program = find(stage, 'railyard')
    for plugin in plugins:
        name = 'railyard run with ' + os.path.relpath(plugin, scratch)
        if not program:
            tap.say(name, '', skip='the program is not built yet')
            continue
        path = {**os.environ, 'RAILYARD_PLUGIN_PATH': os.path.dirname(plugin)}
        wrong, out = run(program, 'run', os.path.join(copy, 'hello.json'), env=path,
                         text_in='world\nagain\n')
        tap.say(name, wrong or ('' if out == 'hello, world\nhello, again\n' else f'output: {out!r}'))
    print(f'1..{tap.number}')
    return 1 if tap.failed else 0


def main(*args):
    with tempfile.TemporaryDirectory() as temporary:
        return test(temporary, *args)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
