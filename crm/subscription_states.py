"""The life of a subscription: its states, what brings each about, and which transitions a night has to write.

The states lie in a row, `ordered - active - restricted - suspended`; a life goes along it one step at a time, back to
`active` at most, and ends in `terminated` from anywhere. `docs/contracts.md` draws it.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl

from schemas.codes import SUBSCRIPTION_STATES
from schemas.tables import SUBSCRIPTION_STATE

_BLOCKED = ("credit_limit", "spend_limit", "unpaid", "request", "black_list")
_LIFTED = ("paid", "spend_limit", "request", "black_list")
# Every step there is, with its causes; None is before the first.
TRANSITIONS: dict[tuple[str | None, str], tuple[str, ...]] = {
    (None, "ordered"): ("ordered",),
    ("ordered", "active"): ("begun",),
    ("active", "restricted"): _BLOCKED,
    ("restricted", "active"): _LIFTED,
    ("restricted", "suspended"): ("unpaid", "request", "black_list"),
    ("suspended", "restricted"): ("paid", "request", "black_list"),
    ("ordered", "terminated"): ("ended",),
    ("active", "terminated"): ("ended",),
    ("restricted", "terminated"): ("ended",),
    ("suspended", "terminated"): ("ended",),
}
_IN_A_ROW = SUBSCRIPTION_STATES[:-1]
_MORE_THAN_DAYS = 10_000_000  # than any day's number
_NEVER_BEGUN = "never_begun"  # a goal: terminated, without having been active
# Money is what lifts a block that money brought about; the others end by what made them.
_LIFTS = {"credit_limit": "paid", "unpaid": "paid"}
SUSPENDED_SCHEMA = pl.Schema({"subscription_id": pl.Int64, "state_cause": pl.String, "request_id": pl.String})


def steps_to(state: str | None, goal: str) -> tuple[str, ...]:
    """Return the states that follow one another from a state to a goal, in legal steps; none where no way leads.

    `goal` is a state, or `never_begun` for the end of what was cancelled before its first day.
    """
    if state == "terminated":
        return ()
    if goal in {"terminated", _NEVER_BEGUN}:
        before = "ordered" if goal == _NEVER_BEGUN or state not in {None, "ordered"} else "active"
        way = steps_to(state, before) if state in {None, "ordered"} else ()
        return (*way, "terminated")
    here = -1 if state is None else _IN_A_ROW.index(state)
    there = _IN_A_ROW.index(goal)
    if there < here:
        return _IN_A_ROW[there:here][::-1] if there else ()
    return _IN_A_ROW[here + 1 : there + 1]


def state_changes(
    subscriptions: pl.DataFrame, blocks: pl.DataFrame, suspended: pl.DataFrame, latest: pl.DataFrame, on: date
) -> pl.DataFrame:
    """Return the transitions that a night has to write: SUBSCRIPTION_STATE rows, sorted by their key.

    `subscriptions`: SUBSCRIPTION rows, every version of each; `blocks`: BLOCK rows with their `subscription_id`, those
    in force and those lifted; `suspended`: the subscriptions that shall be suspended, with cause and request
    (`SUSPENDED_SCHEMA`); `latest`: the last SUBSCRIPTION_STATE row of each subscription that has one.

    A subscription is restricted while a block bars all calls of a number of its, or some for non-payment; another that
    bars some leaves it active. A step holds from the day of what brought it about (first day, block, end), else from
    `on`; never from before the state it ends.
    """
    known = latest.select("subscription_id", "transition_no", "state_from", "state_cause", state="subscription_state")
    facts = (
        _lives(subscriptions)
        .join(known, on="subscription_id", how="left", maintain_order="left")
        .join(_standing(blocks), on="subscription_id", how="left", maintain_order="left")
        .join(_marked(suspended), on="subscription_id", how="left", maintain_order="left")
        .with_columns(_goal(on).alias("goal"))
        .join(_WAYS, on=["state", "goal"], nulls_equal=True, maintain_order="left")
        .join(_lifted(blocks), on="subscription_id", how="left", maintain_order="left")
    )
    steps = facts.with_row_index("_life").explode("step_no", "from_state", "subscription_state")
    dated = steps.with_columns(
        *_brought_about(),
        (pl.col("transition_no").fill_null(0) + pl.col("step_no")).alias("transition_no"),
        _latest_in_its_life(pl.max_horizontal(_day(on), "state_from")).alias("state_from"),
    )
    return SUBSCRIPTION_STATE.complete(dated).sort(SUBSCRIPTION_STATE.key)


def _lives(subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Return the first and last day of each subscription, whatever its versions (`begins`, `ends`, null while open)."""
    open_end = pl.col("service_to").is_null().any()
    return (
        subscriptions.group_by("subscription_id")
        .agg(
            pl.col("service_from").min().alias("begins"),
            pl.when(~open_end).then(pl.col("service_to").max()).alias("ends"),
        )
        .sort("subscription_id")
    )


