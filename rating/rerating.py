"""Re-rating: what priced records should cost now, against what they cost; only the difference is charged.

What stands on no invoice yet is made anew, a whole charge at a time. What was invoiced keeps its charge; the difference
becomes an adjustment. Where a record books elsewhere than before (another article, VAT class, account or subscription),
the old amount is taken back where it stood and the new one charged where it belongs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

import polars as pl

from rating.allowance_grants import LONGEST_PAST
from rating.balances import Balances, after
from rating.changed_lines import booked_on, place_of
from rating.charges import with_charge_id
from rating.usage_charge import RESULT, Rated
from schemas.money import CHARGE, from_micro, sum_charges, to_micro
from schemas.table import Table
from schemas.tables import RATED_USAGE, RERATED_USAGE

# What decides on which line of which account an amount stands.
BOOKED = (
    "account_bucket", "account_id", "subscription_id", "article_no", "started_on", "usage_kind", "currency",
    "vat_class", "revenue_account",
)  # fmt: skip
VALUES = [name for name in RESULT if name != "reseller_code"]
_CORRECTED = [
    name
    for name in RERATED_USAGE.names
    if name in {*RATED_USAGE.names, "charge_id"} - {"usage_id", "rated_batch", "rated_on"}
]
_NAMED = ("vat_class", "revenue_account")  # only the name of its charge keeps these of a re-rated record
_COSTS_NOTHING = ("list_amount", "included_amount", "discount_amount", "amount_ex_vat", "connect_fee")
_OWN = ["usage_id", "first_batch", "is_invoiced", "charge_id"]


class Differences(NamedTuple):
    """What a re-rating writes.

    `left`: rows of `in_force` that leave with their charges. `remade`: RATED_USAGE columns without `rated_on`, in their
    place. `rerated`: RERATED_USAGE columns without `rated_on`, and
    `usage_kind`, `vat_class`, `revenue_account`. `legs`: what changed, on either side: `usage_id`, `account_id`,
    `article_no`, `old_amount`, `new_amount`, `difference_amount`.
    """

    left: pl.DataFrame
    remade: pl.DataFrame
    rerated: pl.DataFrame
    legs: pl.DataFrame


def in_force(rated: pl.DataFrame, rerated: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Tell what priced records cost and where they stand, after earlier re-ratings.

    `rated`: RATED_USAGE rows; `rerated`: the RERATED_USAGE rows that belong to them; `billed`: the `charge_id` of
    charges that are invoiced or stand in an invoice basis. Returns RATED_USAGE columns with the amount in force and
    what it books on, as the name of its last charge says, `charge_id` and `is_invoiced`.
    """
    # Of a record that moved, the side where it was charged stands last.
    latest = (
        rerated.sort("rated_batch", pl.col("new_amount") != 0)
        .group_by("usage_id", maintain_order=True)
        .agg(pl.col(_CORRECTED).last().name.suffix("_now"), pl.col("difference_amount").sum())
        .with_columns(
            booked_on(place_of(pl.col("charge_id_now")))
            .struct.field("vat_class", "revenue_account")
            .name.suffix("_now")
        )
    )
    corrected = [*_CORRECTED, *_NAMED]
    return (
        with_charge_id(rated)
        .with_columns(pl.col("charge_id").is_in(billed["charge_id"].implode()).alias("is_invoiced"))
        .join(latest, on="usage_id", how="left", maintain_order="left")
        .with_columns(
            *(pl.coalesce(f"{name}_now", name).alias(name) for name in corrected),
            (pl.col("amount_ex_vat") + pl.col("difference_amount").fill_null(0)).cast(CHARGE).alias("amount_ex_vat"),
        )
        .select(*RATED_USAGE.names, "charge_id", "is_invoiced")
    )


def priced_now(held: pl.DataFrame, accepted: pl.DataFrame, kept: pl.Series) -> pl.DataFrame:
    """Tell what records cost now, one row for each of `held` (from `in_force`), in its columns and `reseller_code`.

    `accepted` comes from `charge_usage`. `kept`: usage ids of records that keep what they have, such as those that can
    no longer be priced. What is in neither, the policy now leaves free.
    """
    keeps = held.filter(pl.col("usage_id").is_in(kept.implode()))
    found = accepted.join(keeps, on="usage_id", how="anti")
    free = (
        held.join(found, on="usage_id", how="anti")
        .join(keeps, on="usage_id", how="anti")
        .with_columns(
            *(pl.lit(0).cast(held.schema[name]).alias(name) for name in _COSTS_NOTHING),
            pl.lit(0, pl.Int64).alias("included_units"),
        )
    )
    nobody = pl.lit(None, pl.String).alias("reseller_code")
    rows = [found.select(RESULT), *(each.select(*VALUES, nobody).select(RESULT) for each in (keeps, free))]
    return pl.concat(rows).join(held.select(_OWN), on="usage_id")


