#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates hostile load attempts for the fund_load example.

    generate.py --seed 1 --lines 20000 --output input.jsonl [--scenario baseline|experiment|both]

The input is made of episodes: short stories of one or a few customers that stand on both sides of one
rule of RULES.md, such as a sum equal to a limit and one cent above it. An episode takes ids and
customers that nobody else has, so that episodes may run interleaved without changing each other's
outcome. What an attempt means and how it is written are kept apart: the same amount appears with every
prefix, the same time with any offset.

The same seed gives the same bytes on every version of Python: all chance comes from getrandbits(). The
last line has no line end.
"""

import argparse
import random
import sys
from dataclasses import dataclass, replace
from datetime import date

SECONDS_PER_DAY = 86400
# Far enough from the ends of datetime.date for the weeks around a day.
FIRST_DAY, LAST_DAY = date(3, 1, 1).toordinal(), date(9998, 12, 1).toordinal()
MONDAY, SUNDAY = 0, 6
SIEVE_SIZE = 4_000_000
OPEN_EPISODES = 4

# Limits of the default configuration, in minor units.
DAILY, WEEKLY, CAP = 500000, 2000000, 999900


# ---- chance --------------------------------------------------------------------------------------


class Dice:
    """Integers below a bound, and what follows from them."""

    def __init__(self, seed):
        self.bits = random.Random(seed).getrandbits

    def below(self, bound):
        size = bound.bit_length()
        while True:
            number = self.bits(size)
            if number < bound:
                return number

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def one_in(self, bound):
        return self.below(bound) == 0

    def pick(self, sequence):
        return sequence[self.below(len(sequence))]

    def shuffled(self, sequence):
        items = list(sequence)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def sieve(size):
    """sieve[n] is 1 if n is prime"""
    flags = bytearray([1]) * size
    flags[0:2] = b"\0\0"
    for n in range(2, int(size**0.5) + 1):
        if flags[n]:
            flags[n * n :: n] = bytes(len(range(n * n, size, n)))
    return flags


# ---- attempts and how they are written -----------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """The meaning of one good line. The day is an ordinal of datetime.date, in UTC like the second."""

    id: str
    customer: str
    cents: int
    day: int
    second: int
    nanosecond: int = 0


def amount_digits(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def offset_text(minutes):
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def time_text(day, second, offset=0, fraction="", zone=None):
    local_day, local_second = divmod(day * SECONDS_PER_DAY + second + offset * 60, SECONDS_PER_DAY)
    hour, rest = divmod(local_second, 3600)
    minute, second = divmod(rest, 60)
    if zone is None:
        zone = offset_text(offset) if offset else "Z"
    return f"{date.fromordinal(local_day)}T{hour:02d}:{minute:02d}:{second:02d}{fraction}{zone}"


def plain(load):
    """The line in its ordinary form."""
    fraction = f".{load.nanosecond:09d}" if load.nanosecond else ""
    return object_line(
        load.id, load.customer, "$" + amount_digits(load.cents),
        time_text(load.day, load.second, fraction=fraction),
    )


def object_line(id_text, customer, amount, time):
    return (
        f'{{"id":"{id_text}","customer_id":"{customer}","load_amount":"{amount}","time":"{time}"}}'
    ).encode("utf-8")


PREFIXES = ("", "USD", "$", "$USD", "USD$")
BLANKS = ("", "", " ", "\\t", "  ", " \\t ")
OFFSETS = (60, -60, 330, -210, 840, -720, 1439, -1439, 1, -1, 765)
ZERO_ZONES = ("Z", "+00:00", "-00:00")


def disguised_amount(dice, cents):
    after_prefix = dice.pick(BLANKS)
    zeros = "0" * dice.pick((0, 0, 1, 30))
    return (
        dice.pick(BLANKS) + dice.pick(PREFIXES) + after_prefix + zeros + amount_digits(cents)
        + dice.pick(BLANKS)
    )


def disguised_fraction(dice, nanosecond):
    digits = f"{nanosecond:09d}".rstrip("0")
    digits += "0" * dice.below(10 - len(digits))
    return "." + digits if digits else ""


def disguised_time(dice, load):
    fraction = disguised_fraction(dice, load.nanosecond)
    if dice.one_in(3):
        return time_text(load.day, load.second, fraction=fraction, zone=dice.pick(ZERO_ZONES))
    return time_text(load.day, load.second, dice.pick(OFFSETS), fraction)


def disguised(dice, load):
    """The same attempt, written as differently as the rules allow."""
    members = [
        f'"id":"{load.id}"',
        f'"customer_id":"{load.customer}"',
        f'"load_amount":"{disguised_amount(dice, load.cents)}"',
        f'"time":"{disguised_time(dice, load)}"',
    ]
    if dice.one_in(4):
        members = dice.shuffled(members)
    if dice.one_in(8):
        members.append('"note":["\\u00e9",{"id":1}]')
    comma = dice.pick((",", ",", " ,", ", \t"))
    return ("{" + comma.join(members) + "}").encode("utf-8")


# ---- what episodes draw from ---------------------------------------------------------------------

BOUNDARY_DAYS = tuple(
    date(*day).toordinal()
    for day in (
        (1969, 12, 31), (1970, 1, 1), (1969, 12, 28), (1970, 1, 4), (1999, 12, 31), (2000, 1, 1),
        (2000, 2, 28), (2000, 2, 29), (2000, 3, 1), (1900, 2, 28), (1900, 3, 1), (2004, 2, 28),
        (2004, 2, 29), (2100, 2, 28), (2100, 3, 1), (2024, 2, 29), (2023, 12, 31), (2024, 12, 31),
        (4, 2, 29), (400, 2, 29), (1600, 2, 29), (9998, 12, 31), (1582, 10, 4), (1752, 9, 2),
        (2038, 1, 18), (2106, 2, 6), (2262, 4, 11), (1677, 9, 20), (2016, 12, 31),
    )
)


class World:
    """Hands out ids, customers and days; nothing that must be unique is handed out twice."""

    def __init__(self, seed):
        self.dice = Dice(seed)
        self.is_prime = sieve(SIEVE_SIZE)
        self.last_composite = 3
        self.last_prime = 1
        self.prime_round = 0
        self.last_customer = 100
        self.last_fresh_day = date(2030, 1, 1).toordinal()
        self.cursors = {}

    def id(self):
        """An id that is not prime, so that it leaves the prime gate alone."""
        n = self.last_composite + 1
        while n < SIEVE_SIZE and self.is_prime[n]:
            n += 1
        self.last_composite = n
        return str(n if n < SIEVE_SIZE else 2 * n)

    def prime_id(self):
        self.last_prime = self.is_prime.find(1, self.last_prime + 1)
        if self.last_prime < 0:
            self.prime_round += 1
            self.last_prime = 2
        return "0" * self.prime_round + str(self.last_prime)

    def customer(self):
        self.last_customer += 1
        return str(self.last_customer)

    def day(self):
        choice = self.dice.below(4)
        if choice == 0:
            return self.dice.pick(BOUNDARY_DAYS)
        if choice == 1:
            return self.dice.between(FIRST_DAY, LAST_DAY)
        return self.dice.between(date(1995, 1, 1).toordinal(), date(2029, 12, 1).toordinal())

    def fresh_day(self, weekday=None):
        """A day that no other episode uses and that is the given weekday, or no Monday."""
        day = self.last_fresh_day + 1 + self.dice.below(2)
        while (day - 1) % 7 == MONDAY if weekday is None else (day - 1) % 7 != weekday:
            day += 1
        # The days around it stay free for the same episode.
        self.last_fresh_day = day + 2
        return day

    def second(self):
        return self.dice.below(SECONDS_PER_DAY)

    def load(self, customer, cents, day, second=None, id=None, nanosecond=0):
        second = self.second() if second is None else second
        return Load(id or self.id(), customer, cents, day, second, nanosecond)

    def prime(self, customer, cents, day, second=None):
        return self.load(customer, cents, day, second, self.prime_id())

    def write(self, load):
        return disguised(self.dice, load) if self.dice.one_in(3) else plain(load)

    def written(self, customer, day, amounts):
        """Lines of one customer and day, one per amount."""
        return [self.write(self.load(customer, cents, day)) for cents in amounts]

    def next_of(self, items):
        """The items of a list one after the other, from the start again when all were used."""
        position = self.cursors.get(id(items), 0)
        self.cursors[id(items)] = position + 1
        return items[position % len(items)]

    def rounds_of(self, items):
        """How often all of the list was used."""
        return (self.cursors.get(id(items), 1) - 1) // len(items)


def weekday_of(day):
    return (day - 1) % 7


def week_before(day, start):
    """The first day of the week, starting on weekday `start`, that holds the day."""
    return day - (weekday_of(day) - start) % 7


# ---- episodes of both scenarios ------------------------------------------------------------------


def ordinary(world):
    """Traffic of a few returning customers within a few weeks, with all kinds of ids."""
    dice = world.dice
    for _ in range(4):
        id_text = world.prime_id() if dice.one_in(4) else world.id()
        customer = str(1 + dice.below(40))
        day = date(2000, 1, 1).toordinal() + dice.below(60)
        yield world.write(world.load(customer, dice.below(600000), day, id=id_text))


def adjacent_attempts(world):
    """More attempts than a day allows, one right after the other, of which some are declined."""
    customer, day = world.customer(), world.day()
    amounts = [world.dice.pick((100, 0, 49999, DAILY + 1, WEEKLY + 1)) for _ in range(3)]
    yield from world.written(customer, day, [*amounts, 1, 0, 1])
    yield from world.written(customer, day + 1, [1])


def declined_attempts_count(world):
    customer, day = world.customer(), world.day()
    yield from world.written(customer, day, [DAILY + 1, DAILY + 1, DAILY + 1, 1])


def two_customers_in_turn(world):
    """Limits are per customer: what one uses up does not concern the other."""
    one, other, day = world.customer(), world.customer(), world.day()
    for cents in (DAILY, 1, 1, 1):
        yield from world.written(one, day, [cents])
        yield from world.written(other, day, [cents])


def daily_sum(world):
    customer, day = world.customer(), world.day()
    part = world.dice.between(1, DAILY - 1)
    over = world.dice.pick((0, 1))
    yield from world.written(customer, day, [part, DAILY - part + over, 1 - over])
    yield from world.written(world.customer(), day, [DAILY, 0, 1])
    yield from world.written(world.customer(), day, [DAILY + 1, DAILY, 1])
    yield from world.written(customer, day + 1, [DAILY])


def weekly_sum(world):
    """Four full days use the week up; then one cent is too much until the next week."""
    start = world.dice.pick((MONDAY, MONDAY, SUNDAY, world.dice.below(7)))
    customer, first = world.customer(), week_before(world.day(), start)
    short = world.dice.pick((0, 1))
    days = world.dice.shuffled(range(first, first + 6))
    for day in days[:3]:
        yield from world.written(customer, day, [DAILY])
    yield from world.written(customer, days[3], [DAILY - short])
    yield from world.written(customer, days[4], [1 + short, short, 1])
    for day in (first + 6, first + 7, first - 1, first + 52 * 7, first - 53 * 7):
        yield from world.written(customer, day, [1])


def week_boundary(world):
    """The last second of a week and the first of the next, by every clock but one's own."""
    start = world.dice.pick((MONDAY, SUNDAY))
    customer, first = world.customer(), week_before(world.day(), start)
    for day in range(first + 2, first + 6):
        yield from world.written(customer, day, [DAILY])
    last_second = world.load(customer, 1, first + 6, SECONDS_PER_DAY - 1, nanosecond=999999999)
    for load in (last_second, world.load(customer, 1, first + 7, 0)):
        yield disguised(world.dice, load)
    for load in (world.load(customer, 1, first, 0), world.load(customer, 1, first - 1, 86399)):
        yield disguised(world.dice, load)


