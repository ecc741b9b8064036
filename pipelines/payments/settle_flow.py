"""Match and settle: payments find invoices, top-ups become credit, credit pays open items, resellers earn."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from invoicing.allocation_rows import fresh_vouchers
from invoicing.payment_amounts import in_books
from invoicing.payment_night import PaymentNight, place_received, place_reversals
from invoicing.refunds import refunds_returned, refunds_so_far
from invoicing.reversals import payments_reversed, return_fees
from invoicing.settlement import draw_credit, open_items
from invoicing.top_up_settlement import allocate_top_ups, top_up_payments
from pipelines.lake.store import Store
from pipelines.night import Night, StageReport
from pipelines.payments.payment_facts import (
    claims_of,
    credit_on_accounts,
    new_payments,
    open_claims,
    payment_night,
    refunds_known,
)
from rating.commission import EARNED, PAID_OUT, accrue_commission, commission_on_refunds
from schemas import tables

_NEW_TOP_UPS = """
    SELECT t.* FROM top_up t ANTI JOIN payment p ON p.payment_id = 'top_up:' || t.top_up_id WHERE t.paid_on >= $1
"""
_NOTES_PAID_OUT = """
    SELECT DISTINCT payment_id FROM allocation
     WHERE allocation_kind = 'refund' AND starts_with(payment_id, 'credit_note:') AND allocated_on >= $1
"""
_REJECTED = """
    SELECT * FROM refund WHERE 'R' || refund_no IN (
        SELECT direct_debit_id FROM direct_debit_answer WHERE answer = 'rejected' AND received_on >= $1
    )
"""
_TAKEN_BACK = """
    SELECT * FROM refund WHERE 'R' || refund_no IN (
        SELECT end_to_end_id FROM payment SEMI JOIN (
            SELECT payment_id FROM allocation WHERE allocation_kind = 'reversal' AND allocated_on >= $1
        ) USING (payment_id) WHERE payment_kind = 'paid_out'
    )
"""


def current_open_items(night: Night, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the receivables not fully paid, with their `open_amount`: of some accounts (`account_id`), or of all.

    The lake adds up what was paid of every claim; what is read of it is of open ones only.
    """
    return open_items(*(open_claims(night.store) if accounts is None else claims_of(night.store, accounts)))


def settle_top_ups(night: Night) -> int:
    """Make payments of the top-ups whose money came, and credit of these, in one transaction; return how many."""
    top_ups = night.store.select(tables.TOP_UP, _NEW_TOP_UPS, [night.not_done_since])
    payments = _in_books(night, top_up_payments(top_ups, night.on))
    night.touch(top_ups)
    if payments.height:
        with night.store.transaction("top-ups"):
            night.store.append(tables.PAYMENT, payments)
            night.store.append(tables.ALLOCATION, dated(night, allocate_top_ups(top_ups, payments)))
    return payments.height


def _in_books(night: Night, payments: pl.DataFrame) -> pl.DataFrame:
    return in_books(payments, night.config(tables.EXCHANGE_RATE), night.policy.operator.currency)


def match(night: Night) -> StageReport:
    """Make credit of top-ups and allocate the payments that name an invoice, so that what they pay is no exposure.

    What names none waits for `settle`, which comes after tonight's invoices; so does what the bank takes back.
    """
    topped_up, store = settle_top_ups(night), night.store
    new = new_payments(night)
    if new.is_empty():
        return StageReport(topped_up, topped_up, 0, f"no new payments, {topped_up} top-ups")
    known = payment_night(night, new)
    found = place_received(known)
    rows = found.join(found.filter(pl.col("allocation_kind") == "suspense"), on="payment_id", how="anti")
    if rows.height:
        with store.transaction("match"):
            store.append(tables.ALLOCATION, dated(night, rows))
            store.append(tables.COMMISSION, commission_of(night, rows, known.receivables))
    matched = rows["payment_id"].n_unique()
    summary = f"{matched} of {new.height} payments matched, {topped_up} top-ups"
    return StageReport(new.height + topped_up, matched + topped_up, 0, summary)