def differences(held: pl.DataFrame, now: pl.DataFrame, also: pl.Series, batch: int) -> Differences:
    """Compare what records cost (`in_force`) with what they cost now (`priced_now`).

    A charge that is not invoiced is made anew when any value of any of its records changed, or one of `also` (usage
    ids) is among them. Of invoiced records only amounts and where they stand are compared.
    """
    pairs = held.join(now, on="usage_id", suffix="_now", maintain_order="left")
    changed = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in VALUES if name != "usage_id"
    ) | pl.col("usage_id").is_in(also.implode())
    charges = pairs.filter(~pl.col("is_invoiced") & changed)["charge_id"].unique()
    left = held.filter(~pl.col("is_invoiced") & pl.col("charge_id").is_in(charges.implode()))
    again = now.join(left, on="usage_id", how="semi")
    remade = again.with_columns(pl.lit(batch, pl.Int64).alias("rated_batch"))
    invoiced = held.filter("is_invoiced")
    adjusted = named(legs(invoiced, now).with_columns(pl.lit(batch, pl.Int64).alias("rated_batch")))
    return Differences(
        left=left,
        remade=remade.select(n for n in RATED_USAGE.names if n != "rated_on"),
        rerated=adjusted.select(
            *(n for n in RERATED_USAGE.names if n != "rated_on"), "usage_kind", "vat_class", "revenue_account"
        ),
        legs=pl.concat([legs(each, now).select(_LEG) for each in (left, invoiced)]),
    )


_LEG = ["usage_id", "account_id", "article_no", "old_amount", "new_amount", "difference_amount"]


def legs(held: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """List what changes: one row where a record stays on its line, two where it leaves one for another.

    Columns of `VALUES` as they were (of an amount taken back) or are now, `first_batch`, `old_amount`, `new_amount`
    and `difference_amount`, which is never 0.
    """
    pairs = held.join(now, on="usage_id", suffix="_now", maintain_order="left")
    stays = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in BOOKED)
    old, new, nothing = pl.col("amount_ex_vat"), pl.col("amount_ex_vat_now"), pl.lit(0).cast(CHARGE)
    as_now = [pl.col(name if name == "usage_id" else f"{name}_now").alias(name) for name in VALUES]
    sides = [
        pairs.filter(stays).select(*as_now, "first_batch", old.alias("old_amount"), new.alias("new_amount")),
        pairs.filter(~stays).select(*VALUES, "first_batch", old.alias("old_amount"), nothing.alias("new_amount")),
        pairs.filter(~stays).select(*as_now, "first_batch", nothing.alias("old_amount"), new.alias("new_amount")),
    ]
    difference = (pl.col("new_amount") - pl.col("old_amount")).cast(CHARGE).alias("difference_amount")
    return pl.concat(sides).with_columns(difference).filter(pl.col("difference_amount") != 0)


