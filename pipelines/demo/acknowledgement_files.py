"""What the demo's network elements answer: most orders are done by the next night; a few fail, wait, or stay open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from pipelines.demo.keyed_hash import drawn
from pipelines.demo.nights import NIGHTS, position

# Of so many orders, which fail before they are done, are done a night late, or are never answered.
_OF, _FAIL_FIRST, _LATE, _NEVER = 60, 0, 1, 2
_WORDS = "subscriber data incomplete, tried again by hand"


def acknowledgement_files(night: date, orders: pl.DataFrame) -> Iterator[tuple[str, bytes]]:
    """Give name and content of the files of answers that arrive before a night, one per network element.

    `orders`: every PROVISIONING_ORDER row. Those of the last night are answered, and some of the one before it.
    """
    place = position(night)
    answered_on = NIGHTS[place - 1] + timedelta(days=1)
    fate, age = pl.col("fate"), pl.col("ordered_on")
    is_last = (age == NIGHTS[place - 1]) if place else pl.lit(value=False)
    is_before = (age == NIGHTS[place - 2]) if place > 1 else pl.lit(value=False)
    answers = (
        orders.sort("network_element", "element_order_no")
        .with_columns(drawn(_OF, pl.col("element_order_no"), pl.col("subscription_id")).alias("fate"))
        .filter((is_last & ~fate.is_in([_LATE, _NEVER])) | (is_before & fate.is_in([_FAIL_FIRST, _LATE])))
        .with_columns((is_last & (fate == _FAIL_FIRST)).alias("fails"))
        .select(
            "network_element",
            "order_id",
            pl.when("fails").then(pl.lit("failed")).otherwise(pl.lit("done")).alias("answer"),
            pl.format("{}T0{}:15:00+00:00", pl.lit(answered_on), pl.col("element_order_no") % 10).alias("answered_at"),
            pl.when("fails").then(pl.lit(_WORDS)).alias("text"),
        )
    )
    for (element,), of_element in answers.group_by("network_element", maintain_order=True):
        content = of_element.drop("network_element").write_csv(separator=";").encode()
        yield f"acknowledgements-{element}-{night}.csv", content