def settle(night: Night) -> StageReport:
    """Place the payments that are nowhere yet, take back what the bank took back, then draw credit.

    All in one transaction, with the commission that it earns or loses. A run by day draws the credit of the accounts it
    touched, also where `match` has placed every payment; that of others waits for the night.
    """
    store, known = night.store, payment_night(night, new_payments(night))
    received = place_received(known)
    returned = _refunds_returned(night, known, received)
    before = pl.concat([received, returned], how="diagonal")  # money of a refund that comes back may be taken back
    placed = pl.concat([before, place_reversals(known, before.select(received.columns))], how="diagonal")
    credit = _credit(night, placed)
    claims = claims_of(store, credit)
    settled = pl.concat([claims.allocations.select(placed.columns), placed])
    items = open_items(claims.receivables, settled)
    drawn = fresh_vouchers(draw_credit(credit, items, policy=night.policy.payments), claims.allocations)
    rows = pl.concat([placed, drawn], how="diagonal")
    owed = pl.concat([known.receivables, claims.receivables]).unique("receivable_id")
    fees = return_fees_of(night, placed, known.receivables)
    commission = commission_of(night, rows, owed)
    commission = pl.concat([commission, _commission_on_refunds(night, rows, commission)])
    if rows.height or commission.height:
        with store.transaction("settle"):
            store.append(tables.ALLOCATION, dated(night, rows))
            store.append(tables.RECEIVABLE, fees)
            store.append(tables.COMMISSION, commission)
    return _report(known, placed, commission)


def _refunds_returned(night: Night, known: PaymentNight, received: pl.DataFrame) -> pl.DataFrame:
    """Undo refunds that are not paid out: their money is where it was, with the request that ordered them.

    Those that the bank has rejected, unless their money has come back as a payment, be it just now (`received`), those
    of which people have said that what left is back, and those in no file yet of payments that the bank takes back:
    what we do not have is not sent to anybody.
    """
    rejected, taken_back = (
        refunds_known(night.store, night.store.select(tables.REFUND, sql, [night.not_done_since]))
        for sql in (_REJECTED, _TAKEN_BACK)
    )
    answered = pl.concat([rejected, taken_back.filter(pl.col("times_out") == 0)]).unique("refund_id")
    others = answered.filter(~pl.col("has_returned")).select(tables.REFUND.names)
    now = refunds_so_far(others, known.payments, dated(night, received))
    unpaid = now.filter(~pl.col("has_returned")).select(tables.REFUND.names)
    undone = pl.concat([unpaid, _refunds_without_money(night.store, known)]).unique("refund_id")
    ordered = night.store.read_matching(tables.ALLOCATION, undone.select("request_id"))
    return refunds_returned(undone, ordered)


def _refunds_without_money(store: Store, known: PaymentNight) -> pl.DataFrame:
    """Return the refunds (REFUND rows) in no file yet that are of payments which are being taken back."""
    back = payments_reversed(known.reversals, known.candidates).select(payment_id="reversed_payment_id")
    held = known.allocations.filter(pl.col("allocation_kind") == "refund").join(back, on="payment_id", how="semi")
    ordered = store.read_matching(tables.REFUND, held.select("request_id").drop_nulls().unique())
    filed = store.read_matching(tables.FILED_REFUND, ordered.select("refund_no"))
    return ordered.join(filed, on="refund_no", how="anti")


def _report(known: PaymentNight, placed: pl.DataFrame, commission: pl.DataFrame) -> StageReport:
    new = known.payments.height
    suspense = placed.filter((pl.col("allocation_kind") == "suspense") & (pl.col("match_rule") == "none")).height
    credited = placed.filter((pl.col("allocation_kind") == "credit") & (pl.col("amount") > 0)).height
    back = placed.filter((pl.col("allocation_kind") == "reversal") & (pl.col("amount") < 0))["payment_id"].n_unique()
    summary = f"{new - suspense} payments matched, {credited} left credit, {suspense} in suspense"
    summary += f", {back} taken back" if back else ""
    return StageReport(new, new, 0, f"{summary}; {commission.height} commissions")


