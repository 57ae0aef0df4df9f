#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the oracle by cases whose answers were found by hand, and by a real input if there is one."""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import oracle
import tap
from oracle import Oracle, configure

REAL_DATA = tap.ROOT.parent / "shared" / "data" / "fund_load"
MONDAY, TUESDAY = "2024-01-01", "2024-01-02"
GREATEST = "46116860184273879.03"


def attempt(id, customer="1", amount="$1.00", time="2024-01-02T12:00:00Z"):
    return f'{{"id":"{id}","customer_id":"{customer}","load_amount":"{amount}","time":"{time}"}}'


def run(lines, scenario="baseline", *settings):
    data = lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode()
    return Oracle(configure(scenario, settings)).run(data)


def reasons(lines, scenario="baseline", *settings):
    return run(lines, scenario, *settings)[1]


def reason(line, scenario="baseline", *settings):
    return reasons([line], scenario, *settings)[0]


def days(*loads):
    """One customer's attempts: (date, amount) pairs."""
    return [
        attempt(4 * number, amount=amount, time=f"{day}T12:00:00Z")
        for number, (day, amount) in enumerate(loads, start=100)
    ]


A = oracle.ACCEPTED
DAILY, WEEKLY = oracle.DAILY_AMOUNT_LIMIT, oracle.WEEKLY_AMOUNT_LIMIT
ATTEMPTS, CAP = oracle.DAILY_ATTEMPT_LIMIT, oracle.PRIME_AMOUNT_CAP
GLOBAL = oracle.PRIME_DAILY_GLOBAL_LIMIT
REPLAY, CONFLICT = oracle.ID_DUPLICATE_REPLAY, oracle.ID_DUPLICATE_CONFLICT


# ---- lines, JSON, output -------------------------------------------------------------------------


def check_lines(t):
    line = attempt(1).encode()
    for data, count, name in (
        (b"", 0, "an empty input has no lines"),
        (b"\n", 1, "a line end alone ends an empty line"),
        (b"\n\n", 2, "two line ends end two"),
        (b"\r", 1, "a carriage return alone is a last line"),
        (line, 1, "a last line needs no end"),
        (line + b"\n", 1, "what has no byte after the last line end is no line"),
        (line + b"\r\n\r\n", 2, "a line of a carriage return is one"),
    ):
        output, found = run(data)
        t.equal((len(found), output.count(b"\n")), (count, count), name)
    t.equal(run(line + b"\r\n")[1], [A], "a carriage return at the end of a line is dropped")
    t.equal(run(line + b"\r")[1], [A], "also without a line end")
    t.equal(run(b"\n" + line)[0], b'{"id":"","customer_id":"","accepted":false}\n'
            b'{"id":"1","customer_id":"1","accepted":true}\n',
            "an empty line has its place in the output")


def with_member(member):
    return attempt(1)[:-1] + "," + member + "}"


def check_json(t):
    error = oracle.INPUT_PARSE_ERROR
    for line in (
        "", "null", "[]", "1", '"x"', "{}{}", "{", attempt(1) + "x", attempt(1) + "\v",
        "\ufeff" + attempt(1),
        attempt(1).replace('"', "'"), attempt(1)[:-1] + ",}", *map(with_member, (
            '"x":NaN', '"x":Infinity', '"x":-Infinity', '"x":01', '"x":-', '"x":1.', '"x":.1',
            '"x":+1', '"x":1e',
            '"x":tru', '"x":"\t"', '"x":"\x1f"', '"x":"\0"', '"x":"\\x41"', '"x":"\\u12G4"',
            '"x":"\\u123"', '"x":[1,]',
            '"x":"\\ud800"', '"x":"\\udc00"', '"x":"\\udc00\\ud800"', '"x":["\\ud800x"]',
            '"\\ud800":1',
            '"id":"1"', '"\\u0069d":"1"', '"x":{"y":1,"y":1}', '"x":[[{"y":1,"z":1,"y":2}]]',
            '"x":1,"x":2',
            '"x":' + "[" * 128 + "]" * 128, '"x":' + "[" * 50000,
        )),
    ):
        t.equal(run([line]), (b'{"id":"","customer_id":"","accepted":false}\n', [error]),
                f"no JSON object: {line[-40:]!r}")
    for member in (
        '"x":1e999', '"x":' + "9" * 5000, '"x":-0.0E+0', '"x":"\\ud83d\\ude00"', '"x":"\\u0000"',
        '"x\\u0000":1',
        '"id\\u0000":"7"', '"x":{"id":"2"}', '"ID":"2"', '"":null', '"x":' + "[" * 127 + "]" * 127,
        '"x":"' + "[" * 200 + '"', '"x":[' + "{}," * 200 + "0]", '"x":"\\\\ud800"', '"x":"\x7f"',
    ):
        t.equal(reason(with_member(member)), A, f"JSON: {member[:40]!r}")
    for raw in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
        line = attempt(1).encode()[:-1] + b',"x":"' + raw + b'"}'
        t.equal(run(line)[1], [error], f"no UTF-8: {raw!r}")


