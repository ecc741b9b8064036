"""Closing and opening months of the books, and writing invoices off: what the requests do, and why one is refused."""

from datetime import date
from decimal import Decimal

import pytest
from standing_customer import ask, standing
from test_request_application import ON, apply

from schemas import tables

SEP, OCT, NOV = (date(2026, month, 1) for month in (9, 10, 11))


def change(month, number, state):
    return dict.fromkeys(tables.LEDGER_PERIOD.names) | {
        "period_from": month, "period_change_no": number, "period_state": state, "changed_on": date(2026, 11, 3),
    }  # fmt: skip


def periods(kind, period, *changes):
    """What a decision about a month does: its outcome, and the changes it wrote."""
    made = apply(
        ask(kind, period=period, reason="VAT is reported"), into=standing(known={"ledger_period": list(changes)})
    )
    rows = made.changes[tables.LEDGER_PERIOD][0]
    names = ("period_from", "period_change_no", "period_state", "changed_on", "decided_by", "decision_text")
    return made.outcomes["reason_code"].item(), rows.select(names).rows()


def test_a_month_that_is_over_is_closed_with_who_and_why():
    assert periods("close_period", "2026-10") == (None, [(OCT, 1, "closed", ON, "web", "VAT is reported")])


@pytest.mark.parametrize("period", ["2026-11", "2026-12"])
def test_a_month_that_is_not_over_is_not_closed(period):
    assert periods("close_period", period) == ("TOO_EARLY", [])


def test_a_closed_month_is_opened_and_closed_again():
    first, second = change(OCT, 1, "closed"), change(OCT, 2, "open")
    assert periods("reopen_period", "2026-10", first)[1] == [(OCT, 2, "open", ON, "web", "VAT is reported")]
    assert periods("close_period", "2026-10", first, second)[1] == [(OCT, 3, "closed", ON, "web", "VAT is reported")]


def test_what_is_so_already_is_refused():
    assert periods("close_period", "2026-10", change(OCT, 1, "closed")) == ("ALREADY_SO", [])
    assert periods("reopen_period", "2026-10") == ("ALREADY_SO", [])
    assert periods("reopen_period", "2026-09", change(OCT, 1, "closed")) == ("ALREADY_SO", [])


@pytest.mark.parametrize("period", ["2026-13", "2026-1", "October", "2026-10-01"])
def test_a_period_that_is_no_month_is_refused(period):
    assert periods("close_period", period) == ("BAD_REQUEST", [])


def written_off(owed, *orders):
    into = standing(invoices={7: 3}, owed=owed, known={"write_off": list(orders)})
    made = apply(ask("write_off", invoice_no=7, reason="Bankrupt"), into=into)
    names = ("invoice_no", "ordered_on", "decided_by", "decision_text", "written_off_amount")
    return made.outcomes["reason_code"].item(), made.changes[tables.WRITE_OFF][0].select(names).rows()


def test_what_is_open_of_an_invoice_is_ordered_to_be_written_off():
    assert written_off({7: Decimal(352)}) == (None, [(7, ON, "web", "Bankrupt", None)])


def test_of_an_invoice_that_is_paid_nothing_is_written_off():
    assert written_off({}) == ("NOT_ALLOWED", [])


def test_an_order_that_waits_is_not_repeated():
    waiting = dict.fromkeys(tables.WRITE_OFF.names) | {"request_id": "earlier", "invoice_no": 7}
    assert written_off({7: Decimal(352)}, waiting) == ("ALREADY_SO", [])
    assert written_off({7: Decimal(352)}, waiting | {"written_off_amount": Decimal(1)})[0] is None


def test_an_invoice_that_does_not_exist_is_not_written_off():
    made = apply(ask("write_off", invoice_no=8, reason="Bankrupt"), into=standing(invoices={7: 3}))
    assert made.outcomes["reason_code"].item() == "UNKNOWN_CUSTOMER"
