"""What an invoice shows (ML 2023:200, 17 kap. 24 §), and how it is taken from the lake's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from invoicing.documents.debit_announcement import DebitAnnouncement
from invoicing.documents.document_error import DocumentError
from invoicing.documents.document_parts import (
    AllowanceUse,
    MonthAmount,
    Section,
    Specification,
    allowance_uses,
    history_of,
    section_parts,
    specification_parts,
)
from invoicing.documents.ocr_line import ocr_line
from invoicing.documents.recipient import Recipient
from schemas.money import to_amount
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
    line_group: str = "usage"
    article_no: str = ""
    vat_category: str = "S"
    vat_percent: Decimal = Decimal(25)
    cost_centre: str | None = None
    used_days: int | None = None
    full_days: int | None = None
    instalments: tuple[tuple[int, int], ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether the line stands on the page: it costs something, or says what was used of an allowance.

        Other usage of 0.00, such as calls to free numbers, is not shown (EECC annex VI A).
        """
        return self.net_amount != 0 or (self.included_units > 0 and not self.is_adjustment)

    @property
    def counted(self) -> int | None:
        """What stands as quantity; data are counted by their volume, what is taken off or given back in part is not."""
        is_taken_off = self.is_reduction or self.line_group == "reduction" or not self.quantity
        return None if is_taken_off or (self.usage_kind == "data" and not self.is_adjustment) else self.quantity

    @property
    def metered(self) -> int:
        """Billed seconds or bytes of a line of usage; messages and events are their quantity."""
        by_kind = {"call": self.duration_s, "data": self.volume_bytes}
        return 0 if self.is_adjustment else by_kind.get(self.usage_kind or "", 0)

    @property
    def included(self) -> int:
        """Units that allowances covered."""
        return 0 if self.is_adjustment else self.included_units

    @property
    def is_part_of_period(self) -> bool:
        """Whether a fee was charged for some days of its period only."""
        return self.used_days is not None and self.full_days is not None and self.used_days < self.full_days

    def turned(self) -> InvoiceLineText:
        """Return the line of a credit note as it is shown: what is given back, as positive figures."""
        figures = ("quantity", "duration_s", "volume_bytes", "included_units")
        return replace(self, net_amount=-self.net_amount, **{name: abs(getattr(self, name)) for name in figures})


@dataclass(frozen=True)
class VatRow:
    """VAT of one rate: taxable amount and tax, and why none is charged where the law wants it said."""

    vat_percent: Decimal
    net_amount: Decimal
    vat_amount: Decimal
    vat_category: str = "S"
    exemption_text: str | None = None

    def turned(self) -> VatRow:
        """Return the row of a credit note as it is shown."""
        return replace(self, net_amount=-self.net_amount, vat_amount=-self.vat_amount)


@dataclass(frozen=True)
class Buyer:
    """The buyer as he was when the invoice was made (INVOICE_PARTY)."""

    customer_no: int
    name: str
    category: str
    street: str
    postcode: str
    city: str
    country_code: str
    language: str
    delivery_channel: str
    registration_no: str | None = None
    vat_no: str | None = None
    email: str | None = None
    buyer_reference: str | None = None
    order_reference: str | None = None
    electronic_address: str | None = None


