# SPDX-License-Identifier: Apache-2.0
"""Mistakes in deciding attempts: rows D, F, P, W and C of RULES.md."""

import functools
import re
from collections import Counter
from fractions import Fraction

import oracle
from mutations import mutate, mutation, reordered
from oracle import Oracle

# ---- duplicates ----------------------------------------------------------------------------------


@mutation("D1", "only an accepted attempt claims its id")
class OnlyAcceptedClaims(Oracle):
    def update_windows(self, attempt, accepted):
        super().update_windows(attempt, accepted)
        if not accepted:
            del self.fingerprints[attempt.id]


mutate("D1", "there is no check for duplicates", duplicate_reason=lambda self, attempt: None)
mutate("D1", "ids are unique per customer", duplicate_key=lambda self, attempt:
       (attempt.id, attempt.customer_id))
mutate("D1", "ids are unique per day",
       duplicate_key=lambda self, attempt: (attempt.id, attempt.day))
mutate("D1", "ids are unique per week",
       duplicate_key=lambda self, attempt: (attempt.id, attempt.week))


@mutation("D1", "only the last four ids are remembered")
class ShortMemory(Oracle):
    def duplicate_reason(self, attempt):
        reason = super().duplicate_reason(attempt)
        while len(self.fingerprints) > 4:
            del self.fingerprints[next(iter(self.fingerprints))]
        return reason


