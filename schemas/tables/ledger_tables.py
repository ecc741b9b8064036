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
LEDGER_PERIOD = Table(
    "ledger_period",
    "Months of the books that were closed or opened again, and by whom; the last change of a month tells.",
    ("period_from", "period_change_no"),
    "period_from period_change_no period_state changed_on decided_by decision_text request_id",
)
DEFERRED_INCOME = Table(
    "deferred_income",
    "Shares of fees billed in advance that later months earn (docs/ledger.md); of credit notes with the sign turned.",
    ("invoice_no", "entry_no", "release_month"),
    "invoice_no entry_no release_month account_id deferred_on revenue_account article_no cost_centre? product_group? "
    "reseller_code? deferred_amount",
)
WRITE_OFF = Table(
    "write_off",
    "Invoices that people decided to write off; what was open of each and its fees is lost the same night.",
    ("request_id",),
    "request_id invoice_no ordered_on decided_by decision_text written_off_amount?",
)
BAD_DEBT_VAT = Table(
    "bad_debt_vat",
    "VAT, and the net it belongs to, that a written-off claim takes back (negative) or a recovered one brings again.",
    ("allocation_id", "vat_class"),
    "allocation_id invoice_no vat_class vat_category vat_percent vat_account net_amount vat_amount allocated_on",
)
PROVISION = Table(
    "provision",
    "What is set aside at the end of a month for claims that may not be paid, by the age of claims.",
    ("provision_month", "age_bucket"),
    "provision_month age_bucket open_net_amount provision_percent provision_amount",
)
