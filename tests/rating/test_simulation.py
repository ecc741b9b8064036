"""Other prices tried on usage of the past: what is added up, compared, and said of customers."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rating.simulation import (
    FIGURES,
    PARTS,
    compared,
    comparison,
    effects,
    merged_cells,
    no_cells,
    revenue_cells,
    top,
    unpriced,
    unpriced_only,
)
from schemas import tables
from schemas.money import CHARGE

D = Decimal
ANNA, BO = 1, 2
CELLS = dict(no_cells().schema)
PAYERS = pl.DataFrame(
    {
        "account_id": [10, 11, 20],
        "customer_id": [ANNA, ANNA, BO],
        "customer_category": ["private", "private", "corporate"],
    }
)
MOVED = pl.DataFrame(
    [(ANNA, "staff", date(2026, 9, 10), date(2026, 9, 20))], schema=tables.CUSTOMER_GROUP.schema, orient="row"
)
cell = st.tuples(
    st.integers(1, 4),
    st.sampled_from(["private", "corporate"]),
    st.sampled_from(["1001", "1002"]),
    st.sampled_from(["se", "de", "us"]),
    st.integers(1, 9),
    st.integers(-(10**9), 10**12).map(lambda micro: D(micro).scaleb(-6)),
)
some_cells = st.lists(cell, max_size=12).map(lambda rows: cells(*rows))


def cells(*rows):
    """Give (customer, group, article, zone, records, revenue) rows, rows of one cell added up."""
    frame = pl.DataFrame([(*row[:5], D(row[5])) for row in rows], schema=CELLS, orient="row")
    return merged_cells([frame])


def rated(*rows):
    """Give (account, day of September, article, zone, amount) as priced records."""
    schema = {"account_id": pl.Int64(), "started_on": pl.Date(), "article_no": pl.String(), "zone_code": pl.String()}
    made = [(account, date(2026, 9, day), article, zone, D(amount)) for account, day, article, zone, amount in rows]
    return pl.DataFrame(made, schema={**schema, "amount_ex_vat": CHARGE}, orient="row")


def customers(**differences):
    """Give customers by number (`c7`) whose bill was 100 and changes by so much."""
    before = cells(*((int(name[1:]), "private", "1001", "se", 1, "100") for name in differences))
    after = cells(*((int(name[1:]), "private", "1001", "se", 1, D(100) + D(by)) for name, by in differences.items()))
    return compared(before, after, "customer_id")


def test_records_are_added_up_per_customer_over_its_accounts_and_exactly():
    """0.000001 + 0.000002 = 0.000003"""
    found = revenue_cells(rated((10, 1, "1001", "se", "0.000001"), (11, 2, "1001", "se", "0.000002")), PAYERS, MOVED)
    assert found.rows() == [(ANNA, "private", "1001", "se", 2, D("0.000003"))]


def test_a_customer_counts_in_the_group_of_the_day_and_without_one_in_that_of_its_category():
    calls = [(10, day, "1001", "se", "1") for day in (9, 10, 19, 20)] + [(20, 10, "1001", "se", "1")]
    found = revenue_cells(rated(*calls), PAYERS, MOVED).sort("customer_id", "customer_group")
    assert found.select("customer_id", "customer_group", "records").rows() == [
        (ANNA, "private", 2),
        (ANNA, "staff", 2),
        (BO, "corporate", 1),
    ]


def test_each_part_shows_both_sides_and_after_less_before():
    """Two calls at 5 and 3 become 4 and 3.5: 8 before, 7.5 after, 0.5 less."""
    before = cells((ANNA, "private", "1001", "se", 1, "5"), (BO, "private", "1002", "de", 1, "3"))
    after = cells((ANNA, "private", "1001", "se", 1, "4"), (BO, "private", "1002", "de", 1, "3.5"))
    assert comparison(before, after).rows() == [
        ("total", "", 2, 2, D(8), D("7.5"), D("-0.5")),
        ("group", "private", 2, 2, D(8), D("7.5"), D("-0.5")),
        ("article", "1001", 1, 1, D(5), D(4), D(-1)),
        ("article", "1002", 1, 1, D(3), D("3.5"), D("0.5")),
        ("zone", "de", 1, 1, D(3), D("3.5"), D("0.5")),
        ("zone", "se", 1, 1, D(5), D(4), D(-1)),
    ]


def test_what_only_one_side_has_counts_nothing_on_the_other():
    before, after = cells((ANNA, "private", "1001", "se", 2, "5")), cells((ANNA, "private", "1002", "se", 1, "4"))
    assert compared(before, after, "article_no").rows() == [
        ("1001", 2, 0, D(5), D(0), D(-5)),
        ("1002", 0, 1, D(0), D(4), D(4)),
    ]


def test_without_usage_there_is_a_total_of_nothing():
    assert comparison(no_cells(), no_cells()).rows() == [("total", "", 0, 0, D(0), D(0), D(0))]


@given(before=some_cells, after=some_cells)
def test_the_rows_of_every_part_and_the_customers_add_up_to_the_total(before, after):
    whole = comparison(before, after)
    total = whole.filter(pl.col("part") == "total").select(FIGURES).row(0)
    parts = [whole.filter(pl.col("part") == part) for part in PARTS]
    for rows in (*parts, compared(before, after, "customer_id")):
        assert rows.select(pl.col(FIGURES).sum()).row(0) == total


@given(some_cells)
def test_the_same_prices_on_both_sides_differ_by_nothing(same):
    whole = comparison(same, same)
    assert whole["difference"].unique().to_list() == [D("0.000000")]
    assert effects(compared(same, same, "customer_id"))["customers"].to_list() == [0, 0, same["customer_id"].n_unique()]


def test_customers_are_counted_by_whether_their_bill_falls_or_rises():
    """Falls by 1 + 2, rises by 0.5, stays for one."""
    assert effects(customers(c1="-1", c2="-2", c3="0.5", c4="0")).rows() == [
        ("winners", 2, D(-3)),
        ("losers", 1, D("0.5")),
        ("same", 1, D(0)),
    ]


def test_who_wins_or_loses_most_comes_first_and_equal_changes_by_number():
    found = customers(c1="-1", c2="-3", c3="-1", c4="2", c5="7", c6="2", c7="0")
    assert top(found, "winners")["customer_id"].to_list() == [2, 1, 3]
    assert top(found, "losers")["customer_id"].to_list() == [5, 4, 6]
    assert top(found, "losers", count=1)["customer_id"].to_list() == [5]


def test_a_record_that_neither_side_prices_is_not_lost():
    def refused(*rows):
        return unpriced(pl.DataFrame(rows, schema=["usage_id", "reason_code", "reason_text"], orient="row"))

    before = refused(("s:1", "UNKNOWN_A_NUMBER", "no subscription"))
    after = refused(
        ("s:1", "UNKNOWN_A_NUMBER", "no subscription"), ("s:2", "NO_PRICE", "zone b"), ("s:3", "NO_PRICE", "zone a")
    )
    assert unpriced_only(after, before).rows() == [("NO_PRICE", 2, "zone a")]
    assert unpriced_only(before, after).is_empty()
