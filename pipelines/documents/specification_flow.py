"""Itemised calls of invoices: asked for by the customer, or for every invoice, as the policy says; read from the lake.

What stands on one line of a charge are the records that bear its name, so only records of the subscriptions and rating
batches of these charges are read, on the days of their lines.
"""

from __future__ import annotations

import polars as pl

from invoicing.call_specification import (
    CallSpecification,
    SpecificationRules,
    call_specification,
    left_out_zones,
    zone_names,
)
from pipelines.customers.subscription_numbers import numbers_of
from pipelines.night import Night
from rating.charges import with_charge_id
from schemas import tables

_ITEMISED = ("usage", "adjustment")


def itemised(night: Night, invoices: pl.DataFrame) -> pl.DataFrame:
    """Return the INVOICE rows whose documents itemise calls: all, none, or those whose account asked for it."""
    wanted = night.policy.billing.specification
    if wanted == "always":
        return invoices
    if wanted == "none":
        return invoices.clear()
    chosen = night.store.read(tables.PREFERENCE, "preference = 'itemisation' AND preference_value = 'yes'")
    account = pl.col("preference_of").str.strip_prefix("account:").cast(pl.Int64, strict=False).alias("account_id")
    return invoices.join(chosen.select(account).drop_nulls(), on="account_id", how="semi", maintain_order="left")


def specification_of(night: Night, invoices: pl.DataFrame) -> CallSpecification:
    """Itemise the usage of INVOICE rows, whoever asks: everybody may."""
    store, number = night.store, invoices.select("invoice_no")
    kinds = f"charge_kind IN {_ITEMISED}"
    lines = store.read_matching(tables.INVOICE_LINE, number, kinds)
    days = [lines["service_from"].min(), lines["service_to"].max()]
    billed = store.read_matching(tables.BILLED_CHARGE, lines.select("invoice_no", "entry_no"))
    charges = store.read_matching(
        tables.CHARGE, billed.select("charge_id"), f"{kinds} AND service_from BETWEEN ? AND ?", days
    )
    placed = billed.join(charges.select("charge_id", "charge_kind", "subscription_id"), on="charge_id")
    return call_specification(
        _records(night, placed, days),
        placed,
        lines,
        zone_names(night.config(tables.ZONE_PREFIX)),
        _labels(night, placed),
        _rules(night),
    )


def _records(night: Night, charges: pl.DataFrame, days: list[object]) -> pl.DataFrame:
    """Read the priced records of charges of usage, with their `charge_id`."""
    usage = charges.filter(pl.col("charge_kind") == "usage")
    batch = pl.col("charge_id").str.extract(r"^usage:([0-9]+)").cast(pl.Int64).alias("rated_batch")
    keys = usage.select("subscription_id", batch).unique()
    batches = ", ".join(map(str, keys["rated_batch"].unique().sort())) or "NULL"
    where = f"started_on BETWEEN ? AND ? AND rated_batch IN ({batches})"
    records = night.store.read_matching(tables.RATED_USAGE, keys, where, days)
    return with_charge_id(records).join(usage, on="charge_id", how="semi")


def _labels(night: Night, charges: pl.DataFrame) -> pl.DataFrame:
    """Head each subscription's part by its user and number; one without either by its own number in the books."""
    subscriptions = charges.select("subscription_id").drop_nulls().unique()
    users = night.store.read_matching(tables.SUBSCRIPTION_USER, subscriptions).sort("subscription_id", "valid_from")
    last = users.group_by("subscription_id", maintain_order=True).agg(pl.col("user_name").last())
    operator = night.policy.operator
    number = pl.col("a_number").str.replace(f"^{operator.country_calling_code}", operator.national_prefix)
    known = (
        subscriptions.join(last, on="subscription_id", how="left")
        .join(numbers_of(night.store, subscriptions), on="subscription_id", how="left")
        .with_columns(pl.coalesce(number, pl.col("subscription_id").cast(pl.String)).alias("_number"))
    )
    named = pl.concat_str("user_name", "_number", separator=" ", ignore_nulls=True)
    return known.select("subscription_id", named.alias("specified_for"))


def _rules(night: Night) -> SpecificationRules:
    operator, billing = night.policy.operator, night.policy.billing
    return SpecificationRules(
        operator.time_zone,
        operator.country_calling_code,
        operator.national_prefix,
        billing.masked_digits,
        left_out_zones(night.config(tables.SPECIAL_NUMBER), billing.helpline_zones),
    )
