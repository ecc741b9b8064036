"""Which lines of an invoice stand together, and what has been added up at each: the order that a reader asks in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from typing import Any

from invoicing.documents.invoice_page import InvoiceDocument, InvoiceLineText

# What is promised, what came once, what was used within what is included, then beyond it, premium services apart,
# then what the period's terms did, and corrections of earlier invoices last.
ORDER = ("fee", "one_off", "included", "usage", "premium", "commitment", "reduction", "adjustment")

# What tells lines of the group `reduction` apart for their reader.
_TAKEN_OFF = attrgetter(
    "text", "vat_category", "vat_percent", "service_from", "service_to", "usage_kind", "cost_centre", "is_adjustment",
    "is_reduction",
)  # fmt: skip


@dataclass(frozen=True)
class CountedLine:
    """A line, and the sum of it and all lines above it: what is carried where a page ends below it."""

    line: InvoiceLineText
    carried_amount: Decimal


@dataclass(frozen=True)
class LineGroup:
    """Lines that stand together: of one kind (`key` of the texts' [group]), or of one cost centre."""

    key: str
    cost_centre: str | None
    lines: tuple[CountedLine, ...]

    @property
    def net_amount(self) -> Decimal:
        """The sum of the group."""
        return sum((counted.line.net_amount for counted in self.lines), Decimal(0))

    @property
    def rows(self) -> int:
        """How many rows of a table it takes, its heading among them."""
        return 1 + len(self.lines)


def line_groups(document: InvoiceDocument) -> tuple[LineGroup, ...]:
    """Group the lines of a document: by cost centre where they have one, by kind otherwise."""
    lines = _taken_off_once(document.lines)
    by_cost_centre = any(line.cost_centre for line in lines)
    any_included = any(line.included for line in lines)
    found: dict[tuple[str, str | None], list[InvoiceLineText]] = {}
    for line in sorted(lines, key=lambda line: ORDER.index(_group_of(line))):
        key = _group_of(line)
        shown = "beyond" if key == "usage" and any_included else key
        found.setdefault(("cost_centre", line.cost_centre) if by_cost_centre else (shown, None), []).append(line)
    return _counted(sorted(found.items(), key=lambda group: group[0][1] or ""))


def _taken_off_once(lines: Sequence[InvoiceLineText]) -> list[InvoiceLineText]:
    """Make one line of what is taken off at one VAT rate: the ledger has one for each revenue account that bears it.

    The parts of a coupon, a cap or a rebate differ in their amounts only: no quantity of them is shown.
    """
    found: dict[Any, InvoiceLineText] = {}
    for number, line in enumerate(lines):
        key = _TAKEN_OFF(line) if line.line_group == "reduction" else number
        same = found.get(key)
        found[key] = line if same is None else replace(same, net_amount=same.net_amount + line.net_amount)
    return list(found.values())


def _counted(groups: Sequence[tuple[tuple[str, str | None], list[InvoiceLineText]]]) -> tuple[LineGroup, ...]:
    carried = Decimal(0)
    counted = []
    for (key, cost_centre), lines in groups:
        rows = []
        for line in lines:
            carried += line.net_amount
            rows.append(CountedLine(line, carried))
        counted.append(LineGroup(key, cost_centre, tuple(rows)))
    return tuple(counted)


def _group_of(line: InvoiceLineText) -> str:
    """Usage that allowances covered whole is apart from usage that costs."""
    return "included" if line.line_group == "usage" and line.included and not line.net_amount else line.line_group
