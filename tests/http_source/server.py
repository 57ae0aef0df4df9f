# SPDX-License-Identifier: Apache-2.0
"""The server under test, a client that says bytes exactly as it is told, and TAP."""

import json
import re
import select
import socket
import subprocess
import sys
import time
import traceback

SECONDS = 30  # far more than anything here needs
PROGRAM = sys.argv[1]
SANITIZED = "--sanitized" in sys.argv  # then what is freed stays for a while


class Tap:
    def __init__(self):
        self.count = self.failed = 0
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def check(self, passed, name, detail=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")
        if detail and not passed:
            print(f"# {detail}")

    def equal(self, got, expected, name):
        self.check(got == expected, name, f"got {got!r:.400}, expected {expected!r:.400}")

    def skip(self, name, why):
        self.check(True, f"{name} # SKIP {why}")

    def run(self, *cases):
        """Runs each; what one throws fails it alone. The exit status of the program."""
        for case in cases:
            try:
                case(self)
            except Exception:  # pylint: disable=broad-except
                text = traceback.format_exc().replace("\n", "\n# ")
                self.check(False, case.__name__, text)
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class Server:
    """One run of `serve`; every answer of its commands is read before the next one is given."""

    def __init__(self, settings=None, resume=0):
        settings = {"listen": "127.0.0.1:0", **(settings or {})}
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [PROGRAM, json.dumps(settings)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.greeting = self.answer()
        found = re.search(r"listening.* path=(\[?[0-9a-f.:]+\]?):(\d+)", "\n".join(self.greeting))
        self.host, self.port = found[1].strip("[]"), int(found[2])
        if resume is not None:
            self.command(f"resume {resume}")

    def answer(self):
        lines = []
        for line in self.process.stdout:
            if line == "ok\n":
                return lines
            lines.append(line.rstrip("\n"))
        raise RuntimeError(f"the server has ended: {self.process.wait(SECONDS)}")

    def command(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.answer()

    def outputs(self):
        """What was emitted since the last time: (port, bytes)."""
        return [(each["port"], each["data"]) for each in self.full_outputs()]

    def full_outputs(self):
        found = [json.loads(line) for line in self.command("outputs")]
        for each in found:
            each["data"] = bytes.fromhex(each["hex"])
        return found

    def lines(self):
        return [data for _, data in self.outputs()]

    def count(self):
        return int(self.command("count")[0])

    def metric(self, name):
        return int(dict(line.split("=") for line in self.command("metrics"))[name])

    def until(self, condition):
        """Turns its loop (each command does) until the condition holds."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.002)
        return False

    def memory(self):
        """Of its process, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) * 1024

    def connect(self):
        return Client(socket.create_connection((self.host, self.port), SECONDS))

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.process.stdin.close()
        try:
            code = self.process.wait(SECONDS)
        finally:
            self.process.kill()
            self.process.stdout.close()
        if what[0] is None and code != 0:
            raise RuntimeError(f"the server ended with {code}")


class Answer:
    def __init__(self, code, headers, body):
        self.code, self.headers, self.body = code, headers, body

    def __repr__(self):
        return f"{self.code} {self.headers} {self.body!r}"


class Closed(Exception):
    """The server has closed the connection."""


class Client:
    """One connection. Nothing is added to what is sent, nothing is read that was not sent."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(SECONDS)
        self.data = b""

    def send(self, data):
        self.sock.sendall(data)

    def post(self, body, path="/", version="1.1", headers=()):
        lines = [f"POST {path} HTTP/{version}", "Host: x", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Closed(self.data)
        self.data += data

    def read(self):
        """One answer."""
        while b"\r\n\r\n" not in self.data:
            self.more()
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        first, *rest = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
        length = int(headers.get("content-length", 0))
        while len(self.data) < length:
            self.more()
        body, self.data = self.data[:length], self.data[length:]
        return Answer(int(first.split(" ")[1]), headers, body)

    def ask(self, body, **how):
        self.post(body, **how)
        return self.read()

    def begin(self, length):
        """Sends all but the body, and waits until the server has it."""
        self.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  b"Content-Length: %d\r\n\r\n" % length)
        if self.read().code != 100:
            raise Closed(b"no 100 Continue")

    def silent(self, seconds=0.1):
        """Has nothing come in that time?"""
        return not self.data and not select.select([self.sock], [], [], seconds)[0]

    def closed(self):
        """Has the server closed it, without another byte?"""
        try:
            while True:
                self.more()
        except Closed:
            return not self.data

    def reset(self):
        """Goes away without a word."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


def chunked(*chunks, headers=(), last=b"0\r\n\r\n"):
    lines = ["POST / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", *headers]
    body = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body + last
