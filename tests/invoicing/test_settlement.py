"""Settlement: references, vouchers, later nights, and the sums that hold whatever comes in."""

from collections import defaultdict
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settled_books import NO_ALLOCATIONS, bank, claims, credits_of, owed, paid
from settled_books import claim as claim_of
from settled_books import night as night_of

from invoicing.money_pots import poured
from invoicing.settlement import CREDIT, draw_credit, open_items

QUICK = settings(max_examples=40, deadline=None)
INVOICES = pl.DataFrame(
    [(n, account, f"90{n}") for n, account in ((1, 10), (2, 10), (3, 10), (4, 20))],
    schema={"invoice_no": pl.Int64, "account_id": pl.Int64, "ocr_reference": pl.String},
    orient="row",
).with_columns(pl.lit("SEK").alias("currency"))
ACCOUNT_OF = dict(INVOICES.select("invoice_no", "account_id").iter_rows())


def claim(name, invoice, amount, day=20):
    return claim_of(name, ACCOUNT_OF[invoice], amount, day)


payment = paid
balances = owed


def night(receivables, payments, before=NO_ALLOCATIONS, earlier=None):
    """All allocations after one more night."""
    return night_of(receivables, payments, before, earlier, invoices=INVOICES)


@pytest.mark.parametrize("written", ["901", "00901", " 9 01", "OCR 901", "901\n"])
def test_a_reference_finds_its_invoice_by_its_digits_without_leading_zeros(written):
    found = night(claims(claim("inv1", 1, 188)), bank(payment("p", 188, written)))
    assert found.select("receivable_id", "account_id").rows() == [("inv1", 10)]


@pytest.mark.parametrize("written", [None, "", "000", "tack", "9012", "1901", "90"])
def test_a_reference_that_names_no_invoice_leaves_the_payment_in_suspense_whole(written):
    found = night(claims(claim("inv1", 1, 188)), bank(payment("p", 188, written)))
    names = ("allocation_id", "voucher_id", "account_id", "receivable_id", "allocation_kind", "amount")
    assert found.select(names).rows() == [("p>suspense", "B:p", None, None, "suspense", Decimal(188))]


def test_a_payment_of_an_invoice_closed_before_is_credit():
    owed = claims(claim("inv1", 1, 188))
    first = night(owed, bank(payment("p", 188, "901")))
    second = night(owed, bank(payment("q", 188, "901")), first)
    assert second.tail(1).select("payment_id", "allocation_kind", "amount").rows() == [("q", "credit", Decimal(188))]


def test_credit_pays_the_invoice_of_a_later_night():
    first = night(claims(claim("inv1", 1, 100)), bank(payment("p", 150, "901")))
    later = night(claims(claim("inv1", 1, 100), claim("inv2", 2, 80)), bank(), first)
    assert balances(claims(claim("inv1", 1, 100), claim("inv2", 2, 80)), later) == {"inv2": Decimal(30)}  # 80 - 50
    assert credits_of(later) == {}


def test_each_draw_is_a_voucher_of_its_own_that_moves_credit_to_the_claim():
    owed = claims(claim("inv1", 1, 100), claim("inv2", 2, 80))
    drawn = night(owed, bank(payment("p", 150, "901"))).filter(pl.col("match_rule") == "account_credit")
    assert drawn.select("voucher_id", "allocation_kind", "receivable_id", "amount").rows() == [
        ("A:p>inv2", "credit", None, Decimal(-50)),
        ("A:p>inv2", "receivable", "inv2", Decimal(50)),
    ]


