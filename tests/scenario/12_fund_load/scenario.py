# SPDX-License-Identifier: Apache-2.0
"""Takes the example's manifests, and breaks one of them."""

import json
import shutil

import tap


def prepare(case):
    for name in ("baseline.json", "experiment.json"):
        shutil.copy(tap.EXAMPLE / name, case.path(name))
    manifest = json.loads(case.path("baseline.json").read_text(encoding="utf-8"))
    case.path("two_groups.json").write_text(json.dumps(two_groups(manifest)), encoding="utf-8")


def two_groups(manifest):
    """evaluate_policies and update_windows in a group each."""
    nodes = [*manifest["nodes"], "source", "sink"]
    groups = [
        {"name": "update", "nodes": ["update_windows"]},
        {"name": "others", "nodes": [node for node in nodes if node != "update_windows"]},
    ]
    platform = {"bootstrap": {"mode": "process_supervisor"}, "process_groups": groups}
    return {**manifest, "runtime": {"platform": platform}}
