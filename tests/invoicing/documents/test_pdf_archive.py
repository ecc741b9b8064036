"""Letters are archival (PDF/A-3a) and accessible (PDF/UA-1), as far as their structure tells, and carry files."""

from dataclasses import replace
from io import BytesIO

import pytest
from pdf_structure import elements_of, faults_of, xmp_of
from pypdf import PdfReader

from benchmarks.sample_documents import (
    consolidated_invoice,
    credit_note,
    itemised_invoice,
    long_invoice,
    monthly_invoice,
    reverse_charge_invoice,
)
from invoicing.documents import pdf_writer
from invoicing.documents.pdf_archive import Attached, XmpPart

FILE = Attached("order.xml", b"<order/>", "Data", "The order as data")
MARK = XmpPart(
    '<rdf:Description rdf:about="" xmlns:o="urn:order#"><o:kind>ORDER</o:kind></rdf:Description>',
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Order</pdfaSchema:schema>'
    "<pdfaSchema:namespaceURI>urn:order#</pdfaSchema:namespaceURI><pdfaSchema:prefix>o</pdfaSchema:prefix></rdf:li>",
)


@pytest.mark.parametrize(
    "document",
    [monthly_invoice(), monthly_invoice(1, "de"), credit_note(), reverse_charge_invoice(), consolidated_invoice(2)],
    ids=["monthly", "german", "credit note", "reverse charge", "consolidated"],
)
def test_every_kind_of_document_is_archival_and_accessible(renderer, document):
    assert faults_of(renderer.render_invoice(document)) == []


@pytest.mark.slow
def test_documents_of_several_pages_are_archival_and_accessible(renderer, reminder):
    assert faults_of(renderer.render_invoice(long_invoice(60))) == []
    assert faults_of(renderer.render_invoice(itemised_invoice(150))) == []
    assert faults_of(renderer.render_reminder(reminder)) == []


def test_what_the_renderer_leaves_undone_would_be_found(renderer, monkeypatch):
    """Without the finisher: margins tagged as content, heads without scope, pictures upside down, files twice."""
    monkeypatch.setattr(pdf_writer, "finish", lambda *_: None)
    monkeypatch.setattr(pdf_writer, "with_xmp", lambda rdf, _: rdf)
    clauses = {fault.split(":")[0] for fault in faults_of(renderer.render_invoice(monthly_invoice(), [FILE]))}
    assert clauses >= {"UA 5", "6.6.2.3", "UA 7.5", "UA 7.1", "6.8"}


def test_a_reader_who_hears_the_page_hears_the_pictures(renderer):
    read = PdfReader(BytesIO(renderer.render_invoice(monthly_invoice())))
    heard = [element["/Alt"] for element, _ in elements_of(read) if element["/S"] == "/Figure"]
    assert heard[0] == "Fjärdhamn Tele"
    assert "Kostnad per slag, exkl. moms: Abonnemang 282,55\xa0kr, Samtal 41,10\xa0kr" in heard[1]
    assert heard[2].startswith("Fakturerat per månad, inkl. moms: nov. 2025 ")
    assert heard[3] == "QR-kod för betalning av 539,00\xa0kr med referens 100023498"


def test_a_file_is_attached_once_with_its_relationship_and_the_documents_date(renderer):
    pdf = renderer.render_invoice(monthly_invoice(), [FILE], [MARK])
    assert faults_of(pdf) == []
    read = PdfReader(BytesIO(pdf))
    assert read.attachments["order.xml"] == [b"<order/>"]
    (reference,) = read.trailer["/Root"]["/AF"]
    attached = reference.get_object()
    assert (attached["/AFRelationship"], attached["/Desc"]) == ("/Data", "The order as data")
    assert attached["/EF"]["/F"]["/Params"]["/ModDate"] == "D:20261001000000Z"


def test_the_mark_of_an_attached_standard_stands_in_the_one_block_of_metadata(renderer):
    read = PdfReader(BytesIO(renderer.render_invoice(monthly_invoice(), [FILE], [MARK])))
    xmp = xmp_of(read)
    assert [element.text for element in xmp.iter("{urn:order#}kind")] == ["ORDER"]
    schemas = [element.text for element in xmp.iter("{http://www.aiim.org/pdfa/ns/schema#}schema")]
    assert schemas == ["PDF/UA identification", "Order"]


def test_a_document_with_a_file_is_the_same_bytes_each_time(renderer):
    first = renderer.render_invoice(monthly_invoice(), [FILE], [MARK])
    assert renderer.render_invoice(monthly_invoice(), [FILE], [MARK]) == first


def test_the_hash_of_a_file_is_of_what_it_holds(renderer):
    """ISO 32000-1, 14.4: the second identifier changes with the content, the first stays that of the document."""
    one, other = (
        PdfReader(BytesIO(renderer.render_invoice(document))).trailer["/ID"]
        for document in (monthly_invoice(), replace(monthly_invoice(), ocr_reference="100023597"))
    )
    assert one[0] == other[0]
    assert one[1] != other[1]