def test_credit_of_several_payments_pays_several_claims_oldest_first():
    owed = claims(claim("inv1", 1, 60, day=25), claim("inv2", 2, 50, day=5))
    credit = pl.DataFrame(
        [(10, name, "SEK", Decimal(amount), Decimal(amount)) for name, amount in (("p", 30), ("q", 40), ("r", 0))],
        schema=CREDIT,
        orient="row",
    )
    drawn = draw_credit(credit, open_items(owed, NO_ALLOCATIONS)).filter(pl.col("allocation_kind") == "receivable")
    # inv2 (due first) takes 30 of p and 20 of q; the 20 left of q pay inv1
    assert sorted(drawn.select("payment_id", "receivable_id", "amount").rows()) == [
        ("p", "inv2", Decimal(30)),
        ("q", "inv1", Decimal(20)),
        ("q", "inv2", Decimal(20)),
    ]


def test_the_payment_booked_first_pays_first():
    found = night(
        claims(claim("inv1", 1, 100)), bank(payment("a", 100, "901", day=21), payment("z", 100, "901", day=20))
    )
    flows = dict(found.select("payment_id", "allocation_kind").iter_rows())
    assert flows == {"z": "receivable", "a": "credit"}


def test_a_night_without_payments_and_credit_changes_nothing():
    owed = claims(claim("inv1", 1, 100))
    assert night(owed, bank()).is_empty()
    paid = night(owed, bank(payment("p", 40, "901")))
    assert night(owed, bank(), paid).equals(paid)


def test_what_is_open_is_the_claim_less_what_was_allocated_to_it():
    owed = claims(claim("inv1", 1, 100), claim("inv4", 4, 5))
    assert balances(owed, night(owed, bank(payment("p", "99.99", "901")))) == {
        "inv1": Decimal("0.01"),
        "inv4": Decimal(5),
    }


def test_money_is_poured_in_the_order_of_rows_and_groups_never_mix():
    sources = pl.DataFrame({"g": ["x", "y", "x"], "s": ["s1", "s2", "s3"], "line": [5, 7, 4]})
    sinks = pl.DataFrame({"g": ["x", "x", "y"], "t": ["t1", "t2", "t3"], "line": [2, 6, 10]})
    flow = poured(sources, sinks, by="g", source="s", sink="t", of_source=(), of_sink=())
    # x: s1 gives 2 to t1 and 3 to t2, s3 the 3 that t2 still lacks; y: s2 gives all its 7
    assert flow.rows() == [("x", "s1", "t1", 2), ("x", "s1", "t2", 3), ("x", "s3", "t2", 3), ("y", "s2", "t3", 7)]


def test_what_money_is_worth_is_cut_where_it_is_cut_and_nothing_is_left_of_an_empty_pot():
    """10.00 worth 115.05 in three parts: 3.33 is worth 38.31, 6.66 76.62, all 115.05; each part is the difference."""
    sources = pl.DataFrame({"g": ["x"], "s": ["s"], "line": [1000], "home": [11505]})
    sinks = pl.DataFrame({"g": ["x"] * 3, "t": ["a", "b", "c"], "line": [333, 333, 334]})
    flow = poured(sources, sinks, by="g", source="s", sink="t", of_source=("home",), of_sink=())
    assert flow["home"].to_list() == [3831, 3831, 3843]


kronor = st.integers(1, 400).map(lambda oere: Decimal(oere) / 4)
some_claims = st.fixed_dictionaries(
    {}, optional={f"{kind}{n}": st.tuples(kronor, st.integers(1, 30)) for kind in ("inv", "fee") for n in range(1, 5)}
).map(lambda drawn: claims(*(claim(name, int(name[3:]), amount, day) for name, (amount, day) in drawn.items())))
some_payments = st.lists(
    st.tuples(kronor, st.sampled_from(["901", "902", "903", "904", "999", None]), st.integers(18, 20)), max_size=8
).map(lambda drawn: [payment(f"p{i}", *each) for i, each in enumerate(drawn)])


