"""Credit notes on their way: ordered by request, numbered in their series, set off, booked, proven, never too much."""

import json
from datetime import date
from decimal import Decimal

import pytest
from small_operator import ANNAS_NUMBER, ask

from pipelines.explaining.explain_flow import explain
from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
D = Decimal
NEXT = date(2026, 10, 2)
_PROVEN = stages_named("configure", "ingest", "register", "rate", "match", "bill", "settle", "book", "prove")
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


def test_a_whole_credit_note_makes_nothing_of_its_invoice(invoiced, copy_of, nightbill):
    home = copy_of(invoiced)
    order(home, "whole")
    conduct(home, NEXT)
    (before,) = ask(
        home, "SELECT net_amount, vat_amount, rounding_amount, total_amount FROM invoice WHERE invoice_no = 1000001"
    )
    ((number, of, *amounts),) = ask(home, NOTES)
    assert (number, of) == (9000001, 1000001)
    assert amounts == [-amount for amount in before]
    booked = "FROM ledger_entry WHERE invoice_no IN (1000001, 9000001)"
    assert ask(home, f"SELECT sum(entry_amount) {booked} AND ledger_account = '1510'") == [(D("0.00"),)]
    series = "(voucher_id LIKE 'F:%' OR voucher_id LIKE 'K:%')"
    by_account = f"SELECT ledger_account {booked} AND {series} GROUP BY ALL"
    assert ask(home, f"{by_account} HAVING sum(debit_credit) <> 0") == []
    conduct(home, NEXT)
    assert len(ask(home, NOTES)) == 1
    card = json.loads(nightbill("card", 10001, "--home", home.root)[1])
    states = [(each["invoice_no"], each["status"], each["open_amount"]) for each in card["invoices"]]
    assert states == [(1000001, "credited", "0.00"), (9000001, "paid", "0.00")]
    assert explain(home, "9000001/1").holds


def test_credits_of_one_night_are_granted_one_after_the_other_and_never_too_much(invoiced, copy_of):
    home = copy_of(invoiced)
    ((total,),) = ask(home, "SELECT total_amount FROM invoice WHERE invoice_no = 1000001")
    ((net,),) = ask(home, "SELECT net_amount FROM invoice_line WHERE invoice_no = 1000001 AND entry_no = 1")
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


def test_an_invoice_that_would_be_negative_becomes_a_credit_note_of_the_last_one(invoiced, copy_of):
    """Anna leaves, and is given 50 kr out of goodwill: 62.50 with VAT, of the largest line she paid."""
    home = copy_of(invoiced)
    asked = {"channel": "agent", "actor": "anna", "requested_at": "2026-10-02T09:00:00+02:00", "number": ANNAS_NUMBER}
    leaves = asked | {"request_id": "leaves", "type": "cancel", "effective_on": "2026-10-31"}
    given = asked | {
        "request_id": "given", "type": "goodwill", "effective_on": "2026-10-02", "amount": "50.00",
        "article_no": "1002", "reason": "Waited an hour",
    }  # fmt: skip
    (home.inbox / "a.jsonl").write_text(f"{json.dumps(leaves)}\n{json.dumps(given)}\n", encoding="utf-8")
    for on in (NEXT, date(2026, 11, 1), date(2026, 11, 2)):
        conduct(home, on)
    ((number, of, *amounts),) = ask(home, NOTES)
    assert (number, of, amounts) == (9000001, 1000001, [D("-50.00"), D("-12.50"), D("0.00"), D("-62.50")])
    assert ask(home, "SELECT charge_id FROM billed_charge WHERE invoice_no = 9000001") == [("one_off:given:goodwill",)]
    claim = "SELECT sum(amount) FROM allocation WHERE receivable_id = 'invoice:9000001'"
    assert ask(home, claim) == [(D("-62.50"),)]


def test_goodwill_larger_than_a_line_of_the_last_invoice_is_drawn_as_far_as_it_reaches(invoiced, copy_of, nightbill):
    """Anna leaves with 150 kr of goodwill: her lines were 99.00, 49.50 and 2.16, of which each day draws one.

    The first of November is run twice, and draws once.
    """
    home = copy_of(invoiced)
    asked = {"channel": "agent", "actor": "anna", "requested_at": "2026-10-02T09:00:00+02:00", "number": ANNAS_NUMBER}
    leaves = asked | {"request_id": "leaves", "type": "cancel", "effective_on": "2026-10-31"}
    given = asked | {
        "request_id": "given", "type": "goodwill", "effective_on": "2026-10-02", "amount": "150.00",
        "article_no": "1002", "reason": "Waited an hour",
    }  # fmt: skip
    (home.inbox / "a.jsonl").write_text(f"{json.dumps(leaves)}\n{json.dumps(given)}\n", encoding="utf-8")
    for on in (NEXT, date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)):
        conduct(home, on, stages=_PROVEN)
    assert [net for _, _, net, *_ in ask(home, NOTES)] == [D("-99.00"), D("-49.50"), D("-1.50")]
    parts = (
        "SELECT charge_id, c.amount_ex_vat, invoice_no FROM charge c LEFT JOIN billed_charge USING (charge_id) "
        "WHERE charge_id LIKE '%goodwill%' ORDER BY c.amount_ex_vat"
    )
    assert ask(home, parts) == [
        ("one_off:given:goodwill", D(-150), 9000001),
        ("one_off:given:goodwill_20261101", D(-51), 9000002),
        ("one_off:given:goodwill_20261102", D("-1.50"), 9000003),
        ("one_off:given:goodwill_over_20261102", D("1.50"), 9000002),
        ("one_off:given:goodwill_over_20261101", D(51), 9000001),
    ]
    for name, amount in (("goodwill_20261101", -51), ("goodwill_over_20261101", 51)):
        (told,) = explain(home, f"one_off:given:{name}").charges
        assert (told.one_off.amount, told.adds_up, told.one_off.said["reason"]) == (amount, True, "Waited an hour")
        assert nightbill("explain", f"one_off:given:{name}", "--home", home.root)[0] == 0


def test_credit_notes_may_be_numbered_before_invoices(begun, copy_of):
    """What they take back is not billed again: November's 99.00 and its VAT."""
    home = copy_of(begun)
    policy = home.config / "policy.toml"
    policy.write_text(
        policy.read_text(encoding="utf-8").replace("first_credit_note_no = 9000001", "first_credit_note_no = 100001"),
        encoding="utf-8",
    )
    conduct(home, date(2026, 10, 1), stages=_PROVEN)
    order(home, "part", amount="50.00")
    for on in (NEXT, date(2026, 11, 1)):
        conduct(home, on, stages=_PROVEN)
    made = "SELECT invoice_no, net_amount FROM invoice ORDER BY invoiced_on"
    assert ask(home, made) == [(1000001, D("150.66")), (100001, D("-40.00")), (1000002, D("99.00"))]


def test_the_command_tells_number_and_total_of_the_credit_note(invoiced, copy_of, nightbill):
    """40.00 and 25 % VAT of a line of 99.00."""
    home = copy_of(invoiced)
    asked = (
        "invoices",
        "credit",
        1000001,
        "--reason",
        "x",
        "--line",
        1,
        "--net",
        "40",
        "--home",
        home.root,
        "--on",
        NEXT,
    )
    code, out, _ = nightbill(*asked)
    assert (code, "credit note 9000001: -50.00 with VAT" in out) == (0, True), out