@dataclass(frozen=True)
class InvoiceDocument:
    """An invoice or credit note as the buyer gets it; the period `[period_from, period_to)` is half-open.

    The amounts of a credit note are negative, as in the lake: what shows them turns the sign. `credited` names the
    invoice it credits, with its date.

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
    buyer: Buyer
    document_kind: str = "invoice"
    credited: tuple[int, date] | None = None
    vat_treatment: str = "domestic"
    exchange_rate: Decimal = Decimal(1)
    credit_drawn_amount: Decimal = Decimal(0)
    rf_reference: str | None = None
    allowances: tuple[AllowanceUse, ...] = ()
    history: tuple[MonthAmount, ...] = ()
    sections: tuple[Section, ...] = ()
    specification: tuple[Specification, ...] = ()
    direct_debit: DebitAnnouncement | None = None

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
    def is_credit_note(self) -> bool:
        """Whether the document gives back what an invoice charged."""
        return self.document_kind == "credit_note"

    @property
    def to_pay_amount(self) -> Decimal:
        """Amount to pay now; nothing for a credit note."""
        return Decimal("0.00") if self.is_credit_note else self.total_amount - self.credit_drawn_amount

    @property
    def vat_in_books(self) -> Decimal:
        """VAT in the currency of the seller's books: an invoice in another one says it (2006/112/EC, article 230)."""
        return to_amount(self.vat_amount * self.exchange_rate)

    def tells_period_of(self, line: InvoiceLineText) -> bool:
        """Whether a line's period must be said: it is not the document's, or usage began before that."""
        if line.line_group in {"usage", "premium"}:
            return line.service_from < self.period_from
        return (line.service_from, line.service_to) != (self.period_from, self.period_to)

    def shown(self) -> InvoiceDocument:
        """Return the document as its reader sees it: a credit note's amounts turned to positive ones."""
        if not self.is_credit_note:
            return self
        amounts = ("net_amount", "vat_amount", "rounding_amount", "total_amount")
        return replace(
            self,
            lines=tuple(line.turned() for line in self.lines),
            vat_rows=tuple(row.turned() for row in self.vat_rows),
            **{name: -getattr(self, name) for name in amounts},
        )

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


@dataclass(frozen=True)
class Snapshot:
    """What documents are made of, as it was when their invoices were: rows of these tables, and sellers by number.

    `invoices` are the documents wanted, `credited` the invoices that credit notes among them credit, `history` INVOICE
    rows of the same accounts. `allowances` has rows of INVOICE_ALLOWANCE, `debit_notices` of DIRECT_DEBIT_NOTICE;
    `sections` and `specification` have what `invoicing.documents.document_parts` says, by `invoice_no`; `instalments`
    tells `instalment_no` and `instalment_count` of lines (`invoice_no`, `entry_no`) that charge some. Frames that are
    not given have no rows.
    """

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    parties: pl.DataFrame
    sellers: Mapping[int, Operator]
    credited: pl.DataFrame
    history: pl.DataFrame = field(default_factory=pl.DataFrame)
    allowances: pl.DataFrame = field(default_factory=pl.DataFrame)
    sections: pl.DataFrame = field(default_factory=pl.DataFrame)
    specification: pl.DataFrame = field(default_factory=pl.DataFrame)
    instalments: pl.DataFrame = field(default_factory=pl.DataFrame)
    debit_notices: pl.DataFrame = field(default_factory=pl.DataFrame)


def invoice_documents(snapshot: Snapshot) -> list[InvoiceDocument]:
    """Return one document per row of `snapshot.invoices`, in their order; rows of other invoices are ignored.

    Raises DocumentError for a missing buyer, a credited invoice that is not given, or a wrong sum.
    """
    taxed = snapshot.vat.sort("invoice_no", "vat_percent", "vat_class", descending=[False, True, False])
    parts = _Parts(
        lines=_by_invoice(snapshot.lines.sort("invoice_no", "entry_no")),
        vat=_by_invoice(taxed),
        parties={row["invoice_no"]: row for row in snapshot.parties.iter_rows(named=True)},
        credited=dict(snapshot.credited.select("invoice_no", "invoiced_on").iter_rows()),
        history=_by_account(snapshot.history),
        allowances=_by_invoice(snapshot.allowances),
        sections=_by_invoice(snapshot.sections),
        specification=_by_invoice(snapshot.specification),
        instalments=_by_line(snapshot.instalments),
        debits={row["invoice_no"]: DebitAnnouncement.of(row) for row in snapshot.debit_notices.iter_rows(named=True)},
    )
    return [
        _invoice_document(row, parts, snapshot.sellers[row["seller_no"]])
        for row in snapshot.invoices.iter_rows(named=True)
    ]


_Rows = dict[int, list[dict[str, Any]]]


