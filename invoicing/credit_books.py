"""What may still be credited of some invoices, as one credit after the other is granted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from invoicing.credit_notes import Left, Taken, of_amounts, of_lines, taken_back, whole
from schemas.money import to_minor

_HUNDREDTH = Decimal("0.01")


class CreditLimitError(ValueError):
    """More is to be credited than is left: the text says what is, and what to ask for instead."""


@dataclass(frozen=True)
class CreditOrder:
    """What somebody wants credited of an invoice: a line, an amount including VAT, or with neither all that is left.

    `net_amount` is the part of the line `entry_no`, excluding VAT; without it all that is left of the line.
    """

    note: str
    invoice_no: int
    entry_no: int | None = None
    net_amount: Decimal | None = None
    total_amount: Decimal | None = None


class CreditBooks:
    """Grants credits in their order; each is limited by what the ones before have left."""

    def __init__(self, left: Left) -> None:
        self._left = left

    def take(self, order: CreditOrder) -> Taken:
        """Grant a credit and return what it takes back. Raises `CreditLimitError`, and nothing is granted."""
        named = pl.DataFrame({"note": [order.note], "invoice_no": [order.invoice_no]})
        if order.entry_no is not None:
            taken = self._of_line(named, order)
        elif order.total_amount is not None:
            taken = self._of_amount(named, order)
        else:
            taken = self._whole(named, order)
        self._left = self._left.less(taken)
        return taken

    def _whole(self, named: pl.DataFrame, order: CreditOrder) -> Taken:
        lines, vat = whole(named, self._left)
        if vat.is_empty() or self._total_left(order.invoice_no) <= 0:
            raise CreditLimitError(f"invoice {order.invoice_no} is credited whole already")
        return taken_back(lines, self._left, vat)

    def _of_line(self, named: pl.DataFrame, order: CreditOrder) -> Taken:
        lines = self._left.lines.filter(invoice_no=order.invoice_no, entry_no=order.entry_no)
        given_back = -int(lines["net"].sum())
        if given_back > 0:
            text = f"line {order.entry_no} of invoice {order.invoice_no} gives back {_shown(given_back)} itself"
            raise CreditLimitError(f"{text}; credit the lines that it reduces, or the whole invoice")
        # What reduced the invoice (goodwill, a coupon) reduced what may be credited of the lines beside it.
        left = min(int(lines["net"].sum()), self._net_left(order.invoice_no, lines["vat_class"]))
        if left <= 0:
            text = f"line {order.entry_no} of invoice {order.invoice_no} has nothing left to credit"
            raise CreditLimitError(f"{text}: nightbill invoices show")
        wanted = int(lines["net"].sum()) if order.net_amount is None else _minor(order.net_amount)
        if wanted > left:
            text = f"net_amount: {_shown(left)} excluding VAT is left of line {order.entry_no}; credit that or less"
            raise CreditLimitError(text)
        part = named.with_columns(
            pl.lit(order.entry_no, pl.Int64).alias("entry_no"), pl.lit(wanted, pl.Int64).alias("wanted")
        )
        taken, total_left = taken_back(of_lines(part, self._left), self._left), self._total_left(order.invoice_no)
        if int(taken.heads["total"].sum()) > total_left:
            text = (
                f"amount: {_shown(total_left)} including VAT is left of invoice {order.invoice_no}; credit that or less"
            )
            raise CreditLimitError(text)
        return taken

    def _of_amount(self, named: pl.DataFrame, order: CreditOrder) -> Taken:
        wanted, left = _minor(order.total_amount or Decimal(0)), self._total_left(order.invoice_no)
        if wanted == left:
            return self._whole(named, order)
        limit = min(left, self._gross_left(order.invoice_no))
        if wanted > limit:
            text = f"amount: {_shown(limit)} including VAT is left of invoice {order.invoice_no}; credit that or less"
            raise CreditLimitError(text)
        lines, vat = of_amounts(named.with_columns(pl.lit(wanted, pl.Int64).alias("wanted")), self._left)
        return taken_back(lines, self._left, vat)

    def _total_left(self, invoice_no: int) -> int:
        return int(self._left.heads.filter(invoice_no=invoice_no)["total"].sum())

    def _net_left(self, invoice_no: int, vat_class: pl.Series) -> int:
        of_class = self._left.classes.filter(pl.col("vat_class").is_in(vat_class.implode()), invoice_no=invoice_no)
        return int(of_class["net"].sum())

    def _gross_left(self, invoice_no: int) -> int:
        """Return what an amount may be shared over: classes of which something is left, VAT included."""
        positive = self._left.classes.filter(pl.col("net") > 0, invoice_no=invoice_no)
        return int(positive.select((pl.col("net") + pl.col("vat")).sum()).item())


def _minor(amount: Decimal) -> int:
    return int(pl.select(to_minor(pl.lit(amount))).item())


def _shown(minor: int) -> str:
    return f"{minor * _HUNDREDTH:.2f}"
