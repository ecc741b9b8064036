"""The demo's bank statements: each follows the one before, and its entries are the night's payments."""

from decimal import Decimal

import polars as pl
import pytest
from demo_invoices import invoices_of_demo

from invoicing.statement_gaps import statement_gaps
from pipelines.demo.demo_operator import DemoOperator
from pipelines.demo.nights import NIGHTS, begin_of
from pipelines.demo.payments import payments_between
from pipelines.formats.camt053 import CAMT053
from pipelines.formats.layout import ReadContext
from schemas import tables

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
OPERATOR = DemoOperator()
INVOICES = invoices_of_demo(OPERATOR)
CHARGE = Decimal("-45.00")


@pytest.fixture(scope="module")
def read():
    """Each night's statement, read: its own balances agree, or it would be refused."""
    files = {night: dict(OPERATOR.bank_files_before(night, INVOICES)) for night in NIGHTS}
    return {night: CAMT053.read(files[night][f"camt053-{night}.xml"], CONTEXT) for night in NIGHTS}


def test_each_statement_follows_the_one_before(read):
    every = tables.BANK_STATEMENT.complete(
        pl.concat([parsed.statements for parsed in read.values()]).with_columns(
            pl.lit("0" * 64).alias("file_sha256"), pl.col("covered_to").alias("received_on")
        )
    )
    assert statement_gaps(every).is_empty()
    assert every.height == len(NIGHTS)


@pytest.mark.parametrize("night", NIGHTS)
def test_its_entries_are_the_payments_of_its_days_a_charge_a_month_and_one_reversal(read, night):
    paid = sum(payment.amount for payment in payments_between(begin_of(night), night, INVOICES, OPERATOR.seed))
    entries = read[night].records
    others = entries.filter(pl.col("entry_text").is_in(["Bankavgift", "Återtagen betalning"]))
    assert entries["amount"].sum() == paid + others["amount"].sum()
    assert (CHARGE in others["amount"].to_list()) == (night.day == 1)
    assert others.filter(pl.col("amount") != CHARGE).height == (str(night) == "2026-11-08")
