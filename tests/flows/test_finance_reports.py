"""Reports of a home: what stood on any day equals the ledger of that day, and so do VAT and sales."""

import csv
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from small_operator import asked_of_marts

from pipelines.night import opened_lake
from pipelines.publishing.finance_figures import balance_on, open_on
from pipelines.publishing.finance_report import aged_report, sales_report, vat_report

pytestmark = pytest.mark.slow
FIRST, LAST = date(2026, 9, 20), date(2026, 11, 1)
PERIOD = ("--from", "2026-10-01", "--to", "2026-10-31")


def test_receivables_of_every_day_are_the_balance_of_their_account_on_that_day(told):
    """From before the first invoice (1 October) to after the last night, past days among them."""
    with opened_lake(told) as store:
        for days in range((LAST - FIRST).days + 3):
            on = FIRST + timedelta(days)
            found = open_on(store, on)
            owed = found.claims["open_home_amount"].sum()
            apart = found.apart.filter(pl.col("allocation_kind") == "credit")["home_amount"].sum()
            assert (on, owed) == (on, balance_on(store, "1510", on))
            assert (on, -apart) == (on, balance_on(store, "2420", on))


def test_a_past_day_is_told_as_it_was(told):
    """On 27 October Anna owed 88.00 of 188.00 and the reminder of 60.00; on the 28th she had paid 400.00."""
    names = ("account_id", "not_due", "days_1_30", "open_amount", "credit_amount")
    before, after = (
        aged_report(told, date(2026, 10, day), "account")
        .rows.select(names)
        .filter(pl.col("account_id") == 20001)
        .rows()
        for day in (27, 28)
    )
    assert before == [(20001, Decimal(60), Decimal(88), Decimal(148), Decimal(0))]
    assert after == [(20001, Decimal(0), Decimal(0), Decimal(0), Decimal(252))]


def test_vat_and_sales_are_what_the_ledger_posted(told):
    for report in (vat_report, sales_report):
        found = report(told, date(2026, 9, 1), date(2026, 11, 30))
        assert found.note.startswith("Equal to")
        assert found.rows.height > 1


@pytest.mark.parametrize("width", ["80", "120"])
def test_reports_are_read_on_the_screen(told, nightbill, monkeypatch, width):
    monkeypatch.setattr("pipelines.cli.screen.console._width", int(width))
    code, shown, _ = nightbill("report", "aged", "--on", "2026-10-27", "--home", told.root)
    assert code == 0
    assert "equal to account 1510 on 2026-10-27" in shown
    assert ("Anna Ek" in shown) == (width == "120")
    invoices = ("aged", "--on", "2026-10-27", "--by", "invoice")
    for words in (invoices, *((name, *PERIOD) for name in ("vat", "sales", "oss"))):
        code, shown, _ = nightbill("report", *words, "--home", told.root)
        assert code == 0
        assert "…" not in shown
        assert max(map(len, shown.splitlines()), default=0) <= int(width)


def test_rows_go_to_a_spreadsheet_with_a_decimal_point_and_no_thousands(told, nightbill, tmp_path):
    """October: 2.16 + 148.50 + 319.20 = 469.86; VAT of 37.67 and 79.80."""
    file = tmp_path / "vat.csv"
    assert nightbill("report", "vat", *PERIOD, "--csv", file, "--home", told.root)[0] == 0
    with file.open(encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["month"], row["country_code"], row["base_amount"]) == ("2026-10-01", "SE", "469.86")
    assert (row["vat_amount"], row["vat_return_box"]) == ("117.47", "05+10")


def test_a_period_that_ends_before_it_begins_is_no_period(told, nightbill):
    code, _, errors = nightbill("report", "vat", "--from", "2026-11-01", "--to", "2026-10-01", "--home", told.root)
    assert (code, "2026-11-01 is after 2026-10-01" in errors) == (2, True)


def test_the_marts_hold_the_same_figures(told):
    assert asked_of_marts(told, "SELECT sum(open_home_amount), min(on_date) FROM aged_receivables") == [
        (Decimal(1241), LAST)
    ]
    vat = "SELECT month, base_amount, vat_amount FROM vat_by_month WHERE month = '2026-10-01'"
    assert asked_of_marts(told, vat) == [(date(2026, 10, 1), Decimal("469.86"), Decimal("117.47"))]
    sales = "SELECT sum(net_amount) FROM sales_by_month WHERE month = '2026-10-01'"
    assert asked_of_marts(told, sales) == [(Decimal("469.86"),)]
    assert asked_of_marts(told, "FROM oss_by_quarter") == []
