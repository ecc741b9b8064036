"""Re-rating of customers with allowances, rollover, tiers and capped discounts: what was drawn is given back first."""

import random
from datetime import date, datetime, timedelta

import pytest
from small_operator import ANNAS_NUMBER, DECIDED, ask, books, calls, differing, put, sign_up, small_home

from pipelines.nightly_flow import conduct, night_at
from pipelines.repricing.rerate_flow import conduct_rerate, rerate
from pipelines.repricing.rerate_selection import Selection
from schemas import tables

pytestmark = pytest.mark.slow
NUMBERS = (ANNAS_NUMBER, "46701740620", "46701740630")
NIGHTS = (date(2026, 9, 20), date(2026, 10, 2), date(2026, 10, 16), date(2026, 11, 3))
AUTUMN = Selection(date(2026, 9, 1), date(2026, 11, 30))
_TERMS = {
    "allowances.csv": (
        "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,time_bands,"
        "priority,prorated,rollover_limit,covers_fee\n"
        "minutes,Minuter,s,9000,own,period,day,1,yes,600,yes\n"
        "pot,Pott,money,5,shared,period,,2,no,,no\n"
    ),
    "allowance_links.csv": (
        "allowance_code,link_scope,link_to,valid_from,valid_to\n"
        "minutes,plan,mobile_small,2026-01-01,\npot,customer,10002,2026-01-01,\n"
    ),
    "tiers.csv": (
        "tier_code,tier_mode,tier_scope,tier_from,tier_to,price_per_unit,price_unit\n"
        "premium,graduated,customer,0,600,6.80,60\npremium,graduated,customer,600,,3.40,60\n"
    ),
    "discounts.csv": (
        "discount_code,discount_name,link_scope,link_to,discount_kind,discount_value,order_no,monthly_cap,valid_from\n"
        "tenth,Tio procent,customer,10003,percent,10,1,3,2026-01-01\n"
    ),
}


def random_calls(seed, night, count):
    """Make calls of the thirty days before a night, so that many come late."""
    chance = random.Random(f"{seed}:{night}")  # noqa: S311 (calls, not secrets)
    begins = datetime(2026, 9, 16, 6)  # noqa: DTZ001 (written as UTC)
    span = min(timedelta(days=30), datetime(night.year, night.month, night.day) - begins)  # noqa: DTZ001
    rows = []
    for number in range(count):
        start = datetime(night.year, night.month, night.day) - chance.random() * span  # noqa: DTZ001
        seconds = chance.choice([1, 59, 60, 61, 125, 600, 1800])
        called = chance.choice(["46701740699", "46701740699", "46939000001"])
        rows.append(
            (f"{night}-{number}", called, start.isoformat(timespec="seconds"),
             f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}", "answered", chance.choice(NUMBERS))
        )  # fmt: skip
    return calls(*rows)


@pytest.fixture(scope="session")
def with_terms(made_once):
    """Three customers with terms after four nights with invoices; Carl's account is billed on the 15th."""

    def fill(root):
        home = small_home(root)
        for name, text in _TERMS.items():
            (home.config / name).write_text(text, encoding="utf-8")
        prices = home.config / "prices.csv"
        first, *rows = prices.read_text(encoding="utf-8").splitlines()
        tiered = [f"{row},{'premium' if 'se_premium' in row else ''}" for row in rows]
        prices.write_text("\n".join([f"{first},tier_code", *tiered]) + "\n", encoding="utf-8")
        names = ("Anna Ek", "Bo Alm", "Carl Ask")
        days = (1, 1, 15)
        asked = [
            sign_up(f"r-{no}", name, "mobile_small", [number], billing_day=day)
            for no, (name, number, day) in enumerate(zip(names, NUMBERS, days, strict=True))
        ]
        put(home, {"all.jsonl": "".join(asked)})
        for night in NIGHTS:
            put(home, {f"{night}.csv": random_calls(7, night, 60)})
            conduct(home, night, stages=DECIDED)

    return made_once("with_terms", fill)


@pytest.mark.parametrize(
    "selection",
    [
        AUTUMN,
        Selection(date(2026, 10, 3), date(2026, 10, 5)),
        Selection(AUTUMN.since, AUTUMN.until, customer_id=10003),
        Selection(AUTUMN.since, AUTUMN.until, file="2026-10-16.csv"),
    ],
)
def test_an_unchanged_configuration_gives_no_difference(with_terms, copy_of, selection):
    """Every record is priced again, those with terms in the order they were priced first; nothing differs."""
    granted = ask(with_terms, "SELECT DISTINCT allowance_code FROM allowance_grant ORDER BY 1")
    assert granted == [("minutes",), ("pot",)]
    assert ask(with_terms, "SELECT count(*) > 0 FROM allowance_grant WHERE rolled_from IS NOT NULL") == [(True,)]
    for used in ("allowance_use", "tier_use", "discount_use"):
        assert ask(with_terms, f"SELECT count(*) > 0 FROM {used}") == [(True,)]  # noqa: S608
    home = copy_of(with_terms)
    before = books(home)
    with night_at(home, NIGHTS[-1]) as night:
        report = rerate(night, selection)
    assert report.read > 0
    assert (report.batch, report.changed, report.kept.height) == (None, 0, 0)
    assert differing(before, books(home)) == []


