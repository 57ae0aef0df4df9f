# SPDX-License-Identifier: Apache-2.0
"""Reads the spans and holds them against the account and the messages."""

import re
import subprocess

import spans


def verify(case):
    values = case.values
    if "output" in values:
        check_output(case, values["output"])
    if "spans" in values or "chains" in values:
        check_spans(case)
    if "same spans" in values:
        ids = [{span.id for span in spans.read(case.path(name))} for name in ("spans.jsonl", values["same spans"])]
        case.check(ids[0] == ids[1] and ids[0], "both files hold the same spans")
    if "tree" in values:
        check_tree(case)
    if "slices" in values:
        check_slices(case, values["slices"])


def check_output(case, n):
    """The generator's lines, in upper case: whatever becomes of spans."""
    lines = case.read("output.txt").split(b"\n")[:-1]
    numbers = [int(line.split(b" ")[0]) for line in lines]
    case.check(numbers == list(range(1, n + 1)) and all(line == line.upper() for line in lines), f"all {n} lines came out")


def check_spans(case):
    values = case.values
    found = spans.read(case.path("spans.jsonl"))
    case.equal(spans.mistakes(found), [], "every trace is one tree")
    case.equal(len(found), case.account.get("exporter.0.exported") or case.account.get("exporter.1.exported"), "as many spans as the account says")
    if "spans" in values:
        case.equal(len(found), values["spans"], "one span for each execution")
    if "traces" in values:
        case.equal(len(spans.by_trace(found)), values["traces"], "one trace for each message")
    if "share" in values:
        share = len(spans.by_trace(found)) / case.account.get("source.completed")
        case.check(values["share"][0] < share < values["share"][1], "the share of sampled traces", str(share))
        unsampled = case.account.get("spans.unsampled")
        case.equal(len(found) + unsampled, 4 * case.account.get("source.completed"), "the others are counted")
    if "chains" in values:
        check_chains(case, found)
    check_errors(case, found)
    if "links" in values:
        case.equal(sum(len(span.links) for span in found), values["links"], "links to the messages that were joined")


def check_chains(case, found):
    by_id = {span.id: span for span in found}
    chains = {" ".join(spans.chain(span, by_id)) for span in found if span.name == "sink"}
    case.equal(sorted(chains), case.values["chains"], "the chain of parents is the message's way")
    kinds = {span.name: span.kind for span in found}
    nodes = {name: spans.INTERNAL for name in kinds}
    case.equal(kinds, {**nodes, "source": spans.PRODUCER, "sink": spans.CONSUMER}, "kinds")
    by_hand = [(span.attributes.get("railyard.node"), span.attributes.get("railyard.scenario")) for span in found]
    scenario = by_hand[0][1]
    case.equal(by_hand, [(span.name, scenario) for span in found], "each span says its node and scenario")
    case.check(all(span.resource.get("service.name") == scenario for span in found), "the resource has its service's name")


def check_errors(case, found):
    errors = {}
    attempts = {}
    for span in found:
        if span.status == spans.ERROR:
            errors[span.name] = errors.get(span.name, 0) + 1
            case_of = [event for event in span.events if event["name"] == "exception"]
            if not case_of:
                case.check(False, "a failed execution has an exception event", repr(span.data))
        if span.name == "fail":
            attempt = str(span.attributes.get("railyard.attempt", "1"))
            attempts[attempt] = attempts.get(attempt, 0) + 1
    case.equal(errors, case.values.get("errors", {}), "failed executions")
    if "attempts" in case.values:
        case.equal(attempts, case.values["attempts"], "each attempt is a span")


def check_slices(case, n):
    business = spans.read(case.path("spans.jsonl"))
    platform = spans.read(case.path("other.jsonl"))
    case.equal(len(business) + len(platform), n, "each span is in one of the slices")
    case.check({"upper", "last"} <= {span.name for span in business}, "nodes are business", str({span.name for span in business}))
    for i, part in enumerate((business, platform)):
        case.equal(case.account.get(f"exporter.{i}.exported"), len(part), f"exporter {i}: exported")
        case.equal(case.account.get(f"exporter.{i}.filtered"), n - len(part), f"exporter {i}: the rest is filtered")


def trace(case, *words):
    return subprocess.run(
        [case.options.railyard, "trace", "spans.jsonl", *words], cwd=case.folder, capture_output=True, text=True, check=False)


def check_tree(case):
    """`railyard trace` lists the traces and draws each with all its spans, children below their parents."""
    traces = spans.by_trace(spans.read(case.path("spans.jsonl")))
    listed = trace(case)
    case.equal(set(re.findall(r"^[0-9a-f]{32}", listed.stdout, re.MULTILINE)), set(traces), "railyard trace lists every trace")
    name, members = next(iter(traces.items()))
    shown = trace(case, name[:12])
    case.equal(shown.returncode, 0, "railyard trace finds a trace by the beginning of its id")
    rows = re.findall(r"^([ │├└─]*)(\w+) +\+", shown.stdout, re.MULTILINE)
    case.equal(sorted(row[1] for row in rows), sorted(span.name for span in members), "railyard trace shows every span")
    by_id = {span.id: span for span in members}
    depths = sorted((span.name, len(spans.chain(span, by_id)) - 1) for span in members)
    case.equal(sorted((name, len(indent) // 3) for indent, name in rows), depths, "railyard trace shows the depth of each span")
    case.equal(trace(case, "f" * 33).returncode, 1, "railyard trace says when there is no such trace")
