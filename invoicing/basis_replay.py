"""Changes of a basis made again: what was changed by hand holds for what a re-rating finds the line to cost.

A change says what a line shall cost: nothing, a part, or so much a unit at most. When a re-rating finds that the line
costs something else, the changes are made again on the new amount, in their order. So a line that was removed stays
removed, a discount is one on the new amount, and an agreed price stays agreed.
"""

from __future__ import annotations

import polars as pl

from invoicing.basis_changes import wanted_micro
from schemas.money import from_micro, to_micro

_PLACE = ["charge_id", "account_id", "place"]


def made_again(lines: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Make changes on lines, in their order; returns what each takes back of each line.

    `lines` (`rating.changed_lines.lines_in_force`): `charge_id`, `account_id`, `place`, `usage_kind`, `quantity`,
    `duration_s`, `included_units`, `amount_ex_vat`. `changes`: BASIS_CHANGE rows made by hand, of the same `charge_id`.
    Returns `charge_id`, `account_id`, `place`, `request_id` and `taken`, millionths, 0 or less.
    """
    order = pl.col("change_no").rank("ordinal").over("charge_id").alias("_round")
    rounds = changes.select("charge_id", "request_id", "change_no", "basis_change_kind", "change_value")
    now, taken = lines.with_columns(to_micro(pl.col("amount_ex_vat")).alias("_now")), []
    for _, of_round in rounds.with_columns(order).sort("_round").group_by("_round", maintain_order=True):
        priced = now.join(of_round, on="charge_id").with_columns(wanted_micro().alias("_wanted"))
        taken.append(priced.select(*_PLACE, "request_id", (pl.col("_wanted") - pl.col("_now")).alias("taken")))
        now = now.update(priced.select(*_PLACE, pl.col("_wanted").alias("_now")), on=_PLACE)
    none = {name: lines.schema[name] for name in _PLACE}
    empty = pl.DataFrame(schema={**none, "request_id": pl.String(), "taken": pl.Int64()})
    return pl.concat([empty, *taken])


def changes_beside(before: pl.DataFrame, now: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Tell what changes take back of lines otherwise than before: BASIS_CHANGE columns without `changed_on`.

    `before`, `now`: lines as `made_again` takes them; those `now` have `adjustment_id`, the charge of their last
    adjustment, on which the row stands, and its `article_no`. The difference is positive where less is taken back.
    """
    sides = [made_again(now, changes), made_again(before, changes).with_columns(-pl.col("taken"))]
    places = now.select(*_PLACE, "adjustment_id", "article_no")
    told = changes.select(
        "charge_id", "request_id", "basis_id", "change_no", "basis_change_kind", "change_value", "decided_by",
        "decision_text",
    )  # fmt: skip
    return (
        pl.concat(sides)
        .group_by(*_PLACE, "request_id")
        .agg(pl.col("taken").sum())
        .filter(pl.col("taken") != 0)
        .join(places, on=_PLACE)
        .join(told, on=["charge_id", "request_id"])
        # Charges that were changed by one request may have moved to one place.
        .group_by("request_id", pl.col("adjustment_id").alias("charge_id"))
        .agg(pl.col("taken").sum(), pl.exclude("taken", *_PLACE, "request_id", "adjustment_id").first())
        .filter(pl.col("taken") != 0)
        .with_columns(from_micro(pl.col("taken")).alias("difference_amount"))
        .drop("taken")
        .sort("charge_id", "request_id")
    )
