"""What was charged too much goes back to the line it corrects, or to the account's last invoice, never beyond it."""

from decimal import Decimal

import polars as pl
from credit_rows import invoice

from invoicing.credit_notes import left_to_credit
from invoicing.negative_invoices import credited_lines

RATES = {"standard": Decimal(25), "reduced": Decimal(6)}
ACCOUNT = 20_001


def left(*invoices):
    """What is left of invoices, given as their lines by number."""
    rows = [invoice(lines, RATES, number=number) for number, lines in invoices]
    heads, lines, vat, _ = (pl.concat(each) for each in zip(*rows, strict=True))
    return left_to_credit(heads, lines, vat).of_accounts(heads.select("invoice_no", "account_id"))


def credited(charges, origins, of):
    """Lines taken back (note, invoice, line, oere) and the charges of each, of (name, amount, VAT class) charges."""
    rows = [{"charge_id": n, "account_id": ACCOUNT, "amount_ex_vat": Decimal(a), "vat_class": v} for n, a, v in charges]
    schema = {
        "charge_id": pl.String,
        "account_id": pl.Int64,
        "amount_ex_vat": pl.Decimal(18, 6),
        "vat_class": pl.String,
    }
    placed = {"charge_id": pl.String, "invoice_no": pl.Int64, "entry_no": pl.Int64}
    lines, charged = credited_lines(
        pl.DataFrame(rows, schema=schema), pl.DataFrame(origins, schema=placed, orient="row"), of
    )
    return sorted(lines.rows()), sorted(charged.select("charge_id", "entry_no").rows())


def test_a_charge_goes_back_to_the_line_it_corrects_and_others_to_the_last_invoice():
    books = left(
        (7, [("100.00", "standard"), ("50.00", "standard")]), (8, [("10.00", "standard"), ("30.00", "standard")])
    )
    charges = [("fee", "-20.00", "standard"), ("goodwill", "-5.00", "standard"), ("usage", "3.00", "standard")]
    assert credited(charges, [("fee", 7, 2)], books) == (
        [("negative:7", 7, 2, 2000), ("negative:8", 8, 2, 500)],
        [("fee", 2), ("goodwill", 2)],
    )


def test_charges_of_one_line_are_added_and_rounded_once():
    # 0.004 + 0.004 + 0.004 = 0.012 -> 0.01
    charges = [(name, "-0.004", "standard") for name in "abc"]
    lines, charged = credited(charges, [(name, 7, 1) for name in "abc"], left((7, [("100.00", "standard")])))
    assert lines == [("negative:7", 7, 1, 1)]
    assert charged == [("a", 1), ("b", 1), ("c", 1)]


def test_what_is_more_than_is_left_of_its_line_waits():
    books = left((7, [("100.00", "standard"), ("5.00", "reduced")]))
    charges = [("much", "-100.01", "standard"), ("book", "-5.00", "reduced")]
    assert credited(charges, [("much", 7, 1)], books)[0] == [("negative:7", 7, 2, 500)]


def test_what_has_no_line_of_its_vat_class_waits():
    assert credited([("book", "-5.00", "reduced")], [], left((7, [("100.00", "standard")]))) == ([], [])


def test_what_reduced_an_invoice_is_not_given_back_once_more():
    """A line of 100.00 beside 80.00 of goodwill: 20.00 is all there is to give back."""
    books = left((7, [("100.00", "standard"), ("-80.00", "standard")]))
    assert credited([("fee", "-20.01", "standard")], [("fee", 7, 1)], books)[0] == []
    assert credited([("fee", "-20.00", "standard")], [("fee", 7, 1)], books)[0] == [("negative:7", 7, 1, 2000)]
