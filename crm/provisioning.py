"""What the network is ordered to do: the lines that should be in service, against what was ordered last.

A line is a telephone number, or a subscription that never had one (broadband), at the network element that carries its
service. Each order says how its line shall be after it, so an element that has done the last one has done them all.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from schemas import tables
from schemas.codes import LINE_PREFIX
from schemas.columns import TIMESTAMP

LINE = ["network_element", "a_number"]
STATE = ["subscription_id", "plan_code", "barred_services"]
# What frees comes before what takes, and what opens before what shuts: a number is never at two subscriptions.
_SEQUENCE = ("terminate", "activate", "change", "unblock", "block")


def wanted_lines(
    subscriptions: pl.DataFrame,
    numbers: pl.DataFrame,
    blocks: pl.DataFrame,
    places: pl.DataFrame,
    on: date,
    zone: ZoneInfo,
    code_prefix: str,
) -> pl.DataFrame:
    """Return the lines that should be in service on a date: `LINE` and `STATE` columns, in order of `a_number`.

    Takes all rows of SUBSCRIPTION, NUMBER_ASSIGNMENT and BLOCK, and `places`: `plan_code`, `network_element`. A number
    goes to whoever holds it last within the date on the clock of `zone`: it is given on its day and taken after it.
    Numbers that begin with `code_prefix` are codes, which no network knows. `network_element` is null where the plan
    has no place: nothing is ordered for such a line, whatever was before.
    """
    in_force = _versions_in_force(subscriptions, on)
    unnumbered = in_force.join(numbers, on="subscription_id", how="anti").select(
        line_of_subscription().alias("a_number"), "subscription_id"
    )
    held = _holders(numbers, on, zone).filter(~pl.col("a_number").str.starts_with(code_prefix))
    return (
        pl.concat([held, unnumbered])
        .join(in_force, on="subscription_id")
        .join(places.select("plan_code", "network_element"), on="plan_code", how="left")
        .join(_bars(blocks, unnumbered, on), on="a_number", how="left")
        .select(*LINE, *STATE)
        .sort("a_number")
    )


def line_of_subscription() -> pl.Expr:
    """Name the line of a subscription without numbers: its id after a 0, with which no international number begins."""
    return pl.format(LINE_PREFIX + "{}", "subscription_id")


def _versions_in_force(subscriptions: pl.DataFrame, on: date) -> pl.DataFrame:
    begun, ended = pl.col("service_from") <= on, (pl.col("service_to") <= on).fill_null(value=False)
    return (
        subscriptions.filter(begun & ~ended)
        .sort("service_from")
        .unique("subscription_id", keep="last")
        .select("subscription_id", "plan_code")
    )


def _holders(numbers: pl.DataFrame, on: date, zone: ZoneInfo) -> pl.DataFrame:
    begins, ends = _midnight(on, zone), _midnight(on + timedelta(days=1), zone)
    last = pl.col("owned_to").fill_null(ends)
    return (
        numbers.filter(pl.col("owned_from") < ends, last > begins, last > pl.col("owned_from"))
        .sort("owned_from", "subscription_id")
        .unique("a_number", keep="last")
        .select("a_number", "subscription_id")
    )


def _midnight(on: date, zone: ZoneInfo) -> pl.Expr:
    return pl.lit(datetime(on.year, on.month, on.day, tzinfo=zone)).cast(TIMESTAMP)


def _bars(blocks: pl.DataFrame, unnumbered: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return `barred_services` of each `a_number` with a block in force: `all`, or the services joined by `+`.

    A line without a number is barred by the blocks of its subscription.
    """
    lifted = (pl.col("unblocked_on") <= on).fill_null(value=False)
    barred = pl.col("barred")
    return (
        blocks.filter((pl.col("blocked_on") <= on) & ~lifted)
        .join(unnumbered.rename({"a_number": "line"}), on="subscription_id", how="left")
        .group_by(pl.coalesce("line", "a_number").alias("a_number"))
        .agg(
            pl.when((barred == "all").any())
            .then(pl.lit("all"))
            .otherwise(barred.unique().sort().str.join("+"))
            .alias("barred_services")
        )
    )


def standing_lines(orders: pl.DataFrame) -> pl.DataFrame:
    """Return what PROVISIONING_ORDER rows, carried out in order, make of the network: `LINE` and `STATE` columns."""
    return (
        orders.sort("element_order_no")
        .unique(LINE, keep="last")
        .filter(pl.col("provisioning_action") != "terminate")
        .select(*LINE, *STATE)
        .sort(LINE)
    )