def check_output(t):
    for value, shown in (
        ('"a/b"', "a/b"), ('"\\u0000\\u001F"', "\\u0000\\u001f"),
        ('"\\b\\f\\n\\r\\t"', "\\b\\f\\n\\r\\t"),
        ('"\\u0008\\u000c\\u000a\\u000d\\u0009"', "\\b\\f\\n\\r\\t"), ('"\\"\\\\\\/"', '\\"\\\\/'),
        ('"\\u007f\\u0080\\u2028"', "\x7f\x80\u2028"), ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"\u00e9"', "\u00e9"),
        ("1", ""), ("null", ""), ("true", ""), ("[]", ""), ('{"id":"1"}', ""), ('""', ""),
        ('" 1"', " 1"),
    ):
        line = attempt("@").replace('"@"', value)
        expected = f'{{"id":"{shown}","customer_id":"1","accepted":false}}\n'.encode()
        t.equal(run([line]), (expected, [oracle.INVALID_ID_FORMAT]), f"the id {value!r} is echoed")
        line = attempt("7", "@").replace('"@"', value)
        expected = f'{{"id":"7","customer_id":"{shown}","accepted":false}}\n'.encode()
        t.equal(run([line]), (expected, [oracle.INVALID_ID_FORMAT]),
                f"the customer {value!r} is echoed")
    t.equal(run(["{}"])[0], b'{"id":"","customer_id":"","accepted":false}\n',
            "missing ids are empty")


# ---- validation ----------------------------------------------------------------------------------


def check_ids(t):
    for text in ("7", "07", "0", "1" * 5000):
        t.equal(reason(attempt(text)), A, f"the id {text[:20]} is valid")
    for text in ("", " 7", "7 ", "+7", "-7", "7.0", "a", "\u0667", "\uff17", "\u00b2", "7\\n",
                 "7\\u0000"):
        t.equal(reason(attempt(text)), oracle.INVALID_ID_FORMAT, f"the id {text!r} is invalid")
        t.equal(reason(attempt(7, text)), oracle.INVALID_ID_FORMAT,
                f"the customer {text!r} is invalid")
    t.equal(reasons([attempt(7), attempt("07"), attempt("007", "01")]), [A] * 3, "ids are text")


def check_validation_order(t):
    for line, expected in (
        (attempt("a", amount="1", time="1"), oracle.INVALID_ID_FORMAT),
        (attempt(1, "a", amount="1", time="1"), oracle.INVALID_ID_FORMAT),
        (attempt(1, amount="1", time="1"), oracle.INVALID_TIMESTAMP),
        (attempt(1, amount="1"), oracle.INVALID_AMOUNT_FORMAT),
        ('{"id":"1","customer_id":"1"}', oracle.INVALID_TIMESTAMP),
        (attempt(1).replace('"$1.00"', "1.00"), oracle.INVALID_AMOUNT_FORMAT),
        (attempt(1).replace('"$1.00"', "null"), oracle.INVALID_AMOUNT_FORMAT),
        (attempt(1).replace('"2024-01-02T12:00:00Z"', "1704196800"), oracle.INVALID_TIMESTAMP),
    ):
        t.equal(reason(line), expected, f"{expected}: {line}")
    t.equal(reasons([attempt(1, amount="1"), attempt(1, time="1"), attempt(1), attempt(4),
                     attempt(6), attempt(8)]),
            [oracle.INVALID_AMOUNT_FORMAT, oracle.INVALID_TIMESTAMP, A, A, A, ATTEMPTS],
            "an invalid attempt claims no id and is no attempt")


