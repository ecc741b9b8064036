"""A claim at a collection service: handed over by request, written to its file, paid there, or returned."""

import json
from datetime import date
from decimal import Decimal

import pytest
from small_operator import ask, put

from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
NIGHT, NEXT = date(2026, 10, 27), date(2026, 10, 28)
STAGES = stages_named(
    "ingest", "register", "match", "settle", "hand_over", "remind", "states", "book", "prove", "collection_file"
)
STATE = "SELECT h.invoice_no, open_amount, handed_count FROM handed_invoice h JOIN hand_over USING (request_id)"


def request(request_id, on=NIGHT, **fields):
    made = {"request_id": request_id, "type": "hand_over", "channel": "agent", "actor": "anna",
            "requested_at": f"{on}T09:00:00+01:00", "effective_on": str(on), "reason": "no answer"}  # fmt: skip
    return json.dumps(made | fields) + "\n"


@pytest.fixture
def handed(invoiced, copy_of):
    """Anna's invoice of 188 kr, due on 21 October, is handed over before the night that would remind of it."""
    home = copy_of(invoiced)
    put(home, {"hand_over.jsonl": request("h-1", invoice_no=1000001, to="inkasso")})
    conduct(home, NIGHT, stages=STAGES)
    return home


def reminded(home):
    return ask(home, "SELECT invoice_no FROM reminder ORDER BY invoice_no")


def test_an_invoice_at_collection_is_in_the_service_s_file_and_is_not_reminded_of(handed):
    """Bo's, which is as late, is reminded of."""
    assert ask(handed, STATE) == [(1000001, Decimal("188.00"), 1)]
    assert reminded(handed) == [(1000002,)]
    header, row, *more = (handed.outbox / "collection" / "hand_over_000001.csv").read_text("utf-8").splitlines()
    told = dict(zip(header.split(";"), row.split(";"), strict=True))
    assert more == []
    wanted = {"case": "h-1", "name": "Anna Ek", "invoice": "1000001", "due_date": "2026-10-21", "capital": "188.00",
              "fees": "0.00", "interest": "0.00", "open": "188.00", "reference": "100000199",
              "reminders": "0"}  # fmt: skip
    assert {name: told[name] for name in wanted} == wanted


def test_what_the_service_was_paid_is_a_payment_of_the_invoice(handed):
    rows = (
        "invoice_no,status,amount,paid_on,id\n1000001,paid,100.00,2026-10-27,p-1\n1000001,paid,88.00,2026-10-28,p-2\n"
    )
    put(handed, {"answers.csv": rows})
    conduct(handed, NEXT, stages=STAGES)
    sql = (
        "SELECT p.payee_account, p.booked_on, a.amount, a.receivable_id IS NOT NULL, a.match_rule FROM payment p "
        "JOIN allocation a USING (payment_id) ORDER BY p.booked_on"
    )
    assert ask(handed, sql) == [
        ("collection:inkasso", NIGHT, Decimal("100.00"), True, "ocr_reference"),
        ("collection:inkasso", NEXT, Decimal("88.00"), True, "ocr_reference"),
    ]


def test_an_invoice_that_comes_back_is_reminded_of_and_may_be_handed_over_again(handed):
    put(handed, {"answers.csv": "invoice_no;status;text\n1000001;returned;no assets\n1000002;closed;\n"})
    conduct(handed, NEXT, stages=STAGES)
    assert reminded(handed) == [(1000001,), (1000002,)]
    assert ask(handed, "SELECT reason_code FROM rejected") == [("NOT_HANDED_OVER",)]
    put(handed, {"again.jsonl": request("h-2", NEXT, account_id=20001, to="inkasso")})
    conduct(handed, date(2026, 10, 29), stages=STAGES)
    sql = "SELECT request_id, fees_amount, reminders_sent, file_no FROM handed_invoice ORDER BY request_id"
    assert ask(handed, sql) == [("h-1", Decimal("0.00"), 0, 1), ("h-2", Decimal("60.00"), 1, 2)]


def test_what_the_policy_does_not_name_and_what_is_there_already_is_not_handed_over(handed):
    put(handed, {"more.jsonl": request("h-3", NEXT, invoice_no=1000002, to="nobody")
                 + request("h-4", NEXT, invoice_no=1000001, to="inkasso")
                 + request("h-5", NEXT, invoice_no=4711, to="inkasso")})  # fmt: skip
    report = conduct(handed, NEXT, stages=STAGES)
    sql = "SELECT request_id, reason_code FROM request_outcome WHERE request_state = 'refused' ORDER BY request_id"
    assert ask(handed, sql) == [("h-3", "NOT_ALLOWED"), ("h-5", "UNKNOWN_CUSTOMER")]
    told = next(stage.report.summary for stage in report.stages if stage.name == "hand_over")
    assert told == "0 invoices handed over; 1 orders found nothing open and overdue"
    assert ask(handed, "SELECT request_id FROM handed_invoice") == [("h-1",)]
