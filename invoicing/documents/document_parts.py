"""What an invoice shows beside its lines: allowances, the year behind it, its users, and the calls themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class AllowanceUse:
    """What was included in a period: granted (with what was saved), used, left, and saved for the next period.

    Quantities are in `unit` (`schemas.codes.ALLOWANCE_UNITS`), or amounts of money; `number` is whose allowance it is,
    none where the account shares it.
    """

    name: str
    unit: str
    granted: Decimal
    used: Decimal
    left: Decimal
    rolled_over: Decimal = Decimal(0)
    number: str | None = None


@dataclass(frozen=True)
class MonthAmount:
    """What was invoiced in a month, VAT included, less what was credited; `month` is its first day."""

    month: date
    amount: Decimal


@dataclass(frozen=True)
class SectionLine:
    """What one user's use of an article cost: quantity, units of its kind of usage, amount excluding VAT."""

    text: str
    quantity: int
    net_amount: Decimal
    usage_kind: str | None = None
    units: int = 0


@dataclass(frozen=True)
class Section:
    """A part of a consolidated invoice: a user (a name, a number) of a cost centre, and his lines."""

    user: str
    lines: tuple[SectionLine, ...]
    cost_centre: str | None = None

    @property
    def net_amount(self) -> Decimal:
        """The user's sum, excluding VAT."""
        return sum((line.net_amount for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class SpecificationRow:
    """A call, message or session: begun on the operator's clock, number as masked by policy, zone, units, charge.

    `amount_ex_vat` has the decimals of the charge, so that rows add up to the invoice's line before it is rounded. What
    is not a record (`row_kind`, see `invoicing.call_specification`) has no time, number or units.
    """

    started_at: datetime | None
    number: str
    zone: str
    units: int
    amount_ex_vat: Decimal
    usage_kind: str = "call"
    is_included: bool = False
    row_kind: str = "record"


@dataclass(frozen=True)
class Specification:
    """The itemised calls of one subscription or user; without a title, what rounding adds to the invoice's lines."""

    title: str
    rows: tuple[SpecificationRow, ...]


def allowance_uses(rows: Iterable[Mapping[str, Any]]) -> tuple[AllowanceUse, ...]:
    """Take what was included from rows with the columns of INVOICE_ALLOWANCE, in their order."""
    return tuple(
        AllowanceUse(
            name=row["allowance_name"],
            unit=row["allowance_unit"],
            granted=row["granted_quantity"],
            used=row["used_quantity"],
            left=row["left_quantity"],
            rolled_over=row["rolled_over_quantity"],
            number=row["a_number"],
        )
        for row in rows
    )


def history_of(invoice: Mapping[str, Any], history: pl.DataFrame) -> tuple[MonthAmount, ...]:
    """Add up the last twelve months of an account, by the month of the invoice date; this invoice's comes last.

    `history` has INVOICE rows of the account. Counted are invoices with numbers up to this one's, and credit notes
    dated before it: whatever comes later, the same document shows the same months. Months before the first are left
    out.
    """
    last = invoice["invoiced_on"].replace(day=1)
    months = [_months_before(last, back) for back in range(MONTHS_SHOWN - 1, -1, -1)]
    totals = dict.fromkeys(months, Decimal(0))
    first: date | None = None
    for row in history.iter_rows(named=True):
        month = row["invoiced_on"].replace(day=1)
        if month in totals and _is_before(row, invoice):
            totals[month] += row["total_amount"]
            first = month if first is None else min(first, month)
    return tuple(MonthAmount(month, amount) for month, amount in totals.items() if first is not None and month >= first)


def section_parts(rows: Iterable[Mapping[str, Any]]) -> tuple[Section, ...]:
    """Take sections from rows with the fields of `SectionLine`, `line_text`, `user_name` and `cost_centre`.

    Rows of a user stand together; sections keep the order of the rows. Usage that costs nothing is left out, as calls
    to free numbers are on the invoice (EECC annex VI A).
    """
    lines: dict[tuple[str | None, str], list[SectionLine]] = {}
    for row in rows:
        if row["usage_kind"] and not row["net_amount"]:
            continue
        line = SectionLine(row["line_text"], row["quantity"], row["net_amount"], row["usage_kind"], row["units"] or 0)
        lines.setdefault((row["cost_centre"], row["user_name"]), []).append(line)
    return tuple(Section(user, tuple(found), cost_centre) for (cost_centre, user), found in lines.items())


def specification_parts(rows: Iterable[Mapping[str, Any]]) -> tuple[Specification, ...]:
    """Take itemised calls from rows with `specified_for` (a number or user) and the fields of `SpecificationRow`.

    `started_at` is on the operator's clock, `b_number` masked already. Parts keep the order of the rows.
    """
    found: dict[str, list[SpecificationRow]] = {}
    for row in rows:
        found.setdefault(row["specified_for"], []).append(
            SpecificationRow(
                started_at=row["started_at"],
                number=row["b_number"] or "",
                zone=row["zone_name"] or "",
                units=row["units"] or 0,
                amount_ex_vat=row["amount_ex_vat"],
                usage_kind=row["usage_kind"] or "call",
                is_included=row["is_included"],
                row_kind=row.get("row_kind", "record"),
            )
        )
    return tuple(Specification(title, tuple(rows_of)) for title, rows_of in found.items())


def _is_before(row: Mapping[str, Any], invoice: Mapping[str, Any]) -> bool:
    if row["document_kind"] == "credit_note":
        return bool(row["invoiced_on"] < invoice["invoiced_on"])
    return bool(row["invoice_no"] <= invoice["invoice_no"])


def _months_before(month: date, back: int) -> date:
    years, index = divmod(month.year * 12 + month.month - 1 - back, 12)
    return date(years, index + 1, 1)
