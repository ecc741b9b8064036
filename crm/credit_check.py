"""The credit check of a sign-up: what a register remarks on an applicant, and what the rules make of it.

Where remarks come from is behind one small interface; what follows from them stands in `credit_rules.csv`.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import polars as pl

from crm.person_number import comparable
from schemas.money import AMOUNT, sum_amounts

REGISTER = pl.Schema({"registration_no": pl.String(), "remark_count": pl.Int64(), "remark_amount": AMOUNT})
_REMARKS = ("remark_count", "remark_amount")
# Which figure of an applicant each bound of a rule is for.
_AT_LEAST = {"minimum_age": "age"}
_AT_MOST = {
    "maximum_age": "age",
    "maximum_remarks": "remark_count",
    "maximum_remark_amount": "remark_amount",
    "maximum_debt": "overdue_debt",
    "maximum_amount": "amount_wanted",
}
_OF_A_RULE = ("credit_decision", "approved_limit", "deposit_amount")


class CreditCheck(Protocol):
    """Where payment remarks come from: a file, a credit agency's service, ..."""

    def remarks(self, applicants: pl.DataFrame) -> pl.DataFrame:
        """Tell each applicant's payment remarks.

        `applicants` has `key` and `registration_no` (null where not known). Returns `key`, `remark_count`,
        `remark_amount` (AMOUNT), a row per applicant; null where nothing could be asked, 0 where nothing is remarked.
        """
        ...


class NoCreditCheck:
    """Nobody is asked: remarks stay unknown, and a rule that bounds them fits nobody."""

    def remarks(self, applicants: pl.DataFrame) -> pl.DataFrame:
        """Tell nothing of each applicant."""
        return applicants.select("key", *(pl.lit(None, REGISTER[name]).alias(name) for name in _REMARKS))


class FileCreditCheck:
    """Remarks from a register file, of the columns of `REGISTER`.

    A person may have several rows, which are added up; a figure that is null makes theirs unknown.
    """

    def __init__(self, register: pl.DataFrame) -> None:
        self._register = register

    def remarks(self, applicants: pl.DataFrame) -> pl.DataFrame:
        """Tell each applicant's remarks; who is not in the register has none, who has no number cannot be asked."""
        known = self._register.select(comparable(pl.col("registration_no")).alias("number"), *_REMARKS)
        unknown = pl.any_horizontal(pl.col(name).is_null().any() for name in _REMARKS)
        figures = (pl.col("remark_count").sum(), sum_amounts(pl.col("remark_amount")).cast(AMOUNT))
        added = known.drop_nulls("number").group_by("number").agg(pl.when(~unknown).then(each) for each in figures)
        asked = applicants.select("key", comparable(pl.col("registration_no")).alias("number"))
        in_register = pl.col("number").is_in(added["number"].implode())
        none = pl.col("number").is_not_null() & ~in_register
        return asked.join(added, on="number", how="left", maintain_order="left").select(
            "key",
            *(pl.when(none).then(0).otherwise(pl.col(name)).cast(REGISTER[name]).alias(name) for name in _REMARKS),
        )


def decide(applicants: pl.DataFrame, rules: pl.DataFrame, first_limits: pl.DataFrame, on: date) -> pl.DataFrame:
    """Decide on each applicant by the first of the CREDIT_RULE rows (in order of `rule_no`) whose every bound fits.

    `applicants`: `key` (each once), `customer_category`, `born_on` (null where not known), `remark_count` and
    `remark_amount` (of a `CreditCheck`), `overdue_debt` (here, AMOUNT), `amount_wanted` (AMOUNT; null for the first
    limit), and what `first_limits` goes by. `first_limits`: `first_limit` (AMOUNT), and one or more columns of
    `applicants` it goes by, such as `customer_category`, a row for each that occurs. What is not known fits no bound.

    Returns, in the applicants' order, `key`, `credit_decision`, `approved_limit` (the rule's, or the first limit; of a
    manual decision what an approval would give, of a refusal null), `deposit_amount` (of a deposit) and `case_text`
    (rule and figures, no name and no number). Without any rule all are approved with the first limit; whom no rule fits
    is decided by hand.
    """
    by = [name for name in first_limits.columns if name != "first_limit"]
    figures = applicants.join(first_limits, on=by, how="left", maintain_order="left", validate="m:1").with_columns(
        pl.col("amount_wanted").fill_null(pl.col("first_limit")), age_on(pl.col("born_on"), on).alias("age")
    )
    fitting = figures.join(rules.rename({"customer_category": "rule_category"}), how="cross").filter(_fits())
    rule = fitting.sort("rule_no").unique("key", keep="first").select("key", "rule_no", *_OF_A_RULE)
    decided = figures.join(rule, on="key", how="left", maintain_order="left")
    without = pl.lit("approve" if rules.is_empty() else "manual")
    decision = pl.col("credit_decision").fill_null(without)
    return decided.with_columns(decision).select(
        "key",
        "credit_decision",
        pl.when(pl.col("credit_decision") != "refuse")
        .then(pl.coalesce("approved_limit", "first_limit"))
        .alias("approved_limit"),
        pl.when(pl.col("credit_decision") == "deposit").then("deposit_amount").alias("deposit_amount"),
        _case_text(without_rules=rules.is_empty()).alias("case_text"),
    )


def age_on(born_on: pl.Expr, on: date) -> pl.Expr:
    """Give the age in whole years; somebody born on 29 February turns a year older on 1 March where there is none."""
    before_birthday = (born_on.dt.month() > on.month) | ((born_on.dt.month() == on.month) & (born_on.dt.day() > on.day))
    return on.year - born_on.dt.year().cast(pl.Int64) - before_birthday.cast(pl.Int64)


def _fits() -> pl.Expr:
    """Whether a rule's category and all its bounds fit an applicant's figures."""
    category = pl.col("rule_category").is_null() | (pl.col("rule_category") == pl.col("customer_category"))
    least = [_within(bound, pl.col(figure) >= pl.col(bound)) for bound, figure in _AT_LEAST.items()]
    most = [_within(bound, pl.col(figure) <= pl.col(bound)) for bound, figure in _AT_MOST.items()]
    return pl.all_horizontal(category, *least, *most)


def _within(bound: str, holds: pl.Expr) -> pl.Expr:
    return pl.col(bound).is_null() | holds.fill_null(value=False)


def _case_text(*, without_rules: bool) -> pl.Expr:
    """Name the rule and the figures it was found by."""
    nothing = "no credit rules" if without_rules else "no credit rule fits"
    rule = pl.format("credit rule {} says {}", "rule_no", "credit_decision")
    figures = {"age": "age", "payment remarks": "remark_count", "their sum": "remark_amount"}
    figures |= {"overdue here": "overdue_debt", "credit wanted": "amount_wanted"}
    told = [
        pl.format(f"{word} {{}}", pl.col(name).cast(pl.String).fill_null("unknown")) for word, name in figures.items()
    ]
    said = pl.when(pl.col("rule_no").is_null()).then(pl.lit(nothing)).otherwise(rule)
    return pl.concat_str(said, pl.lit(": "), pl.concat_str(told, separator=", "))
