"""What hostile files and texts try: to leave their folder, to read others, to run as HTML or XML."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader
from small_operator import (
    ANNAS_NUMBER,
    ANNAS_SIGN_UP,
    BOS_NAME,
    SEPTEMBER_CALLS,
    ask,
    asked_of_marts,
    put,
    run_story,
    sign_up,
    small_home,
)

import templates
from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
NIGHT = date(2026, 9, 20)
CAMT = (
    '<?xml version="1.0"?>{}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn>'
    "<GrpHdr><MsgId>{}</MsgId></GrpHdr></BkToCstmrDbtCdtNtfctn></Document>"
)
XML = {
    "external.xml": CAMT.format('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
    "laughs.xml": CAMT.format('<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>', "&b;&b;"),
    "doctype.xml": CAMT.format('<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd">', "M1"),
}


NAMES = (
    "new\nline.csv",
    "up\\..\\..\\up.csv",
    "~root.csv",
    "a b;$(touch x).csv",
    "-rf.csv",
    "å.csv",
    "%2e%2e%2fup.csv",
)


def test_a_file_name_never_leads_out_of_the_archive(tmp_path):
    home = small_home(tmp_path / "home")
    put(home, {name: SEPTEMBER_CALLS + "\n" * number for number, name in enumerate(NAMES)})
    conduct(home, NIGHT, stages=stages_named("ingest"))
    archived = [path for path in home.archive.rglob("*") if path.is_file()]
    assert len(archived) == len(NAMES)
    assert {path.parent.parent for path in archived} == {home.archive}
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert all(set(path.name) <= allowed for path in archived)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert {name for (name,) in ask(home, "SELECT file_name FROM source_file")} == set(NAMES)


def test_of_copies_in_one_inbox_the_first_is_read_and_the_others_lie_in_quarantine(tmp_path):
    home = small_home(tmp_path / "home")
    put(home, dict.fromkeys(("a.csv", "b.csv", "d.csv"), SEPTEMBER_CALLS) | {"c.csv": "nonsense", "e.csv": "nonsense"})
    conduct(home, NIGHT, stages=stages_named("ingest"))
    assert list(home.inbox.iterdir()) == []
    states = ask(home, "SELECT file_name, file_state, file_fault FROM source_file ORDER BY file_name")
    assert states == [("a.csv", "archived", None), ("e.csv", "quarantined", "UNRECOGNISED")]
    faults = {
        path.name[0]: path.read_text(encoding="utf-8").split("fault: ")[1].split()[0]
        for path in home.quarantine.glob("*.report.txt")
    }
    assert faults == {"b": "ALREADY_SEEN", "c": "UNRECOGNISED", "d": "ALREADY_SEEN", "e": "UNRECOGNISED"}


def test_links_folders_and_hidden_files_in_the_inbox_are_not_read_and_stop_nothing(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text(SEPTEMBER_CALLS, encoding="utf-8")
    home = small_home(tmp_path / "home")
    (home.inbox / "link.csv").symlink_to(secret)
    (home.inbox / "gone.csv").symlink_to(tmp_path / "nowhere")
    (home.inbox / "folder.csv").mkdir()
    put(home, {".hidden.csv": SEPTEMBER_CALLS, "good.jsonl": ANNAS_SIGN_UP})
    conduct(home, NIGHT, stages=stages_named("ingest"))
    assert ask(home, "SELECT file_name FROM source_file") == [("good.jsonl",)]
    assert ask(home, "SELECT count(*) FROM usage") == [(0,)]
    assert secret.read_text(encoding="utf-8") == SEPTEMBER_CALLS
    assert sorted(path.name for path in home.inbox.iterdir()) == [".hidden.csv", "folder.csv"]
    for name in ("link.csv", "gone.csv"):
        assert "UNREADABLE" in (home.quarantine / f"{name}.report.txt").read_text(encoding="utf-8")


def test_a_report_never_overwrites_another_file_in_quarantine(tmp_path):
    home = small_home(tmp_path / "home")
    put(home, {"x.report.txt": "nonsense of the first night"})
    conduct(home, NIGHT, stages=stages_named("ingest"))
    put(home, {"x": "nonsense of the second night"})
    conduct(home, NIGHT, stages=stages_named("ingest"))
    kept = [path.read_text(encoding="utf-8") for path in home.quarantine.iterdir()]
    assert "nonsense of the first night" in kept
    assert "nonsense of the second night" in kept


def test_xml_that_declares_entities_is_refused_unread_and_other_files_go_on(tmp_path):
    home = small_home(tmp_path / "home")
    put(home, {**XML, "good.jsonl": ANNAS_SIGN_UP})
    conduct(home, NIGHT, stages=stages_named("ingest"))
    for name in XML:
        report = (home.quarantine / f"{name}.report.txt").read_text(encoding="utf-8")
        assert "UNSAFE_XML" in report
        assert "root:" not in report
    assert ask(home, "SELECT count(*) FROM payment_record") == [(0,)]
    assert ask(home, "SELECT count(*) FROM request") == [(1,)]


def test_html_in_a_name_is_text_in_the_letter_and_on_the_card(told):
    (path,) = ask(told, "SELECT file_path FROM document WHERE document_id = 'reminder:1000002:1'")[0]
    letter = PdfReader(io.BytesIO((told.root / path).read_bytes())).pages[0].extract_text()
    (page,) = asked_of_marts(told, "SELECT card_page FROM customer_card WHERE customer_id = 10002")[0]
    assert BOS_NAME in letter
    assert BOS_NAME not in page
    assert "Bo &lt;b&gt;&amp; Co&lt;/b&gt;" in page


@pytest.fixture(scope="module")
def bad_brand(tmp_path_factory):
    """Four customers by e-mail; the operator's own template reaches outside for the first three of them."""
    home = small_home(tmp_path_factory.mktemp("brand") / "home")
    own = home.config / "brand"
    own.mkdir(exist_ok=True)
    template = (Path(templates.__file__).parent / "invoice.html.j2").read_text(encoding="utf-8")
    reaches = (
        "{% if document.invoice_no == 1000001 %}<img src='file:///etc/passwd'>"
        "{% elif document.invoice_no == 1000002 %}<img src='http://127.0.0.1:9/x.png'>"
        "{% elif document.invoice_no == 1000003 %}<img src='../policy.toml'>{% endif %}"
    )
    body, end, nothing = template.rpartition("{% endblock %}")
    (own / "invoice.html.j2").write_text(body + reaches + end + nothing, encoding="utf-8")
    lines = [sign_up(f"r{n}", f"Kund {n}", "broadband_100", on="2026-10-01", channel="email") for n in range(4)]
    (report,) = run_story(home, [(date(2026, 10, 1), {"four.jsonl": "".join(lines)})])
    return home, report


