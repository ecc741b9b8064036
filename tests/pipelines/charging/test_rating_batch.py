"""Usage priced in pieces: what waits is held, or lies on disk by groups of customers, and is priced in order.

Two accounts of one customer lie in two buckets. Calls cost 1 a second up to 100 s a month of the customer's, then 2.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.charging import ordered_pricing
from pipelines.charging.ordered_pricing import OrderedPricing
from rating.balances import after, no_balances
from rating.contracts import contract_spans
from rating.tariff import prepare_tariff
from schemas import tables
from schemas.policy import Rating

CLOCK = SimpleNamespace(time_zone="Europe/Stockholm", zone=ZoneInfo("Europe/Stockholm"))
NEW_YEAR, DAY = date(2026, 1, 1), date(2026, 9, 16)
NOON = datetime(2026, 9, 16, 10, tzinfo=UTC)
REGISTER = ("customer", "account", "subscription", "number_assignment")
ACCOUNT = {
    "customer_id": 100, "billing_day": 1, "currency": "SEK", "credit_limit": Decimal(1000),
    "delivery_channel": "portal", "account_from": NEW_YEAR,
}  # fmt: skip
PRICE = {
    "price_list": "list", "article_no": "1001", "zone_code": "se", "time_band": "*", "valid_from": NEW_YEAR,
    "currency": "SEK", "connect_fee": Decimal(0), "price_per_unit": Decimal(1), "price_unit": 1, "first_increment": 1,
    "increment": 1,
}  # fmt: skip
WEEK = "mon tue wed thu fri sat sun holiday"
OPERATOR = {
    "customer": [
        {"customer_id": 100, "customer_name": "Anna", "customer_category": "private", "street": "K 7",
         "postcode": "999 01", "city": "Ort", "country_code": "SE", "language": "sv", "customer_from": NEW_YEAR,
         "request_id": "r"},
    ],
    "account": [ACCOUNT | {"account_id": 10, "account_bucket": 0}, ACCOUNT | {"account_id": 20, "account_bucket": 1}],
    "subscription": [
        {"subscription_id": no, "account_id": no * 10, "plan_code": "plan", "service_from": NEW_YEAR} for no in (1, 2)
    ],
    "number_assignment": [
        {"a_number": f"4670{no}", "subscription_id": no, "owned_from": datetime(2026, 1, 1, tzinfo=UTC)}
        for no in (1, 2)
    ],
    "plan": [{"plan_code": "plan", "plan_name": "Plan", "service": "voice", "price_list": "list", "article_no": "1001",
              "monthly_fee": Decimal(0), "currency": "SEK"}],
    "zone_prefix": [{"prefix": "46", "zone_code": "se", "zone_name": "Sverige"},
                    {"prefix": "47", "zone_code": "no", "zone_name": "Norge"}],
    "time_band": [{"time_band": "all", "weekdays": WEEK, "band_from": "00:00", "band_to": "24:00"}],
    "price": [PRICE | {"tier_code": "steps"}, PRICE | {"zone_code": "no"}],
    "tier": [
        {"tier_code": "steps", "tier_mode": "graduated", "tier_scope": "customer", "tier_from": begins, "tier_to": ends,
         "price_per_unit": Decimal(price), "price_unit": 1}
        for begins, ends, price in ((0, 100, 1), (100, None, 2))
    ],
}  # fmt: skip


def frame(table, rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema)


def usage(*calls):
    """Give (number of the subscription, seconds[, called]) of calls, a minute after another."""
    rows = [
        {
            "usage_id": f"s:{no}", "source_system": "switch", "service": "voice", "usage_kind": "call",
            "a_number": f"4670{subscription}", "b_number": more[0] if more else "468123456",
            "started_at": NOON + timedelta(minutes=no), "duration_s": seconds, "volume_bytes": 0, "event_count": 0,
            "outcome": "answered", "file_sha256": "0" * 64, "record_no": no, "line_no": no, "received_on": DAY,
        }
        for no, (subscription, seconds, *more) in enumerate(calls, 1)
    ]  # fmt: skip
    return frame(tables.USAGE, rows)


@pytest.fixture(params=[0, 3, 1000], ids=["on disk", "both", "in memory"])
def pricing(tmp_path, request):
    return pricing_of(OPERATOR, tmp_path, request.param)


def pricing_of(operator, folder, held_rows=1000):
    frames = {table.name: frame(table, operator.get(table.name, [])) for table in tables.TABLES}
    tariff = prepare_tariff(frames, CLOCK, Rating(), DAY, DAY + timedelta(days=1))
    register = {name: frames[name] for name in REGISTER}
    return OrderedPricing(contract_spans(register, frames, CLOCK), tariff, folder, held_rows)


def amounts(parts):
    """Return amounts by the number of the call."""
    accepted = pl.concat([rated.accepted for rated in parts])
    return {int(name[2:]): int(amount) for name, amount in accepted.select("usage_id", "amount_ex_vat").rows()}


def in_order(pricing):
    return [rated for _, rated in pricing.in_order(no_balances())]


def test_what_needs_no_order_is_priced_at_once_and_the_rest_waits_by_groups_of_customers(pricing, tmp_path):
    """Customer 100 is in group 36 of 64."""
    rated = pricing.price(usage((1, 60), (2, 60), (1, 7, "4712345678")), no_balances())
    assert amounts([rated]) == {3: 7}
    assert rated.deferred.height == 2
    waiting = [sorted(folder.name for folder in each.iterdir()) for each in tmp_path.iterdir()]
    assert waiting == ([["00036"]] if pricing.held_rows == 0 else [])
    assert amounts(in_order(pricing)).keys() == {1, 2}
    assert list(tmp_path.iterdir()) == []


def test_a_record_without_a_price_row_is_refused_at_once_also_where_every_row_is_of_one_tier(tmp_path):
    pricing = pricing_of(OPERATOR | {"price": [PRICE | {"tier_code": "steps"}]}, tmp_path)
    rated = pricing.price(usage((1, 60), (9, 5), (1, 5, "4712345678")), no_balances())
    reasons = rated.rejected.select("usage_id", "reason_code").sort("usage_id").rows()
    assert reasons == [("s:2", "UNKNOWN_A_NUMBER"), ("s:3", "NO_PRICE")]
    assert amounts(in_order(pricing)) == {1: 60}


@pytest.mark.parametrize("piece_rows", [1, 1_000_000])
def test_a_customer_with_accounts_in_two_buckets_shares_a_tier_in_order_of_the_calls(pricing, monkeypatch, piece_rows):
    """60 at 1, then 40 x 1 + 30 x 2, then 30 x 2: F(160) = 100 x 1 + 60 x 2 = 220 in all, whatever the pieces."""
    monkeypatch.setattr(ordered_pricing, "PIECE_ROWS", piece_rows)
    pricing.price(usage((1, 60), (2, 70), (1, 30)), no_balances())
    (rated,) = in_order(pricing)
    assert amounts([rated]) == {1: 60, 2: 100, 3: 60}
    assert rated.tier_use["tier_units"].sum() == 160


def test_pieces_hold_whole_customers_and_about_so_many_records(tmp_path, monkeypatch):
    """Customer 100 has three records and 101 one: four in one piece, or three and one."""
    accounts = [ACCOUNT | {"account_id": no * 10, "account_bucket": 0, "customer_id": 99 + no} for no in (1, 2)]
    calls = usage((1, 1), (1, 1), (1, 1), (2, 1))
    for held_rows in (0, 3, 1000):
        pricing = pricing_of(OPERATOR | {"account": accounts}, tmp_path, held_rows)
        for rows, sizes in ((4, [4]), (3, [3, 1]), (1, [3, 1])):
            monkeypatch.setattr(ordered_pricing, "PIECE_ROWS", rows)
            pricing.price(calls[:2], no_balances())
            pricing.price(calls[2:], no_balances())
            assert [usage.height for usage, _ in pricing.in_order(no_balances())] == sizes


def test_units_counted_before_go_on_counting(pricing):
    """90 s were counted before: of 20 s, 10 cost 1 and 10 cost 2."""
    pricing.price(usage((1, 60)), no_balances())
    (first,) = in_order(pricing)
    key = first.tier_use["tier_key"][0]
    before = first.tier_use.with_columns(pl.lit(90, pl.Int64).alias("tier_units"))
    balances = after(no_balances(), before, first.discount_use)
    pricing.price(usage((2, 20)), balances)
    (rated,) = [each for _, each in pricing.in_order(balances)]
    assert amounts([rated]) == {1: 30}
    assert rated.tier_use["tier_key"].to_list() == [key]


def test_a_cap_is_counted_for_the_customer_that_the_account_names_also_where_its_row_is_missing(tmp_path):
    """60 s and 70 s cost 60, and 40 x 1 + 30 x 2 = 100; of both 10 % would be 16, of which the cap leaves 15."""
    discount = {
        "discount_code": "tenth", "discount_name": "Tenth", "link_scope": "all", "link_to": "*", "order_no": 1,
        "discount_kind": "percent", "discount_value": Decimal(10), "monthly_cap": Decimal(15), "valid_from": NEW_YEAR,
    }  # fmt: skip
    pricing = pricing_of(OPERATOR | {"customer": [], "discount": [discount]}, tmp_path)
    pricing.price(usage((1, 60), (2, 70)), no_balances())
    (rated,) = in_order(pricing)
    tables.DISCOUNT_USE.conform(rated.discount_use.with_columns(pl.lit(1, pl.Int64).alias("rated_batch")))
    assert rated.discount_use.rows() == [("tenth", 100, date(2026, 9, 1), Decimal(15))]
    assert amounts([rated]) == {1: 54, 2: 91}
