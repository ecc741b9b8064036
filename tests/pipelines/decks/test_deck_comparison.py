"""A deck laid over zones and prices: each number costs what the deck says from its date, and before it what it cost."""

import random
from datetime import date

import pytest
from decks import begin, deck_of, imported, mapping, price_lines, price_of, zone_lines

from pipelines.decks.config_sheet import read_sheet, written
from schemas import tables

SE = "carrier,1001,sverige,*,2026-01-01,,SEK,0,0.10,60,60,1\n"
SE_ZONE = "46,sverige,Sverige,carrier\n"


def states(found):
    return found.items.select("line_no", "prefix", "state").rows()


def test_a_first_deck_makes_zones_and_prices_named_after_the_destinations(tmp_path):
    found = imported(begin(tmp_path), deck_of("46;Sverige;0.1;2026-12-01", "4670;Sverige mobil;0.25;2026-12-01"))
    assert zone_lines(tmp_path) == ["46,sverige,Sverige,carrier", "4670,sverige_mobil,Sverige mobil,carrier"]
    assert price_lines(tmp_path) == [
        "carrier,1001,sverige,*,2026-12-01,,SEK,0,0.1,60,60,1",
        "carrier,1001,sverige_mobil,*,2026-12-01,,SEK,0,0.25,60,60,1",
    ]
    assert states(found) == [(2, "46", "loaded"), (3, "4670", "loaded")]


def test_a_new_price_ends_the_old_row_on_its_date_and_begins_a_new_one_behind_it(tmp_path):
    begin(tmp_path, SE_ZONE, SE + "retail,1001,other,*,2026-01-01,,SEK,0,1,60,60,1\n")
    imported(tmp_path, deck_of("46;Sverige;0.12;2026-12-01"))
    assert price_lines(tmp_path) == [
        "carrier,1001,sverige,*,2026-01-01,2026-12-01,SEK,0,0.10,60,60,1",
        "carrier,1001,sverige,*,2026-12-01,,SEK,0,0.12,60,60,1",
        "retail,1001,other,*,2026-01-01,,SEK,0,1,60,60,1",
    ]


def test_an_unchanged_price_is_left_alone_however_old_its_date(tmp_path):
    begin(tmp_path, SE_ZONE, SE)
    found = imported(tmp_path, deck_of("46;Sverige;0.100;2026-02-01"))
    assert price_lines(tmp_path) == [SE.strip()]
    assert states(found) == [(2, "46", "unchanged")]


def test_another_increment_is_another_price(tmp_path):
    begin(tmp_path, SE_ZONE, SE)
    definition = mapping(constants={"currency": "SEK", "increments": "1/1"})
    imported(tmp_path, deck_of("46;Sverige;0.10;2026-12-01"), definition)
    assert price_lines(tmp_path)[1] == "carrier,1001,sverige,*,2026-12-01,,SEK,0,0.1,60,1,1"


def test_the_same_deck_twice_changes_nothing_the_second_time(tmp_path):
    begin(tmp_path)
    deck = deck_of("46;Sverige;0.1;2026-12-01", "4670;Sverige;0.25;2026-12-01", "47;Norge;1;2027-01-01")
    imported(tmp_path, deck)
    before = price_lines(tmp_path), zone_lines(tmp_path)
    found = imported(tmp_path, deck)
    assert (price_lines(tmp_path), zone_lines(tmp_path)) == before
    assert set(found.items["state"]) == {"unchanged"}


def test_a_corrected_deck_of_the_same_date_replaces_its_row(tmp_path):
    imported(begin(tmp_path), deck_of("46;Sverige;0.1;2026-12-01"))
    imported(tmp_path, deck_of("46;Sverige;0.2;2026-12-01"))
    assert price_lines(tmp_path) == ["carrier,1001,sverige,*,2026-12-01,,SEK,0,0.2,60,60,1"]


def test_a_price_that_begins_later_already_stays(tmp_path):
    imported(begin(tmp_path), deck_of("46;Sverige;0.1;2026-12-01", "46;Sverige;0.3;2027-02-01"))
    imported(tmp_path, deck_of("46;Sverige;0.2;2027-01-01"))
    assert [line.split(",")[4:9:2] for line in price_lines(tmp_path)] == [
        ["2026-12-01", "SEK", "0.1"], ["2027-01-01", "SEK", "0.2"], ["2027-02-01", "SEK", "0.3"],
    ]  # fmt: skip
    assert [line.split(",")[5] for line in price_lines(tmp_path)] == ["2027-01-01", "2027-02-01", ""]