def _credit(night: Night, placed: pl.DataFrame) -> pl.DataFrame:
    """Return the credit of the accounts that this run looks at, with what it has just placed."""
    before = credit_on_accounts(night.store, night.touched_accounts)
    currencies = night.store.read_matching(tables.PAYMENT, placed.select("payment_id").unique())
    just = placed.filter(pl.col("allocation_kind") == "credit").join(
        currencies.select("payment_id", "currency"), on="payment_id"
    )
    now = just.select("account_id", "payment_id", "currency", amount="paid_amount", home_amount="paid_home_amount")
    whole = pl.concat([before, now]).group_by("account_id", "payment_id", "currency")
    amount_type = tables.PAYMENT.schema["amount"]
    summed = whole.agg(pl.col("amount", "home_amount").sum().cast(amount_type))
    return summed.filter(pl.col("amount") > 0).sort("account_id", "payment_id")


def return_fees_of(night: Night, rows: pl.DataFrame, receivables: pl.DataFrame) -> pl.DataFrame:
    """Return the claims (RECEIVABLE rows) that the reversals among ALLOCATION rows make, as `return_fees`."""
    policy, on = night.policy, night.on
    due_on = on + timedelta(days=policy.reminders.payment_days)
    return return_fees(rows, receivables, policy.payments.return_fee, policy.operator.currency, on, due_on)


def commission_of(night: Night, rows: pl.DataFrame, receivables: pl.DataFrame) -> pl.DataFrame:
    """Return the commission (COMMISSION rows) that ALLOCATION rows earn on RECEIVABLE rows, or lose."""
    paid = rows.join(receivables, on="receivable_id", how="semi").select("account_id").unique()
    accounts, resellers = night.store.read_matching(tables.ACCOUNT, paid), night.config(tables.RESELLER)
    accrued = accrue_commission(rows, receivables, accounts, resellers, _earned(night.store, rows))
    return accrued.with_columns(pl.lit(night.on).alias("accrued_on"))


def _commission_on_refunds(night: Night, rows: pl.DataFrame, tonight: pl.DataFrame) -> pl.DataFrame:
    """Return the commission that credit notes paid out take back; `rows` and `tonight` are not in the lake yet."""
    store, of_notes = night.store, pl.col("payment_id").str.starts_with("credit_note:")
    new = dated(night, rows).filter((pl.col("allocation_kind") == "refund") & of_notes)
    paid_out = pl.concat(
        [store.query(_NOTES_PAID_OUT, [night.not_done_since]).cast({"payment_id": pl.String}), new.select("payment_id")]
    ).unique()
    number = pl.col("payment_id").str.strip_prefix("credit_note:").cast(pl.Int64).alias("invoice_no")
    of_these = store.read_matching(tables.INVOICE, paid_out.select(number)).drop_nulls("credits_invoice_no")
    notes = store.read_matching(tables.INVOICE, of_these.select("credits_invoice_no").unique())
    credited = notes.select(
        pl.format("credit_note:{}", "invoice_no").alias("payment_id"), invoice_no="credits_invoice_no"
    )
    stored = store.read_matching(tables.ALLOCATION, credited.select("payment_id"), "allocation_kind = 'refund'")
    refunded = pl.concat([stored, new]).sort("allocated_on", "allocation_id").select(PAID_OUT)
    earned = store.read_matching(tables.COMMISSION, credited.select("invoice_no").unique())
    mine = tonight.join(credited, on="invoice_no", how="semi")
    every = pl.concat([earned.sort("accrued_on", "commission_id"), mine.select(earned.columns)])
    made = commission_on_refunds(refunded, credited, every)
    return made.with_columns(pl.lit(night.on).alias("accrued_on")).select(tonight.columns)


def _earned(store: Store, rows: pl.DataFrame) -> pl.DataFrame:
    """Read what the payments that rows take something back of have earned before, the last one last."""
    back = rows.filter((pl.col("allocation_kind") == "receivable") & (pl.col("home_amount") < 0))
    paid = store.read_matching(tables.ALLOCATION, back.select("payment_id").unique(), "home_amount > 0")
    of_payments = store.read_matching(tables.COMMISSION, paid.select("allocation_id"))
    whose = paid.select("allocation_id", "payment_id", "receivable_id")
    return of_payments.join(whose, on="allocation_id").sort("accrued_on", "allocation_id").select(EARNED)


def dated(night: Night, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows as ALLOCATION rows of this business date."""
    return tables.ALLOCATION.complete(frame.with_columns(pl.lit(night.on).alias("allocated_on")))
