"""Operators and calls made by chance, many price lists at a time, with a liking for borders and for ties.

Each customer has its own account, subscription, number, plan and price list, so that one run of the engine compares
many lists. What docs/rating.md leaves to lint (rows twice, dates that overlap) is not made.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from one_operator import DEFAULTS, call, filled, operator, price

HOLIDAYS = [{"holiday_on": date(2026, 3, 30)}, {"holiday_on": date(2026, 10, 26)}]
CHANGES = (date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 10, 26))
# Midnights and both clock changes of 2026, in UTC.
MOMENTS = tuple(
    datetime(2026, *parts, tzinfo=UTC)
    for parts in ((3, 28, 23), (3, 29, 1), (3, 29, 22), (10, 24, 22), (10, 25, 1), (10, 25, 23))
)
ZONES = [
    {"prefix": "46", "zone_code": "se"},
    {"prefix": "468", "zone_code": "sthlm"},
    {"prefix": "49", "zone_code": "de"},
    {"prefix": "46", "zone_code": "se", "numbering_plan": "north"},
    {"prefix": "4681", "zone_code": "de", "numbering_plan": "north"},
]
CALLED = ("468123456", "46123456", "4681", "49123", "468123456", "46112", "1")
RULES = ("increment_at_start", "each_part_rounded", "whole_call_at_start", "rounded_then_cut")
MODES = ("up", "down", "half_up", "half_even", "half_away_from_zero")
CELL = ("price_list", "service", "origin_zone", "zone_code", "time_band")
PERIODS = (
    (date(2026, 3, 1), date(2026, 4, 1)),
    (date(2026, 3, 29), date(2026, 10, 26)),
    (date(2026, 10, 1), date(2026, 11, 1)),
    (date(2026, 1, 1), date(9999, 12, 31)),
)
RELATIONS = {"friends_zone": "friends", "closed_group_zone": "closed", "own_network_zone": "own"}


def number_of(customer):
    return f"467017406{customer:02}"


def money(draw):
    """Choose an amount: any number of millionths, or one with few decimals, whose halves meet exactly."""
    return Decimal(
        draw.choice([draw.randrange(10**7), draw.randrange(1000) * 5000, draw.randrange(100) * 10**4])
    ).scaleb(-6)


def bands(draw):
    """Cut working days and free days into bands; the cuts stand in and around the hour that clocks change."""
    rows = []
    for days in ("mon tue wed thu fri", "sat sun holiday"):
        cuts = draw.sample(["00:30", "01:59", "02:00", "02:30", "03:00", "23:59"], draw.randrange(5))
        borders = ["00:00", *sorted(cuts), "24:00"]
        rows += [(draw.choice("abc"), days, begins, ends) for begins, ends in pairwise(borders)]
    return rows


def dated_rows(draw, make):
    """Make rows that follow each other in time, seldom with a gap."""
    days = [date(2026, 1, 1), *sorted(draw.sample(CHANGES, draw.choice([0, 0, 1, 2])))]
    spans = zip(days, [*days[1:], None], strict=True)
    return [make() | {"valid_from": begins, "valid_to": ends} for begins, ends in spans if draw.random() < 0.95]


def plain_row(draw):
    increments = f"{draw.choice([1, 6, 30, 60, 7])}/{draw.choice([1, 6, 18, 60, 11])}"
    fee = draw.choice([Decimal(0), money(draw)])
    return price(money(draw), increments=increments, fee=fee, price_unit=draw.choice([60, 60, 60, 1, 30, 3600]))


def rich_row(draw):
    """A row with some of everything that a price row may say."""
    steps = sorted(draw.sample([30, 60, 61, 90, 200, 600], draw.choice([0, 0, 1, 2])))
    words = " ".join(f"{unit}:{money(draw)}/{draw.choice([1, 6, 60, 7])}" for unit in steps)
    some = {
        "minimum_units": draw.choice([1, 10, 45, 120]),
        "fee_covers": draw.choice([1, 10, 60, 300]),
        "fee_rule": "deductible",
        "minimum_charge": money(draw),
        "maximum_charge": money(draw) + money(draw),
        "attempt_fee": money(draw),
        "surcharge_percent": draw.choice([Decimal("0.01"), Decimal("12.5"), Decimal(50), Decimal("133.3")]),
        "cost_per_unit": money(draw),
        "steps": words or None,
    }
    return plain_row(draw) | {name: value for name, value in some.items() if draw.random() < 0.35}


def rows_of_list(draw, price_list, make, zones=("se", "sthlm", "de")):
    """Make a list: per zone some bands of their own, mostly a row for all of them."""
    made = []
    for zone in zones:
        for band in draw.sample("abc", draw.randrange(3)) + ["*"] * (draw.random() < 0.9):
            named = {"price_list": price_list, "zone_code": zone, "time_band": band}
            made += [row | named for row in dated_rows(draw, lambda: make(draw))]
    return made


def rules_of_list(draw, price_list):
    said = {
        "crossing_rule": draw.choice(RULES),
        "rounding_mode": draw.choice(MODES),
        "rounding_decimals": draw.randrange(7),
    }
    return {"price_list": price_list} | {name: value for name, value in said.items() if draw.random() < 0.8}


def one_call(draw, customers, longest=400):
    before = draw.choice([-60, -30, -1, 0, 1, draw.randint(-3600, 3600)])
    micros = draw.choice([0, 0, 0, 1, 500_000, 999_999])
    moment = draw.choice(MOMENTS) + timedelta(seconds=before, microseconds=micros)
    talked = draw.choice([draw.randint(1, 150), draw.randint(1, longest)])
    number = number_of(draw.randrange(customers))
    return call(moment, talked, a_number=number, b_number=draw.choice(CALLED[:5]))


def customers_with_lists(draw, count, prices, **given):
    """An operator whose customers have a plan and a list each: `list_0`, `list_1`, and so on."""
    each = range(count)
    made = {
        "zone_prefix": ZONES,
        "holiday": HOLIDAYS,
        "plan": [{"plan_code": f"plan_{n}", "price_list": f"list_{n}"} for n in each],
        "price_list": [rules_of_list(draw, f"list_{n}") for n in each],
        "customer": [{"customer_id": n + 1, "customer_category": draw.choice(["private", "vip"])} for n in each],
        "account": [
            {"account_id": n + 1, "customer_id": n + 1, "billing_day": draw.choice([1, 15, 25, 31])} for n in each
        ],
        "subscription": [{"subscription_id": n + 1, "account_id": n + 1, "plan_code": f"plan_{n}"} for n in each],
        "number_assignment": [{"a_number": number_of(n), "subscription_id": n + 1} for n in each],
    }
    return operator(prices, bands(draw), **(made | given))


# Five kinds of operators


def plain(draw):
    """Lists with bands, dates and the four policies for borders."""
    count = 25
    prices = [row for n in range(count) for row in rows_of_list(draw, f"list_{n}", plain_row)]
    calls = [one_call(draw, count, 5000 if draw.random() < 0.05 else 400) for _ in range(60)]
    return customers_with_lists(draw, count, prices), calls


def rich(draw):
    """Rows with steps, limits, fees and surcharges; other units; attempts."""
    count = 25
    prices = [row for n in range(count) for row in rows_of_list(draw, f"list_{n}", rich_row)]
    doubled = [row for row in prices if row["zone_code"] == "se" and draw.random() < 0.5]
    prices += [
        row | {"service": "broadband", "price_unit": draw.choice([1000, 1_000_000]), "increment": 1000}
        for row in doubled
    ]
    treatments = ("free", "attempt_fee", "rejected")
    policy = {name: draw.choice(treatments) for name in ("failed", "unanswered", "negative", "zero_quantity")}
    calls = [of_any_kind(draw, one_call(draw, count)) for _ in range(60)]
    return customers_with_lists(draw, count, prices, policy=policy), calls


def of_any_kind(draw, record):
    kind = draw.choice(["call"] * 6 + ["data", "message", "event"])
    units = {"data": {"volume_bytes": draw.randrange(10**9)}, "call": {}}.get(
        kind, {"event_count": draw.randint(1, 200)}
    )
    service = "broadband" if kind == "data" else "voice"
    changed = record | {"usage_kind": kind, "service": service} | units | ({} if kind == "call" else {"duration_s": 0})
    if draw.random() < 0.8:
        return changed
    outcome = draw.choice(["failed", "unanswered", "answered"])
    # Only calls and bytes come negative; the rest of a record stays 0.
    quantity = {"call": "duration_s", "data": "volume_bytes"}.get(kind, "event_count")
    return changed | {"outcome": outcome, quantity: draw.choice([0, -1, -60])}


def linked(draw):
    """Chains of lists, groups, services and origins; relations and special numbers; offers and discounts."""
    count, zones = 8, ("se", "sthlm", "de", "friends", "closed", "own", "special")
    extra = ("own_a", "own_b", "grouped", "basic")
    prices = []
    for price_list in (*(f"list_{n}" for n in range(count)), *extra):
        prices += [choosy(draw, row) for row in rows_of_list(draw, price_list, plain_row, draw.sample(zones, 4))]
    prices += [plain_row(draw) | {"price_list": "basic", "zone_code": zone, "origin_zone": "*"} for zone in zones[:6]]
    given = {
        "price_list_link": links(draw, count),
        "customer_group": [
            {"customer_id": n + 1, "customer_group": "staff", "valid_from": draw.choice(CHANGES)}
            for n in range(count)
            if draw.random() < 0.4
        ],
        "discount": [discount(draw, number, count) for number in range(6)],
        "offer": [offer(draw, n) for n in range(count) if draw.random() < 0.6],
        "special_number": [{"b_number": "46112", "zone_code": "special"}],
        "switch_plan": [{"source_system": "trunk", "numbering_plan": "north"}],
        "friend_number": [
            {"subscription_id": n + 1, "friend_number": "46123456", "valid_from": draw.choice(CHANGES)}
            for n in range(0, count, 2)
        ],
        "policy": {name: zone for name, zone in RELATIONS.items() if draw.random() < 0.8},
    }
    whole = customers_with_lists(draw, count, unique_cells(prices), **given)
    for row in whole["account"][1::3]:
        row["customer_id"] -= 1
    for row in whole["subscription"]:
        row["service_from"] = draw.choice([date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 28)])
    return whole, [related_call(draw, one_call(draw, count), count) for _ in range(60)]


def choosy(draw, row):
    """Let a row name a service, an origin zone, both or neither."""
    named = {
        "service": draw.choice([None, None, "voice", "mobile"]),
        "origin_zone": draw.choice([None, None, "*", "de"]),
    }
    return row | named


def unique_cells(prices):
    cells = {}
    for row in prices:
        origin = row.get("origin_zone") or "home"
        key = (row["price_list"], row.get("service"), origin, row["zone_code"], row["time_band"], row["valid_from"])
        cells[key] = row
    return without_overlaps(cells.values())


def without_overlaps(prices):
    """Keep of rows of one cell only those that begin where nothing else is in force."""
    kept = []
    for row in sorted(prices, key=lambda each: each["valid_from"]):
        same = [each for each in kept if all(each.get(name) == row.get(name) for name in CELL)]
        if not any(each["valid_to"] is None or each["valid_to"] > row["valid_from"] for each in same):
            kept.append(row)
    return kept


def links(draw, count):
    made = [{"link_scope": "basic", "link_to": "*", "price_list": "basic"}] * (draw.random() < 0.9)
    for scope, target, names in (
        ("group", "private", ["grouped"]),
        ("group", "staff", ["own_a", "grouped"]),
        *(("customer", str(n + 1), ["own_a", "own_b"]) for n in range(count)),
        *(("plan", f"plan_{n}", [f"list_{(n + 1) % count}"]) for n in range(count)),
    ):
        if draw.random() < 0.4:
            changed = draw.choice(CHANGES)
            dates = draw.choice([{}, {"valid_from": changed}, {"valid_to": changed}])
            made.append({"link_scope": scope, "link_to": target, "price_list": draw.choice(names)} | dates)
    return made


def discount(draw, number, count):
    kind = draw.choice(["new_price", "percent", "percent", "amount"])
    scope = draw.choice(["customer", "group", "plan", "all", "all"])
    target = {"customer": str(draw.randint(1, count)), "group": "private", "plan": "plan_1", "all": "*"}[scope]
    value = draw.choice([Decimal(10), Decimal("33.3"), Decimal(100)]) if kind == "percent" else money(draw)
    return {
        "discount_code": f"d{number}",
        "discount_kind": kind,
        "discount_value": value,
        "link_scope": scope,
        "link_to": target,
        "order_no": draw.randrange(3),
        "zone_code": draw.choice([None, None, "se"]),
        "article_no": draw.choice([None, None, "1001", "1002"]),
        "monthly_cap": money(draw) * 10 if kind != "new_price" and draw.random() < 0.5 else None,
        "valid_from": draw.choice([date(2026, 1, 1), *CHANGES]),
    }


def offer(draw, customer):
    length = draw.choice([{"offer_days": 30}, {"offer_days": 2}, {"offer_months": 1}, {"offer_months": 8}])
    percents = [Decimal("12.5"), Decimal("66.6"), Decimal(100)]
    return {
        "offer_code": f"o{customer}",
        "plan_code": f"plan_{customer}",
        "percent_off": draw.choice(percents),
    } | length


def related_call(draw, record, count):
    called = draw.choice([*CALLED, number_of(draw.randrange(count)), number_of(draw.randrange(count))])
    changed = {
        "b_number": called,
        "service": draw.choice(["voice", "voice", "mobile"]),
        "origin_number": draw.choice([None, None, "49", "4912", "33"]),
        "source_system": draw.choice(["switch", "switch", "trunk"]),
    }
    return record | changed


def stateful(draw):
    """Allowances and tiers over many calls of few subscriptions; two subscriptions of each account."""
    count = 4
    prices = [row for n in range(count) for row in rows_of_list(draw, f"list_{n}", rich_row)]
    tiered = draw.sample(range(count), 2)
    for row in prices:
        if row["price_list"] in {f"list_{n}" for n in tiered}:
            row["tier_code"] = f"tiers_{row['price_list']}"
    allowances = [allowance(draw, number) for number in range(7)]
    given = {
        "tier": [row for n in tiered for row in tiers(draw, f"tiers_list_{n}")],
        "allowance": allowances,
        "allowance_grant": [grant(draw, each, number) for number, each in enumerate(allowances * 2)],
    }
    whole = customers_with_lists(draw, count, prices, **given)
    for row in whole["subscription"]:
        row["account_id"] = 2 * ((row["subscription_id"] + 1) // 2)
    return whole, [of_any_kind(draw, one_call(draw, count, 900)) for _ in range(80)]


def crowded(draw):
    """As `stateful`, with capped discounts; records begin at few moments, by ids in no order; customers have more."""
    whole, calls = stateful(draw)
    whole["discount"] = filled("discount", [discount(draw, number, 4) for number in range(3)])
    for row in whole["account"]:
        row["customer_id"] = draw.choice([2, row["customer_id"]])
    moments = [each["started_at"] for each in draw.sample(calls, 3)]
    names = draw.sample(range(2000), len(calls))
    return whole, [
        each | {"started_at": draw.choice(moments), "usage_id": f"switch:{name}"}
        for each, name in zip(calls, names, strict=True)
    ]


def tiers(draw, code):
    borders = [0, *sorted(draw.sample([1, 60, 100, 500, 1000, 3000], draw.randrange(4)))]
    same = {
        "tier_code": code,
        "tier_mode": draw.choice(["graduated", "volume", "package"]),
        "tier_scope": draw.choice(["subscription", "account", "customer"]),
    }
    return [
        same
        | {"tier_from": begins, "tier_to": ends, "price_per_unit": money(draw), "price_unit": draw.choice([1, 60, 100])}
        for begins, ends in zip(borders, [*borders[1:], None], strict=True)
    ]


def allowance(draw, number):
    some = {
        "zones": draw.choice(["se", "sthlm de"]),
        "time_bands": draw.choice(["a", "b c"]),
        "services": draw.choice(["voice", "broadband", "voice broadband"]),
    }
    return {
        "allowance_code": f"a{number}",
        "allowance_unit": draw.choice(["s", "s", "s", "call", "money", "byte", "message", "event"]),
        "allowance_quantity": Decimal(1),
        "allowance_scope": draw.choice(["own", "shared"]),
        "priority": draw.randrange(3),
        "covers_fee": draw.random() < 0.5,
    } | {name: value for name, value in some.items() if draw.random() < 0.3}


def grant(draw, of_allowance, number):
    unit = of_allowance["allowance_unit"]
    most = {"s": 2000, "call": 4, "money": 20, "byte": 10**9, "message": 300, "event": 300}[unit]
    quantity = draw.choice([0, draw.randrange(most), draw.randrange(most)])
    begins, ends = draw.choice(PERIODS)
    subscription = draw.randint(1, 4)
    return DEFAULTS["allowance_grant"] | {
        "grant_id": f"g{number:02}",
        "allowance_code": of_allowance["allowance_code"],
        "account_id": 2 * ((subscription + 1) // 2),
        "subscription_id": subscription,
        "period_from": begins,
        "period_to": ends,
        "granted_quantity": Decimal(quantity) + (money(draw) if unit == "money" else 0),
        "rolled_from": draw.choice([None, None, "old"]),
    }
