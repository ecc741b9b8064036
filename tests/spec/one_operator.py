"""A small operator for rules as tables: one number, one plan, few zones; prices and calls are the test's own.

An operator is a dict of tables, a table a list of rows, a row a dict. Both raters read it: the naive one as it is, the
engine as frames of the schemas' types, in which a column not given has the default below or is null.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import reference_rater

from schemas import policy, tables

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE_HOURS = (
    ("evening", "mon tue wed thu fri", "00:00", "08:00"),
    ("day", "mon tue wed thu fri", "08:00", "18:00"),
    ("evening", "mon tue wed thu fri", "18:00", "24:00"),
    ("evening", "sat sun holiday", "00:00", "24:00"),
)
ALWAYS = (("all", "mon tue wed thu fri sat sun holiday", "00:00", "24:00"),)
SUBSCRIBED_FROM = datetime(2025, 12, 31, 23, tzinfo=UTC)
NEW_YEAR = date(2026, 1, 1)
NUMBER = "46701740605"
OPERATOR = policy.Operator(
    name="Prov", legal_name="Prov AB", registration_no="559999-0008", vat_no="SE559999000801", street="Kajplats 7",
    postcode="999 01", city="Fjärdhamn", country_code="SE", email="kund@fjardhamn.example", phone="08-465 004 00",
    website="https://fjardhamn.example", bankgiro="991-2346", time_zone=STOCKHOLM.key, country_calling_code="46",
    national_prefix="0", international_prefix="00", currency="SEK", language="sv",
)  # fmt: skip
ALWAYS_VALID = {"valid_from": NEW_YEAR, "valid_to": None}
DEFAULTS = {
    "price": ALWAYS_VALID
    | {"price_list": "list", "article_no": "1001", "zone_code": "se", "time_band": "*", "currency": "SEK"}
    | {"connect_fee": Decimal(0), "price_unit": 60, "first_increment": 1, "increment": 1},
    "price_list_link": ALWAYS_VALID,
    "customer_group": ALWAYS_VALID,
    "friend_number": ALWAYS_VALID,
    "allowance_link": ALWAYS_VALID | {"link_scope": "plan", "link_to": "plan"},
    "allowance": {"allowance_unit": "s", "allowance_scope": "own", "allowance_period": "period", "priority": 1}
    | {"prorated": False, "covers_fee": False},
    "allowance_grant": {"account_bucket": 0, "account_id": 1, "subscription_id": 1}
    | {"period_from": date(2026, 9, 1), "period_to": date(2026, 10, 1), "rolled_from": None},
    "tier": {"tier_code": "tiers", "tier_mode": "graduated", "tier_scope": "subscription", "price_unit": 1},
    "discount": ALWAYS_VALID | {"link_scope": "all", "link_to": "*", "discount_kind": "percent", "order_no": 1},
    "offer": {"plan_code": "plan", "activated_from": NEW_YEAR, "offer_target": "usage"},
    "special_number": {"number_kind": "free"},
    "plan": {"service": "voice", "article_no": "2001", "monthly_fee": Decimal(99), "currency": "SEK"},
    "customer": {"customer_category": "private", "street": "Kajplats 7", "postcode": "999 01", "city": "Ort"}
    | {"country_code": "SE", "language": "sv", "customer_from": NEW_YEAR, "request_id": "r", "customer_name": "Anna"},
    "account": {"account_bucket": 0, "billing_day": 1, "currency": "SEK", "credit_limit": Decimal(1000)}
    | {"delivery_channel": "portal", "account_from": NEW_YEAR, "customer_id": 1, "account_id": 1},
    "subscription": {"account_id": 1, "plan_code": "plan", "service_from": NEW_YEAR, "service_to": None},
    "number_assignment": {"owned_from": SUBSCRIBED_FROM, "owned_to": None},
    "article": {"vat_class": "standard", "revenue_account": "3041"},
}
# Names are shown to people and decide nothing.
NAMES = {"zone_name", "holiday_name", "allowance_name", "discount_name", "offer_name", "plan_name", "article_name"}
CALL = {
    "source_system": "switch",
    "service": "voice",
    "usage_kind": "call",
    "a_number": NUMBER,
    "b_number": "468123456",
    "origin_number": None,
    "duration_s": 0,
    "volume_bytes": 0,
    "event_count": 0,
    "outcome": "answered",
    "file_sha256": "0" * 64,
    "record_no": 1,
    "line_no": 1,
    "received_on": NEW_YEAR,
}
COMPARED = [
    "origin_zone",
    "zone_code",
    "time_band",
    "price_list",
    "price_from",
    "article_no",
    "billed_units",
    "included_units",
    "list_amount",
    "included_amount",
    "amount_ex_vat",
    "cost_amount",
]


# Rows


def price(per_unit, band="*", fee="0", increments="1/1", **changed):
    """A price row: of a minute, unless `price_unit` says another quantity."""
    first, later = (int(units) for units in increments.split("/"))
    given = {"price_per_unit": Decimal(per_unit), "connect_fee": Decimal(fee), "time_band": band}
    return DEFAULTS["price"] | given | {"first_increment": first, "increment": later} | decimals(changed)


def decimals(row):
    """Take the texts of a row's decimal columns as decimals."""
    of_decimals = ("fee", "charge", "percent", "quantity", "limit", "cap", "value", "_off", "per_unit")
    return {
        name: Decimal(value) if isinstance(value, str) and name.endswith(of_decimals) else value
        for name, value in row.items()
    }


