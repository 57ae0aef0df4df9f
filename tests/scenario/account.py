# SPDX-License-Identifier: Apache-2.0
"""The account of a run, and whether it adds up."""

PARTS = ("completed", "dropped", "dead_lettered", "failed", "abandoned", "held", "pending")
LOSSES = (
    "ring_full", "queue_full", "timeout", "rejected", "encode", "fallback", "shutdown", "killed",
)


class Account:
    def __init__(self, data):
        self.data = data
        self.nodes = {node["name"]: node for node in data["nodes"]}
        self.exporters = data["exporters"]
        self.spans = data["spans"]

    def get(self, key):
        """"node.counter"; "runner"; "spans.counter"; "exporter.N.counter", where `dropped` is the sum and
        `dropped.REASON` one of its parts."""
        if key == "runner":
            return self.data["runner"]
        name, _, counter = key.rpartition(".")
        if name == "spans":
            return self.spans[counter]
        if name.startswith("exporter."):
            return self.exporter_value(name, counter)
        return self.nodes[name][counter]

    def exporter_value(self, name, counter):
        parts = name.split(".")
        exporter = self.exporters[int(parts[1])]
        if len(parts) > 2:
            return exporter[parts[2]][counter]
        return sum(exporter["dropped"].values()) if counter == "dropped" else exporter[counter]

    def total(self, kind, counter):
        return sum(node[counter] for node in self.nodes.values() if node["kind"] == kind)

    def mistakes(self, expected=()):
        """What does not add up, in words. expected: keys whose value the case states itself."""
        found = []
        for node in self.nodes.values():
            if node["kind"] == "source":
                whole, parts = node["accepted"], ("completed", "failed", "abandoned")
            else:
                whole, parts = node["taken"], PARTS
            total = sum(node[part] for part in parts)
            if whole != total:
                found.append(f"{node['name']}: {whole} is not {total}, the sum of {parts}: {node}")
            if node["kind"] != "source" and (node["held"] or node["pending"]):
                found.append(f"{node['name']}: held or pending after the end: {node}")
            if node["plugin_errors"] and f"{node['name']}.plugin_errors" not in expected:
                found.append(f"{node['name']}: {node['plugin_errors']} plugin errors")
        for exporter in self.exporters:
            found += self.exporter_mistakes(exporter)
        if not any(node["kind"] == "source" for node in self.nodes.values()):
            found.append("there is no source")
        return found

    def exporter_mistakes(self, exporter):
        if set(exporter["dropped"]) != set(LOSSES):
            return [f"{exporter['name']}: other reasons than {LOSSES}: {exporter}"]
        if exporter["fallback_only"]:  # what it sends is counted where it was to go
            return []
        total = exporter["exported"] + sum(exporter["dropped"].values()) + exporter["filtered"]
        if exporter["alive"] or total != self.spans["started"]:
            return [f"{exporter['name']}: {self.spans} is not {total}: {exporter}"]
        return []
