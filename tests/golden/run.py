#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every code of schemas/diagnostics.def fires where it should and not where it was mended.

A folder CODE holds bad.json and good.json. Beside them may stand

  args      further arguments of `railyard validate`, one a line
  also      codes of errors that bad.json cannot do without, one a line
  under     a program of the tests and its arguments, under which railyard runs; under_bad: only
            for bad.json
  limit     the hard limit of open files under which railyard runs
  mode      PATH OCTAL, one a line: permissions to give to files before the run
  bad.txt   the whole human output of bad.json, byte for byte
  *         whatever the manifests name

Each runs in a copy of its folder. Prints TAP.

run.py RAILYARD DIAGNOSTICS_DEF GOLDEN TOOLS [PREFIX_WITHOUT_FOLDERS_YET]...
"""
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

# What is checked and cannot run yet: fires beside others until it can.
NOT_YET = re.compile(r"RY[A-Z]09[0-9]$")


class Skip(Exception):
    pass


def codes_of(table):
    return re.findall(r'^RY_DIAG\((RY[A-Z]\d{3}), (\w+),', open(table).read(), re.M)


def lines_of(folder, name):
    path = os.path.join(folder, name)
    return open(path).read().splitlines() if os.path.exists(path) else []


class Golden:
    def __init__(self, railyard, tools, folder, scratch):
        self.railyard, self.tools, self.folder = railyard, tools, folder
        self.cwd = os.path.join(scratch, os.path.basename(folder))
        shutil.copytree(folder, self.cwd)
        for line in lines_of(folder, "mode"):
            path, mode = line.rsplit(" ", 1)
            os.chmod(os.path.join(self.cwd, path), int(mode, 8))

    def command(self, name, form):
        under = lines_of(self.folder, "under")
        if name == "bad.json":
            under = under or lines_of(self.folder, "under_bad")
        prefix = []
        if under:
            words = under[0].split()
            prefix = [os.path.join(self.tools, words[0]), *words[1:]]
        args = lines_of(self.folder, "args")
        return [*prefix, self.railyard, "validate", "--format", form, *args, name]

    def limit(self):
        for line in lines_of(self.folder, "limit"):
            resource.setrlimit(resource.RLIMIT_NOFILE, (int(line), int(line)))

    def run(self, name, form):
        return subprocess.run(self.command(name, form), cwd=self.cwd, capture_output=True,
                              timeout=60, preexec_fn=self.limit)

    def findings(self, name):
        done = self.run(name, "json")
        if done.returncode == 77:
            raise Skip(done.stderr.decode().strip())
        if done.returncode not in (0, 2) or done.stderr:
            raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
        report = json.loads(done.stdout)
        errors = [f for f in report["findings"] if f["severity"] == "error"]
        if report["valid"] != (not errors) or report["error_count"] != len(errors):
            raise AssertionError("the envelope contradicts its findings")
        if done.returncode != (2 if errors else 0):
            raise AssertionError(f"exit {done.returncode} with {len(errors)} errors")
        return report["findings"]


def describe(findings):
    return "; ".join(f"{f['code']} at {f.get('line', 0)}: {f['text']}" for f in findings) or "none"


def check_bad(golden, code, severity):
    findings = golden.findings("bad.json")
    mine = [f for f in findings if f["code"] == code]
    if not mine:
        return f"{code} does not fire; found: {describe(findings)}"
    if severity != "NOTE" and mine[0]["severity"] != severity.lower():
        return f"{code} is {mine[0]['severity']}"
    allowed = {code, *lines_of(golden.folder, "also")}
    others = [f for f in findings if f["severity"] == "error" and f["code"] not in allowed
              and not NOT_YET.match(f["code"]) and f.get("follows_from") != code]
    return f"fires more than {code}: {describe(others)}" if others else None


def check_good(golden, code):
    findings = golden.findings("good.json")
    wrong = [f for f in findings if f["code"] == code or
             (f["severity"] == "error" and not NOT_YET.match(f["code"]))]
    return f"good.json is not mended: {describe(wrong)}" if wrong else None


def check_text(golden):
    want = open(os.path.join(golden.folder, "bad.txt"), "rb").read()
    got = golden.run("bad.json", "human").stdout
    if got == want:
        return None
    return "bad.txt differs; got:\n" + got.decode(errors="replace")


def check_code(railyard, tools, root, scratch, code, severity):
    folder = os.path.join(root, code)
    for name in ("bad.json", "good.json"):
        if not os.path.exists(os.path.join(folder, name)):
            return f"tests/golden/{code}/{name} is missing"
    golden = Golden(railyard, tools, folder, scratch)
    problem = check_bad(golden, code, severity) or check_good(golden, code)
    if not problem and os.path.exists(os.path.join(folder, "bad.txt")):
        problem = check_text(golden)
    return problem


def main():
    railyard, table, root, tools = map(os.path.abspath, sys.argv[1:5])
    codes = [c for c in codes_of(table) if os.path.isdir(os.path.join(root, c[0]))
             or not c[0].startswith(tuple(sys.argv[5:]))]
    failed = 0
    print(f"1..{len(codes)}")
    with tempfile.TemporaryDirectory() as scratch:
        for n, (code, severity) in enumerate(codes, 1):
            skipped = ""
            try:
                problem = check_code(railyard, tools, root, scratch, code, severity)
            except Skip as reason:
                problem, skipped = None, f" # SKIP {reason}"
            except (AssertionError, ValueError, subprocess.TimeoutExpired) as e:
                problem = str(e)
            print(f"{'not ok' if problem else 'ok'} {n} - {code}{skipped}")
            for line in (problem or "").splitlines():
                print(f"# {line}")
            failed += problem is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
