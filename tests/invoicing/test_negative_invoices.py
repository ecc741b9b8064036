"""What was charged too much goes back to the line it corrects, or to the account's last invoice, never beyond it."""

from datetime import date
from decimal import Decimal

import polars as pl
from credit_rows import invoice

from invoicing.credit_notes import left_to_credit
from invoicing.negative_invoices import charges_over, credited_lines, goodwill_over
from schemas import tables

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


GIVEN = "one_off:r1:goodwill"
DAY = date(2026, 11, 1)


def goodwill(*given, of, origins=()):
    """What is over of each goodwill, and the lines taken back with their charges, of (name, amount, VAT class)."""
    rows = [{"charge_id": n, "account_id": ACCOUNT, "amount_ex_vat": Decimal(a), "vat_class": v} for n, a, v in given]
    schema = {name: tables.CHARGE.schema[name] for name in rows[0]}
    charges = pl.DataFrame(rows, schema=schema)
    placed = {"charge_id": pl.String, "invoice_no": pl.Int64, "entry_no": pl.Int64}
    of_lines = pl.DataFrame(list(origins), schema=placed, orient="row")
    over = goodwill_over(charges, of_lines, of, DAY)
    lines, charged = credited_lines(charges, of_lines, of, over)
    return (
        [(name, rest, str(amount)) for name, rest, amount in over.select("charge_id", "rest_id", "over_amount").rows()],
        lines.select("entry_no", "net").rows(),
        sorted((name, f"{amount:.2f}") for name, amount in charged.select("charge_id", "amount_ex_vat").rows()),
    )


def test_goodwill_within_the_last_invoice_is_drawn_whole():
    found = goodwill((GIVEN, "-99.00", "standard"), of=left((7, [("99.00", "standard")])))
    assert found == ([], [(1, 9900)], [(GIVEN, "-99.00")])


def test_goodwill_is_drawn_as_far_as_the_last_invoice_reaches_and_the_rest_stands_over():
    """150.00 of goodwill where 99.00 were invoiced: 99.00 are credited, 51.00 stand over."""
    found = goodwill((GIVEN, "-150.00", "standard"), of=left((7, [("99.00", "standard")])))
    assert found == (
        [(GIVEN, f"{GIVEN}_20261101", "51.00")],
        [(1, 9900)],
        [(GIVEN, "-150.00"), (f"{GIVEN}_over_20261101", "51.00")],
    )


def test_what_stood_over_may_stand_over_again():
    found = goodwill((f"{GIVEN}_20261001", "-51.00", "standard"), of=left((7, [("20.00", "standard")])))
    assert found[0] == [(f"{GIVEN}_20261001", f"{GIVEN}_20261101", "31.00")]


def test_corrections_of_a_line_go_before_goodwill_and_one_goodwill_before_the_next():
    """99.00: 40.00 are a fee's; 50.00 of goodwill are drawn, of the next 20.00 only 9.00, and of the last nothing."""
    given = [("one_off:r1:goodwill", "-50.00"), ("one_off:r2:goodwill", "-20.00"), ("one_off:r3:goodwill", "-5.00")]
    charges = [("fee", "-40.00", "standard"), *((name, amount, "standard") for name, amount in given)]
    over, lines, charged = goodwill(*charges, of=left((7, [("99.00", "standard")])), origins=[("fee", 7, 1)])
    assert over == [
        ("one_off:r2:goodwill", "one_off:r2:goodwill_20261101", "11.00"),
        ("one_off:r3:goodwill", None, "5.00"),
    ]
    assert lines == [(1, 9900)]
    assert charged == [
        ("fee", "-40.00"), ("one_off:r1:goodwill", "-50.00"), ("one_off:r2:goodwill", "-20.00"),
        ("one_off:r2:goodwill_over_20261101", "11.00"),
    ]  # fmt: skip


def test_goodwill_draws_no_more_than_its_vat_class_has_left():
    """A line of 99.00 beside 80.00 that reduced the invoice: 19.00 are drawn of 30.00."""
    found = goodwill((GIVEN, "-30.00", "standard"), of=left((7, [("99.00", "standard"), ("-80.00", "standard")])))
    assert found[0] == [(GIVEN, f"{GIVEN}_20261101", "11.00")]
    assert found[1] == [(1, 1900)]


def test_the_charges_of_what_stands_over_add_up_to_nothing():
    row = dict.fromkeys(tables.CHARGE.names) | {
        "charge_id": GIVEN, "charge_kind": "one_off", "account_id": 1, "article_no": "3001", "vat_class": "standard",
        "quantity": 1, "amount_ex_vat": Decimal(-150), "service_from": DAY,
    }  # fmt: skip
    charges = pl.DataFrame([row], schema=tables.CHARGE.schema)
    over = pl.DataFrame(
        {"charge_id": [GIVEN], "over_id": ["o"], "rest_id": ["r"], "over_amount": [Decimal("51.00")]},
    )
    made = charges_over(charges, over, DAY)
    assert made.select("charge_id", "quantity", "amount_ex_vat", "charged_on").rows() == [
        ("o", 0, Decimal(51), DAY), ("r", 1, Decimal(-51), DAY),
    ]  # fmt: skip
