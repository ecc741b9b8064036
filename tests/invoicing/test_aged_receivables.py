"""Receivables by age: what stood on a day, also one long past, and money that is no claim's beside it."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.aged_receivables import aged, money_apart_on, open_claims_on
from invoicing.allocation_rows import with_event_days
from invoicing.document_postings import claim_vouchers
from invoicing.money_postings import money_vouchers
from schemas import tables
from schemas.codes import AGE_BUCKETS
from schemas.policy import Ledger

OCT1, OCT21, OCT28, NOV20 = date(2026, 10, 1), date(2026, 10, 21), date(2026, 10, 28), date(2026, 11, 20)


def frame(table, *rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema, orient="row")


def claim(name, amount, *, due=OCT21, booked=OCT1, account=7, currency="SEK", home=None):
    return {
        "receivable_id": name, "receivable_kind": "invoice", "account_id": account, "invoice_no": 1,
        "amount": Decimal(amount), "currency": currency, "home_amount": Decimal(home or amount), "due_on": due,
        "booked_on": booked,
    }  # fmt: skip


def row(claim_name, amount, *, voucher="B:p", payment="p", on=OCT28, kind="receivable", account=7, home=None):
    amount = Decimal(amount)
    return {
        "allocation_id": f"{voucher}/{claim_name}/{kind}", "payment_id": payment, "voucher_id": voucher,
        "account_id": account, "receivable_id": claim_name, "allocation_kind": kind, "amount": amount,
        "home_amount": Decimal(home) if home else amount, "paid_amount": amount, "paid_home_amount": amount,
        "match_rule": "ocr_reference", "allocated_on": on,
    }  # fmt: skip


def payments(booked=OCT28, payment="p", currency="SEK"):
    return frame(tables.PAYMENT, {"payment_id": payment, "booked_on": booked, "currency": currency})


def standing(on, claims, rows, paid=None):
    moves = with_event_days(frame(tables.ALLOCATION, *rows), payments() if paid is None else paid)
    return open_claims_on(frame(tables.RECEIVABLE, *claims), moves, on)


def figures(found, *names):
    return found.select(names or ("receivable_id", "open_amount", "age")).rows()


@pytest.mark.parametrize(
    ("days", "age"),
    [(-1, "not_due"), (0, "not_due"), (1, "days_1_30"), (30, "days_1_30"), (31, "days_31_60"), (60, "days_31_60"),
     (61, "days_61_90"), (90, "days_61_90"), (91, "days_over_90"), (999, "days_over_90")],
)  # fmt: skip
def test_a_claim_is_as_old_as_the_days_since_its_due_date(days, age):
    assert figures(standing(OCT21 + timedelta(days), [claim("a", 100)], [])) == [("a", Decimal(100), age)]


def test_a_past_day_tells_what_stood_then():
    """100.00 since 1 October; 60.00 booked by the bank on 28 October, but allocated later, on 20 November."""
    claims, rows = [claim("a", 100)], [row("a", 60, on=NOV20)]
    assert figures(standing(date(2026, 9, 30), claims, rows)) == []
    assert figures(standing(OCT28 - timedelta(1), claims, rows), "open_amount") == [(Decimal(100),)]
    assert figures(standing(OCT28, claims, rows), "open_amount") == [(Decimal(40),)]


def test_a_move_without_money_counts_from_the_day_it_was_decided_on():
    """60.00 came on 28 October and were credit, until they were put to the claim on 20 November."""
    rows = [
        row(None, 60, kind="credit"),
        row(None, -60, kind="credit", voucher="A:p", on=NOV20),
        row("a", 60, voucher="A:p", on=NOV20),
    ]
    assert figures(standing(NOV20 - timedelta(1), [claim("a", 100)], rows), "open_amount") == [(Decimal(100),)]
    assert figures(standing(NOV20, [claim("a", 100)], rows), "open_amount") == [(Decimal(40),)]


def test_what_is_paid_is_not_listed_and_a_credit_note_is_until_it_is_set_off():
    claims = [claim("a", 100), claim("note", -30, due=OCT1)]
    assert figures(standing(OCT28, claims, [row("a", 100)]), "receivable_id", "open_amount") == [("note", Decimal(-30))]


def test_a_claim_paid_before_it_was_booked_is_below_zero_until_then():
    rows, claims = [row("a", 100, on=NOV20)], [claim("a", 100, booked=NOV20)]
    assert figures(standing(OCT28, claims, rows), "open_amount") == [(Decimal(-100),)]
    assert figures(standing(NOV20, claims, rows)) == []


def test_ages_are_added_up_by_key_and_currency_with_the_books_own_beside():
    """EUR 10.00 at 11.20 = 112.00."""
    claims = [
        claim("a", 100), claim("b", 50, due=NOV20), claim("c", 10, currency="EUR", home=112), claim("d", 5, account=8),
    ]  # fmt: skip
    found = aged(standing(OCT28, claims, []), ["account_id"])
    assert list(found.columns) == ["account_id", "currency", *AGE_BUCKETS, "open_amount", "open_home_amount"]
    names = ("account_id", "currency", "not_due", "days_1_30", "open_amount", "open_home_amount")
    assert figures(found, *names) == [
        (7, "EUR", Decimal(0), Decimal(10), Decimal(10), Decimal(112)),
        (7, "SEK", Decimal(50), Decimal(100), Decimal(150), Decimal(150)),
        (8, "SEK", Decimal(0), Decimal(5), Decimal(5), Decimal(5)),
    ]


def test_credit_and_suspense_stand_apart_until_they_are_used():
    rows = [
        row(None, 60, kind="credit"),
        row(None, 5, kind="suspense", account=None),
        row(None, -60, kind="credit", voucher="A:p", on=NOV20),
        row("a", 60, voucher="A:p", on=NOV20),
    ]
    moves = with_event_days(frame(tables.ALLOCATION, *rows), payments())
    accounts = frame(tables.ACCOUNT, {"account_id": 7, "currency": "SEK"})
    names = ("account_id", "allocation_kind", "currency", "amount")
    before, after = (money_apart_on(moves, payments(), accounts, on) for on in (OCT28, NOV20))
    assert figures(before, *names) == [(None, "suspense", "SEK", Decimal(5)), (7, "credit", "SEK", Decimal(60))]
    assert figures(after, *names) == [(None, "suspense", "SEK", Decimal(5))]


def test_credit_of_a_credit_note_is_in_the_currency_of_the_account():
    rows = [row(None, 30, kind="credit", payment="credit_note:9", voucher="A:credit_note:9", on=NOV20)]
    moves = with_event_days(frame(tables.ALLOCATION, *rows), payments())
    accounts = frame(tables.ACCOUNT, {"account_id": 7, "currency": "EUR"})
    assert figures(money_apart_on(moves, payments(), accounts, NOV20), "currency", "amount") == [("EUR", Decimal(30))]


# Claims of 100.00 booked on the first days of October, and what became of money: (claim, amount, kind of event, day).
ROLES = [name for name in Ledger.model_fields if name not in {"defer_income", "bank_accounts"}]
LEDGER = Ledger(**{name: str(1000 + place) for place, name in enumerate(ROLES)})
EVENT = (
    st.sampled_from("abc"),
    st.integers(1, 3_000),
    st.sampled_from(["paid", "drawn", "credit"]),
    st.integers(0, 30),
)
EVENTS = st.lists(st.tuples(*EVENT), max_size=8)


def events_as_rows(events):
    """Payments with what they paid, booked a day before they were allocated; or moves of credit without money."""
    rows, paid = [], []
    for number, (name, minor, what, day) in enumerate(events):
        on, amount, payment = OCT1 + timedelta(day), Decimal(minor) / 100, f"p{number}"
        paid.append({"payment_id": payment, "booked_on": on - timedelta(1), "currency": "SEK", "payee_account": "bg"})
        kinds = {"paid": [("receivable", name)], "credit": [("credit", None)], "drawn": [("credit", None)]}[what]
        rows += [row(to, amount, voucher=f"B:{payment}", payment=payment, on=on, kind=kind) for kind, to in kinds]
        if what == "drawn":
            move = {"voucher": f"A:{payment}", "payment": payment, "on": on + timedelta(2)}
            rows += [row(None, -amount, kind="credit", **move), row(name, amount, **move)]
    return frame(tables.ALLOCATION, *rows), frame(tables.PAYMENT, *paid)


@given(EVENTS, st.integers(-2, 40))
def test_what_was_open_on_a_day_is_what_the_vouchers_up_to_it_post(events, day):
    fee = {"receivable_kind": "reminder_fee"}
    booked = ((name, OCT1 + timedelta(place)) for place, name in enumerate("abc"))
    claims = frame(tables.RECEIVABLE, *(claim(name, 100, booked=on) | fee for name, on in booked))
    allocations, paid = events_as_rows(events)
    on = OCT1 + timedelta(day)
    lost, booked_by_hand = tables.BAD_DEBT_VAT.empty(), tables.PAYMENT_BOOKING.empty()
    vouchers = pl.concat(
        [claim_vouchers(claims, LEDGER), money_vouchers(allocations, paid, claims, lost, booked_by_hand, LEDGER)]
    ).filter(pl.col("event_on") <= on)
    moves = with_event_days(allocations, paid)
    accounts = frame(tables.ACCOUNT, {"account_id": 7, "currency": "SEK"})
    owed = open_claims_on(claims, moves, on)["open_home_amount"].sum()
    kept = money_apart_on(moves, paid, accounts, on)["home_amount"].sum()

    def balance(role):
        return vouchers.filter(pl.col("ledger_account") == getattr(LEDGER, role))["debit_credit"].sum()

    assert (owed, kept) == (balance("receivables"), -balance("customer_credit"))
