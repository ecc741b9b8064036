"""Read what an e-invoice says, by business term: the tests' own way through both syntaxes."""

from decimal import Decimal

from lxml import etree

UBL = {
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
}
_CII = "urn:un:unece:uncefact:data:standard"
CII = {
    "rsm": f"{_CII}:CrossIndustryInvoice:100",
    "ram": f"{_CII}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_CII}:UnqualifiedDataType:100",
}
_UBL_TOTALS = {
    "BT-106": "cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
    "BT-109": "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
    "BT-110": "cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount",
    "BT-111": "cac:TaxTotal[not(cac:TaxSubtotal)]/cbc:TaxAmount",
    "BT-112": "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
    "BT-113": "cac:LegalMonetaryTotal/cbc:PrepaidAmount",
    "BT-114": "cac:LegalMonetaryTotal/cbc:PayableRoundingAmount",
    "BT-115": "cac:LegalMonetaryTotal/cbc:PayableAmount",
}
_SUM = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_CII_TOTALS = {
    "BT-106": f"{_SUM}/ram:LineTotalAmount",
    "BT-109": f"{_SUM}/ram:TaxBasisTotalAmount",
    "BT-110": f"{_SUM}/ram:TaxTotalAmount[@currencyID = //ram:InvoiceCurrencyCode]",
    "BT-111": f"{_SUM}/ram:TaxTotalAmount[@currencyID != //ram:InvoiceCurrencyCode]",
    "BT-112": f"{_SUM}/ram:GrandTotalAmount",
    "BT-113": f"{_SUM}/ram:TotalPrepaidAmount",
    "BT-114": f"{_SUM}/ram:RoundingAmount",
    "BT-115": f"{_SUM}/ram:DuePayableAmount",
}


def is_cii(xml):
    return etree.QName(etree.fromstring(xml)).localname == "CrossIndustryInvoice"


def texts(xml, path):
    """The texts at an XPath, with the prefixes of the document's syntax."""
    root = etree.fromstring(xml)
    return [
        each if isinstance(each, str) else each.text
        for each in root.xpath(path, namespaces=CII if is_cii(xml) else UBL)
    ]


def text(xml, path):
    (only,) = texts(xml, path)
    return only


def totals(xml):
    """The amounts of BG-22 that are there, as written."""
    paths = _CII_TOTALS if is_cii(xml) else _UBL_TOTALS
    found = {term: texts(xml, path) for term, path in paths.items()}
    assert all(len(values) <= 1 for values in found.values()), found
    return {term: values[0] for term, values in found.items() if values}


def vat(xml):
    """Category, percent, taxable amount and tax of every BG-23, as written."""
    if is_cii(xml):
        of_each, columns = (
            "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax",
            ("CategoryCode", "RateApplicablePercent", "BasisAmount", "CalculatedAmount"),
        )
        paths = [f"ram:{name}" for name in columns]
    else:
        of_each = "//cac:TaxSubtotal"
        paths = ["cac:TaxCategory/cbc:ID", "cac:TaxCategory/cbc:Percent", "cbc:TaxableAmount", "cbc:TaxAmount"]
    return _rows(xml, of_each, paths)


def lines(xml):
    """Name, quantity, price and net amount of every line, as written."""
    if is_cii(xml):
        of_each = "//ram:IncludedSupplyChainTradeLineItem"
        paths = [".//ram:Name", ".//ram:BilledQuantity", ".//ram:ChargeAmount", ".//ram:LineTotalAmount"]
    else:
        of_each = "cac:InvoiceLine | cac:CreditNoteLine"
        quantity = "cbc:InvoicedQuantity | cbc:CreditedQuantity"
        paths = ["cac:Item/cbc:Name", quantity, "cac:Price/cbc:PriceAmount", "cbc:LineExtensionAmount"]
    return _rows(xml, of_each, paths)


def _rows(xml, of_each, paths):
    names = CII if is_cii(xml) else UBL
    rows = []
    for element in etree.fromstring(xml).xpath(of_each, namespaces=names):
        found = [element.xpath(path, namespaces=names) for path in paths]
        rows.append(tuple(values[0].text if values else None for values in found))
    return rows


def figures(rows):
    """Rows with their figures as decimals."""
    return [tuple(_figure(value) for value in row) for row in rows]


def _figure(value):
    try:
        return Decimal(value)
    except (ArithmeticError, TypeError):
        return value
