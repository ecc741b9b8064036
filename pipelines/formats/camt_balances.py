"""Balances of a camt.053: what its booked entries must lead from and to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pipelines.formats.camt_controls import is_paged
from pipelines.formats.camt_elements import Element, amount_in, children, day_at, text_at
from pipelines.formats.camt_transactions import status_of
from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.file_faults import unreadable, wrong_totals

_OPENING, _CLOSING, _BETWEEN = ("OPBD", "PRCD"), ("CLBD",), "ITBD"


class Balances(NamedTuple):
    """Balance before and after the booked entries of a statement, and the days they are of; of a page None."""

    opening: Decimal | None
    closing: Decimal | None
    opened_on: date | None
    closed_on: date | None


def balances_of(statement: Element) -> Balances:
    """Read the opening balance (OPBD, else the previous closing one, PRCD) and the closing one (CLBD).

    Pages of a statement may have an interim balance (ITBD) instead, or none. Raises `FileFaultError`: UNREADABLE where
    one is missing, WRONG_TOTALS where opening balance and booked entries do not give the closing one.
    """
    opening, closing = _balance(statement, *_OPENING), _balance(statement, *_CLOSING)
    if is_paged(statement):
        interim = [each for each in children(statement, "Bal") if _type(each) == _BETWEEN]
        opening = opening if opening is not None else (interim[0] if interim else None)
        closing = closing if closing is not None else (interim[-1] if interim else None)
    elif opening is None or closing is None:
        wanted = "OPBD or PRCD" if opening is None else "CLBD"
        raise unreadable(f"statement on line {statement.sourceline}: it has no balance {wanted}")
    before, after = (None if each is None else _signed(each) for each in (opening, closing))
    if before is not None and after is not None and opening is not closing:
        _check(statement, before, after)
    days = (None if each is None else day_at(each, "Dt/Dt", "Dt/DtTm") for each in (opening, closing))
    return Balances(before, after, *days)


def entry_amount(entry: Element) -> Decimal:
    """Return the signed amount of an entry. Raises `FileFaultError` (UNREADABLE) where it has none, or no direction."""
    return _signed(entry)


def booked_entries(statement: Element) -> list[Element]:
    """Return the entries that the bank has booked."""
    return [entry for entry in children(statement, "Ntry") if status_of(entry) == "BOOK"]


def _check(statement: Element, before: Decimal, after: Decimal) -> None:
    moved = sum((entry_amount(entry) for entry in booked_entries(statement)), Decimal(0))
    if before + moved != after:
        place = f"statement on line {statement.sourceline}: closing balance (opening {before}, booked entries {moved})"
        raise wrong_totals(place, after, before + moved)


def _balance(statement: Element, *types: str) -> Element | None:
    found = {kind: each for each in reversed(children(statement, "Bal")) if (kind := _type(each)) in types}
    return next((found[kind] for kind in types if kind in found), None)


def _type(balance: Element) -> str | None:
    return text_at(balance, "Tp/CdOrPrtry/Cd") or text_at(balance, "Tp/CdOrPrtry/Prtry")


def _signed(element: Element) -> Decimal:
    figure, _ = amount_in(element)
    number = decimal_of(figure)
    amount = Decimal("0.00") if number == 0 else exact_amount(number)
    if amount is None:
        raise unreadable(f"line {element.sourceline}: {figure or 'nothing'} is not an amount with at most 2 decimals")
    direction = text_at(element, "CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        place = f"line {element.sourceline}: CdtDbtInd"
        raise unreadable(f"{place} is {direction or 'missing'}, neither CRDT nor DBIT")
    return -amount if direction == "DBIT" else amount
