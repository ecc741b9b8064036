"""A company's invoice and its credit notes on their way to its own system."""

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from official_rules import Document, findings
from read_einvoice import figures, lines, text, totals, vat
from small_operator import SEPTEMBER_CALLS, ask, run_story, sign_up, small_home

from pipelines.documents import deliver_flow
from pipelines.documents.deliver_flow import deliver, invoice_pdf
from pipelines.documents.einvoice_flow import invoice_xml
from pipelines.nightly_flow import night_at
from schemas import tables

pytestmark = pytest.mark.slow
OCTOBER, NEXT = date(2026, 10, 1), date(2026, 10, 2)
FILES = {
    1000001: "invoice_1000001.xml",
    9000001: "credit_note_9000001.xml",
    9000002: "credit_note_9000002.xml",
}


def company_sign_up(**account):
    asked = json.loads(sign_up("r-bolaget", "Bolaget AB", "mobile_small", ["46701740610"], channel="e_invoice"))
    asked["customer"] |= {"category": "corporate", "registration_no": "556000-0167"}
    asked["account"] |= account
    return json.dumps(asked) + "\n"


def credit(name, **fields):
    """Write a request to credit invoice 1000001 as a line."""
    asked = {
        "request_id": name, "type": "credit_invoice", "channel": "agent", "actor": "anna",
        "requested_at": f"2026-10-01T09:00:{len(name):02}+02:00", "effective_on": "2026-10-01", "invoice_no": 1000001,
        "reason": "Calls were not theirs",
    } | fields  # fmt: skip
    return json.dumps(asked) + "\n"


@pytest.fixture(scope="module")
def billed(tmp_path_factory):
    """The small operator after a company was billed, and got 20.00 back and then all the rest the night after."""
    home = small_home(tmp_path_factory.mktemp("e_invoice") / "home")
    first = {"a.jsonl": company_sign_up(buyer_reference="KST-4711"), "september.csv": SEPTEMBER_CALLS}
    second = {"b.jsonl": credit("c", amount="20.00") + credit("cc")}
    run_story(home, [(OCTOBER, first), (NEXT, second)])
    return home


def written(home):
    return {number: (home.outbox / "einvoices" / name).read_bytes() for number, name in FILES.items()}


def test_the_nights_write_each_once_and_remember_it(billed):
    assert sorted(path.name for path in (billed.outbox / "einvoices").iterdir()) == sorted(FILES.values())
    assert ask(billed, "SELECT document_id, document_kind, file_path FROM document ORDER BY invoice_no") == [
        ("einvoice:1000001", "invoice", "outbox/einvoices/invoice_1000001.xml"),
        ("einvoice:9000001", "credit_note", "outbox/einvoices/credit_note_9000001.xml"),
        ("einvoice:9000002", "credit_note", "outbox/einvoices/credit_note_9000002.xml"),
    ]
    assert not (billed.outbox / "invoices").exists()


def test_they_pass_the_official_rules(billed, tmp_path):
    made = [Document(FILES[number], "peppol", xml) for number, xml in written(billed).items()]
    assert findings(made, tmp_path) == []


def test_they_say_the_lakes_figures(billed):
    """Those of credit notes are negative in the lake, and what they come to is nothing to pay there."""
    heads = "SELECT net_amount, vat_amount, rounding_amount, total_amount - credit_drawn_amount FROM invoice"
    taxes = "SELECT vat_category, vat_percent, net_amount, vat_amount FROM invoice_vat"
    shown = "SELECT line_text, net_amount FROM invoice_line"
    for number, xml in written(billed).items():
        of = f"WHERE invoice_no = {number}"
        sign = 1 if number == 1000001 else -1
        ((net, tax, rounding, left),) = ask(billed, f"{heads} {of}")
        told = {term: sign * Decimal(amount) for term, amount in totals(xml).items()}
        assert (told["BT-109"], told["BT-110"], told["BT-115"]) == (net, tax, left)
        assert (told.get("BT-114", 0), told["BT-112"]) == (rounding, net + tax)
        rows = [(category, percent, sign * n, sign * t) for category, percent, n, t in figures(vat(xml))]
        assert rows == ask(billed, f"{taxes} {of} ORDER BY 2 DESC")
        entries = [(name, sign * amount) for name, _, _, amount in figures(lines(xml)) if amount]
        assert entries == ask(billed, f"{shown} {of} AND net_amount <> 0 ORDER BY entry_no")


