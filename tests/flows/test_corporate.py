"""A company and what it pays for, night by night: payer, cost centres, sections, allowances and itemised calls.

The company (account 20001) has two telephones; an employee's own account (20002) is paid by it until 10 October. Each
mobile plan has 200 s a month, of which 60 roll over.
"""

import json
import shutil
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from pypdf import PdfReader
from small_operator import ask, asked_of_marts, books, calls, differing, home_of, put, small_home

from pipelines.billing.unbilled import unbilled_since
from pipelines.documents.invoice_parts import allowances_of, sections_of
from pipelines.documents.specification_flow import itemised, specification_of
from pipelines.nightly_flow import conduct, night_at
from schemas import tables

pytestmark = pytest.mark.slow
D = Decimal
COMPANY, EMPLOYEE = 20001, 20002
ADA, BO, EVA = "46701740621", "46701740622", "46701740623"
MOBILE, PREMIUM = "46701740699", "46939000001"
TERMS = {
    "allowances.csv": (
        "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,priority,"
        "prorated,rollover_limit,covers_fee\nminutes,Minuter,s,200,own,period,1,no,60,no\n"
    ),
    "allowance_links.csv": (
        "allowance_code,link_scope,link_to,valid_from,valid_to\nminutes,plan,mobile_small,2026-01-01,\n"
    ),
}
NIGHTS = [date(2026, 9, 20), date(2026, 10, 1), date(2026, 10, 10), date(2026, 11, 1)]


def asked(request_id, kind, on, minute=0, **payload):
    """Write a request as a line."""
    envelope = {"request_id": request_id, "type": kind, "channel": "agent", "effective_on": on,
                "requested_at": f"{on}T08:{minute:02}:00+02:00"}  # fmt: skip
    return json.dumps(envelope | payload) + "\n"


def signed_up(request_id, name, category, numbers, minute=0, **account):
    customer = {"name": name, "category": category, "street": "Storgatan 1", "postcode": "999 02", "city": "Ort"}
    plans = [{"plan_code": "mobile_small", "numbers": [number]} for number in numbers]
    bill = {"billing_day": 1, "delivery_channel": "portal"} | account
    return asked(request_id, "sign_up", "2026-09-16", minute, customer=customer, account=bill, subscriptions=plans)


FILES = [
    {
        "s.jsonl": signed_up("r1", "Bolaget AB", "corporate", [ADA, BO], invoice_layout="consolidated")
        + signed_up("r2", "Eva Ek", "private", [EVA], 1)
        + asked("r3", "set_payer", "2026-09-16", 2, account_id=EMPLOYEE, payer_account_id=COMPANY)
        + asked("r4", "set_user", "2026-09-16", 3, number=ADA, cost_centre="Sales", user_name="Ada")
        + asked("r5", "set_user", "2026-09-16", 4, number=BO, cost_centre="Stock", user_name="Bo")
        + asked("r6", "set_preference", "2026-09-16", 5, account_id=COMPANY, preference="itemisation", value="yes"),
        "c.csv": calls(
            ("a1", MOBILE, "2026-09-17T10:00:00", "00:02:20", "answered", ADA),
            ("a2", PREMIUM, "2026-09-17T12:00:00", "00:01:00", "answered", ADA),
            ("b1", MOBILE, "2026-09-18T10:00:00", "00:10:00", "answered", BO),
        ),
    },
    {},
    {
        "p.jsonl": asked("r7", "set_payer", "2026-10-09", account_id=EMPLOYEE),
        "c.csv": calls(("e1", PREMIUM, "2026-10-05T10:00:00", "00:03:00", "answered", EVA)),
    },
    {"c.csv": calls(("e2", PREMIUM, "2026-10-12T10:00:00", "00:05:00", "answered", EVA))},
]


