"""Vouchers as a DATEV booking batch: EXTF 700, category 21 (Buchungsstapel), version 9.

Source: DATEV's format as in the sample file of ledermann/datev. Windows-1252, semicolons, CR LF; a header line, the
column names, and one row per pair of a debit and a credit account. The date of a row is day and month: the year is that
of the header, so a file holds one fiscal year.
"""

from __future__ import annotations

import polars as pl

from pipelines.formats.code_pages import in_code_page
from pipelines.formats.datev_columns import DATEV_COLUMNS, WITHOUT_QUOTES
from pipelines.formats.fiscal_years import fiscal_year_of, year_bounds
from pipelines.formats.ledger_batch import LedgerBatch, LedgerFileError, WrittenFile

_LONGEST_TEXT, _LONGEST_FIELD, _ACCOUNT_DIGITS = 60, 36, 4
_LINE_END, _CODE_PAGE = "\r\n", "cp1252"
_COLUMNS = [
    "voucher_id", "voucher_series", "voucher_no", "posted_on", "event_on", "voucher_text", "ledger_account",
    "invoice_no", "cost_centre",
]  # fmt: skip


def write_datev(batch: LedgerBatch) -> dict[int, WrittenFile]:
    """Write a batch as booking batches, one for each fiscal year that its vouchers stand in.

    Raises `LedgerFileError` for an account whose number is longer than the others: DATEV tells customers by it.
    """
    month = batch.settings.fiscal_year_month
    wrong = [account.number for account in batch.used_accounts if len(account.number) != _ACCOUNT_DIGITS]
    if wrong:
        raise LedgerFileError(f"accounts {', '.join(wrong)} have not {_ACCOUNT_DIGITS} digits, as DATEV's header says")
    years = batch.entries.with_columns(fiscal_year=fiscal_year_of(pl.col("posted_on"), month))
    return {
        year: _year_file(batch, year, years.filter(pl.col("fiscal_year") == year))
        for year in years["fiscal_year"].unique().sort()
    }


def booking_pairs(entries: pl.DataFrame) -> pl.DataFrame:
    """Part each voucher into pairs of a debit and a credit entry whose amounts give every account what it had.

    Debits and credits are laid end to end, each side in order of its rows; wherever an entry of either side ends, a
    pair ends. So a voucher of m debits and n credits makes at most m + n - 1 pairs, always the same ones. Returns, with
    the columns of both entries (`..._debit`, `..._credit`): voucher_id, pair_no, hundredths (of the currency).
    """
    hundredths = pl.col("debit_credit").to_physical().cast(pl.Int64)
    rows = entries.with_columns(hundredths=hundredths).filter(pl.col("hundredths") != 0)
    rows = rows.sort("voucher_series", "voucher_no", "entry_no")
    reach = pl.col("hundredths").abs().cum_sum().over("voucher_id").alias("reach")
    debits, credits_ = (
        rows.filter(side).with_columns(reach) for side in (pl.col("hundredths") > 0, pl.col("hundredths") < 0)
    )
    key = ["voucher_series", "voucher_no", "voucher_id", "reach"]
    ends = pl.concat([debits.select(key), credits_.select(key)]).unique().sort(key)
    before = pl.col("reach").shift(1, fill_value=0).over("voucher_id")
    pairs = ends.with_columns(
        hundredths=pl.col("reach") - before, pair_no=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("voucher_id")
    ).sort("reach")
    for side, suffix in ((debits, "_debit"), (credits_, "_credit")):
        named = side.select("voucher_id", "reach", pl.exclude("voucher_id", "reach").name.suffix(suffix)).sort("reach")
        pairs = pairs.join_asof(named, on="reach", by="voucher_id", strategy="forward", check_sortedness=False)
    return pairs.sort("voucher_series", "voucher_no", "pair_no")


def _year_file(batch: LedgerBatch, year: int, entries: pl.DataFrame) -> WrittenFile:
    clean, replaced = _clean(entries.select(*_COLUMNS, "entry_no", "debit_credit"))
    pairs = booking_pairs(clean)
    values = _values()
    rows = pairs.select(pl.concat_str([values.get(name, _blank(name)) for name in DATEV_COLUMNS], separator=";"))
    lines = [_header(batch, year, entries), ";".join(DATEV_COLUMNS), *rows.to_series().to_list(), ""]
    return WrittenFile(_LINE_END.join(lines).encode(_CODE_PAGE), replaced)


