"""Remind: overdue invoices get their first reminder, instalments of payment agreements theirs."""

from __future__ import annotations

import polars as pl

from invoicing.reminders import first_reminders, instalment_reminders, reminder_fees
from pipelines.collecting.agreement_flow import claims_agreed, review_agreements
from pipelines.collecting.at_collection import invoices_away
from pipelines.collecting.debit_flow import not_awaited
from pipelines.night import Night, StageReport
from pipelines.payments.settle_flow import current_open_items
from schemas import tables


def remind(night: Night) -> StageReport:
    """Remind of overdue invoices and instalments, each step once; the fee becomes a claim of its own.

    First, agreements that are kept or broken end: what was under a broken one is reminded of from tonight. Nothing is
    reminded of that is being collected by direct debit, or will be: its payer is to do nothing. Nor of what a
    collection service has.
    """
    store, policy = night.store, night.policy.reminders
    ended, instalments = review_agreements(night)
    held = claims_agreed(store).join(ended, on="agreement_id", how="anti")
    items, reminded = current_open_items(night), store.read(tables.REMINDER)
    ours = items.join(invoices_away(store), on="invoice_no", how="anti")
    free = not_awaited(night, ours.join(held, on="receivable_id", how="anti"))
    first = first_reminders(free, reminded, policy, night.on)
    of_instalments = instalment_reminders(instalments, items.join(held, on="receivable_id"), reminded, policy, night.on)
    reminders = pl.concat([tables.REMINDER.complete(first), of_instalments.select(tables.REMINDER.names)])
    if reminders.height or ended.height:
        with store.transaction("remind"):
            store.upsert(tables.PAYMENT_AGREEMENT, ended)
            store.append(tables.REMINDER, reminders)
            store.append(tables.RECEIVABLE, reminder_fees(reminders, night.policy.operator.currency))
    summary = f"{first.height} first reminders of {items.height} open items"
    summary += f", {of_instalments.height} of instalments" if of_instalments.height else ""
    states = ended["agreement_state"].value_counts().sort("agreement_state").rows()
    summary += "".join(f"; {count} agreements {state}" for state, count in states)
    return StageReport(items.height, reminders.height, 0, summary)
