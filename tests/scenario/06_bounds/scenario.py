# SPDX-License-Identifier: Apache-2.0
"""What came out of bursts."""


def verify(case):
    values = case.values or {}
    if "burst" in values:
        expected = "".join(f"{line}#{n}\n" for line in values["lines"] for n in range(values["burst"]))
        case.check(case.read("output.txt") == expected.encode(), "all lines, in order")
    if "sum" in values:
        lines = b"".join(b"%d\n" % n for n in range(1, values["sum"] + 1))
        case.equal(case.read("sum.txt").decode().split(), sums(lines), "all lines, in order")


def sums(text):
    """As testnodes.counting_sink: lines, bytes, and a sum that knows the order."""
    total = 0
    for byte in text:
        total = (total * 31 + byte) & (2**64 - 1)
    n = text.count(b"\n")
    return [str(n), str(len(text) - n), f"{total:016x}"]
