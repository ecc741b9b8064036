"""Everything that came from the bank in a night finds its place: received, paid out, taken back."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from invoicing.payment_amounts import in_books
from invoicing.payment_matching import Payable, invoices_named
from invoicing.refunds import STATE, refunds_paid
from invoicing.reversals import payments_reversed, reversals_left, reverse_payments
from invoicing.settlement import Owed, allocate_payments, open_items, recoverable
from schemas.policy import Payments
from schemas.tables import ACCOUNT, ALLOCATION, EXCHANGE_RATE, PAYMENT, PAYMENT_PART, REFUND


def _no_refunds() -> pl.DataFrame:
    return REFUND.empty().with_columns(pl.lit(None, dtype).alias(name) for name, dtype in STATE.items())


@dataclass(frozen=True)
class PaymentNight:
    """New payments, and what must be known to place them.

    `payments`, `parts`: PAYMENT and PAYMENT_PART rows, allocated nowhere yet; `reversals`: those of kind `reversal` and
    those that wait in suspense, with `original_reference`; `candidates`: payments they may take back, with the bank's
    references of their reports. `invoices`, `accounts`: what payments may name; `receivables` and `allocations` of
    these accounts, and of the candidates. `refunds`: REFUND rows named, as `refunds_paid` wants them. `rates`:
    EXCHANGE_RATE rows.
    """

    payments: pl.DataFrame
    invoices: pl.DataFrame
    receivables: pl.DataFrame
    allocations: pl.DataFrame
    home_currency: str
    parts: pl.DataFrame = field(default_factory=PAYMENT_PART.empty)
    reversals: pl.DataFrame = field(default_factory=lambda: _reported("original_reference", "bank_reference"))
    candidates: pl.DataFrame = field(default_factory=lambda: _reported("original_reference", "bank_reference"))
    accounts: pl.DataFrame = field(default_factory=ACCOUNT.empty)
    refunds: pl.DataFrame = field(default_factory=_no_refunds)
    rates: pl.DataFrame = field(default_factory=EXCHANGE_RATE.empty)
    policy: Payments = field(default_factory=Payments)


def _reported(*names: str) -> pl.DataFrame:
    return PAYMENT.empty().with_columns(pl.lit(None, pl.String).alias(name) for name in names)


def place_received(night: PaymentNight) -> pl.DataFrame:
    """Allocate the new payments that were received or paid out: ALLOCATION columns without `allocated_on`."""
    of_refunds = refunds_paid(night.payments, night.refunds)
    others = night.payments.join(of_refunds, on="payment_id", how="anti")
    items = open_items(night.receivables, night.allocations)
    payable = Payable(night.invoices, night.accounts, items)
    named = invoices_named(others, night.parts, payable, night.policy.tolerance)
    lost = recoverable(night.receivables, night.allocations)
    owed = Owed(
        items, lost, rates_of_days(pl.concat([items, lost]), others, night.rates, night.home_currency), night.policy
    )
    return pl.concat([of_refunds, allocate_payments(others, named, owed)])


def place_reversals(night: PaymentNight, placed: pl.DataFrame) -> pl.DataFrame:
    """Undo what reversals take back, where `placed` are the rows that were made tonight; as `place_received`."""
    allocations = pl.concat([night.allocations.select(placed.columns), placed])
    found = payments_reversed(night.reversals, night.candidates)
    left = reversals_left(night.reversals, allocations)
    paid = allocations.join(found.select(payment_id="reversed_payment_id"), on="payment_id", how="semi")
    return reverse_payments(left, found, paid, night.receivables)


def rates_of_days(claims: pl.DataFrame, payments: pl.DataFrame, rates: pl.DataFrame, home: str) -> pl.DataFrame:
    """Return what the currencies of claims are worth on the days of payments, as `Owed.rates`."""
    currencies, days = claims.select("currency").unique(), payments.select("booked_on").unique()
    nothing = pl.lit(0).cast(ALLOCATION.schema["amount"]).alias("amount")
    asked = currencies.join(days, how="cross").with_columns(nothing)
    return in_books(asked, rates, home).drop_nulls("exchange_rate")
