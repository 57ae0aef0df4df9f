#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `railyard validate` costs grows with the number of nodes and not with its square, with and
without groups, valid and wrong.

Compares 10000 nodes with 2000, in processor time of the program and its probes, the least of several
runs; how long it takes is measured by tools/bench. test_speed.py RAILYARD GENERATOR. Prints TAP.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

RAILYARD, GENERATOR = map(os.path.abspath, sys.argv[1:3])
FEW, MANY = 2000, 10000
MOST = 12  # times as much for five times the nodes; a quadratic step would make it 25


def work_ms(path, code):
    best = None
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([RAILYARD, "validate", path], stdout=subprocess.DEVNULL, timeout=300)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != code:
            raise AssertionError(f"{path}: exit {done.returncode}")
        took = 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        best = took if best is None else min(best, took)
    return best


def generate(path, *args, wrong=False):
    document = json.loads(subprocess.run([sys.executable, GENERATOR, *map(str, args)],
                                         stdout=subprocess.PIPE, check=True).stdout)
    if wrong:
        for node in document["nodes"].values():
            node["timeout"] = 1  # unknown in each
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
    return path


def cost(nodes, groups, code, wrong):
    args = [nodes] + ([groups] if groups else [])
    return work_ms(generate(f"{nodes}.json", *args, wrong=wrong), code)


def main():
    cases = [
        ("one group", 0, 0, False),
        ("20 groups", 20, 0, False),
        ("a finding in each node", 0, 2, True),
    ]
    failed = 0
    print(f"1..{len(cases)}")
    for n, (name, *what) in enumerate(cases, 1):
        few, many = (cost(nodes, *what) for nodes in (FEW, MANY))
        good = many < MOST * few
        print(f"{'ok' if good else 'not ok'} {n} - {name}: {few:.1f} ms, {many:.1f} ms")
        failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        status = main()
        os.chdir("/")
    sys.exit(status)
