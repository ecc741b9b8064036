"""On any day one row of a cell is in force: the one that names most. What is left empty has its default."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.price_book import ANY, HOME, price_book, scaled
from schemas import tables

EPOCH = date(1970, 1, 1)
JAN, MAR, MAY, JUL = (date(2026, month, 1) for month in (1, 3, 5, 7))
BANDS, ZONES = ("day", "evening"), ("se", "de")
WINDOW = date(2000, 1, 1), date(2100, 1, 1)
ROW = {
    "price_list": "list", "article_no": "1001", "zone_code": "se", "time_band": ANY, "valid_from": JAN,
    "currency": "SEK", "connect_fee": Decimal("0.39"), "price_per_unit": Decimal(1), "price_unit": 60,
    "first_increment": 60, "increment": 1,
}  # fmt: skip
ARTICLES = [
    {"article_no": "1001", "article_name": "Samtal", "vat_class": "standard", "revenue_account": "3041"},
    {"article_no": "1002", "article_name": "Mobil", "vat_class": "reduced", "revenue_account": "3042"},
]


def frame(table, rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema)


def book_of(*rows, price_lists=(), tiers=(), window=WINDOW):
    config = {
        "price": frame(tables.PRICE, [ROW | row for row in rows]),
        "price_list": frame(tables.PRICE_LIST, price_lists),
        "tier": frame(tables.TIER, tiers),
        "article": frame(tables.ARTICLE, ARTICLES),
    }
    return price_book(config, ZONES, BANDS, *window)


def search(book, day, band="day", service="", origin=HOME, zone="se"):
    """Return the number of the row in force in a cell on a day, and the day on which that changes."""
    numbers = book.numbers
    parts = (
        numbers.lists["list"],
        numbers.services.get(service, numbers.services[""]),
        numbers.origins.get(origin, numbers.origins[""]),
        numbers.zones[zone],
        numbers.bands[band],
    )
    cell = pl.select(numbers.cell_of(*map(pl.lit, parts))).to_series()
    row, changes = book.search(cell, pl.Series([(day - EPOCH).days]))
    changes_on = changes.item()
    return row.item(), None if changes_on is None else date.fromordinal(EPOCH.toordinal() + changes_on)


EVENING = {"time_band": "evening"}
OF_DAY = {"time_band": "day"}
CASES = [
    # rows -> row in force on the first of January, March, May and July, by day and in the evening
    ([{}], [0, 0, 0, 0], [0, 0, 0, 0]),
    ([{}, OF_DAY], [1, 1, 1, 1], [0, 0, 0, 0]),
    # a row of its own that begins later leaves the time before it to the general one
    ([{}, OF_DAY | {"valid_from": MAR}], [0, 1, 1, 1], [0, 0, 0, 0]),
    # and one that ends leaves the time after it
    ([{"valid_to": JUL}, OF_DAY | {"valid_from": MAR, "valid_to": MAY}], [0, 1, 0, None], [0, 0, 0, None]),
    (
        [{"valid_to": MAY}, {"valid_from": MAY}, OF_DAY | {"valid_from": MAR, "valid_to": JUL}],
        [0, 2, 2, 1],
        [0, 0, 1, 1],
    ),
    # rows that do not meet in time leave a gap
    ([{"valid_to": MAR}, OF_DAY | {"valid_from": MAY}], [0, None, 1, 1], [0, None, None, None]),
    ([OF_DAY], [0, 0, 0, 0], [None, None, None, None]),
    ([EVENING | {"valid_from": MAY}], [None, None, None, None], [None, None, 0, 0]),
]


@pytest.mark.parametrize(("rows", "by_day", "in_the_evening"), CASES)
def test_each_band_has_one_row_on_each_day(rows, by_day, in_the_evening):
    book = book_of(*rows)
    found = [[search(book, day, band)[0] for day in (JAN, MAR, MAY, JUL)] for band in BANDS]
    assert found == [by_day, in_the_evening]


NAMED = [
    # what two rows name -> which holds for a mobile call from Germany by day
    ({}, {"time_band": "day"}, 1),
    ({"time_band": "day"}, {"origin_zone": "de"}, 1),
    ({"time_band": "day", "origin_zone": "de"}, {"service": "mobile"}, 1),
    ({"service": "mobile", "time_band": "day"}, {"service": "mobile", "origin_zone": "de"}, 1),
    ({"service": "mobile", "origin_zone": "de"}, {"service": "mobile", "origin_zone": "de", "time_band": "day"}, 1),
    ({}, {"service": "voice"}, 0),
    ({}, {"origin_zone": "se"}, 0),
]


@pytest.mark.parametrize(("first", "second", "taken"), NAMED)
def test_a_named_service_goes_before_a_named_origin_and_that_before_a_named_band(first, second, taken):
    rows = [{"origin_zone": ANY} | row for row in (first, second)]
    asked = {"service": "mobile", "origin": "de"}
    assert search(book_of(*rows), JAN, **asked)[0] == taken
    assert search(book_of(*rows[::-1]), JAN, **asked)[0] == 1 - taken


def test_a_row_without_an_origin_is_for_home_alone_and_any_is_for_all():
    assert search(book_of({}), JAN, origin=HOME)[0] == 0
    assert search(book_of({}), JAN, origin="de")[0] is None
    assert search(book_of({"origin_zone": ANY}), JAN, origin="de")[0] == 0
    assert search(book_of({"origin_zone": ANY}), JAN, origin="unheard of")[0] == 0


def test_a_row_holds_for_its_zone_and_list_alone():
    assert search(book_of({}), JAN, zone="de")[0] is None
    assert search(book_of({}, {"price_list": "other", "zone_code": "de"}), JAN, zone="de")[0] is None


CHANGES = [
    (date(2025, 12, 31), JAN),
    (JAN, MAR),
    (date(2026, 2, 28), MAR),
    (MAR, MAY),
    (MAY, JUL),
    (JUL, None),
]


@pytest.mark.parametrize(("day", "changes_on"), CHANGES)
def test_the_day_on_which_the_row_in_force_changes_is_told(day, changes_on):
    """From January, another from March to May, none until July, then an open one."""
    book = book_of({"valid_to": MAR}, {"valid_from": MAR, "valid_to": MAY}, {"valid_from": JUL})
    assert search(book, day)[1] == changes_on


def test_what_a_row_leaves_empty_has_its_default():
    row = book_of({}).rows.row(0, named=True)
    wanted = {
        "vat_class": "standard", "revenue_account": "3041", "origin_zone": HOME, "fee_covers": 0, "minimum_units": 0,
        "is_deductible": False, "crossing_rule": "increment_at_start", "rounding_mode": "half_away_from_zero",
        "rounding_decimals": 6, "has_steps": False, "minimum_charge_micro": None, "cost_micro": None,
        "attempt_fee_micro": 0, "surcharge_percent": 0,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_what_a_row_or_its_list_says_goes_before_the_default():
    rules = {"crossing_rule": "each_part_rounded", "rounding_mode": "up", "rounding_decimals": 2}
    own = {"vat_class": "reduced", "revenue_account": "3999", "fee_rule": "deductible", "fee_covers": 30}
    book = book_of(own, {"price_list": "plain", "article_no": "1002"}, price_lists=[{"price_list": "list"} | rules])
    first, second = book.rows.to_dicts()
    assert {name: first[name] for name in rules} == rules
    assert (first["vat_class"], first["revenue_account"], first["is_deductible"]) == ("reduced", "3999", True)
    assert (second["vat_class"], second["revenue_account"], second["rounding_decimals"]) == ("reduced", "3042", 6)
    assert book.rounding is None
    assert book_of({}, {"price_list": "plain"}).rounding == ("half_away_from_zero", 6)


def test_amounts_are_whole_millionths_and_the_price_of_a_unit_a_whole_number_of_the_base():
    """Units of 60, 1 and 7, and tiers of 100: 2,100 ths of a millionth. 123456.789012 / 60 = 123456789012 x 35."""
    tier = {"tier_code": "t", "tier_mode": "graduated", "tier_scope": "account", "tier_from": 0, "price_unit": 100}
    book = book_of(
        {"price_per_unit": Decimal("123456.789012")},
        {"price_unit": 1, "zone_code": "de"},
        {"price_unit": 7, "price_list": "other"},
        price_lists=[],
        tiers=[tier | {"price_per_unit": Decimal(1)}],
    )
    assert book.base == 60 * 7 * 100 // 20
    first = book.rows.row(0, named=True)
    assert (first["connect_fee_micro"], first["price_micro"]) == (390_000, 123_456_789_012)
    assert book.rows["unit_cost"].to_list() == [123_456_789_012 * 35, 1_000_000 * 2100, 1_000_000 * 300]
    assert pl.select(scaled(pl.lit(600_000), pl.lit(60), 120)).item() == 1_200_000


def test_the_largest_price_per_byte_is_exact():
    """999999999999 a gigabyte in one list, 0.000001 a second in another: nothing is lost in 128 bits."""
    book = book_of(
        {"price_per_unit": Decimal(999999999999), "price_unit": 10**9},
        {"price_per_unit": Decimal("0.000001"), "price_unit": 86_400, "price_list": "other"},
    )
    assert book.base == 86_400 * 10**9 // 3200
    costs = book.rows["unit_cost"].to_list()
    assert costs == [999_999_999_999 * 10**6 * book.base // 10**9, book.base // 86_400]


NARROW = date(2026, 2, 20), date(2026, 5, 3)  # March and May begin inside, January and July do not


@pytest.mark.parametrize("rows", [rows for rows, _, _ in CASES])
@pytest.mark.parametrize("order", [1, -1])
def test_a_book_for_few_days_says_of_them_what_one_for_all_days_says(rows, order):
    narrow, wide = (book_of(*rows[::order], window=window) for window in (NARROW, WINDOW))
    for band in BANDS:
        for ordinal in range(NARROW[0].toordinal(), NARROW[1].toordinal() + 1):
            (row, changes), expected = (search(book, date.fromordinal(ordinal), band) for book in (narrow, wide))
            assert row == expected[0]
            later = changes is None or changes > NARROW[1]
            assert changes == expected[1] or (later and (expected[1] is None or expected[1] > NARROW[1]))


def test_a_cell_that_one_row_prices_on_all_days_is_settled():
    """To Sweden by day and in the evening; to Germany the day decides, and from abroad nothing has a price."""
    book = book_of({"valid_to": JUL}, {"zone_code": "de", "valid_from": MAR}, window=(JAN, MAY))
    assert book.settled.value_counts(sort=True, name="n").sort(pl.nth(0)).rows() == [(None, 2), (-1, 4), (0, 2)]
