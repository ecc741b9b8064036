"""The operator that speed is measured with is a real one: its configuration loads and its nights prove."""

import polars as pl
import pytest

from benchmarks.customer_history import PAYMENTS
from benchmarks.generate_usage import calls, write_day
from benchmarks.large_operator import COUNTRY_CODES, Size, make_home, numbering_plan
from benchmarks.measured_step import STEPS, call_day, night_of
from benchmarks.rating_speed import Measured, table_of
from pipelines.configuration.reading import load_configuration
from pipelines.night import opened_lake
from pipelines.nightly_flow import conduct, stages_named
from schemas import tables

pytestmark = pytest.mark.slow
SIZE = Size(200)
ROWS = 2_000
UP_TO_PROOF = (
    "configure", "ingest", "register", "rate", "match", "order", "bill", "settle", "remind", "spend",
    "restrict", "states", "book", "prove",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("large") / "home", SIZE)


def test_the_numbering_plan_has_30_000_prefixes_in_300_zones_and_no_country_within_another():
    plan = numbering_plan()
    assert plan["prefix"].n_unique() == plan.height == 30_000
    assert plan["zone_code"].n_unique() == 300
    assert not [(a, b) for a in COUNTRY_CODES for b in COUNTRY_CODES if a != b and b.startswith(a)]


def test_the_configuration_loads(home):
    configuration = load_configuration(home)
    assert configuration.frame(tables.PRICE)["price_list"].value_counts().sort("price_list").rows() == [
        ("business", 600), ("prepaid", 600), ("private", 600)
    ]  # fmt: skip


def test_the_same_calls_are_drawn_each_time_however_they_are_cut_into_files():
    whole = calls(0, 100, 7, SIZE)
    assert pl.concat([calls(0, 30, 7, SIZE), calls(30, 70, 7, SIZE)]).equals(whole)
    assert not calls(0, 100, 8, SIZE).equals(whole)


def test_one_call_in_fifty_is_not_answered_and_a_few_in_a_hundred_cross_a_border():
    drawn = calls(0, 50_000, 1, SIZE).with_columns(pl.col("Start").str.to_datetime("%Y-%m-%d %H:%M:%S"))
    assert 0.015 < (drawn["Result"] == "busy").mean() < 0.025
    ended = pl.col("Start") + pl.duration(seconds="Seconds")
    borders = [pl.lit(call_day(1)).cast(pl.Datetime("us")) + pl.duration(hours=hour) for hour in (6, 16)]
    crossing = pl.any_horizontal((pl.col("Start") < border) & (ended > border) for border in borders)
    assert 0.02 < drawn.select(crossing.mean()).item() < 0.05


def answered(count, day):
    return (calls(0, count, day, SIZE)["Result"] == "ok").sum()


def test_a_night_of_the_large_operator_rates_every_answered_call_and_proves(home):
    write_day(home.inbox, ROWS, 1, SIZE)
    report = conduct(home, night_of(1), stages=stages_named(*UP_TO_PROOF))
    assert report.state == "completed"
    with opened_lake(home) as store:
        assert store.count(tables.USAGE) == ROWS
        assert store.count(tables.RATED_USAGE) == answered(ROWS, 1)
        assert store.query("SELECT count(*) AS n FROM allowance_use")["n"][0] > 0
        assert store.query("SELECT count(DISTINCT price_list) AS n FROM rated_usage")["n"][0] == 3


def test_each_measured_step_runs_on_a_copy_and_leaves_its_home_as_it_was(home, tmp_path):
    STEPS["write"](home.root, 500, 2, SIZE.subscriptions)
    before = sorted(path.name for path in home.inbox.iterdir())
    assert STEPS["copy_csv"](home.root)[1] == 500
    STEPS["snapshot"](home.root, tmp_path / "copy")
    assert STEPS["whole_night"](tmp_path / "copy", 2)[1] == answered(500, 2)
    with opened_lake(home) as store:
        assert store.query("SELECT count(*) AS n FROM usage WHERE received_on = ?", [night_of(2)])["n"][0] == 0
    assert sorted(path.name for path in home.inbox.iterdir()) == before


def test_results_are_medians_with_their_spread_and_peak():
    measured = Measured()
    for seconds in (3.0, 1.0, 2.0):
        measured.add({"seconds": seconds, "peak_bytes": 2**30 * seconds, "rows": 5})
    assert str(measured) == "2.00 s (1.00 to 3.00), 3.0 GiB"
    assert table_of([]) == "| what | medians, spread, peak memory | ratio | target |\n|---|---|---|---|\n"


def test_a_run_by_day_after_a_year_of_history_prices_its_calls_and_settles_its_payments(tmp_path):
    size = Size(600)
    home = make_home(tmp_path / "home", size)
    STEPS["history"](home.root, 2_400, size.subscriptions)
    STEPS["arrive"](home.root, 500, 1, size.subscriptions)
    with opened_lake(home) as store:
        assert store.count(tables.INVOICE) == 12 * size.accounts
        assert store.count(tables.RATED_USAGE) == 2_400
    assert STEPS["by_day"](home.root, 1)[1] == (calls(0, 500, 1, size)["Result"] == "ok").sum()
    with opened_lake(home) as store:
        assert store.read(tables.ALLOCATION, "allocated_on = ?", [night_of(1)])["amount"].to_list() == [99] * PAYMENTS
