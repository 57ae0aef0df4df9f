# SPDX-License-Identifier: Apache-2.0
"""The example's manifest against a server that misbehaves as the path of the URL says.

values: path     of the URL, with {line}; "refused": nobody listens
        pipe     lines that stay in front of the program's input, whose end stays open
        hang     it is known to wait for answers before the signals
        lines    so many have come out before the signals
        signals  sent one after the other
        ...      see verify
"""

import json
import os
import shutil
import signal
import socket
import time
import urllib.request

import server
import spans
import tap

PROMPT = 0.2  # seconds from the second signal to the end
SERVER = server.Server()


def prepare(case):
    shutil.copy(tap.ROOT / "examples" / "http_enrich" / "http_enrich.json", case.path("manifest.json"))
    values = case.values
    url = refusing_url(case) if values["path"] == "refused" else SERVER.url(values["path"])
    case.spec["set"] = {"/nodes/enrich/config/url": url, **case.spec.get("set", {})}
    if "pipe" in values:
        case.stdin, case.writer = os.pipe()
        os.write(case.writer, "".join(f"line {n}\n" for n in range(1, values["pipe"] + 1)).encode())


def refusing_url(case):
    """A port that is taken, so that nobody else gets it, and at which nobody listens."""
    case.taken = socket.socket()
    case.taken.bind(("127.0.0.1", 0))
    return f"http://127.0.0.1:{case.taken.getsockname()[1]}/"


def connections():
    """How many the server has, but for this one."""
    with urllib.request.urlopen(SERVER.url("/counts")) as answer:
        return json.load(answer)["open"] - 1


def during(case):
    values = case.values
    if "lines" in values:
        case.wait_for(lambda: case.read(".stdout").count(b"\n") >= values["lines"], "lines have come out")
    if "hang" in values:
        case.wait_for_stderr("run: running")
        case.wait_until_asleep()
        case.wait_for(lambda: connections() >= values["hang"], "the server has the requests")
    for n, name in enumerate(values.get("signals", [])):
        case.signal(signal.Signals[name])
        case.signalled = time.monotonic()
        if n == 0:
            case.wait_for_stderr("stopping")
    if len(values.get("signals", [])) > 1:
        case.process.wait(60)
        case.ended = time.monotonic()
    if "pipe" in values:
        os.close(case.writer)


def verify(case):
    values = case.values
    if "kept" in values:
        check_kept(case, **values["kept"])
    if "letters" in values:
        check_letters(case, **values["letters"])
    if "prefix" in values:
        check_prefix(case)
    if "abandoned" in values:
        abandoned = case.account.get("source.abandoned")
        case.check(abandoned > 0, "something was abandoned", str(case.account.data))
        case.check(f" {abandoned} accepted messages were abandoned".encode() in case.stderr, "it says how many", case.tail())
    if hasattr(case, "ended"):
        took = case.ended - case.signalled
        case.check(took < PROMPT or case.options.sanitized, f"it ends within {PROMPT} s of the second signal", f"{took:.3f} s")
    if "reordered" in values:
        check_reordered(case, values["reordered"])
    if "trace" in values:
        check_trace(case, values["trace"])


def expected(numbers):
    return b"".join(b"line %d line %d\n" % (n, n) for n in numbers)


def check_kept(case, of, without):
    """All lines in order, but for multiples of a number."""
    case.check_bytes("<stdout>", expected(n for n in range(1, of + 1) if n % without), f"all lines but each {without}th, in order")


def check_reordered(case, n):
    lines = case.stdout.splitlines(keepends=True)
    case.equal(sorted(lines), sorted(expected(range(1, n + 1)).splitlines(keepends=True)), "every line once")
    case.check(case.stdout != expected(range(1, n + 1)), "as the answers came, not as the lines did")


def check_letters(case, of, every, error, attempts):
    letters = [json.loads(line) for line in case.read("letters.jsonl").splitlines()]
    lines = [letter["payload"] for letter in letters]
    case.equal(lines, [f"line {n}" for n in range(every, of + 1, every)], "the lines of the dead letters, in order")
    case.equal({(letter["node"], letter["error"], letter["attempts"]) for letter in letters}, {("enrich", error, attempts)}, "what they say")


def check_prefix(case):
    """Whole lines from the first on, none left out: as many as the account says."""
    completed = case.account.get("sink.completed")
    lines = case.stdout.split(b"\n")
    case.equal(lines.pop(), b"", "the last line is whole")
    halves = [line.split(b" line ") for line in lines]
    case.equal([int(half[0].split(b" ")[-1]) for half in halves], list(range(1, completed + 1)), "a prefix of what was asked for")
    case.equal(case.account.get("source.completed"), completed, "completed at the source")


def context_of(line):
    """The parts of the traceparent, from what /request answers."""
    headers = dict(json.loads(line[line.index(b"{"):])["headers"])
    return headers["traceparent"].split("-")


def check_trace(case, n):
    """Each request carried the context of the span of its own task."""
    found = spans.read(case.path("spans.jsonl"))
    case.equal(spans.mistakes(found), [], "every trace is one tree")
    own = {("00", span.trace, span.id) for span in found if span.name == "enrich"}
    contexts = [context_of(line) for line in case.stdout.splitlines()]
    sent = {tuple(context[:3]) for context in contexts}
    case.check(all(int(context[3], 16) & 1 for context in contexts), "each says that it is sampled")
    case.equal(len(sent), n, "each request has a context of its own")
    case.equal(sent, own, "it is that of the task's span")
    codes = [span.attributes.get("http.response.status_code") for span in found if span.name == "enrich"]
    case.equal(codes, [200] * n, "the status stands on the span")