@pytest.fixture(scope="module")
def company(made_once, tmp_path_factory):
    """The company's home, a copy for each process: an opened night holds its home against others."""

    def fill(root):
        home = small_home(root)
        for name, text in TERMS.items():
            (home.config / name).write_text(text, encoding="utf-8")
        for on, files in zip(NIGHTS, FILES, strict=True):
            put(home, {f"{on}-{name}": text for name, text in files.items()})
            conduct(home, on)

    own = tmp_path_factory.mktemp("company") / "home"
    shutil.copytree(made_once("company", fill).root, own, symlinks=True)
    return home_of(own)


WHERE = """
    SELECT i.account_id AS invoiced_to, i.billing_date, c.account_id, c.charge_kind, c.service_from FROM billed_charge
      JOIN invoice i USING (invoice_no) JOIN charge c USING (charge_id)
"""


def test_the_payer_is_invoiced_for_what_was_used_while_it_paid(company):
    nov1 = date(2026, 11, 1)
    of_employee = f"{WHERE} WHERE c.account_id = {EMPLOYEE} ORDER BY c.service_from"
    assert ask(company, of_employee) == [
        (COMPANY, date(2026, 10, 1), EMPLOYEE, "recurring", date(2026, 9, 16)),
        (COMPANY, date(2026, 10, 1), EMPLOYEE, "recurring", date(2026, 10, 1)),
        (COMPANY, nov1, EMPLOYEE, "usage", date(2026, 10, 5)),
        (EMPLOYEE, nov1, EMPLOYEE, "usage", date(2026, 10, 12)),
        (EMPLOYEE, nov1, EMPLOYEE, "recurring", nov1),
    ]
    ((billed, charges),) = ask(company, "SELECT count(*), count(DISTINCT charge_id) FROM billed_charge")
    assert [(billed,)] == [(charges,)] == ask(company, "SELECT count(*) FROM charge")


CLAIMS = "SELECT account_id, count(*) FROM receivable WHERE receivable_kind = 'invoice'"


def test_claims_are_the_payers(company):
    assert ask(company, f"{CLAIMS} GROUP BY 1 ORDER BY 1") == [
        (COMPANY, 2), (EMPLOYEE, 1)
    ]  # fmt: skip


def test_lines_and_ledger_are_parted_by_cost_centre(company):
    lines = "FROM invoice_line WHERE invoice_no = 1000001 AND charge_kind = 'recurring'"
    assert ask(company, f"SELECT DISTINCT cost_centre {lines} ORDER BY 1 NULLS FIRST") == [
        (None,),
        ("Sales",),
        ("Stock",),
    ]
    posted = "SELECT article_no, cost_centre, -sum(debit_credit) FROM ledger_entry"
    by_centre = f"{posted} WHERE invoice_no = 1000001 AND cost_centre IS NOT NULL GROUP BY ALL ORDER BY ALL"
    sums = "SELECT article_no, cost_centre, sum(net_amount) FROM invoice_line"
    of_lines = f"{sums} WHERE invoice_no = 1000001 AND cost_centre IS NOT NULL GROUP BY ALL ORDER BY ALL"
    assert ask(company, by_centre) == [row for row in ask(company, of_lines) if row[2]]


def test_sections_are_users_of_cost_centres_and_add_up_to_the_invoice(company):
    with night_at(company, NIGHTS[-1]) as night:
        invoices = night.store.read(tables.INVOICE, "account_id = ?", [COMPANY]).sort("invoice_no")
        found = sections_of(night.store, invoices)
    first = found.filter(invoice_no=1000001)
    users = first.select("cost_centre", "user_name").unique(maintain_order=True).rows()
    assert users == [("Sales", f"Ada {ADA}"), ("Stock", f"Bo {BO}"), (None, EVA)]
    assert first["net_amount"].sum() == invoices["net_amount"][0]


