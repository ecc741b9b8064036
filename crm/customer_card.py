"""The customer card: all that customer service must see of one customer, in one document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

Card = dict[str, Any]
CARD_SECTIONS = (
    "cases",
    "accounts",
    "subscriptions",
    "contracts",
    "allowances",
    "usage_by_month",
    "invoices",
    "payments",
    "reminders",
    "agreements",
    "blocks",
    "notices",
    "states",
    "history",
)


def customer_cards(customers: pl.DataFrame, sections: dict[str, pl.DataFrame]) -> Iterator[Card]:
    """Yield one card per CUSTOMER row, in order of customer number.

    `sections` gives, for each of `CARD_SECTIONS`, a frame with `customer_id` and the section's columns, in the order
    they shall be read. Amounts and dates become text, so that a card is the same wherever it is read.
    """
    gathered = customers.sort("customer_id").select("customer_id", _as_struct(customers, "customer"))
    for name in CARD_SECTIONS:
        frame = sections[name]
        rows = (
            frame.select("customer_id", _as_struct(frame, name)).group_by("customer_id", maintain_order=True).agg(name)
        )
        gathered = gathered.join(rows, on="customer_id", how="left", maintain_order="left")
    for row in gathered.iter_rows(named=True):  # a card is a document
        yield {"customer": row["customer"], **{name: row[name] or [] for name in CARD_SECTIONS}}


def card_json(card: Card) -> str:
    """Write a card as JSON text, the same text for the same content."""
    return json.dumps(card, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _as_struct(frame: pl.DataFrame, name: str) -> pl.Expr:
    fields = [
        pl.col(column).cast(pl.String)
        if isinstance(dtype, (pl.Decimal, pl.Date))
        else pl.col(column).dt.strftime("%Y-%m-%d %H:%M")
        if isinstance(dtype, pl.Datetime)
        else pl.col(column)
        for column, dtype in frame.schema.items()
        if column != "customer_id" or name == "customer"
    ]
    return pl.struct(fields).alias(name)
