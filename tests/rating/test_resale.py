"""The same records priced again: what the carrier costs us, what the reseller pays, and what is left between them.

Calls of one minute. Carrier: 0.30 to mobiles, 0.12 elsewhere in Sweden, by its own prefixes; reseller: 0.40 and 0.20.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from rating.resale import resale
from rating.tariff import prepare_tariff
from schemas import tables
from schemas.policy import Rating

CLOCK = SimpleNamespace(zone=ZoneInfo("Europe/Stockholm"))
DAY, NEW_YEAR = date(2026, 9, 16), date(2026, 1, 1)
MOBILE, FIXED, NORWEGIAN = "46701740699", "468123456", "4712345678"
CALL = {
    "source_system": "switch", "service": "voice", "usage_kind": "call", "a_number": "46701740605", "b_number": MOBILE,
    "started_at": datetime(2026, 9, 16, 10, tzinfo=UTC), "duration_s": 60, "volume_bytes": 0, "event_count": 0,
    "outcome": "answered", "file_sha256": "0" * 64, "record_no": 1, "line_no": 1, "received_on": DAY,
}  # fmt: skip
PRICE = {
    "article_no": "1001", "time_band": "*", "valid_from": NEW_YEAR, "currency": "SEK", "connect_fee": Decimal(0),
    "price_unit": 60, "first_increment": 1, "increment": 1,
}  # fmt: skip
PRICES = [
    {"price_list": "carrier_x", "zone_code": "x_mobile", "price_per_unit": Decimal("0.30")},
    {"price_list": "carrier_x", "zone_code": "x_se", "price_per_unit": Decimal("0.12"), "first_increment": 60,
     "increment": 60},
    {"price_list": "partner", "zone_code": "mobile", "price_per_unit": Decimal("0.40")},
    {"price_list": "partner", "zone_code": "se", "price_per_unit": Decimal("0.20")},
]  # fmt: skip
ZONES = [
    {"prefix": "46", "zone_code": "se", "zone_name": "Sverige"},
    {"prefix": "4670", "zone_code": "mobile", "zone_name": "Mobil"},
    {"prefix": "47", "zone_code": "no", "zone_name": "Norge"},
    {"prefix": "46", "zone_code": "x_se", "zone_name": "Sverige", "numbering_plan": "x"},
    {"prefix": "46701", "zone_code": "x_mobile", "zone_name": "Mobil", "numbering_plan": "x"},
]
BANDS = [
    {"time_band": "all", "weekdays": "mon tue wed thu fri sat sun holiday", "band_from": "00:00", "band_to": "24:00"}
]
LISTS = [{"price_list": "carrier_x", "numbering_plan": "x"}]


def frame(table, rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema)


def resold(*calls, wholesale="carrier_x", reseller_list="partner", lists=LISTS):
    """Resell calls (what differs from CALL, with `paid`, `cost` and `reseller` of their retail rating).

    Returns per row: number of the call, role, list, zone, resale amount, margin.
    """
    given = {"price": [PRICE | row for row in PRICES], "zone_prefix": ZONES, "time_band": BANDS, "price_list": lists}
    config = {table.name: frame(table, given.get(table.name, [])) for table in tables.CONFIG_TABLES}
    tariff = prepare_tariff(config, CLOCK, Rating(wholesale_list=wholesale), DAY, DAY)
    names = {"paid", "cost", "reseller", "is_rated"}
    usage = [
        CALL | {"usage_id": f"s:{no}"} | {name: value for name, value in call.items() if name not in names}
        for no, call in enumerate(calls)
    ]
    rated = [
        {
            "usage_id": f"s:{no}",
            "reseller_code": call.get("reseller"),
            "amount_ex_vat": Decimal(call.get("paid", "0.60")),
            "cost_amount": call.get("cost") and Decimal(call["cost"]),
            "started_on": DAY,
        }
        for no, call in enumerate(calls)
        if call.get("is_rated", True)
    ]
    schema = {
        name: tables.RATED_USAGE.schema[name] for name in ("usage_id", "amount_ex_vat", "cost_amount", "started_on")
    }
    retail = pl.DataFrame(rated, schema=schema | {"reseller_code": pl.String()})
    sellers = [("R-1", "Butiken", Decimal(5), reseller_list), ("R-2", "Kiosken", Decimal(5), None)]
    resellers = pl.DataFrame(sellers, schema=tables.RESELLER.schema, orient="row")
    found = resale(frame(tables.USAGE, usage), retail, resellers, tariff)
    batched = found.with_columns(pl.lit(1, pl.Int64).alias("rated_batch"))
    assert tables.RESALE_USAGE.conform(batched).height == found.height
    return [
        (int(usage_id[2:]), role, name, zone, str(amount), str(margin))
        for usage_id, role, name, zone, amount, margin in found.select(
            "usage_id", "resale_role", "price_list", "zone_code", "resale_amount", "margin_amount"
        ).rows()
    ]


BOUGHT = [
    # 0.60 - 0.30
    ({}, ("x_mobile", "0.300000", "0.300000")),
    # 4670 alone is a mobile to us and no mobile to the carrier: 0.60 - 0.12
    ({"b_number": "46709999999"}, ("x_se", "0.120000", "0.480000")),
    # its increments are its own: 61 s are two minutes of 0.12, whatever we billed
    ({"b_number": FIXED, "duration_s": 61}, ("x_se", "0.240000", "0.360000")),
    # sold below cost: 0.10 - 0.30
    ({"paid": "0.10"}, ("x_mobile", "0.300000", "-0.200000")),
    # an included call is paid by nobody
    ({"paid": "0"}, ("x_mobile", "0.300000", "-0.300000")),
]


@pytest.mark.parametrize(("call", "expected"), BOUGHT)
def test_a_call_is_bought_by_the_carrier_s_prefixes_and_prices(call, expected):
    assert resold(call) == [(0, "wholesale", "carrier_x", *expected)]


def test_a_list_without_a_numbering_plan_of_its_own_uses_ours():
    """By our prefixes the number is a mobile, for which the carrier's list has no price."""
    assert resold({}, lists=[]) == []


