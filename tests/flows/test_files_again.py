"""A record is charged, and a payment counted, once, however often and under whatever name it arrives."""

import shutil
from datetime import date
from decimal import Decimal

import pytest
from small_operator import (
    DECIDED,
    FIRST_OCR,
    SECOND_OCR,
    SEPTEMBER_CALLS,
    ask,
    home_of,
    master_row,
    put,
    swish,
)

from pipelines.demo.bank_files import bgmax, camt054
from pipelines.demo.payments import Payment
from pipelines.nightly_flow import conduct

pytestmark = pytest.mark.slow
BANKGIRO = "9912346"
PAID_BY_BANK = Payment(
    date(2026, 10, 1), Decimal(50), FIRST_OCR, "Anna Ek", "20261001000000001", "bank", also_bgmax=True
)
CAMT = camt054("MSG-1", date(2026, 10, 1), BANKGIRO, [PAID_BY_BANK])
BGMAX = bgmax(date(2026, 10, 1), BANKGIRO, [PAID_BY_BANK])
FIRST_ROW = master_row("1.1", "0701740699", "2026-10-01 10:00:00", "2026-10-01 10:01:00", 60)
SECOND_ROW = master_row("1.2", "0701740699", "2026-10-02 10:00:00", "2026-10-02 10:02:00", 120)
SWISH = swish(("S9", "2026-10-01", "40,00", SECOND_OCR))
ODD = "Vem|Till|När|Längd|Id\n46701740610|46701740699|2026-10-01 12:00:00|30|x1\n"
PROFILE = """
name = "odd_csv"
kind = "usage"
separator = "|"
encoding = "utf-8"
header = ["Vem", "Till", "När", "Längd", "Id"]
duration = "seconds"
[columns]
record_id = ["Id"]
a_number = "Vem"
b_number = "Till"
started_at = "När"
duration_s = "Längd"
[constants]
source_system = "odd"
service = "mobile"
outcome = "answered"
[time]
format = "%Y-%m-%d %H:%M:%S"
zone = "Europe/Stockholm"
"""


@pytest.fixture(scope="module")
def two_nights(made_once, invoiced):
    """Two nights: files that were read before, some under new names, and a file nobody understands."""

    def fill(root):
        shutil.copytree(invoiced.root, root, symlinks=True)
        _two_nights(home_of(root))

    return made_once("files_again", fill)


def _two_nights(home):
    put(
        home,
        {"Master.csv": FIRST_ROW, "camt.xml": CAMT, "pay.csv": SWISH, "odd.txt": ODD, "copy of.csv": SEPTEMBER_CALLS},
    )
    conduct(home, date(2026, 10, 2), stages=DECIDED)
    (home.config / "profiles" / "odd_csv.toml").write_text(PROFILE, encoding="utf-8")
    (home.quarantine / "odd.txt").rename(home.inbox / "odd.txt")
    resent = CAMT.replace(b"</Document>\n", b"</Document>\n\n")
    put(home, {"Master.csv": FIRST_ROW + SECOND_ROW, "bgmax.txt": BGMAX, "pay (1).csv": SWISH, "camt2.xml": resent})
    conduct(home, date(2026, 10, 3), stages=DECIDED)


def test_calls_copied_under_another_name_charge_nobody_and_the_file_lies_in_quarantine_with_its_reason(two_nights):
    home = two_nights
    report = (home.quarantine / "copy_of.csv.report.txt").read_text(encoding="utf-8")
    assert "ALREADY_SEEN" in report
    assert "september.csv" in report
    assert (home.quarantine / "copy_of.csv").read_text(encoding="utf-8") == SEPTEMBER_CALLS
    assert ask(home, "SELECT count(*) FROM rated_usage WHERE usage_id IN ('switch:c1', 'switch:c2')") == [(2,)]
    assert ask(home, "SELECT count(*) FROM charge WHERE service_from < '2026-10-01' AND charge_kind = 'usage'") == [
        (2,)
    ]


def test_of_a_grown_master_csv_only_the_new_rows_are_charged(two_nights):
    """A minute is 0.39 + 0.60, two minutes 0.39 + 1.20."""
    home = two_nights
    sql = "SELECT started_on, amount_ex_vat FROM rated_usage WHERE usage_id LIKE 'asterisk%' ORDER BY 1"
    assert ask(home, sql) == [(date(2026, 10, 1), Decimal("0.99")), (date(2026, 10, 2), Decimal("1.59"))]
    files = "SELECT rows_read, rows_accepted, rows_duplicate FROM source_file WHERE file_name = 'Master.csv' ORDER BY 1"
    assert ask(home, files) == [(1, 1, 0), (2, 1, 1)]


def test_a_payment_reported_in_camt_and_in_bgmax_is_one_payment(two_nights):
    home = two_nights
    records = ask(home, "SELECT payment_id, file_format FROM payment_record WHERE amount = 50 ORDER BY file_format")
    assert [layout for _, layout in records] == ["bgmax", "camt054"]
    assert len({payment for payment, _ in records}) == 1
    assert ask(home, "SELECT amount FROM payment WHERE amount = 50") == [(Decimal(50),)]
    sql = "SELECT sum(debit_credit)::DECIMAL(18,2) FROM ledger_entry WHERE ledger_account = '1930'"
    assert ask(home, sql) == [(Decimal(90),)]


@pytest.mark.parametrize("name", ["pay__1_.csv", "camt2.xml"])
def test_a_payment_file_sent_again_is_refused_and_pays_nothing(two_nights, name):
    home = two_nights
    assert "ALREADY_SEEN" in (home.quarantine / f"{name}.report.txt").read_text(encoding="utf-8")
    assert ask(home, "SELECT count(*) FROM payment") == [(2,)]


def test_a_file_from_quarantine_is_read_when_its_cause_is_mended(two_nights):
    """30 s at day: the first minute, 0.39 + 0.60."""
    home = two_nights
    assert "UNRECOGNISED" in (home.quarantine / "odd.txt.report.txt").read_text(encoding="utf-8")
    assert ask(home, "SELECT amount_ex_vat FROM rated_usage WHERE usage_id = 'odd:x1'") == [(Decimal("0.99"),)]
    assert ask(home, "SELECT file_state, file_fault FROM source_file WHERE file_name = 'odd.txt'") == [
        ("archived", None)
    ]
