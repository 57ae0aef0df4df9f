# SPDX-License-Identifier: Apache-2.0
"""Sends signals when something is known to have happened."""

import os
import signal


def prepare(case):
    if "pipe" in (case.values or {}):
        case.stdin, case.writer = os.pipe()
    if "unread" in (case.values or {}):
        case.reader, case.stdout_to = os.pipe()


def during(case):
    values = case.values or {}
    if "pipe" in values:
        os.write(case.writer, values["pipe"].encode())
    if "lines" in values:
        case.wait_for(lambda: case.path("output.txt").exists(), "it has started")
        case.wait_for_lines("output.txt", values["lines"])
    if "taken" in values:
        wait_for_work(case)
    if "asleep" in values:
        wait_for_retry(case)
    if "unread" in values:
        case.wait_for_stderr("run: running")
        case.wait_until_asleep()
    if "alarm" in values:
        case.signal(signal.SIGALRM)
    for n, name in enumerate(values.get("signals", [])):
        case.signal(signal.Signals[name])
        if n == 0 and name != "SIGPIPE":
            case.wait_for_stderr("stopping")
    if "reopen" in values:
        reopen(case)
    if "close" in values:
        os.close(case.writer)


def wait_for_work(case):
    """The slow node is at work: nothing else takes so much of the processor after the start."""
    case.wait_for_stderr("run: running")
    before = case.processor_time()
    case.wait_for(lambda: case.processor_time() > before + 0.05, "it works")


def wait_for_retry(case):
    """All input is read and the program waits: not for input, of which there would be more to read."""
    import fcntl
    import struct
    import termios

    def unread():
        return struct.unpack("i", fcntl.ioctl(case.writer, termios.FIONREAD, b"\0" * 4))[0]

    case.wait_for(lambda: case.path("output.txt").exists() and unread() == 0, "its input is read")
    case.wait_until_asleep()


def reopen(case):
    os.rename(case.path("output.txt"), case.path("output.old"))
    case.signal(signal.SIGHUP)
    case.wait_for(lambda: case.path("output.txt").exists(), "the output is opened again")
    os.write(case.writer, b"two\n")
    os.close(case.writer)


def verify(case):
    values = case.values or {}
    if "generated" in values:
        check_prefix(case)
    if "abandoned" in values:
        abandoned = case.account.get("source.abandoned")
        case.check(abandoned > 0, "something was abandoned", str(case.account.data))
        case.check(f" {abandoned} accepted messages were abandoned".encode() in case.stderr, "it says how many", case.tail())


def check_prefix(case):
    """Whole lines, from the first on, none left out: as many as the account says."""
    output = case.read("output.txt")
    lines = output.split(b"\n")
    case.check(lines[-1] == b"", "the last line is whole", repr(lines[-1]))
    numbers = [int(line.split(b" ")[0]) for line in lines[:-1]]
    case.check(numbers == list(range(1, len(numbers) + 1)) and all(len(line) == 24 for line in lines[:-1]), "a prefix of what was made")
    completed = case.account.get("sink.completed")
    case.equal(len(numbers), completed, "as many lines as the account says")
    case.equal(case.account.get("source.completed"), completed, "completed at the source")
    if "abandoned" not in case.values:
        case.equal(case.account.get("source.accepted"), completed, "all that was accepted")
