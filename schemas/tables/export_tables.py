"""Tables of the ledger's files: numbered batches, their files, and what became of them."""

from __future__ import annotations

from schemas.table import Table

LEDGER_EXPORT = Table(
    "ledger_export",
    "Batches of vouchers written for the bookkeeping, with all that their files depend on.",
    ("export_no",),
    "export_no exported_on voucher_count entry_count debit_amount credit_amount batch_settings",
)
LEDGER_EXPORT_FILE = Table(
    "ledger_export_file",
    "The files of each batch: one per format, and the manifest that adds them up.",
    ("export_no", "export_format"),
    "export_no export_format file_path content_sha256 size_bytes replaced_count",
)
EXPORTED_VOUCHER = Table(
    "exported_voucher",
    "Which voucher stands in which batch: each in exactly one.",
    ("voucher_id",),
    "voucher_id export_no",
)
LEDGER_EXPORT_EVENT = Table(
    "ledger_export_event",
    "What became of each batch: written (again), read by a bookkeeping program, accepted, rejected; the last one holds.",
    ("export_no", "event_no"),
    "export_no event_no export_state export_format? state_text? file_sha256? stated_on",
)
