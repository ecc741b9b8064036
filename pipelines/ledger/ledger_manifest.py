"""The manifest of a batch: what its files must add up to, for whoever reads them, as JSON.

It names the manifest before it with its hash, so that a batch that is missing, or was changed, shows.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.formats.ledger_batch import LedgerBatch, WrittenFile
from pipelines.formats.ledger_files import MANIFEST
from pipelines.lake.store import Store
from schemas import tables
from schemas.money import AMOUNT, in_home_currency, percent_of, sum_amounts

# Series of vouchers -> the line of the roll-forward of receivables that they stand on; all others are `other`.
_MOVEMENTS = {"F": "invoices", "K": "credit_notes", "R": "fees", "B": "payments"}


def write_manifest(store: Store, batch: LedgerBatch, files: dict[tuple[str, str], WrittenFile]) -> WrittenFile:
    """Write the manifest of a batch and its files."""
    settings, entries = batch.settings, batch.entries
    amount = pl.col("debit_credit")
    debit, credit = (entries.filter(side).select(sum_amounts(amount)).item() for side in (amount > 0, amount < 0))
    manifest = {
        "export_no": batch.number,
        "exported_on": batch.written_on,
        "program": f"nightbill {settings.program_version}",
        "company": settings.company_name,
        "registration_no": settings.registration_no,
        "currency": settings.currency,
        "documents": _documents(entries).height,
        "vouchers": entries["voucher_id"].n_unique(),
        "rows": entries.height,
        "debit": debit,
        "credit": credit,
        "series": _series(entries),
        "accounts": _accounts(batch),
        "vat": _vat(store, entries),
        "receivables": _receivables(store, batch),
        "files": [
            {
                "format": name, "path": path, "bytes": len(file.content),
                "sha256": hashlib.sha256(file.content).hexdigest(), "replaced_characters": file.replaced,
            }
            for (name, path), file in files.items()
        ],
        "previous": _previous(store, batch.number),
    }  # fmt: skip
    return WrittenFile((json.dumps(manifest, ensure_ascii=False, indent=2, default=str) + "\n").encode())


def _documents(entries: pl.DataFrame) -> pl.DataFrame:
    """Invoices and credit notes whose vouchers stand in the batch."""
    of_documents = entries.filter(pl.col("voucher_series").is_in(["F", "K"]))
    return of_documents.select("invoice_no").drop_nulls().unique().sort("invoice_no")


def _series(entries: pl.DataFrame) -> list[dict[str, Any]]:
    number = pl.col("voucher_no")
    grouped = entries.group_by("voucher_series").agg(number.min().alias("first"), number.max().alias("last"),
                                                     number.n_unique().alias("vouchers"))  # fmt: skip
    return grouped.sort("voucher_series").rename({"voucher_series": "series"}).to_dicts()


def _accounts(batch: LedgerBatch) -> list[dict[str, Any]]:
    amount = pl.col("debit_credit")
    sums = batch.entries.group_by("ledger_account").agg(
        sum_amounts(amount.filter(amount > 0)).alias("debit"), sum_amounts(amount.filter(amount < 0)).alias("credit"),
        sum_amounts(amount).alias("balance"),
    )  # fmt: skip
    names = batch.names
    return [
        {"account": row["ledger_account"], "name": names[row["ledger_account"]], **_figures(row)}
        for row in sums.sort("ledger_account").to_dicts()
    ]


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] or Decimal("0.00") for name in ("debit", "credit", "balance")}


def _vat(store: Store, entries: pl.DataFrame) -> list[dict[str, Any]]:
    """Base and VAT of the batch's documents in the books' currency, and the VAT computed anew from each base."""
    documents = _documents(entries)
    vat = store.read_matching(tables.INVOICE_VAT, documents)
    rates = store.read_matching(tables.INVOICE, documents).select("invoice_no", "exchange_rate")
    key = ["vat_account", "vat_class", "vat_percent"]
    rate = pl.col("exchange_rate")
    homely = vat.join(rates, on="invoice_no").with_columns(
        in_home_currency(pl.col("net_amount"), rate).alias("base"),
        in_home_currency(pl.col("vat_amount"), rate).alias("vat"),
    )
    anew = homely.with_columns(percent_of(pl.col("base"), pl.col("vat_percent")).alias("recomputed"))
    sums = anew.group_by(key).agg(sum_amounts(pl.col(name)).alias(name) for name in ("base", "vat", "recomputed"))
    difference = (pl.col("vat") - pl.col("recomputed")).cast(AMOUNT).alias("difference")
    return sums.sort(key).with_columns(difference).to_dicts()


def _receivables(store: Store, batch: LedgerBatch) -> dict[str, Any]:
    """Roll the account of receivables forward from the batches before."""
    account = batch.settings.receivables_account
    sql = (
        "SELECT coalesce(sum(e.debit_credit), 0)::DECIMAL(18,2) AS n FROM ledger_entry e "
        "JOIN exported_voucher x USING (voucher_id) WHERE e.ledger_account = ? AND x.export_no < ?"
    )
    opening: Decimal = store.query(sql, [account, batch.number])["n"][0]
    own = batch.entries.filter(pl.col("ledger_account") == account)
    line = pl.col("voucher_series").replace_strict(_MOVEMENTS, default="other", return_dtype=pl.String).alias("line")
    moved = dict(own.group_by(line).agg(sum_amounts(pl.col("debit_credit"))).iter_rows())
    lines = {name: moved.get(name, Decimal("0.00")) for name in (*_MOVEMENTS.values(), "other")}
    return {"account": account, "opening": opening, **lines, "closing": sum(lines.values(), opening)}


def _previous(store: Store, number: int) -> dict[str, Any] | None:
    before = store.read(tables.LEDGER_EXPORT_FILE, "export_no = ? AND export_format = ?", [number - 1, MANIFEST])
    return {"export_no": number - 1, "manifest_sha256": before["content_sha256"][0]} if before.height else None
