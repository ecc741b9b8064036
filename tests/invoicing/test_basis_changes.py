"""Changes made by hand to invoice bases: what each takes back, to the millionth."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.basis_changes import ChangeOfBasis, change_basis
from invoicing.basis_invoices import basis_charges_due, invoiced_bases, waiting_charges
from schemas.tables import BASIS_CHANGE, CHARGE

ON = date(2026, 10, 6)


def charge(name, amount, *, kind="call", article="1005", quantity=1, seconds=0, included=0):
    return {
        "charge_id": name, "charge_kind": "usage" if kind else "recurring", "account_bucket": 0, "account_id": 20001,
        "subscription_id": 5, "article_no": article, "service_from": ON, "service_to": date(2026, 10, 7),
        "quantity": quantity, "duration_s": seconds, "usage_kind": kind, "volume_bytes": 0, "included_units": included,
        "amount_ex_vat": Decimal(amount), "currency": "SEK", "vat_class": "standard", "revenue_account": "3043",
        "charged_on": ON,
    }  # fmt: skip


def charges(*rows):
    return pl.DataFrame(list(rows), schema=CHARGE.schema)


def change(kind, value=None, request="r1", **which):
    exact = None if value is None else Decimal(value)
    return ChangeOfBasis(request, "20001:1", kind, exact, "eva", "as agreed", **which)


NONE = BASIS_CHANGE.empty()
HOURS = charges(
    charge("usage:a", "820.80", seconds=7200, quantity=4), charge("usage:b", "10", article="1002", seconds=60)
)
CASES = [
    # change, on what -> differences per charge
    (change("remove"), [("usage:a", "-820.80"), ("usage:b", "-10")]),
    (change("remove", charge_id="usage:b"), [("usage:b", "-10")]),
    (change("discount", "12.5", article_no="1005"), [("usage:a", "-102.6")]),
    (change("discount", "0"), []),
    # 120 minutes at 5 are 600
    (change("unit_price", "5", article_no="1005"), [("usage:a", "-220.8")]),
    # dearer than it was: stays
    (change("unit_price", "6.85", article_no="1005"), []),
    (change("unit_price", "0", article_no="1002"), [("usage:b", "-10")]),
    (change("remove", article_no="9999"), []),
]


@pytest.mark.parametrize(("wanted", "expected"), CASES)
def test_a_change_takes_back_what_it_makes_cheaper(wanted, expected):
    made = change_basis(HOURS, NONE, wanted, ON)
    exact = [(name, Decimal(amount)) for name, amount in expected]
    assert made.changes.select("charge_id", "difference_amount").rows() == exact
    assert made.charges["amount_ex_vat"].to_list() == [amount for _, amount in exact]
    assert made.members["charge_id"].to_list() == [f"basis_change:r1:{name}" for name, _ in exact]


def test_each_change_says_who_when_and_why_and_books_where_its_charge_does():
    made = change_basis(HOURS, NONE, change("discount", "10", charge_id="usage:b"), ON)
    told = ["request_id", "basis_id", "basis_change_kind", "change_value", "decided_by", "decision_text", "changed_on"]
    assert made.changes.select(told).rows() == [("r1", "20001:1", "discount", Decimal(10), "eva", "as agreed", ON)]
    booked = ["charge_kind", "account_id", "subscription_id", "article_no", "vat_class", "revenue_account", "quantity"]
    assert made.charges.select(booked).rows() == [("basis_change", 20001, 5, "1002", "standard", "3043", 0)]
    CHARGE.conform(made.charges)
    BASIS_CHANGE.conform(made.changes)


def test_a_new_price_counts_what_allowances_left_over_and_leaves_data_alone():
    """90 of 150 seconds are included: one minute is left. Of 5 messages 2 are included: three are left."""
    rows = charges(
        charge("usage:call", "9", seconds=150, included=90),
        charge("usage:sms", "9", kind="message", quantity=5, included=2),
        charge("usage:data", "9", kind="data"), charge("recurring:1", "99", kind=None),
    )  # fmt: skip
    made = change_basis(rows, NONE, change("unit_price", "0.5", article_no="1005"), ON)
    assert made.changes.select("charge_id", "difference_amount").rows() == [
        ("recurring:1", Decimal("-98.5")), ("usage:call", Decimal("-8.5")), ("usage:sms", Decimal("-7.5")),
    ]  # fmt: skip


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("discount"), st.decimals(0, 100, places=6)),
        st.tuples(st.just("unit_price"), st.decimals(0, 20, places=6)),
        st.tuples(st.just("remove"), st.none()),
    ),
    max_size=4,
)


@given(st.decimals(0, 1000, places=6), st.integers(0, 7200), STEPS)
def test_whatever_is_changed_a_charge_never_rises_and_never_falls_below_nothing(amount, seconds, steps):
    rows, earlier, before = charges(charge("usage:a", amount, seconds=seconds)), NONE, amount
    for number, (kind, value) in enumerate(steps):
        made = change_basis(rows, earlier, change(kind, value, request=f"r{number}"), ON)
        earlier = pl.concat([earlier, made.changes])
        now = amount + sum(earlier["difference_amount"], Decimal(0))
        assert 0 <= now <= before
        if kind == "remove":
            assert now == 0
        if kind == "discount":
            assert abs(now - before * (100 - value) / 100) <= Decimal("0.0000005")
        assert change_basis(rows, earlier, change("unit_price", "20.000001", charge_id="no"), ON).changes.is_empty()
        before = now


BASES = pl.DataFrame(
    {"basis_id": ["1:1", "2:1"], "basis_state": ["released", "open"], "invoice_no": [None, None], "account_id": [1, 2]},
    schema_overrides={"invoice_no": pl.Int64},
)
MEMBERS = pl.DataFrame({"charge_id": ["a", "basis_change:r1:a", "b"], "basis_id": ["1:1", "1:1", "2:1"]})


def test_a_released_basis_is_due_at_once_with_its_changes_and_an_open_one_is_not():
    unbilled = pl.DataFrame({"charge_id": ["a", "b", "basis_change:r1:a", "c"]})
    due = basis_charges_due(unbilled, BASES, MEMBERS, ON)
    assert due.rows() == [("a", ON), ("basis_change:r1:a", ON)]
    assert waiting_charges(BASES, MEMBERS).rows() == [("b", "2:1")]


def test_a_basis_that_was_invoiced_says_on_which_invoice():
    billed = pl.DataFrame({"charge_id": ["a", "basis_change:r1:a"], "invoice_no": [7, 7]})
    assert invoiced_bases(BASES, MEMBERS, billed).select("basis_id", "invoice_no").rows() == [("1:1", 7)]
