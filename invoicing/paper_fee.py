"""The fee for an invoice on paper: a charge of its own on every invoice of an account that is sent one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from schemas.money import CHARGE as CHARGE_TYPE
from schemas.tables import CHARGE


def paper_fees(
    due: pl.DataFrame, accounts: pl.DataFrame, article: pl.DataFrame, fee: Decimal, currency: str, charged_on: date
) -> pl.DataFrame:
    """Charge the fee to accounts on paper whose charges come to more than nothing: CHARGE rows with `billing_date`.

    `due`: CHARGE rows with `billing_date`, those that terms add among them; the fee comes after the terms: it is the
    price of the paper, which no coupon reduces and no minimum counts. It bears the VAT of its `article`
    (one ARTICLE row; without it there is no fee). Accounts of another currency than the fee's pay none.
    """
    on_paper = accounts.filter(pl.col("delivery_channel") == "paper", pl.col("currency") == currency, pl.lit(fee) > 0)
    to_pay = (
        due.join(on_paper, on="account_id", how="semi")
        .group_by("account_id", "billing_date")
        .agg(pl.col("amount_ex_vat").sum())
        .filter(pl.col("amount_ex_vat") > 0)
    )
    sold = article.select("article_no", "vat_class", "revenue_account")
    date_of = pl.col("billing_date")
    zero = (pl.lit(0, pl.Int64).alias(name) for name in ("duration_s", "volume_bytes", "included_units"))
    rows = (
        to_pay.select("account_id", "billing_date")
        .join(on_paper.select("account_id", "account_bucket", "currency"), on="account_id")
        .join(sold, how="cross")
        .with_columns(
            pl.format("paper_fee:{}:{}", "account_id", date_of).alias("charge_id"),
            pl.lit("paper_fee").alias("charge_kind"),
            date_of.alias("service_from"),
            date_of.dt.offset_by("1d").alias("service_to"),
            pl.lit(1, pl.Int64).alias("quantity"),
            *zero,
            pl.lit(fee).cast(CHARGE_TYPE).alias("amount_ex_vat"),
            pl.lit(charged_on, pl.Date).alias("charged_on"),
        )
    )
    return CHARGE.complete(rows).with_columns(rows["billing_date"]).sort("charge_id")
