"""The ledger through nights: fees in advance, a closed month, an invoice written off, and the same books again."""

import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from small_operator import CARLS_SIGN_UP, DECIDED, FIRST_OCR, ask, books, differing, put, small_home, swish

from pipelines.ledger.ledger_events import events_to_book
from pipelines.nightly_flow import conduct, night_at
from pipelines.publishing.ledger_marts import LEDGER_MARTS

pytestmark = pytest.mark.slow
D = Decimal
OCT20 = date(2026, 10, 20)


def decide(home, name, on, **fields):
    """Put a decision of Eva's into the inbox."""
    row = {
        "request_id": name, "channel": "agent", "actor": "eva", "requested_at": f"{on}T09:00:00+01:00",
        "effective_on": f"{on}", "reason": "Decided by finance",
    } | fields  # fmt: skip
    put(home, {f"{name}.jsonl": json.dumps(row) + "\n"})


def vouchers(home, like):
    """Rows of vouchers: id, account, amount, in order of both."""
    sql = "SELECT voucher_id, ledger_account, debit_credit FROM ledger_entry"
    return [(v, a, str(x)) for v, a, x in ask(home, f"{sql} WHERE voucher_id LIKE '{like}' ORDER BY 1, 2")]


def run(home, *nights):
    for on in nights:
        conduct(home, on, stages=DECIDED)


def of_mart(home, name, columns):
    """Columns of a mart of the ledger, as it would be published now, in order."""
    sql = next(each.sql for each in LEDGER_MARTS if each.name == name)
    return ask(home, f"SELECT {columns} FROM ({sql}) ORDER BY ALL")  # noqa: S608 (our own words)


@pytest.fixture(scope="module")
def in_advance(made_once):
    """Carl's broadband on the night of his first invoice: 20 October, a month of 319.20 in advance among it."""

    def fill(root):
        home = small_home(root)
        put(home, {"carl.jsonl": CARLS_SIGN_UP})
        run(home, OCT20)

    return made_once("in_advance", fill)


def test_a_fee_in_advance_is_revenue_of_its_months_by_days(in_advance):
    """319.20 from 20 October to 20 November: 12 of 31 days at once, 123.56; 19 wait for November, 195.64."""
    assert vouchers(in_advance, "D:%") == [("D:1000001", "2970", "-195.64"), ("D:1000001", "3045", "195.64")]


def test_what_has_its_voucher_is_not_read_again(in_advance):
    with night_at(in_advance, OCT20) as night:
        events = events_to_book(night)
    read = {each.name: getattr(events, each.name) for each in fields(events)}
    assert [name for name, frame in read.items() if isinstance(frame, pl.DataFrame) and frame.height] == []


def test_fees_are_revenue_at_once_where_the_policy_says_so(in_advance, copy_of):
    with night_at(copy_of(in_advance), OCT20) as night:
        night.store.execute("DELETE FROM voucher")
        assert events_to_book(night).deferred.height == 1
        ledger = night.policy.ledger.model_copy(update={"defer_income": False})
        policy = night.policy.model_copy(update={"ledger": ledger})
        at_once = replace(night, configuration=replace(night.configuration, policy=policy))
        assert events_to_book(at_once).deferred.is_empty()


def test_a_credit_note_of_the_same_month_leaves_nothing_to_release(in_advance, copy_of):
    home = copy_of(in_advance)
    decide(home, "credit", date(2026, 10, 25), type="credit_invoice", invoice_no=1000001)
    run(home, date(2026, 10, 25))
    assert vouchers(home, "D:9000001") == [("D:9000001", "2970", "195.64"), ("D:9000001", "3045", "-195.64")]
    owed = "SELECT ledger_account, sum(debit_credit)::DECIMAL(18,2) FROM ledger_entry GROUP BY ALL"
    assert {amount for _, amount in ask(home, owed)} == {D(0)}


