"""A batch of vouchers as CSV by a declared profile: its columns, and how values are written, are the operator's."""

from __future__ import annotations

from typing import Literal

import polars as pl

from pipelines.formats.code_pages import in_code_page
from pipelines.formats.export_profile import ExportProfile
from pipelines.formats.ledger_batch import LedgerBatch, WrittenFile
from pipelines.formats.spreadsheet_text import as_text

_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_SIDE_KEY = [
    "voucher_id", "voucher_series", "voucher_no", "posted_on", "event_on", "voucher_text", "ledger_account",
    "is_credit", "account_id", "customer_id", "invoice_no", "cost_centre", "product_group", "reseller_code",
    "export_no",
]  # fmt: skip


def write_ledger_csv(batch: LedgerBatch, profile: ExportProfile) -> WrittenFile:
    """Write the entries of a batch, or the sides of its vouchers, as a profile declares them."""
    rows = batch.entries.with_columns(is_credit=pl.col("debit_credit") < 0)
    if profile.rows == "side":
        rows = _sides(rows)
    amount = pl.col("debit_credit")
    return write_profiled(
        rows.with_columns(
            pl.format("{}{}", "voucher_series", "voucher_no").alias("voucher"),
            pl.col("ledger_account").replace_strict(batch.names, return_dtype=pl.String).alias("account_name"),
            amount.alias("amount"),
            pl.when(~pl.col("is_credit")).then(amount).alias("debit"),
            pl.when(pl.col("is_credit")).then(-amount).alias("credit"),
            pl.when("is_credit").then(pl.lit("C")).otherwise(pl.lit("D")).alias("side"),
        ),
        profile,
    )


def _sides(rows: pl.DataFrame) -> pl.DataFrame:
    """Sum what stands on one account, on one side of a voucher, with the same dimensions."""
    summed = rows.group_by(_SIDE_KEY, maintain_order=True).agg(pl.col("debit_credit").sum())
    order = ["voucher_series", "voucher_no", "is_credit", "ledger_account"]
    return summed.sort(order, maintain_order=True)


def write_profiled(rows: pl.DataFrame, profile: ExportProfile) -> WrittenFile:
    """Write rows that hold the fields a profile names."""
    columns = [_text(rows, each.field, each.constant, profile).alias(str(n)) for n, each in enumerate(profile.column)]
    quotes: Literal["always", "necessary"] = "always" if profile.quotes == "always" else "necessary"
    names = dict.fromkeys(map(str, range(len(columns))), pl.String)
    heads = pl.DataFrame([[each.header for each in profile.column]], schema=names, orient="row")
    (body, replaced), (heads, replaced_in_heads) = (_in_page(each, profile) for each in (rows.select(columns), heads))
    text = "".join(
        part.write_csv(
            include_header=False,
            separator=profile.separator,
            line_terminator=_LINE_ENDS[profile.line_end],
            quote_style=quotes,
        )
        for part in ([heads, body] if profile.with_header else [body])
    )
    return WrittenFile(text.encode(profile.encoding), replaced + (replaced_in_heads if profile.with_header else 0))


def _in_page(rows: pl.DataFrame, profile: ExportProfile) -> tuple[pl.DataFrame, int]:
    columns = [in_code_page(column, profile.encoding) for column in rows.get_columns()]
    return pl.DataFrame([column for column, _ in columns]), sum(replaced for _, replaced in columns)


def _text(rows: pl.DataFrame, field: str, constant: str | None, profile: ExportProfile) -> pl.Expr:
    if not field:
        return pl.repeat(constant or "", rows.height, dtype=pl.String)
    dtype = rows.schema[field]
    if isinstance(dtype, pl.Date):
        return pl.col(field).dt.strftime(profile.date_format)
    text = pl.col(field).cast(pl.String)
    if isinstance(dtype, pl.Decimal) and profile.decimal_separator != ".":
        return text.str.replace(".", profile.decimal_separator, literal=True)
    return as_text(text) if isinstance(dtype, pl.String) and profile.formulas == "as_text" else text
