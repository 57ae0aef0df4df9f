#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow, wrong, too many, or gone: refused or served, and nothing of them stays.

usage: test_hostile.py SERVE
"""

import os
import resource
import socket
import sys
import time

from server import Client, Closed, Server, Tap, chunked

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


def refused(tap, server, name, data, codes):
    """The bytes are answered with one of the codes and the connection is closed."""
    with server.connect() as client:
        try:
            client.send(data)
        except ConnectionError:
            pass  # it was refused before all was sent
        try:
            answer = client.read()
        except Closed as end:
            tap.check(False, name, f"closed without an answer: {end}")
            return
        tap.check(answer.code in codes and client.closed(), name, answer)


def oversize(tap):
    with Server({"max_body_bytes": 100000}) as server:
        refused(tap, server, "a body that is declared too long: 413 before it is there",
                HEAD + b"Content-Length: 100001\r\n\r\nx", [413])
        refused(tap, server, "a body of many exabytes",
                HEAD + b"Content-Length: 9223372036854775807\r\n\r\nx", [413])
        refused(tap, server, "a length beyond any number",
                HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nx", [400, 413])
        refused(tap, server, "chunks that are too long in sum",
                chunked(*[b"x" * 1000] * 101), [413])
        refused(tap, server, "one chunk that is declared too long",
                HEAD + b"Transfer-Encoding: chunked\r\n\r\n186a1\r\n", [413])
        with server.connect() as client:
            tap.equal(client.ask(b"x" * 100000).code, 202, "the longest body is accepted")
        with server.connect() as client:
            client.send(chunked(*[b"x" * 1000] * 100))
            tap.equal(client.read().code, 202, "the longest chunked body too")
        tap.equal(len(server.lines()), 2, "nothing of what was refused is emitted")


def chunking(tap):
    start = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    with Server() as server:
        for name, data in {
                "no number": b"zz\r\nabc\r\n0\r\n\r\n",
                "a negative number": b"-3\r\nabc\r\n0\r\n\r\n",
                "a number beyond 64 bits": b"fffffffffffffffff\r\nabc\r\n",
                "more bytes than it says": b"3\r\nabcxyz\r\n0\r\n\r\n",
                "words behind the number": b"3 words\r\nabc\r\n0x\r\n",
        }.items():
            # evhttp has one code for what is wrong with a chunk and for too much of it.
            refused(tap, server, f"a chunk with {name}", start + data, [400, 413])
        tap.equal(server.count(), 0, "nothing of wrong chunks is emitted")
        tap.equal(server.metric("requests_refused"), 5, "each is counted")


def framing(tap):
    with Server() as server:
        for name, headers in {
                "a length and chunks": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "two lengths": b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
                "a length with a sign": b"Content-Length: +3\r\n\r\nabc",
                "a negative length": b"Content-Length: -3\r\n\r\nabc",
                "a length that is no number": b"Content-Length: 0x3\r\n\r\nabc",
                "another transfer encoding": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "two transfer encodings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
        }.items():
            refused(tap, server, f"{name}: 400", HEAD + headers, [400])
        tap.equal(server.count(), 0, "nothing of unclear lengths is emitted")


def headers(tap):
    with Server({"max_header_bytes": 1000, "request_timeout_ms": 300}) as server:
        refused(tap, server, "headers that are too long", HEAD + b"X: " + b"y" * 1000 + b"\r\n\r\n", [400])
        refused(tap, server, "too many headers", HEAD + b"X: y\r\n" * 300 + b"\r\n", [400])
        refused(tap, server, "an endless request line", b"POST /" + b"x" * 20000, [400])
        refused(tap, server, "a line that is no header", HEAD + b"no colon\r\n\r\n", [400])
        refused(tap, server, "no request at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 \n\n\n", [400])
        refused(tap, server, "another protocol", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400])
        before = server.memory()
        with server.connect() as client:
            client.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            sent = 0
            client.sock.settimeout(5)
            try:  # a chunk's size that never ends: nothing reads it, so it must not be kept
                while sent < 256 << 20:
                    client.send(b"0" * 65536)
                    sent += 65536
            except (ConnectionError, TimeoutError):
                pass
            tap.check(sent < 64 << 20, "an endless size of a chunk is not read on and on", sent)
        tap.check(server.memory() - before < 32 << 20, "and not kept")
        tap.equal(server.count(), 0, "nothing of wrong headers is emitted")


def dribble(client, data, pause):
    """How long the server lets a client send byte by byte; None: to the end."""
    begin = time.monotonic()
    for byte in data:
        try:
            client.send(bytes([byte]))
        except ConnectionError:
            return time.monotonic() - begin
        if not client.silent(pause):
            return time.monotonic() - begin
    return None


def slow(tap):
    with Server({"request_timeout_ms": 400, "idle_timeout_ms": 60000}) as server:
        for name, head, rest in [
                ("headers", b"", HEAD + b"X-Slow: " + b"y" * 1000),
                ("body", HEAD + b"Content-Length: 1000\r\n\r\n", b"y" * 1000),
                ("chunks", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n" * 200)]:
            with server.connect() as client:
                if head:
                    client.send(head)
                lasted = dribble(client, rest, 0.02)
                tap.check(lasted is not None and 0.3 < lasted < 10, f"slow {name}: cut off", lasted)
                tap.equal(client.read().code, 408, f"slow {name}: 408")
                tap.check(client.closed(), f"slow {name}: closed")
        tap.equal(server.metric("requests_cut_off"), 3, "slow: each is counted")
        with server.connect() as client:
            time.sleep(0.6)  # longer than a request may take, and nothing of one is there
            tap.equal(client.ask(b"late\n").code, 202, "a connection that waits with its request")
            time.sleep(0.6)
            tap.equal(client.ask(b"later\n").code, 202, "and between two of them")
        tap.equal(server.lines(), [b"late", b"later"], "slow: nothing of what was cut off is emitted")
    with Server({"idle_timeout_ms": 200}) as server:
        with server.connect() as client:
            tap.check(client.closed(), "a connection without a request ends")
        with server.connect() as client:
            client.ask(b"x\n")
            tap.check(client.closed(), "also after one")
        tap.check(server.until(lambda: server.metric("connections") == 0), "none is left")


def gone(tap):
    with Server() as server:
        for data in (b"", b"POST / HT", HEAD, HEAD + b"Content-Length: 100\r\n\r\nabc",
                     HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\nabc"):
            for leave in (Client.close, Client.reset):
                client = server.connect()
                client.send(data)
                leave(client)
        tap.check(server.until(lambda: server.metric("connections") == 0),
                  "clients that go away within a request leave nothing behind")
        tap.equal(server.count(), 0, "and nothing of them is emitted")
        server.command("manual")
        for leave in (Client.close, Client.reset):
            client = server.connect()
            client.post(b"kept\n")
            tap.check(server.until(lambda: server.lines() == [b"kept"]), "a request is emitted")
            leave(client)
            server.command(f"accept {server.count()}")
        tap.check(server.until(lambda: server.metric("connections") == 0),
                  "clients that go away before the answer leave nothing behind")
        server.command("auto")
        with server.connect() as client:
            client.post(b"half\n")
            client.sock.shutdown(socket.SHUT_WR)
            tap.equal(client.read().code, 202, "a client that has closed its side gets its answer")


def raise_limit(least):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < least:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (least, hard))
    return True


def many(tap):
    if not raise_limit(2400):
        tap.skip("1000 idle connections", "too few files may be open")
        return
    with Server({"max_connections": 1100}) as server:
        before = server.memory()
        clients = [server.connect() for _ in range(1000)]
        tap.check(server.until(lambda: server.metric("connections") == 1000), "1000 idle connections")
        begin = time.monotonic()
        with server.connect() as client:
            tap.equal(client.ask(b"x\n").code, 202, "beside them a request is served")
        tap.check(time.monotonic() - begin < 2, "at once")
        grown = server.memory() - before
        tap.check(grown < 32 << 20, "they take little memory", grown)
        tap.equal({client.ask(b"y\n").code for client in clients}, {202}, "each of them is served")
        for client in clients:
            client.close()
        tap.check(server.until(lambda: server.metric("connections") == 0), "none is left")


def too_many(tap):
    with Server({"max_connections": 5}) as server:
        first = server.connect()
        first.ask(b"x\n")
        others = [server.connect() for _ in range(4)]
        tap.check(server.until(lambda: server.metric("connections") == 5), "as many as may be open")
        with server.connect() as sixth:
            tap.equal(sixth.ask(b"x\n").code, 202, "one more: served")
            # An answer makes a connection the youngest, so it is one of the silent ones.
            alive = sum(not each.closed() if not each.silent(0) else 1 for each in [first, *others])
            tap.equal(alive, 4, "and the one that was idle longest is closed")
        for each in [first, *others]:
            each.close()
        tap.check(server.until(lambda: server.metric("connections") == 0), "all have gone")
        busy = [server.connect() for _ in range(5)]
        for each in busy:
            each.send(b"POST ")
        tap.check(server.until(lambda: server.metric("connections") == 5), "as many, all with a request")
        with server.connect() as sixth:
            tap.equal(sixth.read().code, 503, "one more: 503")
            tap.check(sixth.closed(), "and closed")
        tap.equal(server.metric("connections_refused"), 1, "it is counted")
        for each in busy:
            each.send(HEAD[5:] + b"Content-Length: 2\r\n\r\nx\n")
        tap.equal([each.read().code for each in busy], [202] * 5, "the others are served")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def no_descriptors(tap):
    with Server() as server:
        with server.connect() as client:
            client.ask(b"x\n")
        server.until(lambda: server.metric("connections") == 0)
        used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        server.command(f"files {used + 3}")
        clients = [server.connect() for _ in range(3)]
        for each in clients:
            each.send(b"POST ")
        # Three, or two: the server may have opened one of its own since.
        tap.check(server.until(lambda: server.metric("connections") >= 2), "all descriptors are taken")
        waiting = server.connect()
        waiting.post(b"y\n")
        tap.check(server.until(lambda: any("cannot accept" in line for line in server.command("log"))),
                  "no descriptor: it is logged")
        begin = cpu_seconds(server.process.pid)
        time.sleep(0.5)
        spent = cpu_seconds(server.process.pid) - begin
        tap.check(spent < 0.2, "no descriptor: it does not spin", f"{spent} s of CPU in 0.5 s")
        clients[0].close()
        clients[1].close()
        tap.equal(waiting.read().code, 202, "one is free again: the connection that waited is served")


if __name__ == "__main__":
    sys.exit(Tap().run(oversize, chunking, framing, headers, slow, gone, many, too_many, no_descriptors))
