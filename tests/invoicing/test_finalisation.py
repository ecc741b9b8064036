"""Finalisation: numbers, references, and the credit that an account has when its invoice is made."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from billed_night import charges_due, finalise
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from stdnum import iso11649
from test_invoice_run import NEVER, ON, PRICES, accounts, charge, charges, customers, some_charges

from invoicing.finalisation import Funds, Issue, Register, next_numbers, numbers_left
from invoicing.invoice_run import propose
from invoicing.invoice_totals import TotalRules
from invoicing.settlement import CREDIT
from schemas import tables
from schemas.money import AMOUNT

ISSUE = Issue(ON, payment_days=20, first_number=50, seller_no=1)
FIRST = {"invoice": 1_000_001, "credit_note": 9_000_001}
D = Decimal


def finalised(rows, funds=None, issue=ISSUE, whose=None, parts=1, order=None):
    """Propose in parts by account, in any order, and finalise them together."""
    owned = accounts({row["account_id"]: 1 for row in rows})
    known = whose or Register(owned, customers(owned))
    due = charges_due(charges(*rows), owned, NEVER, ON)
    each = [
        propose(due.filter(pl.col("account_id") % parts == n), known, PRICES, TotalRules(krona_rounding=True), ON)
        for n in order or range(parts)
    ]
    cleared = pl.concat([part.totals for part in each]).select("account_id")
    return finalise(each, cleared, known, issue, funds)


def funds(credit=(), owed=()):
    """Credit (account, payment, amount) and older claims (id, account, due, amount)."""
    left = pl.DataFrame(
        [(account, payment, "SEK", amount, amount) for account, payment, amount in credit], schema=CREDIT, orient="row"
    )
    rows = [
        {"receivable_id": name, "receivable_kind": "invoice", "account_id": account, "invoice_no": 1, "currency": "SEK",
         "amount": D(amount), "home_amount": D(amount), "due_on": due, "booked_on": due, "open_amount": D(amount),
         "open_home_amount": D(amount)}
        for name, account, due, amount in owed
    ]  # fmt: skip
    schema = {**tables.RECEIVABLE.schema, "open_amount": AMOUNT, "open_home_amount": AMOUNT}
    return Funds(left, pl.DataFrame(rows, schema=schema))


def drawn(made):
    names = ("account_id", "payment_id", "receivable_id", "allocation_kind", "amount")
    return sorted(made.allocations.select(names).rows(), key=str)


class TestCredit:
    """80 and 25 % are 100.00 to pay for account 1."""

    def test_without_credit_all_is_to_pay(self):
        made = finalised([charge("a", "80")])
        assert made.invoices.select("credit_drawn_amount", "to_pay_amount").rows() == [(D(0), D(100))]
        assert made.allocations.is_empty()

    def test_credit_pays_what_it_can(self):
        made = finalised([charge("a", "80")], funds([(1, "p", D(30))]))
        assert made.invoices.select("total_amount", "credit_drawn_amount", "to_pay_amount").rows() == [(100, 30, 70)]
        assert drawn(made) == [
            (1, "p", "invoice:50", "receivable", D(30)),
            (1, "p", None, "credit", D(-30)),
        ]

    def test_more_credit_than_the_invoice_stays_on_the_account(self):
        before = funds([(1, "p", D(70)), (1, "q", D(70))])
        made = finalised([charge("a", "80")], before)
        assert made.invoices["to_pay_amount"].to_list() == [D(0)]
        assert before.less(made.allocations).credit.select("account_id", "payment_id", "amount").rows() == [
            (1, "q", D(40))
        ]

    def test_older_claims_are_served_first_whatever_their_due_date(self):
        later = date(2027, 1, 1)
        made = finalised([charge("a", "80")], funds([(1, "p", D(120))], [("invoice:9", 1, later, 90)]))
        assert made.invoices.select("credit_drawn_amount", "to_pay_amount").rows() == [(30, 70)]
        paid = {row[2]: row[4] for row in drawn(made) if row[2]}
        assert paid == {"invoice:9": D(90), "invoice:50": D(30)}

    def test_credit_of_who_gets_no_invoice_is_left_alone(self):
        made = finalised([charge("a", "80")], funds([(2, "p", D(30))], [("invoice:9", 2, ON, 20)]))
        assert made.allocations.is_empty()

    def test_allocations_conform_to_their_table_and_add_to_nothing(self):
        made = finalised([charge("a", "80")], funds([(1, "p", D(30))]))
        tables.ALLOCATION.conform(made.allocations)
        assert made.allocations["amount"].sum() == 0
        assert made.allocations["voucher_id"].to_list() == ["A:p>invoice:50"] * 2


class TestReferences:
    def test_a_reference_may_go_without_its_length_digit(self):
        issue = Issue(ON, payment_days=20, first_number=1000234, seller_no=1, length_digit=False)
        made = finalised([charge("a", "8")], issue=issue)
        # 1000234 from the right, times 2, 1, 2 ...: 8 + 3 + 4 + 0 + 0 + 0 + 2 = 17, which lacks 3
        assert made.invoices["ocr_reference"].to_list() == ["10002343"]

    def test_who_lives_abroad_has_a_reference_of_iso_11649_too(self):
        owned = accounts({1: 1, 2: 1})
        abroad = customers(owned).with_columns(pl.Series("country_code", ["SE", "DE"]))
        made = finalised([charge("a", "8"), charge("b", "8", account=2)], whose=Register(owned, abroad))
        home, away = made.invoices.select("ocr_reference", "rf_reference").rows()
        assert home[1] is None
        assert away[1].endswith(away[0])
        assert iso11649.is_valid(away[1])


class TestSeries:
    def test_a_series_begins_where_the_policy_says(self):
        assert next_numbers({}, FIRST) == {"invoice": 1_000_001, "credit_note": 9_000_001}

    def test_a_series_goes_on_where_it_is_whatever_the_policy_says_since(self):
        given_before = {"invoice": (7, 20)}
        assert next_numbers(given_before, FIRST)["invoice"] == 21

    @pytest.mark.parametrize(("last", "left"), [(9_000_000, 0), (8_999_998, 2), (1_000_001, 7_999_999)])
    def test_invoices_end_before_the_first_credit_note(self, last, left):
        assert numbers_left("invoice", {"invoice": (1_000_001, last)}, FIRST) == left

    def test_a_series_that_was_begun_elsewhere_counts_where_it_is(self):
        begun = {"invoice": (1_000_001, 1_000_010), "credit_note": (1_000_021, 1_000_030)}
        assert numbers_left("invoice", begun, FIRST) == 10

    def test_the_later_series_has_no_end(self):
        assert numbers_left("credit_note", {}, FIRST) is None


@settings(max_examples=25, deadline=None)
@given(some_charges, st.permutations(range(3)))
def test_billing_in_parts_in_any_order_is_billing_in_one_piece(rows, order):
    """The 5 accounts fall into 3 parts."""
    credit = funds([(1, "p", D(30)), (3, "q", D(500))], [("invoice:9", 3, ON, 90)])
    whole, parted = finalised(rows, credit), finalised(rows, credit, parts=3, order=list(order))
    for name in ("invoices", "lines", "vat", "parties", "billed", "receivables", "allocations"):
        one, other = (getattr(made, name).drop("line_no", strict=False) for made in (whole, parted))
        key = {"billed": ["charge_id"], "allocations": ["allocation_id"]}.get(name)
        if key:
            one, other = one.sort(key), other.sort(key)
        assert_frame_equal(one, other, check_column_order=False)


@settings(max_examples=25, deadline=None)
@given(some_charges, st.lists(st.integers(1, 400), max_size=3))
def test_what_is_to_pay_is_the_total_less_what_was_drawn_of_the_credit(rows, credit):
    made = finalised(rows, funds([(1, f"p{n}", D(amount)) for n, amount in enumerate(credit)]))
    for invoice in made.invoices.to_dicts():
        paid = made.allocations.filter(pl.col("receivable_id") == f"invoice:{invoice['invoice_no']}")["amount"].sum()
        assert paid == invoice["credit_drawn_amount"]
        assert invoice["to_pay_amount"] == invoice["total_amount"] - paid
        there_was = sum(credit) if invoice["account_id"] == 1 else 0
        assert paid == min(invoice["total_amount"], there_was)
