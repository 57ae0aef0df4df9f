# SPDX-License-Identifier: Apache-2.0
"""Signals while a task is pending; dead letters; what the stall detector has said.

values: signals  sent when the program waits for the task that does not end
        letters, attempts   source sequences of the dead letters, and how often each was tried
        stalls   how often the loop was held too long; traced: each with the trace of its message
        ticker   a node emits lines of its own
"""

import json
import re
import signal


def during(case):
    values = case.values or {}
    if "signals" not in values:
        return
    case.wait_for_lines("output.txt", 2)
    case.wait_until_asleep()
    for n, name in enumerate(values["signals"]):
        case.signal(signal.Signals[name])
        if n == 0:
            case.wait_for_stderr("stopping")


def verify(case):
    values = case.values or {}
    if "letters" in values:
        check_letters(case)
    if "stalls" in values:
        check_stalls(case)
    if "ticker" in values:
        check_ticker(case)


def check_letters(case):
    letters = [json.loads(line) for line in case.read("letters.jsonl").splitlines()]
    case.equal([letter["seq"] for letter in letters], case.values["letters"], "the dead letters")
    case.equal({letter["error"] for letter in letters}, {"ETIMEDOUT"}, "why")
    case.equal({letter["attempts"] for letter in letters}, {case.values["attempts"]}, "attempts")


def check_stalls(case):
    case.equal(case.account.data["loop"]["stalls"], case.values["stalls"], "stalls counted")
    lines = [line for line in case.stderr.decode().splitlines() if "held the event loop" in line]
    case.check(len(lines) <= case.values["stalls"], "as many lines at most", repr(lines))
    for line in lines:
        held = int(re.search(r"held_ms\W+(\d+)", line).group(1))
        case.check(290 <= held < 5000, "how long it was held", line)
        if "traced" in case.values:
            case.check(re.search(r"\b[0-9a-f]{32}\b", line) is not None, "with the trace", line)


def check_ticker(case):
    """It keeps no run alive: some of its lines, from the first on; and all of the others."""
    lines = case.read("output.txt").decode().splitlines()
    own = [line for line in lines if line.startswith("tick ")]
    case.equal(own, [f"tick {n + 1}" for n in range(len(own))], "its own lines")
    case.equal([line for line in lines if line not in own], list("abcdef"), "the lines of the source")
