"""Three months of the demo: what other programs make of its ledger files is what its marts say."""

import csv
import io
import json
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from beancount import loader
from beancount.core import data
from small_operator import ask, asked_of_marts

from pipelines.demo.demo_nights import run_demo
from pipelines.demo.demo_operator import DemoOperator
from pipelines.formats.sie4 import read_sie4
from pipelines.home import create_home
from pipelines.ledger.ledger_journals import JournalFormat, write_full_year, write_journal
from pipelines.nightly_flow import NIGHT, conduct, night_at

pytestmark = pytest.mark.slow
WITHOUT_DOCUMENTS = [stage for stage in NIGHT if stage.name not in {"deliver", "compact"}]
BALANCES = "SELECT ledger_account, sum(debit_credit)::DECIMAL(18,2) FROM fact_ledger_entry GROUP BY ALL ORDER BY 1"
FORMATS = 'formats = ["sie4i", "beancount", "datev", "csv:entries"]'


@pytest.fixture(scope="module")
def three_months(made_once):
    """The demo operator with 20 customers after all its nights, its ledger written in every format."""

    def fill(root):
        operator, home = DemoOperator(customers=20), create_home(root)
        policy = home.config / "policy.toml"
        text = policy.read_text(encoding="utf-8")
        policy.write_text(re.sub(r'(?m)^formats = \["sie4i"\]', FORMATS, text), encoding="utf-8")
        run_demo(home, operator, list(operator.nights), lambda place, on: conduct(place, on, stages=WITHOUT_DOCUMENTS))

    return made_once("three_months", fill)


@pytest.fixture(scope="module")
def balances(three_months):
    """What each account of the marts has, those without a balance left out."""
    found = dict(asked_of_marts(three_months, BALANCES))
    assert len(found) > 10
    return {account: amount for account, amount in found.items() if amount}


def batches(home, suffix):
    return sorted((home.outbox / "ledger").glob(f"*{suffix}"))


def sums_of(path):
    """Load a journal with beancount, which finds no error, and add up each account by its number."""
    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    sums = defaultdict(Decimal)
    for each in entries:
        for posting in each.postings if isinstance(each, data.Transaction) else ():
            sums[posting.account.split(":")[1][:4]] += posting.units.number
    return sums


def without_zeros(sums):
    return {account: amount for account, amount in sorted(sums.items()) if amount}


def test_beancount_loads_the_whole_ledger_and_has_the_balances_of_the_marts(three_months, balances):
    with night_at(three_months, None) as night:
        path = write_journal(night, JournalFormat.BEANCOUNT)
    assert without_zeros(sums_of(path)) == balances


def test_each_batch_loads_by_itself_and_together_they_have_the_balances_of_the_marts(three_months, balances):
    together = defaultdict(Decimal)
    paths = batches(three_months, "[0-9].beancount")
    assert len(paths) == len(DemoOperator(customers=20).nights)
    for path in paths:
        for account, amount in sums_of(path).items():
            together[account] += amount
    assert without_zeros(together) == balances


def test_the_sie_files_read_back_are_the_postings_with_their_objects_and_dates(three_months):
    read = [read_sie4(path.read_bytes()) for path in batches(three_months, ".si")]
    rows = pl.concat([file.entries for file in read]).with_columns(
        pl.col("objects").list.eval(pl.element().struct.field("object_code")).list.join(" ").alias("codes")
    )
    columns = ["voucher_series", "voucher_no", "posted_on", "voucher_text", "registered_on", "entry_no",
               "ledger_account", "debit_credit", "codes"]  # fmt: skip
    sql = (
        "SELECT voucher_series, voucher_no, v.posted_on, voucher_text, booked_by_night, entry_no, ledger_account, "
        "debit_credit, concat_ws(' ', cost_centre, product_group, reseller_code) "
        "FROM ledger_entry JOIN voucher v USING (voucher_id)"
    )
    assert sorted(rows.select(columns).rows()) == sorted(ask(three_months, sql))
    assert rows.filter(pl.col("codes") != "").height > 0


def test_a_full_year_closes_on_the_balances_of_the_marts(three_months, balances):
    with night_at(three_months, None) as night:
        read = read_sie4(write_full_year(night, 2026).read_bytes())
    closing = read.balances.filter(pl.col("year_no") == 0, pl.col("label").is_in(["#UB", "#RES"]))
    assert dict(closing.select("ledger_account", "amount").sort("ledger_account").iter_rows()) == balances
    assert closing["amount"].sum() == 0
    assert read.years[0] == (date(2026, 1, 1), date(2026, 12, 31))


def test_the_datev_batches_give_every_account_what_the_marts_say(three_months, balances):
    sums = defaultdict(Decimal)
    for path in batches(three_months, "_2026.csv"):
        _, names, *rows = csv.reader(io.StringIO(path.read_bytes().decode("cp1252"), newline=""), delimiter=";")
        for row in rows:
            field = dict(zip(names, row, strict=True))
            amount = Decimal(field["Umsatz (ohne Soll/Haben-Kz)"].replace(",", "."))
            sums[field["Konto"]] += amount
            sums[field["Gegenkonto (ohne BU-Schlüssel)"]] -= amount
    assert without_zeros(sums) == balances


def test_the_manifests_are_a_chain_whose_receivables_end_on_those_of_the_marts(three_months, balances):
    manifests = [json.loads(path.read_text(encoding="utf-8")) for path in batches(three_months, ".json")]
    assert [each["export_no"] for each in manifests] == list(range(1, len(manifests) + 1))
    closing = "0.00"
    for each in manifests:
        assert each["receivables"]["opening"] == closing
        closing = each["receivables"]["closing"]
    assert Decimal(closing) == balances["1510"]
