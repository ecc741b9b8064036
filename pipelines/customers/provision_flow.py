"""Provision: what changed in the register goes to the network as orders, and what is not known to be done is told."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import polars as pl

from crm.provisioning import new_orders, unacknowledged, wanted_lines
from pipelines.formats.provisioning_orders import write_orders
from pipelines.home import write_whole
from pipelines.night import Night, StageReport
from schemas import tables

# Which order, for what and since when. No telephone number: a list like this is passed on.
REPORTED = (
    "order_id", "network_element", "provisioning_action", "subscription_id", "plan_code", "ordered_on", "days_open",
    "file_no", "acknowledgement", "acknowledged_at", "acknowledgement_text",
)  # fmt: skip


def provision(night: Night) -> StageReport:
    """Order what the network lacks, write the order files, and list the orders that are not acknowledged as done.

    Orders are committed with their file's hash before the file is written: a run killed in between finds the file
    missing and writes the same bytes again. So does any run that misses a file with an order not acknowledged.
    """
    store = night.store
    ordered = store.read(tables.PROVISIONING_ORDER)
    orders = _orders(night, ordered)
    if orders.height:
        with store.transaction("provision"):
            store.append(tables.PROVISIONING_ORDER, orders)
            store.append(tables.PROVISIONING_FILE, _files(orders, night))
    every = pl.concat([ordered, orders])
    unsettled = unacknowledged(every, store.read(tables.PROVISIONING_ANSWER))
    files = store.read_matching(tables.PROVISIONING_FILE, unsettled.select("network_element", "file_no"))
    written = sum(_restore(night, row, every) for row in files.sort("network_element", "file_no").to_dicts())
    _report(night, unsettled)
    return StageReport(every.height, orders.height, 0, f"{_made(orders, written)}; {_unsettled(night, unsettled)}")


def _orders(night: Night, ordered: pl.DataFrame) -> pl.DataFrame:
    elements = night.config(tables.NETWORK_ELEMENT)
    if elements.is_empty():
        return tables.PROVISIONING_ORDER.empty()
    store, policy = night.store, night.policy
    places = night.config(tables.PLAN).join(elements, on="service").select("plan_code", "network_element")
    wanted = wanted_lines(
        store.read(tables.SUBSCRIPTION),
        store.read(tables.NUMBER_ASSIGNMENT),
        store.read(tables.BLOCK),
        places,
        night.on,
        policy.operator.zone,
        policy.numbering.code_prefix,
    )
    return new_orders(wanted, ordered, night.on)


def _files(orders: pl.DataFrame, night: Night) -> pl.DataFrame:
    rows = [
        {
            "network_element": element,
            "file_no": number,
            "file_path": f"outbox/provisioning/{element}/orders_{number:06}.csv",
            "content_sha256": hashlib.sha256(write_orders(of_file)).hexdigest(),
            "order_count": of_file.height,
            "ordered_on": night.on,
        }
        for (element, number), of_file in orders.group_by("network_element", "file_no", maintain_order=True)
    ]
    return pl.DataFrame(rows, schema=tables.PROVISIONING_FILE.schema, orient="row")


def _restore(night: Night, file: dict[str, Any], orders: pl.DataFrame) -> bool:
    """Write an order file where it is missing; True when it was."""
    path = night.home.root / file["file_path"]
    if path.exists():
        return False
    of_file = (pl.col("network_element") == file["network_element"]) & (pl.col("file_no") == file["file_no"])
    content = write_orders(orders.filter(of_file))
    if hashlib.sha256(content).hexdigest() != file["content_sha256"]:
        message = f"{file['file_path']} cannot be written again as it was; restore the file from a backup"
        raise ValueError(message)
    write_whole(path, content)
    return True


def _report(night: Night, unsettled: pl.DataFrame) -> None:
    """Write `reports/unacknowledged_<date>.csv`, oldest order first; no file where every order is done."""
    path = night.home.reports / f"unacknowledged_{night.on}.csv"
    if unsettled.is_empty():
        path.unlink(missing_ok=True)  # of an earlier run of this date
        return
    write_whole(path, as_reported(unsettled, night.on).write_csv().encode())


def as_reported(unsettled: pl.DataFrame, on: date) -> pl.DataFrame:
    """Give the columns of the report; `days_open`: days from the order to the date."""
    days = (pl.lit(on) - pl.col("ordered_on")).dt.total_days().alias("days_open")
    return unsettled.with_columns(days, pl.col("acknowledged_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).select(REPORTED)


def _made(orders: pl.DataFrame, written: int) -> str:
    actions = orders.group_by("provisioning_action", maintain_order=True).len().rows()
    by_action = f" ({', '.join(f'{count} {action}' for action, count in sorted(actions))})" if actions else ""
    return f"{orders.height} orders to the network{by_action}, {written} order files written"


def _unsettled(night: Night, unsettled: pl.DataFrame) -> str:
    """Say how many orders are not done, how many of them are not tonight's, and since when."""
    if unsettled.is_empty():
        return "every order is acknowledged"
    failed = unsettled.filter(pl.col("acknowledgement") == "failed").height
    earlier = unsettled.filter(pl.col("ordered_on") < night.on).height
    return (
        f"{unsettled.height} not acknowledged as done, {failed} of them failed, {earlier} from before this night, "
        f"the oldest since {unsettled['ordered_on'][0]}"
    )
