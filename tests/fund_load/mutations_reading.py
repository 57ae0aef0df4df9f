# SPDX-License-Identifier: Apache-2.0
"""Mistakes in reading lines and writing the output: rows L, J, E, V, I, T and A of RULES.md."""

import json
import re
from datetime import datetime, timedelta
from fractions import Fraction

import oracle
from mutations import mutate, mutation, reordered
from oracle import Oracle

# ---- lines and output ----------------------------------------------------------------------------


def drop_empty_lines(self, data):
    return [line for line in Oracle.split_lines(self, data) if line]


def lose_unended_line(self, data):
    return [self.drop_carriage_return(line) for line in data.split(b"\n")[:-1]]


mutate("L1", "a line that does not parse has no output",
       format_output=lambda self, *shown_and_reason:
       "" if shown_and_reason[2] == oracle.INPUT_PARSE_ERROR
       else Oracle.format_output(self, *shown_and_reason))
mutate("L1", "an empty line has no output", split_lines=drop_empty_lines)
mutate("L1", "lines also end at form feeds", split_lines=lambda self, data: [
    part for line in Oracle.split_lines(self, data) for part in line.split(b"\f")])
mutate("L2", "a last line without an end is lost", split_lines=lose_unended_line)
mutate("L3", "the carriage return spoils the line", drop_carriage_return=lambda self, line:
       line.replace(b"\r", b"?"))
mutate("L4", "an empty line is an empty object", by="reasons", parse_line=lambda self, line:
       Oracle.parse_line(self, line.strip() or b"{}"))


@mutation("L1", "a declined line overtakes the one before it")
class Overtaking(Oracle):
    def run(self, data):
        lines, reasons = super().run(data)
        lines = lines.splitlines(keepends=True)
        for i in range(1, len(lines)):
            if reasons[i] == oracle.INPUT_PARSE_ERROR:
                lines[i - 1], lines[i] = lines[i], lines[i - 1]
        return b"".join(lines), reasons


def output_members(shown_id, shown_customer_id, reason):
    return {"id": shown_id, "customer_id": shown_customer_id, "accepted": reason == oracle.ACCEPTED}


def compact(members, **options):
    return json.dumps(members, separators=(",", ":"), **options) + "\n"


mutate("E1", "the keys are in alphabetical order", format_output=lambda self, *line:
       compact(output_members(*line), ensure_ascii=False, sort_keys=True))
mutate("E1", "the last line has no end", run=lambda self, data: (
    Oracle.run(self, data)[0][:-1], []))
mutate("E1", "the output has blanks", format_output=lambda self, *line:
       Oracle.format_output(self, *line).replace(",", ", "))
mutate("E2", "only valid ids are echoed", shown=lambda self, value:
       value if self.is_id(value) else "")
mutate("E2", "numbers are echoed", build_number=lambda self, text: text)
mutate("E2", "null is echoed as text", shown=lambda self, value:
       "null" if value is None else Oracle.shown(self, value))
mutate("E2", "one missing id empties both", decide=lambda self, line: (
    lambda shown_id, shown_customer_id, reason:
    (shown_id, shown_customer_id, reason) if shown_id and shown_customer_id else ("", "", reason)
)(*Oracle.decide(self, line)))
mutate("E2", "invalid attempts echo nothing", decide=lambda self, line: (
    lambda shown_id, shown_customer_id, reason:
    ("", "", reason) if reason.startswith("INVALID") else (shown_id, shown_customer_id, reason)
)(*Oracle.decide(self, line)))
mutate("E3", "hex digits are upper-case", escape_character=lambda self, match:
       oracle.SHORT_ESCAPES.get(match.group()) or f"\\u{ord(match.group()):04X}")
mutate("E3", "there are no short escapes for controls", escape_character=lambda self, match:
       "\\" + match.group() if match.group() in '"\\' else f"\\u{ord(match.group()):04x}")
