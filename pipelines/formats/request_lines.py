"""Requests as JSON Lines: one JSON object per line, from whatever channel.

Every request has `request_id`, `type`, `channel`, `requested_at` (ISO 8601 with offset) and `effective_on`
(YYYY-MM-DD), may have `reseller`, and keeps its other fields as payload.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.formats.delimited_text import POSITION, head_lines, read_lines, recode
from pipelines.formats.layout import REJECTED_RECORDS, REQUEST_RECORDS, Parsed, ReadContext
from schemas.codes import CHANNELS

_ENVELOPE = ("request_id", "type", "channel", "reseller", "requested_at", "effective_on")
_BEGINS = r'^\s*\{.*"request_id"'


@dataclass(frozen=True)
class RequestLines:
    """The layout of request files."""

    name: str = "request_lines"
    kind: str = "requests"

    def recognises(self, head: bytes) -> bool:
        """Tell whether any line begins as a JSON object and speaks of a request_id."""
        return bool(head_lines(head)["record"].str.contains(_BEGINS).any())

    def read(self, content: bytes, context: ReadContext) -> Parsed:  # noqa: ARG002 (times bring their own offset)
        """Read the requests in order. Rows are rejected as BAD_REQUEST, with the field, or BAD_ENCODING."""
        records: list[dict[str, Any]] = []
        rejected: list[dict[str, Any]] = []
        for line in read_lines(recode(content)).iter_rows(named=True):
            if line["reason_code"] is not None:
                rejected.append(line)
                continue
            position = {name: line[name] for name in POSITION}
            try:
                records.append(position | _request(line["record"]))
            except _BadRequestError as error:
                rejected.append(position | {"reason_code": "BAD_REQUEST", "reason_text": str(error)})
        return Parsed(
            records=pl.DataFrame(records, schema=REQUEST_RECORDS),
            rejected=pl.DataFrame(rejected, schema=REJECTED_RECORDS),
        )


REQUEST_LINES = RequestLines()


class _BadRequestError(Exception):
    """What is wrong with a request and what to do; never holds a customer's value."""


def _request(record: str) -> dict[str, Any]:
    fields = _json_object(record)
    payload = canonical_json({name: value for name, value in fields.items() if name not in _ENVELOPE})
    if not _is_text(payload):
        raise _BadRequestError("a text holds half a surrogate pair; send whole characters")
    return {
        "request_id": _field(fields, "request_id", _word, "a text of 1 to 100 characters"),
        "request_type": _field(fields, "type", _word, "a text such as sign_up"),
        "channel": _field(fields, "channel", _channel, f"one of {', '.join(CHANNELS)}"),
        "reseller_code": _field(fields, "reseller", _word, "a reseller's code") if fields.get("reseller") else None,
        "requested_at": _field(fields, "requested_at", _moment, "a time with offset, as 2026-11-01T09:30:00+01:00"),
        "effective_on": _field(fields, "effective_on", _day, "a date as 2026-11-01"),
        "payload": payload,
    }


def _json_object(record: str) -> dict[str, Any]:
    try:
        parsed = json.loads(
            record, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_repetition
        )
    except json.JSONDecodeError as error:
        raise _BadRequestError(
            f"not valid JSON at character {error.pos + 1}: {error.msg}; send the line again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _BadRequestError("not usable JSON: a number too long or objects too deep; send the line again") from error
    if not isinstance(parsed, dict):
        raise _BadRequestError("the line is not a JSON object; write one {...} per line")
    return parsed


def _no_constant(name: str) -> None:
    raise _BadRequestError(f"{name} is not JSON; leave the field out or give a number")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise _BadRequestError(f"{next(name for name in names if names.count(name) > 1)} stands twice; keep one")
    return fields


def _field(fields: dict[str, Any], name: str, read: Callable[[str], Any], expected: str) -> Any:
    if name not in fields:
        raise _BadRequestError(f"{name} is missing; give {expected}")
    value = fields[name]
    found = read(value) if isinstance(value, str) else None
    if found is None:
        raise _BadRequestError(f"{name} is wrong; give {expected}")
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
