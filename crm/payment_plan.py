"""The plan of a payment agreement: a sum in equal instalments, on the same day of the month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from crm.working_table import Row
from schemas.largest_remainder import shares
from schemas.money import from_minor, to_minor
from schemas.periods import months_after


def payment_plan(total: Decimal, count: int, first_due_on: date, interval_months: int) -> list[Row]:
    """Return `instalment_no`, `due_on` and `amount` of so many equal instalments, which add up to the total.

    Öre that cannot be shared go to the first ones. A month without the day has its instalment on its last day, which
    does not drift: 31 January, 28 February, 31 March.
    """
    due = [months_after(first_due_on, number * interval_months) for number in range(count)]
    plan = pl.DataFrame(
        {"instalment_no": range(1, count + 1), "due_on": due, "weight": [1] * count, "total": [total] * count},
        schema={"instalment_no": pl.Int64, "due_on": pl.Date, "weight": pl.Int64, "total": pl.Decimal(18, 2)},
    )
    part = shares(to_minor(pl.col("total")), pl.col("weight"), ["total"])
    return plan.select("instalment_no", "due_on", from_minor(part).alias("amount")).to_dicts()
