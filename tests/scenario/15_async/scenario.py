# SPDX-License-Identifier: Apache-2.0
"""Stops a run while its first message is in flight; looks at how long messages were.

values: pipe     lines in front of the program's input, whose end stays open
        signals  sent when all of it has been read, and nothing has come out
        later    [milliseconds that each execution of `later` takes at least, how many overlap]
"""

import fcntl
import os
import signal
import struct
import termios

import spans


def prepare(case):
    if "pipe" in (case.values or {}):
        case.stdin, case.writer = os.pipe()
        os.write(case.writer, case.values["pipe"].encode())
        case.reader = os.dup(case.stdin)


def unread(case):
    return struct.unpack("i", fcntl.ioctl(case.reader, termios.FIONREAD, b"\0" * 4))[0]


def during(case):
    values = case.values or {}
    if "pipe" in values:
        case.wait_for(lambda: case.path("output.txt").exists() and unread(case) == 0, "its input is read")
        case.wait_until_asleep()
        case.check(case.read("output.txt") == b"", "the first message is in flight")
    for n, name in enumerate(values.get("signals", [])):
        case.signal(signal.Signals[name])
        if n == 0:
            case.wait_for_stderr("stopping")
    if "pipe" in values:
        os.close(case.writer)
        os.close(case.reader)


def verify(case):
    if "later" not in (case.values or {}):
        return
    least, together = case.values["later"]
    found = spans.read(case.path("spans.jsonl"))
    case.equal(spans.mistakes(found), [], "every trace is one tree")
    by_id = {span.id: span for span in found}
    chains = {" ".join(spans.chain(span, by_id)) for span in found if span.name == "sink"}
    case.equal(chains, {"source later upper sink"}, "the chain of parents is the message's way")
    later = [span for span in found if span.name == "later"]
    took = [(span.end - span.start) / 1e6 for span in later]
    case.check(min(took) >= least, f"each takes {least} ms or more", str(took))
    if together:
        case.check(max(span.start for span in later) < min(span.end for span in later), "all were in flight at once")
        case.equal(len(later), together, "as many as there are")