mutate("E3", "control characters are written raw", escape_character=lambda self, match:
       oracle.SHORT_ESCAPES.get(match.group()) or match.group())
mutate("E3", "text ends at a NUL",
       escape=lambda self, text: Oracle.escape(self, text.split("\0")[0]))
mutate("E4", "slashes are escaped", escape=lambda self, text:
       Oracle.escape(self, text).replace("/", "\\/"))
mutate("E4", "all but ASCII is escaped", format_output=lambda self, *line:
       compact(output_members(*line)))
for first, last in ("\x7f\x7f", "\x80\x9f", "\u2028\u2029", "\U00010000\U0010ffff", "\ufeff\uffff"):
    mutate("E4", f"U+{ord(first):04X} to U+{ord(last):04X} are escaped",
           escape=lambda self, text, pattern=re.compile(f"[{first}-{last}]"): pattern.sub(
               lambda match: f"\\u{ord(match.group()):04x}", Oracle.escape(self, text)))

# ---- JSON ----------------------------------------------------------------------------------------


def decode_as(*arguments):
    return lambda self, line: line.decode(*arguments)


def rewriting(pattern, replacement):
    """Accepts what is no JSON by making JSON of it."""
    compiled = re.compile(pattern)
    return lambda self, line: compiled.sub(replacement, line.decode("utf-8"))


def decoder_with(**options):
    return lambda self: json.JSONDecoder(
        object_pairs_hook=self.build_object, parse_int=self.build_number,
        parse_float=self.build_number, parse_constant=self.refuse_constant, **options)


