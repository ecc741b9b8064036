"""Generic CSV with a header, read by a declared column profile: usage of any switch, payments of any collector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.formats.delimited_text import (
    HEAD_BYTES,
    POSITION,
    edged_with_blanks,
    head_lines,
    read_lines,
    read_plain,
    recode,
    split_fields,
    with_constants,
)
from pipelines.formats.field_values import (
    amount_of,
    clock_seconds,
    instant_on_clock,
    unit_seconds,
    whole_bytes,
    whole_count,
    whole_milliseconds,
    whole_seconds,
)
from pipelines.formats.file_faults import unreadable
from pipelines.formats.layout import (
    RECORDS_OF_KIND,
    REJECTED_RECORDS,
    Parsed,
    ReadContext,
)
from pipelines.formats.profile_definition import BYTES_OF_UNIT, ProfileDefinition, read_profile
from pipelines.formats.reference_parts import PARTS, field_parts
from schemas.codes import SERVICES
from schemas.columns import TIMESTAMP
from schemas.set_aside import Fault, set_aside

_FIELD = "field "  # keeps the file's column names apart from ours
_DURATIONS = {
    "seconds": whole_seconds,
    "milliseconds": whole_milliseconds,
    "HH:MM:SS": clock_seconds,
    "1h2m3s": unit_seconds,
}


@dataclass(frozen=True)
class DeclaredProfile:
    """The layout of one profile file."""

    definition: ProfileDefinition

    @property
    def name(self) -> str:
        """Name of the profile."""
        return self.definition.name

    @property
    def kind(self) -> str:
        """`usage` or `payments`."""
        return self.definition.kind

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line that is not blank names every column of the profile's header."""
        names = self._header(head_lines(head, self.definition.encoding))
        return set(self.definition.header) <= set(names)

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the lines after the header.

        Rows are rejected as MALFORMED_ROW, BAD_ENCODING, BAD_TIME, BAD_DURATION, BAD_AMOUNT or BAD_CURRENCY. A
        local time that its clock shows twice is the first of the two. Raises `FileFaultError` (UNREADABLE) for a
        header that names a column twice.
        """
        text = recode(content, self.definition.encoding)
        names = self._header(head_lines(text[:HEAD_BYTES]))
        if len(set(names)) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise unreadable(f"the header names {', '.join(twice)} more than once")
        parsed = self._read_plain(text, names, context) if self.kind == "usage" else None
        return parsed or self._read_any(text, names, context)

    def _read_plain(self, text: bytes, names: list[str], context: ReadContext) -> Parsed | None:
        """Read a file whose lines are all plain in one go; None where they are not."""
        rows = read_plain(text, [_FIELD + name for name in names], self.definition.separator)
        if rows is None:
            return None
        fields = with_constants(rows)
        bare = fields.with_columns(self._stripped(edged_with_blanks(text, fields, self._wanted)))
        try:
            return self._judged(text, self._valued(bare, context), context)
        except pl.exceptions.PolarsError:
            return None

    def _read_any(self, text: bytes, names: list[str], context: ReadContext) -> Parsed:
        """Read any file, line by line."""
        separator = self.definition.separator
        body = read_lines(text).slice(1).with_columns(pl.col("record_no") - 1)
        fields = split_fields(body, [_FIELD + name for name in names], separator, wanted=self._wanted)
        return self._judged(text, self._valued(fields.with_columns(self._stripped(self._wanted)), context), context)

    def _judged(self, text: bytes, valued: pl.DataFrame, context: ReadContext) -> Parsed:
        records, rejected = set_aside(valued, *self._faults(context))
        whole = Parsed(records.select(RECORDS_OF_KIND[self.kind].keys()), text=text)
        return replace(whole, rejected=whole.with_record(rejected).select(REJECTED_RECORDS.keys()))

    @property
    def _wanted(self) -> list[str]:
        return [_FIELD + name for name in self.definition.mapped_columns]

    def _stripped(self, names: list[str]) -> list[pl.Expr]:
        """Take the blanks off the fields; a field of blanks is empty."""
        bare = {name: pl.col(name).str.strip_chars() for name in names}
        return [pl.when(text != "").then(text).alias(name) for name, text in bare.items()]

    def _valued(self, fields: pl.DataFrame, context: ReadContext) -> pl.DataFrame:
        """Give our fields their values."""
        valued = fields.lazy().with_columns(self._values(context))
        if self.kind == "usage":
            valued = valued.with_columns_seq(self._quantities())  # at once, they would make rows of constants
        return valued.collect(engine="in-memory")

    def _header(self, lines: pl.DataFrame) -> list[str]:
        record = lines["record"].head(1).to_list()
        return (
            [name.strip().strip('"').strip() for name in record[0].split(self.definition.separator)] if record else []
        )

    def _text(self, field: str) -> pl.Expr:
        """Return a field's text: its column, its constant, or null."""
        named = self.definition.columns.get(field)
        if isinstance(named, str):
            return pl.col(_FIELD + named)
        return pl.lit(self.definition.constants.get(field), pl.String)

    def _values(self, context: ReadContext) -> list[pl.Expr]:
        identity = pl.concat_str(
            [pl.col(_FIELD + name).fill_null("") for name in self.definition.record_id_columns], separator="/"
        )
        values = {field: self._text(field) for field in RECORDS_OF_KIND[self.kind] if field not in POSITION}
        if self.kind == "usage":
            values |= {
                "record_id": identity,
                "started_at": self._instant(context),
                "usage_kind": self._usage_kind(),
                "outcome": self._meaning("outcome", self.definition.outcomes),
            }
        else:
            values |= {
                "payment_record_id": pl.concat_str(pl.lit(f"{self.name}:"), identity),
                "booked_on": self._day(context),
                "amount": amount_of(self._text("amount"), self.definition.decimal_separator),
                "payment_kind": pl.lit("received"),
                "parts": self._text("reference_text").map_elements(field_parts, PARTS, skip_nulls=False),
            }
        return [value.alias(field) for field, value in values.items()]

    def _instant(self, context: ReadContext, field: str = "started_at") -> pl.Expr:
        form = self.definition.time
        if form.has_offset:
            moment = self._text(field).str.to_datetime(
                form.format, strict=False, time_unit="us", time_zone="UTC", cache=False
            )
            return moment.cast(TIMESTAMP)
        # To parse a time is faster than to look whether it was parsed before.
        naive = self._text(field).str.to_datetime(form.format, strict=False, time_unit="us", cache=False)
        clock = context.time_zone if form.zone == "operator" else form.zone
        return instant_on_clock(naive, clock).cast(TIMESTAMP)

    def _day(self, context: ReadContext) -> pl.Expr:
        """Date of a payment on the operator's clock."""
        if not self.definition.time.has_clock:
            return self._text("booked_on").str.to_date(self.definition.time.format, strict=False)
        return self._instant(context, "booked_on").dt.convert_time_zone(context.time_zone).dt.date()

    def _quantities(self) -> list[pl.Expr]:
        """Quantity of each record in its kind's own column, 0 in the others; null where it cannot be read."""
        definition = self.definition
        duration, volume, count = (self._decimal(name) for name in ("duration_s", "volume_bytes", "event_count"))
        counted = pl.when(count.is_null()).then(pl.lit(1)).otherwise(whole_count(count))
        return [
            self._of_kind(_DURATIONS[definition.duration](duration), "call").alias("duration_s"),
            self._of_kind(whole_bytes(volume, BYTES_OF_UNIT[definition.volume_unit]), "data").alias("volume_bytes"),
            self._of_kind(counted, "message", "event").alias("event_count"),
        ]

    def _decimal(self, field: str) -> pl.Expr:
        text, separator = self._text(field), self.definition.decimal_separator
        return text if separator == "." else text.str.replace(separator, ".", literal=True)

    def _of_kind(self, quantity: pl.Expr, *kinds: str) -> pl.Expr:
        others = set(self.definition.possible_kinds) - set(kinds)
        if not others:
            return quantity
        if others == set(self.definition.possible_kinds):
            return pl.lit(0, pl.Int64)
        return pl.when(pl.col("usage_kind").is_in(kinds)).then(quantity).otherwise(pl.lit(0))

    def _usage_kind(self) -> pl.Expr:
        if "usage_kind" in self.definition.columns:
            return self._meaning("usage_kind", self.definition.usage_kinds)
        return pl.lit(self.definition.constants.get("usage_kind", "call"))

    def _meaning(self, field: str, meant: Mapping[Any, list[str]]) -> pl.Expr:
        """Return our code for what the file says, or the constant."""
        if field in self.definition.constants:
            return self._text(field)
        codes = {value: code for code, values in meant.items() for value in values}
        return self._text(field).replace_strict(codes, default=None, return_dtype=pl.String)

    def _faults(self, context: ReadContext) -> list[Fault]:
        unidentified = pl.all_horizontal(pl.col(_FIELD + name).is_null() for name in self.definition.record_id_columns)
        identity: Fault = (
            unidentified,
            "MALFORMED_ROW",
            f"{' and '.join(self.definition.record_id_columns)} must identify the record, and is empty",
        )
        return [identity, *(self._usage_faults() if self.kind == "usage" else self._payment_faults(context))]

    def _unmeant(self, field: str) -> Fault:
        wording = f"is not among the {field}s of profile {self.name}; add it there"
        return pl.col(field).is_null(), "MALFORMED_ROW", _says(self._text(field), wording)

    def _unread(self, field: str, form: str) -> Fault:
        return pl.col(field).is_null(), "BAD_DURATION", _says(self._text(field), f"is not {form}")

    def _usage_faults(self) -> list[Fault]:
        definition, service = self.definition, pl.col("service")
        form = definition.time
        return [
            (pl.col("source_system").is_null(), "MALFORMED_ROW", "the source system is empty"),
            (
                ~service.is_in(list(SERVICES)).fill_null(value=False),
                "MALFORMED_ROW",
                pl.format("{} is not a service: use {}", service.fill_null("nothing"), pl.lit(", ".join(SERVICES))),
            ),
            self._unmeant("usage_kind"),
            self._unmeant("outcome"),
            (
                pl.col("started_at").is_null(),
                "BAD_TIME",
                _says(self._text("started_at"), f"is not a time as {form.format} on the clock {form.zone}"),
            ),
            self._unread("duration_s", f"a duration as {definition.duration}"),
            self._unread("volume_bytes", f"a volume in {definition.volume_unit}"),
            self._unread("event_count", "a whole number of events"),
        ]

    def _payment_faults(self, context: ReadContext) -> list[Fault]:
        return [
            (pl.col("payee_account").is_null(), "MALFORMED_ROW", "the account paid to is empty"),
            (
                pl.col("booked_on").is_null(),
                "BAD_TIME",
                _says(self._text("booked_on"), f"is not a date as {self.definition.time.format}"),
            ),
            (
                (pl.col("amount") > 0).fill_null(value=False).not_(),
                "BAD_AMOUNT",
                _says(self._text("amount"), "is not an amount above zero with at most 2 decimals"),
            ),
            *self._currency_faults(context),
        ]

    def _currency_faults(self, context: ReadContext) -> list[Fault]:
        """Return the faults of money that the books cannot take, currency by currency."""
        currency = pl.col("currency")
        known = currency.is_in([context.currency, *context.rated_from]).fill_null(value=False)
        unknown = _says(currency, f"is not {context.currency}, the currency of the books, and has no exchange rate")
        early: list[Fault] = [
            (
                (currency == code) & (pl.col("booked_on") < first),
                "BAD_CURRENCY",
                _says(currency, f"has exchange rates from {first} only"),
            )
            for code, first in sorted(context.rated_from.items())
        ]
        return [(~known, "BAD_CURRENCY", unknown), *early]


def _says(value: pl.Expr, fault: str) -> pl.Expr:
    return pl.concat_str(value.fill_null("nothing"), pl.lit(f" {fault}"))


def load_profiles(folder: Path) -> tuple[list[DeclaredProfile], list[str]]:
    """Read every `*.toml` of `config/profiles/`, in order of file name.

    Returns the sound profiles and every fault found, each naming its file; a name used twice is a fault too.
    """
    profiles: list[DeclaredProfile] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        definition, wrong = read_profile(path)
        faults += wrong
        if definition is None:
            continue
        if any(definition.name == known.name for known in profiles):
            faults.append(f"profiles/{path.name}: name: {definition.name} is the name of another profile; choose one")
        else:
            profiles.append(DeclaredProfile(definition))
    return profiles, faults
