#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing is allocated, locked or asked of the kernel for each message, in steady state.

Runs a pipeline with N and with 2N messages and counts, on the runner's thread, what the program does in both.
What N messages more cost is the difference; a constant part at start and end does not matter, and neither
does the warm-up of pools. A batch of messages may cost a call now and then: less than one in BATCH messages.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fund_load"))
sys.dont_write_bytecode = True

import tap  # noqa: E402

MESSAGES = 200_000
# Messages for which one call, allocation or lock is allowed: a traced run may ring the exporter's bell.
BATCH = {"untraced": 2_000, "traced": 100}
FEW = 1_000  # for what must be noticed
SKIPPED = 77
MANIFEST = """{
  "version": 1,
  "scenario": {"name": "hot-path"},
  "plugins": ["testnodes"],
  "runtime": {
    "platform": {"bootstrap": {"mode": "inline"}},
    "observability": {"tracing": {"exporters": [{"kind": "noop", "enabled": %s}]}}
  },
  "nodes": %s,
  "adapters": {
    "source": {"type": "testnodes.generator"},
    "sink": {"type": "testnodes.counting_sink", "settings": {"path": "sum.txt"}, "inputs": ["last"]}
  }
}
"""
PLAIN = """{"first": {"type": "testnodes.pass", "inputs": ["source"]},
            "last": {"type": "testnodes.upper", "inputs": ["first"]}}"""
# Nodes that do for each message what must be noticed: a call of the kernel, and an allocation.
SLEEPING = """{"last": {"type": "testnodes.block", "config": {"us": 1}, "inputs": ["source"]}}"""
ALLOCATING = """{"first": {"type": "testnodes.make_token", "inputs": ["source"]},
                 "last": {"type": "testnodes.open_token", "inputs": ["first"]}}"""


class Skip(Exception):
    pass


class HotPath:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder

    def run(self, n, before, env=None):
        command = before + [
            self.options.railyard, "run", "--quiet", "manifest.json", "--set", f"/adapters/source/settings/count={n}",
        ]
        environment = {**os.environ, "RAILYARD_PLUGIN_PATH": self.options.plugins, **(env or {})}
        run = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, check=False)
        if run.returncode == SKIPPED:
            raise Skip("this process may not trace another one")
        lines = (self.folder / "sum.txt").read_text().split()[0] if run.returncode == 0 else "none"
        if lines != str(n):
            raise AssertionError(f"{n} messages: exit {run.returncode}, {lines} arrived: {run.stderr.decode()}")

    def counted(self, name, n, before, env=None):
        """{what: how often} of a run with n messages."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        self.run(n, before, env)
        return {what: int(count) for what, count in map(str.split, path.read_text().splitlines())}

    def growth(self, name, n, before, env=None):
        """{what: how often more} for n messages more."""
        once = self.counted(name, n, before, env)
        twice = self.counted(name, 2 * n, before, env)
        return {what: twice.get(what, 0) - once.get(what, 0) for what in {*once, *twice}}

    def calls(self, n):
        return self.growth("calls", n, [self.options.count_calls, str(self.folder / "calls")])

    def allocations(self, n):
        path = str(self.folder / "allocations")
        library = self.folder / "count_allocations.so"  # LD_PRELOAD ends a path at a blank
        if not library.is_symlink():
            library.symlink_to(self.options.count_allocations)
        env = {"LD_PRELOAD": str(library), "COUNT_ALLOCATIONS": path}
        return self.growth("allocations", n, [], env)


def hot_path(options, folder, nodes, traced):
    (Path(folder) / "manifest.json").write_text(MANIFEST % (str(traced).lower(), nodes), encoding="utf-8")
    return HotPath(options, Path(folder))


def check(report, word, path):
    for name, measure in (("system calls", path.calls), ("allocations and locks", path.allocations)):
        try:
            growth = measure(MESSAGES)
        except Skip as why:
            report.skip(f"{word}: {name}", str(why))
            continue
        more = {what: n for what, n in growth.items() if n > MESSAGES // BATCH[word]}
        report.equal(more, {}, f"{word}: no {name} for each message")
        report.note(f"{word}: {MESSAGES} messages more cost {sum(growth.values())} {name}")


def check_notices(report, options, folder):
    """The counters would see it."""
    try:
        calls = hot_path(options, folder, SLEEPING, False).calls(FEW)
        report.check(max(calls.values()) >= FEW, "a node that sleeps is noticed", str(calls))
    except Skip as why:
        report.skip("a node that sleeps is noticed", str(why))
    allocations = hot_path(options, folder, ALLOCATING, False).allocations(FEW)
    report.check(max(allocations.values()) >= FEW, "a node that allocates is noticed", str(allocations))


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugins", required=True)
    for name in ("--railyard", "--count-calls", "--count-allocations"):
        parser.add_argument(name, required=True, type=os.path.abspath)
    parser.add_argument("--sanitized", action="store_true")
    options = parser.parse_args(arguments)
    report = tap.Tap()
    if options.sanitized:
        report.skip("the hot path", "a sanitizer allocates and locks on its own")
        return report.finish()
    with tempfile.TemporaryDirectory(prefix="railyard-") as folder:
        check_notices(report, options, folder)
        for traced, word in ((False, "untraced"), (True, "traced")):
            check(report, word, hot_path(options, folder, PLAIN, traced))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
