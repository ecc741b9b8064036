"""What an invoice shows (ML 2023:200, 17 kap. 24 §), and how it is taken from the lake's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from invoicing.documents.document_error import DocumentError
from invoicing.documents.ocr_line import ocr_line
from invoicing.documents.recipient import Recipient, recipient_of, recipients
from schemas.policy import Operator


@dataclass(frozen=True)
class InvoiceLineText:
    """One line: an article, its half-open period, number of calls or periods, and amount excluding VAT.

    A line of usage names its kind (`schemas.codes.USAGE_KINDS`), what was billed of it in seconds or bytes, and the
    units that allowances covered. An adjustment corrects usage of earlier invoices, or (`is_reduction`) takes off what
    was agreed before this one was sent: of it only the amount counts.
    """

    text: str
    service_from: date
    service_to: date
    quantity: int
    net_amount: Decimal
    usage_kind: str | None = None
    duration_s: int = 0
    volume_bytes: int = 0
    included_units: int = 0
    is_adjustment: bool = False
    is_reduction: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether the line stands on the page: it costs something, or says what was used of an allowance.

        Other usage of 0.00, such as calls to free numbers, is not shown (EECC annex VI A).
        """
        return self.net_amount != 0 or (self.included_units > 0 and not self.is_adjustment)

    @property
    def counted(self) -> int | None:
        """What stands as quantity; data are counted by their volume, and what is taken off is not counted."""
        return None if self.is_reduction or (self.usage_kind == "data" and not self.is_adjustment) else self.quantity

    @property
    def metered(self) -> int:
        """Billed seconds or bytes of a line of usage; messages and events are their quantity."""
        by_kind = {"call": self.duration_s, "data": self.volume_bytes}
        return 0 if self.is_adjustment else by_kind.get(self.usage_kind or "", 0)

    @property
    def included(self) -> int:
        """Units that allowances covered."""
        return 0 if self.is_adjustment else self.included_units


@dataclass(frozen=True)
class VatRow:
    """VAT of one rate: taxable amount and tax."""

    vat_percent: Decimal
    net_amount: Decimal
    vat_amount: Decimal


@dataclass(frozen=True)
class InvoiceDocument:
    """An invoice as the customer reads it; the period `[period_from, period_to)` is half-open.

    Raises DocumentError when its figures do not add up: an invoice is not sent with a wrong sum.
    """

    operator: Operator
    recipient: Recipient
    invoice_no: int
    invoiced_on: date
    due_on: date
    period_from: date
    period_to: date
    currency: str
    lines: tuple[InvoiceLineText, ...]
    vat_rows: tuple[VatRow, ...]
    net_amount: Decimal
    vat_amount: Decimal
    rounding_amount: Decimal
    total_amount: Decimal
    ocr_reference: str

    def __post_init__(self) -> None:
        self._must_equal("lines", sum(line.net_amount for line in self.lines), self.net_amount)
        self._must_equal("taxable amounts", sum(row.net_amount for row in self.vat_rows), self.net_amount)
        self._must_equal("VAT rows", sum(row.vat_amount for row in self.vat_rows), self.vat_amount)
        parts = self.net_amount + self.vat_amount + self.rounding_amount
        self._must_equal("net, VAT and rounding", parts, self.total_amount)

    @property
    def dated_on(self) -> date:
        """Date of the letter."""
        return self.invoiced_on

    @property
    def is_telephony(self) -> bool:
        """Whether calls are the only usage, so that what was used is talk time."""
        return all(line.usage_kind in {None, "call"} for line in self.lines)

    @property
    def to_pay_amount(self) -> Decimal:
        """Amount to pay now."""
        return self.total_amount

    @property
    def ocr_line(self) -> str:
        """The payment slip's machine-readable line."""
        return ocr_line(self.ocr_reference, self.to_pay_amount, self.operator.bankgiro)

    def _must_equal(self, what: str, figure: Decimal | int, expected: Decimal) -> None:
        if figure != expected:
            message = (
                f"invoice {self.invoice_no}: {what} make {figure}, not {expected} (difference {figure - expected})"
            )
            raise DocumentError(message)


def invoice_documents(
    invoices: pl.DataFrame,
    lines: pl.DataFrame,
    vat: pl.DataFrame,
    customers: pl.DataFrame,
    operator: Operator,
) -> list[InvoiceDocument]:
    """Return one document per row of `invoices`, in their order.

    Frames have the columns of INVOICE, INVOICE_LINE, INVOICE_VAT and CUSTOMER (`schemas.tables`); rows of
    other invoices or customers are ignored. Raises DocumentError for a missing customer or a wrong sum.
    """
    recipient_by_id = recipients(customers, operator.country_code)
    lines_by_no = _by_invoice(lines.sort("invoice_no", "entry_no"))
    vat_by_no = _by_invoice(vat.sort("invoice_no", "vat_percent", "vat_class", descending=[False, True, False]))
    return [
        _invoice_document(
            row,
            lines_by_no.get(row["invoice_no"], []),
            vat_by_no.get(row["invoice_no"], []),
            recipient_of(recipient_by_id, row["customer_id"], row["invoice_no"]),
            operator,
        )
        for row in invoices.iter_rows(named=True)
    ]


def _by_invoice(frame: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["invoice_no"], []).append(row)
    return found


def _invoice_document(
    row: Mapping[str, Any],
    lines: list[dict[str, Any]],
    vat: list[dict[str, Any]],
    recipient: Recipient,
    operator: Operator,
) -> InvoiceDocument:
    return InvoiceDocument(
        operator=operator,
        recipient=recipient,
        invoice_no=row["invoice_no"],
        invoiced_on=row["invoiced_on"],
        due_on=row["due_on"],
        period_from=row["period_from"],
        period_to=row["period_to"],
        currency=row["currency"],
        lines=tuple(line for line in map(_line_text, lines) if line.is_shown),
        vat_rows=tuple(VatRow(entry["vat_percent"], entry["net_amount"], entry["vat_amount"]) for entry in vat),
        net_amount=row["net_amount"],
        vat_amount=row["vat_amount"],
        rounding_amount=row["rounding_amount"],
        total_amount=row["total_amount"],
        ocr_reference=row["ocr_reference"],
    )


def _line_text(line: Mapping[str, Any]) -> InvoiceLineText:
    return InvoiceLineText(
        text=line["line_text"],
        service_from=line["service_from"],
        service_to=line["service_to"],
        quantity=line["quantity"],
        net_amount=line["net_amount"],
        usage_kind=line["usage_kind"],
        duration_s=line["duration_s"],
        volume_bytes=line["volume_bytes"],
        included_units=line["included_units"],
        is_adjustment=line["charge_kind"] in {"adjustment", "basis_change"},
        is_reduction=line["charge_kind"] == "basis_change",
    )
