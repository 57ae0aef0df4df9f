#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP/1.1 server for tests that misbehaves as the path of a request says.

usage: fault_server.py [--tls CERTIFICATE KEY] [--host ADDRESS]

Listens on a free port, prints its number as the first line, and ends when its standard input is
closed. Holds thousands of connections. A good answer has the query of its request as body, "ok"
without one. MS: milliseconds; N: a number.

  /ok                     at once
  /delay/MS[/STATUS]      after MS
  /jumble/MS              after 0..MS, which the rest of the request decides: out of order
  /status/N               with status N
  /last                   at once, then closes (Connection: close)
  /every/N/MODE...        as /MODE... when the number at the end of the query is a multiple of N,
                          else as /ok
  /first/N/MODE...        as /MODE... the first N times that this very path and query are asked for,
                          then as /ok
  /request                JSON: method, path, headers, body of the request
  /echo                   the body of the request
  /redirect/N             N times 302, then /ok
  /redirect-to?URL        302 to URL
  /counts                 JSON: connections (all so far), open, most_open, requests

  /hang                   never answers
  /hang-body/N            promises a body, sends N bytes and no more
  /drip/N/MS              N bytes, one every MS
  /close                  closes without an answer
  /reset                  the same with a reset
  /close-body/N           promises a body, sends N bytes, closes
  /reset-body/N           the same with a reset
  /huge/N                 N bytes, announced
  /chunked/N              N bytes in chunks
  /endless                chunks without end
  /bad-chunk              a chunk whose size is none
  /bad-length             a Content-Length that is no number
  /long-length            N more than comes, then closes
  /short-length           a Content-Length shorter than the body
  /headers/N              N headers
  /long-header/N          a header of N bytes
  /endless-headers        headers without end
  /nul-header             a NUL byte in a header
  /folded                 a header over two lines
  /garbage                bytes that are no HTTP
  /http09                 text without a status line
  /no-reason              a status line that ends after the number
