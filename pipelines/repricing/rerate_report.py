"""The report of a re-rating: old, new and difference per customer and article, and what stays as it was."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.home import write_whole
from pipelines.night import Night
from pipelines.repricing.rerate_booking import RerateBooking
from pipelines.repricing.rerate_selection import Selection
from schemas import tables
from schemas.money import sum_charges

_AMOUNTS = ("old_amount", "new_amount", "difference_amount")


@dataclass(frozen=True)
class RerateReport:
    """What a re-rating found.

    `batch` is null where nothing was written. `read`, `changed`: records. `differences`: `customer_id`, `article_no`,
    `records`, `old_amount`, `new_amount`, `difference_amount`. `kept`: `file_name`, `line_no`, `reason_code`,
    `reason_text` of records that can no longer be priced and keep what they have.
    """

    batch: int | None
    is_trial: bool
    read: int
    changed: int
    differences: pl.DataFrame
    kept: pl.DataFrame
    path: Path | None

    @property
    def total(self) -> Decimal:
        """Difference of all customers."""
        return Decimal(self.differences.select(sum_charges(pl.col("difference_amount")).fill_null(0)).item())

    @property
    def sentence(self) -> str:
        """Say in words what was found."""
        if self.batch is None and not self.changed:
            told = f"{self.read} records priced again, nothing differs"
        else:
            done = "would be written" if self.is_trial else f"written as batch {self.batch}"
            told = f"{self.read} records priced again, {self.changed} {done}; difference {self.total} ex VAT"
        return told + (
            f"; {self.kept.height} can no longer be priced and keep what they have" if self.kept.height else ""
        )

    def per(self, column: str) -> pl.DataFrame:
        """Add the differences up per `customer_id` or `article_no`."""
        return summed(self.differences, column)


def summed(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Add up `records` and amounts per key, sorted."""
    return (
        rows.group_by(keys).agg(pl.col("records").sum(), *(sum_charges(pl.col(name)) for name in _AMOUNTS)).sort(keys)
    )


def write_report(night: Night, booking: RerateBooking, selection: Selection, *, dry_run: bool) -> RerateReport:
    """Sum up a re-rating and write `reports/rerate_<batch>.csv`, of a trial `rerate_<from>_<to>_dry_run.csv`.

    Records that keep what they have stand in a file of their own beside it. Where there is nothing to tell, nothing is
    written.
    """
    payers = night.store.read(tables.ACCOUNT).select("account_id", "customer_id")
    each = booking.all_legs.join(payers, on="account_id")
    found, kept = summed(each, "customer_id", "article_no"), _kept(night, booking)
    name = f"rerate_{selection.since}_{selection.until}_dry_run" if dry_run else f"rerate_{booking.number}"
    path = None
    if found.height or kept.height:
        path = night.home.reports / f"{name}.csv"
        write_whole(path, found.write_csv().encode())
    if kept.height:
        write_whole(night.home.reports / f"{name}_kept.csv", kept.write_csv().encode())
    number = booking.number if booking.is_found and not dry_run else None
    return RerateReport(number, dry_run, booking.read, booking.changed, found, kept, path)


def _kept(night: Night, booking: RerateBooking) -> pl.DataFrame:
    rows = booking.all_kept
    files = night.store.read_matching(tables.SOURCE_FILE, rows.select("file_sha256")).select("file_sha256", "file_name")
    named = rows.join(files, on="file_sha256", how="left")
    return named.select("file_name", "line_no", "reason_code", "reason_text").sort("file_name", "line_no")
