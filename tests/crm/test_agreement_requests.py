"""Payment agreements by request: the plan, the fee, what is refused and why."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standing_customer import ask
from test_request_application import NOV1, ON, POLICY, apply, register

from crm.payment_plan import payment_plan
from schemas import tables

DEC28 = date(2026, 12, 28)


def claim(number, amount, *, due=NOV1, kind="invoice", currency="SEK"):
    """An open claim: an invoice, or the fee of its reminder."""
    return {
        "receivable_id": f"{kind}:{number}", "receivable_kind": kind, "account_id": 5, "invoice_no": number,
        "amount": Decimal(amount), "currency": currency, "due_on": due, "booked_on": NOV1,
        "open_amount": Decimal(amount), "credited_amount": Decimal(0),
    }  # fmt: skip


OPEN = (claim(2, "700.00", due=NOV1 + timedelta(days=20)), claim(1, "400.00"), claim(1, "60.00", kind="reminder_fee"))


def owing(*claims, **known):
    return register(customers={5: 3}, open_claims=lambda _: list(claims), known=known)


def agree(into=None, **more):
    fields = {"account_id": 5, "instalments": 3, "first_due_on": "2026-12-28", "reason": "asked for time"}
    return apply(ask("agree_payments", **(fields | more)), into=into or owing(*OPEN))


def written(made, table, *names):
    return made.changes[table][0].select(names).rows()


def code(made):
    return made.outcomes["reason_code"].item()


def test_everything_open_and_the_fee_become_instalments():
    """400 + 60 + 700 = 1160, with the fee 1330: 443.34 + 443.33 + 443.33."""
    made = agree()
    names = (
        "agreement_id",
        "account_id",
        "agreement_state",
        "amount",
        "currency",
        "fee_amount",
        "agreed_on",
        "ended_on",
    )
    assert written(made, tables.PAYMENT_AGREEMENT, *names) == [
        ("5:1", 5, "standing", Decimal(1160), "SEK", Decimal(170), ON, None)
    ]
    assert written(made, tables.PAYMENT_AGREEMENT, "decided_by", "decision_text", "request_id") == [
        ("web", "asked for time", "q")
    ]
    assert written(made, tables.AGREEMENT_CLAIM, "receivable_id", "amount") == [
        ("invoice:1", Decimal(400)), ("reminder_fee:1", Decimal(60)), ("invoice:2", Decimal(700)),
        ("agreement_fee:5:1", Decimal(170)),
    ]  # fmt: skip
    assert written(made, tables.AGREEMENT_INSTALMENT, "instalment_no", "due_on", "amount") == [
        (1, DEC28, Decimal("443.34")),
        (2, date(2027, 1, 28), Decimal("443.33")),
        (3, date(2027, 2, 28), Decimal("443.33")),
    ]
    assert made.outcomes["customer_id"].to_list() == [3]


def test_the_fee_is_a_claim_that_names_the_oldest_invoice_and_is_due_with_the_first_instalment():
    names = ("receivable_id", "receivable_kind", "invoice_no", "amount", "due_on", "booked_on")
    assert written(agree(), tables.RECEIVABLE, *names) == [
        ("agreement_fee:5:1", "agreement_fee", 1, Decimal(170), DEC28, ON)
    ]


def test_named_invoices_come_with_the_fees_of_their_reminders_and_leave_the_others_alone():
    made = agree(invoices=[1], fee="0", instalments=2)
    assert written(made, tables.AGREEMENT_CLAIM, "receivable_id") == [("invoice:1",), ("reminder_fee:1",)]
    assert written(made, tables.AGREEMENT_INSTALMENT, "amount") == [(Decimal(230),)] * 2
    assert written(made, tables.RECEIVABLE, "receivable_id") == []


def test_claims_in_another_currency_stay_outside_and_no_fee_is_charged_there():
    euro = owing(claim(1, "400.00", currency="EUR"), claim(2, "700.00"))
    made = agree(euro, fee="0")
    assert written(made, tables.AGREEMENT_CLAIM, "receivable_id") == [("invoice:2",)]


def test_a_second_agreement_of_the_account_takes_what_the_first_does_not_hold():
    into = owing(*OPEN, payment_agreement=[agreement()], agreement_claim=[held("invoice:1"), held("reminder_fee:1")])
    made = agree(into)
    assert written(made, tables.PAYMENT_AGREEMENT, "agreement_id", "amount") == [("5:2", Decimal(700))]


def agreement(state="standing", ended=None):
    values = {"agreement_id": "5:1", "account_id": 5, "agreement_state": state, "ended_on": ended, "currency": "SEK"}
    return dict.fromkeys(tables.PAYMENT_AGREEMENT.names) | values


def held(name):
    return {"agreement_id": "5:1", "receivable_id": name, "amount": Decimal(1), "credited_amount": Decimal(0)}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"invoices": [9]}, "NOT_ALLOWED"),  # not of the account, or paid
        ({"fee": "170.01"}, "ABOVE_CEILING"),
        ({"instalments": POLICY.agreements.most_instalments + 1}, "NOT_ALLOWED"),
        ({"first_due_on": "2026-11-21"}, "BAD_REQUEST"),  # yesterday
        ({"first_due_on": "2028-01-01"}, "BAD_REQUEST"),
        ({"instalments": 0}, "BAD_REQUEST"),
        ({"account_id": 6}, "UNKNOWN_CUSTOMER"),
    ],
)
def test_what_no_agreement_can_be_made_of_is_refused(fields, expected):
    made = agree(**fields)
    assert (code(made), made.changes[tables.PAYMENT_AGREEMENT][0].height) == (expected, 0)


def test_instalments_too_small_to_be_reminded_of_are_refused():
    """100.00 in two: 50.00 each, and no more than 50.00 is not worth a reminder."""
    assert code(agree(owing(claim(1, "100.00")), instalments=2, fee="0")) == "NOT_ALLOWED"
    assert code(agree(owing(claim(1, "100.02")), instalments=2, fee="0")) is None


def test_an_account_that_owes_nothing_has_nothing_to_agree_on():
    assert code(agree(owing())) == "NOT_ALLOWED"


def test_a_claim_is_under_one_agreement_at_most():
    into = owing(*OPEN, payment_agreement=[agreement()], agreement_claim=[held("invoice:2")])
    assert code(agree(into, invoices=[2])) == "ALREADY_SO"
    ended = owing(*OPEN, payment_agreement=[agreement("broken", ON)], agreement_claim=[held("invoice:2")])
    assert code(agree(ended, invoices=[2])) is None


def test_two_agreements_of_one_night_do_not_take_the_same_claims():
    asked = [ask("agree_payments", request_id=name, minute=minute, account_id=5, instalments=2, reason="r",
                 first_due_on="2026-12-28") for minute, name in enumerate("ab", 1)]  # fmt: skip
    made = apply(*asked, into=owing(*OPEN))
    assert made.outcomes.sort("request_id")["reason_code"].to_list() == [None, "NOT_ALLOWED"]


def test_an_agreement_that_stands_is_ended_by_hand():
    made = apply(
        ask("end_agreement", agreement_id="5:1", reason="pays at once"), into=owing(payment_agreement=[agreement()])
    )
    names = ("agreement_state", "ended_on", "decided_by", "decision_text")
    assert written(made, tables.PAYMENT_AGREEMENT, *names) == [("ended", ON, "web", "pays at once")]


@pytest.mark.parametrize(
    ("known", "expected"), [([], "UNKNOWN_CUSTOMER"), ([agreement("kept", ON)], "ALREADY_SO")], ids=["unknown", "kept"]
)
def test_what_does_not_stand_is_not_ended(known, expected):
    made = apply(ask("end_agreement", agreement_id="5:1", reason="r"), into=owing(payment_agreement=known))
    assert code(made) == expected


def test_instalments_keep_to_the_day_of_the_first_one_as_far_as_months_have_it():
    plan = payment_plan(Decimal(100), 3, date(2027, 1, 31), 1)
    assert [row["due_on"] for row in plan] == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]
    every_third = payment_plan(Decimal(100), 2, date(2027, 1, 31), 3)
    assert every_third[1]["due_on"] == date(2027, 4, 30)


@given(st.integers(100, 10_000_000), st.integers(1, 120))
def test_instalments_add_up_and_differ_by_an_oere_at_most(minor, count):
    plan = payment_plan(Decimal(minor) / 100, count, DEC28, 1)
    amounts = [row["amount"] for row in plan]
    assert (len(amounts), sum(amounts)) == (count, Decimal(minor) / 100)
    assert max(amounts) - min(amounts) <= Decimal("0.01")
    assert amounts == sorted(amounts, reverse=True)
