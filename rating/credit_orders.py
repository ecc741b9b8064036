"""Order by call: each charge is an order against its account's credit, in the order in which things were used.

Usage counts record by record, from when it started; fees and corrections count whole, from the beginning of their first
day. The order with which the exposure reaches the limit is the last of a basis; what comes after it waits for the next.
"""

from __future__ import annotations

import polars as pl

from schemas.columns import TIMESTAMP
from schemas.money import AMOUNT, from_micro, percent_of, round_to_amount, to_micro

_PLACE = ["account_id", "ordered_at", "is_usage", "order_key"]


def as_orders(charges: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Lay out what accounts have ordered, one row per record of usage and per other charge.

    `charges`: CHARGE rows. `records`: RATED_USAGE rows of the usage among them, with their `charge_id`. Returns
    `account_id`, `ordered_at`, `is_usage`, `order_key` (usage id, or charge id), `charge_id`, `vat_class` and
    `amount_ex_vat`, in the order in which they count.
    """
    booked = ["charge_id", "vat_class", "amount_ex_vat"]
    whole = charges.filter(pl.col("charge_kind") != "usage").select(
        "account_id", pl.col("service_from").cast(TIMESTAMP).alias("ordered_at"), pl.lit(value=False).alias("is_usage"),
        pl.col("charge_id").alias("order_key"), *booked,
    )  # fmt: skip
    used = records.select(
        "account_id", pl.col("started_at").alias("ordered_at"), pl.lit(value=True).alias("is_usage"),
        pl.col("usage_id").alias("order_key"), *booked,
    )  # fmt: skip
    return pl.concat([whole, used]).sort(_PLACE)


def counted_orders(orders: pl.DataFrame, credit: pl.DataFrame, vat: pl.DataFrame) -> pl.DataFrame:
    """Count the exposure after each order, and tell which orders go up to the one that reaches the limit.

    `orders` comes from `as_orders`; `credit`: `account_id`, `credit_limit` and what is owed before the first order
    (`owed`, VAT included, less credit on the account); `vat`: the rate in force per `vat_class`. Adds `exposure`,
    which is what `credit_exposure` makes of the orders so far, and `is_within`. Accounts are left out that owe their
    limit before their first order, or whose orders do not reach it.
    """
    counted = orders.join(credit, on="account_id", maintain_order="left").filter(
        pl.col("owed") < pl.col("credit_limit")
    )
    exposure = pl.sum_horizontal(
        pl.col("owed"), *(_taxed(*rate) for rate in vat.select("vat_class", "vat_percent").rows())
    )
    reached = pl.col("exposure") >= pl.col("credit_limit")
    before = reached.cast(pl.Int64).cum_sum().shift(1, fill_value=0).over("account_id")
    return (
        counted.with_columns(exposure.cast(AMOUNT).alias("exposure"))
        .filter(reached.any().over("account_id"))
        .with_columns((before == 0).alias("is_within"))
        .drop("owed")
    )


def _taxed(vat_class: str, vat_percent: object) -> pl.Expr:
    """Add up what was ordered in a VAT class so far, rounded as `credit_exposure` rounds it, with its VAT."""
    ordered = pl.when(pl.col("vat_class") == vat_class).then(to_micro(pl.col("amount_ex_vat"))).otherwise(0)
    net = round_to_amount(from_micro(ordered.cum_sum().over("account_id")))
    return net + percent_of(net, pl.lit(vat_percent))
