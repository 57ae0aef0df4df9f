#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How a pipeline like fund_load goes wrong, and that preflight refuses it.

`evaluate_policies` reads the windows that `update_windows` writes. Whatever lets a second attempt
be evaluated before the first was written makes wrong decisions now and then, and is refused.

test_fund_load.py RAILYARD EXAMPLES. Prints TAP.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

RAILYARD, EXAMPLES = map(os.path.abspath, sys.argv[1:3])
INGRESS = ["source", "parse_load_attempt"]
FEATURES = ["compute_time_keys", "idempotency_gate", "compute_features"]
POLICY = ["evaluate_policies", "update_windows"]
EGRESS = ["format_output", "sink"]


def errors_of(document):
    with open("m.json", "w") as file:
        json.dump(document, file)
    done = subprocess.run([RAILYARD, "validate", "--format", "json", "m.json"],
                          capture_output=True, timeout=60)
    if done.returncode not in (0, 2):
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    return {f["code"]: f["text"] for f in json.loads(done.stdout)["findings"]
            if f["severity"] == "error" and f["code"] not in ("RYG090", "RYR090")}


def grouped(document, *groups, **settings):
    document = copy.deepcopy(document)
    document.setdefault("runtime", {})["platform"] = {
        "bootstrap": {"mode": "process_supervisor"},
        "process_groups": [{"name": f"group_{i}", "nodes": nodes, **settings.get(f"g{i}", {})}
                           for i, nodes in enumerate(groups)]}
    return document


def cases(document):
    yield "one process", document, set()
    yield "a group for each step", grouped(document, INGRESS, FEATURES, POLICY, EGRESS), set()
    yield ("reader and writer of the windows in two groups",
           grouped(document, INGRESS, FEATURES, POLICY[:1], POLICY[1:] + EGRESS), {"RYG012"})
    # `delay` stands between the two, hands on what it gets, and keeps several messages.
    between = copy.deepcopy(document)
    between["plugins"] = ["fund_load", "natures"]
    between["nodes"]["update_windows"]["inputs"] = ["delay"]
    between["nodes"]["delay"] = {"type": "natures.delay_decision", "max_in_flight": 8,
                                 "inputs": ["evaluate_policies"]}
    yield "several messages in flight between reader and writer", between, {"RYG013"}
    one = copy.deepcopy(between)
    del one["nodes"]["delay"]["max_in_flight"]
    yield "one message in flight between them", one, set()
    yield ("several workers without a key",
           grouped(document, INGRESS, FEATURES, POLICY, EGRESS, g2={"workers": 4}), {"RYG014"})
    yield ("several workers by a key that does not separate",
           grouped(document, INGRESS, FEATURES, POLICY, EGRESS,
                   g1={"workers": 4, "partition_by": "customer_id"}), {"RYG015"})
    apart = copy.deepcopy(document)
    apart["adapters"]["windows"]["scope"] = "node"
    yield "windows of their own", apart, {"RYG028"}


def main():
    document = json.load(open(os.path.join(EXAMPLES, "fund_load/baseline.json")))
    todo = list(cases(document))
    failed = 0
    print(f"1..{len(todo)}")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for n, (name, manifest, want) in enumerate(todo, 1):
            got = errors_of(manifest)
            print(f"{'ok' if set(got) == want else 'not ok'} {n} - {name}")
            if set(got) != want:
                print(f"# want {sorted(want)}, got {got}")
                failed += 1
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