def test_a_template_cannot_fetch_from_outside_its_document_fails_and_the_others_are_made(bad_brand):
    home, report = bad_brand
    deliver = next(s.report for s in report.stages if s.name == "deliver")
    assert report.state == "completed"
    assert (deliver.rows_in, deliver.rows_out, deliver.rows_rejected) == (4, 1, 3)
    assert ask(home, "SELECT invoice_no FROM document") == [(1000004,)]
    assert [path.name for path in (home.outbox / "invoices").iterdir()] == ["invoice_1000004.pdf"]


@pytest.mark.parametrize(
    ("number", "place"), [(1000001, "passwd"), (1000002, "http://127.0.0.1:9/x.png"), (1000003, "policy.toml")]
)
def test_a_document_that_failed_says_which_file_was_refused(bad_brand, nightbill, number, place):
    home, _ = bad_brand
    code, _, errors = nightbill("invoice", "--pdf", number, "--home", home.root)
    assert code == 7
    assert place in errors
    assert "config/brand" in errors
    assert "root:x" not in errors


def test_no_request_however_odd_keeps_the_others_of_its_file_from_being_applied(tmp_path):
    """Ids that are no numbers, lists that are none, objects too deep, and moments at the end of the calendar."""
    envelope = {"type": "note", "channel": "web", "requested_at": "2026-09-19T08:00:00+02:00", "text": "x"}
    end = "9999-12-31T23:59:59Z"
    cancel = {"type": "cancel", "channel": "web", "effective_on": "2026-09-20", "number": ANNAS_NUMBER}
    odd = [
        envelope | {"effective_on": "2026-09-20", "customer_id": "\u00b2"},
        envelope | {"effective_on": "2026-09-20", "invoice_no": "9" * 5000},
        envelope | {"effective_at": end, "number": ANNAS_NUMBER},
        cancel | {"requested_at": end},
        json.loads(ANNAS_SIGN_UP) | {"subscriptions": 5},
    ]
    lines = [json.dumps(fields | {"request_id": f"odd-{number}"}) + "\n" for number, fields in enumerate(odd)]
    deep = '{"request_id": "deep", "type": "note", "channel": "web", "text": ' + "[" * 700 + "]" * 700 + "}\n"
    home = small_home(tmp_path / "home")
    put(home, {"odd.jsonl": "".join(lines) + deep + ANNAS_SIGN_UP})
    conduct(home, NIGHT, stages=stages_named("ingest", "register"))
    outcomes = dict(ask(home, "SELECT request_id, coalesce(reason_code, request_state) FROM request_outcome"))
    assert outcomes == dict.fromkeys(("odd-0", "odd-1", "odd-3", "odd-4"), "BAD_REQUEST") | {"r-anna": "applied"}
    assert ask(home, "SELECT reason_code FROM rejected") == [("BAD_REQUEST",)] * 2
