"""Lines of invoice bases that were changed by hand, and what their changes make of re-ratings."""

from __future__ import annotations

import polars as pl

from invoicing.basis_replay import changes_beside
from pipelines.lake.store import Store
from pipelines.lake.table_sql import quoted
from pipelines.night import Night
from rating.changed_lines import booked_on, lines_in_force, place_of
from rating.charges import with_charge_id
from schemas import tables

_OF_ADJUSTMENTS = "starts_with(charge_id, 'adjustment:')"
_LEG = [
    "usage_id", "charge_id", "account_id", "billed_units", "included_units", "new_amount", "difference_amount",
    "rated_batch",
]  # fmt: skip


def records_of(store: Store, charges: pl.DataFrame) -> pl.DataFrame:
    """Read the priced records of CHARGE rows of usage, with their `charge_id`."""
    usage = charges.filter(pl.col("charge_kind") == "usage")
    first, last = usage.select(pl.col("service_from").min(), pl.col("service_from").max().alias("last")).row(0)
    days = f"started_on BETWEEN DATE {quoted(str(first))} AND DATE {quoted(str(last))}" if usage.height else "false"
    records = store.read_matching(tables.RATED_USAGE, usage.select("subscription_id"), days)
    return with_charge_id(records).join(usage, on="charge_id", how="semi")


def changes_of_adjustments(night: Night, legs: pl.DataFrame, batch: int) -> pl.DataFrame:
    """Tell what changes made by hand take back, or give back, of the adjustments of a re-rating.

    `legs`: its RERATED_USAGE rows, which need not be in the lake. Returns BASIS_CHANGE rows of these adjustments.
    """
    changes = night.store.read(tables.BASIS_CHANGE, f"NOT {_OF_ADJUSTMENTS}")
    charges = night.store.read_matching(tables.CHARGE, changes.select("charge_id"))
    records = records_of(night.store, charges) if charges.height else tables.RATED_USAGE.empty()
    if records.join(legs, on="usage_id", how="semi").is_empty():
        return tables.BASIS_CHANGE.empty()
    earlier = _rerated(night.store, records).filter(pl.col("rated_batch") < batch)
    now = pl.concat([earlier, legs.join(records, on="usage_id", how="semi").select(_LEG)])
    return _beside(night, records, earlier, now, changes)


def book_beside(night: Night, changed: pl.DataFrame) -> None:
    """Let changes just made by hand hold for what re-ratings have found their lines to cost, within a transaction.

    `changed`: the BASIS_CHANGE rows of one request. The basis itself stays as it was seen: what the changes take back
    of adjustments stands beside it, as the adjustments do, on a charge of its own.
    """
    store = night.store
    charges = store.read_matching(tables.CHARGE, changed.select("charge_id"))
    records = records_of(store, charges)
    rerated = _rerated(store, records)
    if rerated.is_empty():
        return
    changes = store.read_matching(tables.BASIS_CHANGE, charges.select("charge_id"))
    found = _beside(night, records, rerated.clear(), rerated, changes)
    of_request = found.join(changed, on="request_id", how="semi")
    store.append(tables.BASIS_CHANGE, of_request)
    store.append(tables.CHARGE, _charges(of_request, charges, night))


def _rerated(store: Store, records: pl.DataFrame) -> pl.DataFrame:
    return store.read_matching(tables.RERATED_USAGE, records.select("usage_id")).select(_LEG)


def _beside(
    night: Night, records: pl.DataFrame, before: pl.DataFrame, now: pl.DataFrame, changes: pl.DataFrame
) -> pl.DataFrame:
    """Make the changes of lines again; what has moved to another account is not the one's that was promised them."""
    owners = records.select("charge_id", "account_id").unique()
    sides = [lines_in_force(records, each).join(owners, on=owners.columns, how="semi") for each in (before, now)]
    found = changes_beside(sides[0], sides[1], changes)
    return found.with_columns(pl.lit(night.on).alias("changed_on")).select(tables.BASIS_CHANGE.names)


def _charges(changes: pl.DataFrame, charges: pl.DataFrame, night: Night) -> pl.DataFrame:
    """Make charges of changes of adjustments: they book where the adjustment does."""
    bases = night.store.read_matching(tables.INVOICE_BASIS, changes.select("basis_id"))
    place = place_of(pl.col("charge_id"))
    of_account = charges.unique("account_id").select("account_id", "account_bucket", "currency")
    named = (
        changes.join(bases.select("basis_id", "account_id"), on="basis_id")
        .join(of_account, on="account_id")
        .with_columns(booked_on(place).struct.unnest())
    )
    day = pl.col("started_on").str.to_date()
    made = named.select(
        pl.format("basis_change:{}:{}", "request_id", "charge_id").alias("charge_id"),
        pl.lit("basis_change").alias("charge_kind"),
        "account_bucket", "account_id", pl.col("subscription_id").cast(pl.Int64), "article_no",
        day.alias("service_from"), day.dt.offset_by("1d").alias("service_to"),
        *(pl.lit(0, pl.Int64).alias(name) for name in ("quantity", "duration_s", "volume_bytes", "included_units")),
        "usage_kind", *(pl.lit(None, pl.Int64).alias(name) for name in ("used_days", "full_days")),
        pl.col("difference_amount").alias("amount_ex_vat"), "currency", "vat_class", "revenue_account",
        pl.lit(night.on).alias("charged_on"),
    )  # fmt: skip
    return tables.CHARGE.complete(made)
