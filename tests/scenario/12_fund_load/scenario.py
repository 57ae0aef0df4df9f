# SPDX-License-Identifier: Apache-2.0
"""Takes the example's manifests, breaks one of them, and gives it asynchronous ends."""

import json
import shutil

import tap


def prepare(case):
    for name in ("baseline.json", "baseline-async.json", "experiment.json"):
        shutil.copy(tap.EXAMPLE / name, case.path(name))
    manifest = json.loads(case.path("baseline.json").read_text(encoding="utf-8"))
    case.path("two_groups.json").write_text(json.dumps(two_groups(manifest)), encoding="utf-8")
    case.path("ends.json").write_text(json.dumps(asynchronous_ends(manifest)), encoding="utf-8")


def asynchronous_ends(manifest):
    """Nodes that complete later in front of the first and behind the last, with many in flight."""
    later = {"type": "testnodes.later", "config": {"delay_ms": 1}, "max_in_flight": 64}
    nodes = {name: dict(node) for name, node in manifest["nodes"].items()}
    nodes["parse_load_attempt"]["inputs"] = ["before"]
    nodes["before"] = {**later, "inputs": ["source"]}
    nodes["behind"] = {**later, "inputs": ["format_output"]}
    adapters = {**manifest["adapters"], "sink": {**manifest["adapters"]["sink"], "inputs": ["behind"]}}
    return {**manifest, "plugins": ["fund_load", "testnodes"], "nodes": nodes, "adapters": adapters}


def two_groups(manifest):
    """evaluate_policies and update_windows in a group each."""
    nodes = [*manifest["nodes"], "source", "sink"]
    groups = [
        {"name": "update", "nodes": ["update_windows"]},
        {"name": "others", "nodes": [node for node in nodes if node != "update_windows"]},
    ]
    platform = {"bootstrap": {"mode": "process_supervisor"}, "process_groups": groups}
    return {**manifest, "runtime": {"platform": platform}}