def day_boundary(world):
    customer = world.customer()
    day = world.dice.pick(BOUNDARY_DAYS) if world.dice.one_in(2) else world.day()
    seconds = world.dice.shuffled((0, SECONDS_PER_DAY - 1, 1800, 84600, world.second()))
    for second in seconds[:4]:
        nanosecond = 999999999 if second == SECONDS_PER_DAY - 1 else 0
        yield disguised(world.dice, world.load(customer, 1, day, second, nanosecond=nanosecond))
    yield disguised(world.dice, world.load(customer, 1, day + 1, 0))
    yield disguised(world.dice, world.load(customer, 1, day - 1, SECONDS_PER_DAY - 1))


def out_of_order_days(world):
    """A day that was left is found again, with its attempts and amounts."""
    customer, day = world.customer(), world.day()
    yield from world.written(customer, day, [DAILY - 1, 1])
    yield from world.written(customer, day + 2, [1])
    yield from world.written(customer, day, [1, 1])
    yield from world.written(customer, day + 10, [1])
    yield from world.written(customer, day, [0])


def replay(world):
    """A replay is declined however it is written, and touches no window."""
    customer, day = world.customer(), world.day()
    part = world.dice.between(1, DAILY - 1)
    first = world.load(customer, part, day,
                       nanosecond=world.dice.pick((0, 500000000, 1, 999999990)))
    yield plain(first)
    yield plain(first)
    yield disguised(world.dice, first)
    yield disguised(world.dice, first)
    yield from world.written(customer, day, [DAILY - part])
    yield plain(first)
    yield from world.written(customer, day, [0, 0])
    yield disguised(world.dice, first)


