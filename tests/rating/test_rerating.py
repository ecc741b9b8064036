"""Re-rating: what differs is booked, where it stood and where it belongs; the rest stays as it is."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from rating.charges import with_charge_id
from rating.rerating import adjustment_charges, difference_rows, differences, in_force, priced_now, resale_differences
from rating.rerating_scope import keeping_customers, tier_owners, whole_periods
from rating.usage_charge import RESULT
from schemas import tables

D = Decimal
DAY = date(2026, 9, 17)


def rated(usage_id, amount, *, batch=1, article="1002", on=DAY, first=None):
    """Return a RATED_USAGE row of a call of a minute."""
    return {
        "usage_id": usage_id, "vat_class": "standard", "revenue_account": "3041", "first_batch": first or batch,
        "account_bucket": 0, "account_id": 20001, "subscription_id": 1, "service": "mobile", "usage_kind": "call",
        "a_number": "46701740610", "b_number": "46701740699", "origin_zone": "home", "zone_code": "se_mobile",
        "started_at": datetime(on.year, on.month, on.day, 12, tzinfo=UTC), "started_on": on, "outcome": "answered",
        "duration_s": 60, "volume_bytes": 0, "event_count": 0, "billed_units": 60, "time_band": "day",
        "price_list": "private", "price_from": date(2025, 1, 1), "article_no": article, "connect_fee": D(0),
        "list_amount": D(amount), "included_units": 0, "included_amount": D(0), "discount_amount": D(0),
        "amount_ex_vat": D(amount), "cost_amount": None, "currency": "SEK", "file_sha256": "f", "rated_batch": batch,
        "rated_on": on,
    }  # fmt: skip


def corrected(usage_id, batch, old, new, article="1002"):
    """Return a RERATED_USAGE row."""
    row = {name: value for name, value in rated(usage_id, 0).items() if name in tables.RERATED_USAGE.names}
    return row | {
        "rated_batch": batch, "old_amount": D(old), "new_amount": D(new), "difference_amount": D(new) - D(old),
        "article_no": article, "charge_id": f"adjustment:{batch}/1:1:{article}:2026-09-17:call:standard:3041",
    }  # fmt: skip


UNCHANGED = tables.BASIS_CHANGE.empty()


def frame(table, *rows):
    return pl.DataFrame(list(rows), schema=table.schema, orient="row")


def held(*rows, rerated=(), invoiced=()):
    """Return records as they stand."""
    billed = pl.DataFrame({"charge_id": list(invoiced)}, schema={"charge_id": pl.String})
    return in_force(frame(tables.RATED_USAGE, *rows), frame(tables.RERATED_USAGE, *rerated), billed)


def found(stands, changes=None, kept=()):
    """Price records again; `changes`: usage id -> values that differ from what stands."""
    rows = [row | (changes or {}).get(row["usage_id"], {}) for row in stands.to_dicts()]
    schema = {name: stands.schema.get(name, pl.String()) for name in RESULT}
    accepted = pl.DataFrame([{n: row.get(n) for n in RESULT} for row in rows], schema=schema, orient="row")
    now = priced_now(stands, accepted, pl.Series(list(kept), dtype=pl.String))
    return differences(stands, now, pl.Series([], dtype=pl.String), 9)


OPEN = "usage:1:1:1002:2026-09-17:call:standard:3041"


def test_what_costs_the_same_as_before_is_left_alone():
    result = found(held(rated("a", "1.00"), rated("b", "2.00", batch=2), invoiced=[OPEN]))
    assert [part.height for part in result] == [0, 0, 0, 0]


def test_one_changed_record_makes_its_whole_charge_anew_and_no_other():
    """a and b are of one charge, c of another: a rises from 1.00 to 1.50, b is carried along, c stays."""
    result = found(
        held(rated("a", "1.00"), rated("b", "2.00"), rated("c", "3.00", batch=2)), {"a": {"amount_ex_vat": D("1.50")}}
    )
    assert result.left["usage_id"].to_list() == ["a", "b"]
    assert sorted(with_charge_id(result.remade).select("usage_id", "charge_id", "amount_ex_vat").rows()) == [
        ("a", "usage:9/1:1:1002:2026-09-17:call:standard:3041", D("1.50")),
        ("b", "usage:9/1:1:1002:2026-09-17:call:standard:3041", D("2.00")),
    ]
    assert result.legs.rows() == [("a", 20001, "1002", D("1.00"), D("1.50"), D("0.50"))]


def test_a_record_that_was_made_anew_keeps_the_batch_that_priced_it_first():
    stands = held(rated("a", "1.50", batch=8, first=1), rated("b", "1.00", batch=3))
    again = found(stands, {name: {"amount_ex_vat": D(2)} for name in "ab"}).remade.sort("usage_id")
    assert again.select("rated_batch", "first_batch").rows() == [(9, 1), (9, 3)]


def test_of_an_invoiced_record_only_the_difference_is_charged():
    """1.00 less 0.40 earlier is 0.60 in force; 0.75 now: 0.15 more. Units stand on the first charge."""
    earlier = [corrected("a", 5, "1.00", "0.60")]
    stands = held(rated("a", "1.00"), rerated=earlier, invoiced=[OPEN])
    result = found(stands, {"a": {"amount_ex_vat": D("0.75")}})
    assert result.remade.is_empty()
    assert result.rerated.select("old_amount", "new_amount", "difference_amount").rows() == [
        (D("0.60"), D("0.75"), D("0.15"))
    ]
    columns = ["charge_kind", "service_from", "service_to", "quantity", "duration_s", "included_units", "amount_ex_vat"]
    assert adjustment_charges(result.rerated, UNCHANGED).select(columns).rows() == [
        ("adjustment", DAY, date(2026, 9, 18), 1, 0, 0, D("0.15"))
    ]


def test_a_price_list_that_changed_without_changing_the_amount_leaves_an_invoiced_record_alone():
    result = found(held(rated("a", "1.00"), invoiced=[OPEN]), {"a": {"price_list": "other"}})
    assert result.rerated.is_empty()


@pytest.mark.parametrize("place", [{"article_no": "1003"}, {"vat_class": "low"}, {"revenue_account": "3043"}])
def test_an_amount_that_books_elsewhere_is_taken_back_and_charged_there(place):
    result = found(held(rated("a", "1.00"), invoiced=[OPEN]), {"a": place | {"amount_ex_vat": D("1.20")}})
    columns = ["old_amount", "new_amount", "difference_amount", *place]
    was = {"article_no": "1002", "vat_class": "standard", "revenue_account": "3041"}
    (column, value), *_ = place.items()
    assert result.rerated.select(columns).rows() == [
        (D("1.00"), D(0), D("-1.00"), was[column]),
        (D(0), D("1.20"), D("1.20"), value),
    ]
    assert adjustment_charges(result.rerated, UNCHANGED).sort("amount_ex_vat")["amount_ex_vat"].to_list() == [
        D("-1.00"),
        D("1.20"),
    ]


def test_a_record_that_moved_once_stands_where_it_was_charged():
    """Both sides of the move are of batch 5; the next comparison starts from article 1003 and finds nothing."""
    moved = [corrected("a", 5, "1.00", "0"), corrected("a", 5, "0", "1.20", article="1003")]
    stands = held(rated("a", "1.00"), rerated=moved, invoiced=[OPEN])
    assert stands.select("article_no", "amount_ex_vat").rows() == [("1003", D("1.20"))]
    assert found(stands).rerated.is_empty()


def test_a_record_that_keeps_what_it_has_is_carried_with_its_charge():
    stands = held(rated("a", "1.00"), rated("b", "2.00"))
    result = found(stands, {"a": {"amount_ex_vat": D("1.50")}, "b": {"amount_ex_vat": D(9)}}, kept=["b"])
    assert sorted(result.remade.select("usage_id", "amount_ex_vat").rows()) == [("a", D("1.50")), ("b", D("2.00"))]


def test_what_the_policy_leaves_free_now_costs_nothing():
    stands = held(rated("a", "1.00"), invoiced=[OPEN])
    nothing = pl.DataFrame(schema={name: stands.schema.get(name, pl.String()) for name in RESULT})
    now = priced_now(stands, nothing, pl.Series([], dtype=pl.String))
    result = differences(stands, now, pl.Series([], dtype=pl.String), 9)
    assert result.rerated["difference_amount"].to_list() == [D("-1.00")]


def test_uses_are_written_as_rows_that_add_up_to_the_change():
    """Grant g: 60 before in two batches (90 - 30), 20 now: -40. Grant h: as before, so no row. Grant i: 5 more."""
    before = frame(
        tables.ALLOWANCE_USE,
        ("a", "g", D(90), DAY, 1), ("a", "g", D(-30), DAY, 2), ("b", "h", D(10), DAY, 1),
    )  # fmt: skip
    now = frame(tables.ALLOWANCE_USE, ("a", "g", D(20), DAY, 0), ("b", "h", D(10), DAY, 0), ("c", "i", D(5), DAY, 0))
    rows = difference_rows(tables.ALLOWANCE_USE, before, now.drop("rated_batch"), 9)
    assert rows.rows() == [("a", "g", D(-40), DAY, 9), ("c", "i", D(5), DAY, 9)]


def test_second_prices_are_written_as_rows_that_add_up_to_the_change():
    """Retail 1.00 to 1.20 at wholesale 0.40: retail and margin change by 0.20."""
    row = ("a", "wholesale", "carrier", "z", "1002", DAY, D("1.00"), D("0.40"), D("0.60"), "SEK", 1)
    before = frame(tables.RESALE_USAGE, row)
    now = frame(tables.RESALE_USAGE, (*row[:6], D("1.20"), D("0.40"), D("0.80"), "SEK", 0)).drop("rated_batch")
    columns = ["amount_ex_vat", "resale_amount", "margin_amount", "rated_batch"]
    assert resale_differences(before, now, 9).select(columns).rows() == [(D("0.20"), D(0), D("0.20"), 9)]


def accounts(*days):
    return pl.DataFrame({"account_id": [1, 2][: len(days)], "customer_id": [7] * len(days), "billing_day": list(days)})


def touched(first, last):
    return pl.DataFrame({"customer_id": [7], "first_day": [first], "last_day": [last]})


NOBODY = pl.Series([], dtype=pl.Int64)
BOUNDS = (date(2026, 8, 20), date(2026, 11, 10))


@pytest.mark.parametrize(
    ("billing_day", "day_from", "day_to"),
    [
        (1, date(2026, 10, 1), date(2026, 11, 1)),
        (15, date(2026, 9, 15), date(2026, 10, 15)),
        (31, date(2026, 9, 30), date(2026, 10, 31)),
    ],
)
def test_days_are_widened_to_whole_billing_periods(billing_day, day_from, day_to):
    days = touched(date(2026, 10, 3), date(2026, 10, 5))
    spans = whole_periods(days, accounts(billing_day), NOBODY, *BOUNDS)
    assert spans.select("day_from", "day_to").rows() == [(day_from, day_to)]


def test_a_monthly_cap_makes_calendar_months_whole_too():
    """Periods from the 15th touch two months each, and months two periods: back and forth to first and last usage."""
    days = touched(date(2026, 10, 3), date(2026, 10, 5))
    spans = whole_periods(days, accounts(15), pl.Series([7]), *BOUNDS)
    assert spans.select("day_from", "day_to").rows() == [(date(2026, 8, 15), date(2026, 11, 15))]
    by_month = whole_periods(days, accounts(1), pl.Series([7]), *BOUNDS)
    assert by_month.select("day_from", "day_to").rows() == [(date(2026, 10, 1), date(2026, 11, 1))]


def test_a_tier_counter_is_found_by_its_owner_whatever_its_scope():
    keys = ["t:subscription:500", "a:b:account:2", "t:customer:7"]
    register = {
        "account": accounts(1, 1),
        "subscription": pl.DataFrame({"subscription_id": [500, 500], "account_id": [1, 1]}),
    }
    owners = tier_owners(pl.DataFrame({"tier_key": keys}), register).sort("tier_key", "account_id")
    assert owners.rows() == [
        ("a:b:account:2", 2, 7), ("t:customer:7", 1, 7), ("t:customer:7", 2, 7), ("t:subscription:500", 1, 7),
    ]  # fmt: skip


def test_a_customer_keeps_what_it_has_when_a_record_of_it_would_move_to_one_that_does():
    owners = pl.DataFrame({"customer_id": [1, 2, 3, 4], "new_customer_id": [1, 1, 2, 4]})
    assert keeping_customers(owners, pl.Series([1])).to_list() == [1, 2, 3]
