"""What every request says, whatever its type and the layout of its file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.formats.delimited_text import POSITION
from pipelines.formats.layout import REJECTED_RECORDS, REQUEST_RECORDS, Parsed
from schemas.codes import CHANNELS

ENVELOPE = (
    "request_id", "type", "schema", "channel", "reseller", "actor", "requested_at", "effective_on", "effective_at",
)  # fmt: skip
SCHEMA = 1  # the newest that this version reads


class BadRequestError(Exception):
    """What is wrong with a request and what to do; never holds a customer's value. `code`: its reason."""

    def __init__(self, text: str, code: str = "BAD_REQUEST") -> None:
        super().__init__(text)
        self.code = code


def parsed_requests(
    rows: pl.DataFrame, fields_of: Callable[[dict[str, Any]], dict[str, Any]], zone: ZoneInfo
) -> Parsed:
    """Make requests of the rows of a file, in their order, whatever its layout.

    `rows` have the columns of REJECTED_RECORDS; one with a `reason_code` is set aside as it is. `fields_of` gives the
    fields of any other; it may raise `BadRequestError` as `request_row` does, and the row is set aside for that.
    """
    records: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for row in rows.iter_rows(named=True):
        if row["reason_code"] is not None:
            rejected.append({name: row[name] for name in REJECTED_RECORDS})
            continue
        position = {name: row[name] for name in POSITION}
        try:
            records.append(position | request_row(fields_of(row), zone))
        except BadRequestError as error:
            rejected.append(position | {"reason_code": error.code, "reason_text": str(error)})
    return Parsed(
        records=pl.DataFrame(records, schema=REQUEST_RECORDS),
        rejected=pl.DataFrame(rejected, schema=REJECTED_RECORDS),
    )


def request_row(fields: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Make the columns of REQUEST_RECORDS, but for its position, of a request's fields.

    `effective_at` is a time with offset, or else midnight of `effective_on` on the operator's clock. Raises
    `BadRequestError`.
    """
    _require_known_schema(fields)
    try:
        payload = canonical_json({name: value for name, value in fields.items() if name not in ENVELOPE})
    except RecursionError:
        raise BadRequestError("fields lie too deep within one another; send what docs/requests.md lists") from None
    if not _is_text(payload):
        raise BadRequestError("a text holds half a surrogate pair; send whole characters")
    return {
        "request_id": _field(fields, "request_id", _word, "a text of 1 to 100 characters"),
        "request_type": _field(fields, "type", _word, "a text such as sign_up"),
        "channel": _field(fields, "channel", _channel, f"one of {', '.join(CHANNELS)}"),
        "reseller_code": _optional(fields, "reseller", _word, "a reseller's code"),
        "actor": _optional(fields, "actor", _word, "a login or name of 1 to 100 characters"),
        "requested_at": _field(fields, "requested_at", _moment, "a time with offset, as 2026-11-01T09:30:00+01:00"),
        **_effective(fields, zone),
        "payload": payload,
    }


def _require_known_schema(fields: dict[str, Any]) -> None:
    schema = str(fields.get("schema") or SCHEMA)
    if not re.fullmatch(r"[0-9]{1,6}", schema):
        raise BadRequestError("schema is wrong; give a whole number, or leave it out")
    if int(schema) > SCHEMA:
        text = f"schema {schema} is later than {SCHEMA}, the newest known here; send that, or update nightbill"
        raise BadRequestError(text, "FUTURE_SCHEMA")


def _effective(fields: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    if fields.get("effective_at"):
        moment = _field(fields, "effective_at", _moment, "a time with offset, as 2026-11-01T09:30:00+01:00")
        try:
            day = moment.astimezone(zone).date()
        except OverflowError:
            raise BadRequestError("effective_at is wrong; give a time such as 2026-11-01T09:30:00+01:00") from None
        if fields.get("effective_on") and _field(fields, "effective_on", _day, "a date as 2026-11-01") != day:
            raise BadRequestError("effective_on is not the day of effective_at; give one of them")
    else:
        day = _field(fields, "effective_on", _day, "a date as 2026-11-01")
        moment = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return {"effective_on": day, "effective_at": moment.astimezone(UTC)}
    except OverflowError:
        raise BadRequestError("effective_on is wrong; give a date as 2026-11-01") from None


def _optional(fields: dict[str, Any], name: str, read: Callable[[str], Any], expected: str) -> Any:
    return _field(fields, name, read, expected) if fields.get(name) else None


def _field(fields: dict[str, Any], name: str, read: Callable[[str], Any], expected: str) -> Any:
    if name not in fields:
        raise BadRequestError(f"{name} is missing; give {expected}")
    value = fields[name]
    found = read(value) if isinstance(value, str) else None
    if found is None:
        raise BadRequestError(f"{name} is wrong; give {expected}")
    return found


def _word(text: str) -> str | None:
    return (
        text if re.fullmatch(r"[^\s\x00-\x1f](?:[^\x00-\x1f]{0,98}[^\s\x00-\x1f])?", text) and _is_text(text) else None
    )


def _channel(text: str) -> str | None:
    return text if text in CHANNELS else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def _is_text(text: str) -> bool:
    return not re.search(r"[\ud800-\udfff]", text)


def canonical_json(value: Any) -> str:
    """Write JSON compactly with sorted keys; decimal numbers keep the digits they came with."""
    if isinstance(value, dict):
        members = (f"{json.dumps(key, ensure_ascii=False)}:{canonical_json(value[key])}" for key in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical_json(item) for item in value) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