def _standing(blocks: pl.DataFrame) -> pl.DataFrame:
    """Return the first block in force of each subscription that restricts it."""
    return (
        blocks.filter(pl.col("unblocked_on").is_null() & _restricts())
        .sort("blocked_on", "block_id")
        .unique("subscription_id", keep="first", maintain_order=True)
        .select("subscription_id", "blocked_on", "block_cause", block_request="request_id")
    )


def _restricts() -> pl.Expr:
    return (pl.col("barred") == "all") | (pl.col("block_cause") == "unpaid")


def _lifted(blocks: pl.DataFrame) -> pl.DataFrame:
    """Return the last block of each subscription that restricted it and was lifted: its cause, and when."""
    return (
        blocks.filter(pl.col("unblocked_on").is_not_null() & _restricts())
        .sort("unblocked_on", "block_id")
        .unique("subscription_id", keep="last", maintain_order=True)
        .select("subscription_id", "unblocked_on", lifted_cause="block_cause")
    )


def _marked(suspended: pl.DataFrame) -> pl.DataFrame:
    return suspended.unique("subscription_id", keep="first", maintain_order=True).select(
        "subscription_id", suspended_cause="state_cause", suspended_request="request_id"
    )


def _goal(on: date) -> pl.Expr:
    return (
        pl.when(pl.col("ends") <= pl.col("begins")).then(pl.lit(_NEVER_BEGUN))
        .when(pl.col("ends") <= on).then(pl.lit("terminated"))
        .when(pl.col("begins") > on).then(pl.lit("ordered"))
        .when(pl.col("suspended_cause").is_not_null()).then(pl.lit("suspended"))
        .when(pl.col("block_cause").is_not_null()).then(pl.lit("restricted"))
        .otherwise(pl.lit("active"))
    )  # fmt: skip


def _day(on: date) -> pl.Expr:
    to = pl.col("subscription_state")
    return pl.min_horizontal(
        pl.when(to.is_in(["ordered", "active"]) & pl.col("from_state").ne_missing("restricted")).then("begins")
        .when((to == "restricted") & (pl.col("from_state") == "active")).then("blocked_on")
        .when((to == "terminated") & (pl.col("goal") == "terminated")).then("ends"),
        pl.lit(on, pl.Date),
    )  # fmt: skip


def _latest_in_its_life(day: pl.Expr) -> pl.Expr:
    """Return the latest day so far of each life: whole numbers in which a later life is larger than any day before."""
    life = pl.col("_life").cast(pl.Int64) * _MORE_THAN_DAYS
    return ((day.to_physical().cast(pl.Int64) + life).cum_max() - life).cast(pl.Int32).cast(pl.Date)


def _brought_about() -> tuple[pl.Expr, pl.Expr]:
    """Return the cause of each step, and the request that is known for it."""
    of_block = pl.coalesce("block_cause", "suspended_cause")
    up, down = pl.col("subscription_state"), pl.col("from_state")
    # What was lifted before the state began did not bring it about.
    lifted = pl.when(pl.col("unblocked_on") >= pl.col("state_from")).then("lifted_cause").otherwise("state_cause")
    cause = (
        pl.when(up == "ordered").then(pl.lit("ordered"))
        .when(up == "terminated").then(pl.lit("ended"))
        .when(down == "ordered").then(pl.lit("begun"))
        .when(down == "active").then(of_block)
        .when(up == "suspended").then(pl.col("suspended_cause"))
        .when(down == "suspended").then(pl.col("state_cause").replace(_LIFTS))
        .otherwise(lifted.replace(_LIFTS))
    )  # fmt: skip
    request = (
        pl.when(down == "active").then(pl.coalesce("block_request", "suspended_request"))
        .when(up == "suspended").then(pl.col("suspended_request"))
    )  # fmt: skip
    return cause.alias("state_cause"), request.alias("request_id")


def _ways() -> pl.DataFrame:
    """List the way from every state to every goal; its steps are lists: number, state before, state after."""
    rows = [
        (state, goal, list(range(1, len(way) + 1)), [a for a, _ in pairwise((state, *way))], list(way))
        for state in (None, *SUBSCRIPTION_STATES)
        for goal in (*SUBSCRIPTION_STATES, _NEVER_BEGUN)
        if (way := steps_to(state, goal))
    ]
    columns: dict[str, pl.DataType] = {"state": pl.String(), "goal": pl.String(), "step_no": pl.List(pl.Int64)}
    columns |= dict.fromkeys(("from_state", "subscription_state"), pl.List(pl.String))
    return pl.DataFrame(rows, schema=columns, orient="row")


_WAYS = _ways()
