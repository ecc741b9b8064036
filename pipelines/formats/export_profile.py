"""What an export profile (`config/export_profiles/*.toml`) must hold: which of our fields a CSV has under which header.

A profile is the operator's own; one for a bookkeeping program is a column list copied from its import template.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import toml_place
from pipelines.formats.code_pages import known_encoding

LEDGER_FIELDS = (
    "export_no", "voucher", "voucher_id", "voucher_series", "voucher_no", "posted_on", "event_on", "voucher_text",
    "entry_no", "ledger_account", "account_name", "amount", "debit", "credit", "side", "currency", "entry_amount",
    "account_id", "customer_id", "invoice_no", "article_no", "cost_centre", "product_group", "reseller_code",
)  # fmt: skip
OPEN_ITEM_FIELDS = (
    "hand_over_id", "handed_on", "customer_id", "customer_name", "registration_no", "street", "postcode", "city",
    "country_code", "email", "account_id", "invoice_no", "invoiced_on", "due_on", "currency", "total_amount", "capital",
    "fees", "interest", "open_amount", "ocr_reference", "reminders_sent", "last_reminded_on",
)  # fmt: skip
FIELDS_OF_ROWS = {"entry": LEDGER_FIELDS, "side": LEDGER_FIELDS, "open_item": OPEN_ITEM_FIELDS}
# A side sums entries: what tells them apart cannot stand on its row.
NOT_OF_A_SIDE = frozenset({"entry_no", "article_no", "entry_amount", "currency"})
_FOLDER = "export_profiles"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExportColumn(_Section):
    """One column of the file: its header, and the field or the fixed text under it."""

    header: str
    field: str = ""
    constant: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.field) == (self.constant is not None):
            raise ValueError(f"column {self.header!r} must have one of field and constant")
        return self


def _at_least_one(columns: tuple[ExportColumn, ...]) -> tuple[ExportColumn, ...]:
    if not columns:
        raise ValueError("there must be at least one [[column]]")
    return columns


class ExportProfile(_Section):
    """A declared CSV file.

    `rows`: `entry` is one row per ledger entry; `side` sums the entries of a voucher that stand on one account, on one
    side and with the same dimensions; `open_item` is one row per invoice handed over for collection.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    rows: Literal["entry", "side", "open_item"] = "entry"
    separator: Literal[",", ";", "\t", "|"] = ";"
    encoding: Annotated[str, AfterValidator(known_encoding)] = "utf-8"
    decimal_separator: Literal[".", ","] = "."
    date_format: str = Field(default="%Y-%m-%d", min_length=2)
    line_end: Literal["crlf", "lf"] = "crlf"
    quotes: Literal["where_needed", "always"] = "where_needed"
    formulas: Literal["as_text", "as_is"] = "as_text"
    with_header: bool = True
    column: Annotated[tuple[ExportColumn, ...], AfterValidator(_at_least_one)]

    @model_validator(mode="after")
    def _fields_are_ours(self) -> Self:
        known = [name for name in FIELDS_OF_ROWS[self.rows] if self.rows != "side" or name not in NOT_OF_A_SIDE]
        for each in self.column:
            if each.field and each.field not in known:
                raise ValueError(f"{each.field!r} is not a field of rows = {self.rows!r}: use {', '.join(known)}")
        return self


def load_export_profiles(folder: Path) -> tuple[list[ExportProfile], list[Fault]]:
    """Read every `*.toml` of `config/export_profiles/`, in order of file name.

    Returns the sound profiles and every fault found, each with its file and line; a name used twice is a fault too.
    """
    profiles: list[ExportProfile] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        found, wrong = read_export_profile(path)
        faults += wrong
        if found is not None and found.name in {known.name for known in profiles}:
            problem = "name: it is the name of another profile"
            faults.append(Fault(f"{_FOLDER}/{path.name}", 1, found.name, problem, "choose another"))
        elif found is not None:
            profiles.append(found)
    return profiles, faults


def read_export_profile(path: Path) -> tuple[ExportProfile | None, list[Fault]]:
    """Read one profile; return it, or None with every fault."""
    file = f"{_FOLDER}/{path.name}"
    try:
        text = path.read_bytes().decode("utf-8")
        return ExportProfile.model_validate(tomllib.loads(text)), []
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, [Fault(file, line, "", f"not UTF-8: {error.reason}", "save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        place, value = toml_place(error, text)
        return None, [Fault(file, place, value, f"not readable as TOML: {error}", "mend the syntax at that place")]
    except ValidationError as error:
        return None, [_fault(file, text, dict(each)) for each in error.errors()]


def _fault(file: str, text: str, error: dict[str, Any]) -> Fault:
    place = [str(part) for part in error["loc"]]
    problem = f"{'.'.join(place)}: {error['msg'].removeprefix('Value error, ')}".removeprefix(": ")
    value = "" if error["type"] == "missing" or not place else str(error.get("input", ""))
    named = re.search(r"(?:column )?'([^']+)'", problem) if not place or place[-1].isdigit() else None
    remedy = "see docs/ledger-files.md, Export profiles"
    return Fault(file, _line(text, place, named[1] if named else ""), value[:80], problem, remedy)


def _line(text: str, place: list[str], named: str) -> int | None:
    """Return the line that a fault is on: that of the key, in the column counted from 0, or of the value named."""
    lines = text.splitlines()
    start = 0
    if len(place) > 1 and place[0] == "column" and place[1].isdigit():
        heads = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[column]]", line)]
        start = heads[int(place[1])] if int(place[1]) < len(heads) else 0
    if named:
        wanted = rf"""^\s*{"header" if place else "field"}\s*=\s*["']{re.escape(named)}["']"""
    else:
        wanted = rf"\s*(\[\[)?{re.escape(place[-1])}\b" if place and not place[-1].isdigit() else r"\s*\S"
    search = re.search if named else re.match
    return next((n + 1 for n, line in enumerate(lines[start:], start) if search(wanted, line)), start + 1)
