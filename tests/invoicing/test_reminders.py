"""Reminders: who is reminded on which night, once, and at what fee."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from invoicing.reminders import first_reminders, reminder_fees
from schemas import tables
from schemas.policy import Reminders

POLICY = Reminders(fee=Decimal(60), grace_days=5, payment_days=10, minimum_open=Decimal(50))
NONE = tables.REMINDER.empty()
DUE = date(2026, 10, 21)
NIGHT = date(2026, 10, 27)  # six days later: one more than the grace


def item(invoice=1, opened="188.00", due=DUE, kind="invoice"):
    name, amount = f"{kind}:{invoice}", Decimal("188.00")
    return (name, kind, 10 + invoice, invoice, amount, "SEK", amount, due, date(2026, 10, 1), Decimal(opened))


def items(*rows):
    schema = tables.RECEIVABLE.schema | {"open_amount": pl.Decimal(18, 2)}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def reminded(*rows, before=NONE, policy=POLICY, on=NIGHT):
    return first_reminders(items(*rows), tables.REMINDER.complete(before), policy, on)


@pytest.mark.parametrize(
    ("on", "count"),
    [
        (date(2026, 10, 21), 0),  # the due date itself
        (date(2026, 10, 26), 0),  # five days back: still within the grace
        (date(2026, 10, 27), 1),  # six days back
        (date(2026, 12, 24), 1),  # after missed nights
    ],
)
def test_an_invoice_is_reminded_of_when_its_due_date_lies_more_than_the_grace_back(on, count):
    assert reminded(item(), on=on).height == count


def test_without_grace_the_reminder_goes_the_day_after_the_due_date():
    policy = POLICY.model_copy(update={"grace_days": 0})
    assert reminded(item(), policy=policy, on=DUE).is_empty()
    assert reminded(item(), policy=policy, on=date(2026, 10, 22)).height == 1


@pytest.mark.parametrize(("opened", "count"), [("49.99", 0), ("50.00", 0), ("50.01", 1)])
def test_only_more_than_the_minimum_is_worth_a_reminder(opened, count):
    assert reminded(item(opened=opened)).height == count


def test_a_reminder_says_what_is_open_what_it_costs_and_when_to_pay():
    found = reminded(item(opened="100.00"))
    assert found.to_dicts() == [
        {
            "reminder_id": "reminder:1:1",
            "invoice_no": 1,
            "reminder_step": 1,
            "account_id": 11,
            "fee_amount": Decimal("60.00"),
            "open_amount": Decimal("100.00"),
            "reminded_on": NIGHT,
            "due_on": date(2026, 11, 6),  # ten days later
        }
    ]
    tables.REMINDER.conform(found)


def test_an_invoice_is_reminded_of_once():
    first = reminded(item(1), item(2))
    assert first["invoice_no"].to_list() == [1, 2]
    again = reminded(item(1), item(2), item(3), before=first, on=date(2026, 10, 28))
    assert again["invoice_no"].to_list() == [3]


def test_a_reminder_fee_is_not_reminded_of():
    assert reminded(item(kind="reminder_fee")).is_empty()


def test_the_fee_is_a_claim_of_its_own():
    fees = reminder_fees(reminded(item()), "SEK")
    assert fees.to_dicts() == [
        {
            "receivable_id": "reminder:1:1",
            "receivable_kind": "reminder_fee",
            "account_id": 11,
            "invoice_no": 1,
            "amount": Decimal("60.00"),
            "currency": "SEK",
            "home_amount": Decimal("60.00"),
            "due_on": date(2026, 11, 6),
            "booked_on": NIGHT,
        }
    ]
    tables.RECEIVABLE.conform(fees)


def test_a_reminder_without_fee_makes_no_claim():
    free = reminded(item(), policy=POLICY.model_copy(update={"fee": Decimal(0)}))
    assert free["fee_amount"].to_list() == [Decimal(0)]
    assert reminder_fees(free, "SEK").is_empty()
