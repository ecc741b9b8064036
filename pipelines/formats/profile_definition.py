"""What a profile file (`config/profiles/*.toml`) must hold: how a CSV of some other system maps onto our records."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.formats.code_pages import known_encoding
from pipelines.formats.layout import RECORDS_OF_KIND
from schemas.codes import OUTCOMES, SERVICES, USAGE_KINDS
from schemas.time_zones import known_time_zones

_REQUIRED = {
    "usage": ("record_id", "source_system", "service", "a_number", "started_at", "outcome"),
    "payments": ("record_id", "payee_account", "booked_on", "amount", "currency"),
}
_REQUIRED_OF_KIND = {"call": ("b_number", "duration_s"), "data": ("volume_bytes",)} | dict.fromkeys(
    ("message", "event"), ("b_number",)
)
BYTES_OF_UNIT = {
    "byte": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMG", start=1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMG", start=1)},
}
_OWN = {
    "record_no",
    "line_no",
    "record",
    "payment_record_id",
    "payment_kind",
    "parts",
    "entry_reference",
    "original_reference",
    "bank_entry_id",
}


def _known_clock(name: str) -> str:
    if name != "operator" and name not in known_time_zones():
        raise ValueError(f"{name!r} is neither operator nor an IANA time zone, for example Europe/Stockholm")
    return name


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeForm(_Section):
    """How times or dates are written, in strftime's directives, and on whose clock."""

    format: str = Field(min_length=2)
    zone: Annotated[str, AfterValidator(_known_clock)] = "operator"

    @property
    def has_clock(self) -> bool:
        """Whether the format holds a time of day, not only a date."""
        return any(directive in self.format for directive in ("%H", "%I", "%T", "%R", "%s"))

    @property
    def has_offset(self) -> bool:
        """Whether each time brings its own offset from UTC."""
        return any(directive in self.format for directive in ("%z", "%:z", "%s"))


class ProfileDefinition(_Section):
    """A declared column profile.

    `header` are the column names that recognise the file. `columns` maps a field of our records to one of them;
    `record_id` may name several, which are joined by `/`. `constants` gives fields that the file does not hold.
    `outcomes` gives, for each outcome of ours, the values that stand for it; so does `usage_kinds` for kinds of usage,
    which are calls where nothing is said. `volume_unit` is what `volume_bytes` is written in.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    kind: Literal["usage", "payments"]
    separator: Literal[",", ";", "\t", "|"] = ","
    encoding: Annotated[str, AfterValidator(known_encoding)] = "utf-8"
    header: list[str] = Field(min_length=1)
    columns: dict[str, str | list[str]]
    constants: dict[str, str] = {}
    time: TimeForm
    duration: Literal["seconds", "milliseconds", "HH:MM:SS", "1h2m3s"] = "seconds"
    volume_unit: Literal["byte", "kB", "MB", "GB", "KiB", "MiB", "GiB"] = "byte"
    decimal_separator: Literal[".", ","] = "."
    outcomes: dict[Literal["answered", "unanswered", "failed"], list[str]] = {}
    usage_kinds: dict[Literal["call", "message", "event", "data"], list[str]] = {}

    @property
    def record_id_columns(self) -> list[str]:
        """The columns that identify a record, in order."""
        declared = self.columns["record_id"]
        return [declared] if isinstance(declared, str) else declared

    @property
    def mapped_columns(self) -> list[str]:
        """The columns of the file that are read, each once."""
        named = [*self.record_id_columns, *(name for name in self.columns.values() if isinstance(name, str))]
        return list(dict.fromkeys(named))

    @property
    def possible_kinds(self) -> list[str]:
        """The kinds of usage that the file may hold."""
        fixed = self.constants.get("usage_kind", "call")
        return sorted(self.usage_kinds) if "usage_kind" in self.columns else [fixed]

    @model_validator(mode="after")
    def _fields_are_ours(self) -> Self:
        allowed = (set(RECORDS_OF_KIND[self.kind]) - _OWN) | {"record_id"}
        given = [*self.columns, *self.constants]
        _refuse(sorted(set(given) - allowed), f"is not a field of {self.kind}: use {', '.join(sorted(allowed))}")
        _refuse(sorted(set(self.columns) & set(self.constants)), "stands in both columns and constants: keep one")
        missing = [field for field in _REQUIRED[self.kind] if field not in given]
        _refuse(missing, "must be given, in columns or in constants")
        for kind in self.possible_kinds if self.kind == "usage" else []:
            lacking = [field for field in _REQUIRED_OF_KIND.get(kind, ()) if field not in given]
            _refuse(lacking, f"must be given for usage of kind {kind}, in columns or in constants")
        return self

    @model_validator(mode="after")
    def _columns_are_in_the_header(self) -> Self:
        lists = [field for field, named in self.columns.items() if isinstance(named, list) and field != "record_id"]
        _refuse(lists, "must name one column; only record_id may join several")
        if "record_id" not in self.columns or not self.record_id_columns:
            _refuse(["record_id"], "must name the columns that tell one record from another")
        _refuse([name for name in self.mapped_columns if name not in self.header], "is a mapped column not in header")
        return self

    @model_validator(mode="after")
    def _values_are_known(self) -> Self:
        self._refuse_unknown("service", SERVICES)
        if self.kind == "usage":
            self._refuse_unknown("outcome", OUTCOMES)
            self._refuse_unknown("usage_kind", USAGE_KINDS)
            self._refuse_unclear("outcome", self.outcomes)
            self._refuse_unclear("usage_kind", self.usage_kinds)
            unclocked = [] if self.time.has_clock else [self.time.format]
            _refuse(unclocked, "has no time of day: usage needs one, for example %Y-%m-%d %H:%M:%S")
        return self

    def _refuse_unknown(self, field: str, known: tuple[str, ...]) -> None:
        fixed = self.constants.get(field)
        _refuse([v for v in [fixed] if v not in {None, *known}], f"is not one of the {field}s: use {', '.join(known)}")

    def _refuse_unclear(self, field: str, meant: Mapping[Any, list[str]]) -> None:
        """Refuse a column whose values mean nothing, or two things."""
        if field in self.columns and not any(meant.values()):
            _refuse([f"{field}s"], f"must say which values of the {field} column mean what")
        values = [value for listed in meant.values() for value in listed]
        _refuse(sorted({v for v in values if values.count(v) > 1}), f"stands for two {field}s")


def _refuse(values: list[Any], fault: str) -> None:
    if values:
        raise ValueError(f"{', '.join(str(value) for value in values)} {fault}")


def read_profile(path: Path) -> tuple[ProfileDefinition | None, list[str]]:
    """Read one profile file; return it, or None with every fault as `file: place: what is wrong`."""
    try:
        return ProfileDefinition.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))), []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [f"profiles/{path.name}: not readable as TOML in UTF-8: {error}"]
    except ValidationError as error:
        return None, [f"profiles/{path.name}: {_place(fault)}" for fault in error.errors()]


def _place(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    what = fault["msg"].removeprefix("Value error, ")
    given = f" (found {fault['input']!r})" if where and fault["type"] != "missing" else ""
    return f"{where}: {what}{given}" if where else what
