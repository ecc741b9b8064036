"""The operator's configuration: read, typed and checked before a night starts, all faults at once."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandera.errors
import polars as pl
from pydantic import ValidationError

from pipelines.configuration_checks import cross_checks
from pipelines.configuration_fault import Fault
from pipelines.formats.declared_profile import DeclaredProfile, load_profiles
from pipelines.home import Home
from schemas import tables
from schemas.columns import Column
from schemas.policy import Policy
from schemas.table import Table

CONFIG_FILES: dict[str, Table] = {
    "zones.csv": tables.ZONE_PREFIX,
    "time_bands.csv": tables.TIME_BAND,
    "holidays.csv": tables.HOLIDAY,
    "articles.csv": tables.ARTICLE,
    "prices.csv": tables.PRICE,
    "plans.csv": tables.PLAN,
    "resellers.csv": tables.RESELLER,
    "vat_rates.csv": tables.VAT_RATE,
    "accounts.csv": tables.LEDGER_ACCOUNT,
}
_SHAPES = {
    "Int64": (r"^-?[0-9]{1,18}$", "a whole number"),
    "Date": (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date as 2026-12-31"),
}


@dataclass(frozen=True)
class Configuration:
    """A configuration without faults."""

    policy: Policy
    frames: dict[str, pl.DataFrame]
    profiles: tuple[DeclaredProfile, ...]
    digests: dict[str, str]

    def frame(self, table: Table) -> pl.DataFrame:
        """Return the rows of a configuration table."""
        return self.frames[table.name]


class ConfigurationError(Exception):
    """The configuration has faults; a night must not start on it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults in the configuration:\n" + "\n".join(map(str, faults)))
        self.faults = faults


def load_configuration(home: Home) -> Configuration:
    """Read everything under `config/`. Raises `ConfigurationError` with every fault found."""
    faults: list[Fault] = []
    policy = _read_policy(home.config / "policy.toml", faults)
    frames = {table.name: _read_table(home.config / name, table, faults) for name, table in CONFIG_FILES.items()}
    profiles, profile_faults = load_profiles(home.config / "profiles")
    faults += [
        Fault("profiles", None, "", fault, "see docs/operations.md, Declared profiles") for fault in profile_faults
    ]
    if not faults and policy:
        faults += cross_checks(policy, frames)
    if faults or policy is None:
        raise ConfigurationError(faults)
    return Configuration(policy, frames, tuple(profiles), _digests(home.config))


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _read_policy(path: Path, faults: list[Fault]) -> Policy | None:
    try:
        text = path.read_text(encoding="utf-8")
        return Policy.model_validate(tomllib.loads(text, parse_float=str))
    except FileNotFoundError:
        faults.append(Fault("policy.toml", None, "", "the file is missing", "copy it from the starter configuration"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault("policy.toml", None, "", f"not readable as TOML: {error}", "mend the syntax at that place"))
    except ValidationError as error:
        faults += [_policy_fault(text, dict(each)) for each in error.errors()]
    return None


def _policy_fault(text: str, error: dict[str, Any]) -> Fault:
    path = [str(part) for part in error["loc"]]
    value = "" if error["type"] == "missing" else str(error.get("input", ""))
    remedy = "add it" if error["type"] == "missing" else "see the comments in the starter policy.toml"
    return Fault("policy.toml", _toml_line(text, path), value, f"{'.'.join(path)}: {error['msg']}", remedy)


def _toml_line(text: str, path: list[str]) -> int | None:
    """Return the line where a setting stands, or its section when the setting does not."""
    section, found = "", None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([\w.]+)]", line)
        if header:
            section = header[1]
            found = number if section == path[0] and found is None else found
        elif section == path[0] and len(path) > 1 and re.match(rf"\s*{re.escape(path[1])}\s*=", line):
            return number
    return found


def _read_table(path: Path, table: Table, faults: list[Fault]) -> pl.DataFrame:
    try:
        raw = pl.read_csv(path, infer_schema=False).fill_null("")
    except FileNotFoundError:
        faults.append(Fault(path.name, None, "", "the file is missing", "copy it from the starter configuration"))
        return table.empty()
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        faults.append(Fault(path.name, None, "", f"not readable as CSV: {error}", "save it as CSV, UTF-8, with commas"))
        return table.empty()
    missing, unknown = set(table.names) - set(raw.columns), set(raw.columns) - set(table.names)
    if missing or unknown:
        problem = f"columns missing: {sorted(missing)}; columns unknown: {sorted(unknown)}"
        faults.append(Fault(path.name, 1, "", problem, f"the header must be {','.join(table.names)}"))
        return table.empty()
    before = len(faults)
    typed = raw.select(_typed(raw, path.name, c, c.name in table.nullable, faults) for c in table.columns)
    if len(faults) == before:
        faults += _broken_checks(path.name, table, typed) + _double_keys(path.name, table, typed)
    return typed


def _typed(raw: pl.DataFrame, file: str, column: Column, nullable: bool, faults: list[Fault]) -> pl.Series:
    """Turn a column of text into its type; what does not fit becomes a fault with its line."""
    text = raw[column.name].str.strip_chars()
    shape, expected = _shape(column)
    value = text.replace("", None) if nullable else text
    wrong = value.is_not_null() & ~value.str.contains(shape) if shape else value.is_not_null() & (value == "")
    typed = pl.Series(column.name, value).set(wrong, None)
    if column.dtype == pl.Date:
        typed = typed.str.to_date(strict=False)
        wrong = wrong | (typed.is_null() & value.is_not_null())
    faults += [
        Fault(file, line + 2, text[line], f"{column.name} must be {expected}", column.description)
        for line in wrong.arg_true()
    ]
    return typed.cast(column.dtype)


def _shape(column: Column) -> tuple[str, str]:
    if isinstance(column.dtype, pl.Decimal):
        decimals = column.dtype.scale
        return rf"^-?[0-9]{{1,12}}(\.[0-9]{{1,{decimals}}})?$", f"a number with a point and at most {decimals} decimals"
    return _SHAPES.get(str(column.dtype), ("", "filled in"))


def _broken_checks(file: str, table: Table, typed: pl.DataFrame) -> list[Fault]:
    try:
        table.model.validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return [
            Fault(
                file,
                None if row["index"] is None else row["index"] + 2,
                str(row["failure_case"]),
                f"{row['column']} must satisfy {row['check']}",
                next((c.description for c in table.columns if c.name == row["column"]), "see docs/data-dictionary.md"),
            )
            for row in pl.DataFrame(errors.failure_cases).to_dicts()
        ]
    return []


def _double_keys(file: str, table: Table, typed: pl.DataFrame) -> list[Fault]:
    numbered = typed.with_row_index("row")
    double = numbered.filter(pl.struct(table.key).is_duplicated() & ~pl.struct(table.key).is_first_distinct())
    return [
        Fault(
            file,
            row["row"] + 2,
            ", ".join(str(row[k]) for k in table.key),
            f"the same {' + '.join(table.key)} stands on an earlier line",
            "keep one of the two lines",
        )
        for row in double.to_dicts()
    ]
