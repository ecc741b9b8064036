"""Requests as CSV: a header of field names, one request per line; a field within a field has a dotted name.

`customer.name` is the name of the customer, `subscriptions.0.numbers` the numbers, parted by blanks, of the first
subscription. An empty cell is a field that was not given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.formats.delimited_text import POSITION, head_lines, read_lines, recode, split_fields
from pipelines.formats.layout import REJECTED_RECORDS, REQUEST_RECORDS, Parsed, ReadContext
from pipelines.formats.request_envelope import BadRequestError, request_row

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
        zone = ZoneInfo(context.time_zone)
        lines = read_lines(recode(content))
        names, separator = _header(lines["record"][0])
        rows = split_fields(lines.slice(1).with_columns(pl.col("record_no") - 1), names, separator)
        records: list[dict[str, Any]] = []
        rejected: list[dict[str, Any]] = []
        for row in rows.iter_rows(named=True):
            position = {name: row[name] for name in POSITION}
            if row["reason_code"] is not None:
                rejected.append({name: row[name] for name in REJECTED_RECORDS})
                continue
            try:
                records.append(position | request_row(_nested({name: row[name] for name in names}), zone))
            except BadRequestError as error:
                rejected.append(position | {"reason_code": error.code, "reason_text": str(error)})
        return Parsed(
            records=pl.DataFrame(records, schema=REQUEST_RECORDS),
            rejected=pl.DataFrame(rejected, schema=REJECTED_RECORDS),
        )


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