def test_credit_notes_take_back_all_that_the_invoice_said(billed):
    invoice, *notes = (totals(xml) for xml in written(billed).values())
    assert sum(Decimal(note["BT-112"]) for note in notes) == Decimal(invoice["BT-112"])
    assert notes[0]["BT-112"] == "20.00"


def test_they_name_what_the_buyer_wants_and_the_invoice_credited(billed):
    invoice, note, _ = written(billed).values()
    assert text(invoice, "cbc:BuyerReference") == text(note, "cbc:BuyerReference") == "KST-4711"
    assert text(note, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == "1000001"


def test_what_was_written_is_not_delivered_again(billed, copy_of):
    with night_at(copy_of(billed), NEXT) as night:
        assert deliver(night).rows_in == 0


def test_written_again_it_is_the_same(billed, copy_of, nightbill):
    home, before = copy_of(billed), written(billed)
    for number, name in FILES.items():
        path = home.outbox / "einvoices" / name
        path.unlink()
        code, out, _ = nightbill("invoice", "--xml", number, "--home", home.root)
        assert (code, out.strip()) == (0, str(path))
    assert written(home) == before


def test_an_e_invoice_written_on_request_does_not_keep_its_page_from_being_sent(billed, copy_of):
    home = copy_of(billed)
    with night_at(home, NEXT) as night:
        parties = night.store.read(tables.INVOICE_PARTY, "invoice_no = 1000001")
        with night.store.transaction("a buyer who gets paper"):
            night.store.upsert(tables.INVOICE_PARTY, parties.with_columns(delivery_channel=pl.lit("paper")))
        assert deliver(night).rows_out == 1
    assert [path.name for path in (home.outbox / "invoices").iterdir()] == ["invoice_1000001.pdf"]


@pytest.mark.parametrize("worth_a_second_process", [30, 1])
def test_documents_that_are_read_a_few_at_a_time_are_all_made(billed, copy_of, monkeypatch, worth_a_second_process):
    """By this process, and by others that are at work on some while the next are read."""
    monkeypatch.setattr(deliver_flow, "_READ_AT_ONCE", 1)
    monkeypatch.setattr(deliver_flow, "_WORTH_A_SECOND_PROCESS", worth_a_second_process)
    home = copy_of(billed)
    with night_at(home, NEXT) as night:
        parties = night.store.read(tables.INVOICE_PARTY)
        with night.store.transaction("a buyer who gets paper"):
            night.store.upsert(tables.INVOICE_PARTY, parties.with_columns(delivery_channel=pl.lit("paper")))
        assert deliver(night).rows_out == 3
    made = "SELECT document_id, file_path FROM document WHERE document_id NOT LIKE 'einvoice:%' ORDER BY invoice_no"
    names = [("invoice", 1000001), ("credit_note", 9000001), ("credit_note", 9000002)]
    assert ask(home, made) == [(f"{kind}:{no}", f"outbox/{kind}s/{kind}_{no}.pdf") for kind, no in names]
    assert all((home.root / path).read_bytes().startswith(b"%PDF") for _, path in ask(home, made))


def test_its_page_is_a_document_of_its_own(billed, copy_of):
    home = copy_of(billed)
    with night_at(home, NEXT) as night:
        assert invoice_pdf(night, 1000001).read_bytes().startswith(b"%PDF")
        assert invoice_xml(night, 1000001).read_bytes() == written(billed)[1000001]
    page = "SELECT document_id FROM document WHERE invoice_no = 1000001 ORDER BY 1"
    assert ask(home, page) == [("einvoice:1000001",), ("invoice:1000001",)]
