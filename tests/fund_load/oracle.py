#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent oracle for the fund_load example: the right answer for any input.

It implements examples/fund_load/RULES.md and shares no code with the C nodes, so that a mistake has to
be made twice to stay unseen. The codes in brackets below (such as [T3]) are the rows of that page.
Speed is not its purpose, but a million lines take seconds. All arithmetic is on integers and
fractions.

    oracle.py --scenario experiment --set compute_time_keys.week_start=SUN \\
              --output expected.jsonl --reasons reasons.txt input.jsonl

The class Oracle has one small method per rule. The mutation test replaces them one at a time and shows
that the generated data notices.

What "prime" means [F6, F7]
---------------------------
The value of an id is its decimal value, leading zeros ignored.

1. More than 1024 significant digits: not tested, not prime. The bound keeps one hostile line from
   stopping the pipeline.
2. Below 2: not prime. Divisible by one of the first 13 primes (2 .. 41): prime only if it is that
   prime. Otherwise below 43^2: prime.
3. Below 3317044064679887385961981 (about 3.3e24): prime if and only if it is a strong probable prime to
   each of the first 13 prime bases. This is exact: that number is the smallest composite which passes
   (Sorenson and Webster, 2015). It covers everything up to 81 bits.
4. From there on, Baillie-PSW: prime if it is a strong probable prime to base 2, is not a perfect square,
   and is a strong Lucas probable prime with Selfridge's parameters (method A): D is the first of
   5, -7, 9, -11, ... with Jacobi symbol (D/n) = -1, P = 1, Q = (1 - D) / 4. While D is searched, a
   symbol of 0 with |D| < n means composite. With n + 1 = d * 2^s and d odd, n passes when U(d) = 0
   or V(d * 2^r) = 0 for some 0 <= r < s, modulo n. No base is random, so the answer never changes; no
   composite that passes is known. Fixed Miller-Rabin bases alone would not do: composites that pass
   all bases below 307 have been published (Arnault, 1995).
