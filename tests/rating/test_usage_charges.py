"""Usage is gathered per batch, subscription, article and local day; every record is in exactly one charge."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.charges import gathered_usage, usage_charges, with_charge_id
from schemas import tables
from schemas.money import CHARGE

DAY, NEXT_DAY = date(2026, 9, 16), date(2026, 9, 17)
RECORD = {
    "account_bucket": 0, "account_id": 10, "subscription_id": 1, "article_no": "1001", "usage_kind": "call",
    "started_on": DAY, "currency": "SEK", "vat_class": "standard", "revenue_account": "3001", "billed_units": 60,
    "included_units": 0, "amount_ex_vat": Decimal(1), "rated_batch": 1, "first_batch": 1,
}  # fmt: skip
SCHEMA = {"usage_id": pl.String()} | {
    name: tables.RATED_USAGE.schema.get(name) or tables.CHARGE.schema[name] for name in RECORD
}


def rated(*records):
    """Give what differs from RECORD of each priced record."""
    rows = [RECORD | {"usage_id": f"s:{number}"} | record for number, record in enumerate(records, 1)]
    return pl.DataFrame(rows, schema=SCHEMA).cast({"amount_ex_vat": CHARGE})


def charged(records):
    return usage_charges([gathered_usage(records)])


def test_calls_of_a_day_become_one_charge_per_article():
    """0.000001 + 0.000002 = 0.000003; nothing is rounded on the way."""
    records = rated(
        {"billed_units": 60, "amount_ex_vat": Decimal("0.000001")},
        {"billed_units": 30, "amount_ex_vat": Decimal("0.000002")},
        {"billed_units": 10, "amount_ex_vat": Decimal(5), "article_no": "1002"},
    )
    wanted = ["charge_id", "charge_kind", "account_id", "quantity", "duration_s", "amount_ex_vat", "vat_class"]
    assert [tuple(map(str, row)) for row in charged(records).select(wanted).rows()] == [
        ("usage:1:1:1001:2026-09-16:call:standard:3001", "usage", "10", "2", "90", "0.000003", "standard"),
        ("usage:1:1:1002:2026-09-16:call:standard:3001", "usage", "10", "1", "10", "5.000000", "standard"),
    ]
    assert charged(records).select("service_from", "service_to").row(0) == (DAY, NEXT_DAY)


APART = [
    {"subscription_id": 2},
    {"article_no": "1002"},
    {"started_on": NEXT_DAY},
    {"usage_kind": "data"},
    {"vat_class": "reduced"},
    {"revenue_account": "3002"},
]


@pytest.mark.parametrize("other", APART, ids=lambda other: next(iter(other)))
def test_records_that_differ_in_what_a_charge_names_are_charged_apart(other):
    charges = charged(rated({}, other, {}))
    assert sorted(charges["quantity"]) == [1, 2]
    name, value = next(iter(other.items()))
    column = "service_from" if name == "started_on" else name
    assert charges.filter(pl.col(column) == value)["quantity"].to_list() == [1]


def test_late_calls_of_a_charged_day_make_a_charge_of_their_own():
    """A batch charges what it priced itself: the charge of an earlier batch is never written again."""
    second = {"rated_batch": 2, "first_batch": 2}
    assert charged(rated({}))["charge_id"].to_list() == ["usage:1:1:1001:2026-09-16:call:standard:3001"]
    assert charged(rated(second, second))["charge_id"].to_list() == ["usage:2:1:1001:2026-09-16:call:standard:3001"]


def test_what_a_batch_prices_again_is_charged_by_the_batch_that_priced_it_first():
    again = charged(rated({"rated_batch": 9, "first_batch": 2}, {"rated_batch": 9}))
    assert again["charge_id"].to_list() == [
        "usage:9/1:1:1001:2026-09-16:call:standard:3001",
        "usage:9/2:1:1001:2026-09-16:call:standard:3001",
    ]


def test_records_are_given_the_name_of_the_charge_that_they_are_gathered_in():
    records = rated({}, {"article_no": "1002"}, {"rated_batch": 3})
    assert sorted(with_charge_id(records)["charge_id"]) == charged(records)["charge_id"].to_list()


KINDS = [
    # kind -> quantity, seconds and bytes of two records of 60 and 30 units
    ("call", (2, 90, 0)),
    ("message", (90, 0, 0)),
    ("event", (90, 0, 0)),
    ("data", (2, 0, 90)),
]


@pytest.mark.parametrize(("kind", "expected"), KINDS)
def test_messages_and_events_are_counted_calls_timed_and_data_measured(kind, expected):
    records = rated(
        {"usage_kind": kind, "billed_units": 60, "included_units": 7}, {"usage_kind": kind, "billed_units": 30}
    )
    row = charged(records).row(0, named=True)
    assert (row["quantity"], row["duration_s"], row["volume_bytes"]) == expected
    assert row["included_units"] == 7


def test_pieces_of_a_batch_become_the_charges_of_the_whole():
    """A charge whose records were priced in two pieces: 1 + 2 calls, 60 + 60 + 60 s, 1 + 1 + 1."""
    records = rated({}, {}, {"article_no": "1002"}, {})
    merged = usage_charges([gathered_usage(records[:1]), gathered_usage(records[1:])])
    assert merged.equals(charged(records))
    assert merged.filter(article_no="1001").select("quantity", "duration_s", "amount_ex_vat").row(0) == (3, 180, 3)


def test_charges_are_rows_of_their_table():
    for charges in (charged(rated({})), usage_charges([])):
        dated = charges.with_columns(pl.lit(DAY).alias("charged_on"))
        assert tables.CHARGE.conform(dated).height == charges.height
    assert usage_charges([]).is_empty()


CALLS = st.lists(
    st.fixed_dictionaries(
        {
            "subscription_id": st.integers(1, 3),
            "article_no": st.sampled_from(["1001", "1002"]),
            "started_on": st.sampled_from([DAY, NEXT_DAY]),
            "billed_units": st.integers(1, 100),
            "amount_ex_vat": st.integers(0, 10**7).map(lambda micro: Decimal(micro).scaleb(-6)),
        }
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(calls=CALLS, shuffled=st.randoms(use_true_random=False))
def test_charges_add_up_to_their_calls_and_are_named_alike_in_any_order(calls, shuffled):
    charges = charged(rated(*calls))
    assert charges.equals(charged(rated(*shuffled.sample(calls, len(calls)))))
    assert charges["charge_id"].is_unique().all()
    for charge in charges.to_dicts():
        alike = ("subscription_id", "article_no")
        own = [
            call
            for call in calls
            if call["started_on"] == charge["service_from"] and all(call[name] == charge[name] for name in alike)
        ]
        total = sum((call["amount_ex_vat"] for call in own), Decimal(0))
        assert (charge["quantity"], charge["amount_ex_vat"]) == (len(own), total)
    assert sum(charges["quantity"]) == len(calls)
