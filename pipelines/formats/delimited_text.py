"""Delimited text by column operations: bytes to lines, lines to fields, and a reason for every line that fails.

A record is one physical line, and a line without quotes is simply cut at the separators. A quote that is never
closed condemns its own line only; it cannot swallow the lines after it, as it would in a reader that lets quoted
fields span lines.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

import polars as pl

HEAD_BYTES = 65_536
_GLANCE = 1000  # rows
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


def recode(content: bytes, encoding: str = "utf-8") -> bytes:
    r"""Turn a file's bytes into UTF-8 with `\n` line ends and no byte order mark; never fails.

    UTF-8 falls back byte by byte to Windows-1252, so that a switch which wrote one name wrongly loses no call.
    What no encoding can read becomes NUL, which `read_lines` rejects together with real NUL bytes.
    """
    text = content if content.isascii() and _holds_ascii(encoding) else _as_utf8(content, encoding)
    text = text.removeprefix(codecs.BOM_UTF8)
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


@cache
def _holds_ascii(encoding: str) -> bool:
    """Tell whether bytes below 128 mean in this encoding what they mean in ASCII."""
    try:
        return bytes(range(128)).decode(encoding) == "".join(map(chr, range(128)))
    except UnicodeDecodeError:
        return False


def _as_utf8(content: bytes, encoding: str) -> bytes:
    if encoding != "utf-8":
        return content.decode(encoding, errors="replace").replace("�", UNDECODABLE).encode()
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode(errors=_STRAY_BYTES).encode()
    return content


def read_lines(text: bytes) -> pl.DataFrame:
    """Number the lines that are not blank: `record_no` among them, `line_no` in the file, both from 1, `record`.

    Takes what `recode` returns. `reason_code` and `reason_text` are BAD_ENCODING where the line holds NUL or
    undecodable bytes, else null.
    """
    if not text:
        return pl.DataFrame(schema={"record_no": pl.Int64, "line_no": pl.Int64, "record": pl.String, **_REASON})
    lines = pl.read_lines(text, name="record", row_index_name="line_no", row_index_offset=1)
    numbered = (
        lines.filter(pl.col("record").str.contains(r"\S"))
        .with_row_index("record_no", offset=1)
        .select(
            pl.col("record_no", "line_no").cast(pl.Int64),
            "record",
            *(pl.lit(None, dtype).alias(name) for name, dtype in _REASON.items()),
        )
    )
    return _condemn_undecodable(numbered) if UNDECODABLE.encode() in text else numbered


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
    at_least, kept = len(names) if fewest is None else fewest, names if wanted is None else wanted
    marks = pl.col("record").str.count_matches(separator, literal=True)
    plain = marks.is_between(at_least - 1, len(names) - 1) & ~pl.col("record").str.contains('"', literal=True)
    is_plain = lines.select(plain & pl.col("reason_code").is_null()).to_series()
    sound = lines if is_plain.all() else lines.filter(is_plain)
    split = sound.hstack(_parse(sound["record"], names, separator, kept, quote_char=None))
    if sound.height == lines.height:
        return split
    return pl.concat([split, _unquote(lines.filter(~is_plain), names, separator, at_least, kept)]).sort("record_no")


def _unquote(lines: pl.DataFrame, names: list[str], separator: str, fewest: int, wanted: list[str]) -> pl.DataFrame:
    """Split lines of any kind: what neither fits nor was condemned before is a MALFORMED_ROW."""
    fits = pl.col("record").str.contains(_line_pattern(separator, fewest, len(names)))
    wording = f"the line is not {_count(fewest, len(names))} fields parted by {separator!r}, or a quote is not closed"
    malformed = pl.col("reason_code").is_null() & ~fits
    marked = lines.with_columns(
        reason_code=pl.when(malformed).then(pl.lit("MALFORMED_ROW")).otherwise("reason_code"),
        reason_text=pl.when(malformed).then(pl.lit(wording)).otherwise("reason_text"),
    )
    sound = marked.filter(pl.col("reason_code").is_null())
    split = pl.concat([sound, _parse(sound["record"], names, separator, wanted, quote_char='"')], how="horizontal")
    return pl.concat([split, marked.filter(pl.col("reason_code").is_not_null())], how="diagonal")


def _count(fewest: int, most: int) -> str:
    return str(most) if fewest == most else f"{fewest} to {most}"


def _line_pattern(separator: str, fewest: int, most: int) -> str:
    mark = re.escape(separator)
    one_field = rf'(?:[^"{mark}]*|"(?:[^"]|"")*")'
    return rf"^{one_field}(?:{mark}{one_field}){{{fewest - 1},{most - 1}}}$"


def _parse(
    records: pl.Series, names: list[str], separator: str, wanted: list[str], quote_char: str | None
) -> pl.DataFrame:
    """Read lines that are known to be well formed; the header given to polars binds each field by position."""
    if records.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String()))
    places = {f"f{position}": name for position, name in enumerate(names) if name in wanted}
    header = separator.join(f"f{position}" for position in range(len(names)))
    text = "\n".join([header, records.str.join("\n").item()])
    parsed = pl.read_csv(
        text.encode(),
        separator=separator,
        quote_char=quote_char,
        infer_schema=False,
        missing_columns="insert",
        columns=list(places),
    )
    return parsed.rename(places).select(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in wanted)


def read_plain(text: bytes, names: list[str], separator: str) -> pl.DataFrame | None:
    """Read a file of plain lines below a header in line 1: `record_no`, `line_no`, one String column per name.

    Plain is a file without quotes and NUL whose lines all have as many fields as there are names: more, and polars
    refuses the file; fewer, and the last one is missing, so where any is, there must be just as many separators as
    the lines need. None where the file is not plain. `split_fields` reads any file.
    """
    header = text[:HEAD_BYTES].partition(b"\n")[0].decode(errors="ignore")
    if b'"' in text or UNDECODABLE.encode() in text or not header.strip():
        return None
    if separator not in header:  # a blank line would pass for a row of one field
        return None
    scanned = pl.scan_csv(
        text,
        separator=separator,
        quote_char=None,
        has_header=False,
        skip_lines=1,
        schema=dict.fromkeys(names, pl.String()),
        row_index_name="record_no",
        row_index_offset=1,
    )
    number = pl.col("record_no").cast(pl.Int64)
    try:
        rows = scanned.with_columns(number, (number + 1).alias("line_no")).collect(engine="streaming")
    except pl.exceptions.PolarsError:
        return None
    mark = separator.encode()  # polars lets one too many pass at the very end
    is_doubtful = rows[names[-1]].null_count() > 0 or text.endswith(mark)
    if is_doubtful and text.count(mark) != (len(names) - 1) * (rows.height + 1):
        return None
    if separator.isspace() and (rows[names[0]].fill_null("").str.strip_chars() == "").any():
        return None  # a line of separators alone would be blank
    return rows


def edged_with_blanks(text: bytes, fields: pl.DataFrame, names: list[str]) -> list[str]:
    """Return the columns with a field that may begin or end with a blank: one too many at times, never one too few.

    `fields` are those of the plain file `text`. To look at both ends costs a third of taking blanks off.
    """
    if not text.isascii():  # there are a dozen other blanks
        return names
    blanks = [blank for blank in " \t\v\f" if blank.encode() in text]
    if not blanks:
        return []
    found = fields.select(_is_edged(pl.col(name), blanks).any() for name in names).row(0)
    return [name for name, is_edged in zip(names, found, strict=True) if is_edged]


def _is_edged(field: pl.Expr, blanks: list[str]) -> pl.Expr:
    """Tell which fields begin with what sorts before letters, digits and signs, or end with a blank."""
    return pl.any_horizontal(field < "!", *(field.str.ends_with(blank) for blank in blanks))


def with_constants(fields: pl.DataFrame) -> pl.DataFrame:
    """Hold a column whose fields are all the same as one value, on which expressions then work once."""
    if fields.is_empty():
        return fields
    first = fields.row(0, named=True)
    likely = _held_throughout(fields.head(_GLANCE), fields.columns)
    constants = _held_throughout(fields, likely)
    return fields.with_columns(pl.lit(first[name], fields.schema[name]).alias(name) for name in constants)


def _held_throughout(fields: pl.DataFrame, names: list[str]) -> list[str]:
    """Return those of the columns that hold one value, or null, in all their rows."""
    same = fields.select(pl.col(names).eq_missing(pl.col(names).first()).all())
    return [column.name for column in same if column.item()]


def head_lines(head: bytes, encoding: str = "utf-8") -> pl.DataFrame:
    """Read the lines of a file's head as `read_lines` does, without the last one where the head cuts it."""
    text = recode(head, encoding)
    if len(head) >= HEAD_BYTES:
        text = text.rpartition(b"\n")[0]
    return read_lines(text)
