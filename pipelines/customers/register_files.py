"""The registers that sign-ups are checked against: of a million rows, those that can concern tonight's applicants.

The formats stand in docs/sign-up.md. A row that is wrong in itself is no fault of the configuration: a figure that is
no number is unknown, and an entry whose `secret` is neither `no` nor empty is taken for secret.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from crm import address_match, credit_check
from crm.address_text import normal_postcode
from crm.person_number import comparable
from pipelines.configuration.fault import Fault
from pipelines.configuration.reading import ConfigurationError
from pipelines.home import Home
from pipelines.lint.register_headers import REGISTER_COLUMNS, HeaderError, register_header
from rating.numbering import international_numbers
from schemas.money import AMOUNT
from schemas.policy import Operator, Policy

_TAIL = 6  # digits at the end of a number that are compared first
_LISTED = ("no", "")


def read_address_register(home: Home, policy: Policy, wanted: pl.DataFrame) -> pl.DataFrame | None:
    """Read the entries that `crm.address_match.match_addresses` can need for `wanted`; None without a register.

    `wanted` as there. Returns the columns of `address_match.REGISTER`, numbers as international digits (null where the
    entry is there for its address). Raises `ConfigurationError` when the file is missing, lacks columns or is no CSV.
    """
    if not policy.registers.address:
        return None
    rows = _scanned(home, policy.registers.address, "address")
    by_number = _collected(policy.registers.address, rows.filter(_may_be(wanted["number"])))
    found = _with_numbers(by_number, policy.operator).filter(pl.col("number").is_in(wanted["number"].implode()))
    others = wanted.join(found, on="number", how="anti")
    postcodes = others.select(normal_postcode(pl.col("postcode"))).to_series().drop_nulls().unique()
    parts = [found]
    if not postcodes.is_empty():
        there = normal_postcode(pl.col("postcode")).is_in(postcodes.implode())
        by_address = _collected(policy.registers.address, rows.filter(there))
        parts.append(by_address.with_columns(pl.lit(None, pl.String).alias("number")))
    secret = ~pl.col("secret").fill_null("").str.strip_chars().str.to_lowercase().is_in(_LISTED)
    return pl.concat(parts).with_columns(secret).select(list(address_match.REGISTER))


def _may_be(numbers: pl.Series) -> pl.Expr:
    """Whether an entry's number, however it is written, may be one of those in international form.

    That its last digits are is cheap to tell; short ones, and those with other signs among the last, are let through.
    """
    bare = pl.col("number").str.replace_all("-", "", literal=True).str.replace_all(" ", "", literal=True)
    tail = bare.str.tail(_TAIL)
    wanted = numbers.drop_nulls().str.tail(_TAIL).unique()
    unsure = (bare.str.len_bytes() <= _TAIL) | tail.cast(pl.Int64, strict=False).is_null()
    return pl.col("number").is_not_null() & (tail.is_in(wanted.implode()) | unsure)


def _with_numbers(rows: pl.DataFrame, operator: Operator) -> pl.DataFrame:
    prefixes = (operator.country_calling_code, operator.national_prefix, operator.international_prefix)
    return rows.with_columns(international_numbers(rows["number"], *prefixes))


def read_credit_register(home: Home, policy: Policy, registration_nos: pl.Series) -> pl.DataFrame | None:
    """Read the rows about some registration numbers, for `crm.credit_check.FileCreditCheck`; None without a register.

    Returns the columns of `credit_check.REGISTER`; a count or sum that is no number, or below 0, is null. Raises
    `ConfigurationError` when the file is missing, lacks columns or is no CSV.
    """
    if not policy.registers.credit:
        return None
    asked = registration_nos.to_frame("asked").select(comparable(pl.col("asked"))).to_series().drop_nulls().unique()
    rows = _scanned(home, policy.registers.credit, "credit")
    about = _collected(
        policy.registers.credit, rows.filter(comparable(pl.col("registration_no")).is_in(asked.implode()))
    )
    count = pl.col("remark_count").str.strip_chars().cast(pl.Int64, strict=False)
    amount = pl.col("remark_amount").str.strip_chars().str.replace(",", ".", literal=True).cast(AMOUNT, strict=False)
    figures = (pl.when(figure >= 0).then(figure) for figure in (count, amount))
    return about.select("registration_no", *figures).cast(credit_check.REGISTER)


def _scanned(home: Home, file: str, name: str) -> pl.LazyFrame:
    """Open a register, its columns as text."""
    path = home.root / file
    separator, header = _checked_header(path, file, name)
    # Of what is passed over, even the names may be anything.
    named = [cell if cell in REGISTER_COLUMNS[name] else f"other_{n}" for n, cell in enumerate(header)]
    rows = pl.scan_csv(
        path,
        separator=separator,
        infer_schema=False,
        glob=False,
        truncate_ragged_lines=True,
        with_column_names=lambda _: named,
    )
    return rows.select(REGISTER_COLUMNS[name])


def _checked_header(path: Path, file: str, name: str) -> tuple[str, list[str]]:
    """Return separator and columns. Raises `ConfigurationError` where `nightbill check` would have told a fault."""
    try:
        return register_header(path, name)
    except OSError as error:
        remedy = "put the register there, or leave the setting in policy.toml empty"
        fault = Fault(file, None, "", f"the {name} register cannot be read: {error.strerror}", remedy)
    except HeaderError as error:
        fault = Fault(file, 1, error.value, str(error), error.remedy)
    raise ConfigurationError([fault])


def _collected(file: str, rows: pl.LazyFrame) -> pl.DataFrame:
    try:
        return rows.collect(engine="streaming")
    except pl.exceptions.PolarsError as error:
        # The error's own words hold the cells it stumbled over, and no line.
        encoded = "utf-8" not in str(error).lower()
        problem = "not readable as CSV: a quote in it is neither closed nor doubled" if encoded else "it is not UTF-8"
        raise ConfigurationError([Fault(file, None, "", problem, "save it as CSV, UTF-8")]) from None
