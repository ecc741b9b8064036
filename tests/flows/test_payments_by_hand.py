"""Payments in a home: matched by hand, unmatched, paid back and taken back; each time everything is proven."""

import json
import re
from datetime import date
from decimal import Decimal
from hashlib import md5

import polars as pl
import pytest
from small_operator import FIRST_OCR, ask, put, swish

from pipelines.night import opened_lake
from pipelines.nightly_flow import conduct, stages_named
from pipelines.payments.payment_view import list_suspense, show_payment
from schemas import tables

pytestmark = pytest.mark.slow
D = Decimal
ON = date(2026, 10, 21)
INVOICE, ANNA = 1000001, 20001
_STAGES = stages_named("configure", "ingest", "register", "match", "settle", "book", "prove")
OPEN = """
    SELECT (SELECT amount FROM receivable WHERE receivable_id = 'invoice:1000001') - coalesce(sum(amount), 0)
      FROM allocation WHERE allocation_kind = 'receivable' AND receivable_id = 'invoice:1000001'
"""
_OUTCOMES = "SELECT request_id, request_state, reason_code FROM request_outcome"
_CODES = "SELECT amount, left(md5(payment_id), 8) FROM payment"
HELD = "SELECT allocation_kind, sum(paid_amount) FROM allocation GROUP BY ALL HAVING sum(paid_amount) <> 0 ORDER BY ALL"


def decide(home, name, kind, **fields):
    """Put what somebody decides of a payment into the inbox, and run what applies and proves it."""
    row = {
        "request_id": name, "type": kind, "channel": "agent", "actor": "anna", "effective_on": "2026-10-21",
        "requested_at": f"2026-10-21T09:00:{len(name):02}+02:00", "reason": "She called and said so",
    }  # fmt: skip
    (home.inbox / f"{name}.jsonl").write_text(json.dumps(row | fields) + "\n", encoding="utf-8")
    conduct(home, ON, stages=_STAGES)
    return {request_id: outcome for request_id, *outcome in ask(home, _OUTCOMES)}[name]


@pytest.fixture
def paid(invoiced, copy_of):
    """A home where 188.00 kronor came that name nothing, and 12.00 that name Anna's invoice."""
    home = copy_of(invoiced)
    put(home, {"in.csv": swish(("S1", "2026-10-20", "188,00", "tack"), ("S2", "2026-10-20", "12,00", FIRST_OCR))})
    conduct(home, ON, stages=_STAGES)
    return home


def code(home, amount):
    """The code of the payment of an amount."""
    return dict(ask(home, _CODES))[amount]


def test_a_payment_is_matched_unmatched_and_paid_back_by_hand(paid, nightbill):
    """The invoice comes to 188.00: 12.00 came with its reference, so 12.00 of the other are credit."""
    home, unknown = paid, code(paid, 188)
    assert ask(home, OPEN) == [(D("176.00"),)]
    before = ask(home, HELD)
    assert list_suspense(home)["code"].to_list() == [unknown]
    assert nightbill("payments", "list", "--home", home.root)[0] == 0
    assert decide(home, "m", "match_payment", payment=unknown, invoice_no=INVOICE) == ["applied", None]
    assert ask(home, OPEN) == [(D("0.00"),)]
    assert ask(home, HELD) == [("credit", D("12.00")), ("receivable", D("188.00"))]
    assert decide(home, "mm", "match_payment", payment=unknown, invoice_no=INVOICE) == ["refused", "NOT_WAITING"]
    assert decide(home, "u", "unmatch_payment", payment=unknown) == ["applied", None]
    assert ask(home, HELD) == before
    assert decide(home, "ma", "match_payment", payment=unknown, account_id=ANNA) == ["applied", None]
    assert ask(home, OPEN) == [(D("0.00"),)]
    refund = {"account_id": ANNA, "to_account": "8327-9 123 456 789-0", "to_name": "Anna Ek"}
    assert decide(home, "r", "refund_payment", amount="12.01", **refund) == ["refused", "NOT_ENOUGH"]
    assert decide(home, "rr", "refund_payment", **refund) == ["applied", None]
    assert ask(home, HELD) == [("receivable", D("188.00")), ("refund", D("12.00"))]
    assert ask(home, "SELECT refund_no, amount, decided_by, to_account FROM refund") == [
        (1, D("12.00"), "anna", "832791234567890")
    ]
    history = show_payment(home, unknown).history.filter(pl.col("by") == "anna")
    assert history["why"].unique().to_list() == ["She called and said so"]
    assert nightbill("payments", "show", unknown, "--home", home.root)[0] == 0
    assert decide(home, "x", "unmatch_payment", payment="ffffffff") == ["refused", "UNKNOWN_PAYMENT"]