def day_of(text):
    instant = Oracle(configure("baseline")).parse_time(text)
    return None if instant is None else instant // (86400 * 10**9)


def check_time(t):
    for text, day in (
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999999Z", -1),
        ("1970-01-02T00:00:00+00:01", 0),
        ("1969-12-31T23:59:00-00:01", 0), ("2000-02-29T00:00:00Z", 11016),
        ("2000-03-01T00:00:00Z", 11017),
        ("2024-01-01T00:00:00-00:00", 19723), ("2024-01-01T00:00:00+23:59", 19722),
        ("0001-01-01T00:00:00Z", -719162),
        ("0000-12-31T00:00:00Z", -719163), ("0000-02-29T00:00:00Z", -719469),
        ("0000-01-01T00:00:00Z", -719528),
        ("0000-01-01T00:00:00+00:01", -719529), ("9999-12-31T23:59:59Z", 2932896),
        ("9999-12-31T23:59:59-00:01", 2932897),
        ("1900-03-01T00:00:00Z", -25508), ("1900-02-28T00:00:00Z", -25509),
        ("2100-03-01T00:00:00.1Z", 47541),
    ):
        t.equal(day_of(text), day, f"{text} is day {day}")
    for text in (
        "2024-01-01T00:00:00", "2024-01-01t00:00:00Z", "2024-01-01T00:00:00z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T23:59:60Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00,1Z", "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+00:60", "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+01",
        "2024-01-01T00:00Z",
        "2024-01-01", "2024-1-01T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-04-31T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "12024-01-01T00:00:00Z", "-2024-01-01T00:00:00Z", " 2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00Z\n",
        "\uff12024-01-01T00:00:00Z", "2024-01-01T00:00:00\u221201:00", "",
    ):
        t.equal(day_of(text), None, f"{text!r} is no time")


def check_calendar(t):
    """Every day of 800 years, against a count by one."""
    expected, wrong = oracle.day_number(0, 1, 1), []
    for year in range(0, 800):
        for month in range(1, 13):
            for day in range(1, 32):
                number = oracle.day_number(year, month, day)
                if number is not None:
                    if number != expected:
                        wrong.append((year, month, day))
                    expected += 1
    t.equal(wrong, [], "days follow one another")
    t.equal(expected, oracle.day_number(800, 1, 1), "800 years have the right number of days")


def check_amount(t):
    parse = Oracle(configure("baseline")).parse_amount
    for text, minor_units in (
        ("0.00", 0), ("1.00", 100), ("$1.23", 123), ("USD1.23", 123), ("$USD1.23", 123),
        ("USD$1.23", 123),
        (" \t$ \t1.23\t ", 123), ("USD$ 1.23", 123), ("000.07", 7), ("0" * 9000 + "1.00", 100),
        (GREATEST, 2**62 - 1), ("$000" + GREATEST, 2**62 - 1),
    ):
        t.equal(parse(text), minor_units, f"the amount {text[-30:]!r}")
    for text in (
        "", "$", "1", "1.", "1.0", "1.000", ".50", "-1.00", "-0.00", "+1.00", "$-1.00", "1,000.00",
        "1 000.00", "$ USD1.00",
        "USD $1.00", "usd1.00", "$$1.00", "USDUSD1.00", "1.00$", "1.00 USD", "1 .00", "1. 00",
        "1.00\n", "\u00a01.00",
        "\r1.00", "\u0661.00", "1e2.00", "EUR1.00", "46116860184273879.04",
        "1" + "0" * 9000 + ".00",
    ):
        t.equal(parse(text), None, f"no amount: {text[-30:]!r}")


