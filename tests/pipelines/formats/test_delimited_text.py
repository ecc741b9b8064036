"""Delimited text: bytes to numbered lines, lines to fields."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.formats.delimited_text import decode, head_lines, read_lines, split_fields


def test_lines_that_are_not_blank_are_numbered_as_they_stand_in_the_file():
    lines = read_lines(decode(b"one\r\n\r\n  \ntwo\rthree"))
    assert lines.select("record_no", "line_no", "record").rows() == [(1, 1, "one"), (2, 4, "two"), (3, 5, "three")]


def test_an_empty_file_has_no_lines():
    assert read_lines(decode(b"")).height == 0


def test_stray_bytes_are_read_as_windows_1252_and_the_rest_stays_utf8():
    assert decode("Åsa;".encode() + "Östen".encode("cp1252")) == "Åsa;Östen"


def test_a_byte_order_mark_is_not_text():
    assert decode(b"\xef\xbb\xbfa") == "a"


def test_nul_and_undecodable_bytes_condemn_their_line_only():
    lines = read_lines(decode(b"good\nn\0l\nbad\x81\nlast"))
    assert lines["reason_code"].to_list() == [None, "BAD_ENCODING", "BAD_ENCODING", None]
    assert lines["record"].to_list() == ["good", "n�l", "bad�", "last"]


def fields(text, names="abc", fewest=None, separator=","):
    return split_fields(read_lines(text), list(names), separator, fewest)


def test_quotes_hide_separators_and_doubled_quotes_stand_for_one():
    table = fields('x,"y, ""z""",1\n')
    assert table.select("a", "b", "c").rows() == [("x", 'y, "z"', "1")]


def test_empty_fields_are_null_quoted_or_not():
    assert fields('x,,""').select("a", "b", "c").rows() == [("x", None, None)]


def test_a_line_with_too_few_or_too_many_fields_is_malformed():
    table = fields("1,2\n1,2,3\n1,2,3,4")
    assert table.select("line_no", "reason_code").rows() == [(1, "MALFORMED_ROW"), (2, None), (3, "MALFORMED_ROW")]


def test_last_fields_may_be_absent_where_the_layout_says_so():
    assert fields("1,2\n1,2,3", fewest=2).select("c", "reason_code").rows() == [(None, None), ("3", None)]


def test_a_quote_that_is_not_closed_does_not_swallow_the_next_line():
    table = fields('1,"2,3\n4,5,6\n7,8,"9')
    assert table.select("line_no", "a", "reason_code").rows() == [
        (1, None, "MALFORMED_ROW"),
        (2, "4", None),
        (3, None, "MALFORMED_ROW"),
    ]


def test_every_separator_may_part_the_fields():
    for separator in ",;|\t":
        assert fields(separator.join("123"), separator=separator).select("a", "b", "c").rows() == [("1", "2", "3")]


def test_a_head_that_ends_inside_a_line_is_read_without_that_line():
    head = b"whole\n" + b"x" * 65_530
    assert head_lines(head)["record"].to_list() == ["whole"]


@given(st.binary(max_size=400))
def test_any_bytes_give_one_record_per_line_that_is_not_blank(content):
    lines = read_lines(decode(content))
    table = split_fields(lines, ["a", "b"], ",")
    assert table["record_no"].to_list() == list(range(1, lines.height + 1))
    visible = str.maketrans(dict.fromkeys("\x1c\x1d\x1e\x1f", "x"))  # blank to Python alone
    expected = [line for line in decode(content).translate(visible).split("\n") if line.strip()]
    assert lines.height == len(expected)
