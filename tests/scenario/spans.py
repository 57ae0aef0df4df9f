# SPDX-License-Identifier: Apache-2.0
"""Spans in a file of the exporter jsonl: OTLP as JSON, one request a line."""

import json

INTERNAL, PRODUCER, CONSUMER = 1, 4, 5
ERROR = 2


class Span:
    def __init__(self, data, resource):
        self.data = data
        self.resource = resource
        self.trace = data["traceId"]
        self.id = data["spanId"]
        self.parent = data.get("parentSpanId", "")
        self.name = data["name"]
        self.kind = data["kind"]
        self.start = int(data["startTimeUnixNano"])
        self.end = int(data["endTimeUnixNano"])
        self.status = data.get("status", {}).get("code", 0)
        self.attributes = attributes(data)
        self.events = data.get("events", [])
        self.links = data.get("links", [])

    def __repr__(self):
        return f"{self.name} {self.trace}/{self.id} <- {self.parent or 'none'}"


def attributes(data):
    return {row["key"]: value(row["value"]) for row in data.get("attributes", [])}


def value(data):
    (kind, content), = data.items()
    return int(content) if kind == "intValue" else content


def read(path):
    """All spans, in the order of the file. A line that is not whole is an error."""
    spans = []
    text = path.read_bytes()
    assert not text or text.endswith(b"\n"), "the last line is not whole"
    for line in text.splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                spans += [Span(data, attributes(resource["resource"])) for data in scope["spans"]]
    return spans


def by_trace(spans):
    traces = {}
    for span in spans:
        traces.setdefault(span.trace, []).append(span)
    return traces


def chain(span, by_id):
    """Names from the root to this span."""
    names = [span.name]
    while span.parent:
        span = by_id[span.parent]
        names.append(span.name)
    return names[::-1]


def mistakes(spans, limit=5):
    """What is wrong with the shape of the traces, in words; [] when nothing is."""
    found = []
    by_id = {span.id: span for span in spans}
    if len(by_id) != len(spans):
        found.append(f"{len(spans) - len(by_id)} span ids occur twice")
    for span in spans:
        found += [f"{span}: {why}" for why in mistakes_of(span, by_id)]
    for trace, members in by_trace(spans).items():
        roots = [span for span in members if not span.parent]
        if len(roots) != 1:
            found.append(f"trace {trace} has {len(roots)} roots: {members}")
    return found[:limit]


def mistakes_of(span, by_id):
    for name, length in ((span.trace, 32), (span.id, 16)):
        if len(name) != length or set(name) - set("0123456789abcdef") or set(name) == {"0"}:
            yield f"{name} is no id"
    if span.end < span.start:
        yield "it ends before it starts"
    if span.parent:
        parent = by_id.get(span.parent)
        if not parent:
            yield "its parent is not there"
        elif parent.trace != span.trace:
            yield "its parent is of another trace"
        elif parent.start > span.start:
            yield "it starts before its parent"
