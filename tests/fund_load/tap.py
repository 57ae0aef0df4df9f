# SPDX-License-Identifier: Apache-2.0
"""Prints test results in the Test Anything Protocol, and finds the files that the tests share."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "fund_load"


def load_generator():
    """The data generator; it belongs to the example and is no package."""
    spec = importlib.util.spec_from_file_location("fund_load_generate", EXAMPLE / "generate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0
        # Names and values may hold any character; the locale need not.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def _print(self, passed, name):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")

    def check(self, passed, name, detail=""):
        self._print(bool(passed), name)
        if detail and not passed:
            self.note(detail)

    def equal(self, got, expected, name):
        self.check(got == expected, name, f"got {got!r:.400}, expected {expected!r:.400}")

    def skip(self, name, why):
        self._print(True, f"{name} # SKIP {why}")

    def note(self, text):
        print(f"# {text}")

    def finish(self):
        """The plan, and the exit status of the program."""
        print(f"1..{self.count}")
        return 1 if self.failed else 0
