"""Every oddity that the demo promises is in its files."""

import csv
import io
import json
from pathlib import Path

import pytest
from demo_invoices import invoices_of_demo

from pipelines.demo import oddities
from pipelines.demo.demo_operator import DemoOperator
from pipelines.demo.nights import NIGHTS
from pipelines.demo.oddities import ODDITIES
from pipelines.demo.population import BORDER_CALLER, HEIR, LATE_KNOWN, LEAVER

README = Path(__file__).resolve().parents[3] / "data" / "demo" / "README.md"


class Deliveries:
    """Files of each night by name, and their rows."""

    def __init__(self):
        self.operator = DemoOperator()
        invoices = invoices_of_demo(self.operator)
        self.files = {
            night: dict([*self.operator.files_before(night), *self.operator.bank_files_before(night, invoices)])
            for night in NIGHTS
        }

    def file(self, night, begins):
        return next(content for name, content in self.files[NIGHTS[night]].items() if name.startswith(begins))

    def master(self, night):
        text = self.file(night, "Master").decode("utf-8", errors="replace").replace("\0", "")
        return [row for row in csv.reader(io.StringIO(text)) if len(row) == 18]

    def times(self, night, name="Master", answer=10):
        """(answered, ended) of each call."""
        text = self.file(night, name).decode("utf-8", errors="replace").replace("\0", "")
        return {tuple(row[answer : answer + 2]) for row in csv.reader(io.StringIO(text)) if len(row) == 18}

    def odd_request(self, night):
        return self.file(night, "requests-web-odd").decode()

    def number(self, customer):
        return self.operator.people[customer].subscriptions[0].numbers[0]

    def calls_of(self, number):
        return [night for night in NIGHTS if f"+{number};".encode() in self.files[night][f"mobile-{night}.csv"]]


@pytest.fixture(scope="module")
def deliveries():
    return Deliveries()


