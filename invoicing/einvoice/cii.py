"""CII D16B as Factur-X and ZUGFeRD have it in their profile EN 16931 (fnfe-mpe.org, ferd-net.de)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.einvoice.document_terms import electronic_invoice
from invoicing.einvoice.electronic_invoice import ElectronicInvoice, Line, Party, Period, VatBreakdown
from invoicing.einvoice.plain_text import plain_amount, plain_figure, plain_price
from invoicing.einvoice.vat_terms import OUTSIDE_VAT
from invoicing.einvoice.xml_tree import Parts, XmlWriter, xml_bytes

SPECIFICATION = "urn:cen.eu:en16931:2017"
_DAY_FORMAT = "102"  # UNCL 2379: CCYYMMDD
_STANDARD = "urn:un:unece:uncefact:data:standard"
_NAMESPACES = {
    "rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}:UnqualifiedDataType:100",
    "qdt": f"{_STANDARD}:QualifiedDataType:100",
}


def cii_invoice(document: InvoiceDocument) -> bytes:
    """Return the CII of a document, always the same bytes. Raises DocumentError as `electronic_invoice` does."""
    return _CiiWriter(electronic_invoice(document)).written()


class _CiiWriter:
    """Writes one e-invoice."""

    def __init__(self, invoice: ElectronicInvoice) -> None:
        self._invoice = invoice
        self._xml = XmlWriter(_NAMESPACES)

    def written(self) -> bytes:
        leaf, branch, invoice = self._xml.leaf, self._xml.branch, self._invoice
        guideline = branch("ram:GuidelineSpecifiedDocumentContextParameter", leaf("ram:ID", SPECIFICATION))
        return xml_bytes(
            self._xml.always(
                "rsm:CrossIndustryInvoice",
                branch("rsm:ExchangedDocumentContext", guideline),
                branch(
                    "rsm:ExchangedDocument",
                    leaf("ram:ID", invoice.number),
                    leaf("ram:TypeCode", invoice.type_code),
                    self._day("ram:IssueDateTime", invoice.issued_on),
                    branch("ram:IncludedNote", leaf("ram:Content", invoice.note)),
                ),
                branch(
                    "rsm:SupplyChainTradeTransaction",
                    *(self._line(line) for line in invoice.lines),
                    self._agreement(),
                    self._delivery(),
                    self._settlement(),
                ),
            )
        )

    def _line(self, line: Line) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        return branch(
            "ram:IncludedSupplyChainTradeLineItem",
            branch("ram:AssociatedDocumentLineDocument", leaf("ram:LineID", line.line_id)),
            branch(
                "ram:SpecifiedTradeProduct",
                leaf("ram:SellerAssignedID", line.article_no),
                leaf("ram:Name", line.name),
                leaf("ram:Description", line.description),
            ),
            branch(
                "ram:SpecifiedLineTradeAgreement",
                branch("ram:NetPriceProductTradePrice", leaf("ram:ChargeAmount", plain_price(line.price))),
            ),
            branch(
                "ram:SpecifiedLineTradeDelivery",
                leaf("ram:BilledQuantity", plain_figure(line.quantity), unitCode="C62"),
            ),
            branch(
                "ram:SpecifiedLineTradeSettlement",
                branch(
                    "ram:ApplicableTradeTax",
                    leaf("ram:TypeCode", "VAT"),
                    leaf("ram:CategoryCode", line.category),
                    self._percent(line.category, line.percent),
                ),
                self._period(line.period),
                branch(
                    "ram:SpecifiedTradeSettlementLineMonetarySummation",
                    leaf("ram:LineTotalAmount", plain_amount(line.net)),
                ),
                branch("ram:ReceivableSpecifiedTradeAccountingAccount", leaf("ram:ID", line.cost_centre)),
            ),
        )

    def _agreement(self) -> Parts:
        leaf, branch, invoice = self._xml.leaf, self._xml.branch, self._invoice
        return branch(
            "ram:ApplicableHeaderTradeAgreement",
            leaf("ram:BuyerReference", invoice.buyer_reference),
            self._party("ram:SellerTradeParty", invoice.seller),
            self._party("ram:BuyerTradeParty", invoice.buyer),
            branch("ram:BuyerOrderReferencedDocument", leaf("ram:IssuerAssignedID", invoice.order_reference)),
        )

    def _party(self, name: str, party: Party) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        address = party.address
        at = None if address is None else leaf("ram:URIID", address.identifier, schemeID=address.scheme)
        return branch(
            name,
            leaf("ram:ID", party.customer_no),
            leaf("ram:Name", party.name),
            branch(
                "ram:SpecifiedLegalOrganization",
                leaf("ram:ID", party.registration_no, schemeID=party.registration_scheme),
                leaf("ram:TradingBusinessName", party.trading_name),
            ),
            branch(
                "ram:DefinedTradeContact",
                leaf("ram:PersonName", party.contact_name),
                branch("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", party.phone)),
                branch("ram:EmailURIUniversalCommunication", leaf("ram:URIID", party.email)),
            ),
            branch(
                "ram:PostalTradeAddress",
                leaf("ram:PostcodeCode", party.postcode),
                leaf("ram:LineOne", party.street),
                leaf("ram:CityName", party.city),
                leaf("ram:CountryID", party.country_code),
            ),
            branch("ram:URIUniversalCommunication", at),
            branch("ram:SpecifiedTaxRegistration", leaf("ram:ID", party.vat_no, schemeID="VA")),
            branch("ram:SpecifiedTaxRegistration", leaf("ram:ID", party.tax_registration, schemeID="FC")),
        )

    def _delivery(self) -> Parts:
        leaf, branch = self._xml.leaf, self._xml.branch
        address = branch("ram:PostalTradeAddress", leaf("ram:CountryID", self._invoice.delivered_to))
        return branch("ram:ApplicableHeaderTradeDelivery", branch("ram:ShipToTradeParty", address))

    def _settlement(self) -> Parts:
        leaf, branch, invoice = self._xml.leaf, self._xml.branch, self._invoice
        payment = invoice.payment
        due = None if invoice.due_on is None else self._day("ram:DueDateDateTime", invoice.due_on)
        mandate = None if payment is None else leaf("ram:DirectDebitMandateID", payment.mandate)
        return branch(
            "ram:ApplicableHeaderTradeSettlement",
            leaf("ram:CreditorReferenceID", invoice.seller.creditor_id),
            None if payment is None else leaf("ram:PaymentReference", payment.reference),
            leaf("ram:TaxCurrencyCode", invoice.accounting_currency),
            leaf("ram:InvoiceCurrencyCode", invoice.currency),
            self._payment(),
            *(self._vat(vat) for vat in invoice.vat),
            self._period(invoice.period),
            branch("ram:SpecifiedTradePaymentTerms", leaf("ram:Description", invoice.payment_terms), due, mandate),
            self._totals(),
            self._preceding(),
        )

    def _payment(self) -> Parts:
        """An IBAN has an element of its own; a Bankgiro number says in words what it is."""
        leaf, branch, payment = self._xml.leaf, self._xml.branch, self._invoice.payment
        if payment is None:
            return None
        kind = "ram:IBANID" if payment.branch is None else "ram:ProprietaryID"
        return branch(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            leaf("ram:TypeCode", payment.means_code),
            leaf("ram:Information", payment.means_text),
            branch("ram:PayerPartyDebtorFinancialAccount", leaf("ram:IBANID", payment.debited_account)),
            branch("ram:PayeePartyCreditorFinancialAccount", leaf(kind, payment.account)),
        )

    def _vat(self, vat: VatBreakdown) -> Parts:
        leaf = self._xml.leaf
        return self._xml.branch(
            "ram:ApplicableTradeTax",
            leaf("ram:CalculatedAmount", plain_amount(vat.tax)),
            leaf("ram:TypeCode", "VAT"),
            leaf("ram:ExemptionReason", vat.exemption_text),
            leaf("ram:BasisAmount", plain_amount(vat.taxable)),
            leaf("ram:CategoryCode", vat.category),
            leaf("ram:ExemptionReasonCode", vat.exemption_code),
            self._percent(vat.category, vat.percent),
        )

    def _totals(self) -> Parts:
        leaf, invoice, totals = self._xml.leaf, self._invoice, self._invoice.totals
        converted = totals.vat_in_accounting_currency
        in_accounting_currency = None if converted is None else plain_amount(converted)
        return self._xml.branch(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            leaf("ram:LineTotalAmount", plain_amount(totals.lines)),
            leaf("ram:TaxBasisTotalAmount", plain_amount(totals.without_vat)),
            leaf("ram:TaxTotalAmount", plain_amount(totals.vat), currencyID=invoice.currency),
            leaf("ram:TaxTotalAmount", in_accounting_currency, currencyID=invoice.accounting_currency),
            leaf("ram:RoundingAmount", plain_amount(totals.rounding)) if totals.rounding else None,
            leaf("ram:GrandTotalAmount", plain_amount(totals.with_vat)),
            leaf("ram:TotalPrepaidAmount", plain_amount(totals.prepaid)) if totals.prepaid else None,
            leaf("ram:DuePayableAmount", plain_amount(totals.due)),
        )

    def _preceding(self) -> Parts:
        leaf, branch, credited = self._xml.leaf, self._xml.branch, self._invoice.preceding
        if credited is None:
            return None
        return branch(
            "ram:InvoiceReferencedDocument",
            leaf("ram:IssuerAssignedID", credited.invoice_no),
            self._day("ram:FormattedIssueDateTime", credited.invoiced_on, kind="qdt"),
        )

    def _period(self, period: Period) -> Parts:
        return self._xml.branch(
            "ram:BillingSpecifiedPeriod",
            self._day("ram:StartDateTime", period.first),
            self._day("ram:EndDateTime", period.last),
        )

    def _day(self, name: str, day: date, kind: str = "udt") -> Parts:
        told = self._xml.leaf(f"{kind}:DateTimeString", f"{day:%Y%m%d}", format=_DAY_FORMAT)
        return self._xml.branch(name, told)

    def _percent(self, category: str, percent: Decimal) -> Parts:
        """What is outside VAT has no rate, not even of zero (BR-O-05)."""
        return None if category == OUTSIDE_VAT else self._xml.leaf("ram:RateApplicablePercent", plain_figure(percent))
