"""A small carrier: a mapping, decks as text, and the two configuration files that an import changes."""

from datetime import date

import polars as pl

from pipelines.decks.config_sheet import read_sheet
from pipelines.decks.deck_comparison import compare
from pipelines.decks.deck_definition import DeckDefinition
from pipelines.decks.deck_import import changed_files
from pipelines.decks.deck_reading import read_deck
from pipelines.decks.deck_rows import key_rows, numbered_prices
from schemas import tables

ON = date(2026, 11, 22)
PRICES = (
    "price_list,article_no,zone_code,time_band,valid_from,valid_to,currency,connect_fee,price_per_unit,price_unit,"
    "first_increment,increment\n"
)
ZONES = "prefix,zone_code,zone_name,numbering_plan\n"


def mapping(**changes):
    """Make a mapping of a deck `prefix;name;price;from`, 60/1, in SEK, into list `carrier`."""
    settings = {
        "separator": ";",
        "columns": {"prefix": "prefix", "destination": "name", "price": "price", "effective": "from"},
        "constants": {"currency": "SEK", "increments": "60/1"},
        "target": {"price_list": "carrier", "article_no": "1001", "numbering_plan": "carrier"},
    }
    return DeckDefinition.model_validate(settings | changes)


def deck_of(*rows, header="prefix;name;price;from"):
    return "\n".join([header, *rows, ""]).encode()


def read(content, definition=None, effective_on=None):
    return read_deck(content, definition or mapping(), "SEK", effective_on)


def reasons(deck):
    return deck.refused.select("line_no", "reason_code", "value").rows()


def imported(folder, content, definition=None, *, on=ON, accept_past=False):
    """Import a deck into zones.csv and prices.csv of a folder, as the command does; return the comparison."""
    definition = definition or mapping()
    zones, prices = (
        read_sheet(folder / name, table)
        for name, table in (("zones.csv", tables.ZONE_PREFIX), ("prices.csv", tables.PRICE))
    )
    rows = numbered_prices(prices)
    plan = zones.cells.filter(pl.col("numbering_plan") == definition.target.numbering_plan)
    in_list = rows.filter(pl.col("price_list") == definition.target.price_list)["zone_code"]
    found = compare(
        read(content, definition), definition, plan.select("prefix", "zone_code"), key_rows(rows, definition.target),
        pl.concat([plan["zone_code"], in_list]), on, accept_past=accept_past,
    )  # fmt: skip
    lists = set(rows["price_list"]) | {definition.target.price_list}
    for name, text in changed_files(definition.target, zones, prices, rows, found, lists).items():
        (folder / name).write_bytes(text)
    return found


def begin(folder, zones="", prices=""):
    (folder / "zones.csv").write_text(ZONES + zones, encoding="utf-8")
    (folder / "prices.csv").write_text(PRICES + prices, encoding="utf-8")
    return folder


def price_lines(folder):
    return (folder / "prices.csv").read_text(encoding="utf-8").splitlines()[1:]


def zone_lines(folder):
    return (folder / "zones.csv").read_text(encoding="utf-8").splitlines()[1:]


def price_of(folder, number, on, price_list="carrier"):
    """Look a price up as a person would: the longest prefix, then the row of its zone in force on the day."""
    prefixes = {line.split(",")[0]: line.split(",")[1] for line in zone_lines(folder)}
    fitting = [prefix for prefix in prefixes if number.startswith(prefix)]
    if not fitting:
        return None
    zone = prefixes[max(fitting, key=len)]
    found = []
    for line in price_lines(folder):
        cells = line.split(",")
        if (cells[0], cells[2]) == (price_list, zone) and cells[4] <= str(on) and (not cells[5] or str(on) < cells[5]):
            found.append(cells[8])
    assert len(found) <= 1, f"two rows of {zone} are in force on {on}"
    return found[0] if found else None
