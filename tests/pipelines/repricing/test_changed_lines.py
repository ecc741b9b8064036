"""Lines changed by hand and then re-rated: in the end the customer pays the changes made on the amount in force.

The naive reference knows nothing of adjustments: it makes the changes, one after the other, on what a line costs now.
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.basis_changes import ChangeOfBasis, change_basis
from invoicing.basis_replay import changes_beside
from rating.changed_lines import booked_on, lines_in_force, place_of
from rating.charges import gathered_usage, usage_charges, with_charge_id
from schemas import tables

D = Decimal
DAY = date(2026, 10, 5)
PLACES = ("1005", "1006")


def record(number, amount, *, article="1005", seconds=60):
    """Return a RATED_USAGE row of a call."""
    return {
        "usage_id": f"u{number}", "vat_class": "standard", "revenue_account": "3043", "first_batch": 1,
        "account_bucket": 0, "account_id": 20001, "subscription_id": 5, "service": "callcentre", "usage_kind": "call",
        "a_number": "46701740777", "b_number": "46939000001", "origin_zone": "home", "zone_code": "se_premium",
        "started_at": datetime(2026, 10, 5, 8, tzinfo=UTC), "started_on": DAY, "outcome": "answered",
        "duration_s": seconds, "volume_bytes": 0, "event_count": 0, "billed_units": seconds, "time_band": "day",
        "price_list": "private", "price_from": date(2025, 1, 1), "article_no": article, "connect_fee": D(0),
        "list_amount": D(amount), "included_units": 0, "included_amount": D(0), "discount_amount": D(0),
        "amount_ex_vat": D(amount), "cost_amount": None, "currency": "SEK", "file_sha256": "f", "rated_batch": 1,
        "rated_on": DAY,
    }  # fmt: skip


class Books:
    """A basis of usage charges, what was changed of them, and what re-ratings found."""

    def __init__(self, *rows):
        rated = pl.DataFrame(list(rows), schema=tables.RATED_USAGE.schema)
        self.records = with_charge_id(rated)
        self.charges = usage_charges([gathered_usage(rated)]).with_columns(pl.lit(DAY).alias("charged_on"))
        self.charges = tables.CHARGE.complete(self.charges)
        self.changes = self.beside = tables.BASIS_CHANGE.empty()
        self.rerated = tables.RERATED_USAGE.empty()
        self.stands = {row["usage_id"]: (row["article_no"], row["amount_ex_vat"], row["billed_units"]) for row in rows}

    def change(self, kind, value, number):
        """Make a change by hand, of all lines of the basis."""
        wanted = ChangeOfBasis(f"r{number}", "20001:1", kind, value, "eva", "as agreed")
        made = change_basis(self.charges, pl.concat([self.changes, self.beside]), wanted, DAY).changes
        self.changes = pl.concat([self.changes, made])
        if made.height:
            self.find(self.rerated.clear(), only=f"r{number}")

    def rerate(self, batch, found):
        """Find what records cost, by usage id: article, amount and units."""
        legs = [leg for name, now in found.items() for leg in self.legs(batch, name, now)]
        before = self.rerated
        self.rerated = pl.concat([before, pl.DataFrame(legs, schema=tables.RERATED_USAGE.schema)])
        self.find(before)

    def legs(self, batch, name, now):
        (article, old, units), (place, new, counted) = self.stands[name], now
        sides = (
            [(place, old, new, counted)]
            if article == place
            else [(article, old, D(0), units), (place, D(0), new, counted)]
        )
        for on, was, is_now, billed in sides:
            if was != is_now:
                yield {
                    **{n: v for n, v in record(0, 0, article=on).items() if n in tables.RERATED_USAGE.names},
                    "usage_id": name, "rated_batch": batch, "billed_units": billed, "old_amount": was,
                    "new_amount": is_now, "difference_amount": is_now - was,
                    "charge_id": f"adjustment:{batch}/1:5:{on}:2026-10-05:call:standard:3043",
                }  # fmt: skip
                self.stands[name] = (place, new, counted if new else 0)

    def find(self, before, only=None):
        sides = [lines_in_force(self.records, each) for each in (before, self.rerated)]
        found = changes_beside(*sides, self.changes).with_columns(pl.lit(DAY).alias("changed_on"))
        found = found.filter(pl.col("request_id") == only) if only else found
        self.beside = pl.concat([self.beside, found.select(tables.BASIS_CHANGE.names)])

    @property
    def to_pay(self):
        """What the customer pays in all: charges, changes, adjustments, and what changes make of them."""
        columns = (
            self.charges["amount_ex_vat"], self.changes["difference_amount"], self.rerated["difference_amount"],
            self.beside["difference_amount"],
        )  # fmt: skip
        return sum((sum(column, D(0)) for column in columns), D(0))


def naive(rows, stands, changes):
    """Add up what each line costs now, records that left the place of their charge on a line of their own."""
    total = D(0)
    for charged in PLACES:
        own = [row["usage_id"] for row in rows if row["article_no"] == charged]
        for place in PLACES:
            there = [stands[name] for name in own if stands[name][0] == place]
            amount, seconds = sum((each[1] for each in there), D(0)), sum(each[2] for each in there)
            for kind, value in changes:
                agreed = {
                    "remove": lambda now, _: now * 0,
                    "discount": lambda now, _, part=value: now * (100 - part) / 100,
                    "unit_price": lambda now, spent, price=value: min(now, price * spent / 60),
                }[kind]
                amount = agreed(amount, seconds).quantize(D("0.000001"), ROUND_HALF_UP)
            total += amount
    return total


CASES = [
    # changes of a line of 100.00 (ten minutes), what it costs then -> what is paid, and what the adjustment counts
    ([("remove", None)], "80", "0", "0"),
    ([("remove", None)], "130", "0", "0"),
    ([("discount", D(10))], "80", "72", "-18"),
    ([("discount", D(10))], "130", "117", "27"),
    ([("unit_price", D(6))], "80", "60", "0"),
    ([("unit_price", D(6))], "50", "50", "-10"),
    ([("unit_price", D(6)), ("discount", D(50))], "40", "20", "-10"),
    ([], "80", "80", "-20"),
]


@pytest.mark.parametrize(("changes", "new", "paid", "adjusted"), CASES)
def test_a_change_made_by_hand_holds_for_what_the_line_costs_now(changes, new, paid, adjusted):
    books = Books(record(1, "100", seconds=600))
    for number, (kind, value) in enumerate(changes):
        books.change(kind, value, number)
    books.rerate(2, {"u1": ("1005", D(new), 600)})
    assert books.to_pay == D(paid)
    assert sum([*books.rerated["difference_amount"], *books.beside["difference_amount"]], D(0)) == D(adjusted)


@pytest.mark.parametrize(("changes", "new", "paid", "adjusted"), CASES)
def test_a_change_made_after_the_re_rating_comes_to_the_same(changes, new, paid, adjusted):
    """The basis shows the line as it was seen, less the change; beside it stand adjustment and change."""
    books = Books(record(1, "100", seconds=600))
    books.rerate(2, {"u1": ("1005", D(new), 600)})
    for number, (kind, value) in enumerate(changes):
        books.change(kind, value, number)
    assert books.to_pay == D(paid)
    assert sum([*books.rerated["difference_amount"], *books.beside["difference_amount"]], D(0)) == D(adjusted)


def test_a_record_that_moves_to_another_article_takes_the_change_along():
    """Ten percent off 60.00 and 40.00; the second is found to be 50.00 of article 1006: 54.00 and 45.00."""
    books = Books(record(1, "60"), record(2, "40"))
    books.change("discount", D(10), 1)
    books.rerate(2, {"u2": ("1006", D(50), 60)})
    assert books.beside.select("charge_id", "article_no", "difference_amount").rows() == [
        ("adjustment:2/1:5:1005:2026-10-05:call:standard:3043", "1005", D(4)),
        ("adjustment:2/1:5:1006:2026-10-05:call:standard:3043", "1006", D(-5)),
    ]
    assert books.to_pay == D(99)


def test_an_adjustment_is_not_changed_by_hand():
    rows = Books(record(1, "100")).charges.with_columns(pl.lit("adjustment").alias("charge_kind"))
    wanted = ChangeOfBasis("r1", "20001:1", "remove", None, "eva", "as agreed")
    assert change_basis(rows, tables.BASIS_CHANGE.empty(), wanted, DAY).changes.is_empty()


def test_the_place_of_a_charge_is_read_from_its_name_whatever_its_article():
    named = pl.DataFrame({"charge_id": ["adjustment:3/1:5:a:b:2026-10-05:call:standard:3043"]})
    found = named.select(booked_on(place_of(pl.col("charge_id"))).struct.unnest())
    assert found.rows() == [("5", "a:b", "2026-10-05", "call", "standard", "3043")]


AMOUNTS = st.decimals(0, 500, places=6)
CHANGES = st.one_of(
    st.tuples(st.just("discount"), st.decimals(0, 100, places=6)),
    st.tuples(st.just("unit_price"), st.decimals(0, 20, places=6)),
    st.tuples(st.just("remove"), st.none()),
)
FOUND = st.dictionaries(
    st.sampled_from(["u0", "u1", "u2"]), st.tuples(st.sampled_from(PLACES), AMOUNTS, st.just(600)), max_size=3
)
STEPS = st.lists(st.one_of(FOUND, CHANGES), max_size=5)


@given(st.lists(st.tuples(st.sampled_from(PLACES), AMOUNTS), min_size=3, max_size=3), STEPS)
def test_whatever_is_changed_and_re_rated_the_customer_pays_what_the_naive_reference_says(begin, steps):
    rows = [record(n, amount, article=article, seconds=600) for n, (article, amount) in enumerate(begin)]
    books, changes = Books(*rows), []
    for number, step in enumerate(steps, 2):
        if isinstance(step, dict):
            books.rerate(number, step)
            continue
        books.change(*step, number)
        changes.append((step, number))
    assert books.to_pay == naive_of(books, rows, changes)
    keys = books.beside.select("request_id", "charge_id")
    assert keys.filter(~keys.is_unique()).is_empty()


def naive_of(books, rows, changes):
    """Leave the changes out that changed nothing of a line as it was seen: nobody could have meant them."""
    total = D(0)
    for charge in books.charges.to_dicts():
        applied = books.changes.filter(pl.col("charge_id") == charge["charge_id"])["request_id"].to_list()
        own = [row for row in rows if row["article_no"] == charge["article_no"]]
        total += naive(own, books.stands, [step for step, number in changes if f"r{number}" in applied])
    return total
