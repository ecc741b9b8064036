"""The life of an invoice after it was made: finalised, sent, paid or overdue, credited or written off.

No state is stored. It follows from what happened (documents, allocations, credit notes) and the date, by the rules
below: the first that holds gives the state. They are written as conditions that polars and the marts' SQL both read.
"""

from __future__ import annotations

from datetime import date

import polars as pl

# Facts of an invoice: `total_amount`, `open_amount` (not paid, credited or written off), `credited_amount` (what credit
# notes took back, positive), `written_off_amount`, `is_sent`, `due_on`; and `on_date`, the date asked about. A credit
# note, whose amounts are negative, is paid when all of it is used, and never overdue.
_SETTLED = "(total_amount > 0 AND open_amount <= 0 OR total_amount < 0 AND open_amount >= 0)"
STATE_RULES = (
    ("credited", "total_amount > 0 AND credited_amount >= total_amount"),
    ("paid", f"{_SETTLED} AND written_off_amount = 0"),
    ("written_off", _SETTLED),
    ("overdue", "total_amount > 0 AND due_on < on_date"),
    ("sent", "is_sent"),
)
FIRST_STATE = "finalised"
STATE_SQL = (
    "CASE "
    + " ".join(f"WHEN {condition} THEN '{state}'" for state, condition in STATE_RULES)
    + f" ELSE '{FIRST_STATE}' END"
)
# Which state may follow which; a payment taken back, or a due date moved, leads back.
TRANSITIONS = {
    "finalised": ("sent", "paid", "overdue", "credited"),
    "sent": ("paid", "overdue", "credited"),
    "overdue": ("paid", "credited", "written_off"),
    "paid": ("credited",),
    "written_off": ("credited",),
    "credited": (),
}


def invoice_states(facts: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the state of each invoice on a date: `invoice_no`, `invoice_state` (`schemas.codes.INVOICE_STATES`).

    `facts`: invoice_no, total_amount, open_amount, credited_amount, written_off_amount, is_sent, due_on.
    """
    dated = facts.with_columns(pl.lit(on).alias("on_date"))
    return dated.select("invoice_no", pl.sql_expr(STATE_SQL).alias("invoice_state"))
