"""docs/contracts.md tells what the code does: its terms, its worked examples, the drawn life of a subscription."""

import re
from dataclasses import fields
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest
from contracts import BOUND, contract

from crm.contract_changes import decide_termination
from crm.contract_terms import Terms
from crm.subscription_states import TRANSITIONS
from schemas import codes

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")
LIFE = PAGE.split("## The life of a subscription")[1]


def rows(text, heads):
    """Rows of the table with these heads, as cells."""
    found = re.search(rf"^\| {re.escape(' | '.join(heads))} \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", text, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def words(cell):
    return tuple(re.findall(r"`([^`]+)`", cell))


def test_the_table_of_transitions_is_the_codes():
    told = {((words(a) or (None,))[0], words(b)[0]): words(c) for a, b, c in rows(LIFE, ("from", "to", "causes"))}
    assert told == TRANSITIONS


def test_the_drawing_has_the_transitions_of_the_code():
    above, line, below = LIFE.split("```")[1].splitlines()[2:5]
    row, steps = line.rpartition("  ")[0], set()
    states = re.findall(r"\w+", row)
    for one, arrow, other in zip(states[:-1], re.findall(r"<?-->", row), states[1:], strict=True):
        steps |= {(one, other), (other, one)} if arrow.startswith("<") else {(one, other)}
    for strokes, head in ((above, "v"), (below, "^")):
        touched = {
            (name[0], strokes[at])
            for name in re.finditer(r"\w+", line)
            for at in range(*name.span())
            if strokes[at : at + 1].strip()
        }
        ends = {name for name, stroke in touched if stroke == head}
        assert ends == {"terminated"}
        steps |= {(name, "terminated") for name, stroke in touched if stroke == "|"}
    assert steps == {step for step in TRANSITIONS if step[0]}
    assert set(chain.from_iterable(steps)) == set(codes.SUBSCRIPTION_STATES)


def test_every_term_is_told_with_what_holds_without_it():
    defaults = {field.name: field.default for field in fields(Terms)}
    told = {}
    for term, default, _ in rows(PAGE, ("term", "when no row holds", "meaning")):
        told |= dict.fromkeys(words(term), default.strip("`"))
    assert told == {name: "none" if value is None else str(value) for name, value in defaults.items()}


ENDS = [
    (*map(date.fromisoformat, (asked, *re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", wanted + happens)[:2])), happens)
    for asked, wanted, happens in rows(PAGE, ("asked on", "wanted", "what happens"))
    if wanted.startswith("end")
]


@pytest.mark.parametrize(("asked", "wanted", "ends_on", "told"), ENDS, ids=lambda value: str(value)[:40])
def test_the_worked_examples_of_leaving_are_right(asked, wanted, ends_on, told):
    found = decide_termination(contract(on=date(2026, 1, 31), **BOUND), wanted, asked)
    assert found.ends_on == ends_on
    sums = re.findall(r"([0-9]+) x ([0-9.]+) = ([0-9.]+)", told)
    assert [Decimal(total) for *_, total in sums] == [fee.amount_ex_vat for fee in found.fees]
    assert all(int(months) * Decimal(fee) == Decimal(total) for months, fee, total in sums)


def test_there_are_examples():
    assert len(ENDS) == 4
