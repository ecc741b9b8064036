"""Invoices of an invented operator, one of each kind: what rendering is measured with and what pictures show.

Figures are drawn by number, so that every document differs and each is the same every time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from invoicing.documents.debit_announcement import DebitAnnouncement
from invoicing.documents.document_parts import (
    AllowanceUse,
    MonthAmount,
    Section,
    SectionLine,
    Specification,
    SpecificationRow,
)
from invoicing.documents.invoice_page import Buyer, InvoiceDocument, InvoiceLineText, VatRow
from invoicing.documents.recipient import Recipient
from schemas.money import to_amount
from schemas.policy import Operator

OPERATOR = Operator(
    name="Fjärdhamn Tele",
    legal_name="Fjärdhamn Tele AB",
    registration_no="559999-0008",
    vat_no="SE559999000801",
    street="Kajplats 7",
    postcode="999 01",
    city="Fjärdhamn",
    country_code="SE",
    email="kund@fjardhamn.example",
    phone="08-465 004 00",
    website="https://fjardhamn.example",
    bankgiro="991-2346",
    iban="SE3550000000054910000003",
    time_zone="Europe/Stockholm",
    country_calling_code="46",
    national_prefix="0",
    international_prefix="00",
    currency="SEK",
    language="sv",
)
_FROM, _TO = date(2026, 9, 1), date(2026, 10, 1)
_STANDARD = Decimal(25)
_LINE = InvoiceLineText("", _FROM, _TO, 1, Decimal(0), line_group="fee")
_CITIES = ("Stockholm", "Göteborg", "Malmö", "Umeå", "Örebro")
_ZONES = ("Mobil i Sverige", "Fast telefon i Sverige", "Norge, mobil", "Finland, fast", "Röstbrevlåda")


def monthly_invoice(number: int = 0, language: str = "sv") -> InvoiceDocument:
    """Return a monthly invoice of one page: fees, usage within and beyond what is included, the year behind it."""
    talked = 3_000 + number * 37 % 6_000
    lines = (
        replace(_LINE, text="Mobil Stor", net_amount=Decimal("239.20")),
        replace(
            _LINE, text="Extra surf 5 GB", net_amount=Decimal("43.35"), service_from=date(2026, 9, 15), used_days=16,
            full_days=30,
        ),
        replace(
            _LINE, text="Samtal till mobil i Sverige", line_group="usage", usage_kind="call", quantity=64,
            duration_s=talked, included_units=talked,
        ),
        replace(
            _LINE, text="Samtal till Norge", line_group="usage", usage_kind="call", quantity=9, duration_s=1_320,
            net_amount=Decimal("41.10") + number % 50,
        ),
        replace(
            _LINE, text="Mobildata inom EU", line_group="usage", usage_kind="data", quantity=311,
            volume_bytes=12_345_678_900, included_units=10_000_000_000, net_amount=Decimal("49.40"),
        ),
        replace(
            _LINE, text="Nummerupplysning", line_group="premium", usage_kind="call", quantity=2, duration_s=190,
            net_amount=Decimal("58.00"),
        ),
    )  # fmt: skip
    allowances = (
        AllowanceUse("Fria samtal", "s", Decimal(18_000), Decimal(talked), Decimal(18_000 - talked), Decimal(3_600)),
        AllowanceUse("Surf", "byte", Decimal(10**10), Decimal(10**10), Decimal(0)),
    )
    street = f"Ängsvägen {1 + number % 97} B"
    city = _CITIES[number % len(_CITIES)]
    buyer = Buyer(
        10_001 + number,
        "Åsa Ödmark",
        "private",
        street,
        "11342",
        city,
        "SE",
        language,
        "paper",
    )
    return replace(document_of(lines, buyer, 1_000_001 + number), allowances=allowances, history=_history(number))


def document_of(
    lines: tuple[InvoiceLineText, ...],
    buyer: Buyer,
    number: int,
    vat_percent: Decimal = _STANDARD,
    category: str = "S",
) -> InvoiceDocument:
    """Add up lines at one VAT rate; the total is rounded to whole kronor."""
    net = sum((line.net_amount for line in lines), Decimal("0.00"))
    vat = to_amount(net * vat_percent / 100)
    total = Decimal(int(net + vat + Decimal("0.5"))).quantize(Decimal("0.01"))
    postcode = f"{buyer.postcode[:3]} {buyer.postcode[3:]}" if buyer.country_code == "SE" else buyer.postcode
    return InvoiceDocument(
        operator=OPERATOR,
        recipient=Recipient(buyer.customer_no, buyer.name, (buyer.street, f"{postcode} {buyer.city}"), buyer.language),
        buyer=buyer,
        invoice_no=number,
        invoiced_on=_TO,
        due_on=date(2026, 10, 31),
        period_from=_FROM,
        period_to=_TO,
        currency="SEK",
        lines=lines,
        vat_rows=(VatRow(vat_percent, net, vat, category),),
        net_amount=net,
        vat_amount=vat,
        rounding_amount=total - net - vat,
        total_amount=total,
        ocr_reference="100023498",
    )


def long_invoice(articles: int = 80) -> InvoiceDocument:
    """Return an invoice of so many lines, on some four pages."""
    lines = tuple(
        replace(
            _LINE, text=f"Samtal till zon {zone}", line_group="usage", usage_kind="call", quantity=zone,
            duration_s=zone * 61, net_amount=Decimal(zone) / 4,
        )
        for zone in range(1, articles + 1)
    )  # fmt: skip
    first = monthly_invoice()
    return replace(document_of((*first.lines, *lines), first.buyer, 1_000_078), history=first.history)


def collected_invoice() -> InvoiceDocument:
    """Return a monthly invoice that is collected by Autogiro: it says so in place of a slip."""
    return replace(
        monthly_invoice(), direct_debit=DebitAnnouncement("autogiro", "20001-1", "50001234567", date(2026, 11, 2))
    )


def credit_note() -> InvoiceDocument:
    """Return a credit note over two lines of a monthly invoice: amounts are negative."""
    first = monthly_invoice()
    given_back = tuple(replace(line, net_amount=-line.net_amount) for line in first.lines[3:5])
    made = document_of(given_back, first.buyer, 3_000_001)
    exact = made.net_amount + made.vat_amount
    return replace(
        made, document_kind="credit_note", credited=(1_000_001, _TO), rounding_amount=Decimal(0), total_amount=exact
    )


def reverse_charge_invoice() -> InvoiceDocument:
    """Return an invoice in euro and English to a German company: no VAT, paid by IBAN with an RF reference."""
    buyer = Buyer(
        10_090, "Nordsee Logistik GmbH", "corporate", "Hafenstraße 12", "20457", "Hamburg", "DE", "en", "email",
        vat_no="DE999999999", buyer_reference="Kst. 4711",
    )  # fmt: skip
    lines = (
        replace(_LINE, text="SIP trunk, 30 channels", net_amount=Decimal("240.00"), vat_category="AE"),
        replace(
            _LINE, text="Calls to Germany, mobile", line_group="usage", usage_kind="call", quantity=1_204,
            duration_s=151_000, net_amount=Decimal("118.46"), vat_category="AE",
        ),
    )  # fmt: skip
    made = document_of(lines, buyer, 1_000_090, Decimal(0), "AE")
    exemption = "Article 196, Directive 2006/112/EC"
    return replace(
        made,
        recipient=replace(made.recipient, address_lines=(*made.recipient.address_lines, "GERMANY")),
        currency="EUR",
        exchange_rate=Decimal("11.05"),
        vat_treatment="reverse_charge",
        vat_rows=(replace(made.vat_rows[0], exemption_text=exemption),),
        rounding_amount=Decimal(0),
        total_amount=made.net_amount,
        rf_reference="RF471000090",
    )


def consolidated_invoice(users: int = 12) -> InvoiceDocument:
    """Return a company's invoice: a line per article and cost centre, then each user of each cost centre."""
    centres = ("100 Huvudkontor", "210 Lager")
    sections = tuple(
        Section(
            user=f"Användare {user + 1}, 070-174 06 {user % 90 + 10}",
            lines=(
                SectionLine("Mobil Företag", 1, Decimal("199.00")),
                SectionLine("Samtal till utlandet", 3 + user, Decimal(2 * user + 4), "call", 300 + 61 * user),
            ),
            cost_centre=centres[user * len(centres) // users],
        )
        for user in range(users)
    )
    lines = []
    for centre in centres:
        own = [section for section in sections if section.cost_centre == centre]
        fees = sum((section.lines[0].net_amount for section in own), Decimal(0))
        calls = sum((section.lines[1].net_amount for section in own), Decimal(0))
        talked = sum(section.lines[1].units for section in own)
        lines.append(replace(_LINE, text="Mobil Företag", quantity=len(own), net_amount=fees, cost_centre=centre))
        lines.append(
            replace(
                _LINE, text="Samtal till utlandet", line_group="usage", usage_kind="call", quantity=40,
                duration_s=talked, net_amount=calls, cost_centre=centre,
            )
        )  # fmt: skip
    buyer = Buyer(
        10_070, "Skärgårdsrederiet AB", "corporate", "Kajen 1", "11130", "Stockholm", "SE", "sv", "email",
        vat_no="SE559999001601", buyer_reference="Inköp 210", order_reference="PO-2026-0917",
    )  # fmt: skip
    made = document_of(tuple(lines), buyer, 1_000_070)
    return replace(made, sections=sections, history=_history(7))


def itemised_invoice(rows: int = 200, number: int = 0) -> InvoiceDocument:
    """Return a monthly invoice with so many itemised calls of two subscriptions."""
    calls = tuple(
        SpecificationRow(
            started_at=datetime(2026, 9, 1, 8, 15, 22) + timedelta(minutes=(43_000 // max(rows, 1)) * row),  # noqa: DTZ001 (the operator's clock)
            number=f"070-174 {row % 90 + 10:02d} xx",
            zone=_ZONES[row % len(_ZONES)],
            units=45 + row * 61 % 900,
            amount_ex_vat=Decimal("0.000000") if row % 3 == 0 else Decimal(row * 137 % 9000) / 10_000,
            is_included=row % 3 == 0,
        )
        for row in range(rows)
    )
    cut = rows // 2
    parts = (Specification("070-174 06 05", calls[:cut]), Specification("070-174 06 06", calls[cut:]))
    return replace(monthly_invoice(number), specification=parts)


def _history(number: int) -> tuple[MonthAmount, ...]:
    """Return twelve months up to September's invoice, which is dated in October."""
    months = [date(2025, month, 1) for month in (11, 12)] + [date(2026, month, 1) for month in range(1, 11)]
    return tuple(
        MonthAmount(month, Decimal(380 + (number * 31 + index * 67) % 260)) for index, month in enumerate(months)
    )
