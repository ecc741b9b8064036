"""Payment agreements: what is paid of instalments, when an agreement is kept or broken, and what is reminded of."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.payment_agreements import claims_to_agree_on, ended_agreements, instalments_paid, settled_since
from invoicing.reminders import instalment_reminders, reminder_fees
from invoicing.settlement import open_items
from schemas import tables
from schemas.policy import Agreements, Reminders

AGREED = date(2026, 11, 1)
DUE = (date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))
POLICY = Agreements(broken_instalments=2, broken_days=30)
REMINDERS = Reminders(fee=Decimal(60), grace_days=5, payment_days=10, minimum_open=Decimal(50))
FIRST, SECOND = "invoice:1", "invoice:2"


def frame(table, *rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema, orient="row")


# Invoices of 500 and 400, 900 in all, in three instalments of 300.
CLAIMS = frame(
    tables.AGREEMENT_CLAIM,
    *(
        {"agreement_id": "7:1", "receivable_id": name, "amount": Decimal(amount), "credited_amount": Decimal(0)}
        for name, amount in ((FIRST, 500), (SECOND, 400))
    ),
)
RECEIVABLES = frame(
    tables.RECEIVABLE,
    *(
        {"receivable_id": name, "receivable_kind": "invoice", "account_id": 7, "invoice_no": number,
         "amount": Decimal(amount), "home_amount": Decimal(amount), "currency": "SEK", "due_on": AGREED,
         "booked_on": AGREED}
        for name, number, amount in ((FIRST, 1, 500), (SECOND, 2, 400))
    ),
)  # fmt: skip
PLAN = frame(
    tables.AGREEMENT_INSTALMENT,
    *(
        {"agreement_id": "7:1", "instalment_no": number, "due_on": due, "amount": Decimal(300)}
        for number, due in enumerate(DUE, 1)
    ),
)
STANDING = frame(
    tables.PAYMENT_AGREEMENT,
    {"agreement_id": "7:1", "account_id": 7, "agreement_state": "standing", "amount": Decimal(900), "currency": "SEK",
     "fee_amount": Decimal(0), "agreed_on": AGREED, "decided_by": "eva", "decision_text": "asked", "request_id": "r"},
)  # fmt: skip


def allocations(*rows):
    """Allocations to claims as (claim, amount[, match rule])."""
    return frame(
        tables.ALLOCATION,
        *(
            {"allocation_id": str(number), "payment_id": "p", "receivable_id": claim, "amount": Decimal(amount),
             "allocation_kind": "receivable", "match_rule": rule[0] if rule else "ocr_reference"}
            for number, (claim, amount, *rule) in enumerate(rows)
        ),
    )  # fmt: skip


def paid(*rows, claims=CLAIMS):
    return instalments_paid(PLAN, settled_since(claims, RECEIVABLES, allocations(*rows)))


def figures(*rows, **more):
    """What is reduced, paid and open of each instalment."""
    names = ("reduced_amount", "paid_amount", "open_amount")
    return [tuple(int(each) for each in row) for row in paid(*rows, **more).select(names).rows()]


def state(on, *rows, policy=POLICY):
    found = ended_agreements(STANDING, paid(*rows), policy, REMINDERS.minimum_open, on)
    assert found["ended_on"].to_list() in ([], [on])
    return found["agreement_state"].to_list()


@pytest.mark.parametrize(
    ("rows", "ends_as"),
    [
        ([(FIRST, 500), (SECOND, 400)], ["kept"]),
        ([(FIRST, 500), (SECOND, 400, "credit_note")], ["kept"]),
        ([(FIRST, 500), (SECOND, 400, "write_off")], ["written_off"]),
        ([(FIRST, 500, "write_off"), (SECOND, 400, "write_off")], ["written_off"]),
        ([(FIRST, 500, "write_off")], []),
    ],
    ids=["paid", "paid and credited", "paid and given up", "all given up", "still open"],
)
def test_an_agreement_of_which_something_was_given_up_was_not_kept(rows, ends_as):
    assert state(AGREED, *rows) == ends_as


def test_nothing_paid_leaves_every_instalment_open():
    assert figures() == [(0, 0, 300), (0, 0, 300), (0, 0, 300)]


def test_money_pays_the_instalments_in_their_order_whichever_claim_it_went_to():
    """450 = 300 + 150."""
    assert figures((SECOND, 400), (FIRST, 50)) == [(0, 300, 0), (0, 150, 150), (0, 0, 300)]


def test_a_credit_note_reduces_the_instalments_from_the_last_one():
    """Of 350 credited, 300 take the last one away and 50 shorten the one before."""
    assert figures((FIRST, 350, "credit_note")) == [(0, 0, 300), (50, 0, 250), (300, 0, 0)]


def test_credit_and_money_meet_in_the_middle():
    """350 credited leave 550: 300 + 250, of which 500 are paid."""
    rows = ((FIRST, 350, "credit_note"), (SECOND, 400), (FIRST, 100))
    assert figures(*rows) == [(0, 300, 0), (50, 200, 50), (300, 0, 0)]


def test_a_payment_taken_back_opens_its_instalment_again():
    assert figures((FIRST, 300), (FIRST, -300)) == figures()


def test_what_was_paid_or_credited_before_counts_for_nothing():
    """Of 500, 60 were paid and 40 credited when 400 came under the agreement; 100 were paid since."""
    before = CLAIMS.with_columns(
        pl.when(pl.col("receivable_id") == FIRST).then(Decimal(400)).otherwise("amount").alias("amount"),
        pl.when(pl.col("receivable_id") == FIRST)
        .then(Decimal(40))
        .otherwise("credited_amount")
        .alias("credited_amount"),
    ).cast(tables.AGREEMENT_CLAIM.schema)
    rows = ((FIRST, 60), (FIRST, 40, "credit_note"), (FIRST, 100))
    assert figures(*rows, claims=before) == [(0, 100, 200), (0, 0, 300), (0, 0, 300)]


def test_claims_to_agree_on_are_what_is_open_and_say_what_was_credited():
    found = allocations((FIRST, 40, "credit_note"), (FIRST, 60), (SECOND, 400))
    claims = claims_to_agree_on(open_items(RECEIVABLES, found), found)
    names = ("receivable_id", "open_amount", "credited_amount")
    assert claims.select(names).rows() == [(FIRST, Decimal(400), Decimal(40))]


@given(st.permutations([(FIRST, 200), (FIRST, 300), (SECOND, 150), (SECOND, 100), (FIRST, -100)]))
def test_the_order_in_which_money_comes_makes_no_difference(rows):
    """500 - 100 + 250 = 650: 300 + 300 + 50."""
    assert figures(*rows) == [(0, 300, 0), (0, 300, 0), (0, 50, 250)]


@given(st.integers(0, 50_000), st.integers(0, 50_000), st.integers(0, 40_000))
def test_parts_of_instalments_always_add_up_and_money_never_skips_one(first, credited, second):
    """In öre; what is credited is no more than what is left of the first invoice."""
    taken = min(credited, 50_000 - first)
    cents = [(FIRST, first), (FIRST, taken, "credit_note"), (SECOND, second)]
    found = paid(*((claim, Decimal(minor) / 100, *rule) for claim, minor, *rule in cents))
    parts = found.select(pl.sum_horizontal("reduced_amount", "paid_amount", "open_amount")).to_series()
    assert parts.to_list() == [Decimal(300)] * 3
    assert found["paid_amount"].sum() == Decimal(first + second) / 100
    assert found["reduced_amount"].sum() == Decimal(taken) / 100
    begun = (found["paid_amount"] > 0).to_list()
    whole = (found["open_amount"] == 0).to_list()
    assert all(whole[place] for place in range(2) if begun[place + 1])


def test_an_agreement_is_kept_when_nothing_is_open_even_long_before_its_time():
    assert state(AGREED, (FIRST, 500), (SECOND, 400)) == ["kept"]
    assert state(AGREED, (FIRST, 500), (SECOND, 400, "credit_note")) == ["kept"]
    assert state(AGREED, (FIRST, 500), (SECOND, "399.99")) == []


@pytest.mark.parametrize(
    ("on", "rows", "states"),
    [
        (date(2026, 12, 30), (), []),  # one instalment, 29 days late
        (date(2026, 12, 31), (), ["broken"]),  # 30 days late
        (date(2027, 1, 1), ((FIRST, "250.00"),), []),  # 50.00 left of the first: too little to count
        (date(2027, 1, 2), ((FIRST, "249.99"),), ["broken"]),  # the second is overdue as well: two
        (date(2027, 1, 2), ((FIRST, 300),), []),
    ],
)
def test_an_agreement_is_broken_by_so_many_instalments_or_days(on, rows, states):
    assert state(on, *rows) == states


def test_a_policy_of_zero_never_breaks_an_agreement_by_that():
    long_after = date(2027, 12, 31)
    assert state(long_after, policy=Agreements(broken_instalments=0, broken_days=0)) == []
    assert state(long_after, policy=Agreements(broken_instalments=3, broken_days=0)) == ["broken"]


def reminded(on, *rows, before=None):
    instalments, found = paid(*rows), allocations(*rows)
    held = open_items(RECEIVABLES, found).join(CLAIMS.select("receivable_id", "agreement_id"), on="receivable_id")
    earlier = tables.REMINDER.empty() if before is None else before
    return instalment_reminders(instalments, held, earlier, REMINDERS, on)


def test_an_instalment_is_reminded_of_after_the_grace_once_by_its_own_amount():
    """Due on 1 December, of 300 are 200 left; the fee is a claim that names the oldest open invoice."""
    assert reminded(date(2026, 12, 6), (FIRST, 100)).is_empty()
    found = reminded(date(2026, 12, 7), (FIRST, 100))
    assert found.to_dicts() == [
        {
            "reminder_id": "reminder:agreement:7:1:1", "invoice_no": 1, "reminder_step": 1, "account_id": 7,
            "fee_amount": Decimal(60), "open_amount": Decimal(200), "reminded_on": date(2026, 12, 7),
            "due_on": date(2026, 12, 17), "agreement_id": "7:1", "instalment_no": 1,
        }
    ]  # fmt: skip
    assert reminded(date(2026, 12, 8), (FIRST, 100), before=found).is_empty()
    fees = reminder_fees(found, "SEK").select("receivable_id", "receivable_kind", "invoice_no", "amount").rows()
    assert fees == [("reminder:agreement:7:1:1", "reminder_fee", 1, Decimal(60))]


def test_a_reminder_of_an_instalment_names_the_oldest_invoice_that_is_still_open():
    """The first invoice is paid: 500 = 300 + 200, so 100 of the second instalment are left."""
    found = reminded(date(2027, 1, 7), (FIRST, 500))
    assert found.select("invoice_no", "instalment_no", "open_amount").rows() == [(2, 2, Decimal(100))]
