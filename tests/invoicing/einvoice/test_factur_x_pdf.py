"""A PDF that carries its e-invoice, as others read it."""

from dataclasses import replace
from io import BytesIO

import facturx
import pytest
from pypdf import PdfReader
from sample_documents import DOCUMENTS, KUNDEN, document, fee

from invoicing.documents.brand import load_brand
from invoicing.documents.rendering import DocumentRenderer
from invoicing.einvoice.cii import cii_invoice
from pipelines.documents.deliver_flow import page_pdf

GERMAN = replace(KUNDEN, country_code="DE", language="de", registration_no="HRB 12345", vat_no="DE136695976")
INVOICE = document(fee("299.20", vat_category="AE", vat_percent=0), buyer=GERMAN, vat_treatment="reverse_charge")


@pytest.fixture(scope="module")
def renderer():
    return DocumentRenderer(load_brand())


@pytest.fixture(scope="module")
def pdf(renderer):
    return page_pdf(renderer, INVOICE, has_factur_x=True)


def test_the_official_package_reads_the_e_invoice_back(pdf):
    assert facturx.get_facturx_xml_from_pdf(pdf, check_xsd=True) == ("factur-x.xml", cii_invoice(INVOICE))


def test_it_stands_once_as_another_form_of_the_page(pdf):
    (reference,) = PdfReader(BytesIO(pdf)).trailer["/Root"]["/AF"]
    attached = reference.get_object()
    assert (attached["/UF"], attached["/AFRelationship"]) == ("factur-x.xml", "/Alternative")


def test_the_metadata_are_one_block_that_names_the_profile(pdf):
    xmp = PdfReader(BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert xmp.count("<rdf:RDF") == 1
    assert ":ConformanceLevel>EN 16931</" in xmp
    assert ":DocumentFileName>factur-x.xml</" in xmp


def test_it_is_the_same_bytes_each_time(renderer, pdf):
    assert page_pdf(renderer, INVOICE, has_factur_x=True) == pdf


def test_other_pages_carry_nothing(renderer):
    page = page_pdf(renderer, DOCUMENTS["one rate"], has_factur_x=False)
    assert PdfReader(BytesIO(page)).attachments == {}
