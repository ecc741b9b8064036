"""Documents as the lake would give them, of all the kinds that an e-invoice must be able to say."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from invoicing.documents.debit_announcement import DebitAnnouncement
from invoicing.documents.invoice_page import Buyer, InvoiceDocument, InvoiceLineText, VatRow
from invoicing.documents.recipient import Recipient
from schemas.policy import Operator

OPERATOR = Operator(
    name="Provnät",
    legal_name="Provnät AB",
    registration_no="559999-0008",
    vat_no="SE559999000801",
    street="Kajplats 7",
    postcode="999 01",
    city="Fjärdhamn",
    country_code="SE",
    email="kund@provnat.example",
    phone="08-465 004 00",
    website="provnat.example",
    bankgiro="991-2346",
    iban="SE4550000000058398257466",
    time_zone="Europe/Stockholm",
    country_calling_code="46",
    national_prefix="0",
    international_prefix="00",
    currency="SEK",
    language="sv",
)
KUNDEN = Buyer(
    10017, "Kunden AB", "corporate", "Kundvägen 2", "41101", "Göteborg", "SE", "sv", "e_invoice",
    registration_no="556000-0167",
)  # fmt: skip
TAMMINEN = replace(
    KUNDEN, customer_no=10018, name="Tamminen Oy", street="Satamakatu 3", postcode="00160", city="Helsinki",
    country_code="FI", language="fi", registration_no="2077474-0", vat_no="FI20774740",
    electronic_address="0216:003720774740",
)  # fmt: skip
SAARI = replace(
    KUNDEN, customer_no=10019, name="Aino Saari", category="private", street="Rantatie 1", postcode="00200",
    city="Helsinki", country_code="FI", language="fi", registration_no="131052-308T",
    electronic_address="0216:003721291126",
)  # fmt: skip
FJORD = replace(
    KUNDEN, customer_no=10020, name="Fjord AS", street="Havnegata 4", postcode="0150", city="Oslo", country_code="NO",
    language="nb", registration_no="923609016", electronic_address="0192:923609016",
)  # fmt: skip
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)


def fee(amount: str, text: str = "Mobil Fri 10 GB", **changes: Any) -> InvoiceLineText:
    """A fee of October, in advance."""
    made = InvoiceLineText(text, OCTOBER, NOVEMBER, 1, Decimal(amount), line_group="fee", article_no="1001")
    return replace(made, **changes)


def calls(amount: str, text: str = "Samtal utlandet", **changes: Any) -> InvoiceLineText:
    """Calls of September, in arrears."""
    made = InvoiceLineText(
        text, SEPTEMBER, OCTOBER, 17, Decimal(amount), usage_kind="call", duration_s=3731, article_no="3003"
    )
    return replace(made, **changes)


def taxed(lines: tuple[InvoiceLineText, ...]) -> tuple[VatRow, ...]:
    """VAT of lines: rounded once per category and rate."""
    keys = dict.fromkeys((line.vat_category, line.vat_percent) for line in lines)
    rows = []
    for category, percent in keys:
        net = sum(line.net_amount for line in lines if (line.vat_category, line.vat_percent) == (category, percent))
        vat = (net * percent / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        rows.append(VatRow(percent, net, vat, category))
    return tuple(rows)


def document(*lines: InvoiceLineText, vat_rows: tuple[VatRow, ...] | None = None, **changes: Any) -> InvoiceDocument:
    """An invoice of 1 October with these lines, or what `changes` make of it."""
    rows = taxed(lines) if vat_rows is None else vat_rows
    net, vat = sum(line.net_amount for line in lines), sum(row.vat_amount for row in rows)
    rounding = changes.pop("rounding_amount", Decimal("0.00"))
    given = {
        "operator": OPERATOR, "recipient": Recipient(10017, "Kunden AB", ("Kundvägen 2", "411 01 Göteborg")),
        "buyer": KUNDEN, "invoice_no": 1000234, "invoiced_on": OCTOBER, "due_on": date(2026, 10, 31),
        "period_from": SEPTEMBER, "period_to": NOVEMBER, "currency": "SEK", "lines": lines, "vat_rows": rows,
        "net_amount": net, "vat_amount": vat, "rounding_amount": rounding, "total_amount": net + vat + rounding,
        "ocr_reference": "100023498",
    }  # fmt: skip
    return InvoiceDocument(**{**given, **changes})


def credit_note(*lines: InvoiceLineText, **changes: Any) -> InvoiceDocument:
    """A credit note of 15 October for invoice 1000234; its lines are negative, as in the lake."""
    of_note = {"document_kind": "credit_note", "invoice_no": 5000001, "invoiced_on": date(2026, 10, 15)}
    return document(*lines, **{**of_note, "credited": (1000234, OCTOBER), **changes})


NOTHING = Decimal(0)
EU_BUSINESS = {"vat_category": "AE", "vat_percent": NOTHING}
FINNISH_RATE = {"vat_percent": Decimal("25.5")}
OUTSIDE = {"vat_category": "O", "vat_percent": NOTHING}
LONG = "Abonnemang för hela kontoret i Göteborg med växel, fast telefoni och mobilt bredband " * 12

DOCUMENTS = {
    "one rate": document(fee("299.20"), calls("23.25")),
    "several rates": document(
        fee("299.20"), calls("23.25"), fee("80.10", "Bok", vat_percent=Decimal(6)),
        fee("40.05", vat_percent=Decimal(12)),
    ),
    "zero rate": document(fee("299.20"), fee("50.00", "Nollskattat", vat_category="Z", vat_percent=NOTHING)),
    "exempt": document(fee("299.20"), fee("50.00", "Försäkring", vat_category="E", vat_percent=NOTHING)),
    "reverse charge": document(
        fee("299.20", **EU_BUSINESS), calls("23.25", **EU_BUSINESS), buyer=TAMMINEN, vat_treatment="reverse_charge"
    ),
    "supply within the EU": document(
        fee("1299.00", "Telefon", line_group="one_off", vat_category="K", vat_percent=NOTHING), buyer=TAMMINEN
    ),
    "export": document(
        fee("1299.00", "Telefon", line_group="one_off", vat_category="G", vat_percent=NOTHING), buyer=FJORD
    ),
    "one-stop shop": document(
        fee("299.20", **FINNISH_RATE), calls("23.25", **FINNISH_RATE), buyer=SAARI, vat_treatment="oss"
    ),
    "outside the EU": document(
        fee("299.20", **OUTSIDE), calls("23.25", **OUTSIDE), buyer=FJORD, vat_treatment="outside_eu"
    ),
    "adjustment and reduction": document(
        fee("299.20"), calls("-12.40", is_adjustment=True, line_group="adjustment", quantity=3),
        fee("-30.00", "Rabatt 10 %", is_reduction=True, line_group="reduction"),
    ),
    "less than nothing": document(fee("10.00"), calls("-99.90", is_adjustment=True, line_group="adjustment")),
    "several of a kind": document(
        fee("897.60", quantity=3), fee("100.00", "Sim-kort", quantity=3, line_group="one_off")
    ),
    "allowance used up": document(
        fee("299.20"), calls("0.00", included_units=3731),
        calls("49.40", "Mobildata", usage_kind="data", duration_s=0, volume_bytes=12_345_678_900,
              included_units=10_000_000_000),
        calls("8.40", "Sms", usage_kind="message", duration_s=0, quantity=1012, included_units=12),
    ),
    "a part of a month": document(fee("154.10", used_days=16, full_days=31, service_from=date(2026, 10, 16))),
    "one day": document(fee("49.00", "Startavgift", line_group="one_off", service_to=OCTOBER)),
    "krona rounding": document(fee("299.10"), rounding_amount=Decimal("0.12")),
    "credit drawn": document(fee("299.20"), calls("23.25"), credit_drawn_amount=Decimal("100.00")),
    "all of it paid by credit": document(fee("299.20"), credit_drawn_amount=Decimal("374.00")),
    "foreign currency": document(
        fee("27.40"), calls("2.05"), currency="EUR", exchange_rate=Decimal("11.23450000"),
        buyer=replace(KUNDEN, language="en"), rf_reference="RF341234561",
    ),
    "foreign currency, reverse charge": document(
        fee("27.40", **EU_BUSINESS), currency="EUR", exchange_rate=Decimal("11.2345"), buyer=TAMMINEN,
        rf_reference="RF341234561",
    ),
    "Autogiro": document(
        fee("299.20"), direct_debit=DebitAnnouncement("autogiro", "20001-1", "50001234567", date(2026, 11, 2))
    ),
    "SEPA direct debit": document(
        fee("27.40", **EU_BUSINESS), currency="EUR", exchange_rate=Decimal("11.2345"), buyer=TAMMINEN,
        rf_reference="RF341234561",
        direct_debit=DebitAnnouncement(
            "sepa", "M-77/2026", "DE89370400440532013000", date(2026, 11, 2), "SE64ZZZ5599990008"
        ),
    ),
    "order number": document(fee("299.20"), buyer=replace(KUNDEN, order_reference="PO-7781")),
    "both references": document(
        fee("299.20"), buyer=replace(KUNDEN, order_reference="PO-7781", buyer_reference="KST-4711")
    ),
    "cost centres": document(fee("299.20", cost_centre="100 Lager"), calls("23.25", cost_centre="200 Sälj")),
    "a rate without a line": document(
        fee("299.20"),
        vat_rows=(
            VatRow(Decimal(25), Decimal("299.20"), Decimal("74.80")), VatRow(NOTHING, NOTHING, NOTHING, "Z"),
        ),
    ),
    "two classes of one rate": document(
        fee("299.20"), calls("23.25"),
        vat_rows=(
            VatRow(Decimal(25), Decimal("299.20"), Decimal("74.80")),
            VatRow(Decimal("25.0000"), Decimal("23.25"), Decimal("5.81")),
        ),
    ),
    "nothing to show": document(vat_rows=(VatRow(Decimal(25), NOTHING, NOTHING),)),
    "long texts": document(fee("299.20", LONG), buyer=replace(KUNDEN, name=LONG[:200], street=LONG[:200])),
    "other scripts": document(
        fee("299.20", "Łódź – Ålesund «€» Ελλάδα 漢字 😀 <&>\x0b\x1f\ud800 'x' \"y\""),
        buyer=replace(KUNDEN, name="Żółć & Søn ☂", street="  Šafaříkova\n12 "),
    ),
    "a whole credit note": credit_note(fee("-299.20"), calls("-23.25")),
    "a credit note of a part": credit_note(calls("-10.00", is_adjustment=True)),
    "a credit note with a line the other way": credit_note(fee("-299.20"), calls("12.40", is_adjustment=True)),
    "a credit note without VAT": credit_note(fee("-299.20", **EU_BUSINESS), buyer=TAMMINEN),
    "a credit note outside VAT": credit_note(fee("-299.20", **OUTSIDE), buyer=FJORD),
    "a credit note in euro": credit_note(fee("-27.40"), currency="EUR", exchange_rate=Decimal("11.2345")),
}  # fmt: skip
