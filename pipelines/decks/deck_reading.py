"""A carrier's deck as rows: every line read, numbered, and either understood or refused with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import reduce

import polars as pl

from pipelines.decks.deck_definition import DeckDefinition, DeckError
from pipelines.decks.prefix_notation import expand_prefixes
from pipelines.formats.delimited_text import read_lines, recode, split_fields
from schemas.money import CHARGE, to_micro

REFUSED = pl.Schema({"line_no": pl.Int64, "reason_code": pl.String, "reason_text": pl.String, "value": pl.String})
_FIELDS = (
    "prefix", "country", "area", "destination", "zone", "price", "first_increment", "increment", "increments",
    "connect_fee", "effective", "currency",
)  # fmt: skip
_WHOLE = r"^0*[1-9][0-9]{0,8}$"
_AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,6}0*)?$"
_MINOR_AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,4}0*)?$"
_CODE = r"^[A-Za-z0-9_.-]{1,34}$"


@dataclass(frozen=True)
class Deck:
    """A deck as read.

    `rows`: one per line and prefix: line_no, prefix, destination, base_code, valid_from, price_micro, fee_micro,
    first_increment, increment, currency. `refused`: REFUSED, one per line. `lines_read` counts the lines that should
    hold prices; `lines_ignored` those that the mapping skips, the header among them.
    """

    rows: pl.DataFrame
    refused: pl.DataFrame
    lines_read: int
    lines_ignored: int


def read_deck(content: bytes, definition: DeckDefinition, currency: str, effective_on: date | None = None) -> Deck:
    """Read a deck by its mapping; `currency` is that of the books, `effective_on` holds where the deck has no date.

    Raises `DeckError` when the header lacks a column or the whole deck's date cannot be found.
    """
    every = read_lines(recode(content, definition.encoding))
    leading = every.filter(pl.col("line_no") <= definition.lines.leading)
    lines, header = _price_lines(every, definition)
    fixed = _date_of_deck(pl.concat([leading, every.tail(definition.lines.trailing)]), definition, effective_on)
    cells = _cells(lines, header, definition)
    checked = _checked(cells.filter(pl.col("reason_code").is_null()), definition, fixed, currency)
    malformed = cells.filter(pl.col("reason_code").is_not_null()).select(
        "line_no", "reason_code", "reason_text", pl.col("record").alias("value")
    )
    faulty = checked.filter(pl.col("reason_code").is_not_null()).select(REFUSED.names())
    sound = checked.filter(pl.col("reason_code").is_null())
    prefixes, unreadable = expand_prefixes(sound.select("line_no", "prefix", "country"), definition.prefixes)
    rows = prefixes.join(
        sound.drop("prefix", "country", *REFUSED.names()[1:]), on="line_no", how="inner", maintain_order="left"
    )
    refused = pl.concat([malformed, faulty, unreadable.cast(REFUSED)]).sort("line_no")
    return Deck(rows.with_columns(_base_code(definition)), refused, lines.height, every.height - lines.height)


def _price_lines(every: pl.DataFrame, definition: DeckDefinition) -> tuple[pl.DataFrame, list[str]]:
    """Leave out leading, trailing and ignored lines; return the others and the header's names."""
    lines = every.filter(pl.col("line_no") > definition.lines.leading)
    lines = lines.head(max(lines.height - definition.lines.trailing, 0))
    header = definition.header
    if not header:
        if lines.is_empty():
            raise DeckError("the deck has no header line; check lines.leading of the mapping, or the file")
        first, lines = lines.head(1), lines.slice(1)
        header = [name.strip() for name in _one_line(first["record"][0], definition.separator)]
    named = list(definition.columns.values())
    lost = sorted({name for name in named if header.count(name) != 1})
    if lost:
        problem = f"the header must hold {', '.join(lost)} exactly once, but reads: {', '.join(header)}"
        raise DeckError(f"{problem}. Correct columns, separator, encoding or lines.leading of the mapping")
    if definition.lines.ignored:
        lines = lines.filter(~pl.col("record").str.contains(definition.lines.ignored))
    return lines, header


