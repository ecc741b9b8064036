"""Credit notes on their way: ordered by request, numbered in their series, set off, booked, proven, never too much."""

import json
from datetime import date
from decimal import Decimal

import pytest
from small_operator import ask

from pipelines.nightly_flow import conduct

pytestmark = pytest.mark.slow
D = Decimal
NEXT = date(2026, 10, 2)
NOTES = """
    SELECT invoice_no, credits_invoice_no, net_amount, vat_amount, rounding_amount, total_amount FROM invoice
     WHERE document_kind = 'credit_note' ORDER BY invoice_no
"""


def order(home, name, **fields):
    """Put a request to credit invoice 1000001 into the inbox."""
    row = {
        "request_id": name, "type": "credit_invoice", "channel": "agent", "actor": "anna",
        "requested_at": f"2026-10-01T09:00:{len(name):02}+02:00", "effective_on": "2026-10-01", "invoice_no": 1000001,
        "reason": "Calls were not hers",
    } | fields  # fmt: skip
    (home.inbox / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")


def test_a_whole_credit_note_makes_nothing_of_its_invoice(invoiced, copy_of):
    home = copy_of(invoiced)
    order(home, "whole")
    conduct(home, NEXT)
    (before,) = ask(home, "SELECT net_amount, vat_amount, rounding_amount, total_amount FROM invoice WHERE invoice_no = 1000001")
    ((number, of, *amounts),) = ask(home, NOTES)
    assert (number, of) == (9000001, 1000001)
    assert amounts == [-amount for amount in before]
    owed = "SELECT sum(entry_amount) FROM ledger_entry WHERE ledger_account = '1510' AND invoice_no IN (1000001, 9000001)"
    assert ask(home, owed) == [(D("0.00"),)]
    sold = "SELECT coalesce(sum(debit_credit), 0) FROM ledger_entry JOIN voucher USING (voucher_id) WHERE voucher_series IN ('F', 'K') AND invoice_no IN (1000001, 9000001)"
    assert ask(home, sold) == [(D("0.00"),)]
    conduct(home, NEXT)
    assert len(ask(home, NOTES)) == 1


def test_credits_of_one_night_are_granted_one_after_the_other_and_never_too_much(invoiced, copy_of):
    home = copy_of(invoiced)
    ((total, net),) = ask(
        home, "SELECT total_amount, (SELECT net_amount FROM invoice_line l WHERE l.invoice_no = i.invoice_no AND entry_no = 1) "
        "FROM invoice i WHERE invoice_no = 1000001",
    )  # fmt: skip
    order(home, "a", entry_no=1)
    order(home, "ab", entry_no=1)
    order(home, "abc", amount=str(total))
    order(home, "abcd", invoice_no=4711)
    order(home, "abcde")
    conduct(home, NEXT)
    outcomes = dict(ask(home, "SELECT request_id, reason_code FROM request_outcome WHERE request_id LIKE 'a%'"))
    assert outcomes["a"] is None
    assert outcomes["ab"] == outcomes["abc"] == "NOT_ALLOWED"
    assert outcomes["abcd"] == "UNKNOWN_CUSTOMER"
    assert outcomes["abcde"] is None
    first, second = ask(home, NOTES)
    assert first[2] == -net
    assert first[5] + second[5] == -total
    assert (first[0], second[0]) == (9000001, 9000002)
