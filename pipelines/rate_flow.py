"""Rate: usage not yet priced is priced, and recurring fees that have come due are charged.

Usage that was set aside on an earlier night (nobody owned it, nothing priced it) is simply still unpriced, so it is
tried again every night until its cause is gone.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.night import Night, StageReport
from rating.charges import recurring_charges, usage_charges
from rating.price_rows import price_rows
from rating.time_bands import band_calendar
from rating.usage_charge import charge_usage, is_billable
from rating.zone_lookup import zone_intervals
from schemas import tables
from schemas.checked import Checked
from schemas.money import sum_charges
from schemas.periods import billing_dates

_UNPRICED = "SELECT * FROM usage ANTI JOIN rated_usage USING (usage_id) WHERE outcome = 'answered' AND duration_s > 0"


def rate(night: Night) -> StageReport:
    """Price unpriced usage and charge recurring fees, in one transaction."""
    store = night.store
    unpriced = store.select(tables.USAGE, _UNPRICED).filter(is_billable())
    priced = _price(night, unpriced)
    accounts = store.read(tables.ACCOUNT)
    bucketed = priced.accepted.join(accounts.select("account_id", "account_bucket"), on="account_id", how="left")
    rated, of_usage = usage_charges(bucketed, night.config(tables.ARTICLE))
    fees = _fees(night, accounts)
    charges = pl.concat([of_usage, fees], how="diagonal").with_columns(pl.lit(night.on).alias("charged_on"))
    with store.transaction("rate"):
        store.append(tables.RATED_USAGE, rated.with_columns(pl.lit(night.on).alias("rated_on")))
        store.append(tables.CHARGE, charges)
        _keep_rejected(night, priced.rejected)
    total = charges.select(sum_charges(pl.col("amount_ex_vat"))).item() or 0
    summary = f"{rated.height} calls in {of_usage.height} charges, {fees.height} recurring fees; {total} ex VAT"
    return StageReport(unpriced.height, rated.height, priced.rejected.height, summary)


def _price(night: Night, usage: pl.DataFrame) -> Checked:
    operator = night.policy.operator
    bands = night.config(tables.TIME_BAND)
    first, last = (
        (usage["started_at"].dt.date().min(), usage["started_at"].dt.date().max()) if usage.height else (None, None)
    )
    since = first if isinstance(first, date) else night.on
    until = last if isinstance(last, date) else night.on
    # A call lasts into later days, and UTC days begin before or after local ones.
    longest = int(usage["duration_s"].sort().tail(1).sum()) // 86_400 + 2
    calendar = band_calendar(
        bands, night.config(tables.HOLIDAY), operator.zone, since - timedelta(days=1), until + timedelta(days=longest)
    )
    return charge_usage(
        usage,
        night.store.read(tables.NUMBER_ASSIGNMENT),
        night.store.read(tables.SUBSCRIPTION),
        night.config(tables.PLAN),
        zone_intervals(night.config(tables.ZONE_PREFIX)),
        calendar,
        price_rows(night.config(tables.PRICE), bands, operator.time_zone),
        operator.time_zone,
    )


def _fees(night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    subscriptions = night.store.read(tables.SUBSCRIPTION)
    earliest = subscriptions["service_from"].min()
    since = earliest if isinstance(earliest, date) else night.on
    periods = billing_dates((since.replace(day=1) - timedelta(days=1)).replace(day=1), night.on)
    charged = night.store.query("SELECT charge_id FROM charge WHERE charge_kind = 'recurring'")
    articles = night.config(tables.ARTICLE)
    return recurring_charges(subscriptions, accounts, night.config(tables.PLAN), articles, periods, charged, night.on)


def _keep_rejected(night: Night, rejected: pl.DataFrame) -> None:
    """Replace what this stage had set aside: rows whose cause is gone leave, the others keep their first night."""
    before = night.store.read(tables.REJECTED, "stage = 'rate'")
    since = before.select("file_sha256", "record_no", pl.col("rejected_on").alias("first_night"))
    files = night.store.read_matching(tables.SOURCE_FILE, rejected.select("file_sha256")).select(
        "file_sha256", "file_name"
    )
    rows = (
        rejected.join(files, on="file_sha256", how="left")
        .join(since, on=["file_sha256", "record_no"], how="left")
        .with_columns(
            pl.lit("rate").alias("stage"),
            pl.lit(None, pl.String).alias("record"),
            pl.col("first_night").fill_null(pl.lit(night.on)).alias("rejected_on"),
        )
    )
    keys = ["file_sha256", "record_no", "reason_text"]
    if not before.select(keys).sort(keys).equals(rows.select(keys).sort(keys)):
        night.store.delete(tables.REJECTED, before)
        night.store.append(tables.REJECTED, rows)