# ---- decisions -----------------------------------------------------------------------------------


def check_duplicates(t):
    first = attempt(4, "1", "$1.00", "2024-01-02T12:00:00Z")
    for second, expected in (
        (attempt(4, "1", " USD 01.00\\t", "2024-01-02T13:00:00.000+01:00"), REPLAY),
        (attempt(4, "2", "$1.00", "2024-01-02T12:00:00Z"), CONFLICT),
        (attempt(4, "01", "$1.00", "2024-01-02T12:00:00Z"), CONFLICT),
        (attempt(4, "1", "$1.01", "2024-01-02T12:00:00Z"), CONFLICT),
        (attempt(4, "1", "$1.00", "2024-01-02T12:00:00.000000001Z"), CONFLICT),
        (attempt(4, "1", "$1.00", "2024-01-02T12:00:00+01:00"), CONFLICT),
    ):
        t.equal(reasons([first, second]), [A, expected], f"{expected}: {second}")
    other = attempt(4, "2")
    t.equal(reasons([first, other, other, first]), [A, CONFLICT, CONFLICT, REPLAY],
            "a conflict is never canonical")
    declined = attempt(4, amount="$5000.01")
    t.equal(reasons([declined, declined, first]), [DAILY, REPLAY, CONFLICT],
            "a declined attempt claims its id")
    t.equal(reasons([first, first, first, first, *days((TUESDAY, "$4999.00"))]),
            [A, REPLAY, REPLAY, REPLAY, A],
            "replays touch no window")
    t.equal(reasons([first, other, other, other, attempt(6, "2", "$5000.00")]),
            [A, CONFLICT, CONFLICT, CONFLICT, A],
            "conflicts touch no window")


def check_limits(t):
    for loads, expected, name in (
        ([(TUESDAY, "5000.00")], [A], "an amount equal to the daily limit passes"),
        ([(TUESDAY, "5000.01")], [DAILY], "one cent above it does not"),
        ([(TUESDAY, "2500.00"), (TUESDAY, "2500.01"), (TUESDAY, "2500.00"), (TUESDAY, "0.00")],
         [A, DAILY, A, ATTEMPTS], "declined attempts count, declined amounts do not"),
        ([(TUESDAY, "5000.01")] * 3 + [(TUESDAY, "0.01"), ("2024-01-03", "0.01")],
         [DAILY, DAILY, DAILY, ATTEMPTS, A], "the next day has attempts again"),
        ([(TUESDAY, GREATEST)], [DAILY], "the greatest amount overflows nothing"),
        ([(f"2024-01-0{day}", "5000.00") for day in (1, 2, 3, 4, 5, 7, 8)] + [
            ("2024-01-06", "0.00")],
         [A, A, A, A, WEEKLY, WEEKLY, A, A], "a week from Monday to Sunday"),
        ([("2023-12-31", "5000.00"), ("2024-01-02", "5000.00"), ("2024-01-01", "5000.00"),
          ("2024-01-03", "5000.00"),
          ("2024-01-04", "5000.00"), ("2024-01-05", "0.01")], [A, A, A, A, A, WEEKLY],
          "days may come in any order"),
        ([("2024-12-30", "5000.00"), ("2024-12-31", "5000.00"), ("2025-01-01", "5000.00"),
          ("2025-01-02", "5000.00"),
          ("2025-01-03", "0.01")], [A, A, A, A, WEEKLY], "a new year does not end the week"),
        ([("1969-12-29", "5000.00"), ("1969-12-31", "5000.00"), ("1970-01-01", "5000.00"),
          ("1970-01-04", "5000.00"),
          ("1970-01-03", "0.01"), ("1969-12-28", "0.01")], [A, A, A, A, WEEKLY, A],
          "nor does 1970"),
    ):
        t.equal(reasons(days(*loads)), expected, name)
    week = days(*((f"2024-01-0{day}", "5000.00") for day in (1, 2, 3, 4, 6, 7)))
    t.equal(reasons(week, "baseline", "compute_time_keys.week_start=SAT"), [A] * 6,
            "a week from Saturday")
    t.equal(reasons(week, "baseline", "compute_time_keys.week_start=SUN"), [A, A, A, A, WEEKLY, A],
            "a week from Sunday")
    t.equal(reasons([attempt(n, customer=n % 4, amount="1250.00") for n in range(100, 112)]),
            [A] * 12,
            "limits are per customer")


