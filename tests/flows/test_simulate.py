"""Other prices tried on what was charged: figures added up by hand, and a home that stays as it is."""

import csv
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from small_operator import ANNA, ANNAS_SIGN_UP, books, calls, opened_lake, put, sign_up, small_home
from typer.testing import CliRunner

from pipelines.charging.exceptions_report import write_exceptions
from pipelines.cli.simulate import simulate as command
from pipelines.configuration.reading import ConfigurationError
from pipelines.nightly_flow import conduct, stages_named
from pipelines.repricing import simulate_flow
from pipelines.repricing.simulate_flow import simulate
from pipelines.runs.home_lock import exclusive

pytestmark = pytest.mark.slow
D = Decimal
NIGHT = date(2026, 10, 6)
FIRST, LAST = date(2026, 9, 1), date(2026, 10, 31)
SEPTEMBER = FIRST, date(2026, 9, 30)
DANS_NUMBER = "46701740650"
MOBILE, PREMIUM = "46701740699", "46939000001"
# c1 1.465 and c2 0.69 as in the small operator's story; an hour to the premium number 1.20 + 60 x 6.80 = 409.20;
# Dan's minute by day 0.39 + 0.60 = 0.99. 412.345 in all.
CALLS = calls(
    ("c1", MOBILE, "2026-09-17T15:58:30", "00:02:05"),
    ("c2", MOBILE, "2026-09-19T10:00:00", "00:00:10"),
    ("c3", PREMIUM, "2026-10-05T10:00:00", "01:00:00"),
    ("d1", MOBILE, "2026-09-18T10:00:00", "00:01:00", "answered", DANS_NUMBER),
    ("old", MOBILE, "2026-09-01T10:00:00", "00:01:00"),
)
ALLOWANCES = {
    "allowances.csv": "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,"
    "allowance_period,zones,priority,prorated,covers_fee\ntwo_minutes,Two minutes,s,120,own,period,se_mobile,1,no,no\n",
    "allowance_links.csv": "allowance_code,link_scope,link_to,valid_from\ntwo_minutes,plan,mobile_small,2025-01-01\n",
}
DEARER = (("day,2025-01-01,,SEK,0.39,0.60", "day,2025-01-01,,SEK,0.39,0.80"), (",6.80,", ",6.00,"))


def night_of_calls(root, files=()):
    """A home whose night has priced the calls; `files` are put into its configuration first."""
    home = small_home(root)
    for name, text in dict(files).items():
        (home.config / name).write_text(text, encoding="utf-8")
    policy = home.config / "policy.toml"
    text = policy.read_text(encoding="utf-8")
    assert "late_days = " in text
    policy.write_text(re.sub(r"(?m)^late_days = \d+", "late_days = 30", text), encoding="utf-8")
    dans = sign_up("r-dan", "Dan Om", "mobile_small", [DANS_NUMBER])
    put(home, {"sign_ups.jsonl": ANNAS_SIGN_UP + dans, "calls.csv": CALLS})
    conduct(home, NIGHT, command="rate", stages=stages_named("configure", "ingest", "register", "rate"))


@pytest.fixture
def home(made_once, copy_of):
    return copy_of(made_once("simulated", night_of_calls))


@pytest.fixture
def generous(made_once, copy_of):
    """The same calls, charged with two minutes included."""
    return copy_of(made_once("simulated_allowances", lambda root: night_of_calls(root, ALLOWANCES)), "generous")


@pytest.fixture
def trial(home, tmp_path):
    """Return a function that makes a folder of files to try: `prices.csv` changed, or other files."""

    def make(*changes, **files):
        folder = tmp_path / "trial"
        folder.mkdir(exist_ok=True)
        text = (home.config / "prices.csv").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        for name, content in {"prices.csv": text, **files}.items():
            (folder / name).write_text(content, encoding="utf-8")
        return folder

    return make


def rows_of(result, part):
    return result.comparison.filter(result.comparison["part"] == part).drop("part").rows()


