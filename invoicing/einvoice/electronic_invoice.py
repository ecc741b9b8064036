"""An e-invoice by its meaning: the business terms of EN 16931 that we use, each with its number (BT, BG).

Both syntaxes are written from it, so that they cannot tell different figures. Amounts are as the buyer reads them:
those of a credit note are positive. Days are inclusive, as the standard wants them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schemas.electronic_address import ElectronicAddress


@dataclass(frozen=True)
class Party:
    """Seller (BG-4) or buyer (BG-7)."""

    name: str  # BT-27, BT-44
    street: str  # BT-35, BT-50
    city: str  # BT-37, BT-52
    postcode: str  # BT-38, BT-53
    country_code: str  # BT-40, BT-55
    trading_name: str | None = None  # BT-28
    customer_no: str | None = None  # BT-46
    creditor_id: str | None = None  # BT-90
    registration_no: str | None = None  # BT-30, BT-47
    registration_scheme: str | None = None  # BT-30-1, BT-47-1
    vat_no: str | None = None  # BT-31, BT-48
    tax_registration: str | None = None  # BT-32
    address: ElectronicAddress | None = None  # BT-34, BT-49
    contact_name: str | None = None  # BT-41
    phone: str | None = None  # BT-42
    email: str | None = None  # BT-43, BT-58


@dataclass(frozen=True)
class Period:
    """Invoicing period (BG-14) or a line's (BG-26), both days included."""

    first: date  # BT-73, BT-134
    last: date  # BT-74, BT-135


@dataclass(frozen=True)
class Preceding:
    """The invoice that a credit note credits (BG-3)."""

    invoice_no: str  # BT-25
    invoiced_on: date  # BT-26


@dataclass(frozen=True)
class Payment:
    """How to pay (BG-16, BG-17), or how it is collected by SEPA direct debit (BG-19)."""

    means_code: str  # BT-81 (UNCL 4461)
    means_text: str  # BT-82
    reference: str  # BT-83
    account: str | None = None  # BT-84
    branch: str | None = None  # BT-86: Swedish giro system, as Peppol wants it
    mandate: str | None = None  # BT-89
    debited_account: str | None = None  # BT-91


@dataclass(frozen=True)
class VatBreakdown:
    """VAT of one category and rate (BG-23)."""

    taxable: Decimal  # BT-116
    tax: Decimal  # BT-117
    category: str  # BT-118
    percent: Decimal  # BT-119
    exemption_text: str | None = None  # BT-120
    exemption_code: str | None = None  # BT-121


@dataclass(frozen=True)
class Totals:
    """Document totals (BG-22)."""

    lines: Decimal  # BT-106
    without_vat: Decimal  # BT-109 = BT-106: reductions and fees are lines of ours, never allowances of the document
    vat: Decimal  # BT-110
    with_vat: Decimal  # BT-112 = BT-109 + BT-110
    prepaid: Decimal  # BT-113
    rounding: Decimal  # BT-114
    due: Decimal  # BT-115 = BT-112 - BT-113 + BT-114
    vat_in_accounting_currency: Decimal | None = None  # BT-111


@dataclass(frozen=True)
class Line:
    """An invoice line (BG-25). Quantity times price is the net amount exactly; a price is never negative (BR-27)."""

    line_id: str  # BT-126
    quantity: Decimal  # BT-129, in units C62 (BT-130)
    net: Decimal  # BT-131
    period: Period
    price: Decimal  # BT-146
    category: str  # BT-151
    percent: Decimal  # BT-152
    name: str  # BT-153
    description: str | None = None  # BT-154
    article_no: str | None = None  # BT-155
    cost_centre: str | None = None  # BT-133


@dataclass(frozen=True)
class ElectronicInvoice:
    """An invoice or credit note as EN 16931 has it."""

    number: str  # BT-1
    issued_on: date  # BT-2
    type_code: str  # BT-3
    currency: str  # BT-5
    due_on: date | None  # BT-9
    seller: Party
    buyer: Party
    period: Period
    lines: tuple[Line, ...]
    vat: tuple[VatBreakdown, ...]
    totals: Totals
    delivered_to: str  # BT-80: the country where the service is used
    accounting_currency: str | None = None  # BT-6
    buyer_reference: str | None = None  # BT-10
    order_reference: str | None = None  # BT-13
    payment_terms: str | None = None  # BT-20
    note: str | None = None  # BT-22
    preceding: Preceding | None = None
    payment: Payment | None = None

    @property
    def is_credit_note(self) -> bool:
        """Whether it is a credit note (381) and not an invoice (380)."""
        return self.type_code == "381"