def check_configuration(t):
    loads = days((TUESDAY, "10.00"), (TUESDAY, "0.01"), (TUESDAY, "0.00"), ("2024-01-03", "10.00"))
    for settings, expected in (
        (["evaluate_policies.limits.daily_amount=10.00"], [A, DAILY, A, A]),
        (["evaluate_policies.limits.weekly_amount=10"], [A, WEEKLY, A, WEEKLY]),
        (["evaluate_policies.limits.daily_attempts=1"], [A, ATTEMPTS, ATTEMPTS, A]),
        (["evaluate_policies.limits.daily_attempts=0"], [ATTEMPTS] * 4),
        (["evaluate_policies.limits.daily_amount=10.00",
          "update_windows.daily_accepted_amount.enabled=false"], [A] * 4),
        (["evaluate_policies.limits.weekly_amount=10",
          "update_windows.weekly_accepted_amount.enabled=false"], [A] * 4),
        (["evaluate_policies.limits.daily_attempts=1",
          "update_windows.daily_attempts.enabled=false"], [A] * 4),
    ):
        t.equal(reasons(loads, "baseline", *settings), expected, " ".join(settings))
    for setting in ("x=1", "compute_time_keys.week_start=mon",
                    "evaluate_policies.limits.daily_amount=1.001",
                    "evaluate_policies.limits.daily_amount=-1",
                    "evaluate_policies.limits.daily_attempts=1.5",
                    "compute_features.monday_multiplier.multiplier=1e2",
                    "compute_features.prime_gate.enabled=1"):
        try:
            configure("baseline", [setting])
            t.check(False, f"{setting} is refused")
        except ValueError:
            t.check(True, f"{setting} is refused")


MULTIPLIER = "compute_features.monday_multiplier.multiplier="
LIMITS = "compute_features.monday_multiplier.apply_to=limits"


def check_monday(t):
    week = [(MONDAY, "2500.00"), (TUESDAY, "5000.00"), ("2024-01-03", "5000.00"),
            ("2024-01-04", "5000.00"),
            ("2024-01-05", "2500.00"), ("2024-01-06", "0.01")]
    saturday = [("2023-12-29", "5000.00"), ("2023-12-30", "2500.01"), (MONDAY, "2500.00"),
                (MONDAY, "2499.99")]
    for loads, settings, expected, name in (
        ([(MONDAY, "2500.00"), (MONDAY, "0.01")], [], [A, DAILY], "half the limit fills a Monday"),
        ([(MONDAY, "2500.01")], [], [DAILY], "one cent more is too much"),
        ([(MONDAY, "2500.00"), (MONDAY, "0.01")], [LIMITS], [A, DAILY], "so it is with limits"),
        (week, [], [A, A, A, A, WEEKLY, WEEKLY], "the week holds the effective amount"),
        (week, [LIMITS], [A, A, A, A, A, WEEKLY], "with limits it holds the plain amount"),
        (saturday, [LIMITS, "compute_time_keys.week_start=FRI"], [A, A, WEEKLY, A],
         "with limits the sum is multiplied"),
        (saturday, ["compute_time_keys.week_start=FRI"], [A, A, A, DAILY], "without it is not"),
        ([(MONDAY, "10000.01")], [MULTIPLIER + "0.5"], [A], "5000.005 is rounded to 5000.00"),
        ([(MONDAY, "10000.01")], [MULTIPLIER + "0.5", LIMITS], [DAILY],
         "with limits it is not rounded"),
        ([(MONDAY, "9999.98"), (MONDAY, "0.03")], [MULTIPLIER + "0.5"], [A, DAILY],
         "0.015 is rounded to 0.02"),
        ([(MONDAY, "3333.31"), (MONDAY, "0.03")], [MULTIPLIER + "1.5"], [A, A],
         "4999.965 and 0.045 are rounded down"),
        ([(MONDAY, GREATEST)], [], [DAILY], "the greatest amount overflows nothing"),
    ):
        t.equal(reasons(days(*loads), "experiment", *settings), expected, name)
    for time, expected in (
        ("2024-01-01T00:00:00Z", DAILY), ("2023-12-31T23:59:59Z", A),
        ("2023-12-31T23:59:59-00:01", DAILY),
        ("2024-01-02T00:00:00+00:01", DAILY), ("2024-01-01T00:00:00+00:01", A),
        ("2024-01-02T00:00:00Z", A),
    ):
        t.equal(reason(attempt(4, amount="2500.01", time=time), "experiment"), expected,
                f"{time} as a Monday")
    t.equal(reason(attempt(4, amount="5000.00", time="2024-01-01T00:00:00Z")), A,
            "the baseline knows no Monday")