def _one_line(record: str, separator: str) -> list[str]:
    cells = re.findall(rf'(?:^|{re.escape(separator)})(?:"((?:[^"]|"")*)"|([^{re.escape(separator)}]*))', record)
    return [quoted.replace('""', '"') or bare for quoted, bare in cells]


def _date_of_deck(outside: pl.DataFrame, definition: DeckDefinition, effective_on: date | None) -> date | None:
    """Return the date that holds for every row, or None where a column has it."""
    if "effective" in definition.columns:
        return None
    form = definition.effective
    text = definition.constants.get("effective", "")
    if form.label:
        found = [record.partition(form.label)[2] for record in outside["record"] if form.label in record]
        text = re.sub(rf'^["\s{re.escape(definition.separator)}]+', "", found[0]) if found else ""
        text = re.split(rf'["{re.escape(definition.separator)}]', text)[0].strip()
    if not text and effective_on:
        return effective_on
    parsed: date | None = pl.Series([text], dtype=pl.String).str.to_date(form.format, strict=False)[0]
    if parsed is None:
        where = f"after {form.label!r} outside the rows" if form.label else "in the mapping"
        raise DeckError(f"no effective date as {form.format} {where} (found {text!r}); give it with --effective")
    return parsed


def _cells(lines: pl.DataFrame, header: list[str], definition: DeckDefinition) -> pl.DataFrame:
    """Split lines into our fields, trimmed, empty as null; constants filled in."""
    places = [f"cell_{place}" for place in range(len(header))]
    split = split_fields(lines, places, definition.separator)
    at: dict[str, str] = {field: places[header.index(name)] for field, name in definition.columns.items()}
    trimmed = {field: pl.col(at[field]).str.strip_chars(" \u00a0\t") for field in _FIELDS if field in at}
    fixed: dict[str, pl.Expr] = {field: pl.lit(text) for field, text in definition.constants.items()}
    absent = {field: pl.lit(None, pl.String) for field in _FIELDS if field not in trimmed and field not in fixed}
    fields: dict[str, pl.Expr] = {**trimmed, **fixed, **absent}
    return split.select(
        "line_no", "record", "reason_code", "reason_text",
        *(pl.when(each != "").then(each).alias(field) for field, each in fields.items()),
    )  # fmt: skip