"""

import argparse
import functools
import json
import math
import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

ACCEPTED = "ACCEPTED"
INPUT_PARSE_ERROR = "INPUT_PARSE_ERROR"
INVALID_ID_FORMAT = "INVALID_ID_FORMAT"
INVALID_TIMESTAMP = "INVALID_TIMESTAMP"
INVALID_AMOUNT_FORMAT = "INVALID_AMOUNT_FORMAT"
ID_DUPLICATE_REPLAY = "ID_DUPLICATE_REPLAY"
ID_DUPLICATE_CONFLICT = "ID_DUPLICATE_CONFLICT"
DAILY_ATTEMPT_LIMIT = "DAILY_ATTEMPT_LIMIT"
PRIME_AMOUNT_CAP = "PRIME_AMOUNT_CAP"
PRIME_DAILY_GLOBAL_LIMIT = "PRIME_DAILY_GLOBAL_LIMIT"
DAILY_AMOUNT_LIMIT = "DAILY_AMOUNT_LIMIT"
WEEKLY_AMOUNT_LIMIT = "WEEKLY_AMOUNT_LIMIT"

MAX_DEPTH = 128
MAX_MINOR_UNITS = 2**62 - 1
MAX_PRIME_DIGITS = 1024
NANOSECONDS = 10**9
SECONDS_PER_DAY = 86400
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


# ---- configuration [C1-C5] -----------------------------------------------------------------------


@dataclass(frozen=True)
class Config:
    """Every configuration key of the nodes. Amounts are minor units, week_start counts from Monday."""

    week_start: int = 0
    monday_enabled: bool = False
    monday_multiplier: Fraction = Fraction(2)
    monday_apply_to: str = "amount"
    prime_feature_enabled: bool = False
    daily_amount: int = 500000
    weekly_amount: int = 2000000
    daily_attempts: int = 3
    prime_gate_enabled: bool = False
    prime_global_per_day: int = 1
    prime_amount_cap: int = 999900
    update_daily_attempts: bool = True
    update_daily_amount: bool = True
    update_weekly_amount: bool = True
    update_daily_prime: bool = True


SCENARIOS = {
    "baseline": Config(),
    "experiment": Config(monday_enabled=True, prime_feature_enabled=True, prime_gate_enabled=True),
}


def parse_switch(text):
    return {"true": True, "false": False}[text]


def parse_count(text):
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(text)
    return int(text)


def parse_limit(text):
    if not re.fullmatch(r"[0-9]{1,17}(\.[0-9]{1,2})?", text):
        raise ValueError(text)
    minor_units = int(Fraction(text) * 100)
    if minor_units > MAX_MINOR_UNITS:
        raise ValueError(text)
    return minor_units


def parse_multiplier(text):
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise ValueError(text)
    return Fraction(text)


def parse_apply_to(text):
    if text not in ("amount", "limits"):
        raise ValueError(text)
    return text


# The keys as a manifest writes them: node, then path within its "config".
CONFIG_KEYS = {
    "compute_time_keys.week_start": ("week_start", WEEKDAYS.index),
    "compute_features.monday_multiplier.enabled": ("monday_enabled", parse_switch),
    "compute_features.monday_multiplier.multiplier": ("monday_multiplier", parse_multiplier),
    "compute_features.monday_multiplier.apply_to": ("monday_apply_to", parse_apply_to),
    "compute_features.prime_gate.enabled": ("prime_feature_enabled", parse_switch),
    "evaluate_policies.limits.daily_amount": ("daily_amount", parse_limit),
    "evaluate_policies.limits.weekly_amount": ("weekly_amount", parse_limit),
    "evaluate_policies.limits.daily_attempts": ("daily_attempts", parse_count),
    "evaluate_policies.prime_gate.enabled": ("prime_gate_enabled", parse_switch),
    "evaluate_policies.prime_gate.global_per_day": ("prime_global_per_day", parse_count),
    "evaluate_policies.prime_gate.amount_cap": ("prime_amount_cap", parse_limit),
    "update_windows.daily_attempts.enabled": ("update_daily_attempts", parse_switch),
    "update_windows.daily_accepted_amount.enabled": ("update_daily_amount", parse_switch),
    "update_windows.weekly_accepted_amount.enabled": ("update_weekly_amount", parse_switch),
    "update_windows.daily_prime_gate.enabled": ("update_daily_prime", parse_switch),
}


def configure(scenario, settings=()):
    """The scenario's configuration, changed by "key=value" settings."""
    changes = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in CONFIG_KEYS:
            raise ValueError(f"unknown configuration key '{key}'")
        field, parse = CONFIG_KEYS[key]
        try:
            changes[field] = parse(value)
        except (KeyError, ValueError):
            raise ValueError(f"'{value}' is not a value for {key}") from None
    return replace(SCENARIOS[scenario], **changes)


# ---- primes (see the module's text) --------------------------------------------------------------

PRIME_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
EXACT_BELOW = 3317044064679887385961981


@functools.lru_cache(maxsize=65536)
def is_prime(n):
    if n < 2:
        return False
    for p in PRIME_BASES:
        if n % p == 0:
            return n == p
    if n < 43 * 43:
        return True
    if n < EXACT_BELOW:
        return all(is_strong_probable_prime(n, base) for base in PRIME_BASES)
    return is_strong_probable_prime(n, 2) and is_strong_lucas_probable_prime(n)


def split_power_of_two(n):
    """n = odd * 2^twos -> (odd, twos)"""
    twos = (n & -n).bit_length() - 1
    return n >> twos, twos


def is_strong_probable_prime(n, base):
    odd, twos = split_power_of_two(n - 1)
    x = pow(base, odd, n)
    if x in (1, n - 1):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


def jacobi(a, n):
    """The Jacobi symbol (a/n), n odd and positive."""
    a %= n
    sign = 1
    while a:
        a, twos = split_power_of_two(a)
        if twos % 2 and n % 8 in (3, 5):
            sign = -sign
        if a % 4 == 3 and n % 4 == 3:
            sign = -sign
        a, n = n % a, a
    return sign if n == 1 else 0


