"""Requests as CSV: a header of field names, one request per line; a field within a field has a dotted name.

`customer.name` is the name of the customer, `subscriptions.0.numbers` the numbers, parted by blanks, of the first
subscription. An empty cell is a field that was not given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.formats.delimited_text import head_lines, read_lines, recode, split_fields
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.request_envelope import BadRequestError, parsed_requests

_MUST_HAVE = {"request_id", "type"}


@dataclass(frozen=True)
class RequestTable:
    """The layout of request files that are tables."""

    name: str = "request_table"
    kind: str = "requests"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line is a header with request_id and type."""
        lines = head_lines(head)["record"].head(1).to_list()
        return bool(lines) and set(_header(lines[0])[0]) >= _MUST_HAVE

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the requests in order. Rows are rejected as MALFORMED_ROW, BAD_REQUEST, FUTURE_SCHEMA, BAD_ENCODING."""
        lines = read_lines(recode(content))
        names, separator = _header(lines["record"][0])
        rows = split_fields(lines.slice(1).with_columns(pl.col("record_no") - 1), names, separator)
        zone = ZoneInfo(context.time_zone)
        return parsed_requests(rows, lambda row: _nested({name: row[name] for name in names}), zone)


REQUEST_TABLE = RequestTable()


def _header(line: str) -> tuple[list[str], str]:
    separator = ";" if ";" in line else ","
    return [cell.strip().strip('"') for cell in line.lstrip("\ufeff").split(separator)], separator


def _nested(cells: dict[str, str | None]) -> dict[str, Any]:
    """Turn dotted names into fields within fields; leave empty cells out."""
    fields: dict[str, Any] = {}
    for name, value in cells.items():
        if value is None or not value.strip():
            continue
        *outer, last = name.split(".")
        place = fields
        for part in outer:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise BadRequestError(f"the columns {part} and {name} contradict each other; keep one")
        place[last] = value.strip()
    return fields