def test_a_change_before_the_business_date_is_refused_unless_accepted(tmp_path):
    begin(tmp_path, SE_ZONE, SE)
    deck = deck_of("46;Sverige;0.2;2026-11-21")
    refused = imported(tmp_path, deck).refused
    assert refused.select("line_no", "reason_code", "value").rows() == [(2, "PAST_DATE", "2026-11-21")]
    assert price_lines(tmp_path) == [SE.strip()]
    imported(tmp_path, deck, accept_past=True)
    assert price_of(tmp_path, "468", date(2026, 11, 21)) == "0.2"


def test_a_prefix_with_two_prices_is_refused_with_all_its_lines_and_the_reason_names_them(tmp_path):
    rows = ("46;Sverige;0.1;2026-12-01", '"46,47";Norden;0.2;2026-12-01', "48;Polen;1;2026-12-01")
    found = imported(begin(tmp_path), deck_of(*rows))
    assert found.refused.select("line_no", "reason_code", "value").rows() == [
        (2, "TWO_PRICES", "46"),
        (3, "TWO_PRICES", "46"),
    ]
    assert "lines 2, 3" in found.refused["reason_text"][0]
    assert states(found) == [(4, "48", "loaded")]


def test_an_identical_line_is_an_unchanged_duplicate(tmp_path):
    found = imported(begin(tmp_path), deck_of("46;Sverige;0.1;2026-12-01", "0046;Sverige;0.10;2026-12-01"))
    assert states(found) == [(2, "46", "loaded"), (3, "46", "unchanged")]


def test_prefixes_of_one_destination_with_two_prices_lie_in_two_zones(tmp_path):
    rows = ("461;Sverige;0.1;2026-12-01", "462;Sverige;0.1;2026-12-01", "463;Sverige;0.2;2026-12-01")
    imported(begin(tmp_path), deck_of(*rows))
    assert [line.split(",")[:2] for line in zone_lines(tmp_path)] == [
        ["461", "sverige"], ["462", "sverige"], ["463", "sverige-2"],
    ]  # fmt: skip


def test_a_prefix_that_parts_from_its_zone_keeps_its_old_price_until_the_date_in_every_list(tmp_path):
    zones = "461,sverige,Sverige,carrier\n462,sverige,Sverige,carrier\n"
    begin(tmp_path, zones, SE + SE.replace("carrier", "retail").replace("0.10", "0.90"))
    imported(tmp_path, deck_of("462;Sverige;0.2;2026-12-01"))
    days = (date(2026, 11, 30), date(2026, 12, 1))
    assert [price_of(tmp_path, "462", day) for day in days] == ["0.10", "0.2"]
    assert [price_of(tmp_path, "461", day) for day in days] == ["0.10", "0.10"]
    assert [price_of(tmp_path, "462", day, "retail") for day in days] == ["0.90", "0.90"]


def test_a_new_prefix_costs_what_its_enclosing_prefix_costs_until_the_date(tmp_path):
    begin(tmp_path, SE_ZONE, SE)
    imported(tmp_path, deck_of("4670;Sverige mobil;0.5;2026-12-01"))
    assert price_of(tmp_path, "4670", date(2026, 11, 30)) == "0.10"
    assert price_of(tmp_path, "4670", date(2026, 12, 1)) == "0.5"


def test_a_complete_deck_ends_what_it_lacks_on_its_date(tmp_path):
    begin(tmp_path, SE_ZONE + "47,norge,Norge,carrier\n", SE + SE.replace("sverige", "norge"))
    found = imported(tmp_path, deck_of("46;Sverige;0.10;2026-12-01"), mapping(complete=True))
    assert price_lines(tmp_path)[1] == "carrier,1001,norge,*,2026-01-01,2026-12-01,SEK,0,0.10,60,60,1"
    assert states(found) == [(2, "46", "unchanged"), (None, "47", "ended")]
    assert imported(tmp_path, deck_of("46;Sverige;0.10;2026-12-01"), mapping(complete=True)).items.height == 1


def test_a_prefix_that_a_complete_deck_lacks_has_then_the_price_of_the_prefix_around_it(tmp_path):
    zones = SE_ZONE + "4670,sverige_mobil,Sverige mobil,carrier\n"
    begin(tmp_path, zones, SE + SE.replace("sverige", "sverige_mobil").replace("0.10", "0.50"))
    imported(tmp_path, deck_of("46;Sverige;0.10;2026-12-01"), mapping(complete=True))
    assert price_of(tmp_path, "4670", date(2026, 11, 30)) == "0.50"
    assert price_of(tmp_path, "4670", date(2026, 12, 1)) == "0.1"


def test_a_complete_deck_with_refused_lines_ends_nothing(tmp_path):
    begin(tmp_path, SE_ZONE + "47,norge,Norge,carrier\n", SE + SE.replace("sverige", "norge"))
    found = imported(tmp_path, deck_of("46;Sverige;0.10;2026-12-01", "47;Norge;?;2026-12-01"), mapping(complete=True))
    assert found.ends_withheld
    assert price_of(tmp_path, "47", date(2027, 1, 1)) == "0.10"


