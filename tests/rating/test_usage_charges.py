"""Usage is gathered per subscription, article and local day; every record is in exactly one charge."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.charges import usage_charges
from schemas import tables
from schemas.money import CHARGE

DAY = date(2026, 9, 16)
ARTICLES = pl.DataFrame(
    [("1001", "Samtal", "standard", "3001"), ("1002", "Mobilsamtal", "reduced", "3002")],
    schema=tables.ARTICLE.schema,
    orient="row",
)
SCHEMA = {
    "usage_id": pl.String(),
    "account_bucket": pl.Int64(),
    "account_id": pl.Int64(),
    "subscription_id": pl.Int64(),
    "article_no": pl.String(),
    "started_on": pl.Date(),
    "billed_s": pl.Int64(),
    "amount_ex_vat": CHARGE,
    "currency": pl.String(),
}


def rated(*calls):
    """Give (usage_id, subscription, article, day, seconds, amount) rows."""
    rows = [
        (usage_id, 0, subscription * 10, subscription, article, day, seconds, Decimal(amount), "SEK")
        for usage_id, subscription, article, day, seconds, amount in calls
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_calls_of_a_day_become_one_charge_per_article():
    """0.000001 + 0.000002 = 0.000003; nothing is rounded on the way."""
    calls = [
        ("s:2", 1, "1001", DAY, 60, "0.000001"),
        ("s:1", 1, "1001", DAY, 30, "0.000002"),
        ("s:3", 1, "1002", DAY, 10, "5"),
        ("s:4", 2, "1001", DAY, 10, "7"),
        ("s:5", 1, "1001", date(2026, 9, 17), 10, "9"),
    ]
    named, charges = usage_charges(rated(*calls), ARTICLES)
    assert dict(named.select("usage_id", "charge_id").rows()) == {
        "s:1": "usage:s:1",
        "s:2": "usage:s:1",
        "s:3": "usage:s:3",
        "s:4": "usage:s:4",
        "s:5": "usage:s:5",
    }
    wanted = ["charge_id", "account_id", "quantity", "duration_s", "amount_ex_vat", "vat_class"]
    assert [tuple(str(value) for value in row) for row in charges.select(wanted).rows()] == [
        ("usage:s:1", "10", "2", "90", "0.000003", "standard"),
        ("usage:s:3", "10", "1", "10", "5.000000", "reduced"),
        ("usage:s:4", "20", "1", "10", "7.000000", "standard"),
        ("usage:s:5", "10", "1", "10", "9.000000", "standard"),
    ]
    assert charges.select("service_from", "service_to").row(0) == (DAY, date(2026, 9, 17))


def test_late_calls_of_a_charged_day_make_a_charge_of_their_own():
    _, first = usage_charges(rated(("s:1", 1, "1001", DAY, 60, "1")), ARTICLES)
    _, later = usage_charges(rated(("s:0", 1, "1001", DAY, 60, "1"), ("s:2", 1, "1001", DAY, 60, "1")), ARTICLES)
    assert first["charge_id"].to_list() == ["usage:s:1"]
    assert later["charge_id"].to_list() == ["usage:s:0"]


def test_charges_are_rows_of_their_table():
    _, charges = usage_charges(rated(("s:1", 1, "1001", DAY, 60, "1")), ARTICLES)
    tables.CHARGE.conform(charges.with_columns(pl.lit(DAY).alias("charged_on")))
    _, none = usage_charges(rated(), ARTICLES)
    assert none.is_empty()


CALLS = st.lists(
    st.tuples(
        st.integers(0, 999).map("s:{}".format),
        st.integers(1, 3),
        st.sampled_from(["1001", "1002"]),
        st.sampled_from([DAY, date(2026, 9, 17)]),
        st.integers(1, 100),
        st.integers(0, 10**7).map(lambda micro: Decimal(micro).scaleb(-6)),
    ),
    unique_by=lambda call: call[0],
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(calls=CALLS, shuffled=st.randoms(use_true_random=False))
def test_charges_add_up_to_their_calls_and_are_named_alike_in_any_order(calls, shuffled):
    named, charges = usage_charges(rated(*calls), ARTICLES)
    _, again = usage_charges(rated(*shuffled.sample(calls, len(calls))), ARTICLES)
    assert charges.equals(again)
    assert charges["charge_id"].is_unique().all()
    for charge in charges.to_dicts():
        own = [call for call in calls if call[0] in named.filter(charge_id=charge["charge_id"])["usage_id"].to_list()]
        assert (charge["quantity"], charge["amount_ex_vat"]) == (len(own), sum((call[5] for call in own), Decimal(0)))
        assert len({call[1:4] for call in own}) == 1
    assert sum(charges["quantity"]) == len(calls)
