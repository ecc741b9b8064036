"""What makes a PDF a Factur-X invoice."""

from dataclasses import replace

import facturx.facturx as official
import pytest
from lxml import etree
from sample_documents import DOCUMENTS, KUNDEN, SAARI, document, fee

from invoicing.einvoice.cii import cii_invoice
from invoicing.einvoice.factur_x import factur_x, takes_factur_x

NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}


def rdf_of(*parts):
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items() if prefix != "fx")
    return etree.fromstring(f"<rdf:RDF {declared}>{''.join(parts)}</rdf:RDF>")


def told(root):
    """The marks of Factur-X, and its schema's namespace and properties with type and category."""
    marks = {etree.QName(each).localname: each.text for each in root.xpath("//fx:*", namespaces=NAMES)}
    properties = {
        name.text: (name.getnext().text, name.getnext().getnext().text)
        for name in root.xpath("//pdfaProperty:name", namespaces=NAMES)
    }
    return marks, root.xpath("string(//pdfaSchema:namespaceURI)", namespaces=NAMES), properties


def test_its_metadata_are_those_of_the_official_package():
    made = factur_x(DOCUMENTS["one rate"])
    whole = official.generate_xmp_bytes("factur-x", "en16931", None, {"title": "t", "author": "a", "subject": "s"})
    expected = told(etree.fromstring(whole))
    assert told(rdf_of(made.xmp_description, made.xmp_schema)) == expected
    assert expected[0]["ConformanceLevel"] == "EN 16931"
    assert expected[0]["DocumentFileName"] == made.name


def test_the_official_package_knows_its_file():
    content = factur_x(DOCUMENTS["one rate"]).content
    assert content == cii_invoice(DOCUMENTS["one rate"])
    root = etree.fromstring(content)
    assert (official.get_flavor(root), official.get_level(root)) == ("factur-x", "en16931")


@pytest.mark.parametrize(("country", "relationship"), [("DE", "Alternative"), ("FR", "Data"), ("SE", "Data")])
def test_germany_has_the_file_as_another_form_of_the_page(country, relationship):
    made = document(fee("10.00"), buyer=replace(KUNDEN, country_code=country))
    assert factur_x(made).relationship == relationship


def test_businesses_in_countries_of_the_policy_get_it():
    def takes(buyer):
        return takes_factur_x(document(fee("10.00"), buyer=buyer), ("DE", "FR"))

    assert takes(replace(KUNDEN, country_code="DE"))
    assert not takes(KUNDEN)
    assert not takes(replace(SAARI, country_code="DE"))
