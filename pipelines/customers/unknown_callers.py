"""Unknown callers: a stranger's first call on a service that allows it becomes a sign-up of its own.

The sign-up is a request like any other, from the channel `network`, with the address that the register has behind the
number: it is checked, applied or put into the queue as the others are. It holds from the first call on, so that this
call is priced too. Its id stands for number and call, under the home's secret: the same call never makes two, and no
table but those that must tells the number.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl

from crm.address_match import match_addresses
from pipelines import clock
from pipelines.customers.register_files import read_address_register
from pipelines.formats.request_envelope import canonical_json
from pipelines.home import home_secret
from pipelines.night import Night
from schemas import tables
from schemas.codes import UNKNOWN_TEXT

_NEW_FILES = """
    SELECT file_sha256, received_on FROM (SELECT * FROM source_file WHERE received_on >= $1)
      ANTI JOIN (SELECT file_sha256 FROM rated_file WHERE rated_on >= $1) USING (file_sha256)
     WHERE file_kind = 'usage' AND file_state = 'archived'
"""
_NAME_LENGTH = 20  # 80 bits: two strangers never share a name
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

    Among usage that is not priced yet. A number whose sign-up waits in the queue is not asked for again, nor one whose
    sign-up was refused by hand, nor one that a request of tonight gives to somebody.
    """
    called = _unpriced(night).group_by("a_number").agg(pl.col("started_at"))
    held = night.store.read_matching(tables.NUMBER_ASSIGNMENT, called.select("a_number"))
    calls = called.explode("started_at")
    covered = calls.join(held, on="a_number").filter(
        pl.col("owned_from") <= pl.col("started_at"),
        pl.col("owned_to").is_null() | (pl.col("started_at") < pl.col("owned_to")),
    )
    unknown = (
        calls.join(covered, on=["a_number", "started_at"], how="anti")
        .filter(~pl.col("a_number").is_in(_numbers_asked_for(night).implode()))
        .group_by("a_number")
        .agg(pl.col("started_at").min())
        .with_columns(_names(night, pl.col("a_number")).alias("name"))
        .filter(~pl.any_horizontal(pl.col("name", "a_number").is_in(_names_decided(night).implode())))
    )
    call = pl.col("started_at").dt.strftime("%Y%m%dT%H%M%S")
    return unknown.select(pl.format("network:{}:{}", "name", call).alias("request_id"), "a_number", "started_at")


def _names(night: Night, numbers: pl.Expr) -> pl.Expr:
    """Name strangers by what cannot be traced to their numbers without the home's secret."""
    secret = home_secret(night.home)
    name = partial(_name, secret)
    return numbers.map_elements(name, return_dtype=pl.String())


def _name(secret: bytes, number: str) -> str:
    return hmac.digest(secret, f"stranger/{number}".encode(), "sha256").hex()[:_NAME_LENGTH]


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


def _names_decided(night: Night) -> pl.Series:
    """Name the strangers who wait in the queue, or whom somebody has refused there.

    Those who came before the home had a secret are named by their numbers.
    """
    sql = """
        SELECT split_part(request_id, ':', 2) AS name FROM approval_case
         WHERE case_state IN ('waiting', 'refused') AND starts_with(request_id, 'network:')
    """
    return night.store.query(sql)["name"].cast(pl.String)


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
