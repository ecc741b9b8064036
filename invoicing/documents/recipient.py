"""Who a letter goes to, as it stands in the window of the envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import polars as pl
from babel import Locale

from invoicing.documents.document_error import DocumentError

_POSTCODE_DIGITS = 5
# The name of a country stands in capitals, in a language that the posts of both countries read.
_COUNTRIES = Locale.parse("en").territories


@dataclass(frozen=True)
class Recipient:
    """Name, address lines below it, customer number, and the language that he reads (ISO 639)."""

    customer_no: int
    name: str
    address_lines: tuple[str, ...]
    language: str = "sv"

    @classmethod
    def of(cls, customer: Mapping[str, Any], home_country: str) -> Self:
        """Take a recipient from a row of `customer`; the country is written only on letters abroad."""
        postcode = customer["postcode"].strip()
        if customer["country_code"] == "SE" and postcode.isdigit() and len(postcode) == _POSTCODE_DIGITS:
            postcode = f"{postcode[:3]} {postcode[3:]}"
        lines = [customer["street"], f"{postcode} {customer['city']}"]
        if customer["country_code"] != home_country:
            lines.append(_COUNTRIES.get(customer["country_code"], customer["country_code"]).upper())
        shown = tuple(line for line in lines if line.strip())
        return cls(customer["customer_id"], customer["customer_name"], shown, customer["language"])


def recipients(customers: pl.DataFrame, home_country: str) -> dict[int, Recipient]:
    """Return recipients by `customer_id` from `customer` rows."""
    return {row["customer_id"]: Recipient.of(row, home_country) for row in customers.iter_rows(named=True)}


def recipient_of(found: Mapping[int, Recipient], customer_id: int, invoice_no: int) -> Recipient:
    """Return a document's recipient. Raises DocumentError when the customer is not in the register."""
    try:
        return found[customer_id]
    except KeyError:
        message = f"invoice {invoice_no}: customer {customer_id} is not among the customers given"
        raise DocumentError(message) from None
