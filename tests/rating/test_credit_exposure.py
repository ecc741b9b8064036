"""What an account owes and has used, VAT included, against its limit."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.credit_exposure import (
    accounts_to_block,
    counted_charges,
    credit_exposure,
    held_accounts,
    numbers_to_block,
)
from schemas.money import AMOUNT, CHARGE, PERCENT

VAT = pl.DataFrame(
    {"vat_class": ["standard", "reduced", "exempt"], "vat_percent": [Decimal(25), Decimal(6), Decimal(0)]},
    schema_overrides={"vat_percent": PERCENT},
)


def amounts(name, rows):
    return pl.DataFrame(
        [(account, Decimal(amount)) for account, amount in rows],
        schema={"account_id": pl.Int64, name: AMOUNT},
        orient="row",
    )


def exposure(limits, owed=(), credit=(), used=()):
    unbilled = pl.DataFrame(
        [(account, vat_class, Decimal(amount)) for account, vat_class, amount in used],
        schema={"account_id": pl.Int64, "vat_class": pl.String, "amount_ex_vat": CHARGE},
        orient="row",
    )
    accounts = amounts("credit_limit", limits)
    return credit_exposure(accounts, amounts("open_amount", owed), amounts("amount", credit), unbilled, VAT)


CASES = [
    # open items, credit, unbilled -> exposure
    ([], [], [], "0.00"),
    ([(1, "100"), (1, "60")], [], [], "160.00"),
    ([(1, "100")], [(1, "30"), (1, "20.50")], [], "49.50"),
    ([], [(1, "30")], [], "-30.00"),
    # used for 100, and 25 % VAT
    ([], [], [(1, "standard", "100")], "125.00"),
    # 0.333333 x 3 = 0.999999, rounded to 1.00 once, and 0.25 VAT
    ([], [], [(1, "standard", "0.333333")] * 3, "1.25"),
    # each class with its own rate: 125 of the first, 106 of the second, 100 of the third
    ([], [], [(1, "standard", "100"), (1, "reduced", "100"), (1, "exempt", "100")], "331.00"),
    ([(1, "10"), (2, "1000")], [(2, "5")], [(2, "standard", "100")], "10.00"),
]


@pytest.mark.parametrize(("owed", "credit", "used", "expected"), CASES)
def test_an_account_s_exposure(owed, credit, used, expected):
    got = exposure([(1, "500"), (2, "500")], owed, credit, used)
    assert got["account_id"].to_list() == [1, 2]
    assert str(got["exposure"][0]) == expected


POLICIES = pl.DataFrame(
    [(1, "none", "lift_below_limit", "limit-sv"), (2, "none", "lift_below_limit", "limit-sv")],
    schema=["account_id", "basis_release", "partly_paid", "prompt"],
    orient="row",
)
NUMBERS = pl.DataFrame({"account_id": [1, 1, 2], "subscription_id": [5, 5, 6], "a_number": ["46702", "46701", "46703"]})
NOBODY = pl.DataFrame(schema={"account_id": pl.Int64})


def items(*rows):
    """Return open items (account, kind, invoice, amount, still open)."""
    columns = {
        "account_id": pl.Int64, "receivable_kind": pl.String, "invoice_no": pl.Int64, "amount": AMOUNT,
        "open_amount": AMOUNT,
    }  # fmt: skip
    exact = [(account, kind, number, Decimal(amount), Decimal(left)) for account, kind, number, amount, left in rows]
    return pl.DataFrame(exact, schema=columns, orient="row")


LIMITS = [("100.01", []), ("100.00", ["46701", "46702"]), ("0", ["46701", "46702"])]


@pytest.mark.parametrize(("limit", "blocked"), LIMITS)
def test_every_number_of_an_account_that_reaches_its_limit_is_blocked(limit, blocked):
    """80 and 25 % VAT is 100.00."""
    got = exposure([(1, limit), (2, "10")], used=[(1, "standard", "80")])
    accounts = accounts_to_block(got, NOBODY, POLICIES, NOBODY, items())
    wanted = numbers_to_block(accounts, NUMBERS)
    assert wanted["a_number"].to_list() == blocked
    assert set(wanted["block_reason"]) <= {"financial"}


def bases(*rows):
    columns = {"account_id": pl.Int64, "basis_state": pl.String, "invoice_no": pl.Int64}
    return pl.DataFrame(rows, schema=columns, orient="row")


HOLDS = [
    # what the basis is, what is still open of its invoice, the policy -> whether the account is held
    ("open", None, (), "lift_below_limit", True),
    ("released", None, (), "lift_below_limit", True),
    ("released", 7, (("invoice", 7, "1000", "1000"),), "lift_below_limit", True),
    ("released", 7, (("invoice", 7, "1000", "999.99"),), "lift_below_limit", False),
    ("released", 7, (("invoice", 7, "1000", "0.01"),), "stay_blocked", True),
    ("released", 7, (("invoice", 8, "1000", "10"), ("invoice", 7, "500", "500")), "lift_below_limit", True),
]


@pytest.mark.parametrize(("state", "invoice", "owed", "partly", "is_held"), HOLDS)
def test_a_basis_holds_its_account_until_it_is_paid_or_partly_paid_where_that_suffices(
    state, invoice, owed, partly, is_held
):
    policies = POLICIES.with_columns(pl.lit(partly).alias("partly_paid"))
    held = held_accounts(bases((1, state, invoice)), items(*((1, *item) for item in owed)), policies)
    assert held["account_id"].to_list() == [1] * is_held


def test_what_came_after_the_basis_of_a_held_account_is_not_counted_until_it_is_free():
    unbilled = pl.DataFrame({"account_id": [1, 1, 2], "charge_id": ["a", "b", "c"], "basis_id": ["1:1", None, None]})
    held = pl.DataFrame({"account_id": [1]})
    assert counted_charges(unbilled, held)["charge_id"].to_list() == ["a", "c"]
    assert counted_charges(unbilled, held.clear())["charge_id"].to_list() == ["a", "b", "c"]


STAYS = [
    ("stay_blocked", [1], (("invoice", 7, "100", "1"),), [1]),
    ("stay_blocked", [], (("invoice", 7, "100", "1"),), []),
    ("stay_blocked", [1], (("reminder_fee", 7, "60", "60"),), []),
    ("lift_below_limit", [1], (("invoice", 7, "100", "1"),), []),
]


@pytest.mark.parametrize(("partly", "blocked", "owed", "expected"), STAYS)
def test_where_a_part_payment_does_not_suffice_a_block_stands_until_no_invoice_is_open(partly, blocked, owed, expected):
    policies = POLICIES.with_columns(pl.lit(partly).alias("partly_paid"))
    below = exposure([(1, "500"), (2, "500")])
    accounts = pl.DataFrame({"account_id": blocked}, schema=NOBODY.schema)
    got = accounts_to_block(below, NOBODY, policies, accounts, items(*((1, *item) for item in owed)))
    assert got["account_id"].to_list() == expected


OERE = st.decimals(0, 1000, places=2)


@given(st.lists(OERE, max_size=4), st.lists(OERE, max_size=3), st.lists(st.decimals(0, 300, places=6), max_size=5))
def test_exposure_is_never_below_the_credit_and_what_is_used_only_adds_to_it(owed, credit, used):
    def of(amounts):
        return [(1, str(amount)) for amount in amounts]

    spent = [(1, "standard", str(amount)) for amount in used]
    got = exposure([(1, "500")], of(owed), of(credit), spent)["exposure"][0]
    before = exposure([(1, "500")], of(owed), of(credit))["exposure"][0]
    assert before == sum(owed, Decimal(0)) - sum(credit, Decimal(0))
    assert got >= before >= -sum(credit, Decimal(0))
