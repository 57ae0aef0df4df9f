#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/check-layers finds each forbidden include at its line, and nothing in this tree.

Each case is a small tree and what must be said of it; an empty list means that the tree is clean.
Output: TAP. Arguments: the root of the checkout, a folder to write in.
"""
import os
import shutil
import subprocess
import sys

HEADERS = {name: '' for name in (
    'runtime/include/railyard/node.h', 'runtime/base/diag.h', 'runtime/loop/loop.h',
    'runtime/message/pool.h', 'runtime/plan/plan.h', 'runtime/supervisor/sup_group.h',
    'runtime/worker/wrk_main.h', 'observability/emit/emit.h', 'observability/export/export.h',
    'runners/runner.h', 'di/di.h', 'adapters/file/lines.h', 'adapters/clock/now.h',
    'adapters/stream/reader.h', 'adapters/adapters.h')}

# name, {file: text}, [(file:line, a part of the message)]
CASES = [
    ('downwards', {'runtime/plan/a.c': '#include "base/diag.h"\n#include <railyard/node.h>\n'}, []),
    ('own room', {'runtime/plan/a.c': '#include "plan/plan.h"\n#include "plan.h"\n'}, []),
    ('upwards', {'runtime/base/a.c': '\n#include "plan/plan.h"\n'},
     [('runtime/base/a.c:2', 'runtime/base may not include runtime/plan')]),
    ('sideways', {'runtime/loop/a.c': '#include "message/pool.h"\n'},
     [('runtime/loop/a.c:1', 'runtime/loop may not include runtime/message')]),
    ('sideways by a relative path', {'runtime/loop/a.c': '#include "../message/pool.h"\n'},
     [('runtime/loop/a.c:1', 'runtime/loop may not include runtime/message')]),
    ('a header upwards', {'runtime/base/a.h': '#include "loop/loop.h"\n'},
     [('runtime/base/a.h:1', 'may not include runtime/loop')]),
    ('export from the hot path', {'runtime/node/a.c': '#include "export/export.h"\n'},
     [('runtime/node/a.c:1', 'may not include observability/export')]),
    ('di and adapters', {'adapters/file/a.c': '#include "di.h"\n', 'di/a.c': '#include "file/lines.h"\n'},
     [('adapters/file/a.c:1', 'adapters/file may not include di'),
      ('di/a.c:1', 'di may not include adapters/file')]),
    ('adapter and base', {'adapters/file/a.c': '#include "base/diag.h"\n'},
     [('adapters/file/a.c:1', 'may not include runtime/base')]),
    ('adapter and adapter', {'adapters/file/a.c': '#include "clock/now.h"\n'},
     [('adapters/file/a.c:1', 'may not include adapters/clock')]),
    ('adapter', {'adapters/file/a.c': '#include "lines.h"\n#include <railyard/node.h>\n'}, []),
    ('what adapters share', {'adapters/file/a.c': '#include "adapters.h"\n#include "stream/reader.h"\n',
                             'runtime/programs/a.c': '#include "adapters.h"\n'}, []),
    ('what only adapters share', {'runtime/programs/a.c': '#include "stream/reader.h"\n',
                                  'adapters/stream/a.c': '#include "file/lines.h"\n'},
     [('runtime/programs/a.c:1', 'may not include adapters/stream'),
      ('adapters/stream/a.c:1', 'may not include adapters/file')]),
    ('libevent in the wrong room', {'runners/a.c': '#include <event2/event.h>\n'},
     [('runners/a.c:1', '<event2/event.h> is for runtime/loop')]),
    ('libevent in its room', {'runtime/loop/a.c': '#include <event2/event.h>\n'}, []),
    ('jansson beyond the manifest', {'runtime/plan/a.c': '# include <jansson.h>\n'},
     [('runtime/plan/a.c:1', '<jansson.h> is for ')]),
    ('jansson behind the JSON service', {'runtime/node/json_service.c': '#include <jansson.h>\n',
                                         'runtime/node/host.c': '#include <jansson.h>\n'},
     [('runtime/node/host.c:1', '<jansson.h>')]),
    ('protobuf-c in a runner', {'runners/a.c': '#include <protobuf-c/protobuf-c.h>\n'},
     [('runners/a.c:1', '<protobuf-c/protobuf-c.h> is for runtime/control')]),
    ('supervisor and worker', {'runtime/worker/wrk_a.c': '#include "supervisor/sup_group.h"\n'},
     [('runtime/worker/wrk_a.c:1', 'may not include runtime/supervisor'),
      ('runtime/worker/wrk_a.c:1', 'sup_group.h is for sup_* files')]),
    ('prefix in its own room', {'runtime/supervisor/sup_a.c': '#include "sup_group.h"\n',
                                'runtime/supervisor/shared.c': '#include "sup_group.h"\n'},
     [('runtime/supervisor/shared.c:1', 'sup_group.h is for sup_* files')]),
    ('a lock on the way of a message', {'runners/a.c': 'int f(void) { return pthread_mutex_lock(0); }\n'},
     [('runners/a.c:1', 'pthread_mutex_lock is for')]),
    ('a comment is no include', {'runtime/base/a.c': '/*\n#include "plan/plan.h"\n*/\n'
                                                     '// pthread_mutex_lock\n'}, []),
    ('no such file', {'runtime/base/a.c': '#include "plan/plam.h"\n'},
     [('runtime/base/a.c:1', 'is no file of this tree')]),
    ('a generated header', {'runtime/base/a.c': '#include "control.pb-c.h"\n'}, []),
    ('a room that nobody knows', {'runtime/cellar/a.c': '\n'},
     [('runtime/cellar/a.c:1', 'stands in no room')]),
    ('tests may', {'tests/unit/a.c': '#include "plan/plan.h"\n#include "loop/loop.h"\n'}, []),
    ('test plugins may not', {'tests/plugins/slow/a.c': '#include "base/diag.h"\n'},
     [('tests/plugins/slow/a.c:1', 'may not include runtime/base')]),
]


def run(root, *args):
    done = subprocess.run([sys.executable, os.path.join(root, 'tools/check-layers'), *args],
                          capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines(), done.stderr


def write_tree(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in {**HEADERS, **files}.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)


def mistakes(expected, status, lines, errors):
    wrong = [errors] if errors else []
    if status != (1 if expected else 0):
        wrong.append(f'exit status {status}')
    if len(lines) != len(expected):
        wrong.append(f'{len(lines)} lines, not {len(expected)}')
    wrong += [f'not said: {place}: {part}' for place, part in expected
              if not any(l.startswith(place + ': ') and part in l for l in lines)]
    return wrong


def main(root, scratch):
    print(f'1..{len(CASES) + 2}')
    failed = 0
    for number, (name, files, expected) in enumerate(CASES, 1):
        write_tree(scratch, files)
        status, lines, errors = run(root, scratch)
        wrong = mistakes(expected, status, lines, errors)
        failed += bool(wrong)
        print(f'{"not " if wrong else ""}ok {number} - {name}')
        print(''.join(f'# {w}\n' for w in wrong + lines if wrong), end='')
    shutil.rmtree(scratch)
    os.makedirs(scratch)
    ends = [('an empty tree is an error', run(root, scratch)[0] == 1, [])]
    status, lines, errors = run(root)
    ends.append(('this tree', status == 0, lines + errors.splitlines()))
    for number, (name, good, lines) in enumerate(ends, len(CASES) + 1):
        failed += not good
        print(f'{"" if good else "not "}ok {number} - {name}')
        print(''.join(f'# {line}\n' for line in lines), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
