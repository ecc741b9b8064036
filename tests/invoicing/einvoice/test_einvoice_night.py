"""A company's invoice on its way to its own system."""

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from official_rules import Document, findings
from read_einvoice import figures, lines, text, totals, vat
from small_operator import SEPTEMBER_CALLS, ask, run_story, sign_up, small_home

from pipelines.deliver_flow import deliver, invoice_pdf
from pipelines.einvoice_flow import invoice_xml
from pipelines.nightly_flow import night_at
from schemas import tables

pytestmark = pytest.mark.slow
OCTOBER = date(2026, 10, 1)


def company_sign_up(**account):
    asked = json.loads(sign_up("r-bolaget", "Bolaget AB", "mobile_small", ["46701740610"], channel="e_invoice"))
    asked["customer"] |= {"category": "corporate", "registration_no": "556000-0167"}
    asked["account"] |= account
    return json.dumps(asked) + "\n"


@pytest.fixture(scope="module")
def billed(tmp_path_factory):
    """The small operator after the night in which a company that had signed up and called was billed."""
    home = small_home(tmp_path_factory.mktemp("e_invoice") / "home")
    first = {"a.jsonl": company_sign_up(buyer_reference="KST-4711"), "september.csv": SEPTEMBER_CALLS}
    run_story(home, [(OCTOBER, first)])
    return home


def only_file(home):
    (path,) = (home.outbox / "einvoices").iterdir()
    assert path.name == "invoice_1000001.xml"
    return path.read_bytes()


def test_the_night_writes_it_and_remembers_it(billed):
    assert ask(billed, "SELECT document_id, document_kind, file_path FROM document") == [
        ("einvoice:1000001", "invoice", "outbox/einvoices/invoice_1000001.xml")
    ]
    assert not (billed.outbox / "invoices").exists()
    assert text(only_file(billed), "cbc:BuyerReference") == "KST-4711"


def test_it_passes_the_official_rules(billed, tmp_path):
    assert findings([Document("the night's", "peppol", only_file(billed))], tmp_path) == []


def test_it_says_the_lakes_figures(billed):
    xml = only_file(billed)
    ((net, tax, rounding, total, to_pay),) = ask(
        billed, "SELECT net_amount, vat_amount, rounding_amount, total_amount, to_pay_amount FROM invoice"
    )
    told = {term: Decimal(amount) for term, amount in totals(xml).items()}
    assert (told["BT-109"], told["BT-110"], told.get("BT-114", 0)) == (net, tax, rounding)
    assert told["BT-112"] == total - rounding
    assert told["BT-115"] == to_pay
    rows = ask(billed, "SELECT vat_category, vat_percent, net_amount, vat_amount FROM invoice_vat ORDER BY 2 DESC")
    assert figures(vat(xml)) == rows
    shown = "SELECT line_text, net_amount FROM invoice_line WHERE net_amount <> 0 ORDER BY entry_no"
    assert [(name, net) for name, _, _, net in figures(lines(xml)) if net] == ask(billed, shown)


def test_what_was_written_is_not_delivered_again(billed, copy_of):
    with night_at(copy_of(billed), OCTOBER) as night:
        assert deliver(night).rows_in == 0


def test_written_again_it_is_the_same(billed, copy_of, nightbill):
    home, before = copy_of(billed), only_file(billed)
    path = home.outbox / "einvoices" / "invoice_1000001.xml"
    path.unlink()
    code, out, _ = nightbill("invoice", "--xml", 1000001, "--home", home.root)
    assert (code, out.strip()) == (0, str(path))
    assert path.read_bytes() == before


def test_an_e_invoice_written_on_request_does_not_keep_its_page_from_being_sent(billed, copy_of):
    home = copy_of(billed)
    with night_at(home, OCTOBER) as night:
        with night.store.transaction("a buyer who gets paper"):
            night.store.upsert(
                tables.INVOICE_PARTY,
                night.store.read(tables.INVOICE_PARTY).with_columns(delivery_channel=pl.lit("paper")),
            )
        assert deliver(night).rows_out == 1
    assert [path.name for path in (home.outbox / "invoices").iterdir()] == ["invoice_1000001.pdf"]


def test_its_page_is_a_document_of_its_own(billed, copy_of):
    home = copy_of(billed)
    with night_at(home, OCTOBER) as night:
        assert invoice_pdf(night, 1000001).read_bytes().startswith(b"%PDF")
        assert invoice_xml(night, 1000001).read_bytes() == only_file(billed)
    assert ask(home, "SELECT document_id FROM document ORDER BY 1") == [("einvoice:1000001",), ("invoice:1000001",)]