"""
import argparse
import asyncio
import collections
import json
import random
import re
import resource
import socket
import ssl
import struct
import sys
import urllib.parse

BLOCK = 65536


class Counts:
    def __init__(self):
        self.connections = self.open = self.most_open = self.requests = 0
        self.seen = collections.Counter()  # targets of /first

    def opened(self):
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)

    def text(self):
        counts = {name: value for name, value in vars(self).items() if name != 'seen'}
        return json.dumps(counts).encode()


class Request:
    def __init__(self, head, body):
        lines = head.decode('latin-1').split('\r\n')
        self.method, self.target, _ = (lines[0].split(' ') + ['', ''])[:3]
        self.headers = [line.split(':', 1) for line in lines[1:] if ':' in line]
        self.body = body
        path, _, query = self.target.partition('?')
        if path.startswith(('http://', 'https://')):
            path = '/' + path.split('/', 3)[3]  # as to a proxy
        self.path, self.query = path, urllib.parse.unquote(query)
        self.word, *self.args = path.strip('/').split('/')

    def number(self, index, default=0):
        return int(self.args[index]) if len(self.args) > index else default

    def answer(self):
        return self.query.encode() or b'ok'


class Connection(asyncio.Protocol):
    """Takes one request after the other; pipelined ones wait."""

    def __init__(self, counts):
        self.counts = counts
        self.data = b''
        self.busy = self.closed = self.bodiless = False
        self.writable = asyncio.Event()
        self.task = None

    # -- the connection

    def connection_made(self, transport):
        self.transport = transport
        self.writable.set()
        self.counts.opened()

    def connection_lost(self, _):
        self.closed = True
        self.counts.open -= 1
        self.writable.set()
        if self.task:
            self.task.cancel()

    def pause_writing(self):
        self.writable.clear()

    def resume_writing(self):
        self.writable.set()

    def data_received(self, data):
        self.data += data
        self.next_request()

    def next_request(self):
        while not self.busy and not self.closed:
            request = self.take_request()
            if not request:
                return
            self.counts.requests += 1
            self.serve(request)

    def take_request(self):
        end = self.data.find(b'\r\n\r\n')
        if end < 0:
            return None
        head = self.data[:end]
        length, chunked = 0, False
        for line in head.split(b'\r\n')[1:]:
            name, _, value = line.partition(b':')
            if name.lower() == b'content-length':
                length = int(value)
            elif name.lower() == b'expect':
                self.transport.write(b'HTTP/1.1 100 Continue\r\n\r\n')
            elif name.lower() == b'transfer-encoding':
                chunked = True
        if chunked:
            self.transport.write(b'HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n')
            self.transport.close()
            return None
        if len(self.data) < end + 4 + length:
            return None
        body = self.data[end + 4:end + 4 + length]
        self.data = self.data[end + 4 + length:]
        return Request(head, body)

    # -- answers

    def serve(self, request):
        self.bodiless = request.method == 'HEAD'
        handler = self.handler(request)
        if not handler:
            self.send(404, b'no such mode')
            return
        try:
            going = handler(request)
        except ValueError as error:
            self.send(400, str(error).encode())
            return
        if going:
            self.busy = True
            self.task = asyncio.ensure_future(self.finish(going))

    def handler(self, request):
        return getattr(self, 'do_' + request.word.replace('-', '_'), None)

    async def finish(self, going):
        try:
            await going
        except (asyncio.CancelledError, ConnectionError):
            return
        self.task = None
        self.busy = False
        self.next_request()

    def send(self, status, body, *headers):
        self.head(status, *headers, b'Content-Length: %d' % len(body),
                  body=b'' if self.bodiless else body)

    def head(self, status, *headers, body=b''):
        lines = [b'HTTP/1.1 %d %s' % (status, b'OK' if status == 200 else b'Status'), *headers]
        self.transport.write(b'\r\n'.join(lines) + b'\r\n\r\n' + body)

    async def write(self, data):
        await asyncio.sleep(0)  # others' turn, and news of the connection
        await self.writable.wait()
        if self.closed or self.transport.is_closing():
            raise ConnectionResetError
        self.transport.write(data)

    async def delayed(self, ms, status, body):
        await asyncio.sleep(ms / 1000)
        self.send(status, body)

    async def forever(self):
        await asyncio.get_running_loop().create_future()

    def reset(self):
        raw = self.transport.get_extra_info('socket')
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.transport.abort()

    # -- good modes

    def do_ok(self, request):
        self.send(200, request.answer())

    def do_delay(self, request):
        return self.delayed(request.number(0), request.number(1, 200), request.answer())

    def do_jumble(self, request):
        ms = random.Random(request.target).uniform(0, request.number(0))
        return self.delayed(ms, 200, request.answer())

    def do_status(self, request):
        status = request.number(0)
        if status in (204, 304):
            self.head(status)
        else:
            self.send(status, request.answer())

    def do_last(self, request):
        self.send(200, request.answer(), b'Connection: close')
        self.transport.close()

    def instead(self, request, bad):
        request.word, *request.args = request.args[1:] if bad else ['ok']
        return self.handler(request)(request)

    def do_every(self, request):
        number = re.search(r'\d*$', request.query).group()
        return self.instead(request, number and int(number) % request.number(0) == 0)

    def do_first(self, request):
        seen = self.counts.seen
        seen[request.target] += 1
        return self.instead(request, seen[request.target] <= request.number(0))

    def do_request(self, request):
        self.send(200, json.dumps({
            'method': request.method, 'path': request.target,
            'headers': [[name, value.strip()] for name, value in request.headers],
            'body': request.body.decode('latin-1')}).encode())

    def do_echo(self, request):
        self.send(200, request.body)

    def do_redirect(self, request):
        n = request.number(0)
        where = b'/redirect/%d' % (n - 1) if n > 1 else b'/ok'
        self.send(302, b'elsewhere', b'Location: ' + where)

    def do_redirect_to(self, request):
        self.send(302, b'elsewhere', b'Location: ' + request.query.encode())

    def do_counts(self, _):
        self.send(200, self.counts.text())

    # -- bad modes

    def do_hang(self, _):
        return self.forever()

    def do_hang_body(self, request):
        return self.promise(request, self.forever())

    async def promise(self, request, then):
        n = request.number(0)
        self.head(200, b'Content-Length: %d' % (n + 1000), body=b'x' * n)
        await then

    def do_drip(self, request):
        return self.drip(request.number(0), request.number(1))

    async def drip(self, n, ms):
        self.head(200, b'Content-Length: %d' % n)
        for _ in range(n):
            await asyncio.sleep(ms / 1000)
            await self.write(b'x')

    def do_close(self, _):
        self.transport.close()

    def do_reset(self, _):
        self.reset()

    def do_close_body(self, request):
        self.head(200, b'Content-Length: %d' % (request.number(0) + 1000),
                  body=b'x' * request.number(0))
        self.transport.close()

    def do_reset_body(self, request):
        return self.reset_body(request)

    async def reset_body(self, request):
        await self.promise(request, asyncio.sleep(0.02))  # a reset drops what is not yet read
        self.reset()

    def do_huge(self, request):
        return self.huge(request.number(0))

    async def huge(self, n):
        self.head(200, b'Content-Length: %d' % n)
        while n > 0:
            await self.write(b'x' * min(n, BLOCK))
            n -= BLOCK

    def do_chunked(self, request):
        return self.chunked(request.number(0))

    async def chunked(self, n):
        self.head(200, b'Transfer-Encoding: chunked')
        while n > 0:
            size = min(n, BLOCK)
            await self.write(b'%x\r\n' % size + b'x' * size + b'\r\n')
            n -= size
        await self.write(b'0\r\nX-Trailer: late\r\n\r\n')

    def do_endless(self, _):
        return self.chunked(1 << 62)

    def do_bad_chunk(self, _):
        self.head(200, b'Transfer-Encoding: chunked', body=b'what\r\nis this\r\n')

    def do_bad_length(self, _):
        self.head(200, b'Content-Length: many', body=b'ok')
        self.transport.close()

    def do_long_length(self, _):
        self.head(200, b'Content-Length: 100', body=b'short')
        self.transport.close()

    def do_short_length(self, _):
        self.head(200, b'Content-Length: 2', body=b'ok and more than was said')

    def do_headers(self, request):
        self.send(200, b'ok', *[b'X-Number-%d: %d' % (i, i) for i in range(request.number(0))])

    def do_long_header(self, request):
        self.send(200, b'ok', b'X-Long: ' + b'y' * request.number(0))

    def do_endless_headers(self, _):
        return self.endless_headers()

    async def endless_headers(self):
        await self.write(b'HTTP/1.1 200 OK\r\n')
        while True:
            await self.write(b'X-More: and more\r\n' * 1000)

    def do_nul_header(self, _):
        self.send(200, b'ok', b'X-Nul: a\0b')

    def do_folded(self, _):
        self.send(200, b'ok', b'X-Folded: one\r\n  two\r\n\tthree', b'X-Empty:')

    def do_garbage(self, _):
        self.transport.write(bytes(random.Random(1).randrange(256) for _ in range(4096)))
        self.transport.close()

    def do_http09(self, _):
        self.transport.write(b'<html>hello</html>\n')
        self.transport.close()

    def do_no_reason(self, request):
        self.transport.write(b'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok')


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tls', nargs=2, metavar=('CERTIFICATE', 'KEY'))
    parser.add_argument('--client-ca', help='asks for a certificate that this CA signed')
    parser.add_argument('--host', default='127.0.0.1')
    return parser.parse_args()


def tls_context(args):
    if not args.tls:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*args.tls)
    if args.client_ca:
        context.load_verify_locations(args.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def main():
    args = arguments()
    counts = Counts()
    loop = asyncio.get_running_loop()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Handshakes that fail are what some tests are about.
    loop.set_exception_handler(lambda *_: None)
    server = await loop.create_server(lambda: Connection(counts), args.host, 0, backlog=1024,
                                      ssl=tls_context(args))
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == '__main__':
    asyncio.run(main())
