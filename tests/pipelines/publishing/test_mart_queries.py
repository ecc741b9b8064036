"""The queries of marts and cards, on a lake that holds a few rows."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.lake.connection import bare_connection
from pipelines.lake.table_sql import ddl
from pipelines.publishing.marts import MARTS
from pipelines.publishing.publish_flow import CARD_QUERIES
from schemas.tables import TABLES

SQL = {mart.name: mart.sql for mart in MARTS}
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
def lake():
    """Every table of the lake, without its rules and rows."""
    with bare_connection() as connection:
        for table in TABLES:
            connection.execute(ddl(table, "memory")[0].replace(" NOT NULL", ""))
        yield connection


def put(lake, table, **values):
    """Write one row; columns not given are null."""
    marks = ", ".join("?" for _ in values)
    lake.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))  # noqa: S608 (our own words)


def asked(lake, query, *columns):
    return lake.sql(f"SELECT {', '.join(columns)} FROM ({query}) ORDER BY ALL").fetchall()  # noqa: S608 (our own words)


def card_rows(lake, section, on):
    found = lake.execute(CARD_QUERIES[section], [on])
    names = [name for name, *_ in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture
def granted(lake):
    """Of 300 minutes in October 142 are left, of which 100 move into November; a booster of 5 GB has no end."""
    put(lake, "account", account_id=20, customer_id=3, currency="SEK")
    put(lake, "subscription", subscription_id=5, account_id=20, service_from=date(2026, 9, 1))
    for code, name, unit in (("min300", "300 minuter", "s"), ("boost", "Surf", "byte")):
        put(lake, "allowance", allowance_code=code, allowance_name=name, allowance_unit=unit, allowance_scope="own")
    for name, first, end, quantity, rolled in (
        ("min300:5:2026-10-01", OCTOBER, NOVEMBER, 18_000, None),
        ("min300:5:2026-11-01", NOVEMBER, date(2026, 12, 1), 18_000, None),
        ("min300:5:2026-11-01:rolled", NOVEMBER, date(2026, 12, 1), 6_000, "min300:5:2026-10-01"),
        ("boost:5:2026-10-10", date(2026, 10, 10), date.max, 5 * 10**9, None),
    ):
        put(lake, "allowance_grant", grant_id=name, allowance_code=name.split(":")[0], account_id=20, subscription_id=5,
            period_from=first, period_to=end, granted_quantity=quantity, rolled_from=rolled)  # fmt: skip
    put(lake, "allowance_use", usage_id="switch:c1", grant_id="min300:5:2026-10-01", used_quantity=9_480)
    put(
        lake,
        "allowance_use",
        usage_id="min300:5:2026-11-01:rolled",
        grant_id="min300:5:2026-10-01",
        used_quantity=6_000,
    )
    return lake


def test_what_rolled_over_is_neither_used_nor_left(granted):
    """18 000 s - 9 480 used - 6 000 moved = 2 520."""
    names = ("granted_quantity", "used_quantity", "rolled_quantity", "left_quantity")
    rows = asked(granted, SQL["fact_allowance"] + " WHERE g.period_from = '2026-10-01'", *names)
    assert rows == [(18_000, 9_480, 6_000, 2_520)]


def test_a_grant_that_nobody_drew_on_is_left_whole(granted):
    names = ("grant_id", "used_quantity", "left_quantity")
    rows = asked(granted, SQL["fact_allowance"] + " WHERE g.period_from = '2026-11-01'", *names)
    assert rows == [("min300:5:2026-11-01", 0, 18_000), ("min300:5:2026-11-01:rolled", 0, 6_000)]


@pytest.mark.parametrize(
    ("on", "open_ones"),
    [
        (date(2026, 10, 9), [("300 minuter", False, date(2026, 10, 31))]),
        (date(2026, 10, 31), [("300 minuter", False, date(2026, 10, 31)), ("Surf", False, None)]),
        (
            NOVEMBER,
            [
                ("300 minuter", False, date(2026, 11, 30)),
                ("300 minuter", True, date(2026, 11, 30)),
                ("Surf", False, None),
            ],
        ),
    ],
)
def test_a_card_shows_the_grants_of_open_periods_with_their_last_day(granted, on, open_ones):
    """A booster without end has no last day."""
    rows = card_rows(granted, "allowances", on)
    assert [(r["allowance_name"], r["rolled_over"], r["last_on"]) for r in rows] == open_ones


def test_what_is_not_configured_any_more_is_not_left_on_a_card(granted):
    granted.execute("DELETE FROM allowance WHERE allowance_code = 'boost'")
    assert [r["allowance_name"] for r in card_rows(granted, "allowances", date(2026, 10, 31))] == ["300 minuter"]


def test_of_a_subscription_that_has_ended_only_what_the_account_shares_is_left(granted):
    granted.execute("UPDATE subscription SET service_to = '2026-10-31'")
    granted.execute("UPDATE allowance SET allowance_scope = 'shared' WHERE allowance_code = 'boost'")
    assert [r["allowance_name"] for r in card_rows(granted, "allowances", date(2026, 10, 31))] == ["Surf"]


def test_billed_seconds_are_those_of_calls_and_every_kind_has_its_own_units(lake):
    put(lake, "account", account_id=20, customer_id=3)
    for kind, units, amount in (("call", 60, "1"), ("call", 30, "2"), ("data", 500, "4"), ("message", 1, "8")):
        money = Decimal(amount)
        put(lake, "rated_usage", account_id=20, started_on=date(2026, 10, 5), usage_kind=kind, article_no="1",
            billed_units=units, included_units=units // 2, list_amount=money, amount_ex_vat=money)  # fmt: skip
    names = ("usage_kind", "quantity", "duration_s", "billed_units", "included_units", "amount_ex_vat")
    assert asked(lake, SQL["usage_by_month"], *names) == [
        ("call", 2, 90, 90, 45, 3),
        ("data", 1, 0, 500, 250, 4),
        ("message", 1, 0, 1, 0, 8),
    ]


def test_a_record_has_a_margin_only_where_its_cost_is_known(lake):
    put(lake, "account", account_id=20, customer_id=3)
    for cost in (Decimal("0.30"), None):
        put(lake, "rated_usage", account_id=20, amount_ex_vat=Decimal("0.25"), cost_amount=cost)
    assert asked(lake, SQL["fact_usage"], "margin_amount") == [(Decimal("-0.05"),), (None,)]


def test_each_zone_stands_once_under_the_operators_own_name(lake):
    """Zones of other numbering plans, special numbers and relations are zones too."""
    put(lake, "zone_prefix", zone_code="se", zone_name="Sverige")
    put(lake, "zone_prefix", zone_code="se", zone_name="SWEDEN", numbering_plan="carrier")
    put(lake, "zone_prefix", zone_code="no", zone_name="NORWAY", numbering_plan="carrier")
    put(lake, "special_number", zone_code="free")
    put(lake, "price", zone_code="friends")
    rows = [("free", "free"), ("friends", "friends"), ("no", "NORWAY"), ("se", "Sverige")]
    assert asked(lake, SQL["dim_zone"], "*") == rows


@pytest.fixture
def contracted(lake):
    """Subscription 5 changes its plan on the 10th and gets another one later; subscription 6 has ended."""
    put(lake, "account", account_id=20, customer_id=3, currency="SEK")
    put(lake, "plan", plan_code="large", plan_name="Mobil Stor", service="mobile")
    for number, plan, since, until in (
        (5, "small", date(2026, 9, 1), date(2026, 10, 10)), (5, "large", date(2026, 10, 10), NOVEMBER),
        (5, "small", NOVEMBER, None), (6, "small", date(2026, 9, 1), OCTOBER),
    ):  # fmt: skip
        put(
            lake, "subscription", subscription_id=number, account_id=20, plan_code=plan, service_from=since,
            service_to=until,
        )  # fmt: skip
        put(lake, "contract", subscription_id=number, contract_from=since, plan_code=plan, notice_days=30)
    for no, state in ((1, "active"), (2, "restricted")):
        put(
            lake, "subscription_state", subscription_id=5, transition_no=no, subscription_state=state,
            state_from=date(2026, 9, no), state_cause="begun",
        )  # fmt: skip
    return lake


def test_the_card_shows_the_contract_in_force_and_what_follows_of_subscriptions_that_go_on(contracted):
    rows = card_rows(contracted, "contracts", date(2026, 10, 20))
    assert [(row["subscription_id"], row["plan_name"], row["contract_from"]) for row in rows] == [
        (5, "Mobil Stor", date(2026, 10, 10)), (5, "small", NOVEMBER),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on", "marked"), [(date(2026, 10, 20), date(2026, 10, 10)), (date(2026, 8, 1), date(2026, 9, 1))]
)
def test_a_state_stands_once_beside_the_version_in_force_or_the_first_one(contracted, on, marked):
    rows = card_rows(contracted, "subscriptions", on)
    assert [(row["service_from"], row["subscription_state"]) for row in rows if row["subscription_state"]] == [
        (marked, "restricted")
    ]


def test_the_card_shows_the_cases_of_a_customer_that_wait_and_the_latest_notices_without_what_they_say(lake):
    for request_id, state, customer in (("o1", "waiting", 3), ("o2", "approved", 3), ("s1", "waiting", None)):
        put(lake, "request", request_id=request_id, request_type="order")
        put(lake, "request_outcome", request_id=request_id, request_state="queued", customer_id=customer)
        put(lake, "approval_case", request_id=request_id, case_state=state, waits_for="identity", opened_on=OCTOBER)
    for number in (*range(25), 24):
        put(
            lake, "notice", notice_id="n", customer_id=3, requested_on=date(2026, 10, 1 + number), notice_kind="blocked"
        )
    cases = lake.execute(CARD_QUERIES["cases"]).fetchall()
    assert [(row[0], row[1]) for row in cases] == [(3, "o1")]
    notices = lake.execute(CARD_QUERIES["notices"])
    assert "notice_data" not in [name for name, *_ in notices.description]
    assert [(row[1].day, row[4]) for row in notices.fetchall()] == [*((day, 1) for day in range(6, 25)), (25, 2)]
