"""UBL 2.1 as Peppol BIS Billing 3.0 wants it (docs.peppol.eu/poacc/billing/3.0)."""

from __future__ import annotations

from decimal import Decimal

from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.einvoice.document_terms import electronic_invoice
from invoicing.einvoice.electronic_invoice import ElectronicInvoice, Line, Party, Payment, Period, VatBreakdown
from invoicing.einvoice.plain_text import plain_amount, plain_figure, plain_price
from invoicing.einvoice.vat_terms import OUTSIDE_VAT
from invoicing.einvoice.xml_tree import Parts, XmlWriter, xml_bytes

CORE = "urn:cen.eu:en16931:2017"
PEPPOL = f"{CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd"
_SWEDISH_RATES = {Decimal(6), Decimal(12), Decimal(25)}


def ubl_invoice(document: InvoiceDocument) -> bytes:
    """Return the UBL of a document: root Invoice or CreditNote, always the same bytes.

    Raises DocumentError for a buyer without electronic address (R010, R020) and as `electronic_invoice` does.
    """
    invoice = electronic_invoice(document)
    if invoice.buyer.address is None:
        message = (
            f"invoice {document.invoice_no}: customer {document.buyer.customer_no} has no electronic address to send "
            "an e-invoice to (R010); set electronic_address with update_details, or another delivery channel"
        )
        raise DocumentError(message)
    return _UblWriter(invoice).written()


def specification(invoice: ElectronicInvoice) -> str:
    """Return the specification a document keeps to (BT-24).

    Peppol knows Swedish rates only of a Swedish seller (SE-R-006): an invoice at another country's rate (one-stop shop)
    keeps to the European standard, without Peppol's additions.
    """
    rates = {each.percent for each in invoice.vat if each.category == "S"}
    return CORE if invoice.seller.country_code == "SE" and rates - _SWEDISH_RATES else PEPPOL


