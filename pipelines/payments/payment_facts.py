"""What of the lake the settlement of payments must read: what new payments name and accounts hold, never everything."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import polars as pl

from invoicing.payment_matching import digits_named, references
from invoicing.payment_night import PaymentNight, rates_of_days
from invoicing.refunds import refund_end_to_end_id, refund_number, refunds_so_far
from invoicing.settlement import CREDIT, credit_left
from pipelines.lake.store import Store
from pipelines.night import Night
from schemas import tables
from schemas.ocr_reference import numbers_in

_UNALLOCATED = """
    SELECT * FROM (SELECT * FROM payment WHERE received_on >= $1 AND amount <> 0)
      ANTI JOIN (SELECT payment_id FROM allocation WHERE allocated_on >= $1) USING (payment_id)
"""
# A reversal whose payment had not come when it did waits in suspense, below zero.
_WAITING = """
    SELECT * FROM payment WHERE payment_kind = 'reversal' AND payment_id IN (
        SELECT payment_id FROM allocation WHERE allocation_kind = 'suspense' GROUP BY payment_id HAVING sum(amount) < 0
    )
"""
_CREDIT = """
    WITH pots AS (
        SELECT account_id, payment_id, sum(paid_amount)::DECIMAL(18,2) AS amount,
               sum(paid_home_amount)::DECIMAL(18,2) AS home_amount
          FROM allocation WHERE allocation_kind = 'credit' GROUP BY ALL HAVING sum(paid_amount) > 0
    )
    SELECT pots.account_id, payment_id, coalesce(p.currency, i.currency) AS currency, pots.amount, pots.home_amount
      FROM pots LEFT JOIN payment p USING (payment_id)
      LEFT JOIN (SELECT 'credit_note:' || invoice_no AS payment_id, currency FROM invoice
                  WHERE document_kind = 'credit_note') i USING (payment_id)
"""
_OPEN = """
    SELECT r.* FROM receivable r LEFT JOIN (
        SELECT receivable_id, sum(amount) AS paid FROM allocation WHERE allocation_kind = 'receivable' GROUP BY ALL
    ) USING (receivable_id) WHERE r.amount > coalesce(paid, 0)
"""
_OF_CODE = """
    SELECT * FROM payment WHERE payment_id = $1
        OR (regexp_full_match($1, '[0-9a-f]{4,32}') AND starts_with(md5(payment_id), $1)) LIMIT 2
"""
# Refunds of which more has left than was ordered, or than came back, with the last payment that they left with.
OWED_BACK = """
    SELECT refund_no, -sum(held)::DECIMAL(18,2) AS owed_amount, max(payout) FILTER (held < 0) AS payout FROM (
        SELECT refund_no, NULL AS payout, paid_amount AS held
          FROM refund JOIN (FROM allocation WHERE allocation_kind = 'refund') USING (request_id)
        UNION ALL
        SELECT refund_no, p.payment_id, sum(paid_amount)
          FROM refund JOIN payment p ON p.end_to_end_id = 'R' || refund_no
          JOIN (FROM allocation WHERE allocation_kind = 'refund' AND match_rule <> 'refund') a
               ON a.payment_id = p.payment_id
         GROUP BY ALL
    ) GROUP BY refund_no HAVING sum(held) < 0
"""
_LATEST_REVERSAL = timedelta(days=400)  # SEPA lets an unauthorised debit be taken back for 13 months
_REPORTED = ("original_reference", "bank_reference")


class Claims(NamedTuple):
    """RECEIVABLE rows, of accounts or those that are open, and all ALLOCATION rows of these accounts or claims."""

    receivables: pl.DataFrame
    allocations: pl.DataFrame


def new_payments(night: Night) -> pl.DataFrame:
    """Read the payments that are allocated nowhere yet."""
    return night.store.select(tables.PAYMENT, _UNALLOCATED, [night.not_done_since])


def claims_of(store: Store, accounts: pl.DataFrame) -> Claims:
    """Read what accounts (`account_id`) owe, and what was paid of it."""
    whose = accounts.select("account_id").unique()
    return Claims(store.read_matching(tables.RECEIVABLE, whose), store.read_matching(tables.ALLOCATION, whose))


def open_claims(store: Store) -> Claims:
    """Read every claim that is not fully paid, and what was paid of it."""
    owed = store.select(tables.RECEIVABLE, _OPEN)
    return Claims(owed, store.read_matching(tables.ALLOCATION, owed.select("receivable_id")))


def payments_of_code(store: Store, code: str) -> pl.DataFrame:
    """Read the payment (PAYMENT row) with an id, or whose code begins so: two rows where several do."""
    return store.select(tables.PAYMENT, _OF_CODE, [code])


def credit_on_accounts(store: Store, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Read the credit left on accounts, by payment (`settlement.CREDIT`): of some accounts, or of all."""
    if accounts is None:
        return store.query(_CREDIT)
    rows = store.read_matching(tables.ALLOCATION, accounts.select("account_id").unique(), "allocation_kind = 'credit'")
    credit = credit_left(rows)
    number = pl.col("payment_id").str.extract(r"^credit_note:([0-9]+)$").cast(pl.Int64).alias("invoice_no")
    notes = store.read_matching(tables.INVOICE, credit.select(number).drop_nulls())
    currencies = [
        store.read_matching(tables.PAYMENT, credit.select("payment_id")).select("payment_id", "currency"),
        notes.select(pl.format("credit_note:{}", "invoice_no").alias("payment_id"), "currency"),
    ]
    return credit.join(pl.concat(currencies), on="payment_id").select(CREDIT.names())


