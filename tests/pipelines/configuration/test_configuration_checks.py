"""Checks across rows and files, as tables: references, periods, currency, time bands, ledger accounts."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.configuration.checks import cross_checks
from pipelines.configuration.policy_file import PolicyFile
from pipelines.configuration.reading import CONFIG_FILES
from schemas import tables

JAN, FEB, MAR, APR, MAY = (date(2026, month, 1) for month in range(1, 6))
POLICY_TEXT = '[operator]\ncurrency = "SEK"\n\n[ledger]\nbank = "1930"\n'
SETTINGS = {"operator": {"currency": "SEK"}, "ledger": {"bank": "1930"}}
ROWS = {
    tables.ZONE_PREFIX: [("46", "se", "Sverige")],
    tables.TIME_BAND: [("day", "mon tue wed thu fri sat sun holiday", "00:00", "24:00")],
    tables.HOLIDAY: [(date(2026, 12, 25), "Juldagen")],
    tables.ARTICLE: [("1001", "Samtal", "standard", "3041"), ("2001", "Avgift", "standard", "3041")],
    tables.PRICE: [
        {"price_list": "list", "article_no": "1001", "zone_code": "se", "time_band": "*", "valid_from": JAN}
        | {
            "currency": "SEK",
            "connect_fee": 0,
            "price_per_unit": 1,
            "price_unit": 60,
            "first_increment": 1,
            "increment": 1,
        }
    ],
    tables.PLAN: [("home", "Hem", "voice", "list", "2001", Decimal(99), "SEK")],
    tables.RESELLER: [("R-1", "Ek", Decimal(5))],
    tables.VAT_RATE: [("standard", JAN, None, Decimal(25), "2611")],
    tables.LEDGER_ACCOUNT: [("1930", "Bank"), ("2611", "Moms"), ("3041", "Tjänster")],
}
ALL = {table.name for table in CONFIG_FILES.values()}


def check(changed=None, *, settings=SETTINGS, whole=frozenset(ALL)):
    """Faults as (file, line, value); rows stand from line 2 on."""
    frames = {
        table.name: framed(table, (changed or {}).get(table, ROWS.get(table, []))).with_columns(
            (pl.int_range(pl.len(), dtype=pl.Int64) + 2).alias("line")
        )
        for table in CONFIG_FILES.values()
    }
    found = cross_checks(PolicyFile(POLICY_TEXT, settings), frames, set(whole))
    return [fault for fault in found if not fault.is_warning]


def framed(table, rows):
    """Rows as dicts, or as tuples of the first columns; what is not given is null."""
    named = [row if isinstance(row, dict) else dict(zip(table.names, row, strict=False)) for row in rows]
    return pl.DataFrame(named, schema=table.schema)


def told(*args, **kwargs):
    return [(fault.file, fault.line, fault.value) for fault in check(*args, **kwargs)]


def price(since, until=None, *, article="1001", zone="se", band="*", currency="SEK", name="list"):
    named = {"price_list": name, "article_no": article, "zone_code": zone, "time_band": band, "currency": currency}
    return ROWS[tables.PRICE][0] | named | {"valid_from": since, "valid_to": until}


def vat(since, until=None, *, name="standard", account="2611"):
    return (name, since, until, Decimal(25), account)


def test_tables_that_agree_have_no_fault():
    assert check() == []


@pytest.mark.parametrize(
    ("table", "row", "fault"),
    [
        (tables.PRICE, price(JAN, article="9", band="day"), ("prices.csv", 3, "9")),
        (tables.PRICE, price(JAN, zone="mars"), ("prices.csv", 3, "mars")),
        (tables.PRICE, price(JAN, band="night"), ("prices.csv", 3, "night")),
        (tables.PRICE, price(JAN, band="day", currency="EUR"), ("prices.csv", 3, "EUR")),
        (tables.PLAN, ("x", "X", "voice", "gold", "2001", Decimal(1), "SEK"), ("plans.csv", 3, "gold")),
        (tables.PLAN, ("x", "X", "voice", "list", "9", Decimal(1), "SEK"), ("plans.csv", 3, "9")),
        (tables.PLAN, ("x", "X", "voice", "list", "2001", Decimal(1), "NOK"), ("plans.csv", 3, "NOK")),
        (tables.ARTICLE, ("3", "X", "low", "3041"), ("articles.csv", 4, "low")),
        (tables.ARTICLE, ("3", "X", "standard", "3099"), ("articles.csv", 4, "3099")),
        (tables.VAT_RATE, vat(JAN, name="low", account="2699"), ("vat_rates.csv", 3, "2699")),
    ],
)
def test_a_reference_without_its_target_is_told(table, row, fault):
    assert told({table: [*ROWS[table], row]}) == [fault]


def test_a_price_for_all_bands_or_for_one_is_no_overlap():
    assert told({tables.PRICE: [price(JAN), price(JAN, band="day")]}) == []


@pytest.mark.parametrize(
    ("periods", "lines"),
    [
        ([(JAN, MAR), (MAR, None)], []),  # meet: valid_to is exclusive
        ([(JAN, FEB), (MAR, APR)], []),  # apart
        ([(JAN, None), (MAR, None)], [3]),  # the first never ends
        ([(JAN, date(2026, 3, 2)), (MAR, None)], [3]),  # one day
        ([(MAR, None), (JAN, None)], [2]),  # whatever the order of rows
        ([(JAN, MAY), (FEB, MAR), (APR, None)], [3, 4]),  # both lie in the first
        ([(JAN, None), (FEB, MAR), (APR, None)], [3, 4]),
        ([(FEB, JAN)], [2]),  # ends before it begins
        ([(FEB, FEB)], [2]),  # never in force
    ],
)
def test_two_rows_of_one_scope_are_never_in_force_on_the_same_day(periods, lines):
    prices = {tables.PRICE: [price(*period) for period in periods]}
    rates = {tables.VAT_RATE: [vat(*period) for period in periods]}
    assert [(file, line) for file, line, _ in told(prices)] == [("prices.csv", line) for line in lines]
    of_periods = [fault for fault in check(rates) if "has no rate for" not in fault.problem]
    assert [(fault.file, fault.line) for fault in of_periods] == [("vat_rates.csv", line) for line in lines]


def test_rows_of_another_price_list_zone_or_class_do_not_overlap():
    rows = [price(JAN), price(JAN, name="other"), price(JAN, zone="no")]
    zones = [("46", "se", "Sverige"), ("47", "no", "Norge")]
    assert told({tables.PRICE: rows, tables.ZONE_PREFIX: zones}) == []


WEEK = "mon tue wed thu fri sat sun holiday"


@pytest.mark.parametrize(
    ("bands", "faults"),
    [
        ([(WEEK, "00:00", "08:00"), (WEEK, "08:00", "24:00")], []),
        ([(WEEK, "08:00", "24:00"), (WEEK, "00:00", "08:00")], []),
        ([("mon", "09:00", "24:00"), ("mon", "00:00", "08:00")], [(2, "on mon the bands leave a gap from 08:00")]),
        ([("mon", "00:00", "09:00"), ("mon", "08:00", "24:00")], [(3, "on mon the bands overlap from 08:00")]),
        ([("mon", "00:30", "24:00")], [(2, "on mon the bands leave a gap from 00:00")]),
        ([("mon", "00:00", "23:59")], [(None, "on mon the bands end at 23:59")]),
        ([("mon mon", "00:00", "24:00")], [(2, "on mon the bands overlap from 00:00")]),
        ([("mon", "22:00", "06:00")], [(2, "HH:MM"), (None, "on mon the bands end at 00:00")]),
        ([("mon", "0:00", "24:00")], [(2, "HH:MM"), (None, "on mon the bands end at 00:00")]),
        ([("mon", "00:00", "24:30")], [(2, "HH:MM"), (None, "on mon the bands end at 00:00")]),
        ([("mon", "00:00", "24:00"), ("funday", "00:00", "24:00")], [(3, "unknown day")]),
    ],
)
def test_the_bands_of_every_day_meet_from_midnight_to_midnight(bands, faults):
    rest = [] if bands[0][0] == WEEK else [("tue wed thu fri sat sun holiday", "00:00", "24:00")]
    found = check({tables.TIME_BAND: [("day", *band) for band in [*bands, *rest]]})
    assert [(fault.line, text in fault.problem) for fault, (_, text) in zip(found, faults, strict=True)] == [
        (line, True) for line, _ in faults
    ]


@pytest.mark.parametrize("day", WEEK.split())
def test_a_day_without_bands_is_told(day):
    others = " ".join(each for each in WEEK.split() if each != day)
    assert told({tables.TIME_BAND: [("day", others, "00:00", "24:00")]}) == [("time_bands.csv", None, day)]


@pytest.mark.parametrize("account", ["2611", "3041"])
def test_an_account_that_is_proven_against_its_sub_ledger_holds_nothing_else(account):
    assert told(settings=SETTINGS | {"ledger": {"suspense": account}}) == [("policy.toml", 4, account)]


def test_two_sub_ledgers_do_not_share_an_account():
    shared = {"bank": "1930", "refunds": "1930"}
    assert told(settings=SETTINGS | {"ledger": shared}) == [("policy.toml", 5, "1930"), ("policy.toml", 4, "1930")]


def test_the_bank_account_of_a_payee_stands_in_the_chart():
    ledger = {"bank": "1930", "bank_accounts": {"1230000000": "1940"}}
    assert told(settings=SETTINGS | {"ledger": ledger}) == [("policy.toml", 4, "1940")]


def test_a_ledger_account_of_the_policy_stands_in_the_chart():
    settings = SETTINGS | {"ledger": {"bank": "1940"}}
    assert told(settings=settings) == [("policy.toml", 5, "1940")]


def test_a_policy_that_could_not_be_read_spoils_no_other_check():
    assert told({tables.ARTICLE: [*ROWS[tables.ARTICLE], ("3", "X", "low", "3041")]}, settings={}) == [
        ("articles.csv", 4, "low")
    ]


def test_a_table_with_faults_of_its_own_is_no_target():
    orphan = {tables.PRICE: [price(JAN, article="9")]}
    assert told(orphan, whole=ALL - {"article"}) == []
    assert told(orphan) == [("prices.csv", 2, "9")]


def test_a_vat_class_that_has_a_rate_has_one_on_every_later_day():
    assert told({tables.VAT_RATE: [vat(JAN, MAR), vat(MAR)]}) == []
    assert told({tables.VAT_RATE: [vat(JAN, FEB), vat(MAR)]}) == [("vat_rates.csv", 2, "2026-02-01")]
    assert told({tables.VAT_RATE: [vat(JAN, FEB), vat(FEB, MAR)]}) == [("vat_rates.csv", 3, "2026-03-01")]


@pytest.mark.parametrize(("plan", "fits"), [("home", True), ("gone", False), ("", False)])
def test_strangers_are_sold_a_plan_of_the_service_they_call(plan, fits):
    settings = SETTINGS | {"callers": {"service": "voice", "plan_code": plan}}
    assert told(settings=settings) == ([] if fits else [("policy.toml", None, plan)])
