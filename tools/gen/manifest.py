#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""manifest.py NODES [GROUPS]: prints a large valid manifest, a chain of nodes with a store each tenth."""
import json
import sys


def chain(count):
    nodes, before = {}, None
    for i in range(count):
        node = {"type": "testnodes.pass"}
        if i % 10 == 9:
            node = {"type": "testnodes.kv_user", "bind": {"store": f"store_{i // 100}"}}
        if before:
            node["inputs"] = [before]
        before = f"node_{i}"
        nodes[before] = node
    return nodes


def manifest(count, groups):
    nodes = chain(count)
    names = list(nodes)
    adapters = {"source": {"type": "testnodes.generator"},
                "sink": {"type": "testnodes.counting_sink", "inputs": [names[-1]]}}
    adapters |= {f"store_{i}": {"type": "kv.memory"} for i in range((count + 99) // 100)
                 if count > i * 100 + 9}
    document = {"version": 1, "plugins": ["testnodes"], "nodes": nodes, "adapters": adapters}
    if groups > 1:
        # Cut between stores, so that none is shared by two groups.
        size = -(-count // groups // 100) * 100
        members = [names[i:i + size] for i in range(0, count, size)]
        members[0].insert(0, "source")
        members[-1].append("sink")
        document["runtime"] = {"platform": {
            "bootstrap": {"mode": "inline"},
            "process_groups": [{"name": f"group_{i}", "nodes": m} for i, m in enumerate(members)]}}
    return document


if __name__ == "__main__":
    json.dump(manifest(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1),
              sys.stdout, indent=1)
    print()
