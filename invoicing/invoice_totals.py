"""What an invoice comes to, and whether it is worth making."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from invoicing.charges_due import FROM_THE_DAY
from schemas.money import AMOUNT, krona_rounding, sum_amounts


@dataclass(frozen=True)
class TotalRules:
    """What the policy says of totals: `currency` is the operator's own, `minimum_amount` 0 makes every invoice."""

    krona_rounding: bool
    currency: str = "SEK"
    minimum_amount: Decimal = Decimal(0)
    carry_months: int = 0


def invoice_totals(lines: pl.DataFrame, taxed: pl.DataFrame, accounts: pl.DataFrame, rules: TotalRules) -> pl.DataFrame:
    """Add up `invoice_lines` and their `vat_rows`, one row per account.

    `accounts`: ACCOUNT rows. Totals are rounded to whole kronor where the policy says so, in the operator's currency
    alone, and never on what a buyer's system reads (EN 16931 has no place for it in most of them). Columns: account_id,
    billing_date, period_from, period_to, net_amount, vat_amount, rounding_amount, total_amount.
    """
    vat = taxed.group_by("account_id").agg(sum_amounts(pl.col("vat_amount")))
    nets = lines.group_by("account_id").agg(
        sum_amounts(pl.col("net_amount")),
        pl.col("billing_date").first(),
        pl.col("service_from").min().alias("period_from"),
        pl.col("service_to").max().alias("period_to"),
    )
    exact = (pl.col("net_amount") + pl.col("vat_amount")).cast(AMOUNT)
    is_rounded = (
        pl.lit(rules.krona_rounding)
        & (pl.col("delivery_channel") != "e_invoice")
        & (pl.col("currency") == rules.currency)
    )
    return (
        nets.join(vat, on="account_id")
        .join(accounts.select("account_id", "delivery_channel", "currency"), on="account_id")
        .with_columns(
            pl.when(is_rounded).then(krona_rounding(exact)).otherwise(pl.lit(0).cast(AMOUNT)).alias("rounding_amount")
        )
        .with_columns((exact + pl.col("rounding_amount")).cast(AMOUNT).alias("total_amount"))
        .drop("delivery_channel", "currency")
    )


def worth_making(totals: pl.DataFrame, due: pl.DataFrame, ended: pl.DataFrame, rules: TotalRules) -> pl.DataFrame:
    """Leave the `invoice_totals` that become invoices tonight; the charges of the others wait for the next one.

    What is zero or negative always waits. Below the minimum amount an invoice waits for `carry_months` months, but not
    where the account's services have all ended (`ended`: account_id): no later invoice would carry it. `due`: charges.
    """
    positive = totals.filter(pl.col("total_amount") > 0)
    if not rules.minimum_amount:
        return positive
    is_advance = pl.col("charge_kind").is_in(FROM_THE_DAY)
    first_used = pl.when(is_advance).then(pl.col("service_from").dt.offset_by("-1d")).otherwise("service_from")
    small = positive.filter(pl.col("total_amount") < rules.minimum_amount)
    oldest = (
        due.join(small, on="account_id", how="semi").group_by("account_id").agg(first_used.min().alias("oldest_on"))
    )
    carried_since = pl.col("billing_date").dt.offset_by(f"-{rules.carry_months}mo")
    waits = (
        small.join(oldest, on="account_id")
        .filter(pl.col("oldest_on") >= carried_since)
        .join(ended, on="account_id", how="anti")
    )
    return positive.join(waits, on="account_id", how="anti")
