"""The oddities of real life that the demo holds, each with the night that meets it, and the calls that show them.

`ODDITIES` is the list; a test looks for every one in the files, and data/demo/README.md tells them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.demo.calls import ANSWERED, CALLS, TIME_ZONE
from pipelines.demo.destinations import NO_ZONE_NUMBERS
from pipelines.demo.nights import NIGHTS
from pipelines.demo.number_series import reserved, unheld_number
from pipelines.demo.population import BORDER_CALLER, GOTHENBURG, HTML_CUSTOMER, SPRING_CALLER, STOCKHOLM, Customer


class Oddity(NamedTuple):
    """What is odd, and what it looks like."""

    name: str
    night: date
    story: str


ODDITIES = (
    Oddity("over_midnight", NIGHTS[0], "a call from 23:58 to past midnight"),
    Oddity("over_band_border_morning", NIGHTS[0], "a call from before 08:00 to after it"),
    Oddity("over_band_border_evening", NIGHTS[0], "a call from before 18:00 to after it"),
    Oddity("zero_duration", NIGHTS[0], "an answered call of no seconds"),
    Oddity("not_answered", NIGHTS[0], "NO ANSWER, BUSY and FAILED"),
    Oddity("unknown_number", NIGHTS[0], "calls from a number that nobody ever signs up"),
    Oddity(
        "number_known_later", NIGHTS[0], "calls from a number whose sign-up arrives on 2026-10-01, in force earlier"
    ),
    Oddity("no_zone", NIGHTS[0], "a call to +979, which has no zone"),
    Oddity("html_name", NIGHTS[0], "a customer whose name is HTML"),
    Oddity("duplicate_rows", NIGHTS[0], "rows written twice in the same file"),
    Oddity("duplicate_file", NIGHTS[1], "the same file again under another name"),
    Oddity("growing_file", NIGHTS[1], "Master.csv with the rows of the night before, and new ones after them"),
    Oddity("unknown_plan", NIGHTS[1], "a sign-up for a plan that is not sold"),
    Oddity("invalid_json", NIGHTS[1], "a request line that breaks off"),
    Oddity("repeated_request", NIGHTS[1], "a request sent a second time in another file"),
    Oddity("truncated_line", NIGHTS[2], "Master.csv ends in the middle of its last line; the next one has it whole"),
    Oddity("unrecognisable_file", NIGHTS[2], "a file that is no input at all"),
    Oddity("unknown_type", NIGHTS[2], "a request of a type that no rule applies"),
    Oddity("over_price_change", NIGHTS[3], "a call over midnight to 2026-10-01, when prices change"),
    Oddity("empty_file", NIGHTS[3], "a file without content"),
    Oddity("number_in_use", NIGHTS[3], "a sign-up for a number that somebody holds"),
    Oddity("late_spring_records", NIGHTS[4], "calls of 28 and 29 March from a switch that was out of reach"),
    Oddity("over_spring_change", NIGHTS[4], "a call from 01:58 to 03:03 local, five minutes long"),
    Oddity("skipped_spring_hour", NIGHTS[4], "a record that says 02:30 on the night that has no 02:30"),
    Oddity("unknown_reseller", NIGHTS[4], "a sign-up by a reseller that is not in resellers.csv"),
    Oddity("wrong_encoding", NIGHTS[5], "a name in ISO-8859-1 bytes in a UTF-8 file"),
    Oddity("null_bytes", NIGHTS[5], "a line of null bytes from a disk that was full"),
    Oddity("moved_number", NIGHTS[6], "a number that one customer gave back and another signs up with"),
    Oddity("autumn_hour_first", NIGHTS[6], "a call at 02:30 summer time on 25 October"),
    Oddity("autumn_hour_second", NIGHTS[6], "a call at 02:30 winter time on the same night"),
    Oddity("over_autumn_change", NIGHTS[6], "a call from 02:58 summer time to 02:03 winter time, five minutes long"),
    Oddity(
        "wrong_totals", NIGHTS[6], "a camt.054 whose summary is 100 kronor too high; the right one comes next night"
    ),
    Oddity("late_autumn_records", NIGHTS[8], "calls of 24 and 25 October, two weeks late"),
    Oddity("duplicate_bank_file", NIGHTS[8], "the same camt.054 under another name"),
    Oddity("pending_and_reversed", NIGHTS[8], "an entry that is not booked, and one that takes an earlier credit back"),
    Oddity("unsafe_xml", NIGHTS[9], "an XML that declares an entity"),
)
# As special_numbers.csv has them: a short number with the country before it.
EMERGENCY_NUMBER, PREMIUM_SHORT_NUMBER = "46112", "4690510"
UNKNOWN_NUMBER = unheld_number("fixed")
SPRING_DAYS = [date(2026, 3, 28), date(2026, 3, 29)]
LATE_AUTUMN_DAYS = [date(2026, 10, 24), date(2026, 10, 25)]
DUPLICATE_FILE, TRUNCATED, SPRING_FILE, STRAY_BYTES = NIGHTS[1], NIGHTS[2], NIGHTS[4], NIGHTS[5]
WRONG_TOTALS, AUTUMN_FILE, UNSAFE = NIGHTS[6], NIGHTS[8], NIGHTS[9]
MISREPORTED_KRONOR = 100
_ZONE = ZoneInfo(TIME_ZONE)
_FIRST_SEQUENCE = 900_000_000  # far above those of ordinary calls


@dataclass(frozen=True)
class SpecialCall:
    """A call with everything given: local time, and whether it is the second 02:30 of an autumn night."""

    night: date
    switch: str
    caller: str
    local_time: str
    talk_s: int
    called: str
    second_pass: bool = False


def special_calls(night: date, people: list[Customer]) -> pl.DataFrame:
    """Return the calls of the stories that reach this night, with the columns of `calls.CALLS`."""
    rows = [
        (call.switch, call.caller, "Gränsfall", call.called,
         _moment(call), 5, call.talk_s, ANSWERED, _FIRST_SEQUENCE + number)
        for number, call in enumerate(_stories(people))
        if call.night == night
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CALLS, orient="row")


def _moment(call: SpecialCall) -> datetime:
    return datetime.fromisoformat(call.local_time).replace(tzinfo=_ZONE, fold=int(call.second_pass))


def _stories(people: list[Customer]) -> Iterator[SpecialCall]:
    border = people[BORDER_CALLER].subscriptions[0].numbers[0]
    spring = people[SPRING_CALLER].subscriptions[0].numbers[0]
    friend, far = reserved("mobile")[40], "358401000001"
    for night, caller, local_time, talk_s, called in (
        (NIGHTS[0], border, "2026-09-04 23:58:30", 300, friend),
        (NIGHTS[0], border, "2026-09-03 07:58:00", 240, friend),
        (NIGHTS[0], border, "2026-09-03 17:57:00", 300, friend),
        (NIGHTS[0], border, "2026-09-02 12:00:00", 0, friend),
        (NIGHTS[0], border, "2026-09-02 12:05:00", 90, NO_ZONE_NUMBERS[0]),
        (NIGHTS[0], UNKNOWN_NUMBER, "2026-09-05 10:00:00", 200, friend),
        (NIGHTS[1], UNKNOWN_NUMBER, "2026-09-12 21:15:00", 65, far),
        (NIGHTS[3], border, "2026-09-30 23:55:00", 900, friend),
        (NIGHTS[6], border, "2026-10-25 02:30:00", 600, far),
        (NIGHTS[6], border, "2026-10-25 02:58:00", 300, far),
    ):
        yield SpecialCall(night, STOCKHOLM, caller, local_time, talk_s, called)
    yield SpecialCall(NIGHTS[6], STOCKHOLM, border, "2026-10-25 02:30:00", 600, far, second_pass=True)
    yield SpecialCall(SPRING_FILE, GOTHENBURG, spring, "2026-03-29 01:58:00", 300, friend)
    one, other = people[HTML_CUSTOMER].subscriptions[0].numbers[:2]
    for caller, local_time, talk_s, called in (
        (border, "2026-09-05 14:02:00", 185, EMERGENCY_NUMBER),
        (border, "2026-09-06 19:30:00", 95, PREMIUM_SHORT_NUMBER),
        (one, "2026-09-07 10:15:00", 425, other),
        (other, "2026-09-07 17:58:00", 300, one),
    ):
        yield SpecialCall(NIGHTS[0], STOCKHOLM, caller, local_time, talk_s, called)


def skipped_hour_line(line: bytes) -> bytes:
    """Turn a record of 29 March 01:58 into one that says 02:30, which that night has not."""
    changed = line.replace(b"2026-03-29 01:5", b"2026-03-29 02:3").replace(b"2026-03-29 03:0", b"2026-03-29 02:4")
    return changed.replace(b'"gbg-', b'"gbg-9')  # a record of its own


def stray_bytes(lines: bytes) -> bytes:
    """Let the first line carry a caller's name in ISO-8859-1, and put a line of null bytes at the end."""
    first, _, rest = lines.partition(b"\n")
    before, quotes, after = first.partition(b'"""')  # the caller id begins with a quoted quote
    named = before + quotes + "Åsa Öström ".encode("iso-8859-1") + after
    return named + b"\n" + rest + b"\0" * 40 + b"\n"


