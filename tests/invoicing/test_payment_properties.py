"""What holds of payments whatever comes, in which order and over how many nights."""

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from settled_books import NO_ALLOCATIONS, bank, claim, claims, credits_of, night, owed, paid, suspense_of

from invoicing.payment_matching import NAMED
from invoicing.payments_by_hand import in_suspense, match_to_account, match_to_invoice, refundable, unmatch
from invoicing.refunds import refund_rows, refunds_paid, refunds_returned
from invoicing.settlement import Owed, open_items, recoverable
from schemas import tables

NO_RATES = pl.DataFrame(schema={"currency": pl.String, "booked_on": pl.Date, "exchange_rate": pl.Decimal(18, 8)})
QUICK = settings(max_examples=20, deadline=None)
INVOICES = (1, 2, 3, 4)
ACCOUNT_OF = {1: 10, 2: 10, 3: 10, 4: 20}
kronor = st.integers(1, 400).map(lambda oere: Decimal(oere) / 4)
some_claims = st.fixed_dictionaries(
    {}, optional={f"{kind}{n}": st.tuples(kronor, st.integers(1, 30)) for kind in ("inv", "fee") for n in INVOICES}
).map(lambda drawn: claims(*(claim(name, ACCOUNT_OF[int(name[3:])], *each) for name, each in drawn.items())))
received = st.tuples(kronor, st.sampled_from([*INVOICES, "99", None]), st.integers(10, 20))


@st.composite
def movements(draw):
    """Payments, and reversals of some of them, whole or in part, some of which name no payment."""
    money = [paid(f"p{at}", *each) for at, each in enumerate(draw(st.lists(received, max_size=6)))]
    taken = draw(st.lists(st.tuples(kronor, st.integers(0, 7), st.integers(20, 25)), max_size=3))
    back = [
        paid(f"r{at}", -amount, day=day, kind="reversal", reverses_payment_id=f"p{of}")
        for at, (amount, of, day) in enumerate(taken)
    ]
    return [*money, *back]


def net(receivables, found):
    """What each account owes less its credit, and what is in suspense in all."""
    left = defaultdict(Decimal)
    for name, amount in owed(receivables, found).items():
        left[ACCOUNT_OF[int(name[3:])]] += amount
    for account, amount in credits_of(found).items():
        left[account] -= amount
    return {account: amount for account, amount in left.items() if amount}, sum(suspense_of(found).values())


def placed_over_nights(receivables, rows, cuts):
    """The allocations when the rows come in several nights, cut at these places."""
    found, earlier = NO_ALLOCATIONS, bank()
    places = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for begins, ends in pairwise(places):
        found = night(receivables, bank(*rows[begins:ends]), found, earlier)
        earlier = pl.concat([earlier, bank(*rows[begins:ends])])
    return found


def sound(receivables, rows, found):
    """Each payment is its allocations; nothing is paid beyond what is owed, and no credit is below zero."""
    sums = dict(found.group_by("payment_id").agg(pl.col("paid_amount").sum()).iter_rows())
    assert sums == {row["payment_id"]: row["amount"] for row in rows}
    of_claims = found.filter(pl.col("allocation_kind") == "receivable")
    got = dict(of_claims.group_by("receivable_id").agg(pl.col("amount").sum()).iter_rows())
    assert all(0 <= got.get(name, 0) <= amount for name, amount in receivables.select("receivable_id", "amount").rows())
    credit = found.filter(pl.col("allocation_kind") == "credit").group_by("payment_id").agg(pl.col("amount").sum())
    assert (credit["amount"] >= 0).all()
    assert found["allocation_id"].is_unique().all()
    vouchers = found.filter(~pl.col("voucher_id").str.starts_with("B:")).group_by("voucher_id", "payment_id")
    assert (vouchers.agg(pl.col("paid_amount").sum())["paid_amount"] == 0).all()


@QUICK
@given(some_claims, movements())
def test_allocated_is_never_more_than_paid_or_owed(receivables, rows):
    sound(receivables, rows, night(receivables, bank(*rows)))


@QUICK
@given(some_claims, movements(), st.randoms(use_true_random=False))
def test_the_order_of_a_nights_files_gives_the_same_allocations(receivables, rows, random):
    one, other = (night(receivables, bank(*each)) for each in (rows, random.sample(rows, len(rows))))
    assert one.sort("allocation_id").equals(other.sort("allocation_id"))


@QUICK
@given(some_claims, movements(), st.lists(st.integers(0, 9), max_size=3), st.randoms(use_true_random=False))
def test_however_files_are_spread_over_nights_each_account_owes_the_same(receivables, rows, cuts, random):
    """A reversal may come before its payment."""
    found = placed_over_nights(receivables, random.sample(rows, len(rows)), cuts)
    sound(receivables, rows, found)
    assert net(receivables, found) == net(receivables, night(receivables, bank(*rows)))


@QUICK
@given(some_claims, movements())
def test_the_same_night_twice_does_nothing_more(receivables, rows):
    once = night(receivables, bank(*rows))
    assert night(receivables, bank(), once, bank(*rows)).equals(once)


def by_hand(receivables, found, payment, invoice, wanted=None, request="m"):
    """Match a payment in suspense to an invoice; returns all allocations then."""
    mine = found.filter(pl.col("payment_id") == payment["payment_id"])
    items, lost = open_items(receivables, found), recoverable(receivables, found)
    named = pl.DataFrame(
        [(payment["payment_id"], invoice, ACCOUNT_OF[invoice], "by_hand", 1, None)], schema=NAMED, orient="row"
    )
    rows = match_to_invoice(
        bank(payment).select(tables.PAYMENT.names), mine, named,
        Owed(items, lost, NO_RATES),
        request, wanted or in_suspense(mine)[0],
    )  # fmt: skip
    return pl.concat([found, rows])


