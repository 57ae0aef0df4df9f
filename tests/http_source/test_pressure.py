#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""More than the pipeline takes, and the end of a run: what was answered with 202 was accepted.

usage: test_pressure.py SERVE
"""

import sys
import time

from server import SANITIZED, Server, Tap

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


def room(tap):
    with Server(resume=10) as server, server.connect() as client:
        server.command("manual")
        body = b"".join(b"%d\n" % i for i in range(25))
        client.post(body)
        tap.check(server.until(lambda: server.count() == 10), "as many lines as there is room for")
        tap.check(client.silent(), "and no answer yet")
        server.command("accept 10")
        server.command("resume 10")
        tap.equal(server.count(), 20, "more, when there is room again")
        server.command("accept 20")
        tap.check(client.silent(), "no answer before the last one is emitted")
        server.command("resume 10")
        tap.equal(server.count(), 25, "the rest")
        tap.check(client.silent(), "no answer before the last one is accepted")
        server.command("accept 24")
        tap.check(client.silent(), "not one less")
        server.command("accept 25")
        tap.equal(client.read().code, 202, "202 when the last one is accepted")
    with Server(resume=None) as server, server.connect() as client:
        client.post(b"early\n")
        tap.check(client.silent(), "a request before the first resume waits")
        server.command("resume 0")
        tap.equal(client.read().code, 202, "and is accepted after it")


def order(tap):
    with Server() as server, server.connect() as first, server.connect() as second:
        server.command("manual")
        first.post(b"1\n2\n")
        tap.check(server.until(lambda: server.count() == 2), "one request")
        second.post(b"3\n")
        tap.check(server.until(lambda: server.count() == 3), "another one")
        tap.equal(server.lines(), [b"1", b"2", b"3"], "in the order in which they came")
        server.command("accept 2")
        tap.equal(first.read().code, 202, "each has its own answer")
        tap.check(second.silent(), "and no other's")
        server.command("accept 3")
        tap.equal(second.read().code, 202, "the second one too")


def too_many_requests(tap):
    with Server({"max_pending_requests": 2}, resume=None) as server:
        clients = [server.connect() for _ in range(3)]
        for n, client in enumerate(clients[:2]):
            client.post(b"%d\n" % n)
            server.until(lambda n=n: server.metric("received_bytes") == 2 * (n + 1))
        answer = clients[2].ask(b"2\n")
        tap.equal((answer.code, answer.headers.get("retry-after")), (429, "1"), "one more waits: 429")
        tap.equal(answer.headers.get("connection"), None, "429 leaves the connection open")
        server.command("resume 0")
        tap.equal([client.read().code for client in clients[:2]], [202, 202], "those that waited: 202")
        tap.equal(clients[2].ask(b"2\n").code, 202, "the third one, asked again: 202")
        tap.equal(server.lines(), [b"0", b"1", b"2"], "each of them once")
        tap.equal(server.metric("requests_busy"), 1, "429 is counted")


def too_many_bytes(tap):
    with Server({"max_pending_bytes": 250000, "max_body_bytes": 100000, "request_timeout_ms": 60000},
                resume=None) as server:
        whole, slow, late, small = (server.connect() for _ in range(4))
        whole.post(b"x" * 99999 + b"\n")
        slow.send(HEAD + b"Content-Length: 100000\r\n\r\n" + b"y" * 90000)
        tap.check(server.until(lambda: server.metric("received_bytes") == 100000), "one waits")
        late.send(HEAD + b"Content-Length: 100000\r\n\r\n" + b"z" * 90000)
        tap.equal(late.read().code, 429, "what arrives beyond the sum: 429 before it is whole")
        tap.check(late.closed(), "and closed")
        tap.equal(small.ask(b"s" * 80000).code, 429, "no room for it either")
        server.command("resume 0")
        tap.equal(whole.read().code, 202, "the one that waited: 202")
        slow.send(b"y" * 10000)
        tap.equal(slow.read().code, 202, "the one that was arriving: 202")
        with server.connect() as client:
            tap.equal(client.ask(b"x" * 99999).code, 202, "there is room again")
        tap.equal(server.metric("requests_busy"), 2, "429 is counted")


def memory(tap):
    with Server({"max_pending_bytes": 16 << 20, "max_body_bytes": 1 << 20, "max_pending_requests": 1000,
                 "max_wait_ms": 60000}, resume=None) as server:
        before = server.memory()
        clients, busy = [server.connect() for _ in range(200)], 0
        for client in clients:
            client.sock.settimeout(0.2)
            try:
                client.post(b"x" * (1 << 20))
            except (ConnectionError, TimeoutError):
                busy += 1  # refused before it was sent
        # Twice: a body that arrived in pieces is put into one, and then the pieces go.
        grown = server.memory() - before
        tap.check(grown < 48 << 20 or SANITIZED, "200 MiB for 16: memory stays", grown)
        tap.check(server.metric("requests_busy") >= 150, "the others: 429", busy)
        server.command("resume 0")
        codes = {}
        for client in clients:
            client.sock.settimeout(5)
            try:
                code = client.read().code
            except Exception:  # pylint: disable=broad-except
                code = "closed"
            codes[code] = codes.get(code, 0) + 1
        tap.equal(codes.get(202, 0), server.count(), "each that is emitted was answered with 202")
        tap.check(codes.get(202, 0) >= 10, "as many as there is room for", codes)


def long_wait(tap):
    with Server({"max_wait_ms": 200}, resume=1) as server, server.connect() as begun, \
            server.connect() as waiting:
        server.command("manual")
        begun.post(b"1\n2\n")
        tap.check(server.until(lambda: server.count() == 1), "one is emitted in part")
        tap.equal(waiting.ask(b"3\n").code, 429, "one that waits too long: 429")
        time.sleep(0.3)
        tap.check(begun.silent(), "one that is emitted in part waits on")
        server.command("resume 0")
        server.command("accept 2")
        tap.equal(begun.read().code, 202, "and is accepted")
        tap.equal(server.lines(), [b"2"], "nothing of the other one is emitted")


def gone_while_waiting(tap):
    with Server({"max_pending_requests": 100}, resume=1) as server:
        for n in range(3):
            with server.connect() as client:
                client.post(b"a\nb\n")
                tap.check(server.until(lambda n=n: server.metric("received_bytes") == 4 * (n + 1)),
                          "a client asks and goes away")
        server.command("resume 0")
        tap.check(server.until(lambda: server.metric("connections") == 0), "nothing of them stays")
        tap.check(server.count() in (2, 4, 6), "their requests are emitted whole", server.count())


def draining(tap):
    with Server(resume=3) as server:
        server.command("manual")
        emitted, part, waiting, incoming, idle = (server.connect() for _ in range(5))
        emitted.post(b"1\n2\n")
        tap.check(server.until(lambda: server.count() == 2), "one is emitted")
        part.post(b"3\n4\n")
        tap.check(server.until(lambda: server.count() == 3), "one is emitted in part")
        waiting.post(b"5\n")
        incoming.begin(4)
        incoming.send(b"6\n")
        tap.check(server.until(lambda: server.metric("connections") == 5), "one waits, one is arriving")
        tap.check(server.until(lambda: server.metric("received_bytes") == 10), "all are there")
        server.command("pause")
        tap.equal(waiting.read().code, 503, "pause: what waits gets 503")
        answer = part.read()
        tap.equal((answer.code, answer.headers.get("connection")), (503, "close"),
                  "pause: so does what is emitted in part, and is closed")
        tap.check(idle.closed(), "pause: idle connections are closed")
        try:
            server.connect()
            tap.check(False, "pause: nobody listens any more")
        except ConnectionError:
            tap.check(True, "pause: nobody listens any more")
        tap.check(emitted.silent(), "pause: what is emitted waits on")
        incoming.send(b"7\n")
        tap.equal(incoming.read().code, 503, "pause: a request that comes now gets 503")
        server.command("accept 3")
        answer = emitted.read()
        tap.equal((answer.code, answer.headers.get("connection")), (202, "close"),
                  "pause: what is accepted gets 202, and is closed")
        tap.equal(server.lines(), [b"1", b"2", b"3"], "pause: nothing more is emitted")
        tap.equal(server.metric("requests_unavailable"), 3, "503 is counted")
        server.command("stop")


def stopping(tap):
    with Server() as server:
        server.command("manual")
        emitted, accepted, incoming = (server.connect() for _ in range(3))
        accepted.post(b"1\n")
        tap.check(server.until(lambda: server.count() == 1), "one is emitted")
        emitted.post(b"2\n")
        tap.check(server.until(lambda: server.count() == 2), "another one too")
        incoming.begin(4)
        server.process.stdin.write("pause\naccept 1\nstop\n")  # the loop does not turn between them
        server.process.stdin.flush()
        for _ in range(3):
            server.answer()
        tap.equal(accepted.read().code, 202, "stop: an answer that is made is written")
        tap.equal(emitted.read().code, 503, "stop: what was never accepted gets 503")
        tap.equal(incoming.read().code, 503, "stop: what was arriving gets 503")
        tap.check(all(client.closed() for client in (accepted, emitted, incoming)), "stop: all are closed")


if __name__ == "__main__":
    sys.exit(Tap().run(room, order, too_many_requests, too_many_bytes, memory, long_wait,
                       gone_while_waiting, draining, stopping))