def conflict(world):
    """A conflict is declined, touches no window of anybody and does not become canonical."""
    customer, other, day = world.customer(), world.customer(), world.day()
    first = world.load(customer, 100, day)
    variants = (
        replace(first, customer=other),
        replace(first, customer="0" + customer),
        replace(first, cents=101),
        replace(first, nanosecond=1),
        replace(first, day=day + 1),
        replace(first, second=(first.second + 60) % SECONDS_PER_DAY),
    )
    second = world.dice.pick(variants)
    yield world.write(first)
    yield world.write(second)
    yield world.write(first)
    yield world.write(second)
    yield world.write(replace(first, customer=other))
    yield from world.written(other, day, [DAILY - 1, 1, 0, 0])
    yield from world.written(customer, day, [DAILY - 100, 0, 0])


def conflict_far_away(world):
    """The id of a declined attempt is taken as well; no other day or customer frees it."""
    customer, day = world.customer(), world.day()
    first = world.load(customer, DAILY + 1, day)
    yield world.write(first)
    for _ in range(world.dice.below(6)):
        yield from world.written(world.customer(), day, [1])
    yield world.write(replace(first, cents=1))
    yield world.write(replace(first, day=day + 40, cents=2))
    yield world.write(replace(first, customer=world.customer(), cents=3))
    yield world.write(first)


def same_number_other_text(world):
    """Ids are text: leading zeros and what differs beyond 32 or 64 bits makes another id."""
    customer, day = world.customer(), world.day()
    number, customer_number = int(world.id()), int(customer)
    texts = (f"0{number}", f"000{number}", number + 2**32, number + 2**64, f"{number}{'0' * 400}")
    yield world.write(world.load(customer, DAILY, day, id=str(number)))
    for text in texts:
        yield world.write(world.load(world.customer(), 1, day, id=str(text)))
    for text in (f"0{customer}", customer_number + 2**64, customer_number + 2**32,
                 "9" * 300 + customer):
        yield world.write(world.load(str(text), DAILY, day))
    yield from world.written(customer, day, [0, 0])
    yield from world.written(f"0{customer}", day, [0, 0, 0])
    for other_day in range(day + 7, day + 14):
        yield from world.written(world.dice.pick((customer, f"0{customer}")), other_day, [DAILY])


def keys_that_collide_when_joined(world):
    """Customer and day, or customer and week, joined without a border would be the same text."""
    customer = world.customer()
    epoch = date(1970, 1, 1).toordinal()
    yield from world.written(customer, epoch + 12345, [1, 1, DAILY - 2, 0])
    yield from world.written(customer + "1", epoch + 2345, [DAILY, 0, 0])
    for day in range(4):
        yield from world.written(customer, epoch + 1764 * 7 - 3 + day, [DAILY])
    yield from world.written(customer + "1", epoch + 764 * 7 - 3, [DAILY])


# Each with the amount that fills the day exactly.
GOOD_AMOUNTS = (
    ("1234.56", 376544), ("$1234.56", 376544), ("USD1234.56", 376544), ("$USD1234.56", 376544),
    ("USD$1234.56", 376544), (" 1234.56", 376544), ("1234.56 ", 376544),
    ("\\t$\\t1234.56\\t", 376544), ("  USD  1234.56  ", 376544), (" $USD 1234.56", 376544),
    ("USD$ \\t 1234.56", 376544), ("\\u00244999.99", 1), ("0.00", 500000), ("$0.01", 499999),
    ("0000000000000000000000000000.07", 499993), ("$" + "0" * 5000 + "8.00", 499200),
    ("5000.00", 0), ("\\u0020$1.10\\u0009", 499890),
)


def good_amount(world):
    """An amount in any spelling has the value that it should."""
    customer, day = world.customer(), world.day()
    text, rest = world.next_of(GOOD_AMOUNTS)
    yield object_line(world.id(), customer, text, time_text(day, world.second()))
    yield from world.written(customer, day, [rest + 1, rest])


GREATEST_AMOUNTS = (
    "46116860184273879.03", "46116860184273879.04", "92233720368547758.07", "92233720368547758.08",
    "92233720368547758.09", "184467440737095516.15", "184467440737095516.16",
    "184467440737095516.17", "46116860184273880.00", "99999999999999999999999999.99",
    "1" + "0" * 400 + ".00", "42949672.96", "21474836.48", "$0046116860184273879.03",
    "340282366920938463463374607431768211456.01",
)


def greatest_amount(world):
    """Valid ones are attempts although no limit lets them pass; invalid ones are no attempts."""
    customer, day = world.customer(), world.day()
    text = world.next_of(GREATEST_AMOUNTS)
    yield from world.written(customer, day, [1])
    yield object_line(world.id(), customer, text, time_text(day, world.second()))
    yield object_line(world.id(), customer, text, time_text(day, world.second()))
    yield from world.written(customer, day, [0, 0, 0])