def new_orders(wanted: pl.DataFrame, ordered: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the PROVISIONING_ORDER rows that turn what was `ordered` into what is `wanted` (see `wanted_lines`).

    A number of another subscription is terminated and activated anew, also when it moves between elements; another plan
    is a change, other bars are a block or an unblock. Orders go on from the last number of their element without gaps;
    those of one run stand in the element's next file.
    """
    placed = wanted.filter(pl.col("network_element").is_not_null())
    lines = placed.join(standing_lines(ordered), on=LINE, how="full", coalesce=True, suffix="_before")
    orders = pl.concat([*_begun_and_ended(lines, wanted.join(placed, on=LINE, how="anti")), *_changed(lines)])
    return (
        _numbered(orders, ordered).with_columns(pl.lit(on).alias("ordered_on")).select(tables.PROVISIONING_ORDER.names)
    )


def _begun_and_ended(lines: pl.DataFrame, unplaced: pl.DataFrame) -> list[pl.DataFrame]:
    differs = pl.col("subscription_id").ne_missing(pl.col("subscription_id_before"))
    ended = lines.filter(differs & pl.col("subscription_id_before").is_not_null()).pipe(_as_before)
    begun = lines.filter(differs & pl.col("subscription_id").is_not_null())
    left_alone = ["a_number", "subscription_id"]
    return [
        _order(ended.join(unplaced, on=left_alone, how="anti"), pl.lit("terminate")),
        _order(begun, pl.lit("activate")),
    ]


def _changed(lines: pl.DataFrame) -> list[pl.DataFrame]:
    kept = lines.filter(pl.col("subscription_id") == pl.col("subscription_id_before"))
    other_plan = kept.filter(pl.col("plan_code") != pl.col("plan_code_before"))
    other_bars = kept.filter(pl.col("barred_services").ne_missing(pl.col("barred_services_before")))
    to_bar = pl.when(pl.col("barred_services").is_null()).then(pl.lit("unblock")).otherwise(pl.lit("block"))
    return [
        _order(other_plan.with_columns(pl.col("barred_services_before").alias("barred_services")), pl.lit("change")),
        _order(other_bars, to_bar),
    ]


def _as_before(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.col(f"{name}_before").alias(name) for name in STATE)


def _order(lines: pl.DataFrame, action: pl.Expr) -> pl.DataFrame:
    return lines.select(*LINE, *STATE, action.alias("provisioning_action"))


def _numbered(orders: pl.DataFrame, ordered: pl.DataFrame) -> pl.DataFrame:
    last = ordered.group_by("network_element").agg(
        pl.col("element_order_no").max().alias("last_order"), pl.col("file_no").max().alias("last_file")
    )
    place = pl.col("provisioning_action").replace_strict(_SEQUENCE, range(len(_SEQUENCE)), return_dtype=pl.Int64)
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("network_element")
    return (
        orders.sort("network_element", place, "a_number")
        .join(last, on="network_element", how="left", maintain_order="left")
        .with_columns(
            (pl.col("last_order").fill_null(0) + rank).alias("element_order_no"),
            (pl.col("last_file").fill_null(0) + 1).alias("file_no"),
        )
        .with_columns(pl.format("{}:{}", "network_element", "element_order_no").alias("order_id"))
    )


def unacknowledged(orders: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Return the orders that are not known to be done, oldest first, with the answer that stands, if any.

    Takes all rows of PROVISIONING_ORDER and PROVISIONING_ANSWER. An order without an answer stays until it has one. One
    that failed stays until its element says it is done, or has done a later order of the same line: that order says
    how the whole line shall be. Columns of both tables; those of the answer are null where there is none.
    """
    answered = ["order_id", "acknowledgement", "acknowledgement_text", "acknowledged_at"]
    last = answers.select(answered).sort("acknowledged_at").unique("order_id", keep="last")
    told = orders.join(last, on="order_id", how="left")
    done = pl.col("acknowledgement").eq_missing(pl.lit("done"))
    done_up_to = pl.col("element_order_no").filter(done).max().over(LINE).fill_null(0)
    made_good = (pl.col("acknowledgement") == "failed") & (pl.col("element_order_no") < done_up_to)
    return told.filter(~done & ~made_good.fill_null(value=False)).sort(
        "ordered_on", "network_element", "element_order_no"
    )