PROBES = {
    "over_midnight": lambda d: ("2026-09-04 23:58:30", "2026-09-05 00:03:30") in d.times(0),
    "over_band_border_morning": lambda d: ("2026-09-03 07:58:00", "2026-09-03 08:02:00") in d.times(0),
    "over_band_border_evening": lambda d: ("2026-09-03 17:57:00", "2026-09-03 18:02:00") in d.times(0),
    "zero_duration": lambda d: any(row[13:15] == ["0", "ANSWERED"] for row in d.master(0)),
    "not_answered": lambda d: {row[14] for row in d.master(0)} == {"ANSWERED", "NO ANSWER", "BUSY", "FAILED"},
    "unknown_number": lambda d: (
        any(row[1] == "0" + oddities.UNKNOWN_NUMBER[2:] for row in d.master(0))
        and oddities.UNKNOWN_NUMBER not in d.operator.lines["a_number"].to_list()
    ),
    "number_known_later": lambda d: (
        NIGHTS[0] in d.calls_of(d.number(LATE_KNOWN)) and d.operator.people[LATE_KNOWN].known_at == 3
    ),
    "no_zone": lambda d: any(row[2].startswith("00979") for row in d.master(0)),
    "html_name": lambda d: b"<b>\xc3\x85sa & Co</b> <img src=" in b"".join(d.files[NIGHTS[0]].values()),
    "duplicate_rows": lambda d: len(d.master(0)) > len({tuple(row) for row in d.master(0)}),
    "duplicate_file": lambda d: d.file(1, "mobile-2026-09-15 (1)") == d.file(1, "mobile-2026-09-15.csv"),
    "growing_file": lambda d: (
        d.file(1, "Master").startswith(d.file(0, "Master")) and len(d.file(1, "Master")) > len(d.file(0, "Master"))
    ),
    "unknown_plan": lambda d: '"teleportation_basic"' in d.odd_request(1),
    "invalid_json": lambda d: any(not line.endswith("}") for line in d.odd_request(1).splitlines()),
    "repeated_request": lambda d: (
        json.loads(d.odd_request(1).splitlines()[-1])["request_id"] == "sign-up-000001"
        and any(b'"sign-up-000001"' in content for content in d.files[NIGHTS[0]].values())
    ),
    "truncated_line": lambda d: (
        not d.file(2, "Master").endswith(b"\n") and d.file(3, "Master").startswith(d.file(2, "Master"))
    ),
    "unrecognisable_file": lambda d: d.file(2, "maintenance.log") == oddities.UNRECOGNISABLE,
    "unknown_type": lambda d: '"type": "exorcism"' in d.odd_request(2),
    "over_price_change": lambda d: ("2026-09-30 23:55:00", "2026-10-01 00:10:00") in d.times(3),
    "empty_file": lambda d: d.file(3, "cdr-empty") == b"",
    "number_in_use": lambda d: d.number(BORDER_CALLER) in d.odd_request(3),
    "late_spring_records": lambda d: {a[:7] for a, _ in d.times(4, "gbg-recovered", 9) if a} == {"2026-03"},
    "over_spring_change": lambda d: ("2026-03-29 01:58:00", "2026-03-29 03:03:00") in d.times(4, "gbg-recovered", 9),
    "skipped_spring_hour": lambda d: any(a.startswith("2026-03-29 02:") for a, _ in d.times(4, "gbg-recovered", 9)),
    "unknown_reseller": lambda d: '"reseller": "R-999"' in d.odd_request(4),
    "wrong_encoding": lambda d: "Åsa Öström".encode("iso-8859-1") in d.file(5, "Master"),
    "null_bytes": lambda d: b"\0\0\0\n" in d.file(5, "Master"),
    "moved_number": lambda d: (
        d.number(HEIR) == d.number(LEAVER)
        and {NIGHTS[0], NIGHTS[7]} <= set(d.calls_of(d.number(HEIR)))
        and f'"number": "{d.number(LEAVER)}"'.encode() in d.file(5, "requests-agent")
    ),
    "autumn_hour_first": lambda d: "sthlm-1792888195." in "".join(row[16] for row in d.master(6)),
    "autumn_hour_second": lambda d: "sthlm-1792891795." in "".join(row[16] for row in d.master(6)),
    "over_autumn_change": lambda d: ("2026-10-25 02:58:00", "2026-10-25 02:03:00") in d.times(6),
    "wrong_totals": lambda d: (
        b"FJARDHAMN20261026<" in d.file(6, "camt054-2026-10-26")
        and "camt054-2026-10-26-corrected.xml" in d.files[NIGHTS[7]]
    ),
    "late_autumn_records": lambda d: (
        {a[:10] for a, _ in d.times(8, "gbg-recovered", 9) if a} == {"2026-10-24", "2026-10-25"}
        and not any(a[:10] in {"2026-10-24", "2026-10-25"} for a, _ in d.times(6, "gbg-2026", 9))
    ),
    "duplicate_bank_file": lambda d: d.file(8, "camt054-2026-11-08 - kopia") == d.file(8, "camt054-2026-11-08.xml"),
    "pending_and_reversed": lambda d: (
        b"<Sts>PDNG</Sts>" in d.file(8, "camt054") and b"<RvslInd>true</RvslInd>" in d.file(8, "camt054")
    ),
    "unsafe_xml": lambda d: any(b"<!ENTITY" in content for content in d.files[NIGHTS[9]].values()),
}


@pytest.mark.parametrize("oddity", ODDITIES, ids=lambda oddity: oddity.name)
def test_each_oddity_is_in_the_files(deliveries, oddity):
    assert PROBES[oddity.name](deliveries)


def test_the_readme_tells_every_oddity():
    text = README.read_text(encoding="utf-8")
    rows = [f"| `{oddity.name}` | {oddity.night} | {oddity.story} |" for oddity in ODDITIES]
    assert [row for row in rows if row not in text] == []


def test_no_probe_is_left_over():
    assert set(PROBES) == {oddity.name for oddity in ODDITIES}