def named(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the charges of adjustments, as `with_charge_id` names those of usage.

    The batch that priced a record first stays in the name: it is the record's place in the order of use, which every
    later re-rating must keep.
    """
    of_usage = with_charge_id(rows)
    rest = pl.col("charge_id").str.strip_prefix("usage:")
    return of_usage.with_columns(pl.concat_str(pl.lit("adjustment:"), rest).alias("charge_id"))


def adjustment_charges(rerated: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """Gather differences into charges, sorted by `charge_id`; CHARGE columns without `charged_on`.

    `rerated`: `charge_id`, the columns of `BOOKED` and `difference_amount`. `changed`: `charge_id` and
    `difference_amount` of what changes made by hand make of them; an adjustment that they leave nothing of is none.
    Units stand on the charges that are adjusted, so adjustments have none; the quantity is the number of records.
    """
    taken = changed.group_by("charge_id").agg(pl.col("difference_amount").sum().alias("_taken"))
    return (
        rerated.group_by("charge_id")
        .agg(
            pl.col(BOOKED).first(),
            pl.len().cast(pl.Int64).alias("quantity"),
            sum_charges(pl.col("difference_amount")).alias("amount_ex_vat"),
        )
        .join(taken, on="charge_id", how="left")
        .with_columns((pl.col("amount_ex_vat") + pl.col("_taken").fill_null(0)).cast(CHARGE).alias("amount_ex_vat"))
        .filter(pl.col("_taken").is_null() | (pl.col("amount_ex_vat") != 0))
        .with_columns(
            pl.lit("adjustment").alias("charge_kind"),
            *(pl.lit(0, pl.Int64).alias(name) for name in ("duration_s", "volume_bytes", "included_units")),
            pl.col("started_on").alias("service_from"),
            pl.col("started_on").dt.offset_by("1d").alias("service_to"),
        )
        .drop("started_on", "_taken")
        .sort("charge_id")
    )


def difference_rows(table: Table, before: pl.DataFrame, now: pl.DataFrame, batch: int) -> pl.DataFrame:
    """Write what was counted as rows of a batch that add up to the change: rows of `table` which are not 0.

    `before` and `now` have its columns (of `before` all batches, of `now` without the batch). Columns whose names end
    in quantity, units or amount are counted, all others tell what of.
    """
    counted = [name for name in table.names if name.endswith(("_quantity", "_units", "_amount"))]
    key = [name for name in table.names if name not in {*counted, "rated_batch"}]
    columns = [*key, *counted]
    # Decimals have no sign to change in polars; whole millionths have.
    exact = [_whole(pl.col(name), table).alias(name) for name in counted]
    both = pl.concat(
        [
            now.select(columns).with_columns(exact),
            before.select(columns).with_columns(exact).with_columns(-pl.col(counted)),
        ]
    )
    return (
        both.group_by(key)
        .agg(pl.col(counted).sum())
        .filter(pl.any_horizontal(pl.col(name) != 0 for name in counted))
        .with_columns(
            *(_unwhole(pl.col(name), table).alias(name) for name in counted),
            pl.lit(batch, pl.Int64).alias("rated_batch"),
        )
        .select(table.names)
        .sort(key)
    )


def _whole(value: pl.Expr, table: Table) -> pl.Expr:
    name = value.meta.output_name()
    return to_micro(value) if table.schema[name] == CHARGE else value


def _unwhole(value: pl.Expr, table: Table) -> pl.Expr:
    name = value.meta.output_name()
    return from_micro(value) if table.schema[name] == CHARGE else value


def drawable(balances: Balances, rolled: pl.DataFrame, due: pl.DataFrame, batch: int, priced_on: date) -> Balances:
    """Leave the grants that a batch may draw on, which priced its records first in the night `priced_on`.

    `rolled`: `grant_id` and `rated_batch` of what rolled over, which is done once the usage of a batch is priced: only
    later ones draw on it. `due`: grants to be made now; no night would have made one for a period long past.
    """
    after_it = rolled.filter(pl.col("rated_batch") >= batch)["grant_id"]
    long_past = due.filter(pl.col("period_to") <= priced_on - LONGEST_PAST)["grant_id"]
    withheld = pl.concat([after_it, long_past]).implode()
    return replace(balances, grants=balances.grants.filter(~pl.col("grant_id").is_in(withheld)))


def drawn(balances: Balances, rated: Rated) -> Balances:
    """Count what was drawn in the balances, grants included, before the next batch is priced."""
    used = rated.allowance_use.group_by("grant_id").agg(pl.col("used_quantity").sum().alias("_used"))
    left = (pl.col("left_quantity") - pl.col("_used").fill_null(0)).cast(CHARGE).alias("left_quantity")
    grants = (
        balances.grants.join(used, on="grant_id", how="left", maintain_order="left").with_columns(left).drop("_used")
    )
    counted = after(balances, rated.tier_use, rated.discount_use)
    return Balances(grants, counted.tiers, counted.discounts)


def resale_differences(before: pl.DataFrame, now: pl.DataFrame, batch: int) -> pl.DataFrame:
    """Write second prices that changed as RESALE_USAGE rows that add up to the change.

    `before`: RESALE_USAGE rows, `now`: the same without the batch (from `rating.resale.resale`).
    """
    counted, key = ["amount_ex_vat", "resale_amount", "margin_amount"], ["usage_id", "resale_role"]
    exact = [to_micro(pl.col(name)).alias(name) for name in counted]
    numbered = now.with_columns(pl.lit(batch, pl.Int64).alias("rated_batch")).select(before.columns)
    return (
        pl.concat([before.with_columns(exact).with_columns(-pl.col(counted)), numbered.with_columns(exact)])
        .sort("rated_batch")
        .group_by(key, maintain_order=True)
        .agg(pl.exclude(counted).last(), pl.col(counted).sum())
        .filter(pl.any_horizontal(pl.col(name) != 0 for name in counted))
        .with_columns(
            *(from_micro(pl.col(name)).alias(name) for name in counted), pl.lit(batch, pl.Int64).alias("rated_batch")
        )
        .select(before.columns)
        .sort(key)
    )