for name, fingerprint in (
    ("customer", lambda self, attempt: (attempt.amount, attempt.instant)),
    ("amount", lambda self, attempt: (attempt.customer_id, attempt.instant)),
    ("time", lambda self, attempt: (attempt.customer_id, attempt.amount)),
    ("fraction of a second", lambda self, attempt: (
        attempt.customer_id, attempt.amount, attempt.instant // 10**9)),
    ("microseconds' thousandths", lambda self, attempt: (
        attempt.customer_id, attempt.amount, attempt.instant // 1000)),
    ("time of day", lambda self, attempt: (attempt.customer_id, attempt.amount, attempt.day)),
    ("leading zeros of the customer", lambda self, attempt: (
        attempt.customer_id.lstrip("0"), attempt.amount, attempt.instant)),
):
    mutate("D2", f"the fingerprint leaves the {name} out", by="reasons", fingerprint=fingerprint)


@mutation("D2", "the fingerprint holds the amount as it is written", by="reasons")
class WrittenAmount(Oracle):
    def read_amount(self, fields, attempt):
        self.written = fields.get("load_amount")
        return super().read_amount(fields, attempt)

    def fingerprint(self, attempt):
        return super().fingerprint(attempt), self.written


@mutation("D2", "the fingerprint holds the time as it is written", by="reasons")
class WrittenTime(Oracle):
    def read_time(self, fields, attempt):
        self.written = fields.get("time")
        return super().read_time(fields, attempt)

    def fingerprint(self, attempt):
        return super().fingerprint(attempt), self.written


@mutation("D2", "the fingerprint holds the fraction as it is written", by="reasons")
class WrittenFraction(Oracle):
    def fraction_nanoseconds(self, fraction):
        self.written = fraction
        return super().fraction_nanoseconds(fraction)

    def fingerprint(self, attempt):
        return super().fingerprint(attempt), self.written


class DuplicateChanged(Oracle):
    changed = {}

    def duplicate_reason(self, attempt):
        reason = super().duplicate_reason(attempt)
        return self.changed.get(reason, reason)


def change_duplicates(rule, name, by="output", **changed):
    mutation(rule, name, by=by)(type("Mutant", (DuplicateChanged,), {"changed": changed}))


change_duplicates("D3", "a replay is a conflict", by="reasons",
                  ID_DUPLICATE_REPLAY="ID_DUPLICATE_CONFLICT")
change_duplicates("D3", "a replay is a new attempt", ID_DUPLICATE_REPLAY=None)
change_duplicates("D3", "a replay is accepted and touches no window",
                  ID_DUPLICATE_REPLAY=oracle.ACCEPTED)
change_duplicates("D4", "a conflict is a replay", by="reasons",
                  ID_DUPLICATE_CONFLICT="ID_DUPLICATE_REPLAY")
change_duplicates("D4", "a conflict is a new attempt", ID_DUPLICATE_CONFLICT=None)


@mutation("D4", "a conflict becomes canonical", by="reasons")
class ConflictBecomesCanonical(Oracle):
    def duplicate_reason(self, attempt):
        reason = super().duplicate_reason(attempt)
        self.fingerprints[attempt.id] = self.fingerprint(attempt)
        return reason


class DuplicateCounts(Oracle):
    counted = ""

    def duplicate_reason(self, attempt):
        reason = super().duplicate_reason(attempt)
        if reason == self.counted:
            self.touch(attempt)
        return reason


def count_duplicates(name, scene, touch):
    for counted in (oracle.ID_DUPLICATE_REPLAY, oracle.ID_DUPLICATE_CONFLICT):
        mutation("D5", f"{counted} {name}", scene)(
            type("Mutant", (DuplicateCounts,), {"counted": counted, "touch": touch}))


def touch_amounts(self, attempt):
    self.compute_features(attempt)
    self.count_accepted(attempt)


def touch_primes(self, attempt):
    self.compute_features(attempt)
    self.daily_primes[attempt.day] += attempt.is_prime


count_duplicates("counts as an attempt", "baseline", lambda self, attempt:
                 self.count_attempt(attempt, False))
count_duplicates("adds its amount", "baseline", touch_amounts)
count_duplicates("uses the day's prime up", "experiment", touch_primes)

# ---- features ------------------------------------------------------------------------------------


def effective_by(rounding):
    return {"round_to_minor_unit": lambda self, exact: rounding(Fraction(exact))}


def half_up(exact):
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def half_down(exact):
    return -half_up(-exact)


def multiplier(self, attempt):
    return self.config.monday_multiplier if self.is_multiplied(attempt) else 1


mutate("F1", "every day is multiplied", "experiment", is_multiplied=lambda self, attempt: True)
mutate("F1", "no day is multiplied", "experiment", is_multiplied=lambda self, attempt: False)
mutate("F1", "the baseline is multiplied", "baseline", is_multiplied=lambda self, attempt:
       attempt.is_monday)
mutate("F2", "halves are rounded up", "half", **effective_by(half_up))
mutate("F2", "halves are rounded down", "half", **effective_by(half_down))
mutate("F2", "the product is rounded down", "three halves",
       **effective_by(lambda exact: exact // 1))
mutate("F2", "the product is rounded up", "half", **effective_by(lambda exact: -(-exact // 1)))
mutate("F2", "the product is not rounded", "half", **effective_by(lambda exact: exact))
mutate("F2", "the multiplier is a whole number", "three halves",
       effective_amount=lambda self, attempt:
       attempt.amount * (round(self.config.monday_multiplier) if attempt.is_monday else 1))
mutate("F3", "the windows add the plain amount", "experiment", counted_amount=lambda self, attempt:
       attempt.amount)
mutate("F3", "the limits see the plain amount", "experiment",
       is_above=lambda self, attempt, sum_, limit:
       attempt.amount > limit - sum_)
mutate("F3", "apply_to is always limits", "half", multiplies_limits=lambda self: True)
mutate("F4", "apply_to is always amount", "half, limits", multiplies_limits=lambda self: False)
mutate("F4", "the windows add the effective amount", "limits", counted_amount=lambda self, attempt:
       attempt.effective)
mutate("F4", "only the amount is multiplied", "friday, limits",
       is_above=lambda self, attempt, sum_, limit:
       attempt.effective > limit - sum_)
mutate("F4", "every day's total is multiplied", "limits",
       is_above=lambda self, attempt, sum_, limit:
       (sum_ + attempt.amount) * self.config.monday_multiplier > limit)
mutate("F4", "no total is multiplied", "limits", is_above=lambda self, attempt, sum_, limit:
       sum_ + attempt.amount > limit)
mutate("F4", "the total is rounded", "half, limits", is_above=lambda self, attempt, sum_, limit:
       round((sum_ + attempt.amount) * multiplier(self, attempt)) > limit)
mutate("F4", "the daily total is not multiplied", "limits",
       is_above_daily_amount=lambda self, attempt:
       self.daily_amounts[self.daily_key(attempt)] + attempt.amount > self.config.daily_amount)
mutate("F4", "the weekly total is not multiplied", "friday, limits",
       is_above_weekly_amount=lambda self, attempt:
       self.weekly_amounts[self.weekly_key(attempt)] + attempt.amount > self.config.weekly_amount)


def cap_by(quantity):
    return lambda self, attempt: (
        not self.passes_prime_gate(attempt)
        and quantity(self, attempt) > self.config.prime_amount_cap)


def exact_product(self, attempt):
    return attempt.amount * multiplier(self, attempt)


mutate("F5", "the cap sees the plain amount", "wide", is_prime_above_cap=cap_by(
    lambda self, attempt: attempt.amount))
mutate("F5", "the cap sees the plain amount in limits", "wide, half, limits",
       is_prime_above_cap=cap_by(
    lambda self, attempt: attempt.amount))
mutate("F5", "the cap sees the product before rounding", "wide, half",
       is_prime_above_cap=cap_by(exact_product))
mutate("F5", "the cap sees the product before rounding in limits", "wide, half, limits",
       is_prime_above_cap=cap_by(exact_product))


def primes_by(is_prime_value):
    return {"is_prime_value": lambda self, value: is_prime_value(value)}


@functools.lru_cache(maxsize=None)
def passes_bases(value, bases):
    # Of the longest values the oracle's own answer will do: all of them are prime.
    if value < 43 * 43 or value > 2**1400 or any(value % p == 0 for p in oracle.PRIME_BASES):
        return oracle.is_prime(value)
    return all(oracle.is_strong_probable_prime(value, base) for base in bases)


@functools.lru_cache(maxsize=None)
def passes_fermat(value):
    return value == 2 or value > 2 and pow(2, value - 1, value) == 1


for special in (0, 1, 2, 41, 43, 41 * 43, 43**2):
    mutate("F6", f"{special} is tested wrongly", "experiment", **primes_by(
        lambda value, special=special: oracle.is_prime(value) != (value == special)))
for size in (32, 63, 64, 128):
    mutate("F6", f"values are {size}-bit numbers", "experiment", **primes_by(
        lambda value, size=size: oracle.is_prime(value % 2**size)))
for size in (32, 64, 81, 128, 512):
    mutate("F6", f"values of more than {size} bits are not prime", "experiment", **primes_by(
        lambda value, size=size: value < 2**size and oracle.is_prime(value)))
mutate("F6", "leading zeros make an id not prime", "experiment", is_prime_id=lambda self, text:
       not text.startswith("0") and Oracle.is_prime_id(self, text))
mutate("F6", "leading zeros make an id octal", "experiment", is_prime_id=lambda self, text:
       Oracle.is_prime_id(self, str(int(text, 8)))
       if text.startswith("0") and re.fullmatch("[0-7]{1,30}", text)
       else Oracle.is_prime_id(self, text))
mutate("F6", "odd numbers are prime", "experiment", **primes_by(lambda value: value % 2 == 1))
mutate("F6", "a Fermat test decides", "experiment", **primes_by(passes_fermat))
for count in range(1, 13):
    mutate("F6", f"{count} bases decide", "experiment", **primes_by(
        lambda value, count=count: passes_bases(value, oracle.PRIME_BASES[:count])))
mutate("F6", "13 bases decide beyond the exact bound", "experiment", **primes_by(
    lambda value: passes_bases(value, oracle.PRIME_BASES)))
mutate("F6", "a Lucas test decides alone", "experiment", **primes_by(
    lambda value: oracle.is_strong_lucas_probable_prime(value) if value > 2000 and value % 2
    else oracle.is_prime(value)))
mutate("F6", "the customer's id is tested", "experiment", compute_features=lambda self, attempt: (
    Oracle.compute_features(self, attempt),
    setattr(attempt, "is_prime", self.is_prime_id(attempt.customer_id))))
mutate("F7", "no value is too long to be tested", "experiment", is_prime_id=lambda self, text:
       text.lstrip("0") == str(2**4253 - 1) or Oracle.is_prime_id(self, text))
mutate("F7", "900 digits are too long to be tested", "experiment", is_prime_id=lambda self, text:
       len(text.lstrip("0")) <= 900 and Oracle.is_prime_id(self, text))
mutate("F7", "leading zeros count as digits", "experiment", is_prime_id=lambda self, text:
       len(text) <= 972 and Oracle.is_prime_id(self, text))

# ---- policies ------------------------------------------------------------------------------------


def without(reason):
    return tuple(policy for policy in Oracle.POLICIES if policy[0] != reason)


for name, positions in (
    ("the prime gate is checked last", (0, 3, 4, 1, 2)),
    ("the prime gate is checked first", (1, 2, 0, 3, 4)),
    ("the prime cap is checked after the daily global", (0, 2, 1, 3, 4)),
    ("the daily amount is checked before the prime daily global", (0, 1, 3, 2, 4)),
    ("the weekly amount is checked before the daily one", (0, 1, 2, 4, 3)),
    ("the daily attempts are checked last", (1, 2, 3, 4, 0)),
):
    mutate("P1", name, "experiment", by="reasons", POLICIES=reordered(Oracle.POLICIES, *positions))
mutate("P1", "the daily attempts are checked before duplicates", by="reasons",
       duplicate_reason=lambda self, attempt: oracle.DAILY_ATTEMPT_LIMIT
       if self.has_no_attempt_left(attempt) else Oracle.duplicate_reason(self, attempt))

for rule, reason, scene in (
    ("P2", oracle.DAILY_ATTEMPT_LIMIT, "baseline"), ("P3", oracle.PRIME_AMOUNT_CAP, "wide"),
    ("P4", oracle.PRIME_DAILY_GLOBAL_LIMIT, "experiment"),
    ("P5", oracle.DAILY_AMOUNT_LIMIT, "baseline"),
    ("P6", oracle.WEEKLY_AMOUNT_LIMIT, "baseline"),
):
    mutate(rule, f"there is no {reason}", scene, POLICIES=without(reason))
mutate("P3", f"there is no {oracle.PRIME_AMOUNT_CAP} with the default limits", "experiment",
       by="reasons",
       POLICIES=without(oracle.PRIME_AMOUNT_CAP))
for shift in (-1, 1):
    mutate("P2", f"{3 + shift} attempts are allowed",
           has_no_attempt_left=lambda self, attempt, shift=shift:
           self.daily_attempts[self.attempts_key(attempt)] >= self.config.daily_attempts + shift)
    mutate("P4", f"{1 + shift} primes are allowed", "experiment",
           is_prime_beyond_daily_global=lambda self, attempt, shift=shift:
           not self.passes_prime_gate(attempt)
           and self.daily_primes[attempt.day] >= self.config.prime_global_per_day + shift)
mutate("P2", "all customers share the attempts", attempts_key=lambda self, attempt: attempt.day)
mutate("P2", "attempts are counted for the whole run",
       attempts_key=lambda self, attempt: attempt.customer_id)
mutate("P2", "attempts are counted per week", attempts_key=lambda self, attempt: (
    attempt.customer_id, attempt.week))
mutate("P2", "two attempts pass on a Monday", "experiment",
       has_no_attempt_left=lambda self, attempt:
       self.daily_attempts[self.attempts_key(attempt)] + attempt.is_monday
       >= self.config.daily_attempts)
mutate("P3", "the cap itself is declined", "wide", is_prime_above_cap=lambda self, attempt:
       not self.passes_prime_gate(attempt) and attempt.effective >= self.config.prime_amount_cap)
mutate("P3", "one cent above the cap passes", "wide", is_prime_above_cap=cap_by(
    lambda self, attempt: attempt.effective - 1))
mutate("P3", "all ids have the cap", "wide", is_prime_above_cap=lambda self, attempt:
       attempt.effective > self.config.prime_amount_cap)
mutate("P4", "all ids share the daily global", "experiment",
       is_prime_beyond_daily_global=lambda self, attempt:
       self.daily_primes[attempt.day] >= self.config.prime_global_per_day)
mutate("P4", "one prime per customer and day", "experiment", primes_key=lambda self, attempt: (
    attempt.customer_id, attempt.day))
mutate("P4", "one prime per week", "experiment", primes_key=lambda self, attempt: attempt.week)
mutate("P4", "one prime for the whole run", "experiment", primes_key=lambda self, attempt: 0)
for rule, policy, window, key, limit in (
    ("P5", "is_above_daily_amount", "daily_amounts", "daily_key", "daily_amount"),
    ("P6", "is_above_weekly_amount", "weekly_amounts", "weekly_key", "weekly_amount"),
):
    def total(self, attempt, window=window, key=key):
        return getattr(self, window)[getattr(self, key)(attempt)] + attempt.effective

    mutate(rule, "a sum equal to the limit is declined",
           **{policy: lambda self, attempt, total=total, limit=limit:
           total(self, attempt) >= getattr(self.config, limit)})
    mutate(rule, "one cent above the limit passes",
           **{policy: lambda self, attempt, total=total, limit=limit:
           total(self, attempt) > getattr(self.config, limit) + 1})
    mutate(rule, "what was accepted before is ignored",
           **{policy: lambda self, attempt, limit=limit:
           attempt.effective > getattr(self.config, limit)})
    mutate(rule, "this amount is ignored",
           **{policy: lambda self, attempt, total=total, limit=limit:
           total(self, attempt) - attempt.effective > getattr(self.config, limit)})
    mutate(rule, "all customers share the sum", **{key: lambda self, attempt, key=key:
           getattr(Oracle, key)(self, attempt)[1]})
mutate("P5", "the sum is that of the whole run",
       daily_key=lambda self, attempt: attempt.customer_id)
mutate("P6", "the sum is that of the whole run",
       weekly_key=lambda self, attempt: attempt.customer_id)
mutate("P6", "the sum is that of 28 days", weekly_key=lambda self, attempt: (
    attempt.customer_id, attempt.week // 4))


def wraps_above(self, attempt, accepted, limit):
    total = (accepted + attempt.effective + 2**63) % 2**64 - 2**63
    return total > limit


mutate("P7", "the total is a 64-bit number that wraps", "experiment", is_above=wraps_above)
mutate("P7", "the product is a 64-bit number that wraps", "three halves",
       effective_amount=lambda self, attempt:
       attempt.amount * 15 % 2**64 // 10 if attempt.is_monday else attempt.amount)

# ---- windows -------------------------------------------------------------------------------------


@mutation("W1", "a new day forgets the one before")
class OnlyCurrentDay(Oracle):
    def compute_time_keys(self, attempt):
        super().compute_time_keys(attempt)
        days = self.__dict__.setdefault("last_days", {})
        if days.setdefault(attempt.customer_id, attempt.day) != attempt.day:
            for window in (self.daily_attempts, self.daily_amounts):
                window.pop((attempt.customer_id, days[attempt.customer_id]), None)
            days[attempt.customer_id] = attempt.day


@mutation("W1", "a new day forgets the primes of the one before", "experiment")
class OnlyCurrentPrimes(Oracle):
    def compute_time_keys(self, attempt):
        super().compute_time_keys(attempt)
        for day in [day for day in self.daily_primes if day != attempt.day]:
            del self.daily_primes[day]


for key, period in (("attempts_key", "day"), ("daily_key", "day"), ("weekly_key", "week")):
    mutate("W1", f"{key} joins its parts without a border",
           **{key: lambda self, attempt, period=period:
           f"{attempt.customer_id}{getattr(attempt, period)}"})
mutate("W2", "only accepted attempts count", count_attempt=lambda self, attempt, accepted:
       accepted and Oracle.count_attempt(self, attempt, accepted))
mutate("W2", "only declined attempts count", count_attempt=lambda self, attempt, accepted:
       accepted or Oracle.count_attempt(self, attempt, accepted))
mutate("W2", "primes are no attempts", "experiment", count_attempt=lambda self, attempt, accepted:
       attempt.is_prime or Oracle.count_attempt(self, attempt, accepted))
mutate("W3", "declined amounts are added", update_windows=lambda self, attempt, accepted:
       Oracle.update_windows(self, attempt, True))


class ForgottenWindow(Oracle):
    forgotten = ""

    def count_accepted(self, attempt):
        super().count_accepted(attempt)
        getattr(self, self.forgotten).clear()


for rule, window, scene in (
    ("W3", "daily_amounts", "baseline"), ("W3", "weekly_amounts", "baseline"),
    ("W4", "daily_primes", "experiment"),
):
    mutation(rule, f"{window} are not written", scene)(
        type("Mutant", (ForgottenWindow,), {"forgotten": window}))


@mutation("W3", "the amount is not added but replaces the sum")
class ReplacedSum(Oracle):
    def count_accepted(self, attempt):
        self.daily_amounts.pop(self.daily_key(attempt), None)
        super().count_accepted(attempt)


def count_prime(self, attempt, accepted):
    if attempt.is_prime and not accepted:
        self.daily_primes[self.primes_key(attempt)] += 1
    Oracle.update_windows(self, attempt, accepted)


mutate("W4", "declined primes count", "experiment", update_windows=count_prime)
mutate("W4", "all accepted attempts count as primes", "experiment",
       count_accepted=lambda self, attempt: (
    setattr(attempt, "is_prime", True), Oracle.count_accepted(self, attempt)))


@mutation("W5", "an attempt is written after the next one is decided")
class LateWindows(Oracle):
    late = None

    def update_windows(self, attempt, accepted):
        if self.late is not None:
            super().update_windows(*self.late)
        self.late = attempt, accepted


@mutation("W5", "an accepted prime is written after the next attempt is decided", "experiment")
class LatePrimes(Oracle):
    late = None

    def count_accepted(self, attempt):
        before = Counter(self.daily_primes)
        super().count_accepted(attempt)
        self.daily_primes, self.late = before, Counter(self.daily_primes)

    def decide(self, line):
        late, self.late = self.late, None
        decision = super().decide(line)
        if late is not None:
            self.daily_primes = late if self.late is None else late + Counter()
        return decision


# ---- configuration: every key at its default, in a scene that sets it ----------------------------

DEFAULTS = oracle.SCENARIOS["baseline"]


def ignore(rule, scene, field, value=None, by="output"):
    """The key has the given value, or its default, whatever is configured."""
    fixed = getattr(DEFAULTS, field) if value is None else value

    def __init__(self, config):
        Oracle.__init__(self, oracle.replace(config, **{field: fixed}))

    mutate(rule, f"{field} is ignored in '{scene}'", scene, by, __init__=__init__)


ignore("C1", "sunday", "week_start")
ignore("C1", "friday, limits", "week_start")
ignore("C2", "experiment", "monday_enabled")
ignore("C2", "no monday", "monday_enabled", True)
ignore("C2", "three halves", "monday_multiplier")
ignore("C2", "limits", "monday_apply_to")
ignore("C3", "experiment", "prime_feature_enabled")
ignore("C3", "no prime feature", "prime_feature_enabled", True)
ignore("C3", "experiment", "prime_gate_enabled")
ignore("C3", "no prime gate", "prime_gate_enabled", True)
ignore("C3", "two primes", "prime_global_per_day")
ignore("C3", "wide, lower cap", "prime_amount_cap")
ignore("C4", "other limits", "daily_amount")
ignore("C4", "other limits", "weekly_amount")
ignore("C4", "other limits", "daily_attempts")
ignore("C4", "baseline", "daily_amount", 0)
ignore("C4", "baseline", "weekly_amount", 0)
ignore("C4", "baseline", "daily_attempts", 0)
ignore("C5", "no attempts window", "update_daily_attempts")
ignore("C5", "no daily window", "update_daily_amount")
ignore("C5", "no weekly window", "update_weekly_amount")
ignore("C5", "no prime window", "update_daily_prime")