def take_back(home, amount, *, is_named=True):
    """Let the bank take back the payment of an amount, saying which it was or not."""
    with opened_lake(home, read_only=False) as store:
        came = store.read(tables.PAYMENT, "amount = ?", [amount])
        back = came.with_columns(
            pl.lit("back").alias("payment_id"),
            pl.lit("reversal").alias("payment_kind"),
            pl.when(is_named).then("payment_id").alias("reverses_payment_id"),
            pl.when(is_named).then("reference_text").alias("reference_text"),
            *(pl.lit(-amount).cast(came.schema["amount"]).alias(name) for name in ("amount", "home_amount")),
        )
        store.append(tables.PAYMENT, back)


def test_money_that_the_bank_takes_back_is_not_paid_out(invoiced, copy_of):
    """Of 200.00 for an invoice of 188.00, 12.00 are to go back; the bank takes the 200.00 back before they do."""
    home = copy_of(invoiced)
    put(home, {"in.csv": swish(("S1", "2026-10-20", "200,00", FIRST_OCR))})
    conduct(home, ON, stages=_STAGES)
    refund = {"account_id": ANNA, "to_account": "5050-1055", "to_name": "Anna Ek"}
    assert decide(home, "r", "refund_payment", **refund) == ["applied", None]
    assert ask(home, HELD) == [("receivable", D("188.00")), ("refund", D("12.00"))]
    take_back(home, D("200.00"))
    for _ in range(2):
        conduct(home, ON, stages=(*_STAGES, *stages_named("refund_file")))
        assert ask(home, HELD) == []
        assert ask(home, OPEN) == [(D("188.00"),)]
        assert ask(home, "SELECT count(*) FROM filed_refund") == [(0,)]


def test_money_that_went_out_and_is_no_refund_is_booked_on_an_account_and_taken_back(invoiced, copy_of, nightbill):
    """25.00 left the account for nothing we know: it is the bank's fee, or is it? Each time the books are proven."""
    home = copy_of(invoiced)
    put(home, {"in.csv": swish(("S1", "2026-10-20", "188,00", FIRST_OCR))})
    conduct(home, ON, stages=_STAGES)
    with opened_lake(home, read_only=False) as store:
        out = {"payment_id": "gone", "payment_kind": "paid_out", "reference_text": None}
        amounts = (
            pl.lit(D("-25.00")).cast(tables.PAYMENT.schema["amount"]).alias(n) for n in ("amount", "home_amount")
        )
        gone = (pl.lit(value, pl.String).alias(name) for name, value in out.items())
        store.append(tables.PAYMENT, store.read(tables.PAYMENT).with_columns(*gone, *amounts))
    conduct(home, ON, stages=_STAGES)
    suspense = [("receivable", D("188.00")), ("suspense", D("-25.00"))]
    assert ask(home, HELD) == suspense
    assert decide(home, "b", "book_payment", payment="gone", ledger_account="1510") == ["refused", "NOT_ALLOWED"]
    booked = decide(home, "bb", "book_payment", payment="gone", ledger_account="6570", amount="25.01")
    assert booked == ["refused", "NOT_ENOUGH"]
    assert decide(home, "bbb", "book_payment", payment="gone", ledger_account="6570") == ["applied", None]
    assert ask(home, HELD) == [("booked", D("-25.00")), ("receivable", D("188.00"))]
    entries = "SELECT ledger_account, sum(debit_credit)::DECIMAL(18,2) FROM ledger_entry WHERE ledger_account IN "
    entries += "('1930', '2490', '6570') GROUP BY ALL ORDER BY ALL"
    assert ask(home, entries) == [("1930", D("163.00")), ("2490", D("0.00")), ("6570", D("25.00"))]
    assert nightbill("payments", "show", "gone", "--home", home.root)[0] == 0
    assert decide(home, "u", "unbook_payment", payment="gone") == ["applied", None]
    assert ask(home, HELD) == suspense
    assert decide(home, "uu", "unbook_payment", payment="gone") == ["refused", "NOT_WAITING"]
    assert ask(home, "SELECT amount, decided_by FROM payment_booking ORDER BY ALL") == [
        (D("-25.00"), "anna"), (D("25.00"), "anna"),
    ]  # fmt: skip