def hand_settled(receivables, rows):
    """Open claims and credit, by a plain purse: reference first, then the invoice due first, then its fee."""
    left = {row["receivable_id"]: row["amount"] for row in receivables.to_dicts()}
    purse = defaultdict(Decimal)
    for invoice, account in ACCOUNT_OF.items():
        money = sum((row["amount"] for row in rows if row["reference_text"] == f"90{invoice}"), Decimal())
        for name in (f"inv{invoice}", f"fee{invoice}"):
            used = min(money, left.get(name, Decimal()))
            money -= used
            left |= {name: left[name] - used} if name in left else {}
        purse[account] += money
    still = [row for row in receivables.to_dicts() if left[row["receivable_id"]]]
    since = {
        number: min(r["due_on"] for r in still if r["invoice_no"] == number)
        for number in ACCOUNT_OF
        if any(r["invoice_no"] == number for r in still)
    }
    for row in sorted(still, key=lambda r: (since[r["invoice_no"]], r["invoice_no"], r["receivable_id"][0] == "f")):
        used = min(purse[row["account_id"]], left[row["receivable_id"]])
        purse[row["account_id"]] -= used
        left[row["receivable_id"]] -= used
    return {k: v for k, v in left.items() if v}, {k: v for k, v in purse.items() if v}


def test_money_that_left_the_account_for_no_known_reason_is_in_suspense_whatever_it_names():
    taken_back = payment("r", "-188", "901", kind="reversal")
    found = night(claims(claim("inv1", 1, 188)), bank(taken_back))
    assert found.select("payment_id", "allocation_kind", "amount").rows() == [("r", "suspense", Decimal(-188))]


@QUICK
@given(some_claims, some_payments)
def test_balances_and_credit_are_those_worked_out_by_hand(receivables, rows):
    found = night(receivables, bank(*rows))
    assert (balances(receivables, found), credits_of(found)) == hand_settled(receivables, rows)


@QUICK
@given(some_claims, some_payments)
def test_the_allocations_of_a_payment_add_up_to_it(receivables, rows):
    found = night(receivables, bank(*rows)).group_by("payment_id").agg(pl.col("amount").sum())
    assert dict(found.iter_rows()) == {row["payment_id"]: row["amount"] for row in rows}


@QUICK
@given(some_claims, some_payments)
def test_no_claim_is_overpaid_and_no_credit_overdrawn(receivables, rows):
    found = night(receivables, bank(*rows))
    paid = dict(found.group_by("receivable_id").agg(pl.col("amount").sum()).iter_rows())
    assert all(paid.get(name, 0) <= amount for name, amount in receivables.select("receivable_id", "amount").rows())
    credit = found.filter(pl.col("allocation_kind") == "credit").group_by("payment_id").agg(pl.col("amount").sum())
    assert (credit["amount"] >= 0).all()
    assert found["allocation_id"].is_unique().all()


@QUICK
@given(some_claims, some_payments, st.randoms(use_true_random=False))
def test_the_order_of_a_nights_payments_is_irrelevant(receivables, rows, random):
    shuffled = random.sample(rows, len(rows))
    claims_shuffled = receivables.sample(fraction=1, shuffle=True, seed=random.randrange(99))
    one, other = night(receivables, bank(*rows)), night(claims_shuffled, bank(*shuffled))
    assert one.sort("allocation_id").equals(other.sort("allocation_id"))


@QUICK
@given(some_claims, some_payments)
def test_a_second_run_of_the_night_allocates_nothing(receivables, rows):
    found = night(receivables, bank(*rows))
    assert night(receivables, bank(), found).equals(found)


@QUICK
@given(some_claims, some_payments, st.integers(0, 8))
def test_the_vouchers_of_credit_drawn_sum_to_zero(receivables, rows, cut):
    first = night(receivables, bank(*rows[:cut]))
    found = night(receivables, bank(*rows[cut:]), first)
    drawn = found.filter(pl.col("match_rule") == "account_credit").group_by("voucher_id").agg(pl.col("amount").sum())
    assert (drawn["amount"] == 0).all()
    assert found["allocation_id"].is_unique().all()
