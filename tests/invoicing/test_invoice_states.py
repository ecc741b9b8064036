"""Which state an invoice is in: by what happened and the date, never stored; and docs/invoices.md draws just that."""

import re
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path

import polars as pl
import pytest

from invoicing.draft_review import FAULTS
from invoicing.invoice_states import FIRST_STATE, STATE_RULES, TRANSITIONS, invoice_states
from schemas import codes
from schemas.money import AMOUNT

DUE = date(2026, 11, 21)
PAGE = (Path(__file__).parents[2] / "docs" / "invoices.md").read_text(encoding="utf-8")
_MONEY = ("total_amount", "open_amount", "credited_amount", "written_off_amount")


def state(*, total=100, open_=100, credited=0, written_off=0, sent=True, on=DUE):
    facts = pl.DataFrame(
        {"invoice_no": [1], "total_amount": [D(total)], "open_amount": [D(open_)], "credited_amount": [D(credited)],
         "written_off_amount": [D(written_off)], "is_sent": [sent], "due_on": [DUE]}
    ).with_columns(pl.col(_MONEY).cast(AMOUNT))  # fmt: skip
    return invoice_states(facts, on)["invoice_state"].item()


D = Decimal


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"sent": False}, "finalised"),
        ({}, "sent"),
        ({"on": date(2026, 11, 22)}, "overdue"),
        ({"open_": "0.01"}, "sent"),  # the due date is the last day to pay
        ({"open_": "0.01", "on": date(2026, 11, 22)}, "overdue"),
        ({"on": date(2026, 11, 22), "sent": False}, "overdue"),
        ({"open_": 1, "on": date(2026, 11, 22)}, "overdue"),
        ({"open_": 0}, "paid"),
        ({"open_": 0, "on": date(2026, 12, 22)}, "paid"),
        ({"open_": 0, "written_off": 1}, "written_off"),
        ({"open_": 50, "written_off": 50}, "sent"),
        ({"open_": 0, "credited": 100}, "credited"),
        ({"open_": 0, "credited": 99}, "paid"),
        ({"open_": 100, "credited": 100}, "credited"),
    ],
)
def test_the_state_of_an_invoice(facts, expected):
    assert state(**facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({"sent": False}, "finalised"), ({}, "sent"), ({"on": date(2026, 12, 1)}, "sent"), ({"open_": 0}, "paid")],
)
def test_a_credit_note_is_paid_when_all_of_it_is_used_and_never_overdue(facts, expected):
    assert state(**{"total": -100, "open_": -100} | facts) == expected


def test_every_state_is_a_code():
    assert {FIRST_STATE, *(name for name, _ in STATE_RULES)} == set(codes.INVOICE_STATES) == set(TRANSITIONS)


def told(heading):
    """First cells and second cells of the table below a heading, as code words."""
    part = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|", part, flags=re.MULTILINE)
    return {words(first)[0]: words(second) for first, second in rows if words(first)}


def words(cell):
    return tuple(re.findall(r"`([^`]+)`", cell))


def test_the_page_tells_which_state_follows_which():
    assert told("Its states") == TRANSITIONS


def test_the_drawing_has_every_state():
    drawn = set(re.findall(r"[a-z_]{4,}", PAGE.split("```")[1]))
    assert drawn >= {*codes.INVOICE_STATES, *codes.DRAFT_STATES}


def test_the_drawn_arrows_are_transitions_of_the_code():
    drawing = PAGE.split("```")[1]
    arrows = set(re.findall(r"(\w+) -+> (\w+)(?= |$)", drawing, flags=re.MULTILINE))
    lived = {(one, other) for one, others in TRANSITIONS.items() for other in others}
    assert arrows & set(chain(lived))
    assert {step for step in arrows if set(step) <= set(codes.INVOICE_STATES)} <= lived


def test_the_page_tells_every_reason_and_whether_a_release_is_enough():
    reasons = told("Why it waits")
    assert set(reasons) == set(codes.DRAFT_REASONS)
    part = PAGE.split("## Why it waits")[1].split("\n## ")[0]
    mended = set(re.findall(r"^\| `(\w+)` \| no", part, flags=re.MULTILINE))
    assert mended == set(FAULTS)
