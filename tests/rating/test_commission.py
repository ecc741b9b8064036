"""Commission is a percentage of what the customer paid on invoices, VAT included."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.commission import EARNED, PAID_OUT, accrue_commission, commission_on_refunds
from schemas import tables
from schemas.money import AMOUNT, PERCENT

RESELLERS = pl.DataFrame(
    {"reseller_code": ["R-1", "R-2"], "commission_percent": [Decimal(5), Decimal("8.25")]},
    schema_overrides={"commission_percent": PERCENT},
)
ACCOUNTS = pl.DataFrame({"account_id": [1, 2, 3], "reseller_code": ["R-1", "R-2", None]})
RECEIVABLES = pl.DataFrame(
    {
        "receivable_id": ["invoice:7", "fee:7", "invoice:8", "invoice:9"],
        "receivable_kind": ["invoice", "reminder_fee", "invoice", "invoice"],
        "invoice_no": [7, 7, 8, 9],
    }
)

_PLAIN = 5


def accrued(*allocations, earned=()):
    """Accrue on (id, account, receivable, kind, amount and, of credit notes, payment) rows.

    `earned` of payment p before: (receivable, reseller, percent).
    """
    schema = {
        "allocation_id": pl.String,
        "account_id": pl.Int64,
        "receivable_id": pl.String,
        "allocation_kind": pl.String,
        "home_amount": AMOUNT,
        "payment_id": pl.String,
    }
    rows = [(*row[:4], Decimal(row[4]), row[5] if len(row) > _PLAIN else "p") for row in allocations]
    before = pl.DataFrame(
        [("p", receivable, reseller, Decimal(percent)) for receivable, reseller, percent in earned],
        schema=dict(zip(EARNED, (pl.String, pl.String, pl.String, PERCENT), strict=True)),
        orient="row",
    )
    paid = pl.DataFrame(rows, schema=schema, orient="row")
    return accrue_commission(paid, RECEIVABLES, ACCOUNTS, RESELLERS, before)


PAID = [
    # account, receivable, kind, paid -> commission
    (1, "invoice:7", "receivable", "100.00", ["5.00"]),
    (1, "invoice:7", "receivable", "0.10", ["0.01"]),  # 0.005
    (1, "invoice:7", "receivable", "0.09", ["0.00"]),
    (2, "invoice:8", "receivable", "1234.56", ["101.85"]),  # 101.8512
    (1, "fee:7", "receivable", "60.00", []),
    (3, "invoice:9", "receivable", "100.00", []),
    (1, None, "credit", "100.00", []),
    (None, None, "suspense", "100.00", []),
]


@pytest.mark.parametrize(("account", "receivable", "kind", "paid", "expected"), PAID)
def test_what_is_paid_on_a_sold_account_s_invoice_earns(account, receivable, kind, paid, expected):
    got = accrued(("p:1", account, receivable, kind, paid))
    assert [str(amount) for amount in got["amount"]] == expected


def test_each_allocation_is_a_row_of_the_commission_table():
    """Two payments of 0.10 earn 0.01 each: rounded per allocation."""
    got = accrued(*[(f"p:{n}", 1, "invoice:7", "receivable", "0.10") for n in (2, 1)])
    rows = tables.COMMISSION.conform(got.with_columns(pl.lit(date(2026, 11, 1)).alias("accrued_on")))
    assert rows["commission_id"].to_list() == rows["allocation_id"].to_list() == ["p:1", "p:2"]
    assert [str(amount) for amount in rows["amount"]] == ["0.01", "0.01"]
    assert rows["base_amount"].sum() == Decimal("0.20")


def test_what_a_credit_note_pays_earns_nothing():
    """No money came: or it came before, and earned its commission then."""
    rows = [
        ("a", 1, "invoice:7", "receivable", "100.00", "credit_note:901"),
        ("b", 1, "invoice:7", "receivable", "50.00"),
    ]
    assert accrued(*rows)["commission_id"].to_list() == ["b"]


@pytest.mark.parametrize(
    ("account", "earned", "taken"),
    [
        (1, [("invoice:7", "R-1", "5")], [("R-1", "-5.00")]),
        (1, [("invoice:7", "R-1", "10")], [("R-1", "-10.00")]),  # the percentage was lowered since
        (1, [("invoice:7", "R-2", "8.25")], [("R-2", "-8.25")]),  # the account has changed its reseller
        (3, [("invoice:7", "R-9", "2")], [("R-9", "-2.00")]),  # neither account nor configuration knows it any more
        (1, [], []),  # the account had no reseller when it paid
    ],
)
def test_money_taken_back_takes_back_what_it_earned(account, earned, taken):
    got = accrued(("r", account, "invoice:7", "receivable", "-100.00"), earned=earned)
    assert [(code, str(amount)) for code, amount in got.select("reseller_code", "amount").rows()] == taken


def test_what_is_earned_and_taken_back_in_one_night_comes_to_nothing():
    got = accrued(("p:1", 1, "invoice:7", "receivable", "100.00"), ("r", 1, "invoice:7", "receivable", "-100.00"))
    assert [str(amount) for amount in got["amount"]] == ["5.00", "-5.00"]


# 100.00 of invoice 7 earned 5 % for R-1, and then 60.00 more 8.25 % for R-2, to whom the account had gone.
EARNED_ON_7 = (("p:1", "R-1", "5", "100.00"), ("p:2", "R-2", "8.25", "60.00"))


def paid_out(*orders, earned=EARNED_ON_7, named="allocation_id"):
    """What is taken back or given again for what was ordered of credit note 901 of invoice 7, and undone."""
    refunded = pl.DataFrame(
        [(f"U:{number}", "credit_note:901", Decimal(amount)) for number, amount in enumerate(orders)],
        schema=dict(zip(PAID_OUT, (pl.String, pl.String, AMOUNT), strict=True)),
        orient="row",
    )
    notes = pl.DataFrame({"payment_id": ["credit_note:901"], "invoice_no": [7]})
    rows = [
        {"commission_id": (*own, name)[0], "allocation_id": name, "reseller_code": code, "account_id": 1,
         "invoice_no": 7, "base_amount": Decimal(base), "commission_percent": Decimal(percent), "amount": Decimal(0)}
        for name, code, percent, base, *own in earned
    ]  # fmt: skip
    schema = {name: tables.COMMISSION.schema[name] for name in tables.COMMISSION.names if name != "accrued_on"}
    made = commission_on_refunds(refunded, notes, pl.DataFrame(rows, schema=schema))
    return [(*row[:2], str(row[2]), str(row[3])) for row in made.select(
        named, "reseller_code", "base_amount", "amount").rows()]  # fmt: skip


def test_what_a_credit_note_gave_back_and_is_paid_out_takes_its_commission_back():
    """From who earned last, at that percentage: 8.25 % of 40.00."""
    assert paid_out("40.00") == [("U:0", "R-2", "-40.00", "-3.30")]


def test_nobody_loses_more_than_he_earned():
    """Of 100.00 paid out R-2 has earned on 60.00 (4.95), R-1 on the other 40.00 (5 %: 2.00)."""
    assert paid_out("100.00") == [("U:0", "R-1", "-40.00", "-2.00"), ("U:0", "R-2", "-60.00", "-4.95")]


def test_no_more_is_taken_back_than_was_earned_on():
    assert paid_out("200.00", earned=EARNED_ON_7[:1]) == [("U:0", "R-1", "-100.00", "-5.00")]


def test_it_is_taken_back_once():
    assert paid_out("40.00", earned=[*EARNED_ON_7, ("U:0", "R-2", "8.25", "-40.00")]) == []


def test_a_second_refund_takes_back_what_the_first_has_left():
    """160.00 were earned on; 50.00 of it were taken back for the first, 10.00 of R-2 and all of R-1 are left."""
    before = [*EARNED_ON_7, ("U:0", "R-2", "8.25", "-50.00")]
    assert paid_out("50.00", "120.00", earned=before) == [
        ("U:1", "R-1", "-100.00", "-5.00"), ("U:1", "R-2", "-10.00", "-0.83"),
    ]  # fmt: skip


def test_a_refund_that_the_bank_rejects_gives_the_commission_again():
    before = [*EARNED_ON_7, ("U:0", "R-2", "8.25", "-40.00")]
    assert paid_out("40.00", "-40.00", earned=before) == [("U:1", "R-2", "40.00", "3.30")]


def test_who_lost_the_commission_gets_it_again_whoever_earned_since():
    """R-2 lost 40.00 for a refund that is rejected; R-3 has earned on 20.00 in between."""
    before = [*EARNED_ON_7, ("U:0", "R-2", "8.25", "-40.00"), ("p:3", "R-3", "2", "20.00")]
    assert paid_out("40.00", "-40.00", earned=before) == [("U:1", "R-2", "40.00", "3.30")]


def test_a_payment_that_the_bank_takes_back_after_its_refund_loses_its_commission_once():
    """100.00 earned 5.00, lost for the refund, and lost again when the bank took the payment back: 5.00 too much."""
    before = [EARNED_ON_7[0], ("U:0", "R-1", "5", "-100.00"), ("r:1", "R-1", "5", "-100.00")]
    given = ("U:0:n2", "R-1", "100.00", "5.00")
    assert paid_out("100.00", earned=before, named="commission_id") == [given]
    settled = [*before, ("U:0", "R-1", "5", "100.00", "U:0:n2")]
    assert paid_out("100.00", earned=settled) == []
    paid_again = [*settled, ("p:4", "R-1", "5", "100.00")]
    assert paid_out("100.00", earned=paid_again, named="commission_id") == [("U:0:n3", "R-1", "-100.00", "-5.00")]


def test_an_invoice_that_earned_nobody_anything_has_nothing_to_take_back():
    assert paid_out("40.00", earned=()) == []