def odd_requests(night: date, people: list[Customer], a_request: bytes) -> bytes:
    """Return the request lines of this night that cannot be applied; `a_request` is a valid sign-up line to break."""
    text = a_request.decode()
    number = people[0].subscriptions[0].numbers[0]
    plan = people[0].subscriptions[0].plan_code
    broken = {
        NIGHTS[1]: [text.replace(f'"{plan}"', '"teleportation_basic"'), text[: len(text) // 2] + "\n"],
        NIGHTS[2]: [text.replace('"type": "sign_up"', '"type": "exorcism"')],
        NIGHTS[3]: [text],
        NIGHTS[4]: [text.replace('"reseller": null', '"reseller": "R-999"')],
    }.get(night, [])
    free = unheld_number("mobile")
    lines = []
    for place, line in enumerate(broken):
        renamed = line.replace("sign-up-000000", f"odd-{night}-{place}")
        lines.append(renamed if night == NIGHTS[3] else renamed.replace(number, free))
    return "".join(lines).encode()


UNRECOGNISABLE = b"Switch maintenance log\nbackplane fan replaced, see ticket\n\x00\x01\x02\xff\xfe\n"
UNSAFE_XML = (
    b'<?xml version="1.0"?>\n<!DOCTYPE Document [<!ENTITY name SYSTEM "file:///etc/hostname">]>\n'
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn>'
    b"<GrpHdr><MsgId>&name;</MsgId></GrpHdr></BkToCstmrDbtCdtNtfctn></Document>\n"
)
