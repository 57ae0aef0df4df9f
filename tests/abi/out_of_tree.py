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


def build_and_run(tap, env, folder, name, text_in, text_out):
    """Builds a plugin's folder with make and with meson, and runs its manifest with each."""
    plugins = []
    label = os.path.basename(folder)
    if tap.say(f'{label}: make', run('make', env=env, cwd=folder)[0]):
        plugins.append(os.path.join(folder, f'{name}.so'))
    wrong, _ = run('meson', 'setup', 'build', '.', '-Dwerror=true', env=env, cwd=folder)
    wrong = wrong or run('ninja', '-C', 'build', env=env, cwd=folder)[0]
    if tap.say(f'{label}: meson', wrong):
        plugins.append(os.path.join(folder, f'build/{name}.so'))
    for plugin, how in zip(plugins, ('make', 'meson')):
        tap.say(f'{label}: symbols, by {how}', '\n'.join(symbols.mistakes('nm', plugin)))
        manifest = os.path.join(folder, f'{name}.json')
        path = {**env, 'RAILYARD_PLUGIN_PATH': os.path.dirname(plugin)}
        if 'RAILYARD' not in env:
            tap.say(f'{label}: railyard, by {how}', '', skip='`railyard run` does not exist yet')
            continue
        tap.say(f'{label}: railyard validate, by {how}',
                run(env['RAILYARD'], 'validate', manifest, env=path)[0])
        wrong, out = run(env['RAILYARD'], 'run', manifest, env=path, text_in=text_in)
        tap.say(f'{label}: railyard run, by {how}',
                wrong or ('' if out == text_out else f'output: {out!r}'))


def new_node(tap, tool, folder):
    tap.say('new-node', run(tool, 'tally', folder)[0])
    for name, args in (('a folder that exists', ('tally', folder)), ('a bad name', ('Tally-1',)),
                       ('no name', ()), ('an unknown option', ('--frob',))):
        tap.say(f'new-node refuses {name}', '' if run(tool, *args)[0] else 'it did not')
    wrong, out = run(tool, '--help')
    tap.say('new-node --help', wrong or ('' if out.startswith('usage:') else out))


def devenv(tap, build):
    wrong, out = run('meson', 'devenv', '-C', build, 'env')
    env = dict(line.split('=', 1) for line in out.splitlines() if '=' in line)
    plugins = env.get('RAILYARD_PLUGIN_PATH', '').split(':')
    tap.say('meson devenv knows the plugins of the build',
            wrong or ('' if any(os.path.exists(os.path.join(p, 'hello.so')) for p in plugins)
                      else f'RAILYARD_PLUGIN_PATH is {plugins}'))
    programs = os.path.join(build, 'runtime/programs')
    tap.say('meson devenv has the programs on the path',
            wrong or ('' if programs in env.get('PATH', '').split(':') else env.get('PATH', '')))


def test(temporary, build, source, scratch, *cc):
    tap = Tap()
    shutil.rmtree(scratch, ignore_errors=True)
    # pkg-config cannot carry a blank in the prefix.
    stage = os.path.join(scratch if ' ' not in scratch else temporary, 'stage')
    os.makedirs(scratch)

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

    devenv(tap, build)
    # The probe is looked for in libexecdir, which is where it would be without DESTDIR.
    program, probe = (find(stage, name) for name in ('railyard', 'railyard-probe'))
    if program and ' run ' in run(program, '--help')[1]:
        env.update(RAILYARD=program, RAILYARD_PROBE=probe)
    copy = os.path.join(scratch, 'my hello')
    shutil.copytree(os.path.join(source, 'examples/hello'), copy)
    build_and_run(tap, env, copy, 'hello', 'world\nagain\n',
                  'hello, world\nhello, again\n')

    copy = os.path.join(scratch, 'new node')
    new_node(tap, os.path.join(source, 'tools/new-node'), copy)
    with open(os.path.join(copy, 'input.txt'), encoding='utf-8') as given, \
            open(os.path.join(copy, 'expected.txt'), encoding='utf-8') as expected:
        build_and_run(tap, env, copy, 'tally', given.read(), expected.read())
    if 'RAILYARD' in env:
        tap.say('new node: make check', run('make', 'check', env=env, cwd=copy)[0])
        tap.say('new node: meson test', run('meson', 'test', '-C', 'build', env=env, cwd=copy)[0])
    print(f'1..{tap.number}')
    return 1 if tap.failed else 0


def main(*args):
    with tempfile.TemporaryDirectory() as temporary:
        return test(temporary, *args)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