def list_rules(**changed):
    """How the list of the test rounds and treats borders."""
    return [{"price_list": "list"} | changed]


def local(text, fold=0):
    """Return the moment at which the clock in Stockholm shows `text`."""
    shown = datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM, fold=fold)
    return shown.astimezone(UTC)


def call(started_at, seconds, **changed):
    moment = local(started_at) if isinstance(started_at, str) else started_at
    return CALL | {"started_at": moment, "duration_s": seconds} | changed


def message(started_at, count=1, **changed):
    return call(started_at, 0, usage_kind="message", event_count=count, **changed)


def data(started_at, volume, **changed):
    return call(started_at, 0, usage_kind="data", volume_bytes=volume, **changed)


def operator(prices, bands=ALWAYS, **given):
    """Return an operator of one customer, account, subscription, number and plan; `given` replaces whole tables."""
    made = {
        "price": prices,
        "time_band": [dict(zip(("time_band", "weekdays", "band_from", "band_to"), row, strict=True)) for row in bands],
        "zone_prefix": [{"prefix": "46", "zone_code": "se"}],
        "plan": [{"plan_code": "plan", "price_list": "list"}],
        "article": [{"article_no": number} for number in ("1001", "1002", "2001")],
        "customer": [{"customer_id": 1}],
        "account": [{}],
        "subscription": [{"subscription_id": 1}],
        "number_assignment": [{"a_number": NUMBER, "subscription_id": 1}],
    } | given
    return {name: filled(name, rows) if isinstance(rows, list) else rows for name, rows in made.items()}


def filled(table, rows):
    return [DEFAULTS.get(table, {}) | decimals(row) for row in rows]


# Raters: an operator and usage records in; per usage id a reason code, "FREE" or the rated columns


def numbered(calls):
    """Name calls in the order given; those that have a name keep it."""
    return [{"usage_id": f"switch:{number:04}"} | each for number, each in enumerate(calls)]


def outcomes(rate, calls, of_operator):
    """Return what became of each call, in the order given."""
    records = numbered(calls)
    rated = rate(of_operator, records)
    return [rated[record["usage_id"]] for record in records]


def amounts(rate, calls, of_operator):
    """Return (billed units, included units, amount) of each call, or its reason code."""
    wanted = ("billed_units", "included_units", "amount_ex_vat")
    return [
        each if isinstance(each, str) else tuple(each[name] for name in wanted)
        for each in outcomes(rate, calls, of_operator)
    ]


