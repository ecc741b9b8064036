"""A small operator for rules as tables: one number, one plan, few zones; prices and calls are the test's own."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl

from rating.price_rows import price_rows
from rating.time_bands import band_calendar
from rating.usage_charge import charge_usage
from rating.zone_lookup import zone_intervals
from schemas import tables

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE_HOURS = (
    ("evening", "mon tue wed thu fri", "00:00", "08:00"),
    ("day", "mon tue wed thu fri", "08:00", "18:00"),
    ("evening", "mon tue wed thu fri", "18:00", "24:00"),
    ("evening", "sat sun holiday", "00:00", "24:00"),
)
ALWAYS = (("all", "mon tue wed thu fri sat sun holiday", "00:00", "24:00"),)
SUBSCRIBED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = {
    "price_list": "list",
    "article_no": "1001",
    "zone_code": "se",
    "time_band": "*",
    "valid_from": date(2026, 1, 1),
    "valid_to": None,
    "currency": "SEK",
    "connect_fee": Decimal(0),
    "price_per_minute": Decimal(0),
    "first_increment_s": 1,
    "increment_s": 1,
}
CALL = {
    "source_system": "switch",
    "service": "voice",
    "a_number": "46701740605",
    "b_number": "468123456",
    "outcome": "answered",
    "file_sha256": "0" * 64,
    "record_no": 1,
    "line_no": 1,
    "received_on": date(2026, 1, 1),
}


def price(per_minute, band="*", fee="0", increments="1/1", **changed):
    first, later = (int(seconds) for seconds in increments.split("/"))
    given = {"price_per_minute": Decimal(per_minute), "connect_fee": Decimal(fee), "time_band": band}
    return PRICE | given | {"first_increment_s": first, "increment_s": later} | changed


def local(text, fold=0):
    """Return the moment at which the clock in Stockholm shows `text`."""
    shown = datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM, fold=fold)
    return shown.astimezone(UTC)


def call(started_at, seconds, **changed):
    moment = local(started_at) if isinstance(started_at, str) else started_at
    return CALL | {"started_at": moment, "duration_s": seconds} | changed


def usage(calls):
    named = [{"usage_id": f"switch:{number}"} | each for number, each in enumerate(calls)]
    return pl.DataFrame(named, schema=tables.USAGE.schema, orient="row")


def charge(calls, prices, bands=ALWAYS, holidays=(), zones=None, numbers=None, versions=None):
    """Price calls as a night does, from tables of the same columns and types."""
    records = usage(calls)
    days = records["started_at"].dt.date().to_list() or [date(2026, 1, 1)]
    band_rows = pl.DataFrame(bands, schema=tables.TIME_BAND.schema, orient="row")
    free = pl.DataFrame([(day, "holiday") for day in holidays], schema=tables.HOLIDAY.schema, orient="row")
    held = numbers or [(CALL["a_number"], 1, SUBSCRIBED_FROM, None)]
    on_plan = versions or [(1, 1, "plan", SUBSCRIBED_FROM.date(), None)]
    plans = [
        (code, code, "voice", code.replace("plan", "list"), "2001", Decimal(99), "SEK") for code in _plans(on_plan)
    ]
    plan_of_numbers = zones or [("46", "se", "Sverige")]
    longest = timedelta(days=max([each["duration_s"] for each in calls], default=0) // 86_400 + 2)
    return charge_usage(
        records,
        pl.DataFrame(held, schema=tables.NUMBER_ASSIGNMENT.schema, orient="row"),
        pl.DataFrame(on_plan, schema=tables.SUBSCRIPTION.schema, orient="row"),
        pl.DataFrame(plans, schema=tables.PLAN.schema, orient="row"),
        zone_intervals(pl.DataFrame(plan_of_numbers, schema=tables.ZONE_PREFIX.schema, orient="row")),
        band_calendar(band_rows, free, STOCKHOLM, min(days) - timedelta(days=1), max(days) + longest),
        price_rows(pl.DataFrame(prices, schema=tables.PRICE.schema, orient="row"), band_rows, STOCKHOLM.key),
        STOCKHOLM.key,
    )


def cost(one_call, prices, bands=ALWAYS, **changed):
    """Return (billed seconds, amount as text with 6 decimals), or the reason code of a refusal."""
    charged = charge([one_call], prices, bands, **changed)
    if charged.rejected.height:
        return charged.rejected["reason_code"].item()
    row = charged.accepted.row(0, named=True)
    return row["billed_s"], str(row["amount_ex_vat"])


def _plans(versions):
    return sorted({version[2] for version in versions})
