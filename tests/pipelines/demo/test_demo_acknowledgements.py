"""The demo's network elements answer most orders by the next night, fail or forget a few, and make good what failed."""

import polars as pl

from pipelines.demo.acknowledgement_files import acknowledgement_files
from pipelines.demo.nights import NIGHTS
from pipelines.formats.acknowledgements import ACKNOWLEDGEMENTS
from pipelines.formats.layout import ReadContext
from schemas import tables

ORDERS = tables.PROVISIONING_ORDER.complete(
    pl.DataFrame(
        [
            {"order_id": f"{element}:{n}", "network_element": element, "element_order_no": n,
             "subscription_id": 500000 + n, "ordered_on": NIGHTS[0]}
            for element in ("bras", "hlr") for n in range(1, 301)
        ],
        schema=tables.PROVISIONING_ORDER.schema,
    )
)  # fmt: skip


def answers(night):
    files = dict(acknowledgement_files(night, ORDERS))
    read = [ACKNOWLEDGEMENTS.read(content, ReadContext("Europe/Stockholm", "SEK")) for content in files.values()]
    assert [parsed.rejected.height for parsed in read] == [0] * len(files)
    told = ["order_id", "acknowledgement", "acknowledged_at"]
    none = tables.PROVISIONING_ANSWER.empty().select(told)
    return pl.concat([none, *(parsed.records.select(told) for parsed in read)])


def test_most_orders_are_done_by_the_next_night_a_few_fail_and_a_few_are_not_answered():
    first = answers(NIGHTS[1])
    assert sorted(name for name, _ in acknowledgement_files(NIGHTS[1], ORDERS)) == [
        "acknowledgements-bras-2026-09-15.csv", "acknowledgements-hlr-2026-09-15.csv",
    ]  # fmt: skip
    assert 540 < first.height < 600
    assert 1 <= first.filter(pl.col("acknowledgement") == "failed").height < 30


def test_what_failed_or_was_late_is_done_a_night_later_and_some_are_never_answered():
    first, second = answers(NIGHTS[1]), answers(NIGHTS[2])
    failed = first.filter(pl.col("acknowledgement") == "failed")["order_id"]
    assert second["acknowledgement"].unique().to_list() == ["done"]
    assert set(failed) < set(second["order_id"])
    assert len({*first["order_id"], *second["order_id"]}) < ORDERS.height
    assert answers(NIGHTS[0]).is_empty()
    assert answers(NIGHTS[3]).is_empty()
