#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs by which scenarios take something away or count: do they?"""

import argparse
import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fund_load"))
sys.dont_write_bytecode = True

import tap  # noqa: E402

SKIPPED = 77
PROBE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def tried(name, *arguments):
    ctypes.set_errno(0)
    fd = getattr(libc, name)(*arguments)
    return ctypes.get_errno() if fd < 0 else 0
print(tried("memfd_create", b"x", 1), tried("eventfd", 0, 0), tried("epoll_create1", 0))
"""
ORDER = ("memfd_create", "eventfd2", "epoll_create1")


def check_seccomp(report, program):
    for call in ORDER:
        for name in ("EPERM", "ENOSYS"):
            run = subprocess.run(
                [program, "--errno", name, call, "--", sys.executable, "-c", PROBE], capture_output=True, check=False)
            if run.returncode == SKIPPED:
                report.skip(f"seccomp-run {call}", run.stderr.decode().strip())
                continue
            expected = [getattr(errno, name) if other == call else 0 for other in ORDER]
            report.equal([int(word) for word in run.stdout.split()], expected, f"seccomp-run: {name} from {call} alone")
    for words in ([], ["memfd_create"], ["read_minds", "--", "true"], ["--errno", "EIO", "eventfd2", "--", "true"], ["", "--", "true"]):
        run = subprocess.run([program, *words], capture_output=True, check=False)
        report.equal(run.returncode, 64, f"seccomp-run: {words} is wrong usage")
    run = subprocess.run([program, "eventfd2", "--", "sh", "-c", "exit 9"], capture_output=True, check=False)
    report.check(run.returncode in (9, SKIPPED), "seccomp-run: the command's exit status is its own", str(run))


def check_counts(report, program):
    """Reads of one byte each: as many calls more as there are bytes."""
    code = "import os\nfd = os.open('/dev/zero', os.O_RDONLY)\nfor _ in range(%d): os.read(fd, 1)"
    totals = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "calls")
        for n in (100, 1100):
            run = subprocess.run([program, path, sys.executable, "-c", code % n], check=False)
            if run.returncode == SKIPPED:
                report.skip("count-calls", "this process may not trace another one")
                return
            totals.append(sum(int(line.split()[1]) for line in open(path, encoding="ascii")))
        report.check(abs(totals[1] - totals[0] - 1000) < 50, "count-calls: 1000 reads more are 1000 calls more", str(totals))
        run = subprocess.run([program, path, "sh", "-c", "exit 9"], check=False)
        report.equal(run.returncode, 9, "count-calls: the command's exit status is its own")


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--seccomp-run", required=True, type=os.path.abspath)
    parser.add_argument("--count-calls", required=True, type=os.path.abspath)
    options = parser.parse_args(arguments)
    report = tap.Tap()
    check_seccomp(report, options.seccomp_run)
    check_counts(report, options.count_calls)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
