# SPDX-License-Identifier: Apache-2.0
"""The compatibility table of runners, row by row: what is allowed runs, what is not is the finding.

A row's manifest is made from ROWS by the name of the case: a source, the nodes named, a sink, in one
group. values: signals, sent while the first call is under way.
"""

import json
import signal
import time

SYNC, ASYNC = "sync", "async"
LINES = [f"{'bad' if n % 3 == 0 else 'good'} {n}" for n in range(60)]


def bound(provider, bridge=None):
    return {"checker": {"adapter": provider, "bridge": bridge} if bridge else provider}


def verify_node(bridge=None, offload=False, provider="checker"):
    """Calls by consume."""
    node = {"type": "testnodes.verify", "bind": bound(provider, bridge)}
    return {"verify": {**node, "bridge": "offload"} if offload else node}


def asking(bridge=None, in_flight=16):
    """Calls by aconsume."""
    node = {"type": "testnodes.needs_async", "bind": bound("checker", bridge)}
    return {"ask": {**node, "max_in_flight": in_flight}}


def provider(kind, bind=None, bridge=None, **settings):
    adapter = {"type": f"testnodes.{kind}", "settings": {"banned": "bad", **settings}}
    if bind:
        adapter["bind"] = {"inner": {"adapter": bind, "bridge": bridge} if bridge else bind}
    return adapter


def row(profile, nodes, adapters=None, **runtime):
    return profile, nodes, adapters or {}, runtime


def checker(kind, **settings):
    return {"checker": provider(kind, **settings)}


BLOCK = {"type": "testnodes.block"}
OFFLOADED = {**BLOCK, "bridge": "offload"}
PASS = {"type": "testnodes.pass"}
LATER = {"type": "testnodes.later"}

ROWS = {
    # sync
    "sync, consume, offers consume": row(SYNC, verify_node(), checker("quick_checker")),
    "sync, consume, offers consume, may block": row(SYNC, verify_node(), checker("blocking_checker")),
    "sync, consume, only aconsume": row(SYNC, verify_node(), checker("async_checker")),
    "sync, consume, only aconsume, wait": row(SYNC, verify_node("wait"), checker("async_checker")),
    "sync, consume, only aconsume, wait, behind an adapter": row(
        SYNC, verify_node(), {"checker": provider("layered_checker", "inner", "wait"),
                              "inner": provider("async_checker")}),
    "sync, consume, only aconsume, wait, with what it needs": row(
        SYNC, verify_node("wait"), {"checker": provider("relay_checker", "inner"),
                                    "inner": provider("async_checker")}),
    "sync, consume, only aconsume, wait, twice": row(
        SYNC, {**verify_node("wait"), "again": verify_node("wait")["verify"]}, checker("async_checker")),
    "sync, consume, offers consume, wait": row(SYNC, verify_node("wait"), checker("quick_checker")),
    "sync, aconsume, any": row(SYNC, asking(in_flight=1), checker("checker")),
    "sync, aconsume, any, wait": row(SYNC, asking("wait", 1), checker("async_checker")),
    "sync, asynchronous node": row(SYNC, {"later": LATER}),
    "sync, adapter that needs the loop": row(SYNC, verify_node(), {
        "checker": provider("layered_checker", "inner"), "inner": provider("async_checker")}),
    "sync, max_in_flight above 1": row(SYNC, {"later": {**PASS, "max_in_flight": 2}}),
    "sync, offload on a node": row(SYNC, {"block": OFFLOADED}),
    "sync, offload on a binding": row(SYNC, verify_node("offload"), checker("blocking_checker")),
    "sync, node that may block": row(SYNC, {"block": BLOCK}),
    # async
    "async, aconsume, offers aconsume": row(ASYNC, asking(), checker("async_checker", delay_us=1000)),
    "async, aconsume, offers both": row(ASYNC, asking(), checker("checker")),
    "async, aconsume, only consume, non-blocking": row(ASYNC, asking(), checker("quick_checker")),
    "async, aconsume, only consume, may block": row(ASYNC, asking(), checker("blocking_checker")),
    "async, aconsume, only consume, may block, offload": row(
        ASYNC, asking("offload"), checker("blocking_checker", delay_us=500)),
    "async, aconsume, only consume, may block, offload, one instance per thread": row(
        ASYNC, asking("offload"), checker("unsafe_checker", delay_us=500)),
    "async, aconsume, only consume, may block behind another, offload": row(
        ASYNC, asking("offload"), {"checker": provider("layered_checker", "inner"),
                                   "inner": provider("unsafe_checker", delay_us=500)}),
    "async, aconsume, only consume, may block, offload, more than the pool takes": row(
        ASYNC, asking("offload", 60), checker("blocking_checker"), offload={"threads": 2, "queue": 1}),
    "async, aconsume, only consume, non-blocking, offload": row(
        ASYNC, asking("offload"), checker("quick_checker")),
    "async, aconsume, offers aconsume, offload": row(ASYNC, asking("offload"), checker("async_checker")),
    "async, consume, offers consume, non-blocking": row(ASYNC, verify_node(), checker("quick_checker")),
    "async, consume, offers consume, may block": row(ASYNC, verify_node(), checker("blocking_checker")),
    "async, consume, offers consume, may block, offload on the node": row(
        ASYNC, verify_node(offload=True), checker("unsafe_checker")),
    "async, consume, offers consume, may block behind another, offload on the node": row(
        ASYNC, verify_node(offload=True), {"checker": provider("layered_checker", "inner"),
                                           "inner": provider("blocking_checker")}),
    "async, consume, offers consume, may block, offload on the binding": row(
        ASYNC, verify_node("offload"), checker("blocking_checker")),
    "async, consume, only aconsume": row(ASYNC, verify_node(), checker("async_checker")),
    "async, consume, only aconsume, wait": row(ASYNC, verify_node("wait"), checker("async_checker")),
    "async, consume, only aconsume, offload on the node": row(
        ASYNC, verify_node(offload=True), checker("async_checker")),
    "async, asynchronous node": row(ASYNC, {"later": LATER}),
    "async, synchronous node that does not block": row(ASYNC, {"pass": PASS}),
    "async, node that may block": row(ASYNC, {"block": BLOCK}),
    "async, node that may block, offload": row(ASYNC, {"block": OFFLOADED, "pass": PASS}),
    "async, asynchronous node, offload": row(ASYNC, {"later": {**LATER, "bridge": "offload"}}),
    # any
    "any, offload, not thread-safe and called directly": row(
        ASYNC, {"block": {**verify_node(offload=True)["verify"]},
                "direct": {"type": "testnodes.verify", "bind": bound("checker")}},
        {"checker": provider("layered_checker", "inner"), "inner": provider("quick_checker")}),
    "any, offload, not thread-safe, from two offloaded nodes": row(
        ASYNC, {"one": verify_node(offload=True)["verify"], "two": verify_node(offload=True)["verify"]},
        checker("unsafe_checker")),
    "any, offload, keeps a state, from two offloaded nodes": row(
        ASYNC, {"one": verify_node(offload=True)["verify"], "two": verify_node(offload=True)["verify"]},
        checker("stateful_checker")),
    "any, offload, keeps a state, from one offloaded node": row(
        ASYNC, verify_node(offload=True), checker("stateful_checker")),
    "any, offload, keeps a state, one thread": row(
        ASYNC, asking("offload"), checker("stateful_checker"), offload={"threads": 1}),
    "any, offload, keeps a state, several threads": row(
        ASYNC, asking("offload"), checker("stateful_checker")),
    # auto
    "RUN-AUTO-01 qualifier respected": row(None, verify_node(provider="second"), {
        "first": provider("async_checker"), "second": provider("quick_checker"),
        "spare": provider("quick_checker")}, strict=False),
    "RUN-AUTO-03 a missing binding is its own finding": row(None, verify_node(provider="nobody")),
    "RUN-AUTO-04 one async need": row(None, {"pass": PASS, **asking()}, checker("checker")),
    "RUN-AUTO-05 only sync": row(None, verify_node(), checker("checker")),
    "RUN-AUTO-05 only sync, over a wait bridge": row(None, verify_node("wait"), checker("async_checker")),
    "RUN-AUTO-06 an explicit profile beats inference": row(ASYNC, verify_node(), checker("checker")),
    "RUN-AUTO-06 a conflict is a finding": row(SYNC, asking(in_flight=1), checker("checker")),
    "RUN-AUTO-07 through an adapter that needs an async contract": row(
        None, {"ask": verify_node()["verify"]},
        {"checker": provider("layered_checker", "relay"), "relay": provider("relay_checker", "last"),
         "last": provider("async_checker")}),
    # the end of what has not come back
    "a drain does not end a wait, a second signal does": row(
        SYNC, verify_node("wait"), checker("async_checker", delay_us=60000000)),
    "a thread that does not come back does not hold the end": row(
        ASYNC, asking("offload", 2), checker("blocking_checker", delay_us=60000000)),
    "a node that does not come back does not hold the end": row(
        ASYNC, {"block": {**OFFLOADED, "config": {"us": 60000000}}}),
    "what runs on the pool is waited for by a drain": row(
        ASYNC, asking("offload", 2), checker("blocking_checker", delay_us=50000)),
}


