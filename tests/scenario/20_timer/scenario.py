# SPDX-License-Identifier: Apache-2.0
"""Stops the run when so many ticks have arrived, and compares what was said to have happened."""

import signal


def during(case):
    lines = (case.values or {}).get("lines")
    if lines:
        case.wait_for(lambda: case.path("output.txt").exists(), "it has started")
        case.wait_for_lines("output.txt", lines)
        case.signal(signal.SIGTERM)


def verify(case):
    if (case.values or {}).get("lines") == 3:
        lines = case.path("output.txt").read_text().splitlines()
        case.check(lines == [f"tick {n + 1}" for n in range(len(lines))], "ticks count from 1 on")
        case.check(len(lines) >= 3, "three ticks at least")