def check_prime_gate(t):
    wide = "evaluate_policies.limits.daily_amount=50000"
    friday = "2024-01-05T00:00:00Z"
    for line, expected in (
        (attempt(7, amount="9999.00", time=friday), A),
        (attempt(7, amount="9999.01", time=friday), CAP),
        (attempt(8, amount="9999.01", time=friday), A),
        (attempt("007", amount="9999.01", time=friday), CAP),
        (attempt(1, amount="9999.01", time=friday), A),
        (attempt(0, amount="9999.01", time=friday), A),
        (attempt(2, amount="9999.01", time=friday), CAP),
        (attempt(7, amount="4999.50", time=MONDAY + "T00:00:00Z"), A),
        (attempt(7, amount="4999.51", time=MONDAY + "T00:00:00Z"), CAP),
    ):
        t.equal(reason(line, "experiment", wide), expected, f"{expected}: {line}")
    cap_case = [attempt(7, amount="19998.01", time=MONDAY + "T00:00:00Z")]
    for settings in ([], [LIMITS]):
        t.equal(reasons(cap_case, "experiment", wide, MULTIPLIER + "0.5", *settings), [A],
                f"the cap sees the rounded amount {settings}")
    t.equal(reasons([attempt(2, 1), attempt(3, 2), attempt(4, 2), attempt(5, 3, time=friday),
                     attempt(7, 4)], "experiment"),
            [A, GLOBAL, A, A, GLOBAL], "one prime a day for all customers")
    t.equal(reasons([attempt(2, 1, "5000.01"), attempt(3, 2, "9999.01"), attempt(5, 3),
                     attempt(7, 4)], "experiment"),
            [DAILY, CAP, A, GLOBAL], "a declined prime does not use the day up")
    t.equal(reasons([attempt(2, 1), attempt(3, 2, "9999.01"), attempt(5, 3, "5000.01"),
                     attempt(7, 3), attempt(11, 3, "9999.01"),
                     attempt(13, 3, "9999.01"), attempt(2, 3)], "experiment"),
            [A, CAP, GLOBAL, GLOBAL, CAP, ATTEMPTS, CONFLICT], "the order of checks")
    t.equal(reasons([attempt(2, 1), attempt(3, 2)]), [A, A], "the baseline has no prime gate")
    t.equal(reasons([attempt(2, 1), attempt(3, 2), attempt(5, 3)], "experiment",
                    "evaluate_policies.prime_gate.global_per_day=2"), [A, A, GLOBAL],
                    "two primes a day")


# ---- primes --------------------------------------------------------------------------------------