SOLD = [
    # what wholesale costs is known: 0.40 - 0.30, whatever our price row says
    ({"reseller": "R-1", "cost": "0.05"}, "carrier_x", "0.100000"),
    # without wholesale it is what the price row says: 0.40 - 0.05
    ({"reseller": "R-1", "cost": "0.05"}, "", "0.350000"),
    # and where neither is known, all of it
    ({"reseller": "R-1"}, "", "0.400000"),
]


@pytest.mark.parametrize(("call", "wholesale", "margin"), SOLD)
def test_a_reseller_pays_its_own_list_and_the_margin_is_what_it_pays_less_our_cost(call, wholesale, margin):
    rows = [row for row in resold(call, wholesale=wholesale) if row[1] == "reseller"]
    assert rows == [(0, "reseller", "partner", "mobile", "0.400000", margin)]


@pytest.mark.parametrize("reseller", [None, "R-2", "R-9"])
def test_without_a_reseller_with_a_list_only_wholesale_is_priced(reseller):
    assert [row[1] for row in resold({"reseller": reseller})] == ["wholesale"]


def test_without_lists_nothing_is_priced_again():
    assert resold({"reseller": "R-1"}, wholesale="", reseller_list=None) == []


NOT_SOLD = [
    {"b_number": NORWEGIAN},  # neither list has a price for it
    {"outcome": "unanswered", "duration_s": 0},
    {"duration_s": 0},
    {"is_rated": False},
]


@pytest.mark.parametrize("call", NOT_SOLD)
def test_what_has_no_price_no_quantity_or_no_charge_has_no_row(call):
    assert resold(call | {"reseller": "R-1"}) == []


def test_records_of_both_sides_come_in_order_of_their_ids():
    rows = resold({"reseller": "R-1"}, {"b_number": FIXED}, {"reseller": "R-1", "b_number": FIXED})
    assert [(row[0], row[1], row[4]) for row in rows] == [
        (0, "reseller", "0.400000"),
        (0, "wholesale", "0.300000"),
        (1, "wholesale", "0.120000"),
        (2, "reseller", "0.200000"),
        (2, "wholesale", "0.120000"),
    ]
