"""Lines of an e-invoice: quantity and price that multiply to the net amount, and a description in words."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from invoicing.documents.invoice_page import InvoiceLineText
from invoicing.einvoice.electronic_invoice import Line, Period
from invoicing.einvoice.invoice_words import Words
from invoicing.einvoice.plain_text import plain_text

_COUNTED = {"fee", "one_off"}
_PRICE_STEP = Decimal("0.000001")
_DAY = timedelta(days=1)
_MEGABYTE = 10**6


def line_terms(number: int, line: InvoiceLineText, sign: int, words: Words, decimal_mark: str) -> Line:
    """Return a line of an invoice (`sign` 1) or credit note (`sign` -1), which is line `number` of it."""
    net = sign * line.net_amount
    quantity, price = quantity_and_price(line, net)
    return Line(
        line_id=str(number),
        quantity=quantity,
        net=net,
        period=Period(line.service_from, last_day(line)),
        price=price,
        category=line.vat_category,
        percent=line.vat_percent,
        name=plain_text(line.text) or plain_text(line.article_no) or "-",
        description=_description(line, words, decimal_mark),
        article_no=plain_text(line.article_no),
        cost_centre=plain_text(line.cost_centre),
    )


def quantity_and_price(line: InvoiceLineText, net: Decimal) -> tuple[Decimal, Decimal]:
    """Return quantity and price of a line with a net amount.

    Fees and one-off charges are counted where that gives an exact price. Anything else is one of it at its amount: the
    price of a call is no price of the line, and Peppol wants quantity times price to be the net amount (R120). What is
    taken off has a negative quantity, because a price may not be negative (BR-27).
    """
    count = abs(line.quantity) if line.line_group in _COUNTED and line.usage_kind is None else 1
    price = (abs(net) / (count or 1)).quantize(_PRICE_STEP)
    if count == 0 or price * count != abs(net):
        count, price = 1, abs(net)
    return Decimal(-count if net < 0 else count), price


def last_day(line: InvoiceLineText) -> date:
    """Return the last day of a line's period; what happens on one day begins and ends on it."""
    return max(line.service_from, line.service_to - _DAY)


def _description(line: InvoiceLineText, words: Words, decimal_mark: str) -> str | None:
    parts = [*_days(line, words), *_usage(line, words, decimal_mark)]
    return ", ".join(parts) or None


def _days(line: InvoiceLineText, words: Words) -> list[str]:
    if line.used_days is None or line.full_days is None or line.used_days == line.full_days:
        return []
    return [words.days.format(used=line.used_days, full=line.full_days)]


def _usage(line: InvoiceLineText, words: Words, decimal_mark: str) -> list[str]:
    """Say what was used of a line of usage and how much of it was included; an adjustment counts nothing."""
    if line.usage_kind is None or line.is_adjustment:
        return []
    counted = [words.calls.format(count=abs(line.quantity))] if line.usage_kind == "call" else []
    used = _figure(line, _used(line), decimal_mark)
    included = _figure(line, line.included, decimal_mark)
    return [
        *counted,
        words.used.format(figure=used),
        *([words.included.format(figure=included)] if line.included else []),
    ]


def _figure(line: InvoiceLineText, units: int, decimal_mark: str) -> str:
    """Write seconds, bytes or a number of messages; those of a credit note may be negative."""
    if line.usage_kind == "call":
        return _duration(abs(units))
    return _volume(abs(units), decimal_mark) if line.usage_kind == "data" else str(abs(units))


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _volume(volume_bytes: int, decimal_mark: str) -> str:
    return f"{Decimal(volume_bytes) / _MEGABYTE:.2f} MB".replace(".", decimal_mark)


def _used(line: InvoiceLineText) -> int:
    return line.metered if line.usage_kind in {"call", "data"} else line.quantity
