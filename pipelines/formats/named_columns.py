"""CSV files known by the names of their columns: commas or semicolons, in any order, others are passed over."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.formats.delimited_text import HEAD_BYTES, head_lines, read_lines, recode, split_fields
from pipelines.formats.file_faults import unreadable

_SEPARATORS = (",", ";")


def header_of(head: bytes) -> tuple[list[str], str]:
    """Return the names of the first line that is not blank, and what parts them."""
    record = "".join(head_lines(head)["record"].head(1))
    separator = max(_SEPARATORS, key=record.count)
    return [name.strip().strip('"').strip() for name in record.split(separator)], separator


def named_columns(content: bytes, required: Sequence[str], optional: Sequence[str]) -> pl.DataFrame:
    """Read the lines after the header: position, and the named columns as text without blanks, null where empty.

    An optional column that is not there is null. Raises `FileFaultError` (UNREADABLE) for a header that names a column
    twice.
    """
    text = recode(content)
    names, separator = header_of(text[:HEAD_BYTES])
    if len(set(names)) < len(names):
        raise unreadable(f"the header names {', '.join(sorted({n for n in names if names.count(n) > 1}))} twice")
    wanted = [name for name in (*required, *optional) if name in names]
    body = read_lines(text).slice(1).with_columns(pl.col("record_no") - 1)
    fields = split_fields(body, names, separator, wanted=wanted)
    bare = {name: pl.col(name).str.strip_chars() if name in wanted else pl.lit(None, pl.String)
            for name in (*required, *optional)}  # fmt: skip
    return fields.with_columns(pl.when(value != "").then(value).alias(name) for name, value in bare.items())
