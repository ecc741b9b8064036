"""Unknown callers: a stranger's first call on a service that allows it becomes a sign-up of its own.

The sign-up is a request like any other, from the channel `network`, with the address that the register has behind the
number: it is checked, applied or put into the queue as the others are. It holds from the first call on, so that this
call is priced too. Its id names number and call: the same call never makes two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from crm.address_match import match_addresses
from pipelines import clock
from pipelines.formats.request_envelope import canonical_json
from pipelines.night import Night
from pipelines.register_files import read_address_register
from schemas import tables
from schemas.codes import UNKNOWN_TEXT

_NEW_FILES = """
    SELECT file_sha256, received_on FROM (SELECT * FROM source_file WHERE received_on >= $1)
      ANTI JOIN (SELECT file_sha256 FROM rated_file WHERE rated_on >= $1) USING (file_sha256)
     WHERE file_kind = 'usage' AND file_state = 'archived'
"""
_FIELDS = ("name", "street", "postcode", "city")
# Requests by which a number comes to somebody. Should they be refused, its caller is a stranger in the next run.
_PENDING = """
    SELECT payload FROM request ANTI JOIN request_outcome USING (request_id)
     WHERE received_on >= ? AND request_type IN ('sign_up', 'order', 'add_number', 'port')
"""


def meet_strangers(night: Night) -> int:
    """Request a sign-up for every caller of the policy's service whom nobody knows; return how many are new."""
    if not night.policy.callers.service:
        return 0
    first_calls = _first_calls(night)
    known = night.store.read_matching(tables.REQUEST, first_calls.select("request_id"))
    new = first_calls.join(known, on="request_id", how="anti").sort("request_id")
    if new.is_empty():
        return 0
    asked = pl.DataFrame(_requests(night, new), schema=tables.REQUEST.schema, orient="row")
    with night.store.transaction("strangers"):
        night.store.append(tables.REQUEST, asked)
    return asked.height


def _first_calls(night: Night) -> pl.DataFrame:
    """Find the first call of each number that nobody held then: `request_id`, `a_number`, `started_at`.

    Among usage that is not priced yet. A number whose sign-up waits in the queue is not asked for again, nor one that a
    request of tonight gives to somebody.
    """
    called = _unpriced(night).group_by("a_number").agg(pl.col("started_at"))
    held = night.store.read_matching(tables.NUMBER_ASSIGNMENT, called.select("a_number"))
    calls = called.explode("started_at")
    covered = calls.join(held, on="a_number").filter(
        pl.col("owned_from") <= pl.col("started_at"),
        pl.col("owned_to").is_null() | (pl.col("started_at") < pl.col("owned_to")),
    )
    unknown = calls.join(covered, on=["a_number", "started_at"], how="anti")
    spoken_for = [*_queued_numbers(night), *_numbers_asked_for(night)]
    return (
        unknown.filter(~pl.col("a_number").is_in(spoken_for))
        .group_by("a_number")
        .agg(pl.col("started_at").min())
        .with_columns(
            pl.format("network:{}:{}", "a_number", pl.col("started_at").dt.strftime("%Y%m%dT%H%M%S")).alias(
                "request_id"
            )
        )
    )


def _unpriced(night: Night) -> pl.DataFrame:
    """Read who called when on the service, of new files and of what waits."""
    store, service = night.store, night.policy.callers.service
    waiting = store.read(tables.WAITING_USAGE, "service = ?", [service]).select("a_number", "started_at")
    files = store.query(_NEW_FILES, [night.not_done_since])
    if files.is_empty():
        return waiting
    marks, nights = ", ".join("?" for _ in range(files.height)), files["received_on"]
    sql = (
        "SELECT a_number, started_at FROM usage WHERE received_on BETWEEN ? AND ? AND service = ? "  # noqa: S608 (marks)
        f"AND file_sha256 IN ({marks})"
    )
    new = store.query(sql, [nights.min(), nights.max(), service, *files["file_sha256"]])
    return pl.concat([waiting, new.cast(waiting.schema)])


def _queued_numbers(night: Night) -> list[str]:
    sql = "SELECT request_id FROM approval_case WHERE case_state = 'waiting' AND request_id LIKE 'network:%'"
    return [request_id.split(":")[1] for request_id in night.store.query(sql)["request_id"]]


def _numbers_asked_for(night: Night) -> pl.Series:
    pending = night.store.query(_PENDING, [night.not_done_since])
    return pending["payload"].cast(pl.String).str.extract_all(r"[0-9]{4,15}").explode().drop_nulls()


def _requests(night: Night, first_calls: pl.DataFrame) -> list[dict[str, Any]]:
    wanted = first_calls.select(
        pl.col("request_id").alias("key"), pl.col("a_number").alias("number"),
        *(pl.lit(None, pl.String).alias(name) for name in _FIELDS),
    )  # fmt: skip
    register = read_address_register(night.home, night.policy, wanted)
    behind = match_addresses(wanted, register) if register is not None else wanted
    rows = first_calls.join(behind.rename({"key": "request_id"}).select("request_id", *_FIELDS), on="request_id")
    return [_request(night, row) for row in rows.sort("request_id").to_dicts()]


def _request(night: Night, row: dict[str, Any]) -> dict[str, Any]:
    callers, at = night.policy.callers, row["started_at"]
    person = {name: row[name] or UNKNOWN_TEXT for name in _FIELDS}
    payload = {
        "customer": person | {"category": callers.category, "country_code": night.policy.operator.country_code,
                              "language": night.policy.operator.language},
        "account": {"billing_day": callers.billing_day, "delivery_channel": callers.delivery_channel},
        "subscriptions": [{"plan_code": callers.plan_code, "numbers": [row["a_number"]]}],
    }  # fmt: skip
    return {
        "request_id": row["request_id"],
        "request_type": "sign_up",
        "channel": "network",
        "requested_at": at,
        "effective_on": _local_day(night, at),
        "effective_at": at,
        "payload": canonical_json(payload),
        "received_on": night.on,
        "received_at": clock.now(),
        **dict.fromkeys(("reseller_code", "actor", "file_sha256", "record_no", "line_no")),
    }


def _local_day(night: Night, at: datetime) -> Any:
    return at.astimezone(night.policy.operator.zone).date()
