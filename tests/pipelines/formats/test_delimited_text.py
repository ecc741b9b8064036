"""Delimited text: bytes to numbered lines, lines to fields."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.formats.delimited_text import (
    edged_with_blanks,
    head_lines,
    read_lines,
    read_plain,
    recode,
    split_fields,
)


def test_lines_that_are_not_blank_are_numbered_as_they_stand_in_the_file():
    lines = read_lines(recode(b"one\r\n\r\n  \ntwo\rthree"))
    assert lines.select("record_no", "line_no", "record").rows() == [(1, 1, "one"), (2, 4, "two"), (3, 5, "three")]


def test_an_empty_file_has_no_lines():
    assert read_lines(recode(b"")).height == 0


def test_stray_bytes_are_read_as_windows_1252_and_the_rest_stays_utf8():
    assert recode("Åsa;".encode() + "Östen".encode("cp1252")) == "Åsa;Östen".encode()


def test_a_byte_order_mark_is_not_text():
    assert recode(b"\xef\xbb\xbfa") == b"a"


def test_nul_and_undecodable_bytes_condemn_their_line_only():
    lines = read_lines(recode(b"good\nn\0l\nbad\x81\nlast"))
    assert lines["reason_code"].to_list() == [None, "BAD_ENCODING", "BAD_ENCODING", None]
    assert lines["record"].to_list() == ["good", "n�l", "bad�", "last"]


def fields(text, names="abc", fewest=None, separator=","):
    return split_fields(read_lines(text.encode()), list(names), separator, fewest)


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


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_one_record_per_line_that_is_not_blank(content):
    lines = read_lines(recode(content))
    table = split_fields(lines, ["a", "b"], ",")
    assert table["record_no"].to_list() == list(range(1, lines.height + 1))
    visible = str.maketrans(dict.fromkeys("\x1c\x1d\x1e\x1f", "x"))  # blank to Python alone
    expected = [line for line in recode(content).decode().translate(visible).split("\n") if line.strip()]
    assert lines.height == len(expected)


PLAIN_PARTS = st.sampled_from(["a", "b", "å", " ", "", '"', ";", "\t", "\n", "\r\n", "\0", "x;y;z", "x\ty\tz\n"])


@pytest.mark.parametrize("separator", [";", "\t"])
@settings(max_examples=300, deadline=None)
@given(parts=st.lists(PLAIN_PARTS, max_size=30))
def test_a_plain_file_read_in_one_go_has_the_fields_that_its_lines_have(separator, parts):
    header = separator.join("abc")
    text = recode(f"{header}\n{''.join(parts)}".encode())
    wanted = ["record_no", "line_no", "a", "b", "c"]
    careful = split_fields(read_lines(text).slice(1).with_columns(pl.col("record_no") - 1), list("abc"), separator)
    plain = read_plain(text, list("abc"), separator)
    if plain is None:
        return
    assert plain.select(wanted).rows() == careful.select(wanted).rows()
    assert careful["reason_code"].null_count() == careful.height


@pytest.mark.parametrize("text", ["a;b\n1;2\n", "a;b\n1;2", "a;b\n;\n", "a;b\n1;2\n3;å\n", "a;b\n 1; 2\n"])
def test_a_file_whose_lines_all_have_their_fields_is_plain(text):
    rows = read_plain(text.encode(), ["a", "b"], ";")
    assert rows["line_no"].to_list() == [line for line, _ in enumerate(text.splitlines()[1:], 2)]


@pytest.mark.parametrize(
    "text",
    ["a;b\n1;2\n\n", "a;b\n\n1;2\n", "a;b\n1;2\n3\n", 'a;b\n1;"2"\n', "a;b\n1;\0\n", "\na;b\n1;2\n",
     "\u00a0\na;b\n1;2\n", "a;b\n1;2\n  \n3;4\n", "a;b\n1;2\n\n\n", "a;b\n1;\n3\n",
     "a;b\n1;2\n3;4;5\n", "a;b\n1\n1;2;3\n", "a;b\n1;2\n3;4;", "a;b\n3;4;"],
)  # fmt: skip
def test_a_file_with_a_quote_a_blank_line_or_a_line_of_other_length_is_not_plain(text):
    assert read_plain(text.encode(), ["a", "b"], ";") is None


@pytest.mark.parametrize(
    ("lines", "found"),
    [("a;b", ""), ("a b;c d", ""), ("a ;b", "a"), ("a; b", "b"), ("a\n b", "a"), ("a;b ", "b"), ("a;b\u00a0", "ab"),
     (" ;", "a"), ("a\t;b", "a"), ("a;\vb", "b"), ("a\f;b\v", "ab"), ("1;\n 2;x\n3; ", "ab"), ("", "")],
)  # fmt: skip
def test_columns_with_blanks_around_a_field_are_found(lines, found):
    fields = [[field or None for field in (line + ";").split(";")[:2]] for line in lines.split("\n")]
    frame = pl.DataFrame(fields, schema={"a": pl.String, "b": pl.String}, orient="row")
    assert edged_with_blanks(lines.encode(), frame, ["a", "b"]) == list(found)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-7", "iso2022_jp"])
def test_plain_letters_are_read_in_any_encoding(encoding):
    assert recode("a+b;å\n".encode(encoding, errors="ignore"), encoding).startswith(b"a+b;")
