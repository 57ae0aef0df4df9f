# SPDX-License-Identifier: Apache-2.0
"""Clients of http.source: a few, many at once, and such that go away."""

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import spans

SECONDS = 60
# A process that posts until it is killed, with many connections; it never reads an answer.
GREEDY = """
import socket, sys
body = b"".join(b"killed %s %d\\n" % (sys.argv[2].encode(), i) for i in range(5))
head = b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body)
kept = []
print("ready", flush=True)
while True:
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    client.settimeout(0.01)
    try:
        client.sendall((head + body) * 3 + head + body[:7])
        client.recv(100)
    except OSError:
        pass
    kept.append(client)
    del kept[:-50]
"""


def prepare(case):
    if case.values.get("taken"):
        case.taken = socket.create_server(("127.0.0.1", 0))
        set_listen(case, case.taken.getsockname()[1])


def set_listen(case, port):
    case.spec.setdefault("set", {})["/adapters/in/settings/listen"] = f"127.0.0.1:{port}"


def port_of(case):
    case.wait_for_stderr("run: running")
    return int(re.search(rb'listening path="127.0.0.1:(\d+)"', case.read(".stderr"))[1])


def memory(case):
    with open(f"/proc/{case.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) * 1024


def post(connection, body, headers=None):
    connection.request("POST", "/", body, headers or {})
    answer = connection.getresponse()
    answer.read()
    return answer.status


class Load:
    """Clients on threads of their own, each with one connection; every line is unique."""

    def __init__(self, case, port):
        self.values, self.port = case.values, port
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.accepted, self.codes = [], {}
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(self.values["clients"])]
        for thread in self.threads:
            thread.start()

    def run(self, client):
        connection, n = None, 0
        while not self.stopping.is_set():
            pad = "x" * self.values.get("pad", 0)
            lines = [f"client {client} request {n} line {i} {pad}" for i in range(self.values["lines"])]
            n += 1
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
                code = post(connection, "\n".join(lines).encode() + b"\n")
            except (OSError, http.client.HTTPException) as error:
                code = type(error).__name__
                connection = None
                if isinstance(error, ConnectionRefusedError):
                    return
            with self.lock:
                self.codes[code] = self.codes.get(code, 0) + 1
                if code == 202:
                    self.accepted += lines

    def n(self, code):
        with self.lock:
            return self.codes.get(code, 0)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(SECONDS)


def during(case):
    values = case.values
    if values.get("taken"):
        return
    case.port = port_of(case)
    if "posts" in values:
        few(case)
    if "clients" in values:
        many(case)
    if values.get("kill"):
        case.process.kill()
        case.process.wait()
        start_again(case)
        return
    if not values.get("stop_first"):
        case.signal(signal.SIGTERM)
    if values.get("hanging"):
        case.wait_for_stderr("stopping")
        case.signal(signal.SIGINT)


def few(case):
    connection = http.client.HTTPConnection("127.0.0.1", case.port, timeout=SECONDS)
    headers = {name: case.values[name] for name in ("traceparent",) if name in case.values}
    codes = [post(connection, body.encode(), headers) for body in case.values["posts"]]
    case.equal(codes, [202] * len(codes), "each is accepted")


def many(case):
    values = case.values
    before = memory(case)
    case.load = load = Load(case, case.port)
    if "seconds" in values:
        time.sleep(values["seconds"])
        grown = memory(case) - before
        case.check(grown < 32 << 20 or case.options.sanitized, "memory stays", f"{grown} bytes more")
    case.wait_for(lambda: load.n(202) >= values.get("until_accepted", 1), "requests are accepted")
    if "killed" in values:
        kill_clients(case, load)
    if values.get("stop_first"):
        case.signal(signal.SIGTERM)
    load.stop()


def kill_clients(case, load):
    for n in range(case.values["killed"]):
        client = subprocess.Popen([sys.executable, "-c", GREEDY, str(case.port), str(n)],
                                  stdout=subprocess.PIPE)
        client.stdout.readline()
        before = load.n(202)
        case.wait_for(lambda before=before: load.n(202) > before + 2, "the others are served beside it")
        client.kill()
        client.wait()
        client.stdout.close()
    before = load.n(202)
    case.wait_for(lambda: load.n(202) > before + 20, "the others are served after it")


def start_again(case):
    """On the port that the killed one had."""
    set_listen(case, case.port)
    with open(case.path(".second"), "wb") as stderr:
        second = subprocess.Popen(case.command(), cwd=case.folder, env=case.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)
    end = time.monotonic() + SECONDS
    while b"run: running" not in case.read(".second") and second.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    try:
        few_of = http.client.HTTPConnection("127.0.0.1", case.port, timeout=SECONDS)
        case.equal(post(few_of, b"again\n"), 202, "its successor is served on the same port")
    finally:
        second.send_signal(signal.SIGTERM)
        case.equal(second.wait(SECONDS), 0, "and ends as it should")
    case.equal(case.read("output.txt"), b"again\n", "with what it was given")


def verify(case):
    if "clients" in case.values:
        check_output(case)
    if "traceparent" in case.values:
        check_trace(case)
    if case.values.get("overload"):
        check_overload(case)


def check_output(case):
    lines = case.read("output.txt").decode().splitlines()
    written = set(lines)
    missing = [line for line in case.load.accepted if line not in written]
    case.check(not missing, "every line of a 202 is in the output", f"{len(missing)}: {missing[:3]}")
    ours = [line for line in lines if line.startswith("client ")]
    case.equal(len(set(ours)), len(ours), "none is there twice")
    case.check(len(case.load.accepted) > 0, "there were some", str(case.load.codes))
    case.equal(case.account.get("sink.completed"), len(lines), "the account says how many")
    case.equal(case.account.get("in.accepted"), len(lines), "all that was accepted was completed")
    metrics = {each["name"]: each["value"] for each in case.account.data["metrics"]}
    case.check(metrics["requests_accepted"] >= case.load.n(202), "202 is counted", str(metrics))
    if not case.values.get("stop_first") and "killed" not in case.values:
        case.equal(len(lines), len(case.load.accepted), "and nothing but lines of a 202")


def check_overload(case):
    """Far more was asked for than was taken, and that was said."""
    asked = sum(case.load.codes.values())
    case.check(asked >= case.values["overload"] * case.load.n(202), "there was more than it takes",
               str(case.load.codes))
    case.check(case.load.n(429) > 0, "429", str(case.load.codes))
    odd = {code: n for code, n in case.load.codes.items() if code not in (202, 429)}
    # A body beyond the sum is refused before it is whole; then the client may see the reset alone.
    if not case.values.get("pad"):
        case.equal(odd, {}, "nothing but 202 and 429")


def check_trace(case):
    trace, parent = case.values["traceparent"].split("-")[1:3]
    first = [span for span in spans.read(case.path("spans.jsonl")) if span.name == "in"]
    case.equal({(span.trace, span.parent) for span in first}, {(trace, parent)}, "the client's trace goes on")
    case.equal(len(first), 3, "in each line")
