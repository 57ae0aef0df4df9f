#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs many messages and looks at the memory of the process on the way.

    flat_memory.py BUILD [MESSAGES]

After the first tenth of the way the resident memory may grow by GROWTH at most, whatever the number of messages.
The sink's own count says that every message has arrived.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fund_load"))
sys.dont_write_bytecode = True

import tap  # noqa: E402

GROWTH = 1 << 20
LINE = 24  # bytes of a line with its end
TICK = 0.02
SECONDS = 1200


SYNCHRONOUS = {"type": "testnodes.pass"}
# Completes each message inside `process`.
ASYNCHRONOUS = {"type": "testnodes.later", "max_in_flight": 64}


def manifest(messages, exporters, node):
    return {
        "version": 1,
        "scenario": {"name": "flat"},
        "plugins": ["testnodes"],
        "runtime": {
            "platform": {"bootstrap": {"mode": "inline"}},
            "observability": {"tracing": {"exporters": exporters}},
        },
        "nodes": {
            "node": {**node, "inputs": ["source"]},
            "upper": {"type": "testnodes.upper", "inputs": ["node"]},
        },
        "adapters": {
            "source": {"type": "testnodes.generator", "settings": {"count": messages, "length": LINE}},
            "sink": {"type": "testnodes.counting_sink", "settings": {"path": "sum.txt"}, "inputs": ["upper"]},
        },
    }


def resident(pid):
    """Bytes of resident memory; None: the process has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def sampled(command, folder, env):
    """(exit status, [resident memory], standard error)"""
    samples = []
    with open(folder / "stderr", "wb") as stderr:
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stderr=stderr)
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        size = resident(process.pid)
        if size:
            samples.append(size)
        time.sleep(TICK)
    if process.poll() is None:
        process.kill()
    return process.wait(), samples, (folder / "stderr").read_text(errors="replace")


def check(report, build, messages, word, exporters, node=SYNCHRONOUS):
    env = {
        **os.environ,
        "RAILYARD_PLUGIN_PATH": str(build / "tests" / "plugins"),
        "RAILYARD_PROBE": str(build / "runtime" / "programs" / "railyard-probe"),
    }
    with tempfile.TemporaryDirectory(prefix="railyard-") as name:
        folder = Path(name)
        (folder / "manifest.json").write_text(json.dumps(manifest(messages, exporters, node)), encoding="utf-8")
        command = [build / "runtime" / "programs" / "railyard", "run", "--account", "account.json", "manifest.json"]
        code, samples, text = sampled(command, folder, env)
        report.equal(code, 0, f"{word}: the run ends well")
        for line in text.splitlines():
            report.note(f"{word}: {line}")
        if code:
            return
        report.equal((folder / "sum.txt").read_text().split()[0], str(messages), f"{word}: every message arrived")
    report.check(len(samples) >= 20, f"{word}: the memory was looked at often enough", str(len(samples)))
    after = samples[len(samples) // 10:]
    grown = max(after) - after[0]
    report.check(grown <= GROWTH, f"{word}: the memory stays flat", f"{after[0]} bytes grew by {grown}")
    report.note(f"{word}: {len(samples)} looks, {after[0] >> 10} KiB, grew by {grown >> 10} KiB")


def main(arguments):
    build = Path(arguments[0]).resolve()
    messages = int(arguments[1]) if len(arguments) > 1 else 10_000_000
    report = tap.Tap()
    check(report, build, messages, "untraced", [])
    check(report, build, messages, "traced", [{"kind": "noop"}])
    check(report, build, messages, "asynchronous", [], ASYNCHRONOUS)
    check(report, build, messages, "asynchronous and traced", [{"kind": "noop"}], ASYNCHRONOUS)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
