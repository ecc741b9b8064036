"""Which invoices are rounded to kronor, and which are too small to be made."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from invoicing.invoice_totals import TotalRules, invoice_totals, worth_making
from schemas.money import AMOUNT

NOV1 = date(2026, 11, 1)


def total_of(channel="portal", currency="SEK", *, krona_rounding=True):
    """Rounding and total of 100.10 and 25.03 VAT."""
    lines = pl.DataFrame(
        {"account_id": [1], "net_amount": [Decimal("100.10")], "billing_date": [NOV1],
         "service_from": [date(2026, 10, 1)], "service_to": [NOV1]}
    )  # fmt: skip
    vat = pl.DataFrame({"account_id": [1], "vat_amount": [Decimal("25.03")]})
    accounts = pl.DataFrame({"account_id": [1], "delivery_channel": [channel], "currency": [currency]})
    made = invoice_totals(lines, vat, accounts, TotalRules(krona_rounding, "SEK"))
    return tuple(str(value) for value in made.select("rounding_amount", "total_amount").row(0))


@pytest.mark.parametrize("channel", ["paper", "email", "portal"])
def test_what_people_read_is_rounded_to_kronor(channel):
    assert total_of(channel) == ("-0.13", "125.00")


def test_an_e_invoice_never_is():
    assert total_of("e_invoice") == ("0.00", "125.13")


def test_another_currency_never_is():
    assert total_of(currency="EUR") == ("0.00", "125.13")


def test_without_the_policy_nothing_is():
    assert total_of(krona_rounding=False) == ("0.00", "125.13")


def made_of(total, *charges, on=NOV1, ended=(), minimum=50, months=2):
    """Whether the invoice of account 1 is made; charges are (kind, first day)."""
    schema = {"account_id": pl.Int64, "billing_date": pl.Date, "total_amount": AMOUNT}
    totals = pl.DataFrame([(1, on, Decimal(total))], schema=schema, orient="row")
    due = pl.DataFrame(
        [(1, kind, since) for kind, since in charges],
        schema={"account_id": pl.Int64, "charge_kind": pl.String, "service_from": pl.Date},
        orient="row",
    )
    gone = pl.DataFrame({"account_id": list(ended)}, schema={"account_id": pl.Int64})
    rules = TotalRules(krona_rounding=True, minimum_amount=minimum, carry_months=months)
    return worth_making(totals, due, gone, rules).height == 1


OCT3 = ("usage", date(2026, 10, 3))


@pytest.mark.parametrize(("total", "made"), [("49.99", False), ("50.00", True), ("0.00", False), ("-5.00", False)])
def test_an_invoice_below_the_minimum_waits(total, made):
    assert made_of(total, OCT3) is made


def test_without_a_minimum_all_but_nothing_is_made():
    assert made_of("0.01", OCT3, minimum=0)
    assert not made_of("0.00", OCT3, minimum=0)


@pytest.mark.parametrize(("on", "made"), [(NOV1, False), (date(2026, 12, 1), False), (date(2027, 1, 1), True)])
@pytest.mark.parametrize("oldest", [OCT3, ("recurring", NOV1), ("one_off", NOV1)])
def test_charges_are_carried_for_two_months_and_then_invoiced(oldest, on, made):
    """Due on 1 November for the first time, carried then and on 1 December; advance fees of 1 November too."""
    assert made_of("10", oldest, ("usage", date(2026, 10, 30)), on=on) is made


def test_nothing_is_carried_when_the_services_have_ended():
    assert made_of("10", OCT3, ended=[1])


def test_without_months_nothing_is_carried():
    assert made_of("10", OCT3, months=0)
