"""docs/provisioning.md shows files as they are read and written."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from crm.provisioning import new_orders, unacknowledged
from pipelines.configuration.tables import read_table
from pipelines.customers.provision_flow import as_reported
from pipelines.formats.acknowledgements import ACKNOWLEDGEMENTS
from pipelines.formats.layout import ReadContext
from pipelines.formats.provisioning_orders import write_orders
from schemas import tables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "provisioning.md"
ELEMENTS, ORDERS, ANSWERS, REPORT = re.findall(
    r"^```csv\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
)
ON, SMALL, LARGE = date(2026, 10, 2), "mobile_small", "mobile_large"
COLUMNS = {"network_element": pl.String, "a_number": pl.String, "subscription_id": pl.Int64, "plan_code": pl.String,
           "barred_services": pl.String}  # fmt: skip


def lines(*rows):
    return pl.DataFrame([("hlr", *row) for row in rows], schema=COLUMNS, orient="row")


def orders():
    """Two nights: three lines are activated, then everything that the page shows."""
    first = lines(("46701740605", 500001, SMALL, None), ("46701740606", 500003, SMALL, "abroad+premium"),
                  ("46701740607", 500004, SMALL, None))  # fmt: skip
    then = lines(("46701740605", 500009, LARGE, None), ("46701740606", 500003, LARGE, "abroad+premium"),
                 ("46701740607", 500004, SMALL, "all"))  # fmt: skip
    ordered = new_orders(first, tables.PROVISIONING_ORDER.empty(), date(2026, 10, 1))
    return pl.concat([ordered, new_orders(then, ordered, ON)])


def answers():
    read = ACKNOWLEDGEMENTS.read(ANSWERS.encode(), ReadContext("Europe/Stockholm", "SEK"))
    assert read.rejected.is_empty()
    more = {"file_sha256": "0" * 64, "received_on": ON}
    return tables.PROVISIONING_ANSWER.conform(read.records.with_columns(pl.lit(v).alias(k) for k, v in more.items()))


def test_the_configuration_is_read(tmp_path):
    (tmp_path / "network_elements.csv").write_text(ELEMENTS)
    rows, faults = read_table(tmp_path / "network_elements.csv", tables.NETWORK_ELEMENT)
    assert (rows.height, faults) == (2, [])


def test_the_order_file_is_what_such_a_night_writes():
    assert write_orders(orders().filter(pl.col("file_no") == 2)).decode() == ORDERS


def test_the_answers_are_read_and_the_last_one_stands():
    assert answers()["acknowledgement"].to_list() == ["done", "failed", "done"]
    left = unacknowledged(orders(), answers())["order_id"].to_list()
    assert left == ["hlr:1", "hlr:2", "hlr:3", "hlr:6", "hlr:7"]


def test_the_report_is_what_the_next_night_writes_before_the_last_answer_came():
    before = answers().filter(pl.col("acknowledged_at") < datetime(2026, 10, 2, 7, tzinfo=UTC))
    told = as_reported(unacknowledged(orders(), before), date(2026, 10, 3))
    assert told.filter(pl.col("order_id").is_in(["hlr:5", "hlr:7"])).write_csv() == REPORT
