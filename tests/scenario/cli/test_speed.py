#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long `railyard validate` works: 1000 nodes below 30 ms, 10000 below 300 ms, and it grows with
the number of nodes and not with its square, with and without groups, valid and wrong.

Counts processor time of the program and its probes, the least of several runs, so that a busy
machine does not matter. test_speed.py RAILYARD GENERATOR. Prints TAP.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

RAILYARD, GENERATOR = map(os.path.abspath, sys.argv[1:3])
TIMES = 1.0  # how much slower this build may be


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


def main():
    cases = [
        ("1000 nodes", generate("a.json", 1000), 0, 30),
        ("10000 nodes", generate("b.json", 10000), 0, 300),
        ("10000 nodes in 20 groups", generate("c.json", 10000, 20), 0, 300),
        ("10000 nodes, each with a finding", generate("d.json", 10000, wrong=True), 2, 600),
    ]
    failed = 0
    print(f"1..{len(cases)}")
    for n, (name, path, code, limit) in enumerate(cases, 1):
        took = work_ms(path, code)
        good = took < limit * TIMES
        print(f"{'ok' if good else 'not ok'} {n} - {name}: {took:.1f} ms, limit {limit}")
        failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    TIMES = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        status = main()
        os.chdir("/")
    sys.exit(status)
