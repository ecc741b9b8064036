"""What `nightbill payments` shows: the money in suspense with whose it may be, and where the money of a payment is."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from invoicing.payment_suggestions import suggestions
from invoicing.settlement import open_items
from pipelines.home import Home
from pipelines.lake.store import Store
from pipelines.night import opened_lake
from pipelines.payments.payment_facts import OWED_BACK, open_claims, payments_of_code

_SUSPENSE = """
    SELECT p.payment_id, left(md5(p.payment_id), 8) AS code, p.booked_on, p.payment_kind AS kind, p.currency,
           s.amount, p.payer_name, p.payer_account,
           coalesce(p.reference_text, p.free_text, p.end_to_end_id) AS reference
      FROM payment p JOIN (
        SELECT payment_id, sum(paid_amount)::DECIMAL(18,2) AS amount FROM allocation WHERE allocation_kind = 'suspense'
         GROUP BY payment_id HAVING sum(paid_amount) <> 0
      ) s USING (payment_id) ORDER BY p.booked_on, p.payment_id
"""
_REFUNDS_OWED_BACK = f"""
    SELECT left(md5(o.payout), 8) AS code, p.booked_on, p.currency, -owed_amount AS amount, r.to_name AS payer_name,
           'R' || refund_no AS reference,
           'the bank owes us this of refund ' || refund_no || ': ask for it; what comes back as R' || refund_no ||
           ' is found, match other money --reverses ' || code || ', or book ' || code AS "may be"
      FROM ({OWED_BACK}) o JOIN refund r USING (refund_no) JOIN payment p ON p.payment_id = o.payout
     ORDER BY p.booked_on, refund_no
"""  # noqa: S608 (both ours)
_HISTORY = """
    SELECT DISTINCT p.payer_account, a.account_id FROM payment p JOIN allocation a USING (payment_id)
     WHERE p.payer_account IN (SELECT unnest($1)) AND a.account_id IS NOT NULL
       AND a.allocation_kind IN ('receivable', 'credit')
"""
_HELD = """
    SELECT a.allocation_kind AS kind, a.account_id, r.invoice_no,
           coalesce(a.receivable_id, b.ledger_account, '') AS claim,
           sum(a.paid_amount)::DECIMAL(18,2) AS amount
      FROM allocation a LEFT JOIN receivable r USING (receivable_id)
      LEFT JOIN payment_booking b USING (allocation_id)
     WHERE a.payment_id = $1 AND a.allocation_kind <> 'reversal'
     GROUP BY ALL HAVING sum(a.paid_amount) <> 0 ORDER BY ALL
"""
_DONE = """
    SELECT a.allocated_on AS "on", a.match_rule AS rule, a.allocation_kind AS kind,
           coalesce(a.receivable_id, '') AS claim, a.paid_amount AS amount, coalesce(q.actor, q.channel, '') AS "by",
           coalesce(json_extract_string(q.payload::JSON, '$.reason'), '') AS why
      FROM allocation a LEFT JOIN request q USING (request_id) WHERE a.payment_id = $1
     ORDER BY a.allocated_on, a.voucher_id, a.allocation_id
"""


class NoPaymentError(Exception):
    """No payment has the id or code, or several codes begin so."""


class Shown(NamedTuple):
    """A payment: its own figures, where its money is, and what was done with it by whom and why."""

    figures: dict[str, object]
    held: pl.DataFrame
    history: pl.DataFrame


def list_suspense(home: Home) -> pl.DataFrame:
    """List the payments that have money in suspense, each with whose it may be and why.

    After them come the refunds that the bank owes back to us, by the payment they left with, each with what to do.
    """
    with opened_lake(home) as store:
        waiting, owed_back = store.query(_SUSPENSE), store.query(_REFUNDS_OWED_BACK)
        found = _suggested(store, waiting.filter(pl.col("amount") > 0))
    number = (
        pl.when(pl.col("invoice_no").is_not_null()).then(pl.format(", invoice {}", "invoice_no")).otherwise(pl.lit(""))
    )
    told = found.select("payment_id", pl.format("account {}{}: {}", "account_id", number, "why").alias("may be"))
    gathered = told.group_by("payment_id", maintain_order=True).agg(pl.col("may be").str.join(" | "))
    shown = waiting.join(gathered, on="payment_id", how="left", maintain_order="left")
    amount = pl.format("{} {}", pl.col("amount").cast(pl.String), "currency").alias("amount")
    line = ("code", "booked_on", amount, "payer_name", "reference", pl.col("may be").fill_null(""))
    return pl.concat([shown.select(line), owed_back.select(line)])


def _suggested(store: Store, suspense: pl.DataFrame) -> pl.DataFrame:
    payers = suspense["payer_account"].drop_nulls().unique().to_list()
    history = store.query(_HISTORY, [payers])
    names = store.query("SELECT account_id, customer_name FROM account JOIN customer USING (customer_id)")
    return suggestions(suspense, history, open_items(*open_claims(store)), names)


def show_payment(home: Home, code: str) -> Shown:
    """Show a payment by its id or the beginning of its code. Raises `NoPaymentError`."""
    with opened_lake(home) as store:
        found = payments_of_code(store, code)
        if found.height != 1:
            which = "several payments have codes that begin" if found.height else "no payment has the id or code"
            message = f"{which} {code}; nightbill payments list shows those in suspense"
            raise NoPaymentError(message)
        row = found.row(0, named=True)
        name = [row["payment_id"]]
        return Shown(row, store.query(_HELD, name), store.query(_DONE, name))
