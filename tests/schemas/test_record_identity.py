"""Records in = new + duplicates + differing."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.record_identity import sort_out

SCHEMA = {"key": pl.String(), "content": pl.Int64(), "line_no": pl.Int64()}


def records(*rows):
    numbered = [(key, content, line) for line, (key, content) in enumerate(rows, 1)]
    return pl.DataFrame(numbered, schema=SCHEMA, orient="row")


def lines(frame):
    return frame["line_no"].to_list()


CASES = [
    # seen before, in the file -> lines that are new, duplicates, lines that differ
    ([], [("a", 1), ("b", 2)], [1, 2], 0, []),
    ([], [("a", 1), ("a", 1)], [1], 1, []),
    ([], [("a", 1), ("a", 2)], [1], 0, [2]),
    ([], [("a", 1), ("a", 2), ("a", 1)], [1], 1, [2]),
    ([("a", 1)], [("a", 1), ("b", 1)], [2], 1, []),
    ([("a", 1)], [("a", 2)], [], 0, [1]),
    ([("a", 1)], [("a", 2), ("a", 1)], [], 1, [1]),
    ([("a", None)], [("a", None), ("a", 1)], [], 1, [2]),
    ([("a", 1)], [("a", None)], [], 0, [1]),
    ([("a", 1)], [], [], 0, []),
    ([], [(None, 1), (None, 1), (None, 2)], [1], 1, [3]),
]


@pytest.mark.parametrize(("seen", "given", "new", "duplicates", "differing"), CASES)
def test_the_first_record_of_a_key_counts(seen, given, new, duplicates, differing):
    got = sort_out(records(*given), records(*seen), "key", ["content"])
    assert (lines(got.new), got.duplicates, lines(got.differing)) == (new, duplicates, differing)
    assert dict(got.new.schema) == dict(got.differing.schema) == SCHEMA


ROWS = st.lists(st.tuples(st.sampled_from([None, "a", "b", "c"]), st.sampled_from([None, 1, 2])), max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_no_record_disappears_and_a_file_read_again_brings_nothing_new(rows):
    first = sort_out(records(*rows), records(), "key", ["content"])
    assert first.new.height + first.duplicates + first.differing.height == len(rows)
    again = sort_out(records(*rows), first.new, "key", ["content"])
    assert again.new.is_empty()
    assert lines(again.differing) == lines(first.differing)
    assert again.duplicates == first.new.height + first.duplicates
