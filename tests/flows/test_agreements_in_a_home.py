"""A payment agreement over some nights: reminders follow the instalments, and what is broken is dunned again."""

import json
import shutil
from datetime import date
from decimal import Decimal

import pytest
from small_operator import DECIDED, ask, asked_of_marts, home_of, put, swish

from pipelines.nightly_flow import conduct

pytestmark = pytest.mark.slow
NOV2, DEC1 = date(2026, 11, 2), date(2026, 12, 1)
BO, SECOND_OCR = 20002, "100000298"


def agreement(request_id="agree", **fields):
    """A request for three instalments of what Bo owes: 399.00 and the fee of its reminder, 60.00; no fee."""
    request = {
        "request_id": request_id, "type": "agree_payments", "channel": "agent", "actor": "eva",
        "requested_at": "2026-11-02T10:00:00+01:00", "effective_on": "2026-11-02", "account_id": BO,
        "invoices": [1000002], "instalments": 3, "first_due_on": "2026-12-01", "fee": "0",
        "reason": "asked for time",
    }  # fmt: skip
    return json.dumps(request | fields) + "\n"


def night(home, on, **files):
    put(home, {f"{name}.{'csv' if text.startswith('Bokf') else 'jsonl'}": text for name, text in files.items()})
    return conduct(home, on, stages=DECIDED)


@pytest.fixture(scope="module")
def agreed(made_once, told):
    """The small operator on the night Bo's invoice of 399.00, reminded of with 60.00, becomes three instalments."""

    def fill(root):
        shutil.copytree(told.root, root, symlinks=True)
        night(home_of(root), NOV2, a=agreement())

    return made_once("agreed", fill)


PLAN = "SELECT agreement_id, instalment_no, due_on, amount FROM agreement_instalment ORDER BY ALL"
STATE = "SELECT agreement_state, ended_on FROM payment_agreement"
REMINDED = "SELECT reminder_id, reminded_on, open_amount FROM reminder WHERE agreement_id IS NOT NULL ORDER BY ALL"


def test_an_agreement_holds_the_claims_and_adds_up(agreed):
    """399 + 60 = 459 = 3 x 153; running the night again makes no second one."""
    assert ask(agreed, PLAN) == [
        ("20002:1", 1, DEC1, Decimal(153)),
        ("20002:1", 2, date(2027, 1, 1), Decimal(153)),
        ("20002:1", 3, date(2027, 2, 1), Decimal(153)),
    ]
    assert ask(agreed, STATE) == [("standing", None)]
    assert ask(agreed, "SELECT receivable_id FROM agreement_claim ORDER BY ALL") == [
        ("invoice:1000002",), ("reminder:1000002:1",),
    ]  # fmt: skip


def test_the_fee_of_an_agreement_is_booked_and_paid_with_its_instalments(agreed, copy_of):
    """399.00 of invoice 1000004 and the policy's fee of 170.00 are 569.00: 284.50 twice. The proof holds."""
    home = copy_of(agreed)
    second = json.loads(
        agreement("second", invoices=[1000004], instalments=2, requested_at="2026-11-02T11:00:00+01:00")
    )
    night(home, NOV2, b=json.dumps({name: value for name, value in second.items() if name != "fee"}) + "\n")
    amounts = "SELECT amount FROM agreement_instalment WHERE agreement_id = '20002:2'"
    assert ask(home, amounts) == [(Decimal("284.50"),)] * 2
    posted = "SELECT debit_credit FROM ledger_entry WHERE voucher_id = 'R:agreement_fee:20002:2' ORDER BY ALL"
    assert ask(home, posted) == [(Decimal(-170),), (Decimal(170),)]
    night(home, date(2026, 11, 3), p=swish(("S11", "2026-11-03", "569,00", "100000496")))
    state = "SELECT agreement_state FROM payment_agreement WHERE agreement_id = '20002:2'"
    assert ask(home, state) == [("kept",)]


