"""Consolidated invoices: lines parted by cost centre, and what each user had of them, to the öre."""

from datetime import date
from decimal import Decimal

import polars as pl
from billed_night import charges_due, make_invoices
from hypothesis import given
from hypothesis import strategies as st
from test_invoice_run import NEVER, ON, PRICES, accounts, charge, charges, customers

from invoicing.cost_centres import Corporate, consolidated_accounts
from invoicing.finalisation import Issue, Register
from schemas import tables

D = Decimal
SEP1, OCT20 = date(2026, 9, 1), date(2026, 10, 20)
NUMBERS = pl.DataFrame({"subscription_id": [11, 12], "a_number": ["46701740601", "46701740602"]})


def users(*rows):
    """SUBSCRIPTION_USER rows of subscription, first day, cost centre and user."""
    return pl.DataFrame([(*row, "r") for row in rows], schema=tables.SUBSCRIPTION_USER.schema, orient="row")


SALES = users((11, SEP1, "Sales", "Ada"), (12, SEP1, "Stock", "Bo"))


def consolidated(*rows, of=SALES, layout=(1,)):
    """Invoice charges of consolidated accounts."""
    owned = accounts({row["account_id"]: 1 for row in rows})
    chosen = pl.DataFrame({"account_id": layout}, schema={"account_id": pl.Int64})
    whose = Register(owned, customers(owned), Corporate(chosen, of, NUMBERS))
    due = charges_due(charges(*rows), owned, NEVER, ON)
    return make_invoices(due, whose, PRICES, Issue(ON, 20, 1000001, 1), round_to_kronor=False)


def lines(made):
    return made.lines.select("article_no", "cost_centre", "net_amount").rows()


def sections(made):
    return made.sections.select("entry_no", "cost_centre", "user_name", "net_amount").rows()


def test_an_article_has_one_line_for_each_cost_centre():
    made = consolidated(
        charge("a", "1.00", subscription_id=11), charge("b", "2.00", subscription_id=12), charge("c", "4.00")
    )
    assert lines(made) == [
        ("1001", None, D("4.00")), ("1001", "Sales", D("1.00")), ("1001", "Stock", D("2.00"))
    ]  # fmt: skip


def test_a_standard_invoice_is_not_parted():
    made = consolidated(charge("a", "1.00", subscription_id=11), charge("b", "2.00", subscription_id=12), layout=())
    assert lines(made) == [("1001", None, D("3.00"))]
    assert made.sections.is_empty()


def test_the_cost_centre_is_that_of_the_day_of_the_service():
    moved = users((11, SEP1, "Sales", "Ada"), (11, OCT20, "Stock", "Ada"))
    made = consolidated(
        charge("a", "1.00", subscription_id=11, since=date(2026, 10, 19)),
        charge("b", "2.00", subscription_id=11, since=OCT20),
        charge("c", "4.00", subscription_id=11, since=date(2026, 8, 31)),
        of=moved,
    )
    assert lines(made) == [
        ("1001", None, D("4.00")), ("1001", "Sales", D("1.00")), ("1001", "Stock", D("2.00"))
    ]  # fmt: skip


def test_users_of_a_cost_centre_have_their_parts_of_its_lines():
    both = users((11, SEP1, "Sales", "Ada"), (12, SEP1, "Sales", "Bo"))
    made = consolidated(
        charge("a", "1.10", subscription_id=11), charge("b", "2.20", subscription_id=12),
        charge("c", "0.05", subscription_id=11), of=both,
    )  # fmt: skip
    assert lines(made) == [("1001", "Sales", D("3.35"))]
    assert sections(made) == [(1, "Sales", "Ada", D("1.15")), (1, "Sales", "Bo", D("2.20"))]
    assert made.sections["a_number"].to_list() == ["46701740601", "46701740602"]


def test_what_rounding_leaves_goes_to_the_largest_remainder():
    both = users((11, SEP1, "Sales", "Ada"), (12, SEP1, "Sales", "Bo"))
    made = consolidated(
        charge("a", "0.004", subscription_id=11), charge("b", "0.006", subscription_id=12), of=both
    )  # together 0.01, alone 0.00 and 0.01
    assert sections(made) == [(1, "Sales", "Ada", D("0.00")), (1, "Sales", "Bo", D("0.01"))]


_AMOUNTS = st.integers(-50_000, 900_000).map(lambda micro: Decimal(micro) / 1_000_000)


@given(st.lists(st.tuples(_AMOUNTS, st.sampled_from([11, 12, 13, None])), min_size=1, max_size=12))
def test_sections_add_up_to_their_lines_and_differ_less_than_an_oere_from_what_was_used(amounts):
    rows = [charge(str(n), amount, subscription_id=of) for n, (amount, of) in enumerate(amounts)]
    made = consolidated(*rows, charge("fee", "500", article="2001", since=ON, subscription_id=11))
    summed = made.sections.group_by("entry_no").agg(pl.col("net_amount", "quantity").sum())
    both = made.lines.join(summed, on="entry_no", how="left", suffix="_parts")
    assert both.filter(pl.col("net_amount") != pl.col("net_amount_parts")).is_empty()
    assert both.filter(pl.col("quantity") != pl.col("quantity_parts")).is_empty()
    off = (made.sections["net_amount"].cast(pl.Decimal(18, 6)) - made.sections["amount_ex_vat"]).abs()
    assert off.max() < D("0.01")


def test_who_chose_consolidated_invoices_is_read_from_preferences():
    rows = [
        (1, "account:20001", "invoice_layout", "consolidated", ON, "r"),
        (1, "account:20002", "invoice_layout", "standard", ON, "r"),
        (1, "customer", "language", "sv", ON, "r"),
    ]
    preferences = pl.DataFrame(rows, schema=tables.PREFERENCE.schema, orient="row")
    assert consolidated_accounts(preferences)["account_id"].to_list() == [20001]