# Four times each. The first three are in one UTC day; the last is in that day too, or in another.
DAY_GROUPS = (
    ("0000-01-01T00:00:00+01:00", "0000-01-01T00:59:59+01:00", "0000-01-01T00:30:00+00:31",
     "0000-01-01T12:00:00+12:01"),
    ("0000-01-01T00:00:00+01:00", "0000-01-01T00:59:59+01:00", "0000-01-01T00:30:00+00:31",
     "0000-01-01T00:00:00Z"),
    ("0000-01-01T00:00:00Z", "0000-01-01T12:00:00Z", "0000-01-01T23:59:59.999999999Z",
     "0000-01-02T01:00:00+01:01"),
    ("0000-02-29T00:00:00Z", "0000-02-29T12:00:00Z", "0000-03-01T00:00:00+00:01",
     "0000-03-01T00:00:00Z"),
    ("0000-12-31T12:00:00Z", "0000-12-31T13:00:00Z", "0001-01-01T00:00:00+23:59",
     "0000-12-31T00:01:00Z"),
    ("9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59-23:59", "9999-12-31T23:00:00-02:00",
     "9999-12-31T23:59:59Z"),
    ("9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59-23:59", "9999-12-31T23:00:00-02:00",
     "9999-12-31T12:00:00-12:00"),
    ("1969-12-31T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:59:59+01:00",
     "1970-01-01T00:00:00Z"),
    ("1969-12-31T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:59:59+01:00",
     "1969-12-31T12:00:00Z"),
    ("2000-12-31T23:30:00-00:45", "2001-01-01T00:00:00Z", "2001-01-01T23:59:59Z",
     "2001-01-02T00:30:00+00:45"),
    ("2000-12-31T23:30:00-00:29", "2000-12-31T23:59:59+00:00", "2000-12-31T00:00:00-00:00",
     "2000-12-31T23:30:00-00:30"),
    ("2000-02-28T23:30:00-01:00", "2000-02-29T12:00:00Z", "2000-03-01T00:30:00+01:00",
     "2000-03-01T00:00:00Z"),
    ("2100-02-28T23:30:00-01:00", "2100-03-01T12:00:00Z", "2100-03-02T00:30:00+01:00",
     "2100-02-28T23:30:00Z"),
    ("1900-02-28T23:30:00-01:00", "1900-03-01T12:00:00Z", "1900-03-01T00:00:00Z",
     "1900-02-28T23:30:00Z"),
    ("2024-02-29T00:00:00.0Z", "2024-02-29T00:00:00.1Z", "2024-02-29T00:00:00.123456789Z",
     "2024-02-28T23:59:59.999999999Z"),
    ("2004-06-15T05:00:00+05:30", "2004-06-14T12:00:00Z", "2004-06-14T23:45:00Z",
     "2004-06-15T05:29:59+05:30"),
    ("2004-06-15T05:00:00-23:59", "2004-06-16T12:00:00Z", "2004-06-17T23:58:00+23:59",
     "2004-06-16T04:58:59Z"),
)


def day_group(world):
    customer = world.customer()
    for text in world.next_of(DAY_GROUPS):
        yield object_line(world.id(), customer, "$1.00", text)


# ---- lines that cannot be read -------------------------------------------------------------------


def surrounded(world, items, make_bad_line):
    """Bad lines between good ones claim no id and touch no window: `make_bad_line` gets the next item
    of the list, and the load that the next good line is, which it spoils."""
    customer, day = world.customer(), world.day()
    load = world.load(customer, 100, day)
    yield from world.written(customer, day, [100])
    yield make_bad_line(world.next_of(items), load)
    yield make_bad_line(world.next_of(items), load)
    yield world.write(load)
    yield from world.written(customer, day, [DAILY - 200, 0])


BAD_AMOUNTS = (
    "", " ", "$", "USD", "1", "$1", "1.", "$1.0", "$1.000", ".50", "$.50", "-1.00", "$-1.00",
    "-$1.00", "+1.00", "$+1.00", "-0.00", "1,000.00", "$1,000.00", "1 000.00", "1_000.00",
    "1.00.00", "1..00", "1.0a", "0x1.00", "1e2.00", "1.00e2", "NaN", "Infinity", "USD USD 1.00",
    "USDUSD1.00", "$$1.00", "usd 1.00", "Usd1.00", "USD $1.00", "$ USD1.00", "USD$$1.00", "EUR1.00",
    "\\u20ac1.00", "1.00USD", "1.00$", "US1.00", "1 .00", "1. 00", "1.0 0", "$1.00\\n", "\\n$1.00",
    "\\r$1.00", "$\\u00a01.00", "\\u00a0$1.00", "$1.00\\u000b", "$1.00\\u0000", "\\u0000$1.00",
    "$1\\u0000.00", "\\uff041.00", "$\\u0661.00", "$\\uff11.00", "$1.\\u0660\\u0660", "$1\\u066b00",
    "$1,00", "1.00 $", "USD",
)


def bad_amount(world):
    return surrounded(world, BAD_AMOUNTS, lambda text, load: object_line(
        load.id, load.customer, text, time_text(load.day, load.second)))


# <day> stands for the date that the good lines around have.
BAD_TIMES = (
    "", " ", "<day>", "<day>T12:00:00", "<day>T12:00Z", "<day>T12Z", "<day>t12:00:00Z",
    "<day>T12:00:00z", "<day> 12:00:00Z", "<day>T24:00:00Z", "<day>T12:60:00Z", "<day>T12:00:60Z",
    "<day>T23:59:60Z", "<day>T12:00:61Z", "<day>T12:00:00.Z", "<day>T12:00:00.1234567890Z",
    "<day>T12:00:00.0000000000Z", "<day>T12:00:00,5Z", "<day>T12:00:00.5", "<day>T12:00:00.-5Z",
    "<day>T12:00:00.5 Z", "<day>T12:00:00+24:00", "<day>T12:00:00-24:00", "<day>T12:00:00+01:60",
    "<day>T12:00:00+99:99", "<day>T12:00:00+0100", "<day>T12:00:00+01", "<day>T12:00:00+1:00",
    "<day>T12:00:00+01:0", "<day>T12:00:00+01:00:00", "<day>T12:00:00+", "<day>T12:00:00Z+01:00",
    "<day>T12:00:00+01:00Z", "<day>T12:00:00UTC", "<day>T12:00:00 Z", "<day>T12:00:00ZZ",
    " <day>T12:00:00Z", "<day>T12:00:00Z ", "<day>T12:00:00Z\\n", "<day>T12:00:00Z\\u0000",
    "<day>T1:00:00Z", "<day>T12:0:00Z", "<day>T12:00:0Z", "<day>T-1:00:00Z", "<day>T+1:00:00Z",
    "<day>T12-00-00Z", "<day>T120000Z", "+<day>T12:00:00Z", "-<day>T12:00:00Z", "0<day>T12:00:00Z",
    "<day>T\\u0661\\u0662:00:00Z", "<day>T12:00:00\\u22120:00", "<day>T12:00:00\\u221201:00",
    "946684800", "2000-00-10T12:00:00Z", "2000-13-10T12:00:00Z", "2000-01-00T12:00:00Z",
    "2000-01-32T12:00:00Z", "2000-04-31T12:00:00Z", "2000-02-30T12:00:00Z", "2001-02-29T12:00:00Z",
    "1900-02-29T12:00:00Z", "2100-02-29T12:00:00Z", "9999-02-29T12:00:00Z", "2000-06-31T12:00:00Z",
    "2000-09-31T12:00:00Z", "2000-11-31T12:00:00Z", "200-01-01T12:00:00Z", "2000-1-01T12:00:00Z",
    "2000-01-1T12:00:00Z", "20000-01-01T12:00:00Z", "2000/01/01T12:00:00Z", "20000101T12:00:00Z",
    "2000-W01-1T12:00:00Z", "2000-001T12:00:00Z", "\\uff12000-01-01T12:00:00Z",
    "0000-00-00T00:00:00Z", "0100-02-29T12:00:00Z",
)