def bank_rejects(store):
    """Let the bank answer that it did not pay refund 1."""
    answer = {
        "answer_id": "a", "scheme": "sepa", "answer": "rejected", "direct_debit_id": "R1", "received_on": ON,
        "answered_on": ON, "file_sha256": "f" * 64, "record_no": 1, "line_no": 1,
    }  # fmt: skip
    schema = tables.DIRECT_DEBIT_ANSWER.schema
    store.append(tables.DIRECT_DEBIT_ANSWER, pl.DataFrame([answer], schema={name: schema[name] for name in answer}))


def bank_books(store, back="12.00", **told):
    """Let the bank's report say that refund 1, of 12.00, left and came back."""
    left(store)
    comes(store, D(back), end_to_end_id="R1", **told)


def bank_books_less(store):
    """Let the bank's report say that refund 1, of 12.00, left and came back less the 1.00 of the bank's own fee."""
    bank_books(store, "11.00", return_code="AC04")


def left(store, name="left"):
    """Let the bank's report say that refund 1, of 12.00, left."""
    comes(store, D("-12.00"), name, payment_kind="paid_out", end_to_end_id="R1")


def comes(store, amount, name="back", rate="1", **told):
    """Let the bank's report tell of money that names no invoice; at a rate, of euro."""
    came = store.read(tables.PAYMENT).head(1)
    texts = {"payment_id": name, "payment_kind": "received", "end_to_end_id": None, "reference_text": None} | told
    figures = {"amount": amount, "exchange_rate": D(rate), "home_amount": amount * D(rate)}
    texts["currency"] = "SEK" if rate == "1" else "EUR"
    said = (pl.lit(value).cast(came.schema[key]).alias(key) for key, value in (texts | figures).items())
    store.append(tables.PAYMENT, came.with_columns(*said))


@pytest.fixture
def refunding(invoiced, copy_of):
    """A home where, of 200.00 for an invoice of 188.00, 12.00 are ordered to go back."""
    home = copy_of(invoiced)
    put(home, {"in.csv": swish(("S1", "2026-10-20", "200,00", FIRST_OCR))})
    conduct(home, ON, stages=_STAGES)
    refund = {"account_id": ANNA, "to_account": "5050-1055", "to_name": "Anna Ek"}
    assert decide(home, "r", "refund_payment", **refund) == ["applied", None]
    return home


def tell(home, *tells):
    """Let the bank tell something, and run what proves it, twice."""
    with opened_lake(home, read_only=False) as store:
        for each in tells:
            each(store)
    for _ in range(2):
        conduct(home, ON, stages=_STAGES)


@pytest.mark.parametrize(
    "nights",
    [[bank_rejects, bank_books], [bank_books, bank_rejects]],
    ids=["rejected and then come back", "come back and then rejected"],
)
def test_a_refund_that_the_bank_rejects_and_brings_back_is_credit_once(refunding, nights):
    """12.00 are credit again however often it is run."""
    for tells in nights:
        tell(refunding, tells)
        assert ask(refunding, HELD) == [("credit", D("12.00")), ("receivable", D("188.00"))]


