"""Batches of vouchers out of the lake: those that no file holds yet, one as it was made, or all of a span of days."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

import polars as pl

from pipelines.configuration.reading import Configuration
from pipelines.formats.ledger_batch import BATCH_ENTRIES, BatchSettings, LedgerBatch, accounts_of, in_order
from pipelines.lake.store import Store
from schemas import tables

_OF_VOUCHER = [name for name in BATCH_ENTRIES if name in tables.VOUCHER.names]
_OF_ENTRY = [name for name in BATCH_ENTRIES if name in tables.LEDGER_ENTRY.names and name not in _OF_VOUCHER]
# Vouchers are chosen before their entries are read. The customer of an entry is the invoice's own, else the account's.
_ENTRIES = f"""
    SELECT {", ".join(f"v.{name}" for name in _OF_VOUCHER)}, {", ".join(f"e.{name}" for name in _OF_ENTRY)},
           coalesce(i.customer_id, a.customer_id) AS customer_id, v.export_no
      FROM (SELECT v.*, x.export_no FROM voucher v LEFT JOIN exported_voucher x USING (voucher_id) WHERE {{which}}) v
      JOIN ledger_entry e USING (voucher_id)
      LEFT JOIN invoice i ON i.invoice_no = e.invoice_no
      LEFT JOIN account a ON a.account_id = e.account_id
"""  # noqa: S608 (names are ours)


def settings_now(configuration: Configuration) -> BatchSettings:
    """Return what a file written now depends on beside its vouchers."""
    policy = configuration.policy
    export = policy.export
    chart = configuration.frame(tables.LEDGER_ACCOUNT).select("ledger_account", "account_name", "account_kind")
    wanted = {name.removeprefix("csv:") for name in export.formats if name.startswith("csv:")}
    return BatchSettings(
        program_version=version("nightbill"),
        company_name=policy.operator.legal_name,
        registration_no=policy.operator.registration_no,
        currency=policy.operator.currency,
        chart=export.chart,
        receivables_account=policy.ledger.receivables,
        formats=export.formats,
        dimensions=export.dimensions,
        fiscal_year_month=export.fiscal_year_month,
        datev_consultant=export.datev_consultant,
        datev_client=export.datev_client,
        accounts=accounts_of(chart.iter_rows()),
        resellers=dict(
            configuration.frame(tables.RESELLER)
            .select("reseller_code", "reseller_name")
            .sort("reseller_code")
            .iter_rows()
        ),
        profiles=tuple(profile for profile in configuration.export_profiles if profile.name in wanted),
    )


def unexported(store: Store) -> pl.DataFrame:
    """Return the entries of vouchers that stand in no batch yet, in the order of files."""
    return in_order(store.query(_ENTRIES.format(which="x.export_no IS NULL")))


def posted_between(store: Store, first: date, last: date) -> pl.DataFrame:
    """Return the entries posted from one day to another, both included, in batches or not, in the order of files."""
    return in_order(store.query(_ENTRIES.format(which="v.posted_on BETWEEN ? AND ?"), [first, last]))


def batch_of(store: Store, export: dict[str, object]) -> LedgerBatch:
    """Return a batch as it was made, from its LEDGER_EXPORT row."""
    number, made_on = export["export_no"], export["exported_on"]
    entries = in_order(store.query(_ENTRIES.format(which="x.export_no = ?"), [number]))
    settings = BatchSettings.model_validate_json(str(export["batch_settings"]))
    assert isinstance(number, int) and isinstance(made_on, date)  # noqa: S101, PT018 (types of the table)
    return LedgerBatch(number, made_on, settings, entries)
