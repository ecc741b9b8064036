"""Cells of CSV: reading whole columns at once and record by record give the same cells with the same lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.configuration import cells
from pipelines.configuration.cells import NotCsvError, read_cells


def careful(text):
    return cells._record_by_record(text)  # noqa: SLF001


def at_once(text):
    return cells._lines_at_once(text)  # noqa: SLF001


def told(cells):
    return cells.header_line, cells.header, cells.rows.rows(), cells.rows.schema, cells.ragged


CELL = st.one_of(
    st.sampled_from(
        ["", "a", " b ", '"c, d"', '"say ""no"""', '""', '"', 'x"y', '" e "', ' "f"', '"g\nh"', "\u00e5 \u00e4"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=4),
)
LINE = st.lists(CELL, min_size=1, max_size=4).map(",".join)


@given(st.lists(LINE, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_both_ways_of_reading_give_the_same_cells_and_lines(lines, ending, ended):
    text = ending.join(lines) + (ending if ended else "")
    quick = at_once(text)
    if quick is None:
        return
    assert told(quick) == told(careful(text))


@pytest.mark.parametrize(
    ("text", "rows", "ragged"),
    [
        ("a,b\n1,2\n3,4\n", [(2, "1", "2"), (3, "3", "4")], []),
        ('\na,b\n\n1," 2"\n,,\n , \n3,4', [(4, "1", "2"), (7, "3", "4")], []),
        ('a,b\r\n"x, ""y""",2\r\n', [(2, 'x, "y"', "2")], []),
        ("a,b\n1\n1,2,3\n3,4\n", [(4, "3", "4")], [(2, ["1"]), (3, ["1", "2", "3"])]),
        ("a,b\n", [], []),
    ],
)
def test_rows_have_the_lines_of_the_file_whatever_stands_between_them(text, rows, ragged):
    quick = at_once(text)
    assert (quick.rows.rows(), quick.ragged) == (rows, ragged)
    assert told(quick) == told(careful(text))


@pytest.mark.parametrize("text", ['a,b\n"1\n2",3\n', 'a,b\n1,2"\n', 'a,b\n"",""\n', "a,b\r1,2\r", ""])
def test_what_lines_alone_do_not_decide_is_read_record_by_record(text):
    assert at_once(text) is None
    assert told(read_cells(text)) == told(careful(text))


def test_a_row_after_a_cell_of_two_lines_has_its_own_line():
    assert read_cells('a,b\n"1\n2",3\n4,5\n').rows.rows() == [(2, "1\n2", "3"), (4, "4", "5")]


def test_a_quote_left_open_is_refused_with_the_line_where_its_row_begins():
    with pytest.raises(NotCsvError) as caught:
        read_cells('a,b\n1,2\n3,"4\n5,6\n')
    assert caught.value.line == 3
