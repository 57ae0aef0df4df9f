#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The two tables of preflight, every cell.

OBS-MAT-01: every backend x placement x runner x bridge.
OBS-CFG-A-02, -A-05, -A-06, RUN-ASYNC-05, -07: every call x provider x bridge x runner.

test_matrix.py RAILYARD. Prints TAP.
"""
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile

RAILYARD = os.path.abspath(sys.argv[1])


def codes_of(manifest, pattern):
    with open("m.json", "w") as file:
        json.dump(manifest, file)
    done = subprocess.run([RAILYARD, "validate", "--format", "json", "m.json"],
                          capture_output=True, timeout=60)
    if done.returncode not in (0, 2):
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()}")
    found = {f["code"] for f in json.loads(done.stdout)["findings"]}
    broken = {c for c in found if c[2] in "SCPWD"}
    if broken:
        raise AssertionError(f"the manifest itself is wrong: {done.stdout.decode()}")
    return {c for c in found if re.match(pattern, c)}


def manifest(nodes, adapters, profile, **runtime):
    members = ["source", *nodes, "sink"]
    adapters = {"source": {"type": "natures.plain_source"},
                "sink": {"type": "natures.plain_sink", "inputs": [list(nodes)[-1]]}, **adapters}
    group = {"name": "all", "nodes": members, "runner_profile": profile}
    return {"version": 1, "plugins": ["natures", "testnodes"],
            "runtime": {"platform": {"process_groups": [group]}, **runtime},
            "nodes": nodes, "adapters": adapters}


# -- backend x placement x runner x bridge ----------------------------------------------------

BLOCKING, LOOP, LOCAL = "blocking", "event loop", "local"
DESTINATIONS = {
    "curl_easy": ({"kind": "otel_otlp", "backend": "curl_easy"}, BLOCKING),
    "curl_session": ({"kind": "otel_otlp", "backend": "curl_session"}, BLOCKING),
    "curl_multi": ({"kind": "otel_otlp", "backend": "curl_multi"}, LOOP),
    "curl_multi sync": ({"kind": "otel_otlp", "backend": "curl_multi",
                         "settings": {"curl_multi": {"mode": "sync"}}}, BLOCKING),
    "default": ({"kind": "otel_otlp"}, LOOP),  # OBS-CFG-A-04
    "evhttp": ({"kind": "otel_otlp", "backend": "evhttp"}, LOOP),
    "curl_pool": ({"kind": "otel_otlp", "backend": "curl_pool"}, BLOCKING),
    "grpc": ({"kind": "otel_otlp", "backend": "grpc"}, LOOP),
    "otel_sdk": ({"kind": "otel_otlp", "backend": "otel_sdk"}, LOOP),
    "zipkin": ({"kind": "zipkin"}, LOOP),
    "zipkin curl_session": ({"kind": "zipkin", "backend": "curl_session"}, BLOCKING),
    "jsonl": ({"kind": "jsonl", "settings": {"path": "spans.jsonl"}}, LOCAL),
    "stdout": ({"kind": "stdout"}, LOCAL),
    "noop": ({"kind": "noop"}, LOCAL),
    "of a plugin": ({"kind": "natures.exporter"}, BLOCKING),
}


def want_placement(nature, placement, profile, bridge):
    if placement == "thread" or bridge or nature == LOCAL:
        return set()
    if nature == LOOP:
        return {"RYO002"} if profile == "sync" else set()
    return {"RYO003"} if profile == "async" else {"RYO004"}


def placement_cells():
    for name, placement, profile, bridge in itertools.product(
            DESTINATIONS, ("thread", "runner"), ("sync", "async"), (False, True)):
        exporter, nature = DESTINATIONS[name]
        settings = {**exporter.get("settings", {}), **({"bridge": True} if bridge else {})}
        exporter = {**exporter, "placement": placement, "settings": settings}
        document = manifest({"pass": {"type": "testnodes.pass"}}, {}, profile,
                            observability={"tracing": {"exporters": [exporter]}})
        yield (f"OBS-MAT-01 {name}, {placement}, {profile}{', bridge' if bridge else ''}",
               document, "RYO00[234]", want_placement(nature, placement, profile, bridge))


# -- call x provider x bridge x runner --------------------------------------------------------

# What a provider offers: consume, aconsume, its consume may block, it needs the loop.
PROVIDERS = {
    "kv.memory": (True, True, False, False),
    "natures.disk": (True, False, False, False),
    "natures.slow_store": (True, False, True, False),
    "natures.remote": (False, True, False, True),
}
CALLERS = {"natures.writer": "consume", "natures.awriter": "aconsume"}


def want_sync(call, offers, bridge):
    consume, _, _, loop = offers
    want = {"RYR012"} if loop and bridge != "wait" else set()
    if call == "aconsume":
        want.add("RYR012")  # the caller is an asynchronous node
    if bridge in ("offload", "node"):
        want.add("RYR014")
    if bridge == "offload":
        return want
    if call == "aconsume":
        return want | {"RYR011"}
    if consume:
        return want | ({"RYR022"} if bridge == "wait" else set())
    return want | ({"RYR010"} if bridge != "wait" else set())


def want_async(call, offers, bridge):
    consume, aconsume, blocks, _ = offers
    slot = bridge in ("wait", "offload")
    if call == "consume":
        if not consume:
            return {"RYR017"}
        if blocks:
            return set() if bridge == "node" else {"RYR016"}
        return {"RYR022"} if slot else set()
    if aconsume or not blocks:
        return {"RYR022"} if slot else set()
    return set() if bridge == "offload" else {"RYR015"}


def call_cells():
    for caller, provider, bridge, profile in itertools.product(
            CALLERS, PROVIDERS, (None, "wait", "offload", "node"), ("sync", "async")):
        binding = {"adapter": "store", "bridge": bridge} if bridge in ("wait", "offload") \
            else "store"
        node = {"type": caller, "bind": {"store": binding}}
        if bridge == "node":
            node["bridge"] = "offload"
        want = (want_sync if profile == "sync" else want_async)(
            CALLERS[caller], PROVIDERS[provider], bridge)
        yield (f"{profile}: {CALLERS[caller]} of {provider}, bridge {bridge}",
               manifest({"call": node}, {"store": {"type": provider}}, profile),
               "RYR01[0-9]|RYR02[0-4]", want)


def inline_cells():
    """Inline, the table applies to the union: one async group makes all groups async."""
    for other, want in (("testnodes.later", {"RYR016"}), ("testnodes.pass", set())):
        document = manifest({"write": {"type": "natures.writer", "bind": {"store": "store"}},
                             "other": {"type": other, "inputs": ["write"]}},
                            {"store": {"type": "natures.slow_store"}}, "auto")
        document["runtime"]["platform"] = {
            "bootstrap": {"mode": "inline"},
            "process_groups": [{"name": "a", "nodes": ["source", "write"]},
                               {"name": "b", "nodes": ["other", "sink"]}]}
        yield f"inline union with {other}", document, "RYR01[0-9]|RYR02[0-4]", want


def main():
    cells = [*placement_cells(), *call_cells(), *inline_cells()]
    failed = 0
    print(f"1..{len(cells)}")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for n, (name, document, pattern, want) in enumerate(cells, 1):
            try:
                got = codes_of(document, pattern)
                problem = None if got == want else f"want {sorted(want)}, got {sorted(got)}"
            except (AssertionError, ValueError, subprocess.TimeoutExpired) as e:
                problem = str(e)
            print(f"{'not ok' if problem else 'ok'} {n} - {name}")
            for line in (problem or "").splitlines():
                print(f"# {line}")
            failed += problem is not None
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
