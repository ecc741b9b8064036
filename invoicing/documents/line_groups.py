"""Which lines of an invoice stand together, and what has been added up at each: the order that a reader asks in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoicing.documents.invoice_page import InvoiceDocument, InvoiceLineText

# What is promised, what came once, what was used within what is included, then beyond it, premium services apart,
# then what the period's terms did, and corrections of earlier invoices last.
ORDER = ("fee", "one_off", "included", "usage", "premium", "commitment", "reduction", "adjustment")


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


def line_groups(document: InvoiceDocument) -> tuple[LineGroup, ...]:
    """Group the lines of a document: by cost centre where they have one, by kind otherwise."""
    lines = document.lines
    by_cost_centre = any(line.cost_centre for line in lines)
    any_included = any(line.included for line in lines)
    found: dict[tuple[str, str | None], list[InvoiceLineText]] = {}
    for line in sorted(lines, key=lambda line: ORDER.index(_group_of(line))):
        key = _group_of(line)
        shown = "beyond" if key == "usage" and any_included else key
        found.setdefault(("cost_centre", line.cost_centre) if by_cost_centre else (shown, None), []).append(line)
    return _counted(sorted(found.items(), key=lambda group: group[0][1] or ""))


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
