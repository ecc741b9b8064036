"""Sound tables: read and typed at once they have the rows and faults that they have when read cell by cell."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.configuration import sound_tables
from pipelines.configuration.reading import CONFIG_FILES
from pipelines.configuration.sound_tables import read_sound
from pipelines.configuration.tables import read_table
from schemas.table import Table

LISTING = "price_list description? price_per_unit increment? valid_from valid_to? prorated? tier_code?"
TABLE = Table("sample", "Columns of every type.", ("price_list", "tier_code", "valid_from"), LISTING)
HEADER = "price_list,description,price_per_unit,increment,valid_from,valid_to,prorated\n"
ROW = "vip,Åre,0.25,60,2026-01-01,,yes\n"


@pytest.fixture(autouse=True, scope="module")
def _every_table_is_large():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sound_tables, "LARGE", 0)
        yield


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory):
    """Return rows and faults of a file read at once where it is sound, and read cell by cell."""
    path = tmp_path_factory.mktemp("config") / "sample.csv"

    def read(text):
        path.write_bytes(text.encode())
        at_once = read_table(path, TABLE)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sound_tables, "LARGE", math.inf)
            return at_once, read_table(path, TABLE)

    return read


def assert_alike(at_once, careful):
    assert at_once[1] == careful[1]
    assert_frame_equal(at_once[0], careful[0])


HOSTILE = ["", '""', " ", "x", ' "x"', '"x" ', "x ", 'x"y', '"', '"a ""b"""', '"a,b"', "\u00a0å", "+5", "1,2", '"1\n2"']


def column(*sound):
    """Make cells as they should be, quoted or not, and one in thirty that may not be so."""
    cells = st.sampled_from(sound)
    usual = st.one_of(cells.filter(lambda cell: "," not in cell), cells.map('"{}"'.format))
    return st.integers(0, 29).flatmap(lambda n: usual if n else st.sampled_from(HOSTILE))


ROWS = st.tuples(
    column("private", "business", "a.b-c_1", "å"),
    column("", "Åre, mobil", "a b", "a\u00a0b", "a\tb", "x" * 20),
    column("0", "0.25", "-0.0001", "007.5", "9999999999.9999", "0.1234567"),
    column("", "60", "0", "-3", "000000000000000001", "999999999999999999"),
    column("2026-01-01", "2026-02-28", "2024-02-29", "2026-02-30", "1000-01-01", "9999-12-31"),
    column("", "2026-01-01", "1999-12-31"),
    column("", "yes", "no"),
).map(",".join)


@given(st.lists(ROWS, max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_table_read_at_once_has_the_same_rows_and_faults(both_ways, rows, ending, ended):
    text = ending.join([HEADER.strip(), *rows]) + (ending if ended else "")
    assert_alike(*both_ways(text))


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ROW,
        HEADER,
        "\ufeff" + (HEADER + ROW).replace("\n", "\r\n"),
        HEADER + ROW.strip(),
        HEADER + ROW + "\n\n",
        HEADER + 'vip,"Åre, ""mobil""",1,,2026-01-01,,\n'.replace('""', ""),
        HEADER + '"vip","","0.25","60","2026-01-01","",""\n',
        "valid_from,price_list,price_per_unit\n2026-01-01,vip,1\n",
        HEADER + ROW + ROW + "vip,,-1,0,2026-02-01,,no\n",
    ],
    ids=[
        "usual",
        "empty",
        "windows",
        "no end",
        "blank lines last",
        "comma",
        "all quoted",
        "other order",
        "faults of values and keys",
    ],
)
def test_a_table_of_well_formed_cells_is_read_at_once(both_ways, text):
    assert read_sound(text.removeprefix("\ufeff"), TABLE) is not None
    assert_alike(*both_ways(text))


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "\n" + ROW,
        "\n" + HEADER + ROW,
        HEADER + ",,,,,,\n",
        HEADER + ROW.replace("Åre", " Åre"),
        HEADER + ROW.replace("60", "60 "),
        HEADER + ROW.replace("Åre", '"Åre""s"'),
        HEADER + ROW.replace("Åre", 'Åre"s'),
        HEADER + ROW.replace("Åre", '"Å\nre"'),
        HEADER + ROW.replace("Åre", "Å\rre"),
        HEADER + ROW.replace("yes", "yes,"),
        HEADER + ROW.replace(",,yes", ",yes"),
        HEADER + ROW.replace("vip", ""),
        HEADER + ROW.replace("vip", '""'),
        HEADER + ROW.replace("0.25", "0,25"),
        HEADER + ROW.replace("60", "+60"),
        HEADER + ROW.replace("yes", "true"),
        HEADER + ROW.replace("2026-01-01", "2026-02-30"),
        HEADER.replace("price_list", "list") + ROW,
        HEADER.replace("valid_to", "valid_from") + ROW,
        HEADER.replace("price_list", '"price_list"') + ROW,
        "# prices of 2026\n" + HEADER + ROW,
        "",
    ],
)
def test_any_other_table_is_read_cell_by_cell(both_ways, text):
    assert read_sound(text, TABLE) is None
    assert_alike(*both_ways(text))


@pytest.mark.parametrize("file", sorted(CONFIG_FILES))
def test_every_file_has_a_column_that_an_empty_row_leaves_open(file):
    """So no empty row passes for a sound one."""
    assert set(CONFIG_FILES[file].names) - CONFIG_FILES[file].nullable