def held(found):
    """What every payment holds, by kind, claim and account."""
    sums = found.group_by("payment_id", "allocation_kind", "receivable_id", "account_id").agg(
        pl.col("amount", "home_amount", "paid_amount", "paid_home_amount").sum()
    )
    return sorted(sums.filter(pl.col("paid_amount") != 0).rows(), key=str)


@QUICK
@given(some_claims, kronor, st.sampled_from(INVOICES))
def test_unmatching_is_the_inverse_of_matching(receivables, amount, invoice):
    payment = paid("p", amount, "99")
    before = night(receivables, bank(payment))
    matched = by_hand(receivables, before, payment, invoice)
    sound(receivables, [payment], matched)
    assert suspense_of(matched) == {}
    again = pl.concat([matched, unmatch(matched, "u")])
    assert held(again) == held(before)
    assert owed(receivables, again) == owed(receivables, before)


def test_a_payment_is_split_by_hand_between_an_invoice_and_an_account():
    """100 in suspense: 60 for invoice 1, of which 50 is open, so 10 is credit; then 40 for account 20."""
    receivables, payment = claims(claim("inv1", 10, 50, 20)), paid("p", 100, "99")
    found = by_hand(receivables, night(receivables, bank(payment)), payment, 1, wanted=6000)
    found = pl.concat([found, match_to_account(found, 20, "n", 4000)])
    assert credits_of(found) == {10: Decimal(10), 20: Decimal(40)}
    assert owed(receivables, found) == {}
    assert suspense_of(found) == {}


def test_what_is_paid_of_an_invoice_that_was_written_off_is_recovered_and_the_rest_is_credit():
    """Written off: 80 of 100, as 20 came before. Then 90 come: 80 recovered, 10 credit."""
    receivables = claims(claim("inv1", 10, 100, 20))
    first = paid("p", 20, 1)
    found = night(receivables, bank(first))
    lost = found.head(1).select(
        pl.Series("allocation_kind", ["receivable", "loss"]), pl.Series("amount", [Decimal(80), Decimal(-80)])
    )
    rows = pl.concat([found.head(1)] * 2).with_columns(
        lost["allocation_kind"], *(lost["amount"].cast(found.schema["amount"]).alias(name) for name in
                                   ("amount", "home_amount", "paid_amount", "paid_home_amount")),
        payment_id=pl.lit("write_off:1"), voucher_id=pl.lit("L:1"), allocation_id=pl.Series(["a", "b"]),
    )  # fmt: skip
    found = night(receivables, bank(paid("q", 90, 1)), pl.concat([found, rows]), bank(first))
    of_q = found.filter(pl.col("payment_id") == "q").select("allocation_kind", "receivable_id", "amount").rows()
    assert sorted(of_q) == [("credit", None, Decimal(10)), ("recovered", "inv1", Decimal(80))]
    assert owed(receivables, found) == {}


REFUND = pl.DataFrame(
    [("refund:r", 7, None, 10, Decimal(30), "SEK", "1", "Anna", None, "bo", "asked", "r")],
    schema=tables.REFUND.schema,
    orient="row",
).with_columns(is_undone=False, has_returned=False, times_out=0, times_back=0, ordered_home=3000)


def ordered():
    """30 of the 50 of credit that two payments left are ordered to be paid back."""
    receivables = claims(claim("inv1", 10, 100, 20))
    found = night(receivables, bank(paid("p", 110, 1), paid("q", 40, 1)))
    pots = refundable(found)
    return pl.concat([found, refund_rows(pots, "r", 3000)])


def test_a_refund_is_taken_from_credit_in_the_order_of_payments_until_the_bank_pays_it_out():
    found = ordered()
    assert credits_of(found) == {10: Decimal(20)}
    assert held(found.filter(pl.col("allocation_kind") == "refund").select(pl.all())) != []
    out = bank(paid("o", -30, kind="paid_out", end_to_end_id="R7")).select(tables.PAYMENT.names)
    done = pl.concat([found, refunds_paid(out, REFUND)])
    refund = done.filter(pl.col("allocation_kind") == "refund")
    assert refund["paid_amount"].sum() == 0
    assert credits_of(done) == {10: Decimal(20)}


def test_a_refund_that_comes_back_is_credit_again():
    back = bank(paid("b", 30, end_to_end_id="R7")).select(tables.PAYMENT.names)
    assert credits_of(pl.concat([ordered(), refunds_paid(back, REFUND)])) == {10: Decimal(50)}


def test_a_payer_may_number_a_payment_as_we_number_refunds():
    """125 with the id R7 of the payer's own pays invoice 1 and is not refund 7, of 30, come back."""
    receivables = claims(claim("inv1", 10, 125, 20))
    found = night(receivables, bank(paid("p", 125, 1, end_to_end_id="R7")), refunds=REFUND)
    assert owed(receivables, found) == {}


def test_a_refund_that_the_bank_rejects_is_credit_again_once():
    asked = ordered().with_columns(request_id=pl.when(pl.col("voucher_id") == "U:r").then(pl.lit("r")))
    undone = refunds_returned(REFUND, asked)
    again = pl.concat([asked, undone])
    assert credits_of(again) == {10: Decimal(50)}
    assert refunds_returned(REFUND, again).is_empty()