def parse_first_value(self, line):
    try:
        value, _end = self.decoder.raw_decode(self.decode_text(line).lstrip(" \t\r"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and self.is_strict(line, value) else None


def refuse_if(is_bad):
    """Refuses objects of which a (key, value) is bad, besides what is refused already."""

    def build_object(self, pairs):
        if any(is_bad(key, value) for key, value in pairs):
            raise ValueError("refused")
        return Oracle.build_object(self, pairs)

    return build_object


def build_number_of_64_bits(self, text):
    if re.fullmatch("-?[0-9]{20,}", text):
        raise ValueError("too big")
    return oracle.JSON_NUMBER


def build_finite_number(self, text):
    if abs(float(text)) == float("inf"):
        raise ValueError("too big")
    return oracle.JSON_NUMBER


def depth_limit(limit):
    def is_strict(self, line, value):
        depths = (depth for item, depth in oracle.walk(value) if isinstance(item, (dict, list)))
        return max(depths) <= limit and not (b"\\u" in line and self.has_lone_surrogate(value))

    return is_strict


mutate("J1", "invalid UTF-8 is replaced", decode_text=decode_as("utf-8", "replace"))
mutate("J1", "invalid UTF-8 is dropped", decode_text=decode_as("utf-8", "ignore"))
mutate("J1", "the input is Latin-1", decode_text=decode_as("latin-1"))
mutate("J1", "encoded surrogates pass", decode_text=decode_as("utf-8", "surrogatepass"))
mutate("J1", "a byte order mark passes", decode_text=decode_as("utf-8-sig"))
mutate("J2", "what follows the object is ignored", parse_line=parse_first_value)
mutate("J2", "every white space of Unicode may surround it", decode_text=lambda self, line:
       line.decode("utf-8").strip())
mutate("J2", "no blanks may surround it", decode_text=lambda self, line:
       line.decode("utf-8") if line.endswith(b"}") and line.startswith(b"{") else "")
mutate("J2", "an array of one object passes", decode_text=rewriting(r"^\[(\{.*\})\]$", r"\1"))
mutate("J2", "a value that is no object is an empty one", by="reasons",
       parse_line=lambda self, line:
       Oracle.parse_line(self, b"{}" if line in (b"null", b"true", b"1", b"[]") else line))
mutate("J3", "NaN and Infinity pass", refuse_constant=lambda self, name: None)
mutate("J3", "leading zeros pass", decode_text=rewriting(r'":(-?)0+(?=[0-9])', r'":\1'))
mutate("J3", "a plus sign passes", decode_text=rewriting(r'":\+', '":'))
mutate("J3", "trailing commas pass", decode_text=rewriting(r",([]}])", r"\1"))
mutate("J3", "comments pass", decode_text=rewriting(r"/\*.*\*/|//$|#$", ""))
mutate("J3", "single quotes pass", decode_text=rewriting(":'y'", ':"y"'))
mutate("J3", "hexadecimal escapes pass", decode_text=rewriting(r"\\x([0-9]{2})", r"\\u00\1"))
mutate("J3", "unknown escapes pass", decode_text=rewriting(r"\\([a0'])", r"\1"))
mutate("J4", "raw control characters pass", new_decoder=decoder_with(strict=False))
mutate("J4", "raw U+007F is refused", decode_text=lambda self, line:
       "" if b"\x7f" in line else line.decode("utf-8"))
mutate("J5", "the last of two equal keys wins", build_object=lambda self, pairs: dict(pairs))
mutate("J5", "the first of two equal keys wins", build_object=lambda self, pairs: dict(pairs[::-1]))
mutate("J5", "equal keys pass in nested objects", build_object=lambda self, pairs:
       Oracle.build_object(self, pairs) if "customer_id" in dict(pairs) else dict(pairs))
mutate("J5", "equal keys pass with equal values", build_object=lambda self, pairs:
       dict(pairs) if len(dict(pairs)) == len(set(map(repr, pairs)))
       else Oracle.build_object(self, pairs))
mutate("J5", "only the keys that are read must not repeat", build_object=lambda self, pairs:
       dict(pairs) if any("x" in key or "\0" in key for key, _value in pairs)
       else Oracle.build_object(self, pairs))
mutate("J5", "keys are compared as they are written", build_object=lambda self, pairs:
       dict(pairs) if self.has_escaped_key else Oracle.build_object(self, pairs),
       parse_line=lambda self, line: (
           setattr(self, "has_escaped_key", b'"\\u' in line), Oracle.parse_line(self, line))[1])
mutate("J5", "keys are compared without case", build_object=lambda self, pairs:
       Oracle.build_object(self, [(key.lower(), value) for key, value in pairs]))
mutate("J5", "a key may not be in two objects", build_object=refuse_if(
    lambda key, value: isinstance(value, dict) and (key in value or "id" in value)))
mutate("J6", "lone surrogates pass", has_lone_surrogate=lambda self, value: False)
mutate("J6", "lone surrogates pass in keys", has_lone_surrogate=lambda self, value: any(
    oracle.LONE_SURROGATE.search(item) for member in value.values()
    for item, _depth in oracle.walk(list(member.values()) if isinstance(member, dict) else member)
    if isinstance(item, str)))
mutate("J6", "surrogates in pairs are refused", is_strict=lambda self, line, value:
       b"\\ud83d\\ude00" not in line and Oracle.is_strict(self, line, value))
mutate("J7", "127 levels are the limit", is_strict=depth_limit(127))
mutate("J7", "129 levels are the limit", is_strict=depth_limit(129))
mutate("J7", "brackets within strings are levels", is_too_deep=lambda self, value: True)
mutate("J8", "\\u0000 is refused in values", build_object=refuse_if(
    lambda key, value: isinstance(value, str) and "\0" in value))
mutate("J8", "\\u0000 is refused in keys", build_object=refuse_if(lambda key, value: "\0" in key))
mutate("J8", "a key ends at \\u0000", build_object=lambda self, pairs:
       Oracle.build_object(self, [(key.split("\0")[0], value) for key, value in pairs]))
mutate("J9", "integers beyond 64 bits are refused", build_number=build_number_of_64_bits)
mutate("J9", "numbers too big for a double are refused", build_number=build_finite_number)
mutate("J9", "unknown keys are refused", build_object=refuse_if(lambda key, value: key == "x"))

# ---- validation ----------------------------------------------------------------------------------

for name, positions in (
    ("the time is validated before the ids", (1, 0, 2)),
    ("the amount is validated before the time", (0, 2, 1)),
    ("the amount is validated before the ids", (2, 0, 1)),
):
    mutate("V1", name, by="reasons", VALIDATIONS=reordered(Oracle.VALIDATIONS, *positions))


def numbers_are_ids(self, fields, attempt):
    for key in ("id", "customer_id"):
        if isinstance(fields.get(key), list):
            fields[key] = "".join(map(str, fields[key]))
    return Oracle.read_ids(self, fields, attempt)


mutate("V2", "a number is an amount", build_number=lambda self, text: [text],
       parse_amount=lambda self, value:
       Oracle.parse_amount(self, value[0] if isinstance(value, list) else value))
mutate("V2", "a number is an id", build_number=lambda self, text: [text], read_ids=numbers_are_ids)
mutate("V2", "a missing amount is zero", parse_amount=lambda self, value:
       0 if value is None else Oracle.parse_amount(self, value))
mutate("V2", "a missing time is 1970", parse_time=lambda self, value:
       0 if value is None else Oracle.parse_time(self, value))
mutate("V2", "a missing id is a text like others", is_id=lambda self, value:
       value is None or Oracle.is_id(self, value))


@mutation("V3", "an invalid attempt claims its id")
class InvalidClaimsId(Oracle):
    def first_invalid(self, fields, attempt):
        reason = super().first_invalid(fields, attempt)
        if reason:
            self.fingerprints.setdefault(attempt.id if isinstance(attempt.id, str) else None,
                                         reason)
        return reason


class InvalidCounts(Oracle):
    """A line with a readable customer counts as an attempt of his, on the day of his last one."""

    counted_reasons = ()

    def decide(self, line):
        shown_id, customer, reason = super().decide(line)
        if reason in self.counted_reasons:
            self.daily_attempts[customer, self.last_day] += 1
        return shown_id, customer, reason

    def compute_time_keys(self, attempt):
        super().compute_time_keys(attempt)
        self.last_day = attempt.day


for counted in (oracle.INVALID_ID_FORMAT, oracle.INVALID_TIMESTAMP, oracle.INVALID_AMOUNT_FORMAT):
    mutation("V3", f"{counted} counts as an attempt")(
        type("Mutant", (InvalidCounts,), {"counted_reasons": (counted,)}))


def ids_like(pattern):
    compiled = re.compile(pattern)
    return lambda self, value: isinstance(value, str) and compiled.fullmatch(value) is not None


def trimmed_is_id(self, value):
    return isinstance(value, str) and Oracle.is_id(self, value.strip())


mutate("I1", "an empty id passes", is_id=ids_like("[0-9]*"))
mutate("I1", "all digits of Unicode pass", is_id=ids_like(r"\d+"))
mutate("I1", "a sign passes", is_id=ids_like("[+-]?[0-9]+"))
mutate("I1", "a decimal number passes", is_id=ids_like("[0-9]+([.][0-9]+)?"))
mutate("I1", "letters pass", is_id=ids_like("[0-9a-z]+"))
mutate("I1", "blanks around an id pass", is_id=trimmed_is_id)
mutate("I1", "a line end after an id passes", is_id=ids_like("[0-9]+\n?"))
mutate("I1", "an id ends at a NUL", is_id=ids_like("[0-9]+(\0.*)?"))
mutate("I1", "leading zeros are refused", is_id=ids_like("[1-9][0-9]*"))
mutate("I1", "ids of more than 19 digits are refused", is_id=ids_like("[0-9]{1,19}"))
mutate("I1", "ids of more than 255 digits are refused", is_id=ids_like("[0-9]{1,255}"))
mutate("I1", "the customer id is not validated", read_ids=lambda self, fields, attempt:
       Oracle.read_ids(self, fields, attempt)
       or self.is_id(attempt.id) and isinstance(attempt.customer_id, str))
mutate("I1", "the id is not validated", read_ids=lambda self, fields, attempt:
       Oracle.read_ids(self, fields, attempt)
       or self.is_id(attempt.customer_id) and isinstance(attempt.id, str))
mutate("I2", "ids are numbers", duplicate_key=lambda self, attempt: attempt.id.lstrip("0"))
mutate("I2", "ids are 64-bit numbers", duplicate_key=lambda self, attempt: (
    len(attempt.id) - len(attempt.id.lstrip("0")), int(attempt.id) % 2**64))
mutate("I2", "ids are 32-bit numbers", duplicate_key=lambda self, attempt: (
    len(attempt.id) - len(attempt.id.lstrip("0")), int(attempt.id) % 2**32))
mutate("I2", "ids are cut at 31 characters", duplicate_key=lambda self, attempt: attempt.id[-31:])
for key in ("attempts_key", "daily_key", "weekly_key"):
    mutate("I2", f"customers are numbers in {key}", **{key: lambda self, attempt, key=key: (
        int(attempt.customer_id), getattr(Oracle, key)(self, attempt)[1])})
mutate("I2", "customers are 64-bit numbers", daily_key=lambda self, attempt: (
    int(attempt.customer_id) % 2**64, attempt.day))

# ---- time ----------------------------------------------------------------------------------------


def time_after(change):
    """Times are validated after a change that makes some more of them valid."""
    return lambda self, value: Oracle.parse_time(
        self, change(value) if isinstance(value, str) else value)


def time_unless(pattern):
    compiled = re.compile(pattern)
    return lambda self, value: (
        None if isinstance(value, str) and compiled.search(value)
        else Oracle.parse_time(self, value))


def sub(pattern, replacement):
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.sub(replacement, text)


mutate("T1", "the zone is optional", parse_time=time_after(sub(r"(:[0-9]{2}(\.[0-9]+)?)$", r"\1Z")))
mutate("T1", "lower-case letters pass", parse_time=time_after(str.upper))
mutate("T1", "a blank stands for T", parse_time=time_after(sub("(?<=[0-9]) (?=[0-9])", "T")))
mutate("T1", "blanks around pass", parse_time=time_after(str.strip))
mutate("T1", "text ends at a NUL", parse_time=time_after(lambda text: text.split("\0")[0]))
mutate("T1", "the offset needs no colon",
       parse_time=time_after(sub(r"([+-]\d\d)(\d\d)$", r"\1:\2")))
mutate("T1", "the offset needs no minutes", parse_time=time_after(sub(r"(T.*[+-]\d\d)$", r"\1:00")))
mutate("T1", "the seconds are optional", parse_time=time_after(sub(r"(T\d\d:\d\d)Z", r"\1:00Z")))
mutate("T1", "a fraction may have ten digits", parse_time=time_after(sub(r"(\.\d{9})\d", r"\1")))
mutate("T1", "a fraction may have a comma", parse_time=time_after(sub(",", ".")))
mutate("T1", "a fraction may be empty", parse_time=time_after(sub(r"\.Z", "Z")))
mutate("T1", "a fraction has at most six digits", parse_time=time_unless(r"\.[0-9]{7}"))
mutate("T1", "no fraction passes", parse_time=time_unless(r"\."))
mutate("T1", "no offset but Z passes", parse_time=time_unless("[+-][0-9]{2}:[0-9]{2}$"))
mutate("T1", "single digits pass", parse_time=time_after(sub(r"(?<=[-T:])(\d)(?=[T:.Z-])", r"0\1")))
mutate("T1", "the digits of Unicode pass", parse_time=time_after(
    lambda text: "".join(str(int(c)) if c.isdecimal() else c for c in text)))
mutate("T1", "a minus sign of Unicode passes", parse_time=time_after(sub("\u2212", "-")))
mutate("T1", "what follows the zone is ignored", parse_time=time_after(sub("Z.+", "Z")))
mutate("T1", "years of five digits pass", parse_time=time_after(sub("^[0-9]([0-9]{4}-)", r"\1")))
mutate("T2", "the hour 24 passes", is_time_of_day=lambda self, hour, minute, second:
       hour <= 24 and minute <= 59 and second <= 59)
mutate("T2", "the minute 60 passes", is_time_of_day=lambda self, hour, minute, second:
       hour <= 23 and minute <= 60 and second <= 59)
mutate("T2", "a leap second passes", is_time_of_day=lambda self, hour, minute, second:
       hour <= 23 and minute <= 59 and second <= 60)
mutate("T2", "a leap second passes at midnight only", is_time_of_day=lambda self, *time:
       time == (23, 59, 60) or Oracle.is_time_of_day(self, *time))
mutate("T2", "the second 59 is refused", is_time_of_day=lambda self, hour, minute, second:
       hour <= 23 and minute <= 59 and second <= 58)
mutate("T3", "an offset of 24 hours passes",
       parse_time=time_after(sub(r"([+-])24:00$", r"\g<1>23:59")))
mutate("T3", "60 minutes pass in an offset", parse_time=time_after(sub(":60$", ":59")))
mutate("T3", "offsets end at 14 hours", parse_time=time_unless("[+-](1[5-9]|2[0-9]):[0-9]{2}$"))
mutate("T3", "-00:00 is refused", parse_time=time_unless("-00:00$"))


def days_in_month_by(is_leap):
    return lambda year, month: oracle.DAYS_IN_MONTH[month - 1] + (month == 2 and is_leap(year))


@mutation("T4", "every fourth year is a leap year")
class JulianLeapYears(Oracle):
    """Accepts the days that exist only in the Julian calendar."""

    def parse_time(self, value):
        return super().parse_time(sub(r"^(\d\d00)-02-29T", r"\1-02-28T")(value)
                                  if isinstance(value, str) else value)


mutate("T4", "centuries are never leap years",
       parse_time=time_unless("^(0000|0400|1600|2000)-02-29"))
mutate("T4", "February 29th passes in any year", parse_time=time_after(sub("-02-29T", "-02-28T")))
mutate("T4", "every month has 30 days or more", parse_time=time_after(sub("-02-30T", "-02-28T")))
mutate("T4", "every month has 31 days", parse_time=time_after(sub("-31T", "-30T")))
mutate("T4", "the day 32 passes", parse_time=time_after(sub("-32T", "-31T")))
mutate("T4", "the day 00 passes", parse_time=time_after(sub("-00T", "-01T")))
mutate("T4", "the month 13 passes", parse_time=time_after(sub("-13-", "-12-")))
mutate("T4", "the month 00 passes", parse_time=time_after(sub("-00-10", "-01-10")))
mutate("T4", "the year 0000 is refused", parse_time=time_unless("^0000"))
mutate("T4", "years before 1970 are refused", parse_time=time_unless("^(0|1[0-8]|19[0-6])"))
mutate("T4", "years after 2038 are refused", parse_time=time_unless("^([3-9]|2[1-9]|20[4-9])"))


def offset_by(change):
    return lambda self, sign, hour, minute: (
        lambda offset: None if offset is None else change(offset)
    )(Oracle.offset_seconds(self, sign, hour, minute))


mutate("T5", "the offset is ignored", offset_seconds=offset_by(lambda offset: 0))
mutate("T5", "the offset is added", offset_seconds=offset_by(lambda offset: -offset))
mutate("T5", "the offset is always positive", offset_seconds=offset_by(abs))
mutate("T5", "the offset's minutes are ignored", offset_seconds=offset_by(
    lambda offset: offset // 3600 * 3600))
mutate("T5", "the minutes of a negative offset are positive", offset_seconds=offset_by(
    lambda offset: offset if offset >= 0 else -(-offset // 3600 * 3600) + -offset % 3600))
mutate("T5", "an offset must not leave the years 0000 to 9999", parse_time=lambda self, value: (
    lambda instant: instant if instant is not None
    and -62167219200 <= instant // 10**9 < 253402300800 else None)(Oracle.parse_time(self, value)))


def truncated(dividend, divisor):
    return int(Fraction(dividend, divisor))


mutate("T6", "days before 1970 are rounded towards zero", day_of=lambda self, instant:
       truncated(instant, 86400 * 10**9))
mutate("T6", "the day is one of 24 hours since noon", day_of=lambda self, instant:
       Oracle.day_of(self, instant + 43200 * 10**9))
mutate("T6", "the last second is the next day's", day_of=lambda self, instant:
       Oracle.day_of(self, instant + 10**9))
mutate("T6", "the last nanosecond is the next day's", day_of=lambda self, instant:
       Oracle.day_of(self, instant + 1))
mutate("T6", "seconds are 32-bit numbers", day_of=lambda self, instant:
       ((instant // 10**9 + 2**31) % 2**32 - 2**31) // 86400)
mutate("T6", "nanoseconds are 64-bit numbers", day_of=lambda self, instant:
       Oracle.day_of(self, (instant + 2**63) % 2**64 - 2**63))
for weekday, name in enumerate(oracle.WEEKDAYS[1:], start=1):
    mutate("T7", f"weeks start on {name}", week_of=lambda self, day, weekday=weekday:
           (day + oracle.MONDAY_OFFSET - weekday) // 7)
mutate("T7", "weeks before 1970 are rounded towards zero", week_of=lambda self, day:
       truncated(day + oracle.MONDAY_OFFSET, 7))
mutate("T7", "a year's end ends the week", week_of=lambda self, day: (
    Oracle.week_of(self, day), (datetime(4000, 1, 1) + timedelta(days=day % 146097)).year))
mutate("T7", "a month's end ends the week", week_of=lambda self, day: (
    Oracle.week_of(self, day), (datetime(4000, 1, 1) + timedelta(days=day % 146097)).month))
mutate("T7", "weeks are counted within one year", week_of=lambda self, day:
       Oracle.week_of(self, day) % 52)
mutate("T8", "the week's first day is multiplied", "friday, limits", is_monday=lambda self, day:
       (day + oracle.MONDAY_OFFSET - self.config.week_start) % 7 == 0)
mutate("T8", "Sunday is multiplied", "experiment", is_monday=lambda self, day:
       Oracle.is_monday(self, day + 1))


@mutation("T8", "the written date's Monday is multiplied", "experiment")
class LocalMonday(Oracle):
    def offset_seconds(self, sign, hour, minute):
        self.offset = super().offset_seconds(sign, hour, minute)
        return self.offset

    def compute_time_keys(self, attempt):
        super().compute_time_keys(attempt)
        attempt.is_monday = self.is_monday(self.day_of(attempt.instant + self.offset * 10**9))


@mutation("T6", "the day is the written one")
class LocalDay(LocalMonday):
    def compute_time_keys(self, attempt):
        super().compute_time_keys(attempt)
        attempt.day = self.day_of(attempt.instant + self.offset * 10**9)


@mutation("T7", "the week is that of the written day")
class LocalWeek(LocalMonday):
    def compute_time_keys(self, attempt):
        super().compute_time_keys(attempt)
        attempt.week = self.week_of(self.day_of(attempt.instant + self.offset * 10**9))


# ---- amount --------------------------------------------------------------------------------------


def amount_after(change):
    return lambda self, value: Oracle.parse_amount(
        self, change(value) if isinstance(value, str) else value)


def amount_unless(pattern):
    compiled = re.compile(pattern)
    return lambda self, value: (
        None if isinstance(value, str) and compiled.search(value)
        else Oracle.parse_amount(self, value))


def float_amount(self, value):
    exact = Oracle.parse_amount(self, value)
    return exact if exact is None else int(exact / 100 * 100)


for name, change in (
    ("cents may be missing", sub("(?<![.0-9])([0-9]+)$", r"\1.00")),
    ("cents may be missing after a point", sub(r"\.$", ".00")),
    ("one decimal passes", sub(r"\.([0-9])$", r".\g<1>0")),
    ("a third decimal passes", sub(r"(\.[0-9]{2})[0-9]$", r"\1")),
    ("the digits before the point may be missing", sub(r"(?<![0-9])\.", "0.")),
    ("a minus sign passes", sub("-", "")),
    ("a plus sign passes", sub(r"\+", "")),
    ("thousands separators pass", sub("(?<=[0-9]),(?=[0-9]{3})", "")),
    ("a comma stands for the point", sub(",", ".")),
    ("an exponent passes", sub("e2", "")),
    ("digits of Unicode pass", lambda text: "".join(
        str(int(c)) if c.isdecimal() else c for c in text)),
    ("text ends at a NUL", lambda text: text.split("\0")[0]),
    ("what follows the amount is ignored", sub(r"(\.[0-9]{2})[^0-9].*$", r"\1")),
):
    mutate("A1", name, parse_amount=amount_after(change))
mutate("A1", "leading zeros are refused", parse_amount=amount_unless("(?<![0-9.])0[0-9]"))
for name, change in (
    ("lower-case letters pass", str.upper),
    ("a blank within the prefix passes", sub(r"USD[ \t]+\$|\$[ \t]+USD", "$")),
    ("any currency passes", sub("EUR|\u20ac", "$")),
    ("a prefix may be repeated", sub(r"(USD|\$) ?\1", r"\1")),
    ("the prefix may follow", sub(r"([0-9]) ?(USD|\$)$", r"\1")),
):
    mutate("A2", name, parse_amount=amount_after(change))
for form, pattern in (
    ("none", r"^[ \t]*[0-9]"), ("USD", r"^[ \t]*USD[ \t]*[0-9]"), ("$", r"^[ \t]*\$[ \t]*[0-9]"),
    ("$USD", r"\$USD"), ("USD$", r"USD\$"),
):
    mutate("A2", f"the prefix {form} is refused", parse_amount=amount_unless(pattern))
for name, pattern in (
    ("before", "^[ \t]"), ("at the end", "[ \t]$"), ("after the prefix", r"[D$][ \t]"),
    ("as tabs", "\t"),
):
    mutate("A3", f"blanks are refused {name}", parse_amount=amount_unless(pattern))
for name, change in (
    ("line ends are blanks", sub("[\r\n]", " ")),
    ("all white space is blank", lambda text: re.sub(r"\s", " ", text)),
    ("blanks pass within the number", sub("(?<=[0-9.]) (?=[0-9.])", "")),
):
    mutate("A3", name, parse_amount=amount_after(change))
mutate("A4", "the greatest amount is 2^62", max_minor_units=lambda self: 2**62)
mutate("A4", "the greatest amount is 2^62-2", max_minor_units=lambda self: 2**62 - 2)
mutate("A4", "the greatest amount is 2^63-1", max_minor_units=lambda self: 2**63 - 1)
mutate("A4", "amounts are 64-bit numbers that wrap", parse_amount=lambda self, value:
       int(re.sub("[^0-9]", "", value)[-400:]) % 2**64 if Oracle.parse_amount(self, value) is None
       and isinstance(value, str) and re.fullmatch(r"\$?[0-9]+\.[0-9]{2}", value)
       else Oracle.parse_amount(self, value))
mutate("A4", "amounts are 32-bit numbers that wrap", parse_amount=lambda self, value: (
    lambda amount: amount if amount is None else amount % 2**32)(Oracle.parse_amount(self, value)))
mutate("A4", "amounts are floating point numbers", parse_amount=float_amount)
mutate("A4", "zero is refused",
       parse_amount=lambda self, value: Oracle.parse_amount(self, value) or None)
