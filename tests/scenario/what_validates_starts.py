#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What validates starts: every good manifest of tests/golden that `validate --env` accepts also runs.

For each folder: the good manifest is validated with the environment, then run in a copy of its own.

- no finding: the run must start. That is seen by its account, which only a run writes that has started. How it
  ends is its own business, but never by a finding, an internal error, or a signal.
- findings: the run must refuse too. What else than the environment is to blame is the golden test's business.

Files that a manifest reads and that are not there are made first, with a few lines.

A run that does not end by itself is stopped by SIGTERM, as a user would, once it has started.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fund_load"))
sys.dont_write_bytecode = True

import account  # noqa: E402
import tap  # noqa: E402

GOLDEN = tap.ROOT / "tests" / "golden"
FINDINGS = 2
ENDS = (0, 1, 75)  # of a run that has started
SECONDS = 60
PATIENCE = 2  # before an endless run is stopped


def arguments_of(folder):
    path = folder / "args"
    words = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [word for word in words if word not in ("--env", "--deny-warnings") and not word.startswith("--format")]


def make_inputs(copy, findings):
    """Makes what RYE001 says is missing; is there any?"""
    made = 0
    for finding in json.loads(findings)["findings"]:
        match = re.search(r"cannot read (.*): no such file", finding["text"])
        if finding["code"] == "RYE001" and match:
            path = (copy / match.group(1)).resolve()
            if copy.resolve() in path.parents and path.parent.is_dir():
                path.write_bytes(b"one\ntwo\nthree\n")
                made += 1
    return made


def run(command, cwd, env):
    """(exit status, standard error); a run without an end is stopped."""
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, text = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        try:
            _, text = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            _, text = process.communicate()
    return process.returncode, text.decode("utf-8", "replace")


class Walk:
    def __init__(self, options, report):
        self.options = options
        self.report = report
        self.started = self.refused = 0
        self.env = {**os.environ, "RAILYARD_PLUGIN_PATH": options.plugins}

    def command(self, word, *rest):
        return [str(self.options.railyard), word, *rest]

    def look_at(self, folder):
        with tempfile.TemporaryDirectory(prefix="railyard-") as top:
            copy = Path(top) / "case"
            shutil.copytree(folder, copy)
            words = arguments_of(folder)
            valid = self.validate(copy, words)
            if make_inputs(copy, valid.stdout):
                valid = self.validate(copy, words)
            code, text = run(self.command("run", "--inline", "--account", "account.json", *words, "good.json"), copy, self.env)
            self.judge(folder.name, valid, code, text, copy / "account.json")

    def validate(self, copy, words):
        return subprocess.run(
            self.command("validate", "--env", "--inline", "--format", "json", *words, "good.json"),
            cwd=copy, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS,
        )

    def judge(self, name, valid, code, text, path):
        detail = "\n# ".join([f"exit status {code}", *text.splitlines()[-12:]])
        if valid.returncode == FINDINGS:
            self.refused += 1
            self.report.check(code == FINDINGS and not path.exists(), f"{name}: what does not validate does not start", detail)
            return
        self.started += 1
        self.report.check(valid.returncode == 0, f"{name}: validate ends well", valid.stderr.decode())
        self.report.check(code in ENDS and path.exists(), f"{name}: what validates starts", detail)
        if path.exists():
            found = account.Account(json.loads(path.read_bytes())).mistakes()
            self.report.equal(found, [], f"{name}: its account adds up")


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--railyard", required=True, type=lambda path: Path(path).resolve())
    parser.add_argument("--plugins", required=True)
    parser.add_argument("--only")
    options = parser.parse_args(arguments)
    report = tap.Tap()
    walk = Walk(options, report)
    for good in sorted(GOLDEN.glob("*/good.json")):
        if not options.only or good.parent.name == options.only:
            walk.look_at(good.parent)
    report.note(f"{walk.started} started, {walk.refused} were refused")
    if not options.only:
        report.check(walk.started > walk.refused, "most good manifests start", f"{walk.started}, {walk.refused}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
