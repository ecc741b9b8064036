"""Invoices that the demo's customers could have had: one each, every night, of 10 to 900 kronor."""

from datetime import timedelta
from decimal import Decimal

import polars as pl

from pipelines.demo.nights import NIGHTS
from schemas.ocr_reference import ocr_reference

_SCHEMA = {
    "invoice_no": pl.Int64,
    "account_id": pl.Int64,
    "ocr_reference": pl.String,
    "total_amount": pl.Decimal(18, 2),
    "due_on": pl.Date,
    "invoiced_on": pl.Date,
    "customer_name": pl.String,
}


def invoices_of_demo(operator):
    bills = [(night, customer) for night in NIGHTS for customer in operator.people if customer.ordinal % 3 == 0]
    rows = [
        {
            "invoice_no": no,
            "account_id": 20001 + customer.ordinal,
            "ocr_reference": ocr_reference(no),
            "total_amount": Decimal(10 + no * 37 % 891),
            "due_on": night + timedelta(days=20),
            "invoiced_on": night,
            "customer_name": customer.name,
        }
        for no, (night, customer) in enumerate(bills, start=1000001)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)