def cost(rate, one_call, prices, bands=ALWAYS, **given):
    """Return (billed units, amount as text with 6 decimals) of a call, or why it was not priced."""
    (found,) = outcomes(rate, [one_call], operator(prices, bands, **given))
    return found if isinstance(found, str) else (found["billed_units"], found["amount_ex_vat"])


def by_reference(of_operator, records):
    rated = reference_rater.rate(of_operator, records)
    return {name: each if isinstance(each, str) else only_compared(each) for name, each in rated.items()}


def by_engine(of_operator, records):
    """Rate with the engine. What it neither charges nor refuses it keeps for free."""
    from rating.usage_intake import refuse_unchargeable  # noqa: PLC0415 (the naive rater is tested without an engine)

    received = refuse_unchargeable(usage(records), policy.Rating(**of_operator.get("policy", {})))
    charged = engine_result(of_operator, received.accepted)
    found = {record["usage_id"]: "FREE" for record in records}
    found |= dict(received.rejected.select("usage_id", "reason_code").rows())
    for row in charged.accepted.to_dicts():
        found[row["usage_id"]] = only_compared({name: as_compared(row[name]) for name in COMPARED})
    return found | dict(charged.rejected.select("usage_id", "reason_code").rows())


def engine_result(of_operator, records):
    """Call the engine: the only place that knows how."""
    from rating.balances import no_balances  # noqa: PLC0415 (as above)
    from rating.contracts import contract_spans  # noqa: PLC0415
    from rating.tariff import prepare_tariff  # noqa: PLC0415
    from rating.usage_charge import charge_usage  # noqa: PLC0415

    config = {table.name: frame(table, of_operator.get(table.name, [])) for table in tables.CONFIG_TABLES}
    register = {
        table.name: frame(table, of_operator.get(table.name, []))
        for table in (tables.CUSTOMER, tables.ACCOUNT, tables.SUBSCRIPTION, tables.NUMBER_ASSIGNMENT)
    }
    since, until = days_of(records)
    tariff = prepare_tariff(config, OPERATOR, policy.Rating(**of_operator.get("policy", {})), since, until)
    contracts = contract_spans(register, config, OPERATOR)
    return charge_usage(records, contracts, tariff, with_grants(no_balances(), of_operator))


def with_grants(balances, of_operator):
    """Put the operator's own grants in, when it has some."""
    if not of_operator.get("allowance_grant"):
        return balances
    from dataclasses import replace  # noqa: PLC0415

    from rating.balances import open_grants  # noqa: PLC0415

    grants = frame(tables.ALLOWANCE_GRANT, of_operator["allowance_grant"])
    allowances = frame(tables.ALLOWANCE, of_operator["allowance"])
    return replace(balances, grants=open_grants(grants, tables.ALLOWANCE_USE.empty(), allowances))


def days_of(records):
    """Return the first day and the day after the last that any record touches."""
    days = records["started_at"].dt.date().to_list() or [NEW_YEAR]
    longest = timedelta(days=max(records["duration_s"].to_list(), default=0) // 86_400 + 2)
    return min(days) - timedelta(days=1), max(days) + longest


def usage(records):
    return frame(tables.USAGE, records)


def frame(table, rows):
    """Make a frame of a table's types; a column that is not given has its default."""
    wanted = [{name: row.get(name, default(table, row, name)) for name in table.names} for row in rows]
    return pl.DataFrame(wanted, schema=table.schema, orient="row")


def default(table, row, name):
    return (
        row.get(f"{name.removesuffix('_name')}_code", name) if name in NAMES else DEFAULTS.get(table.name, {}).get(name)
    )


def as_compared(value):
    return str(value) if isinstance(value, Decimal | date) else value


def only_compared(row):
    return {name: row[name] for name in COMPARED}