def test_allowances_are_stated_once_as_the_marts_count_them(company):
    with night_at(company, NIGHTS[-1]) as night:
        found = allowances_of(night.store, night.store.read(tables.INVOICE))
    ada = found.filter(a_number=ADA).drop("a_number", "subscription_id", "allowance_name", "allowance_unit")
    assert [tuple(map(str, row[-5:])) for row in ada.sort("period_to").rows()] == [
        ("200.000000", "0.000000", "200.000000", "0.000000", "0.000000"),
        ("200.000000", "0.000000", "0.000000", "60.000000", "140.000000"),
    ]
    of_marts = (
        "SELECT sum(granted_quantity), sum(used_quantity), sum(rolled_quantity), sum(left_quantity) "
        "FROM fact_allowance WHERE period_to <= '2026-11-01'"
    )
    names = ("granted_quantity", "used_quantity", "rolled_over_quantity", "left_quantity")
    assert [found[name].sum() for name in names] == list(asked_of_marts(company, of_marts)[0])
    eva = found.filter(a_number=EVA).select("invoice_no", "rolled_in_quantity", "used_quantity")
    assert eva.rows() == [(1000001, D(0), D(0)), (1000003, D(60), D(260))]


def test_calls_are_itemised_for_who_asked_and_come_to_the_lines(company):
    with night_at(company, NIGHTS[-1]) as night:
        invoices = night.store.read(tables.INVOICE, "invoice_no IN (1000001, 1000003)").sort("invoice_no")
        assert itemised(night, invoices)["invoice_no"].to_list() == [1000001]
        found = specification_of(night, invoices)
    first = found.rows.filter(invoice_no=1000001)
    assert first.select("specified_for", "b_number", "units", "is_included").rows() == [
        ("Ada 0701740621", "0701740xxx", 140, True),
        ("Ada 0701740621", "0939000xxx", 60, True),
        ("Bo 0701740622", "0701740xxx", 600, True),
    ]
    parts = found.sums["itemised_amount"] + found.sums["not_itemised_amount"] + found.sums["rounding_amount"]
    assert (parts == found.sums["net_amount"]).all()
    assert (found.sums["not_itemised_amount"] == 0).all()


def test_who_did_not_ask_gets_an_itemised_invoice_on_request(company, copy_of, nightbill):
    home = copy_of(company)
    code, printed, _ = nightbill("invoice", "--home", home.root, "--specification", 1000003)
    assert code == 0
    text = " ".join(page.extract_text() for page in PdfReader(printed.strip()).pages)
    assert "0939000xxx" in text
    assert PREMIUM not in text
    assert PREMIUM.replace("46", "0", 1) not in text
    assert ask(home, "SELECT count(*) FROM document WHERE file_path LIKE '%specification%'") == [(0,)]


@pytest.mark.parametrize("lately", [date(2026, 1, 1), date(2026, 10, 15), date(2027, 1, 1)])
def test_what_is_unbilled_does_not_depend_on_which_invoice_was_looked_for(company, lately):
    with night_at(company, NIGHTS[-1]) as night:
        found = pl.concat(unbilled_since(night, lately))["charge_id"].sort().to_list()
    unbilled = "SELECT charge_id FROM charge ANTI JOIN billed_charge USING (charge_id) ORDER BY 1"
    assert [(name,) for name in found] == ask(company, unbilled)


def test_the_payer_s_limit_bars_the_numbers_that_it_pays_for(company, copy_of):
    home = copy_of(company)
    on = "2026-11-02"
    limit = {"account_id": COMPANY, "amount": "1", "reason": "Slow payer"}
    paid = asked("r8", "set_payer", on, account_id=EMPLOYEE, payer_account_id=COMPANY)
    put(home, {"l.jsonl": paid + asked("r9", "set_credit_limit", on, 1, **limit)})
    conduct(home, date(2026, 11, 2))
    blocked = ask(home, "SELECT a_number, account_id FROM block WHERE block_cause = 'credit_limit' ORDER BY 1")
    assert blocked == [(ADA, COMPANY), (BO, COMPANY), (EVA, COMPANY)]


def test_a_night_run_again_changes_nothing(company, copy_of):
    home = copy_of(company)
    before = books(home)
    conduct(home, NIGHTS[-1])
    assert differing(before, books(home)) == []
