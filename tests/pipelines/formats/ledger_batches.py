"""Small batches of vouchers that the tests of ledger files write."""

from datetime import date
from decimal import Decimal

import polars as pl

from pipelines.formats.ledger_batch import BATCH_ENTRIES, BatchSettings, LedgerBatch, accounts_of, in_order

ON = date(2026, 11, 3)
CHART = (
    ("1510", "Kundfordringar", None), ("1930", "Företagskonto / checkkonto", None),
    ("2611", "Utgående moms 25 %", None), ("3001", "Försäljning: samtal", None), ("3740", "Öresutjämning", None),
)  # fmt: skip
_HEAD = ("voucher_series", "voucher_no", "posted_on", "voucher_text", "entry_no", "ledger_account", "debit_credit")


def entry(*head, **more):
    """Build one entry: series, number, date, text, row, account and amount; other columns by name."""
    row = dict(zip(_HEAD, head, strict=True))
    row["debit_credit"] = Decimal(row["debit_credit"])
    voucher = f"{row['voucher_series']}:{row['voucher_no']}"
    return {"voucher_id": voucher, "currency": "SEK", "entry_amount": row["debit_credit"], **row, **more}


def settings(**changed):
    """Build what the small operator's files depend on."""
    standard = {
        "program_version": "0.1.0", "company_name": "Nordljus Tele AB", "registration_no": "556000-0167",
        "currency": "SEK", "chart": "EUBAS97", "receivables_account": "1510", "formats": ("sie4i",),
        "dimensions": ("cost_centre", "product_group", "reseller"), "fiscal_year_month": 1, "datev_consultant": 1001,
        "datev_client": 456, "accounts": accounts_of(CHART), "resellers": {"R-101": "Telebutiken Skäret"},
    }  # fmt: skip
    return BatchSettings(**(standard | changed))


def frame(*rows):
    """Build entries in the order they are given in."""
    return pl.DataFrame([{name: row.get(name) for name in BATCH_ENTRIES} for row in rows], schema=BATCH_ENTRIES)


def batch(*rows, number=7, **changed):
    """Build a batch of entries."""
    return LedgerBatch(number, ON, settings(**changed), in_order(frame(*rows)))


DAY = date(2026, 11, 2)
INVOICE = (
    entry("F", 1, DAY, "Faktura 1000234", 1, "1510", "391.00", customer_id=10001, invoice_no=1000234),
    entry("F", 1, DAY, "Faktura 1000234", 2, "2611", "-78.20", customer_id=10001, invoice_no=1000234),
    entry(
        "F", 1, DAY, "Faktura 1000234", 3, "3001", "-312.80", customer_id=10001, invoice_no=1000234,
        cost_centre="Norra", product_group="mobile", reseller_code="R-101",
    ),
)  # fmt: skip
PAYMENT = (
    entry("B", 2, ON, "Inbetalning", 1, "1930", "391.00"),
    entry("B", 2, ON, "Inbetalning", 2, "1510", "-391.00", customer_id=10001, invoice_no=1000234),
)