def prepare(case):
    profile, nodes, adapters, runtime = ROWS[case.name]
    group = {"name": "all", "nodes": ["source", *nodes, "sink"]}
    if profile:
        group["runner_profile"] = profile
    before = "source"
    for name, node in nodes.items():
        nodes = {**nodes, name: {**node, "inputs": [before]}}
        before = name
    manifest = {
        "version": 1,
        "plugins": ["testnodes"],
        "runtime": {"platform": {"bootstrap": {"mode": "inline"}, "process_groups": [group]}, **runtime},
        "nodes": nodes,
        "adapters": {
            "source": {"type": "file.source", "settings": {"path": "input.txt"}},
            "sink": {"type": "file.sink", "settings": {"path": "output.txt"}, "inputs": [before]},
            **adapters,
        },
    }
    case.path("manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    case.path("input.txt").write_text("".join(f"{line}\n" for line in LINES), encoding="utf-8")
    good = [line for line in LINES if line.startswith("good") or not adapters]
    case.path("expected.txt").write_text("".join(f"{line}\n" for line in good), encoding="utf-8")


def during(case):
    signals = (case.values or {}).get("signals", [])
    if not signals:
        return
    case.wait_for_stderr("running")
    case.wait_until_asleep()
    for n, name in enumerate(signals):
        case.signal(signal.Signals[name])
        if n == 0:
            case.wait_for_stderr("stopping")
            before = case.processor_time()
            case.wait_until_asleep()
    case.began = time.monotonic()
    case.turned = case.processor_time() - before if len(signals) > 1 else 0


def verify(case):
    values = case.values or {}
    if "within_s" in values:
        took = time.monotonic() - case.began
        case.check(took < values["within_s"], f"it ends within {values['within_s']} s", f"took {took} s")
        case.check(case.turned < 0.2, "it slept meanwhile", f"{case.turned} s of processor time")
