"""Automatic top-up: what is ordered, and the files of orders for the payment provider."""

from __future__ import annotations

import polars as pl

from pipelines.credit.credit_facts import credit_facts
from pipelines.customers.notice_rows import TOLD, as_json
from pipelines.lake.numbered_files import NumberedFiles
from pipelines.night import Night, StageReport
from rating.automatic_top_up import top_ups_to_order
from schemas import tables
from schemas.money import sum_amounts

FILES = NumberedFiles(tables.TOP_UP_FILE, "top_ups", "top_ups")
_NOT_IN_A_FILE = """
    SELECT * FROM top_up ANTI JOIN ordered_top_up USING (top_up_id)
     WHERE top_up_kind = 'automatic' AND paid_on IS NULL
"""
_COLUMNS = ("top_up_id", "account_id", "amount", "currency", "ordered_on")


def ordered_top_ups(night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    """Decide which of some accounts (`account_id`, with a number in service) are topped up, as TOP_UP rows."""
    choices = night.store.read_matching(tables.TOP_UP_CHOICE, accounts)
    if choices.is_empty():
        return tables.TOP_UP.empty()
    chosen = choices.select("account_id")
    before = night.store.read_matching(tables.TOP_UP, chosen)
    return top_ups_to_order(
        credit_facts(night.narrowed(chosen)).exposure, choices, before, night.on, night.policy.operator.currency
    )


def top_ups_told(top_ups: pl.DataFrame) -> pl.DataFrame:
    """Tell of each top-up ordered, as `TOLD` rows."""
    return top_ups.select(
        pl.format("top_up_ordered:{}", "top_up_id").alias("notice_id"),
        pl.lit("top_up_ordered").alias("notice_kind"),
        "account_id",
        pl.lit(None, TOLD["subscription_id"]).alias("subscription_id"),
        as_json(pl.col("top_up_id"), pl.col("amount"), pl.col("currency")),
    )


def export_top_ups(night: Night) -> StageReport:
    """Write the orders that stand in no file yet as `outbox/top_ups/top_ups_<no>.csv`.

    Committed before it is written: a run killed in between finds the file missing and writes the same bytes again. An
    order stands in one file for ever, so a provider that knows its `top_up_id` charges it once.
    """
    FILES.restore_last(night, _content)
    store = night.store
    orders = store.select(tables.TOP_UP, _NOT_IN_A_FILE).sort("top_up_id")
    if orders.height:
        number = FILES.next_number(night)
        row = {
            "order_count": orders.height,
            "amount": orders.select(sum_amounts(pl.col("amount"))).item(),
            "ordered_on": night.on,
        }
        with store.transaction(f"top-up file {number}"):
            numbered = orders.select("top_up_id", pl.lit(number, pl.Int64).alias("file_no"))
            store.append(tables.ORDERED_TOP_UP, numbered)
            FILES.commit(night, number, row, _content(night, number))
        FILES.restore_last(night, _content)
    return StageReport(orders.height, orders.height, 0, f"{orders.height} top-ups ordered from the payment provider")


def _content(night: Night, number: int) -> bytes:
    sql = "SELECT t.* FROM top_up t JOIN ordered_top_up USING (top_up_id) WHERE file_no = ?"
    return printed_orders(night.store.select(tables.TOP_UP, sql, [number]))


def printed_orders(top_ups: pl.DataFrame) -> bytes:
    """Write TOP_UP rows as a file for the payment provider (docs/spend.md)."""
    return top_ups.sort("top_up_id").select(_COLUMNS).write_csv().encode()
