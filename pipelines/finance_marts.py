"""Marts for finance: payment agreements."""

from __future__ import annotations

import polars as pl

from pipelines.agreement_flow import instalments_of
from pipelines.mart import Derived, Mart
from pipelines.night import Night
from schemas import tables
from schemas.money import AMOUNT

_INSTALMENT = pl.Schema(
    {**tables.AGREEMENT_INSTALMENT.schema, "reduced_amount": AMOUNT, "paid_amount": AMOUNT, "open_amount": AMOUNT}
)


def _instalments(night: Night) -> pl.DataFrame:
    return instalments_of(night.store, night.store.read(tables.PAYMENT_AGREEMENT))


DERIVED = (Derived("derived_instalment", _INSTALMENT, _instalments),)
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
)  # fmt: skip
