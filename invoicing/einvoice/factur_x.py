"""What makes a PDF a Factur-X or ZUGFeRD invoice: the CII inside it, and metadata that name it (Factur-X 1.0, 6.2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.einvoice.cii import cii_invoice

_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": ("factur-x.xml", "Name of the embedded XML document"),
    "DocumentType": ("INVOICE", "Type of the hybrid document"),
    "Version": ("1.0", "Version of the standard of the embedded XML document"),
    "ConformanceLevel": ("EN 16931", "Profile of the embedded XML document"),
}
# Germany takes the file for another form of the invoice; elsewhere it is the page's data.
_RELATIONSHIPS = {"DE": "Alternative"}


class FacturX(NamedTuple):
    """A file for the inside of a PDF, and what the PDF's XMP says of it.

    `xmp_description` is an `rdf:Description`, `xmp_schema` the `rdf:li` that tells PDF/A what its properties are; the
    prefixes rdf, pdfaSchema and pdfaProperty must be declared around them.
    """

    name: str
    content: bytes
    relationship: str
    description: str
    xmp_description: str
    xmp_schema: str


def takes_factur_x(document: InvoiceDocument, countries: Collection[str]) -> bool:
    """Tell whether a PDF gets the file: the buyer is a business in one of the countries of the policy."""
    return document.buyer.category == "corporate" and document.buyer.country_code in countries


def factur_x(document: InvoiceDocument) -> FacturX:
    """Return the Factur-X file of a document (profile EN 16931). Raises DocumentError as `cii_invoice` does."""
    return FacturX(
        name=_PROPERTIES["DocumentFileName"][0],
        content=cii_invoice(document),
        relationship=_RELATIONSHIPS.get(document.buyer.country_code, "Data"),
        description=f"Factur-X {document.invoice_no}",
        xmp_description=_description(),
        xmp_schema=_schema(),
    )


def _description() -> str:
    told = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _) in _PROPERTIES.items())
    return f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{told}</rdf:Description>'


def _schema() -> str:
    properties = "".join(_property(name, meaning) for name, (_, meaning) in _PROPERTIES.items())
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


def _property(name: str, meaning: str) -> str:
    return (
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
    )
