"""Marts for finance: payment agreements, receivables by age, VAT, one-stop shop, sales."""

from __future__ import annotations

import polars as pl

from invoicing.sales_figures import sales_by_month
from invoicing.vat_figures import oss_by_quarter, vat_by_month
from pipelines.collecting.agreement_flow import instalments_of
from pipelines.night import Night
from pipelines.publishing.finance_figures import open_on, sold, taxed
from pipelines.publishing.finance_report import aged_rows
from pipelines.publishing.mart import Derived, Mart
from schemas import tables
from schemas.codes import AGE_BUCKETS
from schemas.money import AMOUNT, PERCENT

_INSTALMENT = pl.Schema(
    {**tables.AGREEMENT_INSTALMENT.schema, "reduced_amount": AMOUNT, "paid_amount": AMOUNT, "open_amount": AMOUNT}
)


def _instalments(night: Night) -> pl.DataFrame:
    return instalments_of(night.store, night.store.read(tables.PAYMENT_AGREEMENT))


def _aged(night: Night) -> pl.DataFrame:
    return aged_rows(night.store, open_on(night.store, night.on), "account").with_columns(pl.lit(night.on).alias("on"))


def _vat(night: Night) -> pl.DataFrame:
    return vat_by_month(taxed(night.store))


def _oss(night: Night) -> pl.DataFrame:
    shop = taxed(night.store, where="vat_treatment = 'oss'")
    return oss_by_quarter(shop, night.config(tables.EXCHANGE_RATE), night.policy.operator.currency)


def _sales(night: Night) -> pl.DataFrame:
    return sales_by_month(sold(night.store))


def _schema(day: str, *amounts: str, **others: pl.DataType) -> pl.Schema:
    """Return the columns of derived rows: a day, registered ones by name, then amounts."""
    return pl.Schema({day: pl.Date(), **others} | dict.fromkeys(amounts, AMOUNT))


_TEXT, _WHOLE = pl.String(), pl.Int64()
DERIVED = (
    Derived("derived_instalment", _INSTALMENT, _instalments),
    Derived(
        "derived_aged",
        _schema(
            "on", *AGE_BUCKETS, "open_amount", "credit_amount", "open_home_amount", account_id=_WHOLE, currency=_TEXT
        ),
        _aged,
    ),
    Derived(
        "derived_vat",
        _schema(
            "month", "base_amount", "vat_amount", "recomputed_vat", "vat_difference", vat_treatment=_TEXT,
            country_code=_TEXT, vat_category=_TEXT, vat_percent=PERCENT, vat_account=_TEXT, vat_return_box=_TEXT,
        ),
        _vat,
    ),
    Derived(
        "derived_oss",
        _schema(
            "quarter", "base_amount", "vat_amount", supply_quarter=pl.Date(), country_code=_TEXT, vat_percent=PERCENT,
            currency=_TEXT,
        ),
        _oss,
    ),
    Derived(
        "derived_sales",
        _schema(
            "month", "net_amount", article_no=_TEXT, revenue_account=_TEXT, product_group=_TEXT, reseller_code=_TEXT,
            quantity=_WHOLE,
        ),
        _sales,
    ),
)  # fmt: skip
_PAID = {
    "reduced_amount": "What credit notes and write-offs took off since it was agreed, from the last instalment on",
    "paid_amount": "What was paid since it was agreed, from the first instalment on",
}
FINANCE_MARTS = (
    Mart(
        "fact_agreement", "One row per payment agreement, with what is paid and open of its instalments.",
        "SELECT p.agreement_id, p.account_id, a.customer_id, p.agreement_state, p.amount, p.currency, p.fee_amount, "
        "count(*)::BIGINT AS instalment_count, sum(d.reduced_amount)::DECIMAL(18,2) AS reduced_amount, "
        "sum(d.paid_amount)::DECIMAL(18,2) AS paid_amount, sum(d.open_amount)::DECIMAL(18,2) AS open_amount, "
        "min(d.due_on) FILTER (d.open_amount > 0) AS due_on, p.agreed_on, p.ended_on, p.decided_by, p.decision_text, "
        "p.request_id FROM payment_agreement p JOIN account a USING (account_id) "
        "JOIN derived_instalment d USING (agreement_id) GROUP BY ALL",
        {
            **_PAID,
            "instalment_count": "Number of instalments",
            "due_on": "Last day to pay the first instalment that is open; null when none is",
        },
    ),
    Mart(
        "fact_agreement_instalment", "One row per instalment of a payment agreement.",
        "SELECT d.agreement_id, d.instalment_no, p.account_id, a.customer_id, p.agreement_state, d.due_on, d.amount, "
        "d.reduced_amount, d.paid_amount, d.open_amount, p.currency FROM derived_instalment d "
        "JOIN payment_agreement p USING (agreement_id) JOIN account a USING (account_id)",
        _PAID,
    ),
    Mart(
        "aged_receivables", "What was open at the end of the night, by account and by how long it was overdue.",
        "SELECT d.on AS on_date, d.account_id, a.customer_id, d.currency, d.not_due, d.days_1_30, d.days_31_60, "
        "d.days_61_90, d.days_over_90, d.open_amount, d.credit_amount, d.open_home_amount FROM derived_aged d "
        "JOIN account a USING (account_id)",
        {
            "on_date": "Business date of the night",
            "not_due": "Open and not due yet",
            "days_1_30": "Open and 1 to 30 days overdue",
            "days_31_60": "Open and 31 to 60 days overdue",
            "days_61_90": "Open and 61 to 90 days overdue",
            "days_over_90": "Open and more than 90 days overdue",
            "credit_amount": "Money of the account that is no claim's: credit, and refunds not paid out yet",
            "open_home_amount": "What is open in the books' currency, at the rates of the invoices",
        },
    ),
    Mart(
        "vat_by_month", "VAT in the books' currency by month, treatment, country and rate; equal to the VAT accounts.",
        "SELECT month, vat_treatment, country_code, vat_category, vat_percent, vat_account, vat_return_box, "
        "base_amount, vat_amount, recomputed_vat, vat_difference FROM derived_vat",
        {
            "month": "First day of the month of the documents, or of the loss or recovery of a bad debt",
            "base_amount": "Amount excluding VAT, in the books' currency",
            "vat_amount": "VAT, in the books' currency",
            "recomputed_vat": "The rate on the base",
            "vat_difference": "VAT less the rate on the base: what the roundings of documents make",
        },
    ),
    Mart(
        "oss_by_quarter", "What the one-stop shop is told: by quarter, country and rate, in euro.",
        "SELECT quarter, supply_quarter, country_code, vat_percent, base_amount, vat_amount, currency FROM derived_oss",
        {
            "quarter": "First day of the quarter of the return",
            "supply_quarter": "First day of the quarter of the supply; another one where it is corrected",
            "base_amount": "Excluding VAT, at the rate of the last day of the quarter of supply; null without one",
            "vat_amount": "VAT, at the same rate",
        },
    ),
    Mart(
        "sales_by_month", "Sales in the books' currency by month, article, account, product group and reseller.",
        "SELECT s.month, s.article_no, t.article_name, s.revenue_account, s.product_group, s.reseller_code, "
        "s.quantity, s.net_amount FROM derived_sales s LEFT JOIN article t USING (article_no)",
        {
            "month": "First day of the month of the documents",
            "quantity": "Number of records or pieces, less those taken back",
            "net_amount": "Amount excluding VAT, before fees billed in advance are deferred",
        },
    ),
)  # fmt: skip
