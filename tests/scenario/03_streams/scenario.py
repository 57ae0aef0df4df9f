# SPDX-License-Identifier: Apache-2.0
"""Pipes: who closes them, and when."""

import os
import subprocess


def prepare(case):
    if case.values == "pipe":
        case.stdin, case.writer = os.pipe()
        os.set_inheritable(case.writer, False)
    elif case.values == "closed reader":
        head = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        case.head, case.stdout_to = head, head.stdin
    elif case.values == "closed streams":
        case.wrapper = ["sh", "-c", 'exec "$@" <&- >&-', "sh"]


def during(case):
    if case.values == "pipe":
        write_by_and_by(case)
    elif case.values == "fifo":
        write_to_fifo(case)


def write_by_and_by(case):
    """What was written is through before more comes: a quiet source holds nothing back."""
    os.write(case.writer, b"one\ntw")
    case.wait_for_lines(".stdout", 1)
    case.equal(case.read(".stdout"), b"ONE\n", "a whole line is through, half a line is not")
    os.write(case.writer, b"o\nthree\n")
    case.wait_for_lines(".stdout", 3)
    case.check(case.process.poll() is None, "it waits for more")
    os.close(case.writer)


def write_to_fifo(case):
    fd = os.open(case.path("input.txt"), os.O_WRONLY)
    os.write(fd, b"one\n")
    case.wait_for_lines("output.txt", 1)
    os.write(fd, b"two\nthree")
    os.close(fd)


def verify(case):
    if case.values == "closed reader":
        case.equal(case.head.stdout.read(), b"1\n", "the reader got its line")
        case.equal(case.head.wait(), 0, "the reader ended well")