@dataclass(frozen=True)
class _Parts:
    """Rows of what documents are made of, by the invoice they belong to, and history by account."""

    lines: _Rows
    vat: _Rows
    parties: dict[int, dict[str, Any]]
    credited: dict[int, date]
    history: dict[int, pl.DataFrame]
    allowances: _Rows
    sections: _Rows
    specification: _Rows
    debits: dict[int, DebitAnnouncement]
    instalments: dict[tuple[int, int], list[tuple[int, int]]]

    def lines_of(self, invoice_no: int) -> tuple[InvoiceLineText, ...]:
        """Return the lines of an invoice that are shown."""
        lines = (
            _line_text(line, self.instalments.get((invoice_no, line["entry_no"]), ()))
            for line in self.lines.get(invoice_no, [])
        )
        return tuple(line for line in lines if line.is_shown)

    def credited_by(self, row: Mapping[str, Any]) -> tuple[int, date] | None:
        """Return number and date of the invoice that a credit note credits."""
        number = row["credits_invoice_no"]
        if number is None:
            return None
        if number not in self.credited:
            message = f"credit note {row['invoice_no']}: invoice {number} that it credits is not among those given"
            raise DocumentError(message)
        return number, self.credited[number]


def _by_account(history: pl.DataFrame) -> dict[int, pl.DataFrame]:
    if history.is_empty():
        return {}
    parted = history.sort("invoiced_on", "invoice_no").partition_by("account_id", as_dict=True)
    return {int(key[0]): rows for key, rows in parted.items()}


def _by_invoice(frame: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["invoice_no"], []).append(row)
    return found


def _by_line(instalments: pl.DataFrame) -> dict[tuple[int, int], list[tuple[int, int]]]:
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in instalments.iter_rows(named=True):
        part = row["instalment_no"], row["instalment_count"]
        found.setdefault((row["invoice_no"], row["entry_no"]), []).append(part)
    return found


def _invoice_document(row: Mapping[str, Any], parts: _Parts, operator: Operator) -> InvoiceDocument:
    same = (
        "document_kind", "invoice_no", "invoiced_on", "due_on", "period_from", "period_to", "currency", "net_amount",
        "vat_amount", "rounding_amount", "total_amount", "ocr_reference", "vat_treatment", "exchange_rate",
        "credit_drawn_amount", "rf_reference",
    )  # fmt: skip
    number = row["invoice_no"]
    if number not in parts.parties:
        message = f"invoice {number}: its buyer is not among the parties given"
        raise DocumentError(message)
    whose = {"customer_id": row["customer_id"], **parts.parties[number]}
    history = parts.history.get(row["account_id"])
    return InvoiceDocument(
        operator=operator,
        recipient=Recipient.of(whose, operator.country_code),
        buyer=_buyer(whose),
        lines=parts.lines_of(number),
        vat_rows=tuple(map(_vat_row, parts.vat.get(number, []))),
        credited=parts.credited_by(row),
        history=() if history is None else history_of(row, history),
        allowances=allowance_uses(parts.allowances.get(number, [])),
        sections=section_parts(parts.sections.get(number, [])),
        specification=specification_parts(parts.specification.get(number, [])),
        direct_debit=parts.debits.get(number),
        **{name: row[name] for name in same},
    )


def _buyer(party: Mapping[str, Any]) -> Buyer:
    same = (
        "street", "postcode", "city", "country_code", "language", "delivery_channel", "registration_no", "vat_no",
        "email", "buyer_reference", "order_reference", "electronic_address",
    )  # fmt: skip
    return Buyer(
        customer_no=party["customer_id"],
        name=party["customer_name"],
        category=party["customer_category"],
        **{name: party[name] for name in same},
    )


def _vat_row(entry: Mapping[str, Any]) -> VatRow:
    return VatRow(
        entry["vat_percent"], entry["net_amount"], entry["vat_amount"], entry["vat_category"], entry["exemption_text"]
    )


def _line_text(line: Mapping[str, Any], instalments: Sequence[tuple[int, int]]) -> InvoiceLineText:
    same = (
        "service_from", "service_to", "quantity", "net_amount", "usage_kind", "duration_s", "volume_bytes",
        "included_units", "line_group", "article_no", "vat_category", "vat_percent", "cost_centre", "used_days",
        "full_days",
    )  # fmt: skip
    return InvoiceLineText(
        text=line["line_text"],
        is_adjustment=line["charge_kind"] in {"adjustment", "basis_change"},
        is_reduction=line["charge_kind"] == "basis_change",
        instalments=tuple(instalments),
        **{name: line[name] for name in same},
    )
