"""VAT computed again: the rate on an invoice's net, and on a credit note's net or amount, within what was left."""

from decimal import Decimal

import polars as pl
import pytest

from invoicing.vat_of_documents import vat_of_credit_notes, vat_of_invoices
from schemas.money import AMOUNT, PERCENT

D = Decimal
_AMOUNTS = {"net_amount": AMOUNT, "vat_amount": AMOUNT}


def classes(*rows):
    """(invoice, rate, net, VAT) of the class `standard`."""
    schema = {"invoice_no": pl.Int64, "vat_percent": PERCENT, **_AMOUNTS}
    made = [(number, D(rate), D(net), D(vat)) for number, rate, net, vat in rows]
    return pl.DataFrame(made, schema=schema, orient="row").with_columns(pl.lit("standard").alias("vat_class"))


def notes(*rows):
    """(note, net, VAT) of invoice 7, class `standard`."""
    schema = {"invoice_no": pl.Int64, **_AMOUNTS}
    made = pl.DataFrame([(number, D(net), D(vat)) for number, net, vat in rows], schema=schema, orient="row")
    return made.with_columns(pl.lit(7, pl.Int64).alias("credits_invoice_no"), pl.lit("standard").alias("vat_class"))


def expected(noted, *invoiced):
    """The VAT that the notes must have, in the order of their numbers."""
    return vat_of_credit_notes(noted, classes(*invoiced)).sort("invoice_no")["expected_vat"].to_list()


@pytest.mark.parametrize(
    ("rate", "net", "vat"),
    [("25", "150.02", "37.51"), ("6", "10.10", "0.61"), ("25", "-0.10", "-0.03"), ("0", "99.00", "0.00")],
)
def test_vat_of_an_invoice_is_the_rate_on_its_net_rounded_half_away_from_zero(rate, net, vat):
    """150.02 at 25 % is 37.505; 10.10 at 6 % is 0.606; -0.10 at 25 % is -0.025."""
    assert vat_of_invoices(classes((7, rate, net, "1.00")))["expected_vat"].to_list() == [D(vat)]


def test_the_last_line_taken_back_takes_all_vat_left():
    """Of 0.30 and VAT 0.08 two lines of 0.10 take 0.025 -> 0.03 each, and leave 0.02 to the last."""
    three = notes((901, "-0.10", "-0.03"), (902, "-0.10", "-0.03"), (903, "-0.10", "-0.02"))
    assert expected(three, (7, "25", "0.30", "0.08")) == [D("-0.03"), D("-0.03"), D("-0.02")]


def test_an_amount_including_vat_holds_what_is_beyond_its_net():
    """0.01 including VAT is 0.008 -> 0.01 without it: no VAT, where the rate on 0.01 were 0.0025 -> 0.00 too.

    0.07 is 0.056 -> 0.06 and VAT 0.01, where the rate on 0.06 were 0.015 -> 0.02: either is right.
    """
    assert expected(notes((901, "-0.01", "0.00")), (7, "25", "100.00", "25.00")) == [D("0.00")]
    assert expected(notes((901, "-0.06", "-0.01")), (7, "25", "100.00", "25.00")) == [D("-0.01")]
    assert expected(notes((901, "-0.06", "-0.02")), (7, "25", "100.00", "25.00")) == [D("-0.02")]


@pytest.mark.parametrize("vat", ["-25.01", "-24.99", "0.00"])
def test_a_note_of_neither_amount_is_told_the_rate_on_what_it_takes(vat):
    assert expected(notes((901, "-100.00", vat)), (7, "25", "200.00", "50.00")) == [D("-25.00")]


def test_what_is_credited_whole_has_no_other_vat_than_the_invoice():
    assert expected(notes((901, "-200.00", "-50.01")), (7, "25", "200.00", "50.00")) == [D("-50.00")]


def test_a_class_that_the_invoice_has_not_has_no_vat_to_return():
    other = notes((901, "-10.00", "-2.50")).with_columns(pl.lit("reduced").alias("vat_class"))
    assert expected(other, (7, "25", "200.00", "50.00")) == [D("0.00")]