def bad_time(world):
    return surrounded(world, BAD_TIMES, lambda text, load: object_line(
        load.id, load.customer, "$1.00", text.replace("<day>", str(date.fromordinal(load.day)))))


# JSON values in the place of an id or customer id. <id> stands for what would be right.
BAD_IDS = (
    "<id>", "-1", "1.5", "1e3", "null", "true", "false", "[]", "{}", '["<id>"]', '{"id":"<id>"}',
    '""', '" <id>"', '"<id> "', '"+<id>"', '"-<id>"', '"<id>.0"', '"<id>e0"', '"0x1"', '"a"',
    '"<id>a"', '"\\u0661\\u0662"', '"\u0663"', '"\\uff11"', '"\u00b2"', '"<id>\\n"',
    '"<id>\\u0000"', '"\\u0000<id>"', '"\\u0000\\u0001\\u001f"', '"\\u000B\\u001F\\u000e"',
    '"\\b\\f\\n\\r\\t"', '"\\u0008\\u000c\\u000a\\u000d\\u0009"', '"\\"\\\\\\/"',
    '"\\u0022\\u005c\\u002f"', '"\\u007f\\u0080\\u009f"', '"\x7f\u0080\u009f"', '"\\u2028\\u2029"',
    '"\u2028\ufeff"', '"\\ud83d\\ude00"', '"\\uD83D\\uDE00"', '"\U0001f600"', '"\\uffff"',
    '"\\udbff\\udfff"', '"e\\u0301\u00e9"', '"<b>&amp;\'"', '"%s%n{}$"', '"<id>,<id>"', '"1_0"',
    '"NaN"', '"null"',
)


# The same again, so that each value stands in both places.
BAD_CUSTOMERS = BAD_IDS[::-1]


def line_with_ids(id_value, customer_value, load):
    return (
        f'{{"id":{id_value},"customer_id":{customer_value},"load_amount":"$1.00",'
        f'"time":"{time_text(load.day, load.second)}"}}'
    ).encode("utf-8")


def bad_id(world):
    return surrounded(world, BAD_IDS, lambda value, load: line_with_ids(
        value.replace("<id>", load.id), f'"{load.customer}"', load))


def bad_customer(world):
    return surrounded(world, BAD_CUSTOMERS, lambda value, load: line_with_ids(
        f'"{load.id}"', value.replace("<id>", load.customer), load))


# Members that are missing or of the wrong type; several faults at once show the order of validation.
BAD_MEMBERS = (
    "", '"id":"<id>"', '"customer_id":"<customer>"', '"id":"<id>","customer_id":"<customer>"',
    '"id":"<id>","customer_id":"<customer>",<amount>',
    '"id":"<id>","customer_id":"<customer>",<time>', '"id":"<id>",<amount>,<time>',
    '"customer_id":"<customer>",<amount>,<time>', "<amount>,<time>",
    '"ID":"<id>","customer_id":"<customer>",<amount>,<time>',
    '"id":"<id>","customer_id":"<customer>","load_amount":1.00,<time>',
    '"id":"<id>","customer_id":"<customer>","load_amount":100,<time>',
    '"id":"<id>","customer_id":"<customer>","load_amount":null,<time>',
    '"id":"<id>","customer_id":"<customer>","load_amount":["$1.00"],<time>',
    '"id":"<id>","customer_id":"<customer>",<amount>,"time":946684800',
    '"id":"<id>","customer_id":"<customer>",<amount>,"time":null',
    '"id":"<id>","customer_id":"<customer>",<amount>,"time":{}',
    '"id":"<id>","customer_id":"<customer>","load_amount":"1","time":"1"',
    '"id":"a","customer_id":"<customer>",<amount>,"time":"1"',
    '"id":"<id>","customer_id":"b","load_amount":"1",<time>',
    '"id":"a","customer_id":"b","load_amount":"1","time":"1"',
    '"id":1,"customer_id":"b",<amount>,<time>', '"id":"a","customer_id":null,<amount>,<time>',
    '"id\\u0000":"<id>","customer_id":"<customer>",<amount>,<time>',
)


def bad_members(world):
    return surrounded(world, BAD_MEMBERS, lambda members, load: (
        "{" + filled(members, load) + "}").encode("utf-8"))


def filled(template, load):
    members = '"id":"<id>","customer_id":"<customer>",<amount>,<time>'
    return (
        template.replace("<all>", members)
        .replace("<amount>", f'"load_amount":"${amount_digits(load.cents)}"')
        .replace("<time>", f'"time":"{time_text(load.day, load.second)}"')
        .replace("<id>", load.id)
        .replace("<customer>", load.customer)
    )


