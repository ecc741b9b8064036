"""Remind: overdue invoices get their first reminder."""

from __future__ import annotations

from invoicing.reminders import first_reminders, reminder_fees
from pipelines.debit_flow import not_awaited
from pipelines.night import Night, StageReport
from pipelines.settle_flow import current_open_items
from schemas import tables


def remind(night: Night) -> StageReport:
    """Remind of overdue invoices, each step once; the fee becomes a claim of its own.

    Not of one that is being collected by direct debit, or will be: the payer is to do nothing.
    """
    items = not_awaited(night, current_open_items(night))
    reminded = night.store.read(tables.REMINDER)
    reminders = first_reminders(items, reminded, night.policy.reminders, night.on)
    if reminders.height:
        with night.store.transaction("remind"):
            night.store.append(tables.REMINDER, reminders)
            night.store.append(tables.RECEIVABLE, reminder_fees(reminders, night.policy.operator.currency))
    return StageReport(
        items.height, reminders.height, 0, f"{reminders.height} first reminders of {items.height} open items"
    )
