#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""http_enrich with 64 requests in flight against one at a time, on a server that takes 10 ms for an answer.

    enrich_speed.py --railyard FILE --plugins FOLDER[:FOLDER...] [--sanitized]

Compares the time per line, from the run's own `running` to its `stopped`, and looks at every line. At most
it could be 64 times as fast; it has to be 40 times.

The machine may be busy with other things. So in each round it is also measured how fast this server can be
asked at all just then: by 64 sockets that say the same bytes again and again. Where they come nowhere near 64
times, 40 of 64 parts of what they reach is enough. One good round is enough too. Prints TAP.
"""

import argparse
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fund_load"))
sys.dont_write_bytecode = True

import server  # noqa: E402
import tap  # noqa: E402

MANIFEST = tap.ROOT / "examples" / "http_enrich" / "http_enrich.json"
IN_FLIGHT, AT_LEAST = 64, 40
IDLE = 0.75 * IN_FLIGHT  # times as fast as one after the other are sockets where nothing else runs
ROUNDS = 8
PATH = "/delay/10?{line}"
MANY, FEW = 1920, 40  # lines with 64 in flight, and with 1


def logged(text, what):
    stamp = re.search(rf"^(\S+)Z info run: {what}$", text, re.MULTILINE).group(1)
    return datetime.fromisoformat(stamp).timestamp()


def sockets(port, requests):
    """Milliseconds per request of bare sockets, each of which asks again when it has been answered."""
    request = b"GET /delay/10?line%201 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    selector = selectors.DefaultSelector()
    begin = time.perf_counter()
    for _ in range(IN_FLIGHT):
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(request)
        selector.register(one, selectors.EVENT_READ)
    asked, answered = IN_FLIGHT, 0
    while answered < requests:
        for key, _ in selector.select():
            key.fileobj.recv(4096)
            answered += 1
            if asked < requests:
                key.fileobj.sendall(request)
                asked += 1
    took = time.perf_counter() - begin
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return took * 1e3 / requests


class Wrong(Exception):
    """The run failed, or what came out is not what was asked for."""


def enrich(railyard, plugins, url, lines, in_flight):
    """Milliseconds per line of the example."""
    command = [railyard, "run", MANIFEST, "--set", f"/nodes/enrich/config/url={url}", "--set",
               f"/nodes/enrich/max_in_flight={in_flight}"]
    text = "".join(f"line {n}\n" for n in range(lines))
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False,
                         env={**os.environ, "RAILYARD_PLUGIN_PATH": plugins})
    if run.returncode or run.stdout != "".join(f"line {n} line {n}\n" for n in range(lines)):
        raise Wrong(run.stderr[-2000:])
    return (logged(run.stderr, "stopped") - logged(run.stderr, "running")) * 1e3 / lines


class Speed:
    def __init__(self, options, report):
        self.options = options
        self.report = report
        self.server = server.Server()
        self.url = self.server.url(PATH)

    def ms_per_line(self, lines, in_flight):
        name = f"{lines} lines, {in_flight} in flight: all answers, in order"
        try:
            took = enrich(self.options.railyard, self.options.plugins, self.url, lines, in_flight)
        except Wrong as why:
            self.report.check(False, name, str(why))
            sys.exit(self.report.finish())
        self.report.check(True, name)
        return took

    def round(self):
        """(times as fast as one in flight, times that were to be reached)."""
        one, bare = self.ms_per_line(FEW, 1), sockets(self.server.port, MANY)
        many = self.ms_per_line(MANY, IN_FLIGHT)
        goal = AT_LEAST if one / bare >= IDLE else one / bare * AT_LEAST / IN_FLIGHT
        self.report.note(f"64 in flight: {many:.3f} ms per line; 64 sockets: {bare:.3f} ms; 1 in flight: {one:.2f} ms")
        return one / many, goal


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--railyard", required=True)
    parser.add_argument("--plugins", required=True)
    parser.add_argument("--sanitized", action="store_true")
    options = parser.parse_args(arguments)
    report = tap.Tap()
    speed = Speed(options, report)
    name = f"64 in flight are {AT_LEAST} times as fast as 1, or as much as this busy machine lets sockets be"
    if options.sanitized:
        speed.ms_per_line(MANY, IN_FLIGHT)
        report.skip(name, "a sanitizer takes the processor")
        return report.finish()
    for _ in range(ROUNDS):
        ratio, goal = speed.round()
        if ratio >= goal:
            break
    report.check(ratio >= goal, name, f"{ratio:.1f} times; the goal is {goal:.1f}")
    report.note(f"{ratio:.1f} times; the goal was {goal:.1f}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