# Latin-1 text, so that any byte can be written; <all> stands for the four members of a good line.
BAD_JSON = (
    "", " ", "\t", "\r", "\0", "null", "true", "1", '"<id>"', "[]", "[{<all>}]", "{<all>", "<all>}",
    "<all>", "{<all>}}", "{<all>}{}", "{<all>} x", "{<all>},", "{<all>,}", "{,<all>}", "{<all>\0}",
    "{<all>}\0", "\0{<all>}", "{id:\"<id>\"}", "{'id':'<id>'}", '{"id" "<id>"}',
    '{"id":"<id>" "customer_id":"<customer>",<amount>,<time>}',
    '{"id":"<id>";"customer_id":"<customer>",<amount>,<time>}', '{"id"="<id>","x":{<all>}}',
    "{<all>/**/}", "{<all>}//", "{<all>}#", "\xef\xbb\xbf{<all>}", "{<all>}\x0b", "\x0c{<all>}",
    "\xc2\xa0{<all>}", "{<all>}\xc2\x85", '{<all>,"x":NaN}', '{<all>,"x":Infinity}',
    '{<all>,"x":-Infinity}', '{<all>,"x":nan}', '{<all>,"x":01}', '{<all>,"x":-01}',
    '{<all>,"x":00}', '{<all>,"x":+1}', '{<all>,"x":.5}', '{<all>,"x":1.}', '{<all>,"x":1.e5}',
    '{<all>,"x":1e}', '{<all>,"x":1e+}', '{<all>,"x":0x10}', '{<all>,"x":1_0}', '{<all>,"x":-}',
    '{<all>,"x":nul}', '{<all>,"x":True}', '{<all>,"x":None}', '{<all>,"x":undefined}',
    '{<all>,"x":}', '{<all>,"x"}', '{<all>,1:2}', '{<all>,null:2}', '{<all>,"x":[1,]}',
    '{<all>,"x":[,1]}', '{<all>,"x":[1}', '{<all>,"x":[1 2]}', '{<all>,"x":{"y"}}',
    '{<all>,"x":"\x01"}', '{<all>,"x":"\t"}', '{<all>,"x":"\x1f"}', '{<all>,"x":"\0"}',
    '{<all>,"x":"\r"}', '{<all>,"x\x08":1}', '{<all>,"x":"\\x41"}', '{<all>,"x":"\\u12"}',
    '{<all>,"x":"\\u12G4"}', '{<all>,"x":"\\u+123"}', '{<all>,"x":"\\u 123"}',
    '{<all>,"x":"\\u0x12"}', '{<all>,"x":"\\\'"}', '{<all>,"x":"\\0"}', '{<all>,"x":"\\a"}',
    '{<all>,"x":"\\U0001F600"}', '{<all>,"x":"}', '{<all>,"x":"\\"}', '{<all>,"x":"\\',
    '{<all>,"x":\'y\'}', '{<all>,"x":"\xff"}', '{<all>,"x":"\xc0\xaf"}', '{<all>,"x":"\xc1\xbf"}',
    '{<all>,"x":"\xed\xa0\x80"}', '{<all>,"x":"\xed\xbf\xbf"}',
    '{<all>,"x":"\xed\xa0\xbd\xed\xb8\x80"}', '{<all>,"x":"\xf4\x90\x80\x80"}',
    '{<all>,"x":"\xf5\x80\x80\x80"}', '{<all>,"x":"\xe0\x80\xaf"}',
    '{<all>,"x":"\xf0\x80\x80\xaf"}', '{<all>,"x":"\xe2\x82"}', '{<all>,"x":"\xe2\x82',
    '{<all>,"x":"\x80"}', '{<all>,"x":"\xf8\x88\x80\x80\x80"}', '{<all>,"\xff":1}', "{<all>}\xff",
    "\xfe{<all>}", '{<all>,"x":"\\ud800"}', '{<all>,"x":"\\uDFFF"}', '{<all>,"x":"\\ude00\\ud83d"}',
    '{<all>,"x":"\\ud83dx\\ude00"}', '{<all>,"x":"\\ud83d\\ud83d\\ude00"}',
    '{<all>,"x":"\\ud83d\\u0041"}', '{<all>,"x":"\\ud83d\\\\ude00"}', '{<all>,"\\udc00":1}',
    '{<all>,"x":[{"y":["\\udabc"]}]}', '{<all>,"x":{"\\ud800":1}}', '{"id":"<id>",<all>}',
    '{<all>,"id":"1"}', '{<all>,"customer_id":"<customer>"}', "{<all>,<amount>}", "{<all>,<time>}",
    '{<all>,"\\u0069d":"<id>"}', '{<all>,"\\u0069\\u0064":"<id>"}', '{<all>,"time":null}',
    '{<all>,"x":1,"x":1}', '{<all>,"x":{"y":1,"y":1}}', '{<all>,"x":[{"y":1,"z":2,"y":3}]}',
    '{<all>,"x":[[{"":1,"":2}]]}', '{<all>,"\\u00e9":1,"\xc3\xa9":2}', '{<all>,"\\/":1,"/":2}',
    '{<all>,"\\u0000":1,"\\u0000":2}', '{<all>,"x":' + "[" * 128 + "]" * 128 + "}",
    '{<all>,"x":' + '{"y":' * 128 + "1" + "}" * 128 + "}",
    '{<all>,"x":' + "[" * 2000 + "]" * 2000 + "}", '{<all>,"x":' + "[" * 5000 + "}", "[" * 20000,
    '{<all>,"x":[[],' + "[" * 127 + '"\\u0041"' + "]" * 127 + "]}",
)

GOOD_JSON = (
    " {<all>}", "{<all>} ", "\t{<all>}\t", "\r{<all>}\r\r", "{ <all> }", "{\r<all>\r}",
    '{<all>,"x":null}', '{<all>,"":1}', '{<all>,"x":1e999}', '{<all>,"x":-1E-999}',
    '{<all>,"x":' + "9" * 5000 + "}", '{<all>,"x":-0}', '{<all>,"x":0.0e+00}',
    '{<all>,"x":18446744073709551616}', '{<all>,"x":123456789012345678901234567890.5}',
    '{<all>,"x":[0,-0.0,1E+2,true]}', '{<all>,"x":"\\ud83d\\ude00"}',
    '{<all>,"x":"\xf0\x9f\x98\x80"}', '{<all>,"x":"\\u0000"}', '{<all>,"x\\u0000":1}',
    '{<all>,"id\\u0000":"7"}', '{<all>,"\\u0000":1,"\\u0000x":2}',
    '{<all>,"x":"\x7f\xc2\x80\xef\xbf\xbf"}', '{<all>,"x":"\\uffff\\ufffe"}',
    '{<all>,"x":"\\\\ud800"}', '{<all>,"x":"\\\\\\/\\b\\f\\n\\r\\t\\""}',
    '{<all>,"ID":"1","Id":"2","iD":"3"}', '{<all>,"x":{"id":"1","time":null}}',
    '{<all>,"x":[{"y":1},{"y":2}],"y":3}', '{<all>,"x":{"x":{"x":1}}}',
    '{<all>,"x":"' + "[" * 300 + '"}', '{<all>,"x":"' + "{" * 300 + '"}',
    '{<all>,"x":[' + "[]," * 300 + "{}]}", '{<all>,"x":' + "[" * 127 + "]" * 127 + "}",
    '{<all>,"x":' + '{"y":' * 127 + "1" + "}" * 127 + "}",
    '{<all>,"x":' + "[" * 127 + '"[[{"' + "]" * 127 + "}", '{<all>,"NaN":"Infinity"}',
    '{<all>,"\\u0078":1,"\\u0079":2}', '{<all>,"a":1,"\xc3\xa9":2,"e\xcc\x81":3}',
    '{"\\u0069d":"<id>","customer\\u005Fid":"<customer>",<amount>,"\\u0074ime":"2000-01-01T00:00:00Z"}',
    '{<time>,<amount>,"customer_id":"<customer>","id":"<id>"}',
    '{"id":"\\u0031<id>","customer_id":"<customer>",<amount>,<time>}',
    '{<all>,"x":"' + "y" * 5000 + '"}', '{"x":[1,2,{"id":[]}],<all>}',
)


