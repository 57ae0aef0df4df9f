# SPDX-License-Identifier: Apache-2.0
"""What makes the difference is the finding, whatever else may stand in the way."""


def verify(case):
    if case.values == "not RYG013":
        case.check(b"RYG013" not in case.stdout, "RYG013 is gone", case.stdout.decode())
