"""Requests as JSON Lines: one JSON object per line, from whatever channel.

Every request has `request_id`, `type`, `channel`, `requested_at` (ISO 8601 with offset) and `effective_on`
(YYYY-MM-DD) or `effective_at` (a time with offset), may have `reseller` and `actor`, and keeps its other fields as
payload.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.formats.delimited_text import head_lines, read_lines, recode
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.request_envelope import BadRequestError, parsed_requests

_BEGINS = r'^\s*\{.*"request_id"'


@dataclass(frozen=True)
class RequestLines:
    """The layout of request files."""

    name: str = "request_lines"
    kind: str = "requests"

    def recognises(self, head: bytes) -> bool:
        """Tell whether any line begins as a JSON object and speaks of a request_id."""
        return bool(head_lines(head)["record"].str.contains(_BEGINS).any())

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the requests in order. Rows are rejected as BAD_REQUEST, FUTURE_SCHEMA or BAD_ENCODING."""
        lines = read_lines(recode(content))
        return parsed_requests(lines, lambda line: _json_object(line["record"]), ZoneInfo(context.time_zone))


REQUEST_LINES = RequestLines()


def _json_object(record: str) -> dict[str, Any]:
    try:
        parsed = json.loads(
            record, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_repetition
        )
    except json.JSONDecodeError as error:
        raise BadRequestError(
            f"not valid JSON at character {error.pos + 1}: {error.msg}; send the line again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadRequestError("not usable JSON: a number too long or objects too deep; send the line again") from error
    if not isinstance(parsed, dict):
        raise BadRequestError("the line is not a JSON object; write one {...} per line")
    return parsed


def _no_constant(name: str) -> None:
    raise BadRequestError(f"{name} is not JSON; leave the field out or give a number")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise BadRequestError(f"{next(name for name in names if names.count(name) > 1)} stands twice; keep one")
    return fields