def test_a_new_price_is_booked_once_and_draws_the_allowances_anew(with_terms, copy_of):
    """Dearer calls draw more of the money allowance; a second run finds nothing, and the next night's proof holds."""
    home = copy_of(with_terms)
    prices = home.config / "prices.csv"
    dearer = prices.read_text(encoding="utf-8").replace("0.39,0.60,60,60,1", "0.49,0.90,60,30,1")
    prices.write_text(dearer, encoding="utf-8")
    run, report = conduct_rerate(home, NIGHTS[-1], AUTUMN)
    assert run.proof["holds"].all()
    assert report.changed > 0
    invoiced, replaced = (
        ask(home, f"SELECT count(*) FROM {name} WHERE rated_batch = {report.batch}")[0][0]  # noqa: S608
        for name in ("rerated_usage", "rated_usage")
    )
    assert invoiced > 0
    assert replaced > 0
    before = books(home)
    with night_at(home, NIGHTS[-1]) as night:
        again = rerate(night, AUTUMN)
    assert (again.batch, again.changed) == (None, 0)
    assert differing(before, books(home)) == []
    assert conduct(home, date(2026, 12, 15), stages=DECIDED).proof["holds"].all()


def test_after_the_price_is_set_back_customers_have_paid_what_they_would_have(with_terms, copy_of):
    """Up and down again: rated amounts and differences together are what they were, for every record."""
    paid = (
        "SELECT usage_id, sum(amount)::DECIMAL(18,6) FROM (SELECT usage_id, amount_ex_vat AS amount FROM rated_usage "
        "UNION ALL SELECT usage_id, difference_amount FROM rerated_usage) GROUP BY ALL ORDER BY 1"
    )
    drawn = (
        "SELECT usage_id, grant_id, sum(used_quantity) AS n FROM allowance_use GROUP BY ALL HAVING n <> 0 ORDER BY ALL"
    )
    home = copy_of(with_terms)
    was = ask(home, paid), ask(home, drawn)
    prices = home.config / "prices.csv"
    text = prices.read_text(encoding="utf-8")
    for changed in (text.replace("0.39,0.60,60,60,1", "0.49,0.90,60,30,1"), text):
        prices.write_text(changed, encoding="utf-8")
        with night_at(home, NIGHTS[-1]) as night:
            rerate(night, AUTUMN)
    assert (ask(home, paid), ask(home, drawn)) == was


def test_pieces_and_groups_make_no_difference(with_terms, copy_of, monkeypatch):
    """In pieces of a few records, and a customer at a time, the same is found."""
    prices = with_terms.config / "prices.csv"
    dearer = prices.read_text(encoding="utf-8").replace("0.39,0.60,60,60,1", "0.49,0.90,60,30,1")
    found = []
    for rows in (1_000_000, 5):
        home = copy_of(with_terms, f"home_{rows}")
        (home.config / "prices.csv").write_text(dearer, encoding="utf-8")
        for module in ("rerate_flow", "rerate_selection"):
            monkeypatch.setattr(f"pipelines.repricing.{module}.PIECE_ROWS", rows)
        with night_at(home, NIGHTS[-1]) as night:
            found.append(rerate(night, AUTUMN).differences.rows())
    assert found[0] == found[1]
    assert found[0]


def test_a_number_entered_for_the_wrong_customer_takes_its_calls_along(with_terms, copy_of):
    """Anna's number was Bo's all the time: her calls are taken back, charged to Bo, and a second run finds nothing."""
    home = copy_of(with_terms)
    with night_at(home, NIGHTS[-1]) as night:
        annas, bos = (night.store.read(tables.NUMBER_ASSIGNMENT, "a_number = ?", [number]) for number in NUMBERS[:2])
        night.store.upsert(tables.NUMBER_ASSIGNMENT, annas.with_columns(bos["subscription_id"]))
    run, report = conduct_rerate(home, NIGHTS[-1], AUTUMN)
    assert run.proof["holds"].all()
    now = dict(report.per("customer_id").select("customer_id", "new_amount").rows())
    assert now[10001] == 0
    assert now[10002] > 0
    with night_at(home, NIGHTS[-1]) as night:
        assert rerate(night, AUTUMN).batch is None