def test_columns_that_the_deck_says_nothing_of_are_taken_over_into_the_new_row(tmp_path):
    begin(tmp_path, SE_ZONE)
    header = (tmp_path / "prices.csv").read_text(encoding="utf-8").strip() + ",description,cost_per_unit\n"
    (tmp_path / "prices.csv").write_text(header + SE.strip() + ',"Sverige, alla",0.05\n', encoding="utf-8")
    imported(tmp_path, deck_of("46;Sverige;0.12;2026-12-01"))
    assert price_lines(tmp_path)[1] == 'carrier,1001,sverige,*,2026-12-01,,SEK,0,0.12,60,60,1,"Sverige, alla",0.05'


def test_a_zone_may_be_named_by_a_column_or_be_one_per_prefix(tmp_path):
    target = {"price_list": "carrier", "article_no": "1001", "numbering_plan": "carrier"}
    rows = ("46;Sverige;0.1;2026-12-01;SE-1", "47;Norge;0.1;2026-12-01;NO")
    columns = mapping().columns | {"zone": "code"}
    by_column = mapping(columns=columns, target=target | {"zone": "column"})
    imported(begin(tmp_path), deck_of(*rows, header="prefix;name;price;from;code"), by_column)
    assert [line.split(",")[1] for line in zone_lines(tmp_path)] == ["SE-1", "NO"]
    by_prefix = mapping(target=target | {"zone": "prefix"})
    imported(begin(tmp_path), deck_of(*rows, header="prefix;name;price;from;code"), by_prefix)
    assert [line.split(",")[1] for line in zone_lines(tmp_path)] == ["p46", "p47"]


# Files


def test_lines_that_nothing_changes_stay_byte_for_byte(tmp_path):
    content = "\ufeffzone_name,prefix, zone_code\r\n\"Sverige, alla\", 46,se\r\n\r\n'x',  47 ,no\r\n".encode()
    path = tmp_path / "zones.csv"
    path.write_bytes(content)
    sheet = read_sheet(path, tables.ZONE_PREFIX)
    path.write_bytes(written(sheet, sheet.cells))
    assert path.read_bytes() == content.replace(b"\r\n\r\n", b"\r\n")


def test_a_column_that_a_file_lacks_is_added_when_a_new_row_needs_it(tmp_path):
    begin(tmp_path)
    (tmp_path / "zones.csv").write_text("prefix,zone_code,zone_name\n1,us,USA\n", encoding="utf-8")
    imported(tmp_path, deck_of('46;"Sve ""rige""";0.1;2026-12-01'))
    text = (tmp_path / "zones.csv").read_text(encoding="utf-8")
    assert text == 'prefix,zone_code,zone_name,numbering_plan\n1,us,USA,\n46,sve_rige,"Sve ""rige""",carrier\n'


# Against looking it up by hand


def _deck(chance):
    digits = ["4", "46", "461", "462", "4610", "4611", "47", "470", "48"]
    chosen = chance.sample(digits, chance.randint(1, len(digits)))
    return {prefix: (chance.choice("AB"), chance.choice(["0.1", "0.2", "0.3"])) for prefix in chosen}


def _longest(number, prefixes):
    return max((prefix for prefix in prefixes if number.startswith(prefix)), key=len, default="")


@pytest.mark.parametrize("seed", range(60))
def test_after_any_decks_each_number_costs_on_each_day_what_the_decks_say(tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 (examples, no secrets)
    begin(tmp_path)
    numbers = [a + b for a in ("46", "47", "48", "49") for b in ("00", "10", "11", "20", "99")]
    days = [date(2026, 12, d) for d in (1, 5, 10, 15, 20, 25)]
    expected = {(number, day): None for number in numbers for day in days}
    ever, living = set(), set()  # prefixes a deck has named; those of them that have a price
    for begins in (date(2026, 12, 1), date(2026, 12, 10), date(2026, 12, 20)):
        deck = _deck(chance)
        complete = chance.random() < 0.5
        imported(
            tmp_path,
            deck_of(*(f"{prefix};{name};{price};{begins}" for prefix, (name, price) in deck.items())),
            mapping(complete=complete),
        )
        for number in numbers:
            own, other = _longest(number, deck), _longest(number, living)
            for day in days:
                if day >= begins and (complete or (own and len(own) >= len(other))):
                    expected[number, day] = deck[own][1] if own else None
        ever |= set(deck)
        living = set(deck) if complete else living | set(deck)
        living |= {prefix for prefix in ever - living if _longest(prefix, living) in deck}
    found = {(number, day): price_of(tmp_path, number, day) for number in numbers for day in days}
    assert found == expected