@pytest.mark.parametrize(
    "nights",
    [[bank_rejects, bank_books_less], [bank_books_less, bank_rejects]],
    ids=["rejected and then come back", "come back and then rejected"],
)
def test_what_the_bank_keeps_of_a_refund_that_comes_back_is_its_fee_and_ours(refunding, nights):
    """12.00 left and 11.00 are back: Anna has 12.00 of credit, and 1.00 stands on account 6571."""
    for tells in nights:
        tell(refunding, tells)
    assert ask(refunding, HELD) == [("bank_cost", D("-1.00")), ("credit", D("12.00")), ("receivable", D("188.00"))]
    cost = "SELECT sum(debit_credit)::DECIMAL(18,2) FROM ledger_entry WHERE ledger_account = "
    assert ask(refunding, cost + "'6571'") == [(D("1.00"),)]
    assert list_suspense(refunding).is_empty()


def test_a_refund_of_money_in_suspense_that_comes_back_less_the_fee_is_in_suspense_whole(paid):
    """12.00 of the 188.00 that name nothing are ordered to go back, and 11.00 are back."""
    order = {"payment": code(paid, 188), "amount": "12.00", "to_account": "5050-1055", "to_name": "Anna Ek"}
    assert decide(paid, "r", "refund_payment", **order) == ["applied", None]
    tell(paid, bank_books_less)
    assert ask(paid, HELD) == [("bank_cost", D("-1.00")), ("receivable", D("12.00")), ("suspense", D("188.00"))]


def test_less_that_the_bank_does_not_call_a_return_takes_back_by_hand_what_left_and_is_no_credit(refunding):
    """12.00 left though rejected, 11.00 are back: they are Anna's 12.00 of before, and the bank owes us 1.00."""
    home = refunding
    tell(home, bank_rejects, lambda store: bank_books(store, "11.00"))
    waiting = [("credit", D("12.00")), ("receivable", D("188.00")), ("refund", D("-12.00")), ("suspense", D("11.00"))]
    assert ask(home, HELD) == waiting
    for name, to in (("a", {"account_id": ANNA}), ("aa", {"invoice_no": INVOICE})):
        assert decide(home, name, "match_payment", payment="back", **to) == ["refused", "NOT_ALLOWED"]
    assert decide(home, "m", "match_payment", payment="back", reverses="left") == ["applied", None]
    assert ask(home, HELD) == [("credit", D("12.00")), ("receivable", D("188.00")), ("refund", D("-1.00"))]
    assert decide(home, "b", "book_payment", payment="left", ledger_account="6570") == ["applied", None]
    assert ask(home, HELD) == [("booked", D("-1.00")), ("credit", D("12.00")), ("receivable", D("188.00"))]
    assert decide(home, "bb", "book_payment", payment="left", ledger_account="6570") == ["refused", "NOT_WAITING"]


def test_a_refund_that_came_back_with_its_id_as_text_only_is_credit_once_a_person_says_so(refunding):
    home = refunding
    tell(home, left, lambda store: comes(store, D("12.00"), free_text="R1"))
    assert ask(home, HELD) == [("receivable", D("188.00")), ("suspense", D("12.00"))]
    assert decide(home, "b", "book_payment", payment="left", ledger_account="6570") == ["refused", "NOT_WAITING"]
    assert decide(home, "a", "match_payment", payment="back", account_id=ANNA) == ["refused", "NOT_ALLOWED"]
    why = ask(home, "SELECT reason_text FROM request_outcome WHERE request_id = 'a'")
    code = md5(b"left", usedforsecurity=False).hexdigest()[:8]
    text = (
        "it bears the id R1 of a refund of 12.00 and may be that come back: match it --reverses the payment that the "
    )
    assert why == [(f"{text}refund left with, {code}",)]
    again = {"payment": "back", "to_account": "5050-1055", "to_name": "Anna Ek"}
    assert decide(home, "aa", "refund_payment", **again) == ["refused", "NOT_ALLOWED"]
    assert decide(home, "m", "match_payment", payment="back", reverses="left") == ["applied", None]
    tell(home, bank_rejects)
    assert ask(home, HELD) == [("credit", D("12.00")), ("receivable", D("188.00"))]


