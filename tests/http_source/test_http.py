#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What http.source takes, and what it answers.

usage: test_http.py SERVE
"""

import sys

from server import Server, Tap, chunked


def lines(tap):
    with Server() as server, server.connect() as client:
        answer = client.ask(b"one\ntwo\n\nthree\r\n\0four")
        tap.equal(answer.code, 202, "lines: accepted")
        tap.equal(server.outputs(),
                  [(0, b"one"), (0, b"two"), (0, b""), (0, b"three\r"), (0, b"\0four")],
                  "lines: without their newlines, empty ones and NUL bytes too")
        tap.equal(client.ask(b"again\n").code, 202, "lines: the connection stays open")
        tap.equal(server.lines(), [b"again"], "lines: the next request of a connection")
        tap.equal(client.ask(b"").code, 202, "lines: an empty body holds no line")
        tap.equal(server.lines(), [], "lines: an empty body emits nothing")
        tap.equal(server.metric("requests_accepted"), 3, "lines: requests are counted")
        tap.equal(server.metric("received_bytes"), 27, "lines: bytes are counted")
    with Server({"strip_cr": True, "max_line_bytes": 5}) as server, server.connect() as client:
        client.ask(b"12345\r\n\r\n")
        tap.equal(server.lines(), [b"12345", b""], "strip_cr: one carriage return is dropped")
        answer = client.ask(b"1\n123456\n")
        tap.equal((answer.code, answer.body), (413, b"line 2: too long\n"),
                  "a line that is too long: 413, which names it")
        tap.check(client.closed(), "a refused request ends the connection")
        tap.equal(server.count(), 2, "nothing of a refused request is emitted")


def formats(tap):
    with Server({"format": "text/jsonl"}) as server, server.connect() as client:
        client.ask(b"{}\nno json\n")
        tap.equal(server.outputs(), [(1, b"{}"), (1, b"no json")], "text/jsonl: lines as they are")
    with Server({"format": "application/jsonl"}) as server, server.connect() as client:
        tap.equal(client.ask(b'{"a":1}\n[2]').code, 202, "application/jsonl: accepted")
        tap.equal(server.outputs(), [(2, b'{"a":1}'), (2, b"[2]")], "application/jsonl: values")
        answer = client.ask(b'{"a":1}\n{"a":}\n[3]\n')
        tap.equal(answer.code, 400, "application/jsonl: a line that is not JSON")
        tap.check(answer.body.startswith(b"line 2: not JSON: "), "application/jsonl: names the line",
                  answer.body)
        tap.equal(server.lines(), [], "application/jsonl: nothing of it is emitted")
        with server.connect() as other:
            tap.equal(other.ask(b"{").code, 400, "application/jsonl: a lone line that is not JSON")
        tap.equal(server.count(), 2, "application/jsonl: nor of this")
    with Server({"format": "application/octet-stream"}) as server, server.connect() as client:
        client.ask(b"a\nb\0")
        client.ask(b"")
        tap.equal(server.outputs(), [(3, b"a\nb\0"), (3, b"")], "application/octet-stream: each body")
    with Server({"format": "application/json"}) as server, server.connect() as client:
        tap.equal(client.ask(b'{\n"a": [1, 2]\n}\n').code, 202, "application/json: accepted")
        tap.equal(server.outputs(), [(4, b'{"a":[1,2]}')], "application/json: the value of a body")
        answer = client.ask(b"")
        tap.equal(answer.code, 400, "application/json: an empty body is no value")
        tap.check(answer.body.startswith(b"body: not JSON"), "application/json: says so", answer.body)


def refusals(tap):
    with Server({"path": "/in"}) as server:
        with server.connect() as client:
            tap.equal(client.ask(b"x", path="/").code, 404, "another path: 404")
        with server.connect() as client:
            tap.equal(client.ask(b"x", path="/in?who=me").code, 202, "a query is no part of the path")
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"):
            with server.connect() as client:
                client.send(f"{method} /in HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                answer = client.read() if method != "HEAD" else None
                if method == "HEAD":
                    client.closed()
                    tap.check(client.data.startswith(b"HTTP/1.1 405 ") and
                              client.data.endswith(b"\r\n\r\n"), "HEAD: 405 without a body", client.data)
                else:
                    tap.equal((answer.code, answer.headers.get("allow")), (405, "POST"), f"{method}: 405")
        with server.connect() as client:
            client.send(b"BREW /in HTTP/1.1\r\nHost: x\r\n\r\n")
            tap.equal(client.read().code, 405, "an unknown method: 405")
        with server.connect() as client:
            tap.equal(client.ask(b"x", path="/in", headers=["Content-Encoding: gzip"]).code, 415,
                      "an encoded body: 415")
        with server.connect() as client:
            tap.equal(client.ask(b"x", path="/in", headers=["Content-Encoding: identity"]).code, 202,
                      "a body encoded as itself")
        tap.equal(server.lines(), [b"x", b"x"], "nothing of what was refused is emitted")
        tap.equal(server.metric("requests_refused"), 10, "each refusal is counted")


def versions(tap):
    with Server() as server:
        with server.connect() as client:
            answer = client.ask(b"old\n", version="1.0")
            tap.equal(answer.code, 202, "HTTP/1.0: accepted")
            tap.check(client.closed(), "HTTP/1.0: closed after the answer")
        with server.connect() as client:
            tap.equal(client.ask(b"kept\n", version="1.0", headers=["Connection: keep-alive"]).code, 202,
                      "HTTP/1.0 with keep-alive: accepted")
            tap.equal(client.ask(b"kept 2\n", version="1.0", headers=["Connection: keep-alive"]).code,
                      202, "HTTP/1.0 with keep-alive: stays open")
        with server.connect() as client:
            answer = client.ask(b"last\n", headers=["Connection: close"])
            tap.equal(answer.headers.get("connection"), "close", "Connection: close is said")
            tap.check(client.closed(), "Connection: close is done")
        tap.equal(server.lines(), [b"old", b"kept", b"kept 2", b"last"], "all are emitted")


def chunks(tap):
    with Server({"max_body_bytes": 1000}) as server, server.connect() as client:
        client.send(chunked(b"one\ntw", b"o\n", b"t", b"hree"))
        tap.equal(client.read().code, 202, "chunked: accepted")
        tap.equal(server.lines(), [b"one", b"two", b"three"], "chunked: one body")
        client.send(chunked(b"x\n", last=b"0\r\nChecksum: 1\r\n\r\n"))
        tap.equal(client.read().code, 202, "chunked: trailers are read over")
        for byte in chunked(b"slow\n"):
            client.send(bytes([byte]))
        tap.equal(client.read().code, 202, "chunked: a byte at a time")
        tap.equal(server.lines(), [b"x", b"slow"], "chunked: all are emitted")


def pipelined(tap):
    with Server() as server, server.connect() as client:
        one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n"
        client.send(b"".join(one + b"%05d\n" % i for i in range(500)))
        codes = [client.read().code for _ in range(500)]
        tap.equal(codes, [202] * 500, "500 requests without waiting: all are accepted")
        tap.equal(server.lines(), [b"%05d" % i for i in range(500)], "in their order")


def expect(tap):
    with Server({"max_body_bytes": 1000}) as server:
        with server.connect() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            tap.equal(client.read().code, 100, "Expect: 100-continue: go on")
            client.send(b"a\n")
            tap.equal(client.read().code, 202, "Expect: 100-continue: accepted")
        with server.connect() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
            tap.equal(client.read().code, 413, "Expect: 100-continue: 413 before the body is sent")
            tap.check(client.closed(), "Expect: 100-continue: and closed")
        with server.connect() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: a cake\r\nContent-Length: 2\r\n\r\n")
            tap.equal(client.read().code, 417, "an unknown expectation: 417")


def traces(tap):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with Server() as server, server.connect() as client:
        client.ask(b"a\nb\n", headers=[f"traceparent: {parent}", "tracestate: x=1", "TraceState: y=2", "baggage: userId = alice", "Baggage: n=1;p"])
        client.ask(b"c\n")
        client.ask(b"d\n", headers=[f"traceparent: {parent}", f"traceparent: {parent}"])
        client.ask(b"e\n", headers=["tracestate: x=1", "baggage: a=1,b c"])
        client.ask(b"f\n", headers=[f"traceparent: {parent}", "tracestate: " + 600 * "x"])
        got = [(each["traceparent"], each["tracestate"], each["baggage"]) for each in server.full_outputs()]
        tap.equal(got, [(parent, "x=1,y=2", "userId=alice,n=1;p")] * 2 +
                  [("", "", "")] * 2 + [("", "", "a=1"), (parent, "", "")], "the trace of a request goes on in its messages")


def addresses(tap):
    try:
        with Server({"listen": "[::1]:0"}) as server, server.connect() as client:
            tap.equal(client.ask(b"six\n").code, 202, "IPv6: accepted")
            tap.check(any(" path=[::1]:" in line for line in server.greeting),
                      "IPv6: the log names the port", server.greeting)
    except RuntimeError:
        tap.skip("IPv6", "no IPv6 here")
    with Server({"listen": "localhost:0"}) as server, server.connect() as client:
        tap.equal(client.ask(b"x\n").code, 202, "localhost: accepted")
        try:
            Server({"listen": f"127.0.0.1:{server.port}"})
            tap.check(False, "a port in use is refused at the start")
        except RuntimeError:
            tap.check(True, "a port in use is refused at the start")


if __name__ == "__main__":
    sys.exit(Tap().run(lines, formats, refusals, versions, chunks, pipelined, expect, traces, addresses))
