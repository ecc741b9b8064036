"""SIE 4 written: 4I, the vouchers of one batch, and 4E, a whole fiscal year with its balances.

Source: SIE file format 4B (2008-09-30). CP437 (`#FORMAT PC8`), CR LF, flag and checksum around everything; groups in
the order flag, identification, chart of accounts, balances, vouchers.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.formats.fiscal_years import fiscal_year_of, year_bounds
from pipelines.formats.ledger_batch import COLUMN_OF_DIMENSION, Account, LedgerBatch, WrittenFile
from pipelines.formats.sie_text import checksum, field_of, quoted, replaced_in, sie_column
from schemas.policy import Dimension

_LINE_END = "\r\n"
# Numbers up to 19 are reserved by the format: 1 cost centre, 8 customer, 10 invoice; 20 and above are free.
DIMENSIONS: dict[Dimension, tuple[int, str]] = {
    "cost_centre": (1, "Kostnadsställe"), "customer": (8, "Kund"), "invoice": (10, "Faktura"),
    "product_group": (20, "Produktgrupp"), "reseller": (21, "Återförsäljare"),
}  # fmt: skip
_ACCOUNT_TYPES = {"asset": "T", "liability": "S", "equity": "S", "expense": "K", "income": "I"}
_OBJECT = "_object_of_"


@dataclass(frozen=True)
class YearBalances:
    """The figures of a full export.

    `years`: number (0 current, -1 the one before) -> first and last day. `up_to`: last day that vouchers cover.
    `balances`: label (IB, UB, RES), year_no, ledger_account, amount.
    """

    years: dict[int, tuple[date, date]]
    up_to: date
    balances: pl.DataFrame


def write_sie4i(batch: LedgerBatch) -> WrittenFile:
    """Write a batch as a SIE 4I file.

    Raises `LedgerFileError` for an account without a name.
    """
    return _written(batch, _years_of(batch), [], batch.used_accounts)


def write_sie4e(batch: LedgerBatch, year: YearBalances) -> WrittenFile:
    """Write the vouchers of a fiscal year with opening and closing balances and results as a SIE 4E file."""
    head = [*_years(year.years), f"#OMFATTN {year.up_to:%Y%m%d}"]
    balances = [
        f"#{label} {no} {account} {amount:.2f}"
        for label, no, account, amount in year.balances.select("label", "year_no", "ledger_account", "amount").rows()
    ]
    used = {*batch.entries["ledger_account"], *year.balances["ledger_account"]}
    names = batch.names
    accounts = [account for account in batch.settings.accounts if account.number in used & names.keys()]
    return _written(batch, head, balances, accounts)


def _years_of(batch: LedgerBatch) -> list[str]:
    """Declare the fiscal years that vouchers stand in, the last one as 0: programs check dates against them."""
    month = batch.settings.fiscal_year_month
    found = batch.entries.select(fiscal_year_of(pl.col("posted_on"), month).unique()).to_series().to_list()
    return _years({year - max(found): year_bounds(year, month) for year in found})


def _years(bounds: dict[int, tuple[date, date]]) -> list[str]:
    return [f"#RAR {no} {first:%Y%m%d} {last:%Y%m%d}" for no, (first, last) in sorted(bounds.items(), reverse=True)]


def _written(batch: LedgerBatch, years: list[str], balances: list[str], accounts: Sequence[Account]) -> WrittenFile:
    entries, replaced = _clean(batch)
    lines = [
        *_identification(batch, years),
        *(line for account in accounts for line in _account(account)),
        *_dimensions(batch),
        *_objects(batch, entries),
        *balances,
    ]
    vouchers = _vouchers(entries, batch.settings.dimensions)
    summed = zlib.crc32("".join(vouchers["summed"].to_list()).encode("cp437"), checksum(lines, "cp437"))
    whole = ["#FLAGGA 0", "#KSUMMA", *lines, *vouchers["line"].to_list(), f"#KSUMMA {summed}", ""]
    replaced += sum(map(replaced_in, [batch.settings.company_name, *(account.name for account in accounts)]))
    return WrittenFile(_LINE_END.join(whole).encode("cp437"), replaced)


def _clean(batch: LedgerBatch) -> tuple[pl.DataFrame, int]:
    """Add the objects of each row as text (`_object_of_<dimension>`), and clean all text of what CP437 lacks."""
    objects = {d: pl.col(COLUMN_OF_DIMENSION[d]).cast(pl.String) for d in batch.settings.dimensions}
    entries = batch.entries.with_columns(text.alias(_OBJECT + name) for name, text in objects.items())
    texts, of_rows = ["voucher_series", "voucher_text"], [_OBJECT + name for name in objects]
    written = [entries.unique(["voucher_series", "voucher_no"])[name] for name in texts]  # once a voucher
    replaced = sum(sie_column(column)[1] for column in [*written, *(entries[name] for name in of_rows)])
    return entries.with_columns(sie_column(entries[name])[0] for name in [*texts, *of_rows]), replaced


def _identification(batch: LedgerBatch, years: list[str]) -> list[str]:
    settings = batch.settings
    return [
        f"#PROGRAM nightbill {quoted(settings.program_version)}",
        "#FORMAT PC8",
        f"#GEN {batch.written_on:%Y%m%d}",
        "#SIETYP 4",
        f"#ORGNR {quoted(settings.registration_no)}",
        f"#FNAMN {quoted(settings.company_name)}",
        *years,
        f"#KPTYP {quoted(settings.chart)}",
        f"#VALUTA {settings.currency}",
    ]


def _account(account: Account) -> list[str]:
    return [
        f"#KONTO {account.number} {quoted(account.name)}",
        f"#KTYP {account.number} {_ACCOUNT_TYPES[account.kind]}",
    ]


def _dimensions(batch: LedgerBatch) -> list[str]:
    chosen = sorted(DIMENSIONS[name] for name in batch.settings.dimensions)
    return [f"#DIM {number} {quoted(name)}" for number, name in chosen]


def _objects(batch: LedgerBatch, entries: pl.DataFrame) -> list[str]:
    """Declare every object that a row carries; a bookkeeping program may drop one that is not."""
    lines = []
    for dimension in sorted(batch.settings.dimensions, key=lambda name: DIMENSIONS[name][0]):
        number, kind = DIMENSIONS[dimension]
        for code in entries[_OBJECT + dimension].drop_nulls().unique().sort():
            name = batch.settings.resellers.get(code, code) if dimension == "reseller" else code
            told = f"{kind} {code}" if dimension in {"customer", "invoice"} else name
            lines.append(f"#OBJEKT {number} {quoted(code)} {quoted(told)}")
    return lines


def _vouchers(entries: pl.DataFrame, dimensions: Sequence[Dimension]) -> pl.DataFrame:
    """Return all vouchers, head and rows between braces: each `line`, and what of it is `summed` for the checksum."""
    key = ["voucher_series", "voucher_no"]
    rows = entries.select(*key, pl.col("entry_no").alias("place"), *_transaction(dimensions))
    first = entries.unique(key, keep="first", maintain_order=True)
    parts = [rows]
    for place, line, summed in ((-2, *_head()), (-1, pl.lit("{"), pl.lit("")), (None, pl.lit("}"), pl.lit(""))):
        at = pl.lit(place, pl.Int64).alias("place")
        parts.append(first.select(*key, at, line.alias("line"), summed.alias("summed")))
    return pl.concat(parts).sort(*key, "place", nulls_last=True)


def _head() -> tuple[pl.Expr, pl.Expr]:
    """Return the line of a voucher, and its fields as the checksum adds them up: without blanks between, or quotes."""
    series, text = pl.col("voucher_series"), pl.col("voucher_text")
    number, posted, booked = pl.col("voucher_no").cast(pl.String), _date("posted_on"), _date("booked_by_night")
    fields = (pl.lit("#VER"), field_of(series), number, posted, field_of(text), booked)
    return (
        pl.concat_str(fields, separator=" ", ignore_nulls=True).alias("line"),
        pl.concat_str(pl.lit("#VER"), series, number, posted, text, booked, ignore_nulls=True).alias("summed"),
    )


def _transaction(dimensions: Sequence[Dimension]) -> tuple[pl.Expr, pl.Expr]:
    """Return the line of a row, and its fields as the checksum adds them up.

    Its own date stands there when the event was on another day than the voucher.
    """
    ordered = sorted(dimensions, key=lambda name: DIMENSIONS[name][0])
    numbers = {name: pl.lit(DIMENSIONS[name][0]) for name in ordered}
    written = [pl.format("{} {}", numbers[name], field_of(pl.col(_OBJECT + name))) for name in ordered]
    bare = [pl.format("{}{}", numbers[name], pl.col(_OBJECT + name)) for name in ordered]
    objects = pl.concat_str(written, separator=" ", ignore_nulls=True) if written else pl.lit("")
    label, account, amount = pl.lit("#TRANS"), pl.col("ledger_account"), pl.col("debit_credit").cast(pl.String)
    own_day = pl.when(pl.col("event_on") != pl.col("posted_on")).then(_date("event_on"))
    fields = (label, account, "{" + objects + "}", amount, own_day)
    return (
        pl.concat_str(fields, separator=" ", ignore_nulls=True).alias("line"),
        pl.concat_str(label, account, *bare, amount, own_day, ignore_nulls=True).alias("summed"),
    )


def _date(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime("%Y%m%d")