def run(*words):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_price_change_is_worked_out_per_group_article_and_zone(home, trial):
    """c1: 0.39 + 90/60 x 0.80 + 35/60 x 0.30 = 1.765; d1: 0.39 + 0.80 = 1.19; c3: 1.20 + 60 x 6.00 = 361.20.

    Mobile 1.465 + 0.69 + 0.99 = 3.145 becomes 1.765 + 0.69 + 1.19 = 3.645.
    """
    result = simulate(home, trial(*DEARER), FIRST, LAST)
    whole = (4, 4, D("412.345"), D("364.845"), D("-47.5"))
    mobile, premium = (3, 3, D("3.145"), D("3.645"), D("0.5")), (1, 1, D("409.2"), D("361.2"), D(-48))
    assert rows_of(result, "total") == [("", *whole)]
    assert rows_of(result, "group") == [("private", *whole)]
    assert rows_of(result, "article") == [("1002", *mobile), ("1005", *premium)]
    assert rows_of(result, "zone") == [("se_mobile", *mobile), ("se_premium", *premium)]


def test_winners_and_losers_are_told(home, trial):
    """Anna: + 0.30 - 48.00; Dan: + 0.20."""
    result = simulate(home, trial(*DEARER), FIRST, LAST)
    assert result.effects.rows() == [("winners", 1, D("-47.7")), ("losers", 1, D("0.2")), ("same", 0, D(0))]
    anna, dan = result.customers["customer_id"]
    assert (result.top("winners")["customer_id"].to_list(), result.top("losers")["customer_id"].to_list()) == (
        [anna],
        [dan],
    )


def test_only_days_of_the_period_count_and_its_last_day_does(home, trial):
    """The call of 19 September lies in [17, 19], that of 5 October does not: 1.465 + 0.99 + 0.69."""
    folder = trial()
    assert simulate(home, folder, date(2026, 9, 17), date(2026, 9, 19)).total["revenue_before"] == D("3.145")
    assert simulate(home, folder, date(2026, 9, 20), date(2026, 10, 4)).total["records_before"] == 0


def test_identical_files_differ_by_nothing_and_before_is_what_was_charged(home, trial):
    result = simulate(home, trial(), FIRST, LAST)
    assert set(result.comparison["difference"]) == set(result.customers["difference"]) == {D("0.000000")}
    assert (result.charged_records, result.charged) == (4, D("412.345"))
    assert (result.total["records_before"], result.total["revenue_before"]) == (4, D("412.345"))


@pytest.mark.parametrize("rows", [1, 1_000_000])
def test_with_allowances_too_whatever_the_pieces(generous, monkeypatch, rows):
    """A copy of the whole config/ is a trial as well. Two minutes of c1 are included, and Dan's one.

    c1: 0.39 + 5/60 x 0.30 = 0.415; c2: 0.69; d1: 0.39; c3: 409.20.
    """
    monkeypatch.setattr(simulate_flow, "PIECE_ROWS", rows)
    result = simulate(generous, generous.config, FIRST, LAST)
    assert result.total["revenue_before"] == result.total["revenue_after"] == result.charged == D("410.695")
    assert set(result.customers["difference"]) == {D("0.000000")}


def test_an_allowance_on_trial_is_granted_afresh(home, tmp_path):
    """Of September: 1.465 - 0.415 = 1.05 less for Anna, 0.99 - 0.39 = 0.60 less for Dan."""
    folder = tmp_path / "trial"
    folder.mkdir()
    for name, text in ALLOWANCES.items():
        (folder / name).write_text(text, encoding="utf-8")
    result = simulate(home, folder, *SEPTEMBER)
    assert result.files == ("allowance_links.csv", "allowances.csv")
    assert result.total["difference"] == D("-1.65")