def test_a_refund_that_the_bank_pays_out_twice_is_listed_until_it_is_back(refunding):
    home = refunding
    tell(home, left, lambda store: left(store, "left again"))
    assert ask(home, HELD) == [("receivable", D("188.00")), ("refund", D("-12.00"))]
    ((code, amount, who, reference, todo),) = list_suspense(home).drop("booked_on").rows()
    assert (amount, who, reference) == ("-12.00 SEK", "Anna Ek", "R1")
    assert todo == (
        "the bank owes us this of refund 1: ask for it; what comes back as R1 is found, match other money --reverses "
        f"{code}, or book {code}"
    )
    tell(home, lambda store: comes(store, D("12.00"), end_to_end_id="R1"))
    assert ask(home, HELD) == [("receivable", D("188.00"))]
    assert list_suspense(home).is_empty()


BALANCE = "SELECT coalesce(sum(debit_credit), 0)::DECIMAL(18,2) FROM ledger_entry WHERE ledger_account IN "


@pytest.fixture
def in_euro(paid):
    """A home where 100.00 EUR of credit that came at 11.00 are ordered to go back."""
    with opened_lake(paid, read_only=False) as store:
        comes(store, D(100), "euro", "11.00")
    conduct(paid, ON, stages=_STAGES)
    assert decide(paid, "m", "match_payment", payment="euro", account_id=ANNA) == ["applied", None]
    to = {"to_account": "5050-1055", "to_name": "Anna Ek"}
    assert decide(paid, "r", "refund_payment", payment="euro", **to) == ["applied", None]
    return paid


def euro(amount, rate, name="back", **told):
    """What the bank tells of euro that are refund 1: with an amount below zero, that it left."""
    kind = "paid_out" if amount < 0 else "received"
    return lambda store: comes(store, D(amount), name, rate, payment_kind=kind, end_to_end_id="R1", **told)


@pytest.mark.parametrize(
    ("nights", "differences"),
    [
        ([euro(-100, "11.50", "left")], "50.00"),  # ordered at 1100.00, left at 1150.00
        ([euro(-100, "11.50", "left"), euro(100, "11.20")], "50.00"),  # 1120.00 of credit are new money
        ([bank_rejects, euro(-100, "11.50", "left"), euro(100, "11.20")], "30.00"),  # left at 1150.00, back at 1120.00
        ([bank_rejects, euro(-100, "11.50", "left"), euro(99, "11.20", return_code="AC04")], "30.00"),
        ([euro(-100, "11.50", "left"), euro(-100, "11.60", "left again"), euro(100, "11.20")], "90.00"),
    ],
    ids=["left", "come back", "rejected and come back", "come back less the fee", "left twice and come back"],
)
def test_a_refund_in_euro_leaves_nothing_on_its_account_and_what_rates_differ_by_is_a_loss(
    in_euro, nights, differences
):
    for tells in nights:
        tell(in_euro, tells)
    assert ask(in_euro, BALANCE + "('2899')") == [(D("0.00"),)]
    assert ask(in_euro, BALANCE + "('3960', '7960')") == [(D(differences),)]


def test_a_refund_in_euro_that_a_person_says_is_back_leaves_nothing_on_its_account(in_euro):
    """99.00 of 1150.00 are back at 11.20, 29.70 less than they left with; 1.00, which left at 11.50, is booked."""
    tell(in_euro, euro(-100, "11.50", "left"), lambda store: comes(store, D(99), rate="11.20"))
    assert decide(in_euro, "t", "match_payment", payment="back", reverses="left") == ["applied", None]
    assert decide(in_euro, "b", "book_payment", payment="left", ledger_account="6570") == ["applied", None]
    assert ask(in_euro, HELD) == [("booked", D(-1)), ("credit", D(100)), ("receivable", D(12)), ("suspense", D(188))]
    for accounts, balance in (("('2899')", "0.00"), ("('6570')", "11.50"), ("('3960', '7960')", "29.70")):
        assert ask(in_euro, BALANCE + accounts) == [(D(balance),)]


