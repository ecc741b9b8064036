"""The fee for paper: on each invoice that is sent on paper, after the terms, with its article's VAT."""

from decimal import Decimal

import polars as pl
import pytest
from period_term_rows import ARTICLES, DEC1, NOV1, account, charge, table

from invoicing.paper_fee import paper_fees
from schemas import tables

D = Decimal


def fees(*charges, channel="paper", fee="29", article="4001", currency="SEK"):
    due = table(tables.CHARGE, *charges).with_columns(pl.lit(DEC1).alias("billing_date"))
    accounts = table(tables.ACCOUNT, account() | {"delivery_channel": channel})
    return paper_fees(due, accounts, ARTICLES.filter(article_no=article), D(fee), currency, NOV1)


def test_an_account_on_paper_pays_it_once_per_invoice():
    made = fees(charge("a", "100"), charge("b", "50"))
    assert made.select("charge_id", "amount_ex_vat", "vat_class", "revenue_account").rows() == [
        ("paper_fee:1:2026-12-01", D("29.000000"), "standard", "3731")
    ]
    assert tables.CHARGE.conform(made.drop("billing_date")).height == 1


@pytest.mark.parametrize(
    "made", [{"channel": "email"}, {"fee": "0"}, {"article": "none"}, {"currency": "EUR"}], ids=str
)
def test_others_pay_none(made):
    assert fees(charge("a", "100"), **made).is_empty()


def test_it_makes_no_invoice_of_its_own():
    assert fees(charge("a", "100"), charge("b", "-100")).is_empty()
    assert fees().is_empty()
