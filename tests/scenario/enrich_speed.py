#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""http_enrich with 64 requests in flight against one at a time, on a server that takes 10 ms for an answer.

    enrich_speed.py --railyard FILE --plugins FOLDER[:FOLDER...] [--sanitized]

Compares the time per line, from the run's own `running` to its `stopped`, and the order of the lines. The
machine may be busy, so each is measured in turn until the ratio of the shortest times is reached; that it
is reached in no round is the failure. Prints TAP.
"""

import argparse
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fund_load"))
sys.dont_write_bytecode = True

import server  # noqa: E402
import tap  # noqa: E402

MANIFEST = tap.ROOT / "examples" / "http_enrich" / "http_enrich.json"
AT_LEAST = 40
ROUNDS = 8
MANY, FEW = 1920, 40  # lines with 64 in flight, and with 1


def logged(text, what):
    stamp = re.search(rf"^(\S+)Z info run: {what}$", text, re.MULTILINE).group(1)
    return datetime.fromisoformat(stamp).timestamp()


class Speed:
    def __init__(self, options, report):
        self.options = options
        self.report = report
        self.url = server.Server().url("/delay/10?{line}")

    def ms_per_line(self, lines, in_flight):
        command = [self.options.railyard, "run", MANIFEST, "--set", f"/nodes/enrich/config/url={self.url}",
                   "--set", f"/nodes/enrich/max_in_flight={in_flight}"]
        text = "".join(f"line {n}\n" for n in range(lines))
        run = subprocess.run(command, input=text, capture_output=True, text=True, check=False,
                             env={**os.environ, "RAILYARD_PLUGIN_PATH": self.options.plugins})
        right = run.returncode == 0 and run.stdout == "".join(f"line {n} line {n}\n" for n in range(lines))
        self.report.check(right, f"{lines} lines, {in_flight} in flight: all answers, in order", run.stderr[-2000:])
        return (logged(run.stderr, "stopped") - logged(run.stderr, "running")) * 1e3 / lines if right else None

    def ratio(self):
        many = few = None
        for _ in range(ROUNDS):
            pair = self.ms_per_line(MANY, 64), self.ms_per_line(FEW, 1)
            if None in pair:
                return None
            many, few = (min(filter(None, pair)) for pair in zip((many, few), pair))
            self.report.note(f"64 in flight: {pair[0]:.3f} ms per line; 1 in flight: {pair[1]:.2f} ms")
            if few / many >= AT_LEAST:
                break
        return few / many


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--railyard", required=True)
    parser.add_argument("--plugins", required=True)
    parser.add_argument("--sanitized", action="store_true")
    options = parser.parse_args(arguments)
    report = tap.Tap()
    ratio = Speed(options, report).ratio()
    name = f"64 in flight are {AT_LEAST} times as fast as 1"
    if options.sanitized:
        report.skip(name, "a sanitizer takes the processor")
    else:
        report.check(ratio and ratio >= AT_LEAST, name, f"{ratio and round(ratio, 1)} times")
        report.note(f"{ratio and round(ratio, 1)} times")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