class _UblWriter:
    """Writes one e-invoice."""

    def __init__(self, invoice: ElectronicInvoice) -> None:
        self._invoice = invoice
        self._root = "CreditNote" if invoice.is_credit_note else "Invoice"
        self._xml = XmlWriter(
            {
                None: f"{_SCHEMA}:{self._root}-2",
                "cac": f"{_SCHEMA}:CommonAggregateComponents-2",
                "cbc": f"{_SCHEMA}:CommonBasicComponents-2",
            }
        )

    def written(self) -> bytes:
        leaf, branch, invoice = self._xml.leaf, self._xml.branch, self._invoice
        return xml_bytes(
            self._xml.always(
                self._root,
                leaf("cbc:CustomizationID", specification(invoice)),
                leaf("cbc:ProfileID", _PROCESS),
                leaf("cbc:ID", invoice.number),
                leaf("cbc:IssueDate", invoice.issued_on.isoformat()),
                None if invoice.due_on is None else leaf("cbc:DueDate", invoice.due_on.isoformat()),
                leaf(f"cbc:{self._root}TypeCode", invoice.type_code),
                leaf("cbc:Note", invoice.note),
                leaf("cbc:DocumentCurrencyCode", invoice.currency),
                leaf("cbc:TaxCurrencyCode", invoice.accounting_currency),
                leaf("cbc:BuyerReference", invoice.buyer_reference),
                self._period(invoice.period),
                branch("cac:OrderReference", leaf("cbc:ID", invoice.order_reference)),
                self._preceding(),
                branch("cac:AccountingSupplierParty", self._party(invoice.seller)),
                branch("cac:AccountingCustomerParty", self._party(invoice.buyer)),
                self._delivery(),
                None if invoice.payment is None else self._payment(invoice.payment),
                branch("cac:PaymentTerms", leaf("cbc:Note", invoice.payment_terms)),
                *self._tax_totals(),
                self._totals(),
                *(self._line(line) for line in invoice.lines),
            )
        )

    def _period(self, period: Period) -> Parts:
        leaf = self._xml.leaf
        return self._xml.branch(
            "cac:InvoicePeriod",
            leaf("cbc:StartDate", period.first.isoformat()),
            leaf("cbc:EndDate", period.last.isoformat()),
        )

    def _preceding(self) -> Parts:
        leaf, branch, credited = self._xml.leaf, self._xml.branch, self._invoice.preceding
        if credited is None:
            return None
        issued = leaf("cbc:IssueDate", credited.invoiced_on.isoformat())
        of_invoice = branch("cac:InvoiceDocumentReference", leaf("cbc:ID", credited.invoice_no), issued)
        return branch("cac:BillingReference", of_invoice)

    def _party(self, party: Party) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        address = party.address
        country = branch("cac:Country", leaf("cbc:IdentificationCode", party.country_code))
        return branch(
            "cac:Party",
            None if address is None else leaf("cbc:EndpointID", address.identifier, schemeID=address.scheme),
            branch("cac:PartyIdentification", leaf("cbc:ID", party.customer_no)),
            branch("cac:PartyIdentification", leaf("cbc:ID", party.creditor_id, schemeID="SEPA")),
            branch("cac:PartyName", leaf("cbc:Name", party.trading_name)),
            branch(
                "cac:PostalAddress",
                leaf("cbc:StreetName", party.street),
                leaf("cbc:CityName", party.city),
                leaf("cbc:PostalZone", party.postcode),
                country,
            ),
            self._tax_scheme(party.vat_no, "VAT"),
            self._tax_scheme(party.tax_registration, "TAX"),
            branch(
                "cac:PartyLegalEntity",
                leaf("cbc:RegistrationName", party.name),
                leaf("cbc:CompanyID", party.registration_no, schemeID=party.registration_scheme),
            ),
            branch(
                "cac:Contact",
                leaf("cbc:Name", party.contact_name),
                leaf("cbc:Telephone", party.phone),
                leaf("cbc:ElectronicMail", party.email),
            ),
        )

    def _tax_scheme(self, number: str | None, scheme: str) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        if number is None:
            return None
        return branch(
            "cac:PartyTaxScheme", leaf("cbc:CompanyID", number), branch("cac:TaxScheme", leaf("cbc:ID", scheme))
        )

    def _delivery(self) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        country = branch("cac:Country", leaf("cbc:IdentificationCode", self._invoice.delivered_to))
        return branch("cac:Delivery", branch("cac:DeliveryLocation", branch("cac:Address", country)))

    def _payment(self, payment: Payment) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        account = branch(
            "cac:PayeeFinancialAccount",
            leaf("cbc:ID", payment.account),
            branch("cac:FinancialInstitutionBranch", leaf("cbc:ID", payment.branch)),
        )
        return branch(
            "cac:PaymentMeans",
            leaf("cbc:PaymentMeansCode", payment.means_code, name=payment.means_text),
            leaf("cbc:PaymentID", payment.reference),
            account,
            branch(
                "cac:PaymentMandate",
                leaf("cbc:ID", payment.mandate),
                branch("cac:PayerFinancialAccount", leaf("cbc:ID", payment.debited_account)),
            ),
        )

    def _tax_totals(self) -> list[Parts]:
        """The VAT with its breakdown, and once more in the accounting currency where that is another (R053, R054)."""
        invoice, branch = self._invoice, self._xml.branch
        made = [
            branch(
                "cac:TaxTotal", self._amount("TaxAmount", invoice.totals.vat), *(self._subtotal(v) for v in invoice.vat)
            )
        ]
        converted = invoice.totals.vat_in_accounting_currency
        if converted is not None:
            told = self._xml.leaf("cbc:TaxAmount", plain_amount(converted), currencyID=invoice.accounting_currency)
            made.append(branch("cac:TaxTotal", told))
        return made

    def _subtotal(self, vat: VatBreakdown) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        return branch(
            "cac:TaxSubtotal",
            self._amount("TaxableAmount", vat.taxable),
            self._amount("TaxAmount", vat.tax),
            branch(
                "cac:TaxCategory",
                leaf("cbc:ID", vat.category),
                self._percent(vat.category, vat.percent),
                leaf("cbc:TaxExemptionReasonCode", vat.exemption_code),
                leaf("cbc:TaxExemptionReason", vat.exemption_text),
                branch("cac:TaxScheme", leaf("cbc:ID", "VAT")),
            ),
        )

    def _totals(self) -> Parts:
        totals = self._invoice.totals
        return self._xml.branch(
            "cac:LegalMonetaryTotal",
            self._amount("LineExtensionAmount", totals.lines),
            self._amount("TaxExclusiveAmount", totals.without_vat),
            self._amount("TaxInclusiveAmount", totals.with_vat),
            self._amount("PrepaidAmount", totals.prepaid) if totals.prepaid else None,
            self._amount("PayableRoundingAmount", totals.rounding) if totals.rounding else None,
            self._amount("PayableAmount", totals.due),
        )

    def _line(self, line: Line) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        counted = "CreditedQuantity" if self._invoice.is_credit_note else "InvoicedQuantity"
        price = leaf("cbc:PriceAmount", plain_price(line.price), currencyID=self._invoice.currency)
        return branch(
            f"cac:{self._root}Line",
            leaf("cbc:ID", line.line_id),
            leaf(f"cbc:{counted}", plain_figure(line.quantity), unitCode="C62"),
            self._amount("LineExtensionAmount", line.net),
            leaf("cbc:AccountingCost", line.cost_centre),
            self._period(line.period),
            branch(
                "cac:Item",
                leaf("cbc:Description", line.description),
                leaf("cbc:Name", line.name),
                branch("cac:SellersItemIdentification", leaf("cbc:ID", line.article_no)),
                branch(
                    "cac:ClassifiedTaxCategory",
                    leaf("cbc:ID", line.category),
                    self._percent(line.category, line.percent),
                    branch("cac:TaxScheme", leaf("cbc:ID", "VAT")),
                ),
            ),
            branch("cac:Price", price),
        )

    def _percent(self, category: str, percent: Decimal) -> Parts:
        """What is outside VAT has no rate, not even of zero (BR-O-05)."""
        return None if category == OUTSIDE_VAT else self._xml.leaf("cbc:Percent", plain_figure(percent))

    def _amount(self, name: str, amount: Decimal) -> Parts:
        return self._xml.leaf(f"cbc:{name}", plain_amount(amount), currencyID=self._invoice.currency)
