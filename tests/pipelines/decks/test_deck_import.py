"""The command's own work: the home's files all or nothing, its report, its counts, and the re-pricing plan."""

from datetime import date

import polars as pl
import pytest
from decks import ON, deck_of
from small_operator import small_home
from typer.testing import CliRunner

from pipelines.cli.prices import app
from pipelines.configuration.reading import ConfigurationError, load_configuration
from pipelines.decks.deck_definition import DeckError
from pipelines.decks.deck_import import import_deck

MAPPING = """
separator = ";"
columns = { prefix = "prefix", destination = "name", price = "price", effective = "from" }
constants = { currency = "SEK", increments = "60/1" }
target = { price_list = "carrier", article_no = "1001", numbering_plan = "carrier" }
"""
DECK = deck_of(
    "46;Sverige;0.1;2026-12-01", "46;Sverige;0.1;2026-12-01", "47;Norge;x;2026-12-01", "48;Polen;1;2026-11-01"
)


@pytest.fixture
def home(tmp_path):
    home = small_home(tmp_path / "home")
    (home.config / "decks").mkdir()
    (home.config / "decks" / "x.toml").write_text(MAPPING, encoding="utf-8")
    return home


def deck_file(home, content=DECK):
    path = home.root / "deck.csv"
    path.write_bytes(content)
    return path


def config_bytes(home):
    return {name: (home.config / name).read_bytes() for name in ("zones.csv", "prices.csv")}


def test_every_line_is_counted_once_and_the_configuration_passes_check(home):
    result = import_deck(home, deck_file(home), "x", ON)
    counts = (result.lines_read, result.loaded, result.unchanged, result.refused, result.lines_ignored)
    assert counts == (4, 1, 1, 2, 1)
    assert result.written
    prices = load_configuration(home).frames["price"].filter(pl.col("price_list") == "carrier")
    assert prices.select("zone_code", "valid_from").rows() == [("sverige", date(2026, 12, 1))]


def test_the_report_has_every_line_with_its_reason(home):
    report = pl.read_csv(import_deck(home, deck_file(home), "x", ON).report)
    assert report.select("line_no", "state", "reason_code", "value").rows() == [
        (2, "loaded", None, None),
        (3, "unchanged", None, None),
        (4, "refused", "BAD_PRICE", "x"),
        (5, "refused", "PAST_DATE", "2026-11-01"),
    ]


def test_a_dry_run_reports_and_changes_nothing(home):
    before = config_bytes(home)
    result = import_deck(home, deck_file(home), "x", ON, dry_run=True)
    assert (result.loaded, result.written, result.report.is_file()) == (1, False, True)
    assert config_bytes(home) == before


def test_what_the_check_would_refuse_is_not_written(home):
    mapping = home.config / "decks" / "x.toml"
    mapping.write_text(MAPPING.replace("1001", "no_such_article"), encoding="utf-8")
    before = config_bytes(home)
    with pytest.raises(ConfigurationError, match="no_such_article"):
        import_deck(home, deck_file(home), "x", ON)
    assert config_bytes(home) == before


def test_a_list_with_another_numbering_plan_is_refused(home):
    (home.config / "price_lists.csv").write_text("price_list,numbering_plan\nprivate,main\n", encoding="utf-8")
    mapping = home.config / "decks" / "x.toml"
    mapping.write_text(MAPPING.replace('price_list = "carrier"', 'price_list = "private"'), encoding="utf-8")
    with pytest.raises(DeckError, match="Make them agree"):
        import_deck(home, deck_file(home), "x", ON)


def test_the_commands_tell_what_they_did(home):
    arguments = ["import", str(deck_file(home)), "--mapping", "x", "--home", str(home.root), "--on", "2026-11-22"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0
    assert "4 lines with prices: 1 loaded, 1 unchanged, 2 refused" in " ".join(shown.output.split())
