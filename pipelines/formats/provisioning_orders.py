"""Orders to a network element as CSV: one row each, in the order they must be carried out."""

from __future__ import annotations

import polars as pl

# Their name in the file, and where they stand in PROVISIONING_ORDER.
COLUMNS = {
    "order_id": "order_id",
    "order_no": "element_order_no",
    "action": "provisioning_action",
    "a_number": "a_number",
    "subscription_id": "subscription_id",
    "plan_code": "plan_code",
    "barred": "barred_services",
    "ordered_on": "ordered_on",
}


def write_orders(orders: pl.DataFrame) -> bytes:
    """Write PROVISIONING_ORDER rows of one element: a header, commas, UTF-8; the same bytes for the same orders."""
    columns = [pl.col(column).alias(name) for name, column in COLUMNS.items()]
    return orders.sort("element_order_no").select(columns).write_csv().encode()