def payment_night(night: Night, payments: pl.DataFrame) -> PaymentNight:
    """Read what must be known to place new payments, and the reversals that wait for theirs."""
    store = night.store
    parts = store.read_matching(tables.PAYMENT_PART, payments.select("payment_id"))
    found = references(payments, parts)
    invoices, accounts = _named(store, digits_named(found))
    reversals = _with_reports(store, _reversals(night, payments))
    candidates = _with_reports(store, _may_be_reversed(store, reversals))
    refunds = refunds_named(store, payments)
    of_candidates = store.read_matching(tables.ALLOCATION, candidates.select("payment_id").unique())
    waiting = store.read_matching(tables.ALLOCATION, reversals.select("payment_id").unique())
    whose = pl.concat([each.select("account_id") for each in (invoices, accounts, of_candidates)]).drop_nulls()
    claims = claims_of(store, whose)
    night.touch(whose)
    allocations = pl.concat([claims.allocations, of_candidates, waiting]).unique("allocation_id")
    return PaymentNight(
        payments=payments,
        parts=parts,
        invoices=invoices,
        accounts=accounts,
        receivables=claims.receivables,
        allocations=allocations,
        home_currency=night.policy.operator.currency,
        reversals=reversals,
        candidates=candidates,
        refunds=refunds,
        rates=night.config(tables.EXCHANGE_RATE),
        policy=night.policy.payments,
    )


def rates_on(night: Night, claims: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """Return what the currencies of claims are worth on the days of payments (`settlement.Owed.rates`)."""
    return rates_of_days(claims, payments, night.config(tables.EXCHANGE_RATE), night.policy.operator.currency)


def _named(store: Store, digits: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the invoices whose numbers or references the digits may be, and the accounts that they may name."""
    whole = digits.cast(pl.Int64, strict=False).drop_nulls().unique()
    numbers = pl.concat([numbers_in(digits), whole]).unique().alias("invoice_no").to_frame()
    invoices = store.read_matching(tables.INVOICE, numbers)
    accounts = [
        store.read_matching(tables.ACCOUNT, whole.alias(key).to_frame()) for key in ("account_id", "customer_id")
    ]
    return invoices, pl.concat(accounts).unique("account_id")


def _reversals(night: Night, payments: pl.DataFrame) -> pl.DataFrame:
    new = payments.filter(pl.col("payment_kind") == "reversal")
    if not night.is_whole:  # one that waits is the night's
        return new
    waiting = night.store.select(tables.PAYMENT, _WAITING)
    return pl.concat([new, waiting]).unique("payment_id", keep="first", maintain_order=True)


def _may_be_reversed(store: Store, reversals: pl.DataFrame) -> pl.DataFrame:
    """Read the payments that reversals name, and for those that name none what their payees received in a year."""
    named = reversals.select(payment_id="reverses_payment_id").drop_nulls().unique()
    known = store.read_matching(tables.PAYMENT, named)
    unknown = reversals.filter(pl.col("reverses_payment_id").is_null())
    if unknown.is_empty():
        return known
    since = unknown.select(pl.col("booked_on").min()).item() - _LATEST_REVERSAL
    payees = unknown.select("payee_account").unique()
    received = store.read_matching(tables.PAYMENT, payees, "payment_kind = 'received' AND booked_on >= ?", [since])
    return pl.concat([known, received]).unique("payment_id")


def _with_reports(store: Store, payments: pl.DataFrame) -> pl.DataFrame:
    """Add the bank's own references of the first report of each payment that has them."""
    reports = store.read_matching(tables.PAYMENT_RECORD, payments.select("payment_id")).sort("payment_record_id")
    known = reports.group_by("payment_id").agg(pl.col(name).drop_nulls().first() for name in _REPORTED)
    return payments.join(known, on="payment_id", how="left")


def refunds_named(store: Store, payments: pl.DataFrame) -> pl.DataFrame:
    """Read the refunds whose ids payments bear, with what came back of them before (`refunds_known`)."""
    number = refund_number(pl.col("end_to_end_id")).alias("refund_no")
    return refunds_known(store, store.read_matching(tables.REFUND, payments.select(number).drop_nulls().unique()))


def refunds_known(store: Store, refunds: pl.DataFrame) -> pl.DataFrame:
    """Add to REFUND rows what came back of them before (`refunds.refunds_so_far`)."""
    ids = refunds.select(refund_end_to_end_id(pl.col("refund_no")).alias("end_to_end_id"))
    of_bank = store.read_matching(tables.PAYMENT, ids, "payment_kind <> 'reversal'")
    keys = (refunds.select("request_id"), of_bank.select("payment_id"))
    rows = pl.concat([store.read_matching(tables.ALLOCATION, key) for key in keys])
    return refunds_so_far(refunds, of_bank, rows)


def refunds_owed_back(store: Store) -> pl.DataFrame:
    """Read the refunds that the bank owes back to us: `refund_no`, `owed_amount`, `payout` (a payment's id)."""
    return store.query(OWED_BACK)
