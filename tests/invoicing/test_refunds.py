"""A refund whose bank both rejects it and brings its money back is credit again once, in whichever order."""

from decimal import Decimal
from itertools import permutations

import polars as pl
import pytest
from settled_books import bank, claim, claims, credits_of, night, paid

from invoicing.payments_by_hand import refundable
from invoicing.refunds import refund_rows, refunds_paid, refunds_returned, refunds_so_far
from schemas import tables

REFUND = pl.DataFrame(
    [("refund:r", 7, None, 10, Decimal(30), "SEK", "1", "Anna", None, "bo", "asked", "r")],
    schema=tables.REFUND.schema,
    orient="row",
)
PAYMENTS = {
    "left": paid("o", -30, kind="paid_out", end_to_end_id="R7"),
    "came back": paid("b", 30, end_to_end_id="R7"),
    "came back twice": paid("c", 30, end_to_end_id="R7"),
    "came back less the bank's fee": paid("b", 29, end_to_end_id="R7", return_code="AC04"),
    "something less with the same id": paid("b", 29, end_to_end_id="R7"),
    "left again": paid("u", -30, kind="paid_out", end_to_end_id="R7"),
}


def ordered():
    """30 of the 50 of credit of account 10 are ordered to be paid back: 20 are left."""
    receivables = claims(claim("inv1", 10, 100, 20))
    found = night(receivables, bank(paid("p", 110, 1), paid("q", 40, 1)))
    order = refund_rows(refundable(found), "r", 3000)
    return pl.concat([found, order]).with_columns(request_id=pl.when(pl.col("voucher_id") == "U:r").then(pl.lit("r")))


def bank_of(*names):
    return bank(*(PAYMENTS[name] for name in names)).select(tables.PAYMENT.names)


def after(allocations, earlier, event):
    """The allocations after one more night, in which the bank tells `event`; the nights before told `earlier`."""
    refunds = refunds_so_far(REFUND, bank_of(*(name for name in earlier if name in PAYMENTS)), allocations)
    if event == "rejected":
        wanted = refunds.filter(~pl.col("has_returned")).select(REFUND.columns)
        rows = refunds_returned(wanted, allocations.filter(pl.col("request_id") == "r"))
    else:
        rows = refunds_paid(bank_of(event), refunds)
    return pl.concat([allocations, rows], how="diagonal")


def told(*events):
    found = ordered()
    for number, event in enumerate(events):
        found = after(found, events[:number], event)
    return found


def on_its_way(allocations):
    return allocations.filter(pl.col("allocation_kind") == "refund")["paid_amount"].sum()


def kept_by_the_bank(allocations):
    return -allocations.filter(pl.col("allocation_kind") == "bank_cost")["paid_amount"].sum()


@pytest.mark.parametrize("events", list(permutations(["left", "rejected", "came back"])), ids=" ".join)
def test_a_refund_that_is_rejected_and_comes_back_is_credit_once_in_whichever_order(events):
    found = told(*events)
    assert credits_of(found) == {10: Decimal(50)}
    assert on_its_way(found) == 0


@pytest.mark.parametrize("events", list(permutations(["left", "rejected"])), ids=" ".join)
def test_what_left_and_was_rejected_is_owed_to_us_until_it_comes_back(events):
    found = told(*events)
    assert credits_of(found) == {10: Decimal(50)}
    assert on_its_way(found) == -30


@pytest.mark.parametrize("events", list(permutations(["rejected", "came back"])), ids=" ".join)
def test_what_comes_back_before_it_is_seen_to_leave_waits_for_that(events):
    found = told(*events)
    assert credits_of(found) == {10: Decimal(50)}
    assert on_its_way(found) == 30


def test_a_refund_that_was_rejected_twice_is_credit_once():
    assert credits_of(told("left", "rejected", "came back", "rejected")) == {10: Decimal(50)}


@pytest.mark.parametrize("more", [(), ("rejected",)], ids=["returned", "rejected too"])
def test_a_refund_comes_back_once_and_equal_money_after_it_is_another_payment(more):
    earlier = ("left", *more, "came back")
    found = told(*earlier)
    rows = refunds_paid(bank_of("came back twice"), refunds_so_far(REFUND, bank_of("left", "came back"), found))
    assert rows.is_empty()


def test_two_payments_of_one_night_with_the_id_of_a_refund_are_one_return():
    nothing_before = refunds_so_far(REFUND, bank_of(), ordered())
    rows = refunds_paid(bank_of("came back", "came back twice"), nothing_before)
    assert rows.select("payment_id", "allocation_kind").rows() == [("b", "credit")]


FEE = "came back less the bank's fee"


@pytest.mark.parametrize(
    "events", [*permutations(["left", "rejected", FEE]), *permutations(["left", FEE])], ids=" ".join
)
def test_a_refund_that_comes_back_less_the_banks_fee_is_credit_whole_and_the_fee_is_ours(events):
    """30 were ordered and 29 came back: the customer has the 50 of before, and 1 is a cost."""
    found = told(*events)
    assert credits_of(found) == {10: Decimal(50)}
    assert on_its_way(found) == 0
    assert kept_by_the_bank(found) == 1


def test_less_money_with_the_id_of_a_refund_is_none_come_back_unless_the_bank_says_that_it_returns_it():
    assert refunds_paid(
        bank_of("something less with the same id"), refunds_so_far(REFUND, bank_of(), ordered())
    ).is_empty()


@pytest.mark.parametrize("events", list(permutations(["left", "left again", "came back"])), ids=" ".join)
def test_a_refund_that_left_twice_and_came_back_once_is_not_credit_unless_that_is_told_first(events):
    """The customer has got the 30 once; one that comes back before both have left is credit, and is owed to us."""
    found = told(*events)
    is_last = events[-1] == "came back"
    assert credits_of(found) == {10: Decimal(20 if is_last else 50)}
    assert on_its_way(found) == (0 if is_last else -30)


@pytest.mark.parametrize("more", [(), ("rejected",)], ids=["returned", "rejected too"])
def test_a_refund_that_left_twice_and_came_back_twice_is_credit_once(more):
    found = told("left", *more, "left again", "came back", "came back twice")
    assert credits_of(found) == {10: Decimal(50)}
    assert on_its_way(found) == 0