def test_what_an_agreement_holds_restricts_nobody(agreed, copy_of):
    """Bo's invoice was due on 21 October: 30 days later it would bar calls abroad and premium numbers."""
    home = copy_of(agreed)
    night(home, date(2026, 11, 25))
    assert (
        ask(home, "SELECT level FROM (SELECT block_cause AS level, account_id FROM block) WHERE account_id = 20002")
        == []
    )
    held = "SELECT agreement_id FROM payment_agreement WHERE agreement_state = 'standing'"
    assert ask(home, held) == [("20002:1",)]


def test_instalments_are_reminded_of_paid_and_kept(agreed, copy_of):
    """153.00 are due on 1 December and 100.00 come: 53.00 are reminded of; then all the rest is paid."""
    home = copy_of(agreed)
    night(home, date(2026, 12, 3), a=swish(("S11", "2026-12-02", "100,00", SECOND_OCR)))
    night(home, date(2026, 12, 7))
    night(home, date(2026, 12, 8))
    assert ask(home, REMINDED) == [("reminder:agreement:20002:1:1", date(2026, 12, 7), Decimal(53))]
    fee = "SELECT amount FROM receivable WHERE receivable_id = 'reminder:agreement:20002:1:1'"
    assert ask(home, fee) == [(Decimal(60),)]
    night(home, date(2026, 12, 9), b=swish(("S12", "2026-12-09", "700,00", SECOND_OCR)))
    assert ask(home, STATE) == [("kept", date(2026, 12, 9))]


def test_a_broken_agreement_ends_and_the_invoice_is_dunned_from_that_day(agreed, copy_of):
    """30 days after 1 December the first instalment still stands; the invoice, due on 21 October, suspends."""
    home = copy_of(agreed)
    night(home, date(2026, 12, 15))
    night(home, date(2026, 12, 30))
    assert ask(home, STATE) == [("standing", None)]
    night(home, date(2026, 12, 31))
    assert ask(home, STATE) == [("broken", date(2026, 12, 31))]
    states = "SELECT subscription_state FROM subscription_state JOIN subscription USING (subscription_id) "
    reached = f"{states} WHERE state_from = '2026-12-31' AND account_id = {BO} ORDER BY transition_no DESC LIMIT 1"
    assert ask(home, reached) == [("suspended",)]


def test_an_agreement_is_listed_shown_and_ended_at_the_command_line(agreed, copy_of, nightbill, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    home = copy_of(agreed)
    code, shown, _ = nightbill("agreements", "list", "--home", home.root)
    assert code == 0
    assert "20002:1" in shown
    assert "459.00" in shown
    code, shown, _ = nightbill("agreements", "show", "20002:1", "--home", home.root)
    assert (code, "asked for time" in shown, shown.count("153.00")) == (0, True, 6)
    ending = ("agreements", "end", "20002:1", "--reason", "pays at once", "--home", home.root, "--on", "2026-11-02")
    assert nightbill(*ending)[:2] == (0, "applied\n")
    assert ask(home, STATE) == [("ended", NOV2)]
    code, _, errors = nightbill("agreements", "show", "9:9", "--home", home.root)
    assert code == 2
    assert "9:9" in errors


def test_marts_and_the_customer_card_tell_the_plan(agreed, copy_of):
    home = copy_of(agreed)
    put(home, {"p.csv": swish(("S11", "2026-11-03", "200,00", SECOND_OCR))})
    conduct(home, date(2026, 11, 3))
    assert asked_of_marts(home, "SELECT paid_amount, open_amount, due_on FROM fact_agreement") == [
        (Decimal(200), Decimal(259), date(2027, 1, 1))
    ]
    sql = "SELECT instalment_no, paid_amount, open_amount FROM fact_agreement_instalment ORDER BY ALL"
    assert asked_of_marts(home, sql) == [
        (1, Decimal(153), Decimal(0)), (2, Decimal(47), Decimal(106)), (3, Decimal(0), Decimal(153)),
    ]  # fmt: skip
    (card,) = asked_of_marts(home, "SELECT card_json, card_page FROM customer_card WHERE card_json LIKE '%20002:1%'")
    assert [row["open_amount"] for row in json.loads(card[0])["agreements"]] == ["0.00", "106.00", "153.00"]
    assert "Betalningsöverenskommelser" in card[1]