def test_records_that_would_no_longer_be_priced_are_counted_with_a_reason(home, trial):
    """Without evening prices Anna's two calls are not priced: one crosses into the evening."""
    folder = trial()
    lines = (folder / "prices.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "prices.csv").write_text("".join(line for line in lines if ",evening," not in line), encoding="utf-8")
    result = simulate(home, folder, FIRST, LAST)
    assert result.lost.select("reason_code", "records").rows() == [("NO_PRICE", 2)]
    assert result.total["records_after"] == 2
    assert [warning for warning in result.warnings if "evening" in str(warning)]


def test_the_books_the_configuration_and_the_lake_stay_as_they_are_and_the_home_may_be_held(home, trial):
    before, listed = books(home), sorted(path.name for path in home.lake.iterdir())
    settings = {path.name: path.read_bytes() for path in home.config.glob("*.*")}
    with exclusive(home, "nightly"):
        simulate(home, trial(*DEARER), FIRST, LAST)
    after = books(home)
    assert all(before[name].equals(after[name]) for name in before)
    assert sorted(path.name for path in home.lake.iterdir()) == listed
    assert {path.name: path.read_bytes() for path in home.config.glob("*.*")} == settings


def test_the_reports_hold_the_figures_and_no_names_or_numbers(home, trial):
    result = simulate(home, trial(*DEARER), FIRST, LAST)
    assert [path.name for path in result.reports] == [
        "simulation_2026-09-01_2026-10-31.csv",
        "simulation_2026-09-01_2026-10-31_customers.csv",
    ]
    with result.reports[0].open(encoding="utf-8") as file:
        total = next(csv.DictReader(file))
    assert (total["part"], total["revenue_before"], total["difference"]) == ("total", "412.345000", "-47.500000")
    texts = [path.read_text(encoding="utf-8") for path in result.reports]
    assert not any(word in text for text in texts for word in ("Anna", "0701740610", str(ANNA)))


def test_what_cannot_be_tried_is_refused_with_file_and_line(home, trial, tmp_path):
    folder = trial(("0.60,60,60,1", "much,60,60,1"))
    with pytest.raises(ConfigurationError, match=re.escape(f"{folder / 'prices.csv'}:2: price_per_unit must be")):
        simulate(home, folder, FIRST, LAST)
    slip = trial(**{"price.csv": "", "notes.txt": ""})
    with pytest.raises(ConfigurationError, match=re.escape("price.csv: not a file of the configuration")):
        simulate(home, slip, FIRST, LAST)
    (slip / "price.csv").rename(slip / "policy.toml")
    with pytest.raises(ConfigurationError, match=re.escape("policy.toml differs from the one in config/")):
        simulate(home, slip, FIRST, LAST)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=r"put prices\.csv there"):
        simulate(home, tmp_path / "empty", FIRST, LAST)


def test_the_command_answers_as_csv_and_json_with_exact_amounts(home, trial):
    words = ["--home", home.root, "--prices", trial(*DEARER), "--from", FIRST, "--to", LAST]
    found = run(*words, "--by", "zone", "--format", "csv").stdout.splitlines()
    assert [line.split(",")[0] for line in found] == ["part", "total", "zone", "zone"]
    answer = json.loads(run(*words, "--format", "json").stdout)
    assert answer["total"]["difference"] == "-47.500000"
    assert [row["code"] for row in answer["article"]] == ["1002", "1005"]
    assert answer["charged"] == {"records": 4, "revenue": "412.345000"}


def test_the_days_must_be_in_order(home, trial):
    refused = run("--home", home.root, "--prices", trial(), "--from", LAST, "--to", FIRST)
    assert refused.exit_code == 2
    assert "2026-10-31 is after 2026-09-01" in " ".join(re.sub("[│]", " ", refused.output).split())


def test_the_example_of_the_manual_is_what_the_command_shows(home, trial):
    page = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text(encoding="utf-8")
    wanted = re.search(r"```text\n(.*?)```", page, flags=re.DOTALL)[1]
    shown = run("--home", home.root, "--prices", trial(*DEARER), "--from", FIRST, "--to", LAST).stdout.partition(
        "Written:"
    )[0]
    assert lines_of(shown) == lines_of(wanted)


def lines_of(text):
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_late_records_of_a_night_are_on_its_list_of_exceptions_without_the_record(home):
    with opened_lake(home) as store:
        path = write_exceptions(home, store, NIGHT)
        assert write_exceptions(home, store, date(2026, 10, 7)) is None
    with path.open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert path.name == "exceptions_2026-10-06.csv"
    assert (row["file_name"], row["line_no"], row["reason_code"]) == ("calls.csv", "6", "LATE_RECORD")
    assert "begun 2026-09-01, late before 2026-09-06" in row["reason_text"]
    assert "4670174" not in path.read_text(encoding="utf-8")
    assert not (home.reports / "exceptions_2026-10-07.csv").exists()
