"""Credit rules that cannot be meant, and black list rows that would never find anybody."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings

_RULES, _LIST = "credit_rules.csv", "black_list.csv"
_FORMS = {
    "number": (r"^[0-9]{1,20}$", "write the number as international digits, without + and blanks"),
    "customer": (r"^[0-9]{1,18}$", "write the customer number"),
    "person": (r"[0-9A-Za-z]", "write the personal or company registration number"),
    "address": (r"[0-9A-Za-zÅÄÖåäö].*,.*[0-9A-Za-z]", "write `street, postcode`, in quotes because of the comma"),
}


def sign_up_faults(frames: Frames) -> list[Fault]:
    """Tell every fault of `credit_rules.csv` and `black_list.csv`."""
    return [*_credit_rules(frames["credit_rule"]), *_black_list(frames["black_list"])]


def _credit_rules(rules: pl.DataFrame) -> list[Fault]:
    deposit, has_deposit = pl.col("credit_decision") == "deposit", pl.col("deposit_amount").is_not_null()
    checks = (
        (deposit & ~has_deposit, "credit_decision", "a deposit without deposit_amount", "say how much is deposited"),
        (
            ~deposit & has_deposit,
            "deposit_amount",
            "credit_decision {credit_decision} wants no deposit",
            "leave it empty",
        ),
        (
            (pl.col("credit_decision") == "refuse") & pl.col("approved_limit").is_not_null(),
            "approved_limit",
            "who is refused gets no credit",
            "leave it empty",
        ),
        (
            pl.col("minimum_age") > pl.col("maximum_age"),
            "minimum_age",
            "minimum_age {minimum_age} is above maximum_age {maximum_age}: the rule fits nobody",
            "mend one of the two",
        ),
    )
    return [
        fault
        for holds, column, problem, remedy in checks
        for fault in findings(rules.filter(holds), _RULES, column, problem, remedy)
    ]


def _black_list(rows: pl.DataFrame) -> list[Fault]:
    faults: list[Fault] = []
    for kind, (form, remedy) in _FORMS.items():
        wrong = rows.filter(pl.col("listed_kind") == kind, ~pl.col("listed_value").str.contains(form))
        faults += findings(wrong, _LIST, "listed_value", f"no {kind} is found by this", remedy)
    return faults
