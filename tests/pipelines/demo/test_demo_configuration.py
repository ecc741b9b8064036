"""The demo operator's configuration: whole, priced everywhere, and its holidays on the right days."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.demo.destinations import NO_ZONE_NUMBERS, destinations
from pipelines.demo.nights import NIGHTS
from schemas.ocr_reference import has_valid_check_digit

CONFIG = Path(__file__).resolve().parents[3] / "data" / "demo" / "config"


def table(name):
    return pl.read_csv(CONFIG / name, infer_schema=False)


MAIN_PLAN = table("zones.csv").filter(pl.col("numbering_plan").is_null())
ZONES = dict(MAIN_PLAN.select("prefix", "zone_code").iter_rows())
CALLED_ZONES = set(ZONES.values()) - {"mobile_data"}
RELATIONS = ["on_net", "friends", "closed_group"]


def zone_of(number):
    return next((ZONES[number[:n]] for n in range(len(number), 0, -1) if number[:n] in ZONES), None)


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("46846500400", "se_fixed"),
        ("46701740605", "se_mobile"),
        ("4620000001", "se_free"),
        ("46900000001", "se_premium"),
        ("4722000001", "nordic"),
        ("4790000001", "nordic_mobile"),
        ("442079460000", "europe"),
        ("447700900000", "europe_mobile"),
        ("12025550100", "world_1"),
        ("18765550100", "world_2"),
        ("24700000", "world_3"),
        ("88160000000", "satellite"),
        ("97900000000", None),
    ],
)
def test_a_number_lies_in_the_zone_of_its_longest_prefix(number, zone):
    assert zone_of(number) == zone


def test_every_invented_destination_lies_in_a_zone_but_those_that_must_not():
    numbers = destinations(table("zones.csv")).numbers["b_number"]
    assert {number for number in numbers if zone_of(number) is None} == set(NO_ZONE_NUMBERS)


def test_every_list_of_a_plan_has_one_price_for_every_called_zone_and_band_on_every_day_of_the_demo():
    prices = table("prices.csv").filter(
        pl.col("price_list").is_in(["private", "business", "vip"]),
        pl.col("service").is_null(),
        ~pl.col("zone_code").is_in(RELATIONS),
    )
    for day in ["2026-02-01", *map(str, NIGHTS)]:
        valid = prices.filter(pl.col("valid_from") <= day, pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
        assert not valid.select("price_list", "zone_code", "time_band").is_duplicated().any()
        bands = valid.group_by("price_list", "zone_code").agg(pl.col("time_band").sort())
        assert bands.height == 3 * len(CALLED_ZONES)
        assert all("*" in found or found == ["day", "evening"] for found in bands["time_band"].to_list())


def test_the_basic_list_prices_what_no_plan_does():
    basic = table("prices.csv").filter(pl.col("price_list") == "basic")
    assert set(basic["zone_code"]) == {"mobile_data", "msg_se", "msg_world"}


def test_every_allowance_for_calls_in_sweden_holds_for_relations_too():
    """A call to a friend or in the own network has another zone; it must not stop being included for that."""
    calls = table("allowances.csv").filter(pl.col("allowance_unit") == "s")
    assert all({"on_net", "friends"} <= set(zones.split()) for zones in calls["zones"])


def test_a_price_changes_within_the_demo():
    changed = set(table("prices.csv")["valid_from"]) - {"2025-01-01"}
    assert changed == {"2026-10-01", "2026-11-01"}


@pytest.mark.parametrize(
    ("holiday", "on"),
    [
        ("Långfredagen", date(2026, 4, 3)),
        ("Kristi himmelsfärdsdag", date(2026, 5, 14)),
        ("Midsommarafton", date(2026, 6, 19)),
        ("Alla helgons dag", date(2026, 10, 31)),
        ("Julafton", date(2026, 12, 24)),
        ("Långfredagen", date(2025, 4, 18)),
        ("Midsommarafton", date(2027, 6, 25)),
    ],
)
def test_holidays_are_swedens_own(holiday, on):
    assert (str(on), holiday) in set(table("holidays.csv").iter_rows())


def test_the_bankgiro_number_has_its_check_digit():
    assert has_valid_check_digit("9912346")
    assert 'bankgiro = "991-2346"' in (CONFIG / "policy.toml").read_text(encoding="utf-8")
