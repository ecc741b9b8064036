"""SIE 4, the ledger file of Swedish bookkeeping programs, read: vouchers (4I) and full exports (4E).

Source: SIE file format 4B (2008-09-30). Debit is positive, credit negative; the rows of a voucher sum to zero.
`pipelines.formats.sie4_writer` writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.sie_text import Field, checksum, fields_of, swedish_encoding
from schemas.columns import COLUMNS
from schemas.money import AMOUNT

ACCOUNTS: dict[str, pl.DataType] = {name: COLUMNS[name].dtype for name in ("ledger_account", "account_name")}
OBJECTS = pl.List(pl.Struct({"dimension": pl.Int64(), "object_code": pl.String()}))
ENTRIES: dict[str, Any] = {
    **{
        name: COLUMNS[name].dtype
        for name in (
            "voucher_series", "voucher_no", "posted_on", "voucher_text", "entry_no", "ledger_account", "debit_credit",
        )
    },
    "registered_on": pl.Date(),
    "transacted_on": pl.Date(),
    "objects": OBJECTS,
}  # fmt: skip
BALANCES: dict[str, Any] = {
    "label": pl.String(),
    "year_no": pl.Int64(),
    "ledger_account": pl.String(),
    "amount": AMOUNT,
}
_BALANCE_LABELS = frozenset({"#IB", "#UB", "#RES"})
# Where each field of a #TRANS stands after its objects.
_AMOUNT, _TRANSACTION_DATE = 0, 1


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
    voucher. `registered_on` and `transacted_on` are null where the file says nothing of its own. `objects` are the
    dimension numbers and object codes of a row. `program` is name and version of the program that wrote the file.
    `imported` is the file's #FLAGGA: the importing program sets it when it has read the file. Of a full export (4E)
    `balances` are its #IB, #UB and #RES by year (0 the current one), `years` its #RAR.
    """

    company: SieCompany
    program: str
    accounts: pl.DataFrame
    entries: pl.DataFrame
    imported: bool
    account_types: dict[str, str]
    dimensions: dict[int, str]
    objects: dict[tuple[int, str], str]
    balances: pl.DataFrame
    years: dict[int, tuple[date, date]]


class SieError(ValueError):
    """A SIE file that must not be read."""


_Records = list[tuple[int, list[Field]]]


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
    records = [(number, _decoded(fields_of(line), encoding)) for number, line in enumerate(lines, start=1)]
    labelled = [(number, fields) for number, fields in records if fields]
    named = {fields[0].text.upper(): fields for _, fields in reversed(labelled)}
    if "#SIETYP" not in named:
        raise SieError("the file has no #SIETYP; it is not a SIE file")
    imported = _at(named.get("#FLAGGA", []), 1) == "1"
    if imported and refuse_imported:
        raise SieError("#FLAGGA is 1: a bookkeeping program has read the file before")
    accounts = [(_at(fields, 1), _at(fields, 2)) for _, fields in _of("#KONTO", labelled)]
    return SieFile(
        company=SieCompany(*(_at(named.get(label, []), 1) for label in ("#FNAMN", "#ORGNR", "#KPTYP"))),
        program=" ".join(field.text for field in named.get("#PROGRAM", [])[1:3]),
        accounts=pl.DataFrame(accounts, schema=ACCOUNTS, orient="row"),
        entries=pl.DataFrame(_entries(labelled), schema=ENTRIES, orient="row"),
        imported=imported,
        account_types={_at(fields, 1): _at(fields, 2) for _, fields in _of("#KTYP", labelled)},
        dimensions={_number(n, fields, 1): _at(fields, 2) for n, fields in _of("#DIM", labelled)},
        objects={(_number(n, f, 1), _at(f, 2)): _at(f, 3) for n, f in _of("#OBJEKT", labelled)},
        balances=pl.DataFrame(_balances(labelled), schema=BALANCES, orient="row"),
        years=_years(labelled),
    )


def _decoded(fields: list[Field], encoding: str) -> list[Field]:
    return [field._replace(text=field.text.encode("latin-1").decode(encoding, errors="replace")) for field in fields]


