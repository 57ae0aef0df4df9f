#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""http.source with TLS.

usage: test_tls.py SERVE
"""

import shutil
import ssl
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from server import Client, Closed, Server, Tap


def make_certificate(to, name):
    files = {"cert_file": str(to / f"{name}.crt"), "key_file": str(to / f"{name}.key")}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", files["key_file"], "-out",
                    files["cert_file"]], check=True, stderr=subprocess.DEVNULL)
    return files


def connect(server, files, version=None):
    context = ssl.create_default_context(cafile=files["cert_file"])
    if version:
        context.minimum_version = context.maximum_version = version
    plain = server.connect()
    return Client(context.wrap_socket(plain.sock, server_hostname="127.0.0.1"))


def answers(files):
    def run(tap):
        with Server({"tls": files, "max_body_bytes": 1000000}) as server:
            tap.check("with TLS" in server.greeting[0], "the log says so", server.greeting)
            with connect(server, files) as client:
                tap.equal(client.ask(b"a\nb\n").code, 202, "accepted")
                tap.equal(client.ask(b"c" * 900000).code, 202, "a long body")
                tap.equal([len(line) for line in server.lines()], [1, 1, 900000], "all are emitted")
            with connect(server, files, ssl.TLSVersion.TLSv1_2) as client:
                tap.equal(client.ask(b"a\n").code, 202, "TLS 1.2")
            with connect(server, files) as client:
                one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1\n"
                client.send(one * 200)
                tap.equal([client.read().code for _ in range(200)], [202] * 200, "without waiting")
            with server.connect() as client:
                client.post(b"plain\n")
                try:
                    answer = client.read()
                    tap.check(False, "plain HTTP is not answered", answer)
                except (Closed, ValueError):
                    tap.check(True, "plain HTTP is not answered")
            tap.check(server.until(lambda: server.metric("connections") == 0), "none is left")
    return run


def old_protocols(files):
    def run(tap):
        with Server({"tls": files}) as server:
            try:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                context.set_ciphers("ALL:@SECLEVEL=0")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
                context.wrap_socket(server.connect().sock)
                tap.check(False, "TLS 1.1 is refused")
            except (ssl.SSLError, OSError):
                tap.check(True, "TLS 1.1 is refused")
    return run


def trouble(files):
    def run(tap):
        with Server({"tls": files, "idle_timeout_ms": 300, "request_timeout_ms": 300}) as server:
            with server.connect() as client:
                tap.check(client.closed(), "a client without a handshake: closed")
            with server.connect() as client:
                client.send(b"\x16\x03\x01")
                tap.check(client.closed(), "a client within a handshake: closed")
            with connect(server, files) as client:
                client.send(b"POST / HTTP/1.1\r\n")
                tap.equal(client.read().code, 408, "a slow request: 408")
        with Server({"tls": files, "max_connections": 1}) as server, connect(server, files) as client:
            client.send(b"POST ")
            tap.check(server.until(lambda: server.metric("connections") == 1), "as many as may be open")
            with server.connect() as other:
                tap.check(other.closed(), "one more: closed")
        with Server({"tls": files}) as server, connect(server, files) as accepted, \
                connect(server, files) as emitted, connect(server, files) as incoming:
            server.command("manual")
            accepted.post(b"1\n")
            tap.check(server.until(lambda: server.count() == 1), "one is emitted")
            emitted.post(b"2\n")
            tap.check(server.until(lambda: server.count() == 2), "another one too")
            incoming.begin(4)
            server.process.stdin.write("accept 1\nstop\n")
            server.process.stdin.flush()
            server.answer()
            server.answer()
            tap.equal(accepted.read().code, 202, "stop: 202 is written")
            tap.equal(emitted.read().code, 503, "stop: 503 is written")
            tap.equal(incoming.read().code, 503, "stop: to what was arriving too")
    return run


def wrong_files(files, others, to):
    def run(tap):
        (to / "empty").write_text("")
        for name, wrong in {
                "no certificate": {**files, "cert_file": str(to / "none")},
                "an empty certificate": {**files, "cert_file": str(to / "empty")},
                "no key": {**files, "key_file": str(to / "none")},
                "the key of another certificate": {**files, "key_file": others["key_file"]},
        }.items():
            try:
                with Server({"tls": wrong}):
                    tap.check(False, f"{name}: refused at the start")
            except RuntimeError:
                tap.check(True, f"{name}: refused at the start")
    return run


def main():
    tap = Tap()
    if not shutil.which("openssl"):
        tap.skip("TLS", "no openssl to make a certificate with")
        return tap.run()
    with tempfile.TemporaryDirectory() as to:
        files, others = make_certificate(Path(to), "a"), make_certificate(Path(to), "b")
        return tap.run(answers(files), old_protocols(files), trouble(files),
                       wrong_files(files, others, Path(to)))


if __name__ == "__main__":
    sys.exit(main())