def selfridge_d(n):
    """Selfridge's D for an odd n, or None when the search shows that n is composite."""
    # For a square no D exists, and the search would not end.
    if math.isqrt(n) ** 2 == n:
        return None
    d = 5
    while True:
        symbol = jacobi(d, n)
        if symbol == -1:
            return d
        if symbol == 0 and abs(d) < n:
            return None
        d = -(d + 2) if d > 0 else -(d - 2)


def halve(x, n):
    """x / 2 modulo the odd n."""
    return (x + n if x % 2 else x) // 2 % n


def lucas(k, d, q, n):
    """U(k), V(k) and Q^k modulo n, for P = 1, by the binary digits of k from the top."""
    u, v, q_power = 1, 1, q % n
    for bit in bin(k)[3:]:
        u, v, q_power = u * v % n, (v * v - 2 * q_power) % n, q_power * q_power % n
        if bit == "1":
            u, v, q_power = halve(u + v, n), halve(d * u + v, n), q_power * q % n
    return u, v, q_power


def is_strong_lucas_probable_prime(n):
    d = selfridge_d(n)
    if d is None:
        return False
    odd, twos = split_power_of_two(n + 1)
    u, v, q_power = lucas(odd, d, (1 - d) // 4, n)
    if u == 0:
        return True
    for _ in range(twos):
        if v == 0:
            return True
        v, q_power = (v * v - 2 * q_power) % n, q_power * q_power % n
    return False


# ---- calendar [T5-T7] ----------------------------------------------------------------------------

DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAYS_FROM_YEAR_1_TO_1970 = 719162
MONDAY_OFFSET = 3  # day 0, 1970-01-01, is a Thursday


def is_leap_year(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year, month):
    return DAYS_IN_MONTH[month - 1] + (month == 2 and is_leap_year(year))


@functools.lru_cache(maxsize=65536)
def day_number(year, month, day):
    """Days since 1970-01-01 in the proleptic Gregorian calendar; None if there is no such day."""
    if not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        return None
    past = year - 1
    days = past * 365 + past // 4 - past // 100 + past // 400
    days += sum(days_in_month(year, earlier) for earlier in range(1, month))
    return days + day - 1 - DAYS_FROM_YEAR_1_TO_1970


# ---- the rules -----------------------------------------------------------------------------------

JSON_NUMBER = object()  # stands for every JSON number: no rule ever looks at one

ID_FORM = re.compile(r"[0-9]+")
AMOUNT_FORM = re.compile(r"[ \t]*(?:(?:USD\$|\$USD|USD|\$)[ \t]*)?([0-9]+)\.([0-9]{2})[ \t]*")
TIME_FORM = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
MUST_ESCAPE = re.compile(r'["\\\x00-\x1f]')
SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
                 "\t": "\\t"}


class Attempt:
    """One load attempt that could be read, and what is derived from it."""

    __slots__ = (
        "id", "customer_id", "amount", "instant", "day", "week", "is_monday", "effective",
        "is_prime",
    )


