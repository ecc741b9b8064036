"""Holding and releasing invoices: what the requests do to drafts, and why one is refused."""

from datetime import date
from decimal import Decimal

import pytest
from standing_customer import ask, standing
from test_request_application import ON, apply

from schemas import tables

NOV1, DEC1, JAN1 = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)


def draft(state="draft", reasons="AMOUNT_JUMPED", billing_date=NOV1, decided=None):
    values = {
        "account_id": 5, "billing_date": billing_date, "draft_state": state, "draft_reasons": reasons,
        "net_amount": Decimal(80), "total_amount": Decimal(100), "proposed_on": ON, "decided_on": decided,
    }  # fmt: skip
    return dict.fromkeys(tables.INVOICE_DRAFT.names) | values


def decided(kind, *drafts):
    """What a decision does: the result, and the drafts it wrote."""
    into = standing(known={"invoice_draft": list(drafts)})
    made = apply(ask(kind, account_id=5, reason="calls are disputed"), into=into)
    names = ("billing_date", "draft_state", "draft_reasons", "total_amount")
    return made, made.changes[tables.INVOICE_DRAFT][0].select(names).rows()


def code(made):
    return made.outcomes["reason_code"].item()


def test_holding_what_waits_adds_the_reason_and_keeps_the_others():
    made, rows = decided("hold_invoice", draft())
    assert rows == [(NOV1, "held", "HELD_BY_HAND AMOUNT_JUMPED", Decimal(100))]
    row = made.changes[tables.INVOICE_DRAFT][0].row(0, named=True)
    assert (row["decided_on"], row["decided_by"], row["decision_text"]) == (ON, "web", "calls are disputed")


def test_holding_where_nothing_waits_holds_the_coming_billing_date():
    """Asked on 22 November of an account that is billed on the 1st."""
    assert decided("hold_invoice")[1] == [(DEC1, "held", "HELD_BY_HAND", Decimal(0))]


def test_holding_leaves_the_draft_of_an_invoice_that_was_made_alone():
    assert decided("hold_invoice", draft("finalised", billing_date=DEC1))[1] == [
        (JAN1, "held", "HELD_BY_HAND", Decimal(0))
    ]


def test_holding_again_is_refused():
    made, rows = decided("hold_invoice", draft("held", "HELD_BY_HAND", decided=ON))
    assert (code(made), rows) == ("ALREADY_SO", [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (draft(), (NOV1, "released", "AMOUNT_JUMPED", Decimal(100))),
        (draft("held", "HELD_BY_HAND NO_ADDRESS"), (NOV1, "released", "NO_ADDRESS", Decimal(100))),
        (draft("held", "HELD_BY_HAND"), (NOV1, "released", "", Decimal(100))),
    ],
)
def test_releasing_takes_the_hand_off_whatever_else_there_is(before, after):
    assert decided("release_invoice", before)[1] == [after]


@pytest.mark.parametrize("drafts", [[], [draft("finalised")]])
def test_releasing_where_nothing_waits_is_refused(drafts):
    made, rows = decided("release_invoice", *drafts)
    assert (code(made), rows) == ("NOT_WAITING", [])


def test_holding_and_releasing_at_the_same_instant_contradict_each_other():
    into = standing(known={"invoice_draft": [draft()]})
    asked = [ask(kind, request_id=kind, account_id=5, reason="r") for kind in ("hold_invoice", "release_invoice")]
    made = apply(*asked, into=into)
    assert made.outcomes["reason_code"].to_list() == ["CONTRADICTION"] * 2


def test_a_hold_waits_for_its_day():
    made = apply(ask("hold_invoice", effective=DEC1, account_id=5, reason="r"), into=standing())
    assert made.outcomes.is_empty()
