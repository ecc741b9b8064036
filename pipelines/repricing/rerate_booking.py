"""One re-rating as it goes: what differs is written piece by piece, and what it adds up to at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from pipelines.night import Night
from pipelines.repricing.changed_lines_flow import changes_of_adjustments
from pipelines.repricing.rerate_selection import days_of
from rating.charges import gathered_usage, usage_charges
from rating.rerating import (
    BOOKED,
    Differences,
    adjustment_charges,
    difference_rows,
    differences,
    priced_now,
    resale_differences,
)
from rating.resale import resale
from rating.spend import daily_spend
from rating.tariff import Tariff
from schemas import tables
from schemas.money import CHARGE, sum_charges

_NO_LEGS = pl.DataFrame(
    schema={
        "usage_id": pl.String(), "account_id": pl.Int64(), "article_no": pl.String(), "old_amount": CHARGE,
        "new_amount": CHARGE, "difference_amount": CHARGE,
    }
)  # fmt: skip


_ADJUSTED = [
    "usage_id", "charge_id", "rated_batch", *BOOKED, "billed_units", "included_units", "new_amount",
    "difference_amount",
]  # fmt: skip


@dataclass
class RerateBooking:
    """What one re-rating has found so far; `writes` is false where it only computes. Made within one transaction."""

    night: Night
    tariff: Tariff
    number: int
    writes: bool
    read: int = 0
    changed: int = 0
    kept: list[pl.DataFrame] = field(default_factory=list)
    legs: list[pl.DataFrame] = field(default_factory=list)
    is_found: bool = False
    _gathered: list[pl.DataFrame] = field(default_factory=list)
    _adjusted: list[pl.DataFrame] = field(default_factory=list)
    _spend_before: list[pl.DataFrame] = field(default_factory=list)
    _spend_now: list[pl.DataFrame] = field(default_factory=list)

    def book(
        self, held: pl.DataFrame, usage: pl.DataFrame, accepted: pl.DataFrame, kept: pl.Series, why: pl.DataFrame
    ) -> None:
        """Book the differences of a piece.

        `held` from `in_force`, `usage` its USAGE rows, `accepted` from `charge_usage`; `kept`: usage ids of records
        that keep what they have; `why`: those among them that cannot be priced, with their reason.
        """
        now = priced_now(held, accepted, kept)
        before, resold = self._resold(usage, accepted, held, kept)
        second = resale_differences(before, resold, self.number)
        found = differences(held, now, second["usage_id"], self.number)
        self.read += held.height
        self.changed += found.left.height + found.rerated["usage_id"].n_unique()
        self.kept.append(why)
        self.legs.append(found.legs)
        self.is_found = self.is_found or bool(self.changed or second.height)
        self._adjusted.append(found.rerated.select(_ADJUSTED))
        if self.writes:
            self._write(found)
            self._count_spend(found, held, now)
            self._write_resale(found, before, resold, second)

    def _resold(
        self, usage: pl.DataFrame, accepted: pl.DataFrame, held: pl.DataFrame, kept: pl.Series
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the second prices as they stand, and as they are now, of records that do not keep what they have."""
        resellers = self.night.config(tables.RESELLER)
        ours = held.filter(~pl.col("usage_id").is_in(kept.implode())).select("usage_id")
        before = self.night.store.read_matching(tables.RESALE_USAGE, ours, days_of(held))
        if self.tariff.rules.wholesale_list or resellers["price_list"].null_count() < resellers.height:
            sold = accepted.join(ours, on="usage_id", how="semi")
            return before, resale(usage, sold, resellers, self.tariff)
        return before, before.clear().drop("rated_batch")

    def _write(self, found: Differences) -> None:
        store, rated_on = self.night.store, pl.lit(self.night.on).alias("rated_on")
        if found.left.height:
            days = [found.left["started_on"].min(), found.left["started_on"].max()]
            leaving = (
                (tables.RATED_USAGE, "started_on", "usage_id", found.left["usage_id"]),
                (tables.CHARGE, "service_from", "charge_id", found.left["charge_id"].unique()),
            )
            for table, day, key, names in leaving:
                # The days let DuckLake pass over the files of all others.
                where = f"{day} BETWEEN ? AND ? AND {key} IN (SELECT unnest(?::VARCHAR[]))"
                store.delete_where(table, where, [*days, names.to_list()])
            store.append_file(tables.RATED_USAGE, found.remade.with_columns(rated_on).select(tables.RATED_USAGE.names))
            self._gathered.append(gathered_usage(found.remade))
        if found.rerated.height:
            rows = found.rerated.with_columns(rated_on).select(tables.RERATED_USAGE.names)
            store.append_file(tables.RERATED_USAGE, rows)

    def _count_spend(self, found: Differences, held: pl.DataFrame, now: pl.DataFrame) -> None:
        """Count what records made anew, or adjusted, were at list price, and what they are."""
        adjusted = [each.join(found.rerated, on="usage_id", how="semi") for each in (held, now)]
        self._spend_before += [daily_spend(found.left), daily_spend(adjusted[0])]
        self._spend_now += [daily_spend(found.remade), daily_spend(adjusted[1])]

    def _write_resale(
        self, found: Differences, before: pl.DataFrame, resold: pl.DataFrame, second: pl.DataFrame
    ) -> None:
        """Replace the second prices of records made anew; of invoiced ones add the difference."""
        anew = found.left.select("usage_id")
        self.night.store.delete(tables.RESALE_USAGE, before.join(anew, on="usage_id", how="semi"))
        numbered = resold.with_columns(pl.lit(self.number, pl.Int64).alias("rated_batch")).select(
            tables.RESALE_USAGE.names
        )
        rows = [numbered.join(anew, on="usage_id", how="semi"), second.join(anew, on="usage_id", how="anti")]
        self.night.store.append_file(tables.RESALE_USAGE, pl.concat(rows))

    def book_uses(self, before: dict[str, pl.DataFrame], now: dict[str, pl.DataFrame]) -> None:
        """Book what allowances, tiers and capped discounts are used otherwise than before, by table name."""
        for table in (tables.ALLOWANCE_USE, tables.TIER_USE, tables.DISCOUNT_USE):
            rows = difference_rows(table, before[table.name], now[table.name], self.number)
            self.is_found = self.is_found or rows.height > 0
            if self.writes:
                self.night.store.append(table, rows)

    def write_totals(self) -> None:
        """Write the charges, the spend and the batch's own row."""
        store, on = self.night.store, self.night.on
        changed = self.changed_by_hand
        charges = [usage_charges(self._gathered)]
        if self._adjusted:
            charges.append(adjustment_charges(pl.concat(self._adjusted), changed))
        store.append(tables.BASIS_CHANGE, changed)
        for rows in charges:  # apart, so that each file holds one kind
            store.append(tables.CHARGE, rows.with_columns(pl.lit(on).alias("charged_on")))
        if self._spend_now:
            before, now = pl.concat(self._spend_before), pl.concat(self._spend_now)
            store.append(tables.DAILY_SPEND, difference_rows(tables.DAILY_SPEND, before, now, self.number))
        row = {
            "rated_batch": self.number, "batch_kind": "rerate", "rated_on": on, "record_count": self.changed,
            "amount_ex_vat": self.all_legs.select(sum_charges(pl.col("difference_amount"))).item(),
        }  # fmt: skip
        store.append(tables.RATING_BATCH, pl.DataFrame([row], schema=tables.RATING_BATCH.schema))

    @cached_property
    def changed_by_hand(self) -> pl.DataFrame:
        """BASIS_CHANGE rows of what changes made by hand make of the adjustments; known when all are booked."""
        if not self._adjusted:
            return tables.BASIS_CHANGE.empty()
        return changes_of_adjustments(self.night, pl.concat(self._adjusted), self.number)

    @property
    def all_legs(self) -> pl.DataFrame:
        """What changed, on either side (see `rating.rerating.Differences`), and `records`.

        What changes made by hand make of it are rows without a record.
        """
        one, none = (pl.lit(number, pl.Int64).alias("records") for number in (1, 0))
        bases = self.night.store.read_matching(tables.INVOICE_BASIS, self.changed_by_hand.select("basis_id"))
        by_hand = self.changed_by_hand.join(bases.select("basis_id", "account_id"), on="basis_id").with_columns(
            pl.lit(None, pl.String).alias("usage_id"),
            pl.lit(0).cast(CHARGE).alias("old_amount"),
            pl.col("difference_amount").alias("new_amount"),
            none,
        )
        legs = pl.concat([_NO_LEGS, *self.legs]).with_columns(one)
        return pl.concat([legs, by_hand.select(legs.columns)])

    @property
    def all_kept(self) -> pl.DataFrame:
        """USAGE rows of records that can no longer be priced, with their reasons."""
        none = tables.USAGE.empty().with_columns(pl.lit("").alias("reason_code"), pl.lit("").alias("reason_text"))
        return pl.concat([none, *self.kept])
