"""Changes to an invoice basis by hand: another price, a discount, a line removed. Each is a charge that takes back.

What was charged stays as it is; a change adds a charge of kind `basis_change` for each charge it makes cheaper, so
that the two add up to what the customer pays. A change never makes anything dearer, nor the sum of a charge and its
changes negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

import polars as pl

from schemas.money import CHARGE, divide_half_away, from_micro, to_micro
from schemas.tables import BASIS_CHANGE, BASIS_CHARGE
from schemas.tables import CHARGE as CHARGE_TABLE

_MINUTE_S = 60
_PERCENT = 1_000_000  # of which a percentage with 6 decimals is one, times 100
_UNCHANGED = ("basis_change", "adjustment")
_NOTHING = ("quantity", "duration_s", "volume_bytes", "included_units")


@dataclass(frozen=True)
class ChangeOfBasis:
    """What somebody wants changed: the lines of `article_no`, or the charge `charge_id`, or with neither all lines.

    `kind`: `unit_price` (`value` is the price per minute of calls, per message, event or fee), `discount` (`value` is a
    percentage of what is charged now) or `remove` (no value). `by` and `why`: who, and the reason given.
    """

    request_id: str
    basis_id: str
    kind: Literal["unit_price", "discount", "remove"]
    value: Decimal | None
    by: str
    why: str
    article_no: str | None = None
    charge_id: str | None = None


class BasisChanged(NamedTuple):
    """Rows to write: CHARGE, BASIS_CHANGE and BASIS_CHARGE, none of them where nothing becomes cheaper."""

    charges: pl.DataFrame
    changes: pl.DataFrame
    members: pl.DataFrame


def change_basis(charges: pl.DataFrame, earlier: pl.DataFrame, change: ChangeOfBasis, on: date) -> BasisChanged:
    """Compute what a change takes back of each charge.

    `charges`: the CHARGE rows of the basis; `earlier`: its BASIS_CHANGE rows. A new price counts for what allowances
    did not cover, without the fee for a connection; it does not change data, whose price has no usual unit. The
    difference is exact to 6 decimals, rounded once half away from zero. Adjustments are left alone: a re-rating makes
    them of records, and could not tell what of them it may take back.
    """
    named = charges.filter(~pl.col("charge_kind").is_in(_UNCHANGED)).filter(_chosen(change))
    changed = earlier.group_by("charge_id").agg(to_micro(pl.col("difference_amount")).sum().alias("_changed"))
    priced = (
        named.join(changed, on="charge_id", how="left")
        .with_columns((to_micro(pl.col("amount_ex_vat")) + pl.col("_changed").fill_null(0)).alias("_now"))
        .with_columns(
            pl.lit(change.kind).alias("basis_change_kind"),
            pl.lit(change.value, CHARGE).alias("change_value"),
        )
        .with_columns(wanted_micro().alias("_wanted"))
        .with_columns(from_micro(pl.col("_wanted") - pl.col("_now")).alias("difference_amount"))
        .filter(pl.col("difference_amount") < 0)
        .sort("charge_id")
    )
    own_name = pl.format("basis_change:{}:{}", pl.lit(change.request_id), "charge_id")
    made = priced.with_columns(
        own_name.alias("charge_id"),
        pl.lit("basis_change").alias("charge_kind"),
        pl.col("difference_amount").alias("amount_ex_vat"),
        *(pl.lit(0, pl.Int64).alias(name) for name in _NOTHING),
        *(pl.lit(None, pl.Int64).alias(name) for name in ("used_days", "full_days")),
        pl.lit(on).alias("charged_on"),
    )
    return BasisChanged(
        charges=made.select(CHARGE_TABLE.names),
        changes=priced.with_columns(
            pl.lit(change.request_id).alias("request_id"),
            pl.lit(change.basis_id).alias("basis_id"),
            pl.lit((earlier.select(pl.col("change_no").max()).item() or 0) + 1, pl.Int64).alias("change_no"),
            pl.lit(change.by).alias("decided_by"),
            pl.lit(change.why).alias("decision_text"),
            pl.lit(on).alias("changed_on"),
        ).select(BASIS_CHANGE.names),
        members=made.select("charge_id", pl.lit(change.basis_id).alias("basis_id")).select(BASIS_CHARGE.names),
    )


def _chosen(change: ChangeOfBasis) -> pl.Expr:
    if change.charge_id is not None:
        return pl.col("charge_id") == change.charge_id
    return pl.lit(value=True) if change.article_no is None else pl.col("article_no") == change.article_no


def wanted_micro() -> pl.Expr:
    """Return what a charge shall cost, in millionths; what would become dearer stays as it is.

    Reads the charge's columns, `_now` (what it costs before the change, in millionths), `basis_change_kind` and
    `change_value`.
    """
    now, value = pl.col("_now"), to_micro(pl.col("change_value").fill_null(0))
    removed = pl.min_horizontal(now, 0)
    part = now.cast(pl.Int128) * (100 * _PERCENT - value).cast(pl.Int128)
    reduced = divide_half_away(part, 100 * _PERCENT).cast(pl.Int64)
    call = divide_half_away((pl.col("duration_s") - pl.col("included_units")) * value, _MINUTE_S)
    counted = (pl.col("quantity") - pl.col("included_units")) * value
    priced = pl.min_horizontal(now, pl.when(pl.col("usage_kind") == "call").then(call).otherwise(counted))
    is_data = (pl.col("usage_kind") == "data").fill_null(value=False)
    kind = pl.col("basis_change_kind")
    return (
        pl.when(kind == "remove")
        .then(removed)
        .when(now <= 0)
        .then(now)
        .when(kind == "discount")
        .then(reduced)
        .otherwise(pl.when(is_data).then(now).otherwise(priced))
    )
