"""Settlement: references, vouchers, later nights, and the sums that hold whatever comes in."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.settlement import allocate_payments, credit_left, draw_credit, open_items, pour
from schemas import tables

QUICK = settings(max_examples=40, deadline=None)
INVOICES = pl.DataFrame(
    [(n, account, f"90{n}") for n, account in ((1, 10), (2, 10), (3, 10), (4, 20))],
    schema={"invoice_no": pl.Int64, "account_id": pl.Int64, "ocr_reference": pl.String},
    orient="row",
).with_columns(pl.lit("SEK").alias("currency"))
ACCOUNT_OF = dict(INVOICES.select("invoice_no", "account_id").iter_rows())
NO_ALLOCATIONS = pl.DataFrame(schema=tables.ALLOCATION.schema).drop("allocated_on", "request_id")


def claim(name, invoice, amount, day=20):
    kind = "reminder_fee" if name.startswith("fee") else "invoice"
    booked = date(2026, 11, 1)
    owed = Decimal(amount)
    return (name, kind, ACCOUNT_OF[invoice], invoice, owed, "SEK", owed, date(2026, 11, day), booked)


def claims(*rows):
    return pl.DataFrame(list(rows), schema=tables.RECEIVABLE.schema, orient="row")


def payment(name, amount, reference, day=20):
    booked = date(2026, 11, day)
    return {
        "payment_id": name,
        "payment_kind": "received",
        "payee_account": "9912346",
        "booked_on": booked,
        "amount": Decimal(amount),
        "currency": "SEK",
        "exchange_rate": Decimal(1),
        "home_amount": Decimal(amount),
        "reference_text": reference,
        "received_on": booked,
    }


def bank(*rows):
    return pl.DataFrame(list(rows), schema=tables.PAYMENT.schema)


def night(receivables, payments, before=NO_ALLOCATIONS):
    """All allocations after one more night."""
    named = allocate_payments(payments, open_items(receivables, before), INVOICES)
    settled = pl.concat([before, named])
    return pl.concat([settled, draw_credit(credit_left(settled), open_items(receivables, settled))])


def balances(receivables, allocations):
    """What is open, by claim."""
    return dict(open_items(receivables, allocations).select("receivable_id", "open_amount").iter_rows())


def credits_of(allocations):
    left = defaultdict(Decimal)
    for account, _, amount in credit_left(allocations).select("account_id", "payment_id", "amount").iter_rows():
        left[account] += amount
    return dict(left)


@pytest.mark.parametrize("written", ["901", "00901", " 9 01", "OCR 901", "901\n"])
def test_a_reference_finds_its_invoice_by_its_digits_without_leading_zeros(written):
    found = night(claims(claim("inv1", 1, 188)), bank(payment("p", 188, written)))
    assert found.select("receivable_id", "account_id").rows() == [("inv1", 10)]


@pytest.mark.parametrize("written", [None, "", "000", "tack", "9012", "1901", "90"])
def test_a_reference_that_names_no_invoice_leaves_the_payment_in_suspense_whole(written):
    found = night(claims(claim("inv1", 1, 188)), bank(payment("p", 188, written)))
    names = ("allocation_id", "voucher_id", "account_id", "receivable_id", "allocation_kind", "amount")
    assert found.select(names).rows() == [("p>suspense", "B:p", None, None, "suspense", Decimal(188))]


def test_a_payment_in_another_currency_than_its_invoice_stays_in_suspense():
    """33.33 kronor do not pay 33.33 euro: a person must look at what came in."""
    invoices = INVOICES.with_columns(pl.lit("EUR").alias("currency"))
    owed = claims(claim("inv1", 1, "33.33")).with_columns(pl.lit("EUR").alias("currency"))
    found = allocate_payments(bank(payment("p", "33.33", "901")), open_items(owed, NO_ALLOCATIONS), invoices)
    assert found.select("allocation_kind", "receivable_id").rows() == [("suspense", None)]


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
        [(10, "p", Decimal(30)), (10, "q", Decimal(40)), (10, "r", Decimal(0))],
        schema={"account_id": pl.Int64, "payment_id": pl.String, "amount": pl.Decimal(18, 2)},
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


def test_pour_keeps_the_order_of_sources_and_sinks_and_never_mixes_groups():
    money = {"g": pl.String, "s": pl.String, "amount": pl.Decimal(18, 2)}
    sources = pl.DataFrame([("x", "s1", 5), ("y", "s2", 7), ("x", "s3", 4)], schema=money, orient="row")
    sinks = pl.DataFrame([("x", "t1", 2), ("x", "t2", 6), ("y", "t3", 10)], schema=money, orient="row")
    flow = pour(sources, sinks.rename({"s": "t"}), by="g", source="s", sink="t")
    # x: s1 gives 2 to t1 and 3 to t2, s3 the 3 that t2 still lacks; y: s2 gives all its 7
    assert flow.rows() == [
        ("x", "s1", "t1", Decimal(2)),
        ("x", "s1", "t2", Decimal(3)),
        ("x", "s3", "t2", Decimal(3)),
        ("y", "s2", "t3", Decimal(7)),
    ]


kronor = st.integers(1, 400).map(lambda oere: Decimal(oere) / 4)
some_claims = st.fixed_dictionaries(
    {}, optional={f"{kind}{n}": st.tuples(kronor, st.integers(1, 30)) for kind in ("inv", "fee") for n in range(1, 5)}
).map(lambda drawn: claims(*(claim(name, int(name[3:]), amount, day) for name, (amount, day) in drawn.items())))
some_payments = st.lists(
    st.tuples(kronor, st.sampled_from(["901", "902", "903", "904", "999", None]), st.integers(18, 20)), max_size=8
).map(lambda drawn: [payment(f"p{i}", *each) for i, each in enumerate(drawn)])


def hand_settled(receivables, rows):
    """Open claims and credit per account, worked out with a plain purse: reference first, then by due date."""
    left = {row["receivable_id"]: row["amount"] for row in receivables.to_dicts()}
    purse = defaultdict(Decimal)
    for invoice, account in ACCOUNT_OF.items():
        money = sum((row["amount"] for row in rows if row["reference_text"] == f"90{invoice}"), Decimal())
        for name in (f"inv{invoice}", f"fee{invoice}"):
            used = min(money, left.get(name, Decimal()))
            money -= used
            left |= {name: left[name] - used} if name in left else {}
        purse[account] += money
    for row in receivables.sort("due_on", "receivable_id").to_dicts():
        used = min(purse[row["account_id"]], left[row["receivable_id"]])
        purse[row["account_id"]] -= used
        left[row["receivable_id"]] -= used
    return {k: v for k, v in left.items() if v}, {k: v for k, v in purse.items() if v}


def test_money_that_left_the_account_goes_to_suspense_whole_whatever_it_names():
    taken_back = payment("r", "-188", "901") | {"payment_kind": "reversal"}
    owed = open_items(claims(claim("inv1", 1, 188)), NO_ALLOCATIONS)
    found = allocate_payments(bank(taken_back), owed, INVOICES)
    assert found.select("allocation_kind", "amount").rows() == [("suspense", Decimal(-188))]


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