EARNED = "SELECT base_amount, amount FROM commission ORDER BY accrued_on, amount"


@pytest.fixture
def paid_back(invoiced, copy_of):
    """A home where Anna's invoice was paid, with 188.00, credited, and its credit ordered to be paid back.

    5 % of 188.00 are 9.40: earned when they are paid, lost when ordered back.
    """
    home = copy_of(invoiced)
    put(home, {"in.csv": swish(("S1", "2026-10-20", "188,00", FIRST_OCR))})
    conduct(home, ON, stages=_STAGES)
    assert ask(home, EARNED) == [(D("188.00"), D("9.40"))]
    asked = {
        "request_id": "c", "type": "credit_invoice", "channel": "agent", "actor": "anna", "invoice_no": INVOICE,
        "requested_at": "2026-10-21T09:00:00+02:00", "effective_on": "2026-10-21", "reason": "It was all wrong",
    }  # fmt: skip
    (home.inbox / "c.jsonl").write_text(json.dumps(asked) + "\n", encoding="utf-8")
    conduct(home, ON, stages=stages_named(*(stage.name for stage in _STAGES), "bill"))
    assert ask(home, EARNED) == [(D("188.00"), D("9.40"))]
    refund = {"account_id": ANNA, "to_account": "5050-1055", "to_name": "Anna Ek"}
    assert decide(home, "r", "refund_payment", **refund) == ["applied", None]
    assert ask(home, EARNED) == [(D("-188.00"), D("-9.40")), (D("188.00"), D("9.40"))]
    return home


def test_commission_that_a_refund_took_back_is_earned_again_when_the_bank_rejects_that(paid_back):
    with opened_lake(paid_back, read_only=False) as store:
        bank_rejects(store)
    for _ in range(2):
        conduct(paid_back, ON, stages=_STAGES)
        assert ask(paid_back, EARNED) == [(D("-188.00"), D("-9.40")), *[(D("188.00"), D("9.40"))] * 2]


def test_a_payment_that_the_bank_takes_back_after_its_refund_loses_its_commission_once(paid_back):
    take_back(paid_back, D("188.00"))
    for _ in range(2):
        conduct(paid_back, ON, stages=_STAGES)
        assert ask(paid_back, EARNED) == [*[(D("-188.00"), D("-9.40"))] * 2, *[(D("188.00"), D("9.40"))] * 2]


def take_fee(home):
    """Let the policy charge 50.00 for a payment that is taken back."""
    policy = home.config / "policy.toml"
    text = re.sub(r"(?m)^\[payments\].*$", "[payments]\nreturn_fee = 50", policy.read_text(encoding="utf-8"))
    policy.write_text(text, encoding="utf-8")


FEES = "SELECT receivable_kind, amount, invoice_no FROM receivable WHERE receivable_kind = 'return_fee'"


def test_a_payment_taken_back_opens_its_invoice_again_and_costs_the_fee_of_the_policy(paid):
    home = paid
    take_fee(home)
    take_back(home, D("12.00"))
    conduct(home, ON, stages=_STAGES)
    assert ask(home, OPEN) == [(D("188.00"),)]
    assert ask(home, FEES) == [("return_fee", D("50.00"), INVOICE)]
    conduct(home, ON, stages=_STAGES)
    assert ask(home, OPEN) == [(D("188.00"),)]


def test_a_reversal_tied_to_its_payment_by_hand_costs_the_fee_of_the_policy_too(paid):
    """The bank does not say what it takes back, so the reversal waits until Anna has looked it up."""
    home = paid
    take_fee(home)
    take_back(home, D("12.00"), is_named=False)
    conduct(home, ON, stages=_STAGES)
    assert ask(home, FEES) == []
    tied = {"payment": "back", "reverses": code(home, D("12.00"))}
    assert decide(home, "t", "match_payment", **tied) == ["applied", None]
    for _ in range(2):
        assert ask(home, OPEN) == [(D("188.00"),)]
        assert ask(home, FEES) == [("return_fee", D("50.00"), INVOICE)]
        conduct(home, ON, stages=_STAGES)
