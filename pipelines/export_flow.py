"""Export: the ledger file for the bookkeeping, each voucher in exactly one."""

from __future__ import annotations

import hashlib
from datetime import date
from importlib.metadata import version

import polars as pl

from pipelines.formats.sie4 import SieCompany, write_sie4i
from pipelines.home import write_whole
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.money import sum_amounts

_ENTRIES = """
    SELECT v.voucher_series, v.voucher_no, v.posted_on, v.voucher_text, e.entry_no, e.ledger_account, e.debit_credit,
           v.voucher_id
      FROM voucher v JOIN ledger_entry e USING (voucher_id)
"""


def export_ledger(night: Night) -> StageReport:
    """Write a SIE 4 file of the vouchers that stand in none yet, and any earlier file that is missing from the outbox.

    The export is committed with its content's hash before its file is written: a run killed in between finds the file
    missing and writes the same bytes again.
    """
    store = night.store
    entries = store.query(f"{_ENTRIES} ANTI JOIN exported_voucher USING (voucher_id)")
    if entries.height:
        number = int(store.query("SELECT coalesce(max(export_no), 0)::BIGINT AS n FROM ledger_export")["n"][0]) + 1
        _commit_export(night, number, entries)
    written = sum(_restore(night, row) for row in store.read(tables.LEDGER_EXPORT).sort("export_no").to_dicts())
    vouchers = entries["voucher_id"].n_unique()
    return StageReport(
        entries.height, entries.height, 0, f"{vouchers} vouchers exported, {written} ledger files written"
    )


def _commit_export(night: Night, number: int, entries: pl.DataFrame) -> None:
    content = _ledger_file(night, entries, night.on)
    debits, credits_ = (
        entries.filter(side).select(sum_amounts(pl.col("debit_credit"))).item()
        for side in (pl.col("debit_credit") > 0, pl.col("debit_credit") < 0)
    )
    row = {
        "export_no": number,
        "file_path": f"outbox/ledger/ledger_{number:06}.si",
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "voucher_count": entries["voucher_id"].n_unique(),
        "debit_amount": debits,
        "credit_amount": credits_,
        "exported_on": night.on,
    }
    with night.store.transaction(f"export {number}"):
        night.store.append(tables.LEDGER_EXPORT, pl.DataFrame([row], schema=tables.LEDGER_EXPORT.schema, orient="row"))
        vouchers = entries.select("voucher_id").unique().with_columns(pl.lit(number, pl.Int64).alias("export_no"))
        night.store.append(tables.EXPORTED_VOUCHER, vouchers)


def _restore(night: Night, export: dict[str, object]) -> bool:
    """Write an export's file where it is missing; True when it was."""
    path = night.home.root / str(export["file_path"])
    if path.exists():
        return False
    sql = f"{_ENTRIES} JOIN exported_voucher x USING (voucher_id) WHERE x.export_no = ?"
    on = export["exported_on"]
    content = _ledger_file(
        night, night.store.query(sql, [export["export_no"]]), on if isinstance(on, date) else night.on
    )
    if hashlib.sha256(content).hexdigest() != export["content_sha256"]:
        message = (
            f"{path.name} cannot be written again as it was: the operator's name, number or chart of accounts has "
            "changed since. Restore the file from a backup, or the configuration of that night."
        )
        raise ValueError(message)
    write_whole(path, content)
    return True


def _ledger_file(night: Night, entries: pl.DataFrame, on: date) -> bytes:
    operator = night.policy.operator
    company = SieCompany(name=operator.legal_name, registration_no=operator.registration_no)
    return write_sie4i(
        company,
        night.config(tables.LEDGER_ACCOUNT),
        entries.drop("voucher_id"),
        generated_on=on,
        version=version("nightbill"),
    )