class Oracle:
    """Decides lines in order. Feed one instance one whole input."""

    # [V1] The first failure of these is the reason.
    VALIDATIONS = (
        (INVALID_ID_FORMAT, "read_ids"),
        (INVALID_TIMESTAMP, "read_time"),
        (INVALID_AMOUNT_FORMAT, "read_amount"),
    )

    # [P1] The first that holds is the reason; duplicates were found before.
    POLICIES = (
        (DAILY_ATTEMPT_LIMIT, "has_no_attempt_left"),
        (PRIME_AMOUNT_CAP, "is_prime_above_cap"),
        (PRIME_DAILY_GLOBAL_LIMIT, "is_prime_beyond_daily_global"),
        (DAILY_AMOUNT_LIMIT, "is_above_daily_amount"),
        (WEEKLY_AMOUNT_LIMIT, "is_above_weekly_amount"),
    )

    def __init__(self, config):
        self.config = config
        self.decoder = self.new_decoder()
        self.fingerprints = {}
        self.daily_attempts = Counter()
        self.daily_amounts = Counter()
        self.weekly_amounts = Counter()
        self.daily_primes = Counter()

    def run(self, data):
        """Input bytes -> (output bytes, list of reasons), one of each per line."""
        output = []
        reasons = []
        for line in self.split_lines(data):
            shown_id, shown_customer_id, reason = self.decide(line)
            output.append(self.format_output(shown_id, shown_customer_id, reason))
            reasons.append(reason)
        return "".join(output).encode("utf-8"), reasons

    def decide(self, line):
        """-> (id to show, customer_id to show, reason)"""
        fields = self.parse_line(line)
        if fields is None:
            return "", "", INPUT_PARSE_ERROR
        shown = self.shown(fields.get("id")), self.shown(fields.get("customer_id"))
        attempt = Attempt()
        reason = self.first_invalid(fields, attempt)
        if reason is None:
            self.compute_time_keys(attempt)
            reason = self.duplicate_reason(attempt)
        if reason is None:
            self.compute_features(attempt)
            reason = self.first_policy_against(attempt) or ACCEPTED
            self.update_windows(attempt, reason == ACCEPTED)
        return *shown, reason

    # -- lines [L1-L4]

    def split_lines(self, data):
        lines = data.split(b"\n")
        if not lines[-1]:
            lines.pop()  # what follows the last line end is a line only if it has a byte
        return [self.drop_carriage_return(line) for line in lines]

    def drop_carriage_return(self, line):
        return line[:-1] if line.endswith(b"\r") else line

    # -- JSON [J1-J9]

    def new_decoder(self):
        return json.JSONDecoder(
            object_pairs_hook=self.build_object,
            parse_int=self.build_number,
            parse_float=self.build_number,
            parse_constant=self.refuse_constant,
        )

    def parse_line(self, line):
        """-> the members of the object, or None"""
        try:
            value = self.decoder.decode(self.decode_text(line))
        except (ValueError, RecursionError):
            # UnicodeDecodeError and JSONDecodeError are ValueErrors. Only nesting far above the
            # limit makes the decoder run out of stack.
            return None
        if not isinstance(value, dict) or not self.is_strict(line, value):
            return None
        return value

    def decode_text(self, line):
        return line.decode("utf-8")

    def build_object(self, pairs):
        members = dict(pairs)
        if len(members) != len(pairs):
            raise ValueError("duplicate key")
        return members

    def build_number(self, _text):
        return JSON_NUMBER

    def refuse_constant(self, name):
        raise ValueError(f"{name} is not JSON")

    def is_strict(self, line, value):
        """What Python's decoder lets pass. The value is walked only if the line could offend."""
        if line.count(b"[") + line.count(b"{") > MAX_DEPTH and self.is_too_deep(value):
            return False
        return not (b"\\u" in line and self.has_lone_surrogate(value))

    def is_too_deep(self, value):
        return any(
            depth > MAX_DEPTH for item, depth in walk(value) if isinstance(item, (dict, list))
        )

    def has_lone_surrogate(self, value):
        return any(
            LONE_SURROGATE.search(item) for item, _depth in walk(value) if isinstance(item, str)
        )

    # -- output [E1-E4]

    def shown(self, value):
        return value if isinstance(value, str) else ""

    def escape_character(self, match):
        character = match.group()
        return SHORT_ESCAPES.get(character) or f"\\u{ord(character):04x}"

    def escape(self, text):
        return MUST_ESCAPE.sub(self.escape_character, text)

    def format_output(self, shown_id, shown_customer_id, reason):
        accepted = "true" if reason == ACCEPTED else "false"
        return (
            f'{{"id":"{self.escape(shown_id)}","customer_id":"{self.escape(shown_customer_id)}",'
            f'"accepted":{accepted}}}\n'
        )

    # -- validation [V1, V2, I1, T1-T5, A1-A4]; each reader fills the attempt or returns False

    def first_invalid(self, fields, attempt):
        for reason, reader in self.VALIDATIONS:
            if not getattr(self, reader)(fields, attempt):
                return reason
        return None

    def read_ids(self, fields, attempt):
        attempt.id = fields.get("id")
        attempt.customer_id = fields.get("customer_id")
        return self.is_id(attempt.id) and self.is_id(attempt.customer_id)

    def is_id(self, value):
        return isinstance(value, str) and ID_FORM.fullmatch(value) is not None

    def read_time(self, fields, attempt):
        attempt.instant = self.parse_time(fields.get("time"))
        return attempt.instant is not None

    def parse_time(self, value):
        """-> nanoseconds since 1970-01-01T00:00:00Z, negative before it, or None"""
        match = TIME_FORM.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return None
        year, month, day, hour, minute, second = map(int, match.groups()[:6])
        fraction, sign, offset_hour, offset_minute = match.groups()[6:]
        days = day_number(year, month, day)
        if days is None or not self.is_time_of_day(hour, minute, second):
            return None
        offset = self.offset_seconds(sign, offset_hour, offset_minute)
        if offset is None:
            return None
        seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset
        return seconds * NANOSECONDS + self.fraction_nanoseconds(fraction)

    def is_time_of_day(self, hour, minute, second):
        return hour <= 23 and minute <= 59 and second <= 59

    def offset_seconds(self, sign, hour, minute):
        if sign is None:
            return 0
        if int(hour) > 23 or int(minute) > 59:
            return None
        seconds = int(hour) * 3600 + int(minute) * 60
        return -seconds if sign == "-" else seconds

    def fraction_nanoseconds(self, fraction):
        return int(fraction.ljust(9, "0")) if fraction else 0

    def read_amount(self, fields, attempt):
        attempt.amount = self.parse_amount(fields.get("load_amount"))
        return attempt.amount is not None

    def parse_amount(self, value):
        """-> minor units, or None"""
        match = AMOUNT_FORM.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return None
        digits = (match[1] + match[2]).lstrip("0")
        if len(digits) > 19:
            return None  # above the limit whatever they are, and int() refuses very long text
        minor_units = int(digits or "0")
        return minor_units if minor_units <= self.max_minor_units() else None

    def max_minor_units(self):
        return MAX_MINOR_UNITS

    # -- time keys [T6-T8]

    def compute_time_keys(self, attempt):
        attempt.day = self.day_of(attempt.instant)
        attempt.week = self.week_of(attempt.day)
        attempt.is_monday = self.is_monday(attempt.day)

    def day_of(self, instant):
        return instant // (SECONDS_PER_DAY * NANOSECONDS)

    def week_of(self, day):
        return (day + MONDAY_OFFSET - self.config.week_start) // 7

    def is_monday(self, day):
        return (day + MONDAY_OFFSET) % 7 == 0

    # -- duplicates [D1-D5]

    def duplicate_key(self, attempt):
        return attempt.id

    def fingerprint(self, attempt):
        return attempt.customer_id, attempt.amount, attempt.instant

    def duplicate_reason(self, attempt):
        key = self.duplicate_key(attempt)
        fingerprint = self.fingerprint(attempt)
        if key not in self.fingerprints:
            self.fingerprints[key] = fingerprint
            return None
        if self.fingerprints[key] == fingerprint:
            return ID_DUPLICATE_REPLAY
        return ID_DUPLICATE_CONFLICT

    # -- features [F1-F7]

    def compute_features(self, attempt):
        attempt.effective = self.effective_amount(attempt)
        attempt.is_prime = self.config.prime_feature_enabled and self.is_prime_id(attempt.id)

    def is_multiplied(self, attempt):
        return self.config.monday_enabled and attempt.is_monday

    def effective_amount(self, attempt):
        if not self.is_multiplied(attempt):
            return attempt.amount
        return self.round_to_minor_unit(attempt.amount * self.config.monday_multiplier)

    def round_to_minor_unit(self, exact):
        return round(exact)  # of a Fraction: to the nearest integer, half to even

    def is_prime_id(self, text):
        digits = text.lstrip("0")
        if len(digits) > MAX_PRIME_DIGITS:
            return False
        return self.is_prime_value(int(digits or "0"))

    def is_prime_value(self, value):
        return is_prime(value)

    # -- policies [P1-P8]

    def first_policy_against(self, attempt):
        for reason, holds in self.POLICIES:
            if getattr(self, holds)(attempt):
                return reason
        return None

    def has_no_attempt_left(self, attempt):
        return self.daily_attempts[self.attempts_key(attempt)] >= self.config.daily_attempts

    def passes_prime_gate(self, attempt):
        return not (self.config.prime_gate_enabled and attempt.is_prime)

    def is_prime_above_cap(self, attempt):
        if self.passes_prime_gate(attempt):
            return False
        return attempt.effective > self.config.prime_amount_cap

    def is_prime_beyond_daily_global(self, attempt):
        if self.passes_prime_gate(attempt):
            return False
        return self.daily_primes[self.primes_key(attempt)] >= self.config.prime_global_per_day

    def is_above_daily_amount(self, attempt):
        accepted = self.daily_amounts[self.daily_key(attempt)]
        return self.is_above(attempt, accepted, self.config.daily_amount)

    def is_above_weekly_amount(self, attempt):
        accepted = self.weekly_amounts[self.weekly_key(attempt)]
        return self.is_above(attempt, accepted, self.config.weekly_amount)

    def multiplies_limits(self):
        return self.config.monday_apply_to == "limits"

    def is_above(self, attempt, accepted, limit):
        if not self.multiplies_limits():
            return attempt.effective > limit - accepted
        total = accepted + attempt.amount
        if self.is_multiplied(attempt):
            total *= self.config.monday_multiplier
        return total > limit

    # -- windows [W1-W5]

    def attempts_key(self, attempt):
        return attempt.customer_id, attempt.day

    def daily_key(self, attempt):
        return attempt.customer_id, attempt.day

    def weekly_key(self, attempt):
        return attempt.customer_id, attempt.week

    def primes_key(self, attempt):
        return attempt.day

    def counted_amount(self, attempt):
        return attempt.amount if self.multiplies_limits() else attempt.effective

    def update_windows(self, attempt, accepted):
        self.count_attempt(attempt, accepted)
        if accepted:
            self.count_accepted(attempt)

    def count_attempt(self, attempt, _accepted):
        if self.config.update_daily_attempts:
            self.daily_attempts[self.attempts_key(attempt)] += 1

    def count_accepted(self, attempt):
        if self.config.update_daily_amount:
            self.daily_amounts[self.daily_key(attempt)] += self.counted_amount(attempt)
        if self.config.update_weekly_amount:
            self.weekly_amounts[self.weekly_key(attempt)] += self.counted_amount(attempt)
        if self.config.update_daily_prime and attempt.is_prime:
            self.daily_primes[self.primes_key(attempt)] += 1


