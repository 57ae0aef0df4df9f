# SPDX-License-Identifier: Apache-2.0
"""Runs a mosquitto in the folder of the case, and subscribes to it in the few words of MQTT that takes."""

import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "mqtt_publish"
PR_SET_PDEATHSIG = 1
CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"  # 3.1.1, clean session, no name
SUBSCRIBE = b"\x82\x06\x00\x01\x00\x01#\x00"  # to everything, at most once


def die_with_the_test():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_server(case):
    case.folder.chmod(0o755)  # it gives up being root
    config = case.path("mosquitto.conf")
    config.write_text(f"listener {case.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                      "max_queued_messages 0\n")
    server = subprocess.Popen(["mosquitto", "-v", "-c", str(config)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=die_with_the_test)
    log = b""
    while b" running" not in log:
        part = os.read(server.stdout.fileno(), 65536)
        assert part, log
        log += part
    # What it says from now on goes nowhere, but it must be able to say it.
    case.drain = subprocess.Popen(["cat"], stdin=server.stdout, stdout=subprocess.DEVNULL)
    server.stdout.close()
    case.server = server


class Subscriber:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.file = self.socket.makefile("rb")
        self.socket.sendall(CONNECT)
        assert self.packet()[0] == 0x20
        self.socket.sendall(SUBSCRIBE)
        assert self.packet()[0] == 0x90

    def packet(self):
        first, length, shift = self.file.read(1)[0], 0, 0
        while True:
            byte = self.file.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return first, self.file.read(length)

    def line(self):
        """The next message as "TOPIC TEXT"."""
        first, body = self.packet()
        assert first & 0xF6 == 0x30, hex(first)
        end = 2 + int.from_bytes(body[:2], "big")
        return f"{body[2:end].decode()} {body[end:].decode()}"

    def close(self):
        self.file.close()
        self.socket.close()


def prepare(case):
    shutil.copy(EXAMPLE / "mqtt_publish.json", case.path("mqtt_publish.json"))
    case.port = free_port()
    case.spec.setdefault("set", {})["/adapters/broker/settings/port"] = case.port
    if case.values.get("server", True):
        start_server(case)
        case.subscriber = Subscriber(case.port)
    case.lines = [f"shop/{n % 7} order {n}" for n in range(case.values.get("lines", 0))]
    case.stdin, case.writer = os.pipe()


def write(case, text):
    """Into the program, as fast as it reads; nothing here waits for a program that has ended."""
    data = text.encode()
    while data and case.process.poll() is None:
        if select.select([], [case.writer], [], 0.1)[1]:
            try:
                data = data[os.write(case.writer, data[:4096]):]
            except BrokenPipeError:
                return


def during(case):
    text = case.values.get("input", "".join(line + "\n" for line in case.lines))
    try:
        if "stopped" in case.values:
            stop_in_trouble(case)
        else:
            write(case, text)
    finally:
        os.close(case.writer)


def stop_in_trouble(case):
    write(case, "".join(line + "\n" for line in case.lines[:100]))
    case.wait_for_lines(".stdout", 100)
    case.server.send_signal(signal.SIGSTOP)
    write(case, "".join(line + "\n" for line in case.lines[100:]))
    case.wait_for_stderr("ETIMEDOUT")
    case.signal(signal.SIGTERM)


def verify(case):
    if case.values.get("lines") == 2000:
        case.equal(case.stdout.decode().splitlines(), case.lines, "the lines, in order")
        case.equal([case.subscriber.line() for _ in case.lines], case.lines, "the subscriber has them")


def cleanup(case):
    if getattr(case, "subscriber", None):
        case.subscriber.close()
    if getattr(case, "server", None):
        case.server.kill()
        case.server.wait()
        case.drain.wait()
