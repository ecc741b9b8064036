"""Seller and buyer of an e-invoice."""

from __future__ import annotations

from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import Buyer
from invoicing.einvoice.electronic_invoice import Party
from invoicing.einvoice.plain_text import plain_text
from schemas.electronic_address import (
    SWEDISH_ORGANISATION,
    ElectronicAddress,
    electronic_address,
    organisation_digits,
)
from schemas.policy import Operator

_F_TAX = "Godkänd för F-skatt"  # as it must be written (SE-R-005)


def seller_party(operator: Operator, *, by_vat: bool, creditor_id: str | None = None) -> Party:
    """Return the operator; without its VAT number on a document of what is outside VAT (BR-O-02).

    `creditor_id`: its identifier as creditor, on a document that is collected by SEPA direct debit.
    """
    digits = operator.registration_no.replace("-", "")
    return Party(
        name=plain_text(operator.legal_name) or operator.legal_name,
        trading_name=None if operator.name == operator.legal_name else plain_text(operator.name),
        street=plain_text(operator.street) or "",
        city=plain_text(operator.city) or "",
        postcode=plain_text(operator.postcode) or "",
        country_code=operator.country_code,
        registration_no=digits,
        registration_scheme=SWEDISH_ORGANISATION,
        vat_no=operator.vat_no if by_vat else None,
        tax_registration=_F_TAX if operator.country_code == "SE" else None,
        address=ElectronicAddress(SWEDISH_ORGANISATION, digits),
        contact_name=plain_text(operator.name),
        phone=plain_text(operator.phone),
        email=plain_text(operator.email),
        creditor_id=creditor_id,
    )


def buyer_party(buyer: Buyer, *, by_vat: bool) -> Party:
    """Return the buyer; personal numbers are left out, they are nobody's business but the operator's.

    Raises DocumentError for an electronic address that is none.
    """
    organisation = organisation_digits(buyer.registration_no) if buyer.country_code == "SE" else None
    abroad = buyer.registration_no if buyer.country_code != "SE" and buyer.category == "corporate" else None
    return Party(
        name=plain_text(buyer.name) or str(buyer.customer_no),
        street=plain_text(buyer.street) or "",
        city=plain_text(buyer.city) or "",
        postcode=plain_text(buyer.postcode) or "",
        country_code=buyer.country_code,
        customer_no=str(buyer.customer_no),
        registration_no=organisation or plain_text(abroad),
        registration_scheme=SWEDISH_ORGANISATION if organisation else None,
        vat_no=buyer.vat_no if by_vat else None,
        address=_address(buyer, organisation),
        email=plain_text(buyer.email),
    )


def _address(buyer: Buyer, organisation: str | None) -> ElectronicAddress | None:
    """Return the address that the buyer gave, else a Swedish organisation's own number."""
    if buyer.electronic_address:
        try:
            return electronic_address(buyer.electronic_address)
        except ValueError as error:
            message = f"customer {buyer.customer_no}: {error}"
            raise DocumentError(message) from None
    return ElectronicAddress(SWEDISH_ORGANISATION, organisation) if organisation else None
