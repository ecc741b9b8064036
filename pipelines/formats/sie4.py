"""SIE 4I, the ledger file that Swedish bookkeeping programs import: a writer, and a reader that checks it.

Source: SIE file format 4B (2008-09-30). Debit is positive, credit negative; the rows of a voucher sum to zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.sie_text import checksum, fields_of, quoted, swedish_encoding
from schemas.columns import COLUMNS

ACCOUNTS: dict[str, pl.DataType] = {name: COLUMNS[name].dtype for name in ("ledger_account", "account_name")}
ENTRIES: dict[str, pl.DataType] = {
    name: COLUMNS[name].dtype
    for name in (
        "voucher_series",
        "voucher_no",
        "posted_on",
        "voucher_text",
        "entry_no",
        "ledger_account",
        "debit_credit",
    )
}
_LINE_END = "\r\n"


@dataclass(frozen=True)
class SieCompany:
    """Whose books the file is for; `chart` is the family of the chart of accounts (#KPTYP)."""

    name: str
    registration_no: str
    chart: str = "EUBAS97"


@dataclass(frozen=True)
class SieFile:
    """A SIE file, read. `accounts` has the columns of `ACCOUNTS`, `entries` those of `ENTRIES`.

    `voucher_no` is null where the file leaves the number to the importing program; `entry_no` begins at 1 in each
    voucher. `program` is name and version of the program that wrote the file. `imported` is the file's #FLAGGA: the
    importing program sets it when it has read the file.
    """

    company: SieCompany
    program: str
    accounts: pl.DataFrame
    entries: pl.DataFrame
    imported: bool


class SieError(ValueError):
    """A SIE file that must not be read, or vouchers that must not be written."""


def write_sie4i(
    company: SieCompany, accounts: pl.DataFrame, entries: pl.DataFrame, *, generated_on: date, version: str
) -> bytes:
    """Write vouchers as a SIE 4I file in CP437, with its checksum; the same input gives the same bytes.

    `version` is nightbill's own.
    `accounts` has the columns of `ACCOUNTS`, `entries` those of `ENTRIES`, in any order of rows. Accounts that no
    entry uses are left out. Raises `SieError` for a voucher that does not balance, lacks a value or has two
    dates or texts, and for an account without a name.
    """
    ordered = entries.select(ENTRIES.keys()).sort("voucher_series", "voucher_no", "entry_no")
    _refuse_unsound(ordered)
    lines = [*_identification(company, generated_on, version), *_accounts(accounts, ordered)]
    for _, voucher in groupby(ordered.iter_rows(named=True), key=itemgetter("voucher_series", "voucher_no")):
        lines += _voucher(list(voucher))
    summed = checksum(lines, "cp437")
    whole = ["#FLAGGA 0", "#KSUMMA", *lines, f"#KSUMMA {summed}", ""]
    return _LINE_END.join(whole).encode("cp437")


def _refuse_unsound(entries: pl.DataFrame) -> None:
    amount = pl.col("debit_credit")
    if entries.null_count().sum_horizontal().item():
        raise SieError("entries hold nulls: every voucher needs series, number, date, text, accounts and amounts")
    vouchers = entries.group_by("voucher_series", "voucher_no", maintain_order=True).agg(
        debit=amount.filter(amount > 0).sum(),
        credit=amount.filter(amount < 0).sum(),
        heads=pl.struct("posted_on", "voucher_text").n_unique(),
    )
    for row in vouchers.filter(pl.col("debit") + pl.col("credit") != 0).head(1).iter_rows(named=True):
        raise SieError(
            f"voucher {row['voucher_series']}{row['voucher_no']} does not balance: "
            f"debit {row['debit']}, credit {row['credit']}, difference {row['debit'] + row['credit']}"
        )
    for row in vouchers.filter(pl.col("heads") > 1).head(1).iter_rows(named=True):
        raise SieError(f"voucher {row['voucher_series']}{row['voucher_no']} has more than one date or text")


def _identification(company: SieCompany, generated_on: date, version: str) -> list[str]:
    return [
        f"#PROGRAM nightbill {quoted(version)}",
        "#FORMAT PC8",
        f"#GEN {generated_on:%Y%m%d}",
        "#SIETYP 4",
        f"#ORGNR {quoted(company.registration_no)}",
        f"#FNAMN {quoted(company.name)}",
        f"#KPTYP {quoted(company.chart)}",
    ]


def _accounts(accounts: pl.DataFrame, entries: pl.DataFrame) -> list[str]:
    names = dict(accounts.select("ledger_account", "account_name").iter_rows())
    used = entries["ledger_account"].unique().sort().to_list()
    unnamed = [account for account in used if account not in names]
    if unnamed:
        raise SieError(f"accounts {', '.join(unnamed)} are booked on but not in the chart of accounts")
    return [f"#KONTO {account} {quoted(names[account])}" for account in used]


def _voucher(entries: list[dict[str, Any]]) -> list[str]:
    head = entries[0]
    day = f"{head['posted_on']:%Y%m%d}"
    return [
        f"#VER {quoted(head['voucher_series'])} {head['voucher_no']} {day} {quoted(head['voucher_text'])}",
        "{",
        *(f"#TRANS {entry['ledger_account']} {{}} {entry['debit_credit']:.2f}" for entry in entries),
        "}",
    ]


def read_sie4(content: bytes, *, refuse_imported: bool = False) -> SieFile:
    """Read a SIE 4 file, with the deviations that real files show.

    Accepted: quoted labels' fields, tabs, empty lines, absent braces, a decimal comma, UTF-8 or Windows-1252
    content under a PC8 header. #RTRANS and #BTRANS and unknown labels are passed over. Raises `SieError` for a
    checksum that is wrong or cut off, a voucher that does not balance, an unreadable date or amount, and, where
    asked, a file that was imported before (#FLAGGA 1).
    """
    lines = re.split(r"\r\n|\n|\r", content.decode("latin-1"))
    _check_sum(lines)
    encoding = swedish_encoding(content)
    records = [
        [field.encode("latin-1").decode(encoding, errors="replace") for field in fields_of(line)] for line in lines
    ]
    labelled = [(number, fields) for number, fields in enumerate(records, start=1) if fields]
    named = {fields[0].upper(): fields for _, fields in reversed(labelled)}
    if "#SIETYP" not in named:
        raise SieError("the file has no #SIETYP; it is not a SIE file")
    imported = _at(named.get("#FLAGGA", []), 1) == "1"
    if imported and refuse_imported:
        raise SieError("#FLAGGA is 1: a bookkeeping program has read the file before")
    accounts = [(_at(fields, 1), _at(fields, 2)) for _, fields in labelled if fields[0].upper() == "#KONTO"]
    return SieFile(
        company=SieCompany(
            name=_at(named.get("#FNAMN", []), 1),
            registration_no=_at(named.get("#ORGNR", []), 1),
            chart=_at(named.get("#KPTYP", []), 1),
        ),
        program=" ".join(named.get("#PROGRAM", [])[1:3]),
        accounts=pl.DataFrame(accounts, schema=ACCOUNTS, orient="row"),
        entries=pl.DataFrame(_entries(labelled), schema=ENTRIES, orient="row"),
        imported=imported,
    )


def _at(fields: list[str], position: int) -> str:
    return fields[position] if len(fields) > position else ""


def _check_sum(lines: list[str]) -> None:
    """Hold the file against its #KSUMMA, where it has one: empty at the beginning, the figure at the end."""
    marks = [number for number, line in enumerate(lines) if line.strip().upper().startswith("#KSUMMA")]
    if not marks:
        return
    declared = _at(fields_of(lines[marks[-1]]), 1)
    if len(marks) != 2 or not declared.isdigit():  # noqa: PLR2004 (one at the beginning, one at the end)
        raise SieError("#KSUMMA is opened but not closed: the file is cut short")
    found = checksum(lines[marks[0] + 1 : marks[1]], "latin-1")
    if int(declared) != found:
        raise SieError(f"#KSUMMA: the file declares {declared}, its records give {found}")


def _entries(labelled: list[tuple[int, list[str]]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    head: tuple[Any, ...] = ()
    begun = 0
    for number, fields in [*labelled, (0, ["#VER"])]:
        label = fields[0].upper()
        if label == "#VER":
            _refuse_unbalanced(rows[begun:])
            begun = len(rows)
            head = _head(number, fields) if number else ()
        elif label == "#TRANS":
            if not head:
                raise SieError(f"line {number}: #TRANS outside a voucher")
            rows.append((*head, len(rows) - begun + 1, *_transaction(number, fields)))
    return rows


def _head(number: int, fields: list[str]) -> tuple[Any, ...]:
    written = _at(fields, 2)
    if written and not written.isdigit():
        raise SieError(f"line {number}: voucher number {written!r} is not a number")
    try:
        day = datetime.strptime(_at(fields, 3), "%Y%m%d").date()  # noqa: DTZ007 (a date has no zone)
    except ValueError as error:
        raise SieError(f"line {number}: {_at(fields, 3)!r} is not a date as YYYYMMDD") from error
    return _at(fields, 1), int(written) if written else None, day, _at(fields, 4)


def _transaction(number: int, fields: list[str]) -> tuple[str, Decimal]:
    """Account and amount; the objects between braces, which may be absent, are passed over."""
    account = _at(fields, 1)
    if not account.isdigit():
        raise SieError(f"line {number}: {account!r} is not an account")
    after = fields.index("}") + 1 if "}" in fields[2:] and _at(fields, 2) == "{" else 2
    written = _at(fields, after).replace(",", ".")
    amount = decimal_of(written)
    if amount is None or (amount and exact_amount(abs(amount)) is None):
        raise SieError(f"line {number}: {written!r} is not an amount with at most 2 decimals")
    return account, amount


def _refuse_unbalanced(voucher: list[tuple[Any, ...]]) -> None:
    difference = sum((row[-1] for row in voucher), Decimal(0))
    if difference:
        series, number, day = voucher[0][:3]
        raise SieError(f"voucher {series}{number or ''} of {day} does not balance: difference {difference}")