def _checked(cells: pl.DataFrame, definition: DeckDefinition, fixed: date | None, currency: str) -> pl.DataFrame:
    """Type every field; the first that cannot be read gives the row its reason and value."""
    first, later = _increment_texts(definition)
    price, fee = _number("price", definition), _number("connect_fee", definition)
    day = (
        pl.lit(fixed, pl.Date) if fixed else pl.col("effective").str.to_date(definition.effective.format, strict=False)
    )
    decimals = _MINOR_AMOUNT if definition.price.minor else _AMOUNT
    form = definition.effective.format
    rules = (
        ("BAD_PRICE", price.str.contains(decimals), "price", "the price is missing or no number of at most 6 decimals"),
        ("BAD_PRICE", (fee == "") | fee.str.contains(decimals), "connect_fee", "the connect fee is no number"),
        ("BAD_INCREMENT", first.str.contains(_WHOLE) & later.str.contains(_WHOLE), "increments",
         "increments must be whole numbers from 1, as 60/1"),
        ("BAD_DATE", day.is_not_null(), "effective", f"the effective date is missing or not written as {form}"),
        ("BAD_CURRENCY", pl.col("currency") == currency, "currency", f"prices must be in {currency}, as the books are"),
        ("NO_DESTINATION", pl.col("destination").is_not_null(), "destination", "the destination has no name"),
        *(
            [("BAD_ZONE", pl.col("zone").str.contains(_CODE), "zone", "a zone code has 1 to 34 letters, digits or _.-")]
            if definition.target.zone == "column"
            else []
        ),
    )  # fmt: skip
    broken = [(code, ~fits.fill_null(value=False), field, text) for code, fits, field, text in rules]
    shown = {"increments": pl.coalesce("increments", "first_increment").fill_null("")}
    judged = cells.with_columns(
        reason_code=_first_of([(wrong, pl.lit(code)) for code, wrong, _, _ in broken]),
        reason_text=_first_of([(wrong, pl.lit(f"{text}; correct it in the deck")) for _, wrong, _, text in broken]),
        value=_first_of([(wrong, shown.get(field, pl.col(field).fill_null(""))) for _, wrong, field, _ in broken]),
    )
    sound = pl.col("reason_code").is_null()
    scale = 100 if definition.price.minor else 1
    cell = pl.coalesce("prefix", "area") if "country" in definition.columns else pl.col("prefix")
    return judged.select(
        "line_no", "reason_code", "reason_text", "value", "destination", "zone", "country",
        cell.alias("prefix"),
        pl.when(sound).then(day).alias("valid_from"),
        pl.when(sound).then(_micro(price) // scale).alias("price_micro"),
        pl.when(sound).then(_micro(pl.when(fee == "").then(pl.lit("0")).otherwise(fee)) // scale).alias("fee_micro"),
        pl.when(sound).then(first).cast(pl.Int64).alias("first_increment"),
        pl.when(sound).then(later).cast(pl.Int64).alias("increment"),
        "currency",
    )  # fmt: skip


def _first_of(cases: list[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    nothing = pl.lit(None, pl.String)
    return reduce(lambda rest, case: pl.when(case[0]).then(case[1]).otherwise(rest), reversed(cases), nothing)


def _increment_texts(definition: DeckDefinition) -> tuple[pl.Expr, pl.Expr]:
    """Return first and later increment as text; a single number stands for both."""
    if not definition.gives("increments"):
        return pl.col("first_increment"), pl.col("increment")
    parts = pl.col("increments").str.replace_all(r"\s", "").str.split("/")
    first = parts.list.get(0, null_on_oob=True)
    return first, pl.when(parts.list.len() <= 2).then(parts.list.get(1, null_on_oob=True).fill_null(first))  # noqa: PLR2004 (first/later)


def _number(field: str, definition: DeckDefinition) -> pl.Expr:
    """Return a figure with a decimal point and no thousands separators, empty where it is missing.

    Separators count only in groups of three before the decimals: `1.23` under a thousands point is a slip, not 123.
    """
    text = pl.col(field).fill_null("").str.replace_all("\u00a0", " ", literal=True)
    mark, point = definition.thousands_separator, re.escape(definition.decimal_separator)
    if mark:
        grouped = text.str.contains(rf"^[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+(?:{point}[0-9]+)?$")
        text = pl.when(grouped).then(text.str.replace_all(mark, "", literal=True)).otherwise(text)
    if definition.decimal_separator == ",":  # a point left over is no number
        text = pl.when(text.str.contains(".", literal=True)).then(pl.lit("?")).otherwise(text)
        text = text.str.replace(",", ".", literal=True)
    return text.str.replace(r"^\.", "0.")


def _micro(text: pl.Expr) -> pl.Expr:
    readable = pl.when(text.str.contains(_AMOUNT)).then(text)
    return to_micro(readable.str.replace(r"(\.[0-9]{6})0+$", "$1").cast(CHARGE))


def _base_code(definition: DeckDefinition) -> pl.Expr:
    """Name the zone a row asks for: by its destination's name, by a column, or one zone per prefix."""
    if definition.target.zone == "prefix":
        return ("p" + pl.col("prefix")).alias("base_code")
    if definition.target.zone == "column":
        return pl.col("zone").alias("base_code")
    plain = pl.col("destination").str.normalize("NFKD").str.to_lowercase().str.replace_all(r"[^\x00-\x7f]", "")
    slug = plain.str.replace_all("[^a-z0-9]+", "_").str.strip_chars("_").str.head(34).str.strip_chars_end("_")
    return pl.when(slug == "").then(pl.lit("zone")).otherwise(slug).alias("base_code")
