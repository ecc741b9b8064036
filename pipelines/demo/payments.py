"""How the demo's customers pay: each invoice is paid by a habit that its number decides."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

import polars as pl

from pipelines.demo.keyed_hash import keyed_random
from pipelines.demo.nights import bank_day

REMINDER_FEE = Decimal(60)  # as in the demo's policy.toml
_LATEST_AFTER_DUE = timedelta(days=45)
_EARLIEST_BEFORE_DUE = timedelta(days=10)
_CENT = Decimal("0.01")
_OF_ACCOUNTS = 2  # one of so many accounts pays what it left unpaid together with the next invoice
_NAME_LENGTH = 35  # BgMax has no longer names
# Habits of a hundred invoices.
_HABITS = (
    ("exactly",) * 64
    + ("after_reminder",) * 4
    + ("after_reminder_with_fee",) * 4
    + ("in_two_parts",) * 4
    + ("partly",) * 4
    + ("twice",) * 3
    + ("twice_the_same_day",)
    + ("too_much",) * 4
    + ("wrong_reference",) * 3
    + ("invoice_number_in_text",) * 2
    + ("no_reference",)
    + ("leading_zeros",)
    + ("never",) * 5
)


@dataclass(frozen=True)
class Payment:
    """Money that a customer sends: when the bank books it, how much, with which reference, by which way."""

    booked_on: date
    amount: Decimal
    reference: str
    payer_name: str
    serial: str
    way: str
    also_bgmax: bool


def payments_between(since: date, until: date, invoices: pl.DataFrame, seed: int) -> list[Payment]:
    """List the payments booked after `since` and not after `until`, by date and serial.

    `invoices` holds `invoice_no`, `account_id`, `ocr_reference`, `total_amount`, `due_on`, `customer_name`.
    """
    unpaid = _left_unpaid(invoices, seed)
    near = invoices.filter(
        pl.col("total_amount") > 0,
        pl.col("due_on") > since - _LATEST_AFTER_DUE,
        pl.col("due_on") <= until + _EARLIEST_BEFORE_DUE,
    )
    paid = [payment for invoice in near.to_dicts() for payment in _payments_of(invoice, seed, unpaid)]
    return sorted((p for p in paid if since < p.booked_on <= until), key=lambda p: (p.booked_on, p.serial))


def habit_of(invoice_no: int, seed: int) -> str:
    """Return how this invoice is paid: one of the demo's habits."""
    return keyed_random(seed, invoice_no).choice(_HABITS)


def _left_unpaid(invoices: pl.DataFrame, seed: int) -> dict[int, dict[str, Any]]:
    """Return, by the next invoice of its account, each invoice left unpaid that some of its kind pay with that one."""
    earlier = pl.col("invoice_no").shift(1).over("account_id").alias("earlier_no")
    chained = invoices.filter(pl.col("account_id") % _OF_ACCOUNTS == 0, pl.col("total_amount") > 0)
    pairs = chained.sort("invoice_no").select("invoice_no", earlier).drop_nulls()
    by_no = {row["invoice_no"]: row for row in chained.to_dicts()}
    return {no: by_no[before] for no, before in pairs.iter_rows() if habit_of(before, seed) == "never"}


def _payments_of(invoice: dict[str, Any], seed: int, unpaid: dict[int, dict[str, Any]]) -> Iterator[Payment]:
    dice = keyed_random(seed, invoice["invoice_no"])
    habit = dice.choice(_HABITS)
    way = "swish" if dice.random() < 0.08 else "bank"  # noqa: PLR2004 (share of Swish)
    also_bgmax = way == "bank" and dice.random() < 0.6  # noqa: PLR2004 (share that the old infrastructure still clears)
    parts = _parts(habit, invoice, dice)
    if habit == "exactly" and invoice["invoice_no"] in unpaid:
        parts = _with_the_one_before(parts, unpaid[invoice["invoice_no"]])
    for part, (days_after_due, amount, reference) in enumerate(parts, start=1):
        yield Payment(
            booked_on=bank_day(invoice["due_on"] + timedelta(days=days_after_due)),
            amount=amount,
            reference=reference,
            payer_name=invoice["customer_name"][:_NAME_LENGTH].strip(),
            serial=f"{invoice['invoice_no']:010d}{part:02d}",
            way=way,
            also_bgmax=also_bgmax,
        )


def _parts(habit: str, invoice: dict[str, Any], dice: random.Random) -> list[tuple[int, Decimal, str]]:
    """List (days after the due date, amount, reference) of each payment of one invoice."""
    total, ocr = invoice["total_amount"], invoice["ocr_reference"]
    on_time, late = dice.randint(-5, 2), dice.randint(16, 22)
    most = (total * Decimal("0.6")).quantize(_CENT)
    parts = {
        "exactly": [(on_time, total, ocr)],
        "after_reminder": [(late, total, ocr)],
        "after_reminder_with_fee": [(late, total + REMINDER_FEE, ocr)],
        "in_two_parts": [(on_time, most, ocr), (on_time + 12, total - most, ocr)],
        "partly": [(on_time, most, ocr)],
        "twice": [(on_time, total, ocr), (on_time + 3, total, ocr)],
        "twice_the_same_day": [(on_time, total, ocr), (on_time, total, ocr)],
        "too_much": [(on_time, (total / 100).to_integral_value(ROUND_CEILING) * 100 + 100, ocr)],
        "wrong_reference": [(on_time, total, _misread(ocr))],
        "invoice_number_in_text": [(on_time, total, f"faktura {invoice['invoice_no']}")],
        "no_reference": [(on_time, total, "")],
        "leading_zeros": [(on_time, total, f"000{ocr}")],
        "never": [],
    }[habit]
    return [(days, amount.quantize(_CENT), reference) for days, amount, reference in parts if amount > 0]


def _with_the_one_before(
    parts: list[tuple[int, Decimal, str]], before: dict[str, Any]
) -> list[tuple[int, Decimal, str]]:
    """Pay an invoice and the one before it in one payment that names both."""
    return [
        (days, amount + before["total_amount"], f"{before['ocr_reference']} {reference}")
        for days, amount, reference in parts
    ]


def _misread(reference: str) -> str:
    """Read the third digit from the end one too high, so that the check digit is wrong."""
    return reference[:-3] + str((int(reference[-3]) + 1) % 10) + reference[-2:]
