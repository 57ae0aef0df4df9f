# SPDX-License-Identifier: Apache-2.0
"""The same case on the other runner.

The manifest of the case gets a group with everything in it, or its groups get the profile; the rest of
the case, its checks included, stays as it is. So whatever a scenario says of synchronous runs holds
byte for byte of the async runner.
"""

import json

USES = ("sink", "source", "generator")  # the ends of type names of adapters that stand in groups
NEVER_STARTS = (2, 64)


def force(case, skip):
    """Rewrites the manifest in the case's folder, or raises `skip` where there is nothing to force."""
    why = case.spec.get("sync_only") or why_not(case)
    if why:
        raise skip(why)
    path = manifest_of(case)
    document = json.loads(path.read_text(encoding="utf-8"))
    platform = document.setdefault("runtime", {}).setdefault("platform", {})
    groups = platform.setdefault("process_groups", [{"name": "all", "nodes": members(case, document)}])
    for group in groups:
        group["runner_profile"] = case.options.runner
    path.write_text(json.dumps(document), encoding="utf-8")


def why_not(case):
    words = case.spec.get("args", ["run", "manifest.json"])
    if words[0] != "run":
        return f"railyard {words[0]} runs nothing"
    if case.spec.get("exit", 0) in NEVER_STARTS:
        return "it does not start"
    if not manifest_of(case).exists():
        return "the manifest is no file"
    return None


def manifest_of(case):
    return case.path(case.spec.get("args", ["manifest.json"])[-1])


def members(case, document):
    """Nodes, sources and sinks, those that --set adds included."""
    added = [pointer.split("/") for pointer in case.spec.get("set", {})]
    types = {name: adapter["type"] for name, adapter in document["adapters"].items()}
    for words in added:
        if words[1:2] == ["adapters"] and len(words) == 3:
            types[words[2]] = case.spec["set"]["/".join(words)]["type"]
    nodes = [*document.get("nodes", {}), *(w[2] for w in added if w[1] == "nodes" and len(w) == 3)]
    return [*dict.fromkeys(nodes), *(name for name, kind in types.items() if kind.endswith(USES))]