def _clean(entries: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Make text fit the file before it is cut and quoted: a row is one line, and the code page lacks characters.

    The text of a voucher counts once, whatever number of rows it stands on.
    """
    one_line = entries.with_columns(
        pl.col(name).str.replace_all(r"[\s\x00-\x1f\x7f]+", " ") for name in ("voucher_text", "cost_centre")
    )
    _, replaced = in_code_page(one_line.unique("voucher_id", maintain_order=True)["voucher_text"], _CODE_PAGE)
    text, centre = (in_code_page(one_line[name], _CODE_PAGE) for name in ("voucher_text", "cost_centre"))
    return one_line.with_columns(text[0], centre[0]), replaced + centre[1]


def _blank(name: str) -> pl.Expr:
    return pl.lit("" if name in WITHOUT_QUOTES else '""')


def _in_quotes(text: pl.Expr) -> pl.Expr:
    return '"' + text.fill_null("").str.replace_all('"', '""', literal=True) + '"'


def _values() -> dict[str, pl.Expr]:
    """Return the columns that are filled, each as it stands in the file."""
    whole, part = pl.col("hundredths") // 100, pl.col("hundredths") % 100
    voucher = pl.format("{}{}", "voucher_series", "voucher_no")
    invoice = pl.coalesce("invoice_no_debit", "invoice_no_credit").cast(pl.String)
    document = pl.coalesce(invoice, voucher).str.replace_all(r"[^A-Za-z0-9$&%*+\-/]", "-").str.slice(0, _LONGEST_FIELD)
    centre = pl.coalesce("cost_centre_credit", "cost_centre_debit").str.slice(0, _LONGEST_FIELD)
    posted, event = pl.col("posted_on_debit"), pl.col("event_on_debit")
    return {
        "Umsatz (ohne Soll/Haben-Kz)": pl.format("{},{}", whole, part.cast(pl.String).str.zfill(2)),
        "Soll/Haben-Kennzeichen": pl.lit('"S"'),
        "Konto": pl.col("ledger_account_debit"),
        "Gegenkonto (ohne BU-Schlüssel)": pl.col("ledger_account_credit"),
        "Belegdatum": posted.dt.strftime("%d%m"),
        "Belegfeld 1": _in_quotes(document),
        "Buchungstext": _in_quotes(pl.col("voucher_text_debit").str.slice(0, _LONGEST_TEXT)),
        "Beleginfo – Art 1": pl.lit('"Voucher"'),
        "Beleginfo – Inhalt 1": _in_quotes(voucher),
        "KOST1 – Kostenstelle": _in_quotes(centre),
        "Festschreibung": pl.lit("1"),
        "Leistungsdatum": pl.when(event != posted)
        .then(event.dt.strftime("%d%m%Y"))
        .otherwise(pl.lit(""))
        .fill_null(""),
    }


def _header(batch: LedgerBatch, year: int, entries: pl.DataFrame) -> str:
    """Return the first line; the time of writing is the batch's date, so that the same batch gives the same bytes."""
    settings = batch.settings
    first_day, _ = year_bounds(year, settings.fiscal_year_month)
    first, last = entries.select(pl.col("posted_on").min().alias("first"), pl.col("posted_on").max().alias("last")).row(
        0
    )
    name = f"nightbill {batch.number:06}"
    return ";".join(
        [
            '"EXTF"', "700", "21", '"Buchungsstapel"', "9", f"{batch.written_on:%Y%m%d}000000000", "", '"NB"',
            '"nightbill"', '""', str(settings.datev_consultant), str(settings.datev_client), f"{first_day:%Y%m%d}",
            str(_ACCOUNT_DIGITS), f"{first:%Y%m%d}", f"{last:%Y%m%d}", f'"{name}"', '""', "1", "", "1",
            f'"{settings.currency}"', *(['""'] * 5), "", "", '""', '""',
        ]
    )  # fmt: skip
