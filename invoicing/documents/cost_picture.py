"""Two small pictures of an invoice: what the cost is made of, and the last twelve months. Shapes, and their words.

The figures stand beside the shapes as text, so that a picture need not be seen; what it shows is its title (PDF/UA).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from invoicing.documents.document_parts import MONTHS_SHOWN, MonthAmount
from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.documents.line_groups import ORDER

MOST_KINDS = 5
_FEWEST_KINDS = 2
_FEWEST_MONTHS = 2
# Tenths of a millimetre, as the style sheet sizes the pictures.
_WIDTH, _PITCH, _THICKNESS = 300, 38, 18
_SLOT, _BAR, _HEIGHT = 55, 39, 130
_KINDS_OF_USAGE = {"call": "calls", "data": "data", "message": "messages", "event": "events"}


@dataclass(frozen=True)
class KindAmount:
    """What one kind of cost (a key of the texts' [kind]) makes of the sum without VAT."""

    kind: str
    amount: Decimal


def costs_by_kind(document: InvoiceDocument) -> tuple[KindAmount, ...]:
    """Add up what was charged by kind, in the order of the page.

    What was taken off or corrected is no cost. Fewer than two kinds make no picture; a sixth one and more are `other`.
    """
    amounts: dict[str, Decimal] = {}
    for line in sorted(document.lines, key=lambda line: ORDER.index(line.line_group)):
        kind = _KINDS_OF_USAGE.get(line.usage_kind or "", "calls") if line.line_group == "usage" else line.line_group
        amounts[kind] = amounts.get(kind, Decimal(0)) + line.net_amount
    found = [KindAmount(kind, amount) for kind, amount in amounts.items() if amount > 0]
    if len(found) > MOST_KINDS:
        rest = sum((one.amount for one in found[MOST_KINDS - 1 :]), Decimal(0))
        found = [*found[: MOST_KINDS - 1], KindAmount("other", rest)]
    return tuple(found) if len(found) >= _FEWEST_KINDS else ()


def months_shown(document: InvoiceDocument) -> tuple[MonthAmount, ...]:
    """Return the months worth a picture: at least two, of which one cost something."""
    months = document.history
    return months if len(months) >= _FEWEST_MONTHS and any(month.amount > 0 for month in months) else ()


def bars_by_kind(kinds: Sequence[KindAmount], title: str, colour: str) -> Markup:
    """Draw one bar a kind, below each other; the longest fills the width."""
    longest = max(kind.amount for kind in kinds)
    lengths = [max(1, int(kind.amount * _WIDTH / longest)) for kind in kinds]
    strokes = [f"M0 {row * _PITCH + _PITCH // 2}h{length}" for row, length in enumerate(lengths)]
    return _svg(_WIDTH, _PITCH * len(kinds), title, _THICKNESS, [(colour, "".join(strokes))])


def bars_by_month(months: Sequence[MonthAmount], title: str, colour: str, past: str) -> Markup:
    """Draw one bar a month, the last one in `colour`, those before it in `past`; the tallest fills the height."""
    tallest = max(month.amount for month in months)
    heights = [max(1, int(max(month.amount, Decimal(0)) * (_HEIGHT - 1) / tallest)) for month in months]
    strokes = [f"M{at * _SLOT + _BAR / 2} {_HEIGHT}v-{height}" for at, height in enumerate(heights)]
    return _svg(_SLOT * MONTHS_SHOWN, _HEIGHT, title, _BAR, [(past, "".join(strokes[:-1])), (colour, strokes[-1])])


def _svg(width: int, height: int, title: str, thickness: int, paths: Sequence[tuple[str, str]]) -> Markup:
    shapes = "".join(
        f'<path fill="none" stroke="{colour}" stroke-width="{thickness}" d="{path}"/>' for colour, path in paths if path
    )
    return Markup(  # noqa: S704 (the title is escaped, all else is ours)
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><title>{escape(title)}</title>'
        f"{shapes}</svg>"
    )
