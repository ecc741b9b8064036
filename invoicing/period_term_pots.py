"""What terms count and reduce: the lines that an invoice is going to have, in parts that terms tell apart.

An invoice adds charges per line and rounds each line once. Terms work on these rounded lines, in whole hundredths,
so that a maximum or a minimum holds to the öre on the page. A line of several subscriptions is shared over them by
largest remainder.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from schemas.largest_remainder import handed_out, shares
from schemas.money import from_micro, round_to_amount, to_micro, to_minor

BILLED = ["account_id", "billing_date"]
_PART = [*BILLED, "subscription_id", "charge_kind", "vat_class", "revenue_account"]
_MICRO_OF_MINOR = 10_000
# What each target counts; a top-up to one minimum counts for every other.
_COUNTED = {
    "usage": ("usage", "commitment"),
    "recurring": ("recurring", "commitment"),
    "service": ("usage", "recurring", "commitment"),
}


def pots_of(due: pl.DataFrame, earlier: pl.DataFrame, services: pl.DataFrame, line: Sequence[str]) -> pl.DataFrame:
    """Part the charges due into pots, and add what was invoiced within the period before.

    `due` and `earlier`: CHARGE rows with `billing_date`; `line`: the columns of `due` that make one invoice line, with
    `account_id` among them; `services`: `subscription_id` and `plan_code`. Columns: `pot` (its number), those of a
    part, `plan_code`, `left` (Int64 öre: what terms have left of it) and `is_due`: what was invoiced before counts, but
    is not reduced.
    """
    parts = pl.concat([_due_pots(due, line), _earlier_pots(earlier)])
    plans = services.select("subscription_id", "plan_code").unique("subscription_id")
    return (
        parts.join(plans, on="subscription_id", how="left")
        .sort(*_PART, "is_due")
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("pot"))
    )


def _due_pots(due: pl.DataFrame, line: Sequence[str]) -> pl.DataFrame:
    same = list(dict.fromkeys([*line, *_PART]))
    of_line = list(dict.fromkeys([*line, *BILLED]))
    parts = due.group_by(same).agg(to_micro(pl.col("amount_ex_vat")).sum().alias("_micro")).sort(same)
    floor = pl.col("_micro") // _MICRO_OF_MINOR
    of_whole_line = to_minor(round_to_amount(from_micro(pl.col("_micro").sum())))
    return (
        parts.with_columns(of_whole_line.over(of_line).alias("_line"))
        .with_columns(
            handed_out(floor, pl.col("_micro") - floor * _MICRO_OF_MINOR, pl.col("_line"), of_line).alias("_minor")
        )
        .group_by(_PART)
        .agg(pl.col("_minor").sum().alias("left"))
        .with_columns(pl.lit(value=True).alias("is_due"))
    )


def _earlier_pots(earlier: pl.DataFrame) -> pl.DataFrame:
    return (
        earlier.group_by(_PART)
        .agg(to_minor(round_to_amount(pl.col("amount_ex_vat").sum())).alias("left"))
        .with_columns(pl.lit(value=False).alias("is_due"))
    )


def measured(cases: pl.DataFrame, pots: pl.DataFrame) -> pl.DataFrame:
    """Add to each case what it counts (`counted`), what of that is due, and what its whole account has due (öre)."""
    due = pl.when("is_due").then("left").otherwise(0)
    sums = members(cases, pots).group_by("case_no").agg(
        pl.col("left").sum().alias("counted"), due.sum().alias("target_due")
    )  # fmt: skip
    whole = pots.group_by(BILLED).agg(due.sum().alias("account_due"))
    zero = pl.col("counted", "target_due", "account_due").fill_null(0)
    return (
        cases.join(sums, on="case_no", how="left", maintain_order="left")
        .join(whole, on=BILLED, how="left", maintain_order="left")
        .with_columns(zero)
    )


def take(cases: pl.DataFrame, pots: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take `wish` (Int64 öre) of each case from its pots, at most what it has due; no pot belongs to two cases.

    It is shared over the pots by what they hold, by largest remainder. Returns the pots afterwards, and what was taken:
    `case_no`, `vat_class`, `revenue_account`, `taken` (öre, positive).
    """
    held = members(cases, pots).filter(pl.col("is_due") & (pl.col("left") > 0)).sort("case_no", "pot")
    shared = shares(pl.col("wish"), pl.col("left"), ["case_no"]).alias("taken")
    taken = held.with_columns(shared).select("case_no", "pot", "vat_class", "revenue_account", "taken")
    after = pots.join(taken.select("pot", "taken"), on="pot", how="left", maintain_order="left")
    rest = (pl.col("left") - pl.col("taken").fill_null(0)).alias("left")
    rows = taken.group_by("case_no", "vat_class", "revenue_account").agg(pl.col("taken").sum())
    return after.with_columns(rest).drop("taken"), rows.filter(pl.col("taken") > 0)


def topped_up(cases: pl.DataFrame, pots: pl.DataFrame) -> pl.DataFrame:
    """Add a pot for the top-up (`wish`) of each case: minima that are looked at later count it."""
    made = cases.filter(pl.col("wish") > 0).select(
        *BILLED, "subscription_id", pl.lit("commitment").alias("charge_kind"), "vat_class", "revenue_account",
        pl.col("wish").alias("left"), pl.lit(value=True).alias("is_due"), "plan_code",
    )  # fmt: skip
    numbered = made.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + pots.height).alias("pot"))
    return pl.concat([pots, numbered.select(pots.columns)])


def members(cases: pl.DataFrame, pots: pl.DataFrame) -> pl.DataFrame:
    """Join cases with the pots that they count: those of a subscription, or of an account (on a plan, where named)."""
    own, whole = (cases.filter(pl.col("subscription_id").is_null() == flag) for flag in (False, True))
    wanted = [name for name in ("case_no", "term_target", "wish") if name in cases.columns]
    held = pl.all().exclude("plan_code", "subscription_id")
    of_one = own.select(*BILLED, "subscription_id", *wanted).join(pots, on=[*BILLED, "subscription_id"]).select(held)
    on_plan = whole.select(*BILLED, pl.col("plan_code").alias("only_plan"), *wanted).join(pots, on=BILLED)
    fits = pl.col("only_plan").is_null() | pl.col("only_plan").eq_missing(pl.col("plan_code"))
    of_account = on_plan.filter(fits).select(held.exclude("only_plan"))
    both = pl.concat([of_one, of_account.select(of_one.columns)])
    counts = [(pl.col("term_target") == name) & pl.col("charge_kind").is_in(kinds) for name, kinds in _COUNTED.items()]
    return both.filter((pl.col("term_target") == "all") | pl.any_horizontal(counts))
