"""Decks as carriers write them: every line is a price that was understood, or is refused with its reason."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from decks import deck_of, mapping, read, reasons

from pipelines.decks.deck_definition import DeckDefinition, DeckError, Prefixes, read_definition
from pipelines.decks.prefix_notation import LARGEST_RANGE

SAMPLE = Path(__file__).resolve().parents[3].parent / "shared/samples/telecom/asterisell_deck.csv"


def prefixes(*cells, **form):
    deck = read(deck_of(*(f"{cell};Here;1;2026-12-01" for cell in cells)), mapping(prefixes=Prefixes(**form)))
    return deck.rows["prefix"].to_list()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("46", ["46"]),
        ("+46 70", ["4670"]),
        ("004670", ["4670"]),
        ("46,4670, 4673", ["46", "4670", "4673"]),
        ("4670-4673", ["4670", "4671", "4672", "4673"]),
        ("4670-73", ["4670", "4671", "4672", "4673"]),
        ("4699-4699", ["4699"]),
        ("46,,+4799-+4800,", ["46", "4799", "4800"]),
    ],
)
def test_a_prefix_may_be_written_as(cell, expected):
    assert prefixes(cell) == expected


def test_a_semicolon_parts_a_list_where_it_stands_in_quotes():
    assert prefixes('"46;4670,4673"') == ["46", "4670", "4673"]


def test_country_and_areas_may_stand_in_two_columns_and_no_area_is_the_whole_country():
    columns = {"country": "country", "area": "area", "destination": "name", "price": "price", "effective": "from"}
    rows = ("0046;70-72,8;Mobil;1;2026-12-01", "+47;;Norge;2;2026-12-01")
    deck = read(deck_of(*rows, header="country;area;name;price;from"), mapping(columns=columns))
    assert deck.rows["prefix"].to_list() == ["4670", "4671", "4672", "468", "47"]


@pytest.mark.parametrize(
    "cell", ["", "46x", "46-", "4673-4670", "46-470", "0", "1234567890123456", ",", f"10000-{10000 + LARGEST_RANGE}"]
)
def test_a_prefix_that_cannot_be_read_condemns_its_line(cell):
    deck = read(deck_of(f"{cell};Here;1;2026-12-01", "47;There;1;2026-12-01"))
    assert [(line, code) for line, code, _ in reasons(deck)] == [(2, "BAD_PREFIX")]
    assert deck.rows["prefix"].to_list() == ["47"]


def test_a_range_is_refused_where_the_mapping_knows_none():
    deck = read(deck_of("4670-4673;Here;1;2026-12-01"), mapping(prefixes=Prefixes(ranges=False)))
    assert reasons(deck) == [(2, "BAD_PREFIX", "4670-4673")]


def test_ranges_that_stand_for_millions_of_prefixes_refuse_the_deck(monkeypatch):
    monkeypatch.setattr("pipelines.decks.prefix_notation.MOST_PREFIXES", 3)
    with pytest.raises(DeckError, match="4 prefixes"):
        read(deck_of("4670-4673;Here;1;2026-12-01"))


@pytest.mark.parametrize(
    ("text", "micro"),
    [("1,5", 1_500_000), ("0,0971", 97_100), ("1.234,56", 1_234_560_000), ("1.234.567", 1_234_567_000_000),
     (",5", 500_000), ("0", 0), ("0,12345600", 123_456)],
)  # fmt: skip
def test_a_price_with_decimal_comma_and_thousands_points_is_exact(text, micro):
    deck = read(deck_of(f"46;Here;{text};2026-12-01"), mapping(decimal_separator=",", thousands_separator="."))
    assert deck.rows["price_micro"].to_list() == [micro]


@pytest.mark.parametrize("text", ["", "free", "-1", "1.5", "1,2,3", "0,1234567", "1 000", "1e3", "12.34,5"])
def test_a_price_that_is_not_written_as_declared_is_refused_and_never_guessed(text):
    deck = read(deck_of(f"46;Here;{text};2026-12-01"), mapping(decimal_separator=",", thousands_separator="."))
    assert reasons(deck) == [(2, "BAD_PRICE", text)]


def test_a_price_in_hundredths_is_divided_exactly():
    deck = read(deck_of("46;Here;12.5;2026-12-01"), mapping(price={"minor": True}))
    assert deck.rows["price_micro"].to_list() == [125_000]


@pytest.mark.parametrize(("text", "expected"), [("60/1", (60, 1)), ("30 / 6", (30, 6)), ("60", (60, 60))])
def test_increments_may_stand_in_one_cell(text, expected):
    columns = {"prefix": "prefix", "destination": "name", "price": "price", "effective": "from", "increments": "steps"}
    definition = mapping(columns=columns, constants={"currency": "SEK"})
    deck = read(deck_of(f"46;Here;1;2026-12-01;{text}", header="prefix;name;price;from;steps"), definition)
    assert deck.rows.select("first_increment", "increment").rows() == [expected]


@pytest.mark.parametrize("text", ["", "60/0", "0/1", "a/b", "60/1/1", "1.5"])
def test_increments_that_cannot_be_laid_are_refused(text):
    columns = {"prefix": "prefix", "destination": "name", "price": "price", "effective": "from", "increments": "steps"}
    definition = mapping(columns=columns, constants={"currency": "SEK"})
    deck = read(deck_of(f"46;Here;1;2026-12-01;{text}", header="prefix;name;price;from;steps"), definition)
    assert reasons(deck) == [(2, "BAD_INCREMENT", text)]


def test_two_columns_of_increments_a_connect_fee_and_a_currency_are_read():
    columns = {"prefix": "p", "destination": "n", "price": "r", "effective": "d", "first_increment": "min",
               "increment": "inc", "connect_fee": "fee", "currency": "cur"}  # fmt: skip
    rows = ("46;A;1;2026-12-01;30;6;0.39;SEK", "47;B;1;2026-12-01;30;6;;SEK", "48;C;1;2026-12-01;30;6;;EUR")
    deck = read(deck_of(*rows, header="p;n;r;d;min;inc;fee;cur"), mapping(columns=columns, constants={}))
    figures = deck.rows.select("prefix", "first_increment", "increment", "fee_micro").rows()
    assert figures == [("46", 30, 6, 390_000), ("47", 30, 6, 0)]
    assert reasons(deck) == [(4, "BAD_CURRENCY", "EUR")]


def test_leading_and_trailing_lines_and_totals_are_no_prices_but_are_counted():
    lines = {"leading": 2, "trailing": 1, "ignored": "^(Sub)?total"}
    content = (
        b"Carrier AB;;\n\nprefix;name;price;from\n46;A;1;2026-12-01\nSubtotal;1\n\n47;B;1;2026-12-01\nEnd of deck\n"
    )
    deck = read(content, mapping(lines=lines))
    assert deck.rows["line_no"].to_list() == [4, 7]
    assert (deck.lines_read, deck.lines_ignored, deck.refused.height) == (2, 4, 0)


def test_one_cell_above_the_rows_may_hold_the_date_of_all():
    definition = mapping(
        columns={"prefix": "prefix", "destination": "name", "price": "price"},
        lines={"leading": 1},
        effective={"label": "Effective:", "format": "%d.%m.%Y"},
    )
    deck = read(b'"Prices";"Effective: 01.12.2026";;\nprefix;name;price\n46;A;1\n', definition)
    assert deck.rows["valid_from"].to_list() == [date(2026, 12, 1)]


def test_without_a_date_anywhere_the_deck_is_refused_and_says_what_to_give():
    definition = mapping(columns={"prefix": "prefix", "destination": "name", "price": "price"})
    content = deck_of("46;A;1", header="prefix;name;price")
    with pytest.raises(DeckError, match="--effective"):
        read(content, definition)
    assert read(content, definition, date(2027, 1, 1)).rows["valid_from"].to_list() == [date(2027, 1, 1)]


def test_a_row_without_a_readable_date_or_name_or_of_another_width_is_refused():
    deck = read(deck_of("46;A;1;31.12.2026", "47;;1;2026-12-01", "48;C;1", '49;"D;1;2026-12-01'))
    assert [(line, code) for line, code, _ in reasons(deck)] == [
        (2, "BAD_DATE"), (3, "NO_DESTINATION"), (4, "MALFORMED_ROW"), (5, "MALFORMED_ROW"),
    ]  # fmt: skip


def test_a_windows_code_page_is_read_and_zone_codes_are_plain_letters():
    content = deck_of("358;Åland – Mobil (övrigt);1;2026-12-01", "7;Россия;1;2026-12-01").decode()
    deck = read(content.split("7;")[0].encode("cp1252"), mapping(encoding="cp1252"))
    assert deck.rows.select("destination", "base_code").rows() == [("Åland – Mobil (övrigt)", "aland_mobil_ovrigt")]
    assert read(content.encode()).rows["base_code"].to_list() == ["aland_mobil_ovrigt", "zone"]


def test_a_header_that_lacks_a_column_refuses_the_deck_and_shows_the_header():
    with pytest.raises(DeckError, match="price exactly once, but reads: prefix, name, rate, from"):
        read(deck_of("46;A;1;2026-12-01", header="prefix;name;rate;from"))


def test_a_deck_without_a_header_is_read_by_the_names_of_the_mapping():
    deck = read(b"46;A;1;2026-12-01\n", mapping(header=["prefix", "name", "price", "from"]))
    assert deck.rows["prefix"].to_list() == ["46"]


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the shared samples are not beside the checkout")
def test_a_real_deck_of_11894_prices_is_read_whole():
    columns = {"prefix": "PREFIX", "destination": "DESTINATION", "price": "RATE"}
    definition = mapping(separator=",", decimal_separator=",", columns=columns)
    deck = read(SAMPLE.read_bytes(), definition, date(2026, 12, 1))
    assert (deck.lines_read, deck.refused.height, deck.rows.height) == (11894, 0, 11894)
    first = deck.rows.row(0, named=True)
    assert (first["prefix"], first["price_micro"]) == ("88299", 1_998_900)


# The mapping itself


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"encoding": "klingon"}, "is not an encoding"),
        ({"columns": {"prefix": "p", "destination": "n"}}, "price"),
        ({"constants": {"currency": "SEK"}}, "give increments"),
        ({"header": ["prefix", "name"]}, "not in header"),
        ({"thousands_separator": "."}, "must differ"),
        ({"lines": {"ignored": "("}}, "regular expression"),
        ({"effective": {"label": "From:"}}, "keep one"),
        ({"constants": {"currency": "SEK", "increments": "60/1", "effective": "2026-12-01"}}, "keep one"),
        ({"target": {"price_list": "x", "article_no": "1", "zone": "column"}}, "belong together"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_a_mapping_is_refused_when(change, fault):
    with pytest.raises(ValueError, match=fault):
        mapping(**change)


def test_a_faulty_mapping_names_file_and_line(tmp_path):
    (tmp_path / "x.toml").write_text('separator = ";"\nencoding = "klingon"\n', encoding="utf-8")
    with pytest.raises(DeckError, match=r"decks/x.toml:2: encoding: 'klingon' is not an encoding"):
        read_definition(tmp_path, "x")


def test_a_missing_mapping_tells_which_there_are(tmp_path):
    (tmp_path / "other.toml").touch()
    with pytest.raises(DeckError, match="Mappings there are: other"):
        read_definition(tmp_path, "x")


def test_the_mapping_of_the_page_is_valid():
    page = (Path(__file__).resolve().parents[3] / "docs/decks.md").read_text(encoding="utf-8")

    text = page.split("```toml\n")[1].split("```")[0]
    assert DeckDefinition.model_validate(tomllib.loads(text)).target.price_list == "wholesale"
