# SPDX-License-Identifier: Apache-2.0
"""Runs a redis-server in the folder of the case, and looks at counters behind the program's back."""

import ctypes
import json
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "redis_count"
PR_SET_PDEATHSIG = 1
READY = b"eady to accept connections"  # with a capital or in a sentence


def die_with_the_test():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start_server(case):
    """On a socket only; returns when it listens."""
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(case.path("redis.sock")), "--save", "",
         "--appendonly", "no", "--dir", str(case.folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_the_test)
    log = b""
    while READY not in log:
        part = os.read(server.stdout.fileno(), 65536)
        assert part, log
        log += part
    case.server = server


def kill_server(case):
    if getattr(case, "server", None):
        case.server.kill()
        case.server.wait()
        case.server.stdout.close()
        case.server = None


def ask(case, *words):
    """One command; the answer is a bulk string, None, or a line."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(case.path("redis.sock")))
        parts = [word if isinstance(word, bytes) else word.encode() for word in words]
        s.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(p), p) for p in parts))
        with s.makefile("rb") as answer:
            line = answer.readline().rstrip()
            if line.startswith(b"$"):
                return None if line == b"$-1" else answer.read(int(line[1:]))
            return line


def counter(case, customer):
    value = ask(case, "GET", "visits:" + customer)
    return 0 if value is None else struct.unpack("=q", value)[0]


def make_input(n):
    """Lines of some fifty customers, the same each time."""
    dice = random.Random(n)
    return [f"customer{dice.randrange(50)} buys {dice.randrange(10)}" for _ in range(n)]


def expected_output(lines, before):
    seen, out = {}, []
    for line in lines:
        customer = line.split()[0]
        seen[customer] = seen.get(customer, before) + 1
        out.append(f"{customer} {seen[customer]}")
    return out, seen


def prepare(case):
    values = case.values
    manifest = json.loads((EXAMPLE / "redis_count.json").read_text(encoding="utf-8"))
    settings = manifest["adapters"]["counters"]["settings"]
    del settings["host"], settings["port"]
    settings["unix_path"] = "redis.sock"
    case.path("redis_count.json").write_text(json.dumps(manifest), encoding="utf-8")
    if values.get("server", True):
        start_server(case)
    for n in range(50) if "before" in values else ():
        ask(case, "SET", f"visits:customer{n}", struct.pack("=q", values["before"]))
    case.lines = make_input(values.get("lines", 0))
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


def write_lines(case, first, last):
    write(case, "".join(line + "\n" for line in case.lines[first:last]))


def during(case):
    values = case.values
    try:
        if "trouble" in values:
            cause_trouble(case)
        elif "stopped" in values:
            stop_in_trouble(case)
        elif "input" in values:
            write(case, values["input"])
        else:
            write_lines(case, 0, len(case.lines))
    finally:
        os.close(case.writer)


def stand_still(case):
    """Of 200 lines the last hundred meet a server that does not answer."""
    write_lines(case, 0, 100)
    case.wait_for_lines(".stdout", 100)
    case.server.send_signal(signal.SIGSTOP)
    write_lines(case, 100, 200)
    case.wait_for_stderr("ETIMEDOUT")


def cause_trouble(case):
    stand_still(case)
    kill_server(case)
    case.wait_for_stderr("lost the connection")
    start_server(case)
    write_lines(case, 200, 400)


def stop_in_trouble(case):
    stand_still(case)
    case.signal(signal.SIGTERM)


def verify(case):
    if "counted" in case.values:
        out, seen = expected_output(case.lines, case.values.get("before", 0))
        case.equal(case.stdout.decode().splitlines(), out, "each line has its count, in order")
        if case.values.get("server", True):
            case.equal({c: counter(case, c) for c in seen}, seen, "the counters on the server")
    if "trouble" in case.values:
        verify_trouble(case)


def verify_trouble(case):
    completed, dropped = case.account.get("count.completed"), case.account.get("count.dropped")
    out = [line.split()[0] for line in case.stdout.decode().splitlines()]
    customers = iter(line.split()[0] for line in case.lines)
    case.equal(completed + dropped, 400, "every line is completed or dropped")
    case.equal(len(out), completed, "a line out for each that was completed")
    case.check(all(c in customers for c in out), "what came out is in the order of what went in")
    case.check(1 <= dropped <= 100, "dropped is what was under way in the trouble", str(dropped))
    # The new server has nothing of the old one; no increment was sent to it twice.
    last = {}
    for line in case.stdout.decode().splitlines()[-200:]:
        customer, count = line.split()
        last[customer] = int(count)
    case.check(all(counter(case, c) >= 1 for c in last), "the new server counts")
    case.check(sum(counter(case, f"customer{n}") for n in range(50)) <= 300,
               "no line was counted twice")


def cleanup(case):
    kill_server(case)
