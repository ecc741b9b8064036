"""Rate: usage not yet priced is priced, and recurring fees that have come due are charged, in one transaction.

What is new is known by file: a file whose usage was priced is in `rated_file`, so a night reads its own usage and never
the history. Usage that could not be priced waits in `waiting_usage` and is tried again every night, until it is late.

Usage is priced a piece at a time. Records whose price depends on what was used before (allowances, tiers, capped
discounts) are put aside by customer and priced in order when all pieces have been read, so that memory does not
grow with the night.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from pipelines.charging.fee_flow import charge_fees
from pipelines.charging.instalment_flow import instalments_due
from pipelines.charging.rating_batch import NewUsage, RatingBatch, accounts_of, new_usage, numbers_of, prepared
from pipelines.charging.rating_state import balances_of, make_grants, next_batch, roll_over
from pipelines.night import Night, StageReport
from rating.late_usage import given_up
from schemas import tables
from schemas.money import sum_charges

_RETRIED = "stage = 'rate' AND reason_code <> 'LATE_RECORD'"


def rate(night: Night) -> StageReport:
    """Price new and waiting usage and charge recurring fees, in one transaction."""
    number = next_batch(night)
    with night.store.transaction(f"rate batch {number}"):
        waits, late = _waiting(night)
        usage = new_usage(night, waits)
        if usage.is_empty and not night.is_whole:
            return StageReport(0, 0, 0, "no new usage")
        payers, numbers = _narrowed(night, usage)
        ready = prepared(payers, usage.since, usage.until, numbers)
        granted = make_grants(payers, usage.since)  # while threads make contracts and prices ready
        batch = RatingBatch(payers, ready, number)
        if not usage.is_empty:
            _price(batch, usage)
        fees = charge_fees(night)  # while a thread adds up the charges of what was priced
        if batch.priced:
            batch.write_balances()
        rolled = roll_over(night, number, granted, usage.since)
        if batch.priced or usage.files.height or rolled:  # whatever bears the number, its row is there
            batch.write_record(usage.files)
        batch.write_charges()
        # Apart: a file of one kind is passed over by the other's readers.
        night.store.append(tables.CHARGE, fees.charges)
        night.store.append(tables.CHARGE, instalments_due(night) if night.is_whole else tables.CHARGE.empty())
    charges = (batch.charges, fees.charges)
    amounts = [rows.select(sum_charges(pl.col("amount_ex_vat")).fill_null(0)).item() for rows in charges]
    charged = f"{batch.priced} records in {batch.charges.height} charges, {fees.charges.height} recurring fees"
    summary = f"{charged}; {sum(amounts)} ex VAT"
    summary += f"; {fees.faults} fees without a price" if fees.faults else ""
    summary += f"; {late} records waited until they were late" if late else ""
    set_aside = batch.set_aside.height + late
    return StageReport(batch.read + late, batch.priced, set_aside, summary + batch.margin_summary())


def _narrowed(night: Night, usage: NewUsage) -> tuple[Night, pl.DataFrame | None]:
    """Narrow a run by day down to the accounts that pay for new usage; return the numbers that prices may ask for."""
    if night.is_whole:
        return night, None
    calling, either = numbers_of(night, usage)
    payers = accounts_of(night, calling)
    night.touch(payers)
    return night.only(payers), either


def _price(batch: RatingBatch, usage: NewUsage) -> None:
    batch.price(usage.pieces, balances_of(batch.night, usage.since))
    _keep_waiting(batch.night, usage.waits, batch.set_aside)


def _waiting(night: Night) -> tuple[pl.DataFrame, int]:
    """Read the waiting list; in a night what has become late leaves it first and stays set aside, with another reason.

    Returns the WAITING_USAGE rows that go on waiting, and how many were late.
    """
    store, limits = night.store, night.policy.limits
    waiting = store.read(tables.WAITING_USAGE)
    begun = pl.col("started_at").dt.date()
    old = waiting.filter(begun < night.on - timedelta(days=limits.late_days))
    if old.is_empty() or not night.is_whole:
        return waiting, 0
    late = given_up(old, store.read(tables.REJECTED, _RETRIED), limits, night.on)
    store.delete(tables.WAITING_USAGE, late)
    return waiting.join(late, on="usage_id", how="anti", maintain_order="left"), store.upsert(tables.REJECTED, late)


def _keep_waiting(night: Night, waits: pl.DataFrame, rejected: pl.DataFrame) -> None:
    """Let usage whose cause is gone leave the waiting list, and put on it what is set aside for the first time."""
    store = night.store
    store.delete(tables.WAITING_USAGE, waits.join(rejected, on="usage_id", how="anti"))
    store.append(tables.WAITING_USAGE, rejected.join(waits, on="usage_id", how="anti"))
    _keep_rejected(night, waits, rejected)


def _keep_rejected(night: Night, waits: pl.DataFrame, rejected: pl.DataFrame) -> None:
    """Replace what this stage had set aside of `waits`: rows whose cause is gone leave, others keep their night."""
    before = night.store.read_matching(tables.REJECTED, waits.select("file_sha256", "record_no"), _RETRIED)
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
