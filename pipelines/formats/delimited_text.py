"""Delimited text by column operations: bytes to lines, lines to fields, and a reason for every line that fails.

A record is one physical line. A quote that is never closed condemns its own line only; it cannot swallow the
lines after it, as it would in a reader that lets quoted fields span lines.
"""

from __future__ import annotations

import codecs
import re

import polars as pl

HEAD_BYTES = 65_536
UNDECODABLE = "\0"
POSITION = ("record_no", "line_no", "record")
_REASON: dict[str, pl.DataType] = {"reason_code": pl.String(), "reason_text": pl.String()}
_STRAY_BYTES = "nightbill.windows_1252_for_stray_bytes"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8 as Windows-1252; the five it leaves undefined become NUL."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    text = "".join(bytes([byte]).decode("cp1252", errors="replace") for byte in stray)
    return text.replace("�", UNDECODABLE), error.end


codecs.register_error(_STRAY_BYTES, _as_windows_1252)


def decode(content: bytes, encoding: str = "utf-8") -> str:
    r"""Turn a file's bytes into text with `\n` line ends and no byte order mark; never fails.

    UTF-8 falls back byte by byte to Windows-1252, so that a switch which wrote one name wrongly loses no call.
    What no encoding can read becomes NUL, which `read_lines` rejects together with real NUL bytes.
    """
    if encoding == "utf-8":
        text = content.decode("utf-8", errors=_STRAY_BYTES)
    else:
        text = content.decode(encoding, errors="replace").replace("�", UNDECODABLE)
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def read_lines(text: str) -> pl.DataFrame:
    """Number the lines that are not blank: `record_no` among them, `line_no` in the file, both from 1, `record`.

    `reason_code` and `reason_text` are BAD_ENCODING where the line holds NUL or undecodable bytes, else null.
    """
    if not text:
        return pl.DataFrame(schema={"record_no": pl.Int64, "line_no": pl.Int64, "record": pl.String, **_REASON})
    lines = pl.read_lines(text.encode(), name="record", row_index_name="line_no", row_index_offset=1)
    numbered = (
        lines.filter(pl.col("record").str.contains(r"\S"))
        .with_row_index("record_no", offset=1)
        .select(
            pl.col("record_no", "line_no").cast(pl.Int64),
            "record",
            *(pl.lit(None, dtype).alias(name) for name, dtype in _REASON.items()),
        )
    )
    return _condemn_undecodable(numbered) if UNDECODABLE in text else numbered


def _condemn_undecodable(lines: pl.DataFrame) -> pl.DataFrame:
    undecodable = pl.col("record").str.contains(UNDECODABLE, literal=True)
    wording = "the line holds NUL or undecodable bytes; have it sent again as UTF-8"
    return lines.with_columns(
        pl.col("record").str.replace_all(UNDECODABLE, "�", literal=True),
        reason_code=pl.when(undecodable).then(pl.lit("BAD_ENCODING")),
        reason_text=pl.when(undecodable).then(pl.lit(wording)),
    )


def split_fields(
    lines: pl.DataFrame, names: list[str], separator: str, fewest: int | None = None, wanted: list[str] | None = None
) -> pl.DataFrame:
    """Add one String column per name to `lines`, or per `wanted` name; empty fields are null, quotes are removed.

    A line must hold `len(names)` fields, or at least `fewest` where the last ones may be absent. Any other line,
    and one with a quote that is not closed, is a MALFORMED_ROW with null fields. Rows and order are kept.
    """
    at_least, kept = len(names) if fewest is None else fewest, wanted or names
    fits = pl.col("record").str.contains(_line_pattern(separator, at_least, len(names)))
    wording = f"the line is not {_count(at_least, len(names))} fields parted by {separator!r}, or a quote is not closed"
    malformed = pl.col("reason_code").is_null() & ~fits
    marked = lines.with_columns(
        reason_code=pl.when(malformed).then(pl.lit("MALFORMED_ROW")).otherwise("reason_code"),
        reason_text=pl.when(malformed).then(pl.lit(wording)).otherwise("reason_text"),
    )
    sound = marked.filter(pl.col("reason_code").is_null())
    split = pl.concat([sound, _parse(sound["record"], names, separator, kept)], how="horizontal")
    if sound.height == marked.height:
        return split
    return pl.concat([split, marked.filter(pl.col("reason_code").is_not_null())], how="diagonal").sort("record_no")


def _count(fewest: int, most: int) -> str:
    return str(most) if fewest == most else f"{fewest} to {most}"


def _line_pattern(separator: str, fewest: int, most: int) -> str:
    mark = re.escape(separator)
    one_field = rf'(?:[^"{mark}]*|"(?:[^"]|"")*")'
    return rf"^{one_field}(?:{mark}{one_field}){{{fewest - 1},{most - 1}}}$"


def _parse(records: pl.Series, names: list[str], separator: str, wanted: list[str]) -> pl.DataFrame:
    """Read lines that are known to be well formed; the header given to polars binds each field by position."""
    if records.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String()))
    places = {f"f{position}": name for position, name in enumerate(names) if name in wanted}
    header = separator.join(f"f{position}" for position in range(len(names)))
    text = "\n".join([header, records.str.join("\n").item()])
    parsed = pl.read_csv(
        text.encode(), separator=separator, infer_schema=False, missing_columns="insert", columns=list(places)
    )
    return parsed.rename(places).select(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in wanted)


def head_lines(head: bytes, encoding: str = "utf-8") -> pl.DataFrame:
    """Read the lines of a file's head as `read_lines` does, without the last one where the head cuts it."""
    text = decode(head, encoding)
    if len(head) >= HEAD_BYTES:
        text = text.rpartition("\n")[0]
    return read_lines(text)
