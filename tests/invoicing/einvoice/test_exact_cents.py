"""An e-invoice says the same figures as the lake, to the cent; the official rules would let whole kronor pass."""

from decimal import Decimal

import pytest
from generated_documents import documents
from hypothesis import given
from read_einvoice import figures, lines, totals, vat
from sample_documents import DOCUMENTS, calls, credit_note, document, fee

from invoicing.einvoice.cii import cii_invoice
from invoicing.einvoice.ubl import ubl_invoice

BOTH = pytest.mark.parametrize("written", [ubl_invoice, cii_invoice], ids=["UBL", "CII"])


@BOTH
def test_lines_add_up_to_net_vat_and_total(written):
    """299.20 + 23.25 = 322.45; 25 % of it is 80.6125, so 80.61; 403.06 to pay."""
    xml = written(document(fee("299.20"), calls("23.25")))
    assert totals(xml) == {
        "BT-106": "322.45", "BT-109": "322.45", "BT-110": "80.61", "BT-112": "403.06", "BT-115": "403.06"
    }  # fmt: skip
    assert vat(xml) == [("S", "25", "322.45", "80.61")]
    assert lines(xml) == [
        ("Mobil Fri 10 GB", "1", "299.20", "299.20"),
        ("Samtal utlandet", "1", "23.25", "23.25"),
    ]


@BOTH
def test_each_rate_is_rounded_once_highest_first(written):
    """322.45 at 25 % 80.61, 40.05 at 12 % 4.81 (4.806), 80.10 at 6 % 4.81 (4.806): 442.60 + 90.23 = 532.83."""
    xml = written(DOCUMENTS["several rates"])
    assert vat(xml) == [
        ("S", "25", "322.45", "80.61"),
        ("S", "12", "40.05", "4.81"),
        ("S", "6", "80.10", "4.81"),
    ]
    assert (totals(xml)["BT-109"], totals(xml)["BT-110"], totals(xml)["BT-115"]) == ("442.60", "90.23", "532.83")


@BOTH
def test_classes_of_one_rate_are_one_row_with_the_vat_that_was_booked(written):
    """74.80 + 5.81 = 80.61, as the two classes were rounded: not 25 % anew of 322.45."""
    assert vat(written(DOCUMENTS["two classes of one rate"])) == [("S", "25", "322.45", "80.61")]


@BOTH
def test_a_rate_of_nothing_is_left_out(written):
    assert vat(written(DOCUMENTS["a rate without a line"])) == [("S", "25", "299.20", "74.80")]


@BOTH
def test_a_credit_note_is_written_with_positive_amounts(written):
    """-299.20 - 23.25 in the lake: 322.45 and 80.61 are credited, 403.06 in all."""
    xml = written(credit_note(fee("-299.20"), calls("-23.25")))
    assert totals(xml) == {
        "BT-106": "322.45", "BT-109": "322.45", "BT-110": "80.61", "BT-112": "403.06", "BT-115": "403.06"
    }  # fmt: skip
    assert [line[1:] for line in lines(xml)] == [("1", "299.20", "299.20"), ("1", "23.25", "23.25")]


@BOTH
def test_what_a_credit_note_charges_is_negative(written):
    """-299.20 + 12.40 = -286.80, and 25 % of it -71.70: 358.50 is credited."""
    xml = written(DOCUMENTS["a credit note with a line the other way"])
    assert [line[1:] for line in lines(xml)] == [("1", "299.20", "299.20"), ("-1", "12.40", "-12.40")]
    assert totals(xml)["BT-115"] == "358.50"


@BOTH
def test_what_is_taken_off_has_a_negative_quantity_and_never_a_negative_price(written):
    xml = written(DOCUMENTS["adjustment and reduction"])
    assert [line[1:] for line in lines(xml)] == [
        ("1", "299.20", "299.20"),
        ("-1", "12.40", "-12.40"),
        ("-1", "30.00", "-30.00"),
    ]


@BOTH
def test_fees_are_counted_where_the_price_comes_out_even(written):
    """897.60 is 3 times 299.20; 100.00 is 3 times nothing exact, so it is one of 100.00."""
    assert [line[1:] for line in lines(written(DOCUMENTS["several of a kind"]))] == [
        ("3", "299.20", "897.60"),
        ("1", "100.00", "100.00"),
    ]


@BOTH
def test_a_price_may_have_more_decimals_than_an_amount(written):
    """10.01 for 8: 1.25125 each."""
    assert [line[1:] for line in lines(written(document(fee("10.01", quantity=8))))] == [("8", "1.25125", "10.01")]


@BOTH
def test_credit_drawn_is_prepaid(written):
    """403.06 less 100.00."""
    xml = written(DOCUMENTS["credit drawn"])
    assert (totals(xml)["BT-112"], totals(xml)["BT-113"], totals(xml)["BT-115"]) == ("403.06", "100.00", "303.06")


@BOTH
def test_krona_rounding_is_no_line_and_leaves_vat_alone(written):
    """299.10 + 74.78 = 373.88; 0.12 makes it 374."""
    assert totals(written(DOCUMENTS["krona rounding"])) == {
        "BT-106": "299.10", "BT-109": "299.10", "BT-110": "74.78", "BT-112": "373.88", "BT-114": "0.12",
        "BT-115": "374.00",
    }  # fmt: skip


@BOTH
def test_vat_of_an_invoice_in_euro_is_told_in_kronor_too(written):
    """29.45 EUR, VAT 7.36 EUR (7.3625); at 11.2345 that is 82.69 kr (82.68592)."""
    xml = written(DOCUMENTS["foreign currency"])
    assert (totals(xml)["BT-110"], totals(xml)["BT-111"]) == ("7.36", "82.69")


@BOTH
def test_without_vat_there_is_nothing_to_tell_in_kronor(written):
    assert "BT-111" not in totals(written(DOCUMENTS["foreign currency, reverse charge"]))


@BOTH
def test_a_zero_has_no_sign(written):
    xml = written(document(fee("0.00", included_units=1), calls("-0.00", included_units=1)))
    assert set(totals(xml).values()) == {"0.00"}


@given(documents())
def test_every_figure_is_the_documents_own(one):
    """Whatever stands on it: lines, VAT per category and rate and totals are those of the lake, in both syntaxes."""
    sign = -1 if one.document_kind == "credit_note" else 1
    for xml in (ubl_invoice(one), cii_invoice(one)):
        told = {term: Decimal(amount) for term, amount in totals(xml).items()}
        assert told["BT-106"] == told["BT-109"] == sign * one.net_amount
        assert told["BT-110"] == sign * one.vat_amount
        assert told["BT-112"] == sign * (one.net_amount + one.vat_amount)
        assert told.get("BT-113", 0) == sign * one.credit_drawn_amount
        assert told.get("BT-114", 0) == sign * one.rounding_amount
        assert told["BT-115"] == told["BT-112"] - told.get("BT-113", 0) + told.get("BT-114", 0)
        expected = {
            (row.vat_category, row.vat_percent): (sign * row.net_amount, sign * row.vat_amount) for row in one.vat_rows
        }
        assert {(category, percent or 0): (net, tax) for category, percent, net, tax in figures(vat(xml))} == expected
        assert [line[-1] for line in figures(line[1:] for line in lines(xml))] == [
            sign * line.net_amount for line in one.lines
        ]
        for quantity, price, net in figures(line[1:] for line in lines(xml)):
            assert price >= 0
            assert quantity * price == net


@given(documents())
def test_the_same_document_gives_the_same_bytes(one):
    assert ubl_invoice(one) == ubl_invoice(one)
    assert cii_invoice(one) == cii_invoice(one)
