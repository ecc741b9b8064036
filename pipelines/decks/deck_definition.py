"""What a mapping (`config/decks/NAME.toml`) must hold: how a carrier's price deck maps onto zones and prices."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import toml_line
from schemas.codes import SERVICES

DeckField = Literal[
    "prefix", "country", "area", "destination", "zone", "price", "first_increment", "increment", "increments",
    "connect_fee", "effective", "currency",
]  # fmt: skip
ConstantField = Literal["destination", "increments", "connect_fee", "effective", "currency"]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


class DeckError(Exception):
    """The mapping or the deck as a whole cannot be used; the message says what to do."""


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"{name!r} is not an encoding, for example utf-8 or cp1252") from None


def _readable_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return pattern


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lines(_Section):
    """Which lines are not prices: before the header, at the end, and those that fit a pattern (totals)."""

    leading: int = Field(default=0, ge=0)
    trailing: int = Field(default=0, ge=0)
    ignored: Annotated[str, AfterValidator(_readable_pattern)] = ""


class Prefixes(_Section):
    """How several prefixes stand in one cell: separators of a list, and whether `4670-4673` is a range."""

    list_separators: str = ";,"
    ranges: bool = True


class Effective(_Section):
    """How dates are written, and the text in front of the date where one line holds it for the whole deck."""

    format: str = Field(default="%Y-%m-%d", min_length=2)
    label: str = ""


class PriceForm(_Section):
    """Units that a price is for, and whether it is written in hundredths of the currency."""

    unit: int = Field(default=60, ge=1)
    minor: bool = False


class Target(_Section):
    """Price list, article and numbering plan that the deck goes into, and what names a zone."""

    price_list: Code
    article_no: Code
    numbering_plan: Code = "main"
    zone: Literal["destination", "column", "prefix"] = "destination"
    time_band: str = Field(default="*", min_length=1)
    service: Literal["", *SERVICES] = ""  # type: ignore[valid-type]
    origin_zone: str = ""


class DeckDefinition(_Section):
    """A declared mapping.

    `columns` maps our fields to names of the deck's header (or of `header`, where the deck has none); `constants`
    gives fields the deck does not hold. A `complete` deck replaces the list: a prefix that it lacks ends.
    """

    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    separator: Literal[",", ";", "\t", "|"] = ","
    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal["", ".", ",", " ", "'"] = ""
    header: list[str] = []
    complete: bool = False
    lines: Lines = Lines()
    columns: dict[DeckField, str]
    constants: dict[ConstantField, str] = {}
    prefixes: Prefixes = Prefixes()
    effective: Effective = Effective()
    price: PriceForm = PriceForm()
    target: Target

    def gives(self, field: str) -> bool:
        """Tell whether the mapping says where a field comes from."""
        return field in self.columns or field in self.constants

    @model_validator(mode="after")
    def _fields_are_enough(self) -> Self:
        both = sorted(set(self.columns) & set(self.constants))
        _refuse(both, "stands in both columns and constants: keep one")
        _refuse([f for f in ("price", "destination", "currency") if not self.gives(f)], "must be given")
        if "price" not in self.columns or not {"prefix", "country"} & set(self.columns):
            raise ValueError("columns must name price, and prefix or country (with area)")
        if "area" in self.columns and "country" not in self.columns:
            raise ValueError("columns.area needs columns.country")
        if self.gives("increments") == all(self.gives(f) for f in ("first_increment", "increment")):
            raise ValueError("give increments (as 60/1), or both first_increment and increment")
        if (self.target.zone == "column") != ("zone" in self.columns):
            raise ValueError('columns.zone and target.zone = "column" belong together')
        return self

    @model_validator(mode="after")
    def _names_and_separators_fit(self) -> Self:
        lost = [name for name in self.columns.values() if self.header and name not in self.header]
        _refuse(lost, "is a mapped column not in header")
        if self.decimal_separator == self.thousands_separator:
            raise ValueError("decimal_separator and thousands_separator must differ")
        if self.effective.label and self.gives("effective"):
            raise ValueError("effective.label stands beside an effective column or constant: keep one")
        return self


def _refuse(values: Sequence[str], fault: str) -> None:
    if values:
        raise ValueError(f"{', '.join(values)} {fault}")


def read_definition(folder: Path, name: str) -> DeckDefinition:
    """Read `config/decks/NAME.toml`. Raises `DeckError` with every fault as file, line, value and remedy."""
    path = folder / f"{name}.toml"
    file, remedy = f"decks/{path.name}", "see docs/decks.md"
    try:
        text = path.read_text(encoding="utf-8")
        return DeckDefinition.model_validate(tomllib.loads(text))
    except FileNotFoundError:
        known = ", ".join(sorted(each.stem for each in folder.glob("*.toml"))) or "none"
        raise DeckError(f"config/{file} is missing. Mappings there are: {known}; {remedy}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeckError(str(Fault(file, None, "", f"not readable as TOML in UTF-8: {error}", remedy))) from None
    except ValidationError as error:
        faults = [
            Fault(
                file,
                toml_line(text, where) if (where := [str(part) for part in each["loc"]]) else None,
                "" if each["type"] == "missing" or not where else str(each["input"]),
                f"{'.'.join(where)}: {each['msg'].removeprefix('Value error, ')}".removeprefix(": "),
                remedy,
            )
            for each in error.errors()
        ]
        raise DeckError("\n".join(map(str, faults))) from None
