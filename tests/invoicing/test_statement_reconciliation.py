"""The same money on statement and among payments: found by transaction, by the bank's reference, or as a deposit."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.statement_reconciliation import reconcile
from schemas import tables

DAY = date(2026, 11, 3)
PAYMENT = tables.PAYMENT.schema | {"paid_to": pl.String()}


def entry(name, amount, reference=None, day=DAY):
    return {
        "bank_entry_id": name,
        "payee_account": "9912346",
        "booked_on": day,
        "amount": Decimal(amount),
        "entry_reference": reference,
    }


def payment(name, amount, paid_to="9912346", day=DAY):
    row = {"payment_id": name, "payee_account": "9912346", "paid_to": paid_to, "booked_on": day}
    return row | {"amount": Decimal(amount)}


def record(payment_id, amount, entry_id=None, reference=None):
    return {
        "payment_id": payment_id,
        "amount": Decimal(amount),
        "bank_entry_id": entry_id,
        "entry_reference": reference,
    }


def held(entries, records, payments):
    """Entries found, entries without a payment, payments without an entry."""
    found = reconcile(
        pl.DataFrame(entries, schema=tables.BANK_ENTRY.schema),
        pl.DataFrame(records, schema=tables.PAYMENT_RECORD.schema),
        pl.DataFrame(payments, schema=PAYMENT),
    )
    keys = ("bank_entry_id", "bank_entry_id", "payment_id")
    return tuple(sorted(frame[key].to_list()) for frame, key in zip(found, keys, strict=True))


def test_an_entry_whose_transactions_are_payments_is_found():
    records = [record("a", 60, "e1"), record("b", 40, "e1"), record("c", 7, "e2")]
    assert held([entry("e1", 100), entry("e2", 7)], records, [payment("a", 60), payment("b", 40)]) == (
        ["e1"], ["e2"], [],
    )  # fmt: skip


def test_an_entry_in_one_sum_is_found_by_the_banks_reference_of_its_payments():
    records = [record("a", 60, reference="BG7"), record("b", 40, reference="BG7"), record("c", 5, reference="BG8")]
    paid = [payment("a", 60), payment("b", 40), payment("c", 5)]
    assert held([entry("e1", 100, "BG7"), entry("e2", 6, "BG8")], records, paid) == (["e1"], ["e2"], ["c"])


def test_a_deposit_without_reference_is_the_payments_of_its_day_to_one_payee():
    paid = [payment("a", 60), payment("b", 40), payment("s", 30, "1230000000"), payment("t", 9, "1230000000")]
    assert held([entry("e1", 100), entry("e2", 39)], [], paid) == (["e1", "e2"], [], [])


def test_two_equal_deposits_need_two_days_of_payments():
    assert held([entry("e1", 100), entry("e2", 100)], [], [payment("a", 100)]) == (["e1"], ["e2"], [])


def test_a_debit_that_is_no_payment_stands_without_one_and_a_reversal_is_found():
    records = [record("r", -100, "e1")]
    assert held([entry("e1", -100), entry("e2", "-2.50")], records, [payment("r", -100)]) == (["e1"], ["e2"], [])


def test_a_payment_that_the_statement_does_not_hold_stands_without_an_entry():
    assert held([], [], [payment("a", 100)]) == ([], [], ["a"])


def test_an_entry_whose_transaction_waits_for_an_exchange_rate_is_not_found_yet():
    assert held([entry("e1", 100)], [record(None, 100, "e1")], []) == ([], ["e1"], [])
