# SPDX-License-Identifier: Apache-2.0
"""Dead letters, field by field."""

import base64
import json
import re


def verify(case):
    if not case.values:
        return
    records = [json.loads(line) for line in case.read("letters.jsonl").splitlines()]
    case.equal([record["seq"] for record in records], case.values["letters"], "a letter for each failure, in order")
    lines = case.read("input.txt").split(b"\n")
    for record in records:
        check(case, record, lines[record["seq"] - 1])


def check(case, record, line):
    n = record["seq"]
    payload = base64.b64decode(record["payload_base64"]) if "payload_base64" in record else record["payload"].encode()
    case.equal(payload, line, f"letter {n} holds the line")
    case.equal(
        (record["node"], record["error"], record["attempts"], record["type"], record["source"]),
        ("fail", "EBADMSG", case.values["attempts"], "railyard.line", 1), f"letter {n} says what happened",
    )
    case.check(re.fullmatch("[0-9a-f]{32}", record["trace_id"]) and set(record["trace_id"]) != {"0"},
               f"letter {n} has a trace", record["trace_id"])
    case.check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", record["time"]),
               f"letter {n} has a time", record["time"])