def check_primes(t):
    sieve = tap.load_generator().sieve(100000)
    t.equal([n for n in range(100000) if oracle.is_prime(n) != bool(sieve[n])], [],
            "all numbers below 100000")
    lucas = [n for n in range(5, 20000, 2)
             if oracle.is_strong_lucas_probable_prime(n) and not sieve[n]]
    t.equal(lucas, [5459, 5777, 10877, 16109, 18971], "the strong Lucas pseudoprimes below 20000")
    t.check(all(oracle.is_strong_lucas_probable_prime(n) for n in range(5, 20000, 2) if sieve[n]),
            "every odd prime from 5 to 20000 is a strong Lucas probable prime")
    for exponent in (61, 89, 107, 127, 521, 607, 1279):
        t.check(oracle.is_prime(2**exponent - 1), f"2^{exponent}-1 is prime")
    for exponent in (67, 101, 257, 523):
        t.check(not oracle.is_prime(2**exponent - 1), f"2^{exponent}-1 is not prime")
    for n in (2**64 - 59, 2**64 + 13, 10**100 + 267, oracle.EXACT_BELOW - 168,
              oracle.EXACT_BELOW + 142):
        t.check(oracle.is_prime(n), f"{n} is prime")
    for n in (3215031751, 3825123056546413051, 318665857834031151167461, oracle.EXACT_BELOW,
              (2**89 - 1) ** 2, 2**64 + 7):
        t.check(not oracle.is_prime(n), f"{n} is not prime")


def check_baillie_psw(t):
    """Below the exact bound both methods must agree."""
    bits = random.Random(1).getrandbits
    numbers = [bits(64) | 1 | 2**40 for _ in range(5000)]
    t.equal([n for n in numbers if oracle.is_prime(n) != (
        oracle.is_strong_probable_prime(n, 2) and oracle.is_strong_lucas_probable_prime(n))], [],
        "Baillie-PSW agrees with 13 bases on 5000 numbers")


def check_long_primes(t):
    is_prime_id = Oracle(configure("experiment")).is_prime_id
    t.check(is_prime_id("0" * 5000 + "7"), "leading zeros are ignored")
    with_digits = getattr(sys, "set_int_max_str_digits", None)
    if with_digits:
        with_digits(0)
    t.check(not is_prime_id(str(2**4253 - 1)), "1281 digits are not tested")
    t.check(is_prime_id(str(2**2203 - 1)), "664 digits are")


# ---- program and real data -----------------------------------------------------------------------


def run_program(*arguments):
    program = [sys.executable, str(Path(oracle.__file__)), *map(str, arguments)]
    return subprocess.run(program, capture_output=True, check=False,
                          env={**os.environ, "LC_ALL": "C"})


def check_program(t):
    with tempfile.TemporaryDirectory() as folder:
        source, output, reason_file = (Path(folder) / name for name in ("in", "out", "reasons"))
        source.write_bytes('\n{"id":"\u00e9"}\n'.encode() + attempt(2).encode())
        expected = ('{"id":"","customer_id":"","accepted":false}\n'
                    '{"id":"\u00e9","customer_id":"","accepted":false}\n'
                    '{"id":"2","customer_id":"1","accepted":true}\n').encode()
        result = run_program("--output", output, "--reasons", reason_file, source)
        t.equal((result.returncode, output.read_bytes()), (0, expected),
                "the program writes the output")
        t.equal(reason_file.read_text(), "INPUT_PARSE_ERROR\nINVALID_ID_FORMAT\nACCEPTED\n",
                "and the reasons")
        t.equal(run_program(source).stdout, expected, "or the output to standard output")
        result = run_program("--scenario", "experiment", "--set",
                             "evaluate_policies.prime_gate.amount_cap=0.99", source)
        t.equal(result.stdout.count(b"true"), 0, "--set changes a scenario")
        t.equal(run_program("--set", "x=1", source).returncode, 2, "an unknown key is an error")


def check_real_data(t):
    name = "the real input has its expected output"
    source, expected = REAL_DATA / "input.jsonl", REAL_DATA / "baseline.expected.jsonl"
    if not source.exists() or not expected.exists():
        t.skip(name, "the data is not here")
        return
    t.check(run(source.read_bytes())[0] == expected.read_bytes(), name)


def main():
    t = tap.Tap()
    for check in (
        check_lines, check_json, check_output, check_ids, check_validation_order, check_time,
        check_calendar, check_amount,
        check_duplicates, check_limits, check_configuration, check_monday, check_prime_gate,
        check_primes,
        check_baillie_psw, check_long_primes, check_program, check_real_data,
    ):
        check(t)
    return t.finish()


if __name__ == "__main__":
    sys.exit(main())
