"""Tables of the ledger and its files."""

from __future__ import annotations

from schemas.table import Table

VOUCHER = Table(
    "voucher",
    "One voucher per event.",
    ("voucher_id",),
    "voucher_id voucher_series voucher_no event_on posted_on voucher_text booked_by_night",
)
LEDGER_ENTRY = Table(
    "ledger_entry",
    "Double-entry postings; the rows of a voucher sum to zero.",
    ("voucher_id", "entry_no"),
    "voucher_id entry_no ledger_account debit_credit currency entry_amount account_bucket account_id? invoice_no? "
    "article_no? cost_centre? product_group? reseller_code? posted_on",
    month_of="posted_on",
)
LEDGER_EXPORT = Table(
    "ledger_export",
    "Ledger files written for the bookkeeping.",
    ("export_no",),
    "export_no file_path content_sha256 voucher_count debit_amount credit_amount exported_on",
)
EXPORTED_VOUCHER = Table(
    "exported_voucher",
    "Which voucher stands in which ledger file: each in exactly one.",
    ("voucher_id",),
    "voucher_id export_no",
)
