# SPDX-License-Identifier: Apache-2.0
"""One store that two nodes share sees both of their increments."""


def verify(case):
    if case.values == "shared":
        counts = [int(line.split(b"=")[1]) for line in case.read("output.txt").splitlines() if line.startswith(b"a")]
        case.equal(sorted(counts), [1, 2, 3, 4], "both nodes count in one store")
