"""Generic CSV with a header, read by a declared column profile: usage of any switch, payments of any collector."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.formats.delimited_text import POSITION, decode, head_lines, read_lines, split_fields
from pipelines.formats.field_values import amount_of, clock_seconds, instant_on_clock, whole_seconds
from pipelines.formats.file_faults import unreadable
from pipelines.formats.layout import (
    RECORDS_OF_KIND,
    REJECTED_RECORDS,
    Parsed,
    ReadContext,
)
from pipelines.formats.profile_definition import ProfileDefinition, read_profile
from schemas.checked import first_reason
from schemas.codes import SERVICES
from schemas.columns import TIMESTAMP

_FIELD = "field "  # keeps the file's column names apart from ours
_Fault = tuple[pl.Expr, str, pl.Expr | str]


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
        lines = read_lines(decode(content, self.definition.encoding))
        names = self._header(lines)
        if len(set(names)) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise unreadable(f"the header names {', '.join(twice)} more than once")
        body = lines.slice(1).with_columns(pl.col("record_no") - 1)
        fields = split_fields(body, [_FIELD + name for name in names], self.definition.separator)
        valued = fields.with_columns(pl.col(f"^{_FIELD}.*$").str.strip_chars()).with_columns(self._values(context))
        judged = valued.with_columns(
            pl.when(pl.col("reason_code").is_null()).then(found).otherwise(kept).alias(kept)
            for found, kept in zip(first_reason(*self._faults(context)), ("reason_code", "reason_text"), strict=True)
        )
        sound = pl.col("reason_code").is_null()
        return Parsed(
            records=judged.filter(sound).select(RECORDS_OF_KIND[self.kind].keys()),
            rejected=judged.filter(~sound).select(REJECTED_RECORDS.keys()),
        )

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
                "duration_s": self._duration(),
                "outcome": self._outcome(),
            }
        else:
            values |= {
                "payment_record_id": pl.concat_str(pl.lit(f"{self.name}:"), identity),
                "booked_on": self._day(context),
                "amount": amount_of(self._text("amount"), self.definition.decimal_separator),
            }
        return [value.alias(field) for field, value in values.items()]

    def _instant(self, context: ReadContext, field: str = "started_at") -> pl.Expr:
        form = self.definition.time
        if form.has_offset:
            moment = self._text(field).str.to_datetime(form.format, strict=False, time_unit="us", time_zone="UTC")
            return moment.cast(TIMESTAMP)
        naive = self._text(field).str.to_datetime(form.format, strict=False, time_unit="us")
        clock = context.time_zone if form.zone == "operator" else form.zone
        return instant_on_clock(naive, clock).cast(TIMESTAMP)

    def _day(self, context: ReadContext) -> pl.Expr:
        """Date of a payment on the operator's clock."""
        if not self.definition.time.has_clock:
            return self._text("booked_on").str.to_date(self.definition.time.format, strict=False)
        return self._instant(context, "booked_on").dt.convert_time_zone(context.time_zone).dt.date()

    def _duration(self) -> pl.Expr:
        read = whole_seconds if self.definition.duration == "seconds" else clock_seconds
        return read(self._text("duration_s"))

    def _outcome(self) -> pl.Expr:
        if "outcome" in self.definition.constants:
            return self._text("outcome")
        meant = {value: outcome for outcome, values in self.definition.outcomes.items() for value in values}
        return self._text("outcome").replace_strict(meant, default=None, return_dtype=pl.String)

    def _faults(self, context: ReadContext) -> list[_Fault]:
        unidentified = pl.all_horizontal(pl.col(_FIELD + name).is_null() for name in self.definition.record_id_columns)
        identity: _Fault = (
            unidentified,
            "MALFORMED_ROW",
            f"{' and '.join(self.definition.record_id_columns)} must identify the record, and is empty",
        )
        return [identity, *(self._usage_faults() if self.kind == "usage" else self._payment_faults(context))]

    def _usage_faults(self) -> list[_Fault]:
        form, service = self.definition.time, pl.col("service")
        return [
            (pl.col("source_system").is_null(), "MALFORMED_ROW", "the source system is empty"),
            (
                ~service.is_in(list(SERVICES)).fill_null(value=False),
                "MALFORMED_ROW",
                pl.format("{} is not a service: use {}", service.fill_null("nothing"), pl.lit(", ".join(SERVICES))),
            ),
            (
                pl.col("outcome").is_null(),
                "MALFORMED_ROW",
                _says(self._text("outcome"), f"is not among the outcomes of profile {self.name}; add it there"),
            ),
            (
                pl.col("started_at").is_null(),
                "BAD_TIME",
                _says(self._text("started_at"), f"is not a time as {form.format} on the clock {form.zone}"),
            ),
            (
                pl.col("duration_s").is_null(),
                "BAD_DURATION",
                _says(self._text("duration_s"), f"is not a duration as {self.definition.duration}"),
            ),
        ]

    def _payment_faults(self, context: ReadContext) -> list[_Fault]:
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
            (
                (pl.col("currency") == context.currency).fill_null(value=False).not_(),
                "BAD_CURRENCY",
                _says(pl.col("currency"), f"is not {context.currency}, the currency of the books"),
            ),
        ]


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
