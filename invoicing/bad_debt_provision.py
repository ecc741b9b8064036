"""The provision for bad debts: at the end of a month, a part of what is open is set aside, more the older it is.

What a month's provision should come to is computed from that day's open claims, without their VAT, which a loss gets
back; the voucher books only the difference from what stands.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.aged_receivables import age_of
from invoicing.ledger_rows import VoucherOf, entries
from schemas.codes import AGE_BUCKETS
from schemas.money import AMOUNT, PERCENT, from_minor, percent_of, share, sum_amounts, to_minor
from schemas.policy import Ledger, Provision
from schemas.tables import PROVISION


def provision(open_claims: pl.DataFrame, policy: Provision, month_end: date) -> pl.DataFrame:
    """Return what is to be set aside at the end of a month, as PROVISION rows: one per age bucket, zeros among them.

    `open_claims`: `due_on`, `open_amount` in the books' currency, and of their invoice `vat_amount` and `total_amount`
    (null for fees and interest, which bear no VAT).
    """
    percents = {bucket: getattr(policy, bucket) for bucket in AGE_BUCKETS}
    days = (pl.lit(month_end) - pl.col("due_on")).dt.total_days()
    aged = open_claims.with_columns(age_of(days).alias("age_bucket"), _without_vat()).group_by("age_bucket")
    of_buckets = aged.agg(sum_amounts(pl.col("_net")).alias("open_net_amount"))
    rates = pl.DataFrame(
        {"age_bucket": list(percents), "provision_percent": list(percents.values())},
        schema={"age_bucket": pl.String, "provision_percent": PERCENT},
    )
    zero = pl.lit(Decimal(0)).cast(AMOUNT)
    return (
        rates.join(of_buckets, on="age_bucket", how="left", maintain_order="left")
        .with_columns(
            pl.col("open_net_amount").fill_null(zero), pl.lit(month_end.replace(day=1)).alias("provision_month")
        )
        .with_columns(percent_of(pl.col("open_net_amount"), pl.col("provision_percent")).alias("provision_amount"))
        .select(PROVISION.names)
    )


def _without_vat() -> pl.Expr:
    """Take from what is open the part of its VAT: as much of the invoice's as is open of its total."""
    vat, still_open, whole = (to_minor(pl.col(name)) for name in ("vat_amount", "open_amount", "total_amount"))
    part = pl.when(whole > 0).then(share(vat, still_open, whole)).otherwise(0)
    return (pl.col("open_amount") - from_minor(part)).cast(AMOUNT).alias("_net")


def provision_voucher(wanted: pl.DataFrame, standing: Decimal, accounts: Ledger) -> pl.DataFrame:
    """Return the rows of the voucher `E:<month>` of PROVISION rows: what they come to, less what stands before them."""
    change = wanted.group_by("provision_month").agg(
        (pl.col("provision_amount").sum() - pl.lit(standing).cast(AMOUNT)).cast(AMOUNT).alias("_change")
    )
    month = pl.col("provision_month").dt.strftime("%Y-%m")
    voucher = VoucherOf(
        pl.format("E:{}", month), pl.lit("E"), pl.col("provision_month").dt.month_end(),
        pl.format("Befarade kundförluster {}", month),
    )  # fmt: skip
    amount = pl.col("_change")
    return pl.concat(
        [
            entries(change, voucher, pl.lit(accounts.bad_debt_provision_cost), amount),
            entries(change, voucher, pl.lit(accounts.bad_debt_provision), -amount),
        ]
    )