def _of(label: str, labelled: _Records) -> _Records:
    return [(number, fields) for number, fields in labelled if fields[0].text.upper() == label]


def _at(fields: list[Field], position: int) -> str:
    return fields[position].text if len(fields) > position else ""


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


def _entries(labelled: _Records) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    head: tuple[Any, ...] = ()
    registered: date | None = None
    begun = 0
    for number, fields in [*labelled, (0, [Field("#VER")])]:
        label = fields[0].text.upper()
        if label == "#VER":
            _refuse_unbalanced(rows[begun:])
            begun = len(rows)
            head = _head(number, fields) if number else ()
            registered = _optional_day(number, _at(fields, 5))
        elif label == "#TRANS":
            if not head:
                raise SieError(f"line {number}: #TRANS outside a voucher")
            account, amount, day, objects = _transaction(number, fields)
            rows.append((*head, len(rows) - begun + 1, account, amount, registered, day, objects))
    return rows


def _head(number: int, fields: list[Field]) -> tuple[Any, ...]:
    written = _at(fields, 2)
    if written and not written.isdigit():
        raise SieError(f"line {number}: voucher number {written!r} is not a number")
    return _at(fields, 1), int(written) if written else None, _day(number, _at(fields, 3)), _at(fields, 4)


def _day(number: int, written: str) -> date:
    try:
        return datetime.strptime(written, "%Y%m%d").date()  # noqa: DTZ007 (a date has no zone)
    except ValueError as error:
        raise SieError(f"line {number}: {written!r} is not a date as YYYYMMDD") from error


def _optional_day(number: int, written: str) -> date | None:
    return _day(number, written) if written else None


def _number(number: int, fields: list[Field], position: int) -> int:
    written = _at(fields, position)
    if not re.fullmatch(r"-?[0-9]{1,9}", written):
        raise SieError(f"line {number}: {written!r} is not a whole number")
    return int(written)


def _amount(number: int, written: str) -> Decimal:
    amount = decimal_of(written.replace(",", "."))
    if amount is None or (amount and exact_amount(abs(amount)) is None):
        raise SieError(f"line {number}: {written.replace(',', '.')!r} is not an amount with at most 2 decimals")
    return amount


def _account(number: int, written: str) -> str:
    if not written.isdigit():
        raise SieError(f"line {number}: {written!r} is not an account")
    return written


def _transaction(number: int, fields: list[Field]) -> tuple[str, Decimal, date | None, list[dict[str, Any]]]:
    """Return account, amount, date and objects, which stand in pairs between braces, or are absent."""
    account = _account(number, _at(fields, 1))
    braces = [place for place, field in enumerate(fields) if field.is_brace]
    between, after = (fields[braces[0] + 1 : braces[1]], braces[1] + 1) if len(braces) > 1 else ([], 2)
    objects = [
        {"dimension": _number(number, between, place), "object_code": _at(between, place + 1)}
        for place in range(0, len(between), 2)
    ]
    amount = _amount(number, _at(fields, after + _AMOUNT))
    return account, amount, _optional_day(number, _at(fields, after + _TRANSACTION_DATE)), objects


def _refuse_unbalanced(voucher: list[tuple[Any, ...]]) -> None:
    amount = list(ENTRIES).index("debit_credit")
    difference = sum((row[amount] for row in voucher), Decimal(0))
    if difference:
        series, number, day = voucher[0][:3]
        raise SieError(f"voucher {series}{number or ''} of {day} does not balance: difference {difference}")


def _balances(labelled: _Records) -> list[tuple[Any, ...]]:
    return [
        (fields[0].text.upper(), _number(n, fields, 1), _account(n, _at(fields, 2)), _amount(n, _at(fields, 3)))
        for n, fields in labelled
        if fields[0].text.upper() in _BALANCE_LABELS
    ]


def _years(labelled: _Records) -> dict[int, tuple[date, date]]:
    return {
        _number(n, fields, 1): (_day(n, _at(fields, 2)), _day(n, _at(fields, 3)))
        for n, fields in _of("#RAR", labelled)
        if _at(fields, 2)  # some programs leave the year open
    }