def walk(value):
    """Yields every key and value of a JSON value with its depth; a container counts from 1."""
    pending = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        yield item, depth
        if isinstance(item, dict):
            pending.extend((key, depth + 1) for key in item)
            pending.extend((member, depth + 1) for member in item.values())
        elif isinstance(item, list):
            pending.extend((element, depth + 1) for element in item)


# ---- program -------------------------------------------------------------------------------------


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="The right answer of the fund_load example.")
    parser.add_argument("input", help="load attempts, one JSON object per line")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="baseline")
    parser.add_argument(
        "--set", dest="settings", metavar="KEY=VALUE", action="append", default=[],
        help="a node's configuration key, such as evaluate_policies.limits.daily_attempts=4; one of: "
        + ", ".join(CONFIG_KEYS),
    )
    parser.add_argument("--output", metavar="FILE", help="decisions (default: standard output)")
    parser.add_argument("--reasons", metavar="FILE", help="one reason per line, or ACCEPTED")
    options = parser.parse_args(arguments)
    try:
        options.config = configure(options.scenario, options.settings)
    except ValueError as error:
        parser.error(str(error))
    return options


def main(arguments=None):
    options = parse_arguments(arguments)
    with open(options.input, "rb") as source:
        output, reasons = Oracle(options.config).run(source.read())
    if options.output:
        with open(options.output, "wb") as sink:
            sink.write(output)
    else:
        sys.stdout.buffer.write(output)
    if options.reasons:
        with open(options.reasons, "w", encoding="ascii", newline="\n") as sink:
            sink.writelines(f"{reason}\n" for reason in reasons)
    return 0


if __name__ == "__main__":
    sys.exit(main())