def bad_json(world):
    return surrounded(world, BAD_JSON, lambda template, load:
                      filled(template, load).encode("latin-1"))


def good_json(world):
    """Odd but valid: the attempt counts, and its replay is one."""
    customer, day = world.customer(), world.day()
    load = world.load(customer, 100, day)
    line = filled(world.next_of(GOOD_JSON), load).encode("latin-1")
    yield line
    yield line
    yield from world.written(customer, day, [DAILY - 100, 0, 0])


# ---- episodes of the experiment ------------------------------------------------------------------


def monday_doubles(world):
    """On a Monday half of the limit is all there is."""
    day = world.fresh_day(MONDAY)
    part = world.dice.between(1, DAILY // 2 - 1)
    yield from world.written(world.customer(), day, [DAILY // 2, 0, 1])
    yield from world.written(world.customer(), day, [DAILY // 2 + 1, DAILY // 2])
    yield from world.written(world.customer(), day, [part, DAILY // 2 - part, 1])
    yield from world.written(world.customer(), day, [part, DAILY // 2 - part + 1, 0])


def monday_is_utc(world):
    """One second makes the difference, whatever weekday the written date is."""
    day = world.fresh_day(MONDAY)
    moments = ((day, 0), (day, 86399), (day - 1, 86399), (day + 1, 0))
    for moment_day, second in world.dice.shuffled(moments):
        load = world.load(world.customer(), DAILY // 2 + 1, moment_day, second)
        yield disguised(world.dice, load)


def monday_in_the_week(world):
    """What a Monday adds to the week: its effective amount or its plain one."""
    customer, monday = world.customer(), world.fresh_day(MONDAY)
    yield from world.written(customer, monday, [DAILY // 2])
    for day in range(monday + 1, monday + 4):
        yield from world.written(customer, day, [DAILY])
    yield from world.written(customer, monday + 4, [DAILY // 2, 1])


def monday_late_in_the_week(world):
    """With a week that starts on Friday, Saturday or Sunday, the sum that a Monday multiplies holds
    other days."""
    monday = world.fresh_day(MONDAY)
    for over in (0, 1):
        customer = world.customer()
        yield from world.written(customer, monday - 3, [DAILY])
        yield from world.written(customer, monday - 2, [DAILY // 2 + over])
        yield from world.written(customer, monday, [DAILY // 2, 0])


def monday_rounding(world):
    """Halves of a cent, for the multipliers 0.5 and 1.5, of which one more or less decides."""
    day = world.fresh_day(MONDAY)
    for amounts in (
        (1000001,), (999999, 1), (999998, 3), (999998, 1, 1), (333333, 1), (333331, 3), (333335,),
        (333334,), (999997, 3, 1), (2, 999997, 1),
    ):
        yield from world.written(world.customer(), day, amounts)


# The multipliers 0.5, 1.5 and 2 with one, two, four and nine decimals.
MULTIPLIER_UNITS = tuple(half * 10**scale // 2 for half in (1, 3, 4) for scale in (1, 2, 4, 9))


def monday_greatest_amount(world):
    """Doubled it is just below 2^63; whoever adds the sum to it overflows."""
    customer, day = world.customer(), world.fresh_day(MONDAY)
    yield from world.written(customer, day, [100, 2**62 - 1])
    yield from world.written(world.customer(), day, [2**62 - 1, 2**61, 2**62 - 2])
    # Times a multiplier held as an integer of so many units they are just above 2^64.
    units = world.next_of(MULTIPLIER_UNITS)
    yield from world.written(world.customer(), day, [2**64 // units + 1])


def prime_once_a_day(world):
    """One prime attempt a day for all customers together; the day before is another day."""
    day = world.fresh_day()
    first, second = world.customer(), world.customer()
    yield world.write(world.prime(first, 100, day))
    yield world.write(world.prime(second, 100, day))
    yield world.write(world.prime(first, 100, day))
    yield world.write(world.load(second, 100, day))
    yield world.write(world.prime(second, 100, day + 1, 0))
    yield world.write(world.prime(second, 100, day, SECONDS_PER_DAY - 1))
    yield world.write(world.prime(world.customer(), 0, day + 1))


def declined_primes_leave_room(world):
    """Only an accepted prime attempt uses the day up: not one declined for any other reason."""
    day = world.fresh_day()
    customer, busy = world.customer(), world.customer()
    yield from world.written(busy, day, [1, 1, 1])
    replayed = world.prime(customer, 1, day - 1)
    yield world.write(replayed)
    yield world.write(replayed)
    yield world.write(replace(replayed, day=day))
    replayed = world.prime(world.customer(), DAILY + 1, day)
    yield world.write(replayed)
    yield world.write(replayed)
    for declined in (DAILY + 1, CAP, CAP + 1):
        yield world.write(world.prime(world.customer(), declined, day))
    yield world.write(world.prime(busy, 1, day))
    yield world.write(world.prime(world.customer(), 1, day))
    yield world.write(world.prime(world.customer(), 1, day))


def prime_attempts_count(world):
    """For its customer a prime attempt is an attempt like any other, also if the gate declines it."""
    customer, day = world.customer(), world.fresh_day()
    for _ in range(world.dice.between(1, 3)):
        yield world.write(world.prime(customer, 100, day))
    yield from world.written(customer, day, [1, 1, 1])


def prime_cap(world):
    """Exactly the cap passes it. Each on a day of its own, for the first that passes closes the day."""
    for cents in world.dice.shuffled((CAP - 1, CAP, CAP + 1)):
        day = world.fresh_day()
        yield world.write(world.prime(world.customer(), cents, day))
        yield world.write(world.load(world.customer(), cents, day))
    for cents in world.dice.shuffled((CAP // 2, CAP // 2 + 1, CAP)):
        day = world.fresh_day(MONDAY)
        yield world.write(world.prime(world.customer(), cents, day))


def prime_cap_rounding(world):
    """With the multiplier 0.5 half a cent above the cap is rounded down to it."""
    for cents in (2 * CAP, 2 * CAP + 1, 2 * CAP + 2):
        yield world.write(world.prime(world.customer(), cents, world.fresh_day(MONDAY)))


def two_faults_at_once(world):
    """Attempts that two neighbouring policies decline: only the order of checks gives the reason."""
    day = world.fresh_day()
    busy, full = world.customer(), world.customer()
    taken = world.prime(world.customer(), 1, day)
    yield world.write(taken)
    yield from world.written(busy, day, [1, 1, 1])
    yield world.write(world.prime(busy, CAP + 1, day))
    yield world.write(world.prime(busy, 1, day))
    yield world.write(world.load(busy, DAILY + 1, day))
    yield world.write(replace(taken, customer=busy))
    yield world.write(world.prime(world.customer(), CAP + 1, day))
    yield world.write(world.prime(world.customer(), DAILY + 1, day))
    yield world.write(world.prime(world.customer(), CAP + 1, day + 1))
    yield from world.written(full, day, [WEEKLY + 1])
    yield world.write(world.prime(full, WEEKLY + 1, day + 1))


# Of a composite that is a strong pseudoprime to all prime bases below 307 (Arnault, 1995).
ARNAULT_FACTOR = int(
    "29674495668685510550154174642905332730771991799853043350995075531"
    "276838753171770199594238596428121188033664754218345562493168782883"
)
# The smallest composite that is a strong pseudoprime to the first 13 prime bases.
EXACT_BOUND = 3317044064679887385961981


def special_numbers():
    """Numbers that a prime test gets wrong first; the data holds primes and composites alike."""
    mersenne = [2**k - 1 for k in (2, 3, 5, 7, 13, 17, 19, 31, 61, 67, 89, 107, 127, 521, 607,
                                   3217)]
    untested = [2**4253 - 1]  # prime, but of 1281 digits
    carmichael = [
        561, 1105, 1729, 41041, 825265, 321197185, 9746347772161,
    ]
    # The smallest strong pseudoprimes to the first 1, 2, 3, ... 13 prime bases.
    pseudoprimes = [
        2047, 1373653, 25326001, 3215031751, 2152302898747, 3474749660383, 341550071728321,
        3825123056546413051, 318665857834031151167461, EXACT_BOUND,
    ]
    lucas_pseudoprimes = [
        5459, 5777, 10877, 16109, 18971,
    ]
    near_powers = [
        2**32 - 5, 2**32 + 1, 2**32 + 15, 2**63 - 25, 2**63, 2**64 - 59, 2**64 - 1, 2**64,
        2**64 + 2, 2**64 + 3, 2**64 + 7, 2**64 + 13, 2**65 + 131, 2**128 - 159, 2**128 + 51,
        2**128 + 3, 10**100 + 267, 10**400 + 1,
    ]
    squares = [
        4, 9, 25, 41**2, 43**2, 1093**2, 3511**2, (2**31 - 1) ** 2, (2**61 - 1) ** 2,
    ]
    products = [
        (2**31 - 1) * (2**61 - 1), 2**257 - 1, (2**61 - 1) * (2**89 - 1),
        (2**127 - 1) * (2**61 - 1), 41 * 43, 43 * 47,
        ARNAULT_FACTOR * (313 * (ARNAULT_FACTOR - 1) + 1) * (353 * (ARNAULT_FACTOR - 1) + 1),
    ]
    around_bounds = [
        0, 1, 2, 3, 37, 41, 43, 1847, 1849, 1861, EXACT_BOUND - 168, EXACT_BOUND + 142,
    ]
    return (
        mersenne + untested + carmichael + pseudoprimes + lucas_pseudoprimes + near_powers
        + squares + products + around_bounds
    )


SPECIAL_NUMBERS = tuple(str(number) for number in dict.fromkeys(special_numbers()))


def special_prime(world):
    """If the special number is prime, the ordinary prime after it comes too late."""
    day = world.fresh_day()
    number = world.next_of(SPECIAL_NUMBERS)
    # Leading zeros make an id that nobody else has and leave its value alone.
    id_text = "0" * (8 + world.rounds_of(SPECIAL_NUMBERS)) + number
    yield world.write(world.load(world.customer(), 100, day, id=id_text))
    yield world.write(world.prime(world.customer(), 100, day))


# ---- the mixture ---------------------------------------------------------------------------------

COMMON = (
    (ordinary, 6), (adjacent_attempts, 3), (declined_attempts_count, 2), (two_customers_in_turn, 1),
    (daily_sum, 3), (weekly_sum, 3), (week_boundary, 3), (day_boundary, 4), (out_of_order_days, 2),
    (replay, 3), (conflict, 3), (conflict_far_away, 2), (same_number_other_text, 1),
    (keys_that_collide_when_joined, 1), (good_amount, 2), (greatest_amount, 2), (day_group, 2),
    (bad_amount, 4), (bad_time, 5), (bad_id, 4), (bad_customer, 3), (bad_members, 2), (bad_json, 6),
    (good_json, 3),
)
EXPERIMENT = (
    (ordinary, 3), (monday_doubles, 2), (monday_is_utc, 3), (monday_in_the_week, 2),
    (monday_late_in_the_week, 2), (monday_rounding, 1), (monday_greatest_amount, 1),
    (prime_once_a_day, 3), (declined_primes_leave_room, 3), (prime_attempts_count, 1),
    (prime_cap, 2), (prime_cap_rounding, 1), (two_faults_at_once, 2), (special_prime, 4),
)
MIXTURES = {"baseline": COMMON, "experiment": EXPERIMENT, "both": COMMON + EXPERIMENT}


def endless_episodes(world, mixture):
    """Every episode as often as its weight says, shuffled; then all of them again."""
    deck = [episode for episode, weight in mixture for _ in range(weight)]
    while True:
        for episode in world.dice.shuffled(deck):
            yield episode(world)


def interleaved(dice, episodes):
    """The lines of a few open episodes. Most often an episode goes on, so that its lines are adjacent."""
    opened = [next(episodes) for _ in range(OPEN_EPISODES)]
    current = 0
    while True:
        if dice.one_in(4):
            current = dice.below(OPEN_EPISODES)
        line = next(opened[current], None)
        if line is None:
            opened[current] = next(episodes)
        else:
            yield line


def generate(seed, lines, scenario="both"):
    """Yields the input in pieces, each a line and its end; the last one has none."""
    world = World(seed)
    source = interleaved(world.dice, endless_episodes(world, MIXTURES[scenario]))
    for number in range(1, lines + 1):
        line = next(source)
        if number == lines:
            # An empty piece would be no line at all.
            yield line or b"{}"
        else:
            yield line + (b"\r\n" if world.dice.one_in(16) else b"\n")


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="Hostile input for the fund_load example.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=20000)
    parser.add_argument("--scenario", choices=sorted(MIXTURES), default="both")
    parser.add_argument("--output", metavar="FILE", required=True)
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    with open(options.output, "wb") as sink:
        sink.writelines(generate(options.seed, options.lines, options.scenario))
    return 0


if __name__ == "__main__":
    sys.exit(main())
