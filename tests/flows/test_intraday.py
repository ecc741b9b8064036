"""Runs by day make the same books as one night would have, and go no further than the accounts they touch.

Anna, Bo and Carl have allowances that roll over, a shared pot, tiers, a capped discount and spend limits; on 3 November
a month has begun. Their calls come in three files in order of their start, a stranger signs up after her call.
"""

import random
import shutil
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from small_operator import ANNAS_NUMBER, ask, books, calls, home_of, put, sign_up, small_home, swish

from pipelines.nightly_flow import conduct, intraday, stages_named

pytestmark = pytest.mark.slow
NUMBERS = (ANNAS_NUMBER, "46701740620", "46701740630")
STRANGER = "46701740650"
OCT16, NOV3 = date(2026, 10, 16), date(2026, 11, 3)
TERMS = {
    "allowances.csv": (
        "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,zones,time_bands,"
        "priority,prorated,rollover_limit,covers_fee\n"
        "minutes,Minuter,s,12000,own,period,se_mobile,day,1,yes,600,yes\n"
        "pot,Pott,money,5,shared,period,,,2,no,,no\n"
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
    "spend_limits.csv": "link_scope,link_to,day_limit,month_limit\ngroup,private,50,200\n",
}
# What a batch counted, per batch: the sums are what must be equal.
SUMMED = {"charge", "daily_spend", "tier_use", "discount_use", "billed_charge", "rating_batch"}
OF_BATCHES = ("rated_batch", "first_batch", "charge_id", "batch_kind")


def drawn_calls(night, count):
    """Draw calls of the eighteen days before a night, in order of their start."""
    chance = random.Random(str(night))  # noqa: S311 (calls, not secrets)
    midnight = datetime(night.year, night.month, night.day)  # noqa: DTZ001 (written as UTC)
    starts = sorted(midnight - chance.random() * timedelta(days=18) for _ in range(count))
    called = ["46701740699", "46701740699", "46939000001", NUMBERS[1]]
    return [
        (f"{night}-{number:03}", chance.choice(called), start.isoformat(timespec="seconds"),
         f"00:{chance.choice([0, 1, 2, 10, 30]):02}:{chance.choice([1, 5, 59]):02}",
         "answered", chance.choice(NUMBERS))
        for number, start in enumerate(starts)
    ]  # fmt: skip


@pytest.fixture(scope="session")
def before_the_day(made_once):
    """The three customers after their night of 16 October, which also made their first invoices."""

    def fill(root):
        home = small_home(root)
        for name, text in TERMS.items():
            (home.config / name).write_text(text, encoding="utf-8")
        prices = home.config / "prices.csv"
        first, *rows = prices.read_text(encoding="utf-8").splitlines()
        tiered = [f"{row},{'premium' if 'se_premium' in row else ''}" for row in rows]
        prices.write_text("\n".join([f"{first},tier_code", *tiered]) + "\n", encoding="utf-8")
        asked = [
            sign_up(f"r-{no}", name, "mobile_small", [number], billing_day=day, reseller=reseller)
            for no, (name, number, day, reseller) in enumerate(
                zip(("Anna Ek", "Bo Alm", "Carl Ask"), NUMBERS, (1, 1, 15), ("R-101", None, None), strict=True)
            )
        ]
        put(home, {"all.jsonl": "".join(asked), "calls.csv": calls(*drawn_calls(OCT16, 40))})
        conduct(home, OCT16)

    return made_once("before_the_day", fill)


def day_of(home):
    """Return what comes in on 3 November, in the order it comes: calls, payments, and a stranger who signs up."""
    rows = drawn_calls(NOV3, 90)
    stranger = ("s1", "46701740699", "2026-11-02T10:00:00", "00:02:00", "answered", STRANGER)
    first, second = (row[0] for row in ask(home, "SELECT ocr_reference FROM invoice ORDER BY invoice_no")[:2])
    return [
        {"a.csv": calls(*rows[:30], stranger), "a.pay.csv": swish(("P1", "2026-11-02", "50,00", first))},
        {"b.jsonl": sign_up("r-d", "Disa Öst", "mobile_small", [STRANGER], on="2026-11-01")},
        {"c.csv": calls(*rows[30:60]), "c.pay.csv": swish(("P2", "2026-11-03", "5000,00", second))},
        {"d.csv": calls(*rows[60:])},
    ]


def told(home):
    """Return every table but for the numbers of batches, and what is counted per batch added up.

    Of spend, that a limit was passed and not by how much when it was noticed; of blocks, those that stand; of notices,
    that they were asked for and not the amounts of that moment.
    """
    frames = {name: frame.drop(OF_BATCHES, strict=False) for name, frame in books(home).items()}
    for name in SUMMED:
        added = [pl.col(c).sum() for c, dtype in frames[name].schema.items() if dtype in (pl.Decimal, pl.Int64)]
        amounts = [c for c in frames[name].columns if c.endswith(("amount", "_units", "amount_ex_vat", "_count"))]
        amounts += [c for c in ("quantity", "duration_s", "volume_bytes", "list_amount") if c in frames[name].columns]
        keys = [c for c in frames[name].columns if c not in amounts]
        frames[name] = frames[name].group_by(keys).agg(pl.col(amounts).sum()).sort(pl.all()) if added else frames[name]
    frames["spend_event"] = frames["spend_event"].drop("list_amount")
    frames["notice"] = frames["notice"].drop("notice_data")
    frames["block"] = frames["block"].filter(pl.col("unblocked_on").is_null()).drop("block_id")
    return frames


@pytest.fixture(scope="session")
def one_night(made_once, before_the_day):
    """3 November as one night."""

    def fill(root):
        shutil.copytree(before_the_day.root, root, symlinks=True)
        home = home_of(root)
        for files in day_of(home):
            put(home, files)
        conduct(home, NOV3)

    return made_once("one_night", fill)


@pytest.fixture(scope="session")
def by_day(made_once, before_the_day):
    """3 November as four runs by day, each with the files that came, before the night."""

    def fill(root):
        shutil.copytree(before_the_day.root, root, symlinks=True)
        home = home_of(root)
        for files in day_of(home):
            put(home, files)
            intraday(home, NOV3)

    return made_once("by_day", fill)


def test_runs_by_day_and_their_night_make_the_books_of_one_night(by_day, one_night, copy_of):
    home = copy_of(by_day)
    report = conduct(home, NOV3)
    expected, found = told(one_night), told(home)
    assert [name for name in expected if not expected[name].equals(found[name])] == []
    assert report.proof["holds"].all()
    assert ask(home, "SELECT count(*) FROM allowance_grant WHERE rolled_from IS NOT NULL") != [(0,)]
    assert ask(home, "SELECT count(*) FROM waiting_rollover") == [(0,)]


def test_by_day_usage_is_priced_and_payments_are_settled_but_no_fee_is_charged_and_nothing_is_sent(
    by_day, before_the_day
):
    assert ask(by_day, "SELECT count(*) FROM rated_usage WHERE rated_on = '2026-11-03'") == [(91,)]
    assert ask(by_day, "SELECT sum(amount) FROM allocation WHERE allocated_on = '2026-11-03'") == [(Decimal(5050),)]
    for same in (
        "SELECT count(*) FROM charge WHERE charge_kind = 'recurring'", "SELECT count(*) FROM invoice",
        "SELECT count(*) FROM reminder", "SELECT count(*) FROM voucher",
        "SELECT count(*) FROM allowance_grant WHERE rolled_from IS NOT NULL",
    ):  # fmt: skip
        assert ask(by_day, same) == ask(before_the_day, same)


def test_a_call_that_waited_for_its_owner_is_priced_by_the_run_that_brings_the_sign_up(by_day):
    sql = "SELECT s.rows_out FROM run_stage s JOIN run USING (run_id) WHERE stage = 'rate' AND run_command = 'intraday'"
    assert ask(by_day, f"{sql} ORDER BY s.begun_at") == [(30,), (1,), (30,), (30,)]
    assert ask(by_day, "SELECT count(*) FROM waiting_usage") == [(0,)]
    assert ask(by_day, "SELECT count(*) FROM rejected WHERE stage = 'rate'") == [(0,)]


def test_a_run_by_day_without_anything_new_writes_nothing_but_its_own_record(by_day, copy_of):
    home = copy_of(by_day)
    before = books(home)
    run = intraday(home, NOV3)
    assert [name for name, frame in books(home).items() if not frame.equals(before[name])] == []
    assert {stage.name: stage.report.rows_out for stage in run.stages}["rate"] == 0


def test_a_run_by_day_looks_back_a_week_and_leaves_older_files_to_the_night(before_the_day, copy_of):
    home = copy_of(before_the_day)
    put(home, {"a.csv": calls(("x1", "46701740699", "2026-10-15T10:00:00", "00:01:00"))})
    conduct(home, OCT16, stages=stages_named("configure", "ingest"))
    later = intraday(home, date(2026, 10, 24))
    assert {stage.name: stage.report.rows_out for stage in later.stages}["rate"] == 0
    night = conduct(home, date(2026, 10, 24))
    assert {stage.name: stage.report.rows_out for stage in night.stages}["rate"] == 1
