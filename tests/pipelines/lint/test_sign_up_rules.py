"""Credit rules that cannot be meant, and black list rows that find nobody."""

from datetime import date

import polars as pl
import pytest

from pipelines.lint.sign_up_rules import sign_up_faults
from schemas import tables

RULE = {"rule_no": 1, "credit_decision": "approve"}
LISTED = {
    "listed_kind": "number",
    "listed_value": "46701740605",
    "block_reason": "fraud",
    "valid_from": date(2026, 1, 1),
}


def frames(rules=(), listed=()):
    tabled = {tables.CREDIT_RULE: rules, tables.BLACK_LIST: listed}
    return {
        table.name: pl.DataFrame(list(rows), schema=table.schema).with_columns(
            (pl.int_range(pl.len(), dtype=pl.Int64) + 2).alias("line")
        )
        for table, rows in tabled.items()
    }


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, None),
        ({"credit_decision": "deposit", "deposit_amount": 500}, None),
        ({"credit_decision": "deposit"}, "a deposit without deposit_amount"),
        ({"deposit_amount": 500}, "credit_decision approve wants no deposit"),
        ({"credit_decision": "refuse", "approved_limit": 500}, "who is refused gets no credit"),
        ({"minimum_age": 18, "maximum_age": 18}, None),
        ({"minimum_age": 19, "maximum_age": 18}, "minimum_age 19 is above maximum_age 18: the rule fits nobody"),
    ],
)
def test_credit_rules(changed, problem):
    faults = sign_up_faults(frames(rules=[RULE | changed]))
    assert [(f.file, f.line, f.problem) for f in faults] == ([("credit_rules.csv", 2, problem)] if problem else [])


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("number", "46701740605", True),
        ("number", "+46701740605", False),
        ("customer", "10024", True),
        ("customer", "Anna", False),
        ("person", "811228-9874", True),
        ("person", "-", False),
        ("address", "Storgatan 5, 999 34", True),
        ("address", "Storgatan 5 999 34", False),
    ],
)
def test_black_list_rows_have_the_form_of_their_kind(kind, value, fits):
    faults = sign_up_faults(frames(listed=[LISTED | {"listed_kind": kind, "listed_value": value}]))
    expected = [] if fits else [("black_list.csv", 2, value, f"no {kind} is found by this")]
    assert [(fault.file, fault.line, fault.value, fault.problem) for fault in faults] == expected
