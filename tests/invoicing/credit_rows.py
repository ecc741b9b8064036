"""An invoice to credit: its rows as the lake holds them."""

from datetime import date
from decimal import Decimal

import polars as pl

from schemas import tables

ON, LATER = date(2026, 11, 1), date(2026, 11, 20)


def framed(table, rows):
    """Rows of a table; columns not given are null."""
    return pl.DataFrame([{name: row.get(name) for name in table.names} for row in rows], schema=table.schema)


def invoice(lines, rates, *, number=7, rounding="0.00"):
    """Heads, lines, VAT and parties of an invoice of (net, VAT class) lines; VAT is rounded once per class."""
    classes = dict.fromkeys(name for _, name in lines)
    nets = {name: sum((Decimal(net) for net, of in lines if of == name), Decimal(0)) for name in classes}
    taxes = {name: half_away(net * rates[name] / 100) for name, net in nets.items()}
    net, vat = sum(nets.values()), sum(taxes.values())
    head = {
        "invoice_no": number, "document_kind": "invoice", "account_bucket": 3, "account_id": 20_001,
        "customer_id": 10_001, "billing_date": ON, "invoiced_on": ON, "due_on": LATER, "period_from": ON,
        "period_to": LATER, "currency": "SEK", "exchange_rate": Decimal(1), "vat_treatment": "domestic",
        "net_amount": net, "vat_amount": vat,
        "rounding_amount": Decimal(rounding), "total_amount": net + vat + Decimal(rounding),
        "credit_drawn_amount": Decimal(0), "to_pay_amount": net + vat + Decimal(rounding),
        "ocr_reference": f"{number}34", "seller_no": 1,
    }  # fmt: skip
    made = [
        {"invoice_no": number, "entry_no": entry, "line_group": "usage", "charge_kind": "usage", "article_no": "1001",
         "line_text": "Samtal", "quantity": 3, "duration_s": 60, "usage_kind": "call", "volume_bytes": 0,
         "included_units": 0, "service_from": ON, "service_to": LATER, "amount_ex_vat": Decimal(net), "vat_class": name,
         "net_amount": Decimal(net), "vat_category": "S", "vat_percent": rates[name], "revenue_account": "3041"}
        for entry, (net, name) in enumerate(lines, 1)
    ]  # fmt: skip
    taxed = [
        {"invoice_no": number, "vat_class": name, "vat_category": "S", "vat_percent": rates[name],
         "net_amount": nets[name], "vat_amount": taxes[name], "vat_account": "2611"} for name in classes
    ]  # fmt: skip
    party = {"invoice_no": number, "customer_name": "Åsa", "customer_category": "private", "street": "Gatan 1",
             "postcode": "11342", "city": "Stockholm", "country_code": "SE", "language": "sv",
             "delivery_channel": "paper"}  # fmt: skip
    return (
        framed(tables.INVOICE, [head]), framed(tables.INVOICE_LINE, made), framed(tables.INVOICE_VAT, taxed),
        framed(tables.INVOICE_PARTY, [party]),
    )  # fmt: skip


def half_away(value):
    """Round to 2 decimals, half away from zero."""
    return value.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