def test_a_closed_month_takes_nothing_and_a_loss_takes_its_vat_back(in_advance, copy_of, nightbill):
    home = copy_of(in_advance)
    said = ("--reason", "VAT return sent", "--by", "eva", "--home", home.root, "--on", "2026-11-03")
    assert nightbill("ledger", "close", "2026-10", *said)[0] == 0
    assert nightbill("ledger", "close", "2026-11", *said)[0] != 0  # it is not over
    put(home, {"late.csv": swish(("S1", "2026-10-30", "300,00", FIRST_OCR))})
    run(home, date(2026, 11, 4))
    dates = "SELECT event_on, posted_on, booked_by_night FROM voucher WHERE voucher_series = 'B'"
    assert ask(home, dates) == [(date(2026, 10, 30), date(2026, 11, 1), date(2026, 11, 4))]
    decide(home, "loss", date(2026, 11, 25), type="write_off", invoice_no=1000001)
    run(home, date(2026, 11, 25))
    put(home, {"after_all.csv": swish(("S2", "2026-11-29", "100,00", FIRST_OCR))})
    run(home, date(2026, 11, 30))
    # 652.00 with 130.34 VAT, less 300.00: 352.00 lost, of it 352.00 x 130.34 / 652.00 = 70.37 VAT
    assert vouchers(home, "L:%") == [
        ("L:loss", "1510", "-352.00"),
        ("L:loss", "2611", "70.37"),
        ("L:loss", "6351", "281.63"),
    ]
    assert ask(home, "SELECT written_off_amount, decided_by FROM write_off") == [(D("352.00"), "eva")]
    # of 352.00 lost 70.37 was VAT, of the 252.00 that are lost still it is 50.38: 19.99 is owed again
    after_all = [row for row in vouchers(home, "B:%") if "100.00" in row[0]]
    assert [row[1:] for row in after_all] == [("1930", "100.00"), ("2611", "-19.99"), ("3950", "-80.01")]
    released = [("D:1000001:2026-11", "2970", "195.64"), ("D:1000001:2026-11", "3045", "-195.64")]
    assert vouchers(home, "D:1000001:%") == released
    # 319.20 of 20 November to 20 December: 11 of 30 days at once, 19 wait for December, 202.16
    waits, moved = D("195.64"), "month::VARCHAR, opening_amount, deferred_amount, released_amount, closing_amount"
    assert of_mart(home, "deferred_income_by_month", moved) == [
        ("2026-10-01", D(0), waits, D(0), waits),
        ("2026-11-01", waits, D("202.16"), -waits, D("202.16")),
    ]
    held = of_mart(home, "ledger_balance", "month::VARCHAR, ledger_account, balance")
    assert ("2026-11-01", "2970", D("-202.16")) in held
    before = books(home)
    run(home, date(2026, 11, 30))
    assert differing(before, books(home)) == []
    _, shown, _ = nightbill("ledger", "periods", "--home", home.root)
    assert "closed" in shown
    assert "eva" in shown


def test_a_credit_note_of_an_invoice_that_was_written_off_gives_nothing_back(in_advance, copy_of):
    """652.00 was lost, 521.66 without VAT; credited, loss and recovery are as much, and all else is 0."""
    home = copy_of(in_advance)
    decide(home, "loss", date(2026, 10, 24), type="write_off", invoice_no=1000001)
    run(home, date(2026, 10, 24))
    decide(home, "credit", date(2026, 10, 25), type="credit_invoice", invoice_no=1000001)
    run(home, date(2026, 10, 25))
    balances = "SELECT ledger_account, sum(debit_credit)::DECIMAL(18,2) FROM ledger_entry GROUP BY ALL ORDER BY ALL"
    assert [(account, balance) for account, balance in ask(home, balances) if balance] == [
        ("3950", D("-521.66")), ("6351", D("521.66")),
    ]  # fmt: skip
    held = "SELECT allocation_kind, sum(amount) FROM allocation GROUP BY ALL HAVING sum(amount) <> 0 ORDER BY ALL"
    assert ask(home, held) == [("loss", D(-652)), ("recovered", D(652))]
