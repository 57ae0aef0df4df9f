#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one scenario against the real program and prints TAP.

    run.py --railyard FILE --plugins FOLDER[:FOLDER...] [--seccomp-run FILE] [--sanitized]
           [--runner async] SCENARIO

With --runner every case that may starts on that runner, and must come out as it does otherwise: see
forced.py.

A scenario is a folder: manifest.json, the files that it reads, what it must write, and scenario.json,
which says what is done with them:

    {"about": "a sentence",
     "defaults": {members that every case has unless it says otherwise},
     "cases": {"name": {members}, ...}}

Each case runs in a copy of the folder of its own. Its members:

    args        words after the program's name; default ["run", "manifest.json"]
    set         {JSON pointer: value}, given as --set
    env         {name: value}; null unsets. Nothing is inherited but PATH and what sanitizers need
    umask       in octal, as text
    folder      name of the copy's folder
    stdin       a file of the folder; default the null device
    stdout      a file to write standard output to, such as /dev/full; default: kept and looked at
    make        {file: [recipe, ...]}: files that are made first, see make.py
    needs       things without which the case is skipped: "seccomp", "not sanitized", "a terminal", "/dev/full", a plugin (NAME.so), a path from the root of
                the checkout, ...
    exit        exit status, or a list of those that are right; a signal is "SIGKILL"; default 0
    stderr      texts that standard error must hold; "/regular expression/"
    stderr_not  texts that it must not hold
    output      the same as stderr, for standard output
    same        {file that was written: file with the same bytes}; "<stdout>" is standard output
    text        {file that was written: its content}
    absent      files that must not be there
    account     {"node.counter": number, or [least, most]}: see account.py; the account must add up in any
                case. null: the program ends before it writes one
    sync_only   why the case has no counterpart on the async runner
    seccomp     system calls that are refused; "errno": EPERM (default) or ENOSYS

A scenario.py beside it may have functions prepare(case), during(case) and verify(case), which are called
before the program starts, while it runs, and after the checks above, and cleanup(case), which is called
at the end of every case; see harness.Case.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fund_load"))
sys.dont_write_bytecode = True

import harness  # noqa: E402
import tap  # noqa: E402


def parse(arguments):
    parser = argparse.ArgumentParser(description="Runs one scenario.")
    parser.add_argument("--railyard", required=True, type=lambda path: Path(path).resolve())
    parser.add_argument("--plugins", required=True, help="folders, with a colon between them")
    parser.add_argument("--seccomp-run", type=lambda path: Path(path).resolve())
    parser.add_argument("--sanitized", action="store_true", help="a sanitizer is in the program")
    parser.add_argument("--runner", choices=["async"], help="force it on every case")
    parser.add_argument("--only", help="one case")
    parser.add_argument("--keep", action="store_true", help="leave the copies, print where")
    parser.add_argument("scenario", type=lambda path: Path(path).resolve())
    return parser.parse_args(arguments)


def cases_of(folder):
    scenario = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    unknown = set(scenario) - {"about", "defaults", "cases"}
    if unknown:
        raise SystemExit(f"{folder}/scenario.json: unknown members {sorted(unknown)}")
    for name, own in scenario["cases"].items():
        spec = {**scenario.get("defaults", {}), **own}
        unknown = set(spec) - harness.MEMBERS
        if unknown:
            raise SystemExit(f"{folder}/scenario.json: {name}: unknown members {sorted(unknown)}")
        yield name, spec


def main(arguments):
    options = parse(arguments)
    report = tap.Tap()
    hooks = harness.load_hooks(options.scenario)
    for name, spec in cases_of(options.scenario):
        if not options.only or options.only == name:
            harness.Case(options, report, hooks, name, spec).run_all()
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
