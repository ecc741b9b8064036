"""Payment agreements: what is paid of their instalments, and which are kept or broken.

Nothing is stored of what is paid: it follows from what is open of the claims. What was settled of them since the
agreement is poured over the instalments in their order; what credit notes and write-offs took off instead reduces
them from the last one. The order in which money came makes no difference.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.write_offs import WRITE_OFF_RULE
from schemas.money import from_minor, to_minor
from schemas.policy import Agreements

REDUCING_RULES = ("credit_note", WRITE_OFF_RULE)  # match rules that take a claim away without money
_AGREEMENT = "agreement_id"


def credited_amounts(allocations: pl.DataFrame) -> pl.DataFrame:
    """Return what credit notes and write-offs took off claims: `receivable_id`, `credited_amount`, none below 0.

    `allocations` has ALLOCATION columns.
    """
    reducing = allocations.filter(
        (pl.col("allocation_kind") == "receivable") & pl.col("match_rule").is_in(REDUCING_RULES)
    )
    taken = pl.max_horizontal(to_minor(pl.col("amount")).sum(), pl.lit(0, pl.Int64))
    return reducing.group_by("receivable_id").agg(from_minor(taken).alias("credited_amount")).sort("receivable_id")


def claims_to_agree_on(open_items: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Add `credited_amount` to open items that an agreement may be made of; credit notes are none."""
    nothing = from_minor(pl.lit(0, pl.Int64))
    claims = open_items.filter((pl.col("amount") > 0) & (pl.col("open_amount") > 0))
    found = claims.join(credited_amounts(allocations), on="receivable_id", how="left")
    return found.with_columns(pl.col("credited_amount").fill_null(nothing)).sort("due_on", "receivable_id")


def settled_since(claims: pl.DataFrame, receivables: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Return what became of the claims of each agreement since it was made.

    `claims` has AGREEMENT_CLAIM columns, `receivables` and `allocations` those of these claims. Returns
    `agreement_id`, `paid_amount`, `reduced_amount` and `written_off_amount`, the part of this that was written off.
    What was paid before and taken back since counts for nothing.
    """
    settling = allocations.filter(pl.col("allocation_kind") == "receivable")
    paid = settling.group_by("receivable_id").agg(to_minor(pl.col("amount")).sum().alias("_paid"))
    reduced = credited_amounts(allocations).select("receivable_id", _credited=to_minor(pl.col("credited_amount")))
    lost = settling.filter(pl.col("match_rule") == WRITE_OFF_RULE)
    given_up = lost.group_by("receivable_id").agg(to_minor(pl.col("amount")).sum().alias("_lost"))
    whole = receivables.select("receivable_id", _whole=to_minor(pl.col("amount")))
    zero = pl.lit(0, pl.Int64)
    agreed, still_open = to_minor(pl.col("amount")), pl.col("_whole") - pl.col("_paid").fill_null(0)
    settled = pl.max_horizontal(agreed - still_open, zero)
    taken = pl.max_horizontal(pl.col("_credited").fill_null(0) - to_minor(pl.col("credited_amount")), zero)
    return (
        claims.join(whole, on="receivable_id")
        .join(paid, on="receivable_id", how="left")
        .join(reduced, on="receivable_id", how="left")
        .join(given_up, on="receivable_id", how="left")
        .with_columns(_settled=settled, _reduced=pl.min_horizontal(taken, settled))
        .with_columns(pl.min_horizontal(pl.col("_lost").fill_null(0), "_reduced"))
        .group_by(_AGREEMENT)
        .agg(
            from_minor((pl.col("_settled") - pl.col("_reduced")).sum()).alias("paid_amount"),
            from_minor(pl.col("_reduced").sum()).alias("reduced_amount"),
            from_minor(pl.col("_lost").sum()).alias("written_off_amount"),
        )
        .sort(_AGREEMENT)
    )


def instalments_paid(instalments: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    """Pour what became of claims (`settled_since`) over instalments (AGREEMENT_INSTALMENT columns).

    Adds `reduced_amount` (from the last instalment on), `paid_amount` (from the first on) and `open_amount`, which
    add up to `amount`, and `written_off_amount` of the whole agreement.
    """
    amount, zero = pl.col("_amount"), pl.lit(0, pl.Int64)
    later = amount.cum_sum(reverse=True).over(_AGREEMENT) - amount
    reduced = pl.min_horizontal(pl.max_horizontal(pl.col("_taken") - later, zero), amount)
    earlier = pl.col("_due").cum_sum().over(_AGREEMENT) - pl.col("_due")
    paid = pl.min_horizontal(pl.max_horizontal(pl.col("_money") - earlier, zero), pl.col("_due"))
    whole = pl.col("written_off_amount")
    sums = settled.select(
        _AGREEMENT, whole, _taken=to_minor(pl.col("reduced_amount")), _money=to_minor(pl.col("paid_amount"))
    )
    return (
        instalments.sort(_AGREEMENT, "instalment_no")
        .join(sums, on=_AGREEMENT, how="left", maintain_order="left")
        .with_columns(whole.fill_null(from_minor(pl.lit(0, pl.Int64))))
        .with_columns(pl.col("_taken", "_money").fill_null(0), _amount=to_minor(pl.col("amount")))
        .with_columns(_due=amount - reduced)
        .with_columns(_paid=paid)
        .with_columns(
            from_minor(amount - pl.col("_due")).alias("reduced_amount"),
            from_minor(pl.col("_paid")).alias("paid_amount"),
            from_minor(pl.col("_due") - pl.col("_paid")).alias("open_amount"),
        )
        .select(*instalments.columns, "reduced_amount", "paid_amount", "open_amount", "written_off_amount")
    )


def ended_agreements(
    standing: pl.DataFrame, instalments: pl.DataFrame, policy: Agreements, minimum_open: Decimal, on: date
) -> pl.DataFrame:
    """Return the agreements that end tonight by rule, as PAYMENT_AGREEMENT rows with their new state.

    `kept` when nothing is open of their `instalments` (`instalments_paid`), `written_off` when some of them was given
    up for that. `broken` when as many instalments as the policy says, or one for as many days, are overdue: past their
    due date with more than `minimum_open` unpaid.
    """
    days = (pl.lit(on) - pl.col("due_on")).dt.total_days()
    is_overdue = (days > 0) & (pl.col("open_amount") > minimum_open)
    by_agreement = instalments.group_by(_AGREEMENT).agg(
        (pl.col("open_amount") > 0).any().alias("_is_open"),
        (pl.col("written_off_amount") > 0).any().alias("_is_lost"),
        is_overdue.sum().alias("_overdue"),
        days.filter(is_overdue).max().fill_null(0).alias("_days"),
    )
    is_over = ~pl.col("_is_open")
    is_broken = _reached(pl.col("_overdue"), policy.broken_instalments) | _reached(pl.col("_days"), policy.broken_days)
    how = pl.when("_is_lost").then(pl.lit("written_off")).otherwise(pl.lit("kept"))
    state = pl.when(is_over).then(how).when(is_broken).then(pl.lit("broken"))
    return (
        standing.join(by_agreement, on=_AGREEMENT)
        .with_columns(state.alias("agreement_state"), pl.lit(on).alias("ended_on"))
        .filter(pl.col("agreement_state").is_not_null())
        .select(standing.columns)
        .sort(_AGREEMENT)
    )


def _reached(figure: pl.Expr, limit: int) -> pl.Expr:
    return figure >= limit if limit else pl.lit(value=False)
