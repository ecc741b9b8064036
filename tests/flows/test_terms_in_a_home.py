"""Terms over three months of nights: charged with their invoice, counted once, proven, also when a night runs twice."""

import json
from datetime import date
from decimal import Decimal

import pytest
from small_operator import ANNAS_NUMBER, ANNAS_SIGN_UP, ask, books, differing, opened_lake, put, small_home

from invoicing.documents.invoice_page import invoice_documents
from pipelines.documents.invoice_snapshot import snapshot_of
from pipelines.explaining.explain_flow import explain
from pipelines.nightly_flow import conduct
from schemas import tables

pytestmark = pytest.mark.slow
D = Decimal
CONFIG = {
    "coupons.csv": (
        "coupon_code,coupon_name,link_scope,link_to,term_scope,term_target,amount_off,currency,coupon_periods,article_no,"
        "valid_from\nFIFTY,Fifty,plan,mobile_small,account,service,50,SEK,2,3006,2026-09-01\n"
    ),
    "commitments.csv": (
        "commitment_code,commitment_name,link_scope,link_to,term_scope,term_target,minimum_amount,minimum_article_no,"
        "currency,valid_from\nleast,Least,plan,mobile_small,account,service,300,3007,SEK,2026-09-01\n"
    ),
    "products.csv": (
        "product_code,product_name,article_no,product_price,currency,most_instalments\nphone,Phone,3004,100,SEK,3\n"
    ),
}


def asked(kind, request_id, on="2026-09-20", **fields):
    said = {"request_id": request_id, "type": kind, "channel": "agent", "actor": "sigrid", "effective_on": on}
    return json.dumps(said | {"requested_at": f"{on}T09:00:00+02:00", "number": ANNAS_NUMBER} | fields) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Anna from 16 September: 50 off two invoices, at least 300 a month, a telephone in three instalments."""
    home = small_home(tmp_path_factory.mktemp("terms") / "home")
    for name, text in CONFIG.items():
        (home.config / name).write_text(text, encoding="utf-8")
    wishes = asked("redeem_coupon", "k", coupon_code="FIFTY") + asked(
        "order", "o", product="equipment", product_code="phone", instalments=3
    )
    put(home, {"a.jsonl": ANNAS_SIGN_UP, "b.jsonl": wishes})
    for on in (date(2026, 9, 20), date(2026, 10, 1), date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)):
        conduct(home, on)
    put(
        home, {"c.jsonl": asked("goodwill", "g", "2026-12-02", amount="40", article_no="3006", reason="Waited an hour")}
    )
    conduct(home, date(2026, 12, 2))
    return home


LINES = """
    SELECT charge_kind, l.net_amount FROM invoice_line l JOIN invoice USING (invoice_no) WHERE billing_date = ?
     ORDER BY entry_no
"""


def lines(home, on):
    return [f"{kind} {amount}" for kind, amount in ask(home, LINES.replace("?", f"'{on}'"))]


def test_each_invoice_has_its_terms_in_their_order(home):
    """The minimum of September is for 15 of its 30 days: 150. Fees of 148.50 less 50 leave 51.50 to it."""
    assert lines(home, "2026-10-01") == [
        "recurring 49.50", "recurring 99.00", "one_off 33.34", "coupon -50.00", "commitment 51.50",
    ]  # fmt: skip
    assert lines(home, "2026-11-01") == ["recurring 99.00", "one_off 33.33", "coupon -50.00", "commitment 251.00"]
    assert lines(home, "2026-12-01") == ["recurring 99.00", "one_off 33.33", "commitment 201.00"]


def test_each_invoice_says_which_of_the_three_instalments_it_charges(home):
    with opened_lake(home) as store:
        documents = invoice_documents(snapshot_of(store, store.read(tables.INVOICE).sort("invoice_no")))
    told = [[line.instalments for line in document.lines if line.instalments] for document in documents]
    assert told == [[((1, 3),)], [((2, 3),)], [((3, 3),)]]


def test_the_coupon_was_used_twice_and_no_charge_of_a_term_waits(home):
    assert ask(home, "SELECT coupon_code, billing_date, used_amount FROM coupon_use ORDER BY ALL") == [
        ("FIFTY", date(2026, 10, 1), D("50.00")), ("FIFTY", date(2026, 11, 1), D("50.00")),
    ]  # fmt: skip
    waiting = "SELECT charge_id FROM charge ANTI JOIN billed_charge USING (charge_id)"
    assert [name for (name,) in ask(home, waiting) if not name.startswith("one_off:g")] == []


def test_what_was_given_out_of_goodwill_waits_for_the_next_invoice(home):
    found = "SELECT charge_id, amount_ex_vat FROM charge ANTI JOIN billed_charge USING (charge_id)"
    assert ask(home, found) == [("one_off:g:goodwill", D("-40.000000"))]


def test_a_term_s_charge_is_explained(home):
    assert explain(home, "coupon:FIFTY:20001:2026-10-01:standard:3044").holds


def test_running_the_night_again_changes_nothing(home, copy_of):
    again = copy_of(home)
    conduct(again, date(2026, 12, 2))
    assert differing(books(home), books(again)) == []
