"""Recurring fees in a home: what becomes known after a fee was charged is booked, invoiced, proven and told."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from small_operator import ask

from pipelines.billing.invoice_view import show_invoice
from pipelines.explaining.explain_flow import explain
from pipelines.night import opened_lake
from pipelines.nightly_flow import conduct, stages_named
from schemas import tables

pytestmark = pytest.mark.slow
D = Decimal
CHARGED = (
    "SELECT charge_id, service_from, used_days, amount_ex_vat FROM charge WHERE charged_on > '2026-10-01' ORDER BY ALL"
)
FEES = stages_named("configure", "rate", "prove")
PRICES = "plan_code,currency,period_fee,valid_from,valid_to\n"


def change_plan(home, on):
    """Put Bo's broadband on mobile_small from a day on."""
    with opened_lake(home, read_only=False) as store, store.transaction("change"):
        held = store.read(tables.SUBSCRIPTION, "plan_code = 'broadband_100'")
        store.upsert(tables.SUBSCRIPTION, held.with_columns(service_to=pl.lit(on)))
        store.append(
            tables.SUBSCRIPTION,
            held.with_columns(service_from=pl.lit(on), plan_code=pl.lit("mobile_small"), quantity=pl.lit(2, pl.Int64)),
        )


def test_a_change_of_plan_gives_back_what_was_paid_in_advance(invoiced, copy_of):
    """Bo paid 319.20 for October; from the 11th he has mobile_small twice: 21 of 31 days.

    319.20 x 21/31 = 216.2323 back; 2 x 99.00 x 21/31 = 134.1290.
    """
    home = copy_of(invoiced)
    change_plan(home, date(2026, 10, 11))
    for on in (date(2026, 10, 12), date(2026, 10, 13)):
        conduct(home, on, stages=FEES)
        (old, *back), (new, *charged) = ask(home, CHARGED)
        assert back == [date(2026, 10, 11), 21, D("-216.23")]
        assert charged == [date(2026, 10, 11), 21, D("134.13")]
    assert old.endswith(":2")
    assert all(explain(home, name).holds for name in (old, new))


def test_a_fee_without_a_price_waits_in_fee_fault_until_it_has_one(invoiced, copy_of):
    home = copy_of(invoiced)
    path = home.config / "plan_prices.csv"
    path.write_text(f"{PRICES}mobile_small,SEK,99,2026-01-01,2026-11-01\n", encoding="utf-8")
    faults = "SELECT account_id, period_from, reason_code, found_on FROM fee_fault"
    november = date(2026, 11, 1)
    for on in (november, date(2026, 11, 2)):
        conduct(home, on, stages=FEES)
        assert ask(home, faults) == [(20001, november, "NO_FEE_PRICE", november)]
        shown = show_invoice(home, 20001, on)  # although there is nothing else to invoice
        assert (shown.figures["draft_reasons"], shown.lines.height) == ("NO_FEE_PRICE", 0)
    path.write_text(
        f"{PRICES}mobile_small,SEK,99,2026-01-01,2026-11-01\nmobile_small,SEK,109,2026-11-01,\n", encoding="utf-8"
    )
    conduct(home, date(2026, 11, 3), stages=FEES)
    assert ask(home, faults) == []
    charged = f"{CHARGED.replace('ORDER', 'AND service_from = DATE ' + repr(str(november)) + ' ORDER')}"
    ((name, *fee),) = [row for row in ask(home, charged) if "mobile_small" in row[0]]
    assert fee == [november, 30, D(109)]
    assert explain(home, name).holds
