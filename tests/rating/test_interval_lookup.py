"""One search finds the interval that each value lies in."""

import polars as pl
import pytest

from rating.interval_lookup import gathered, keyed, last_begun

BEGINNINGS = pl.Series([10, 20, 20, 30])
FOUND = [(9, -1), (10, 0), (19, 0), (20, 2), (29, 2), (30, 3), (1000, 3), (None, -1)]


@pytest.mark.parametrize(("value", "position"), FOUND)
def test_the_last_interval_that_begins_at_or_before_a_value_is_found(value, position):
    assert last_begun(BEGINNINGS, pl.Series([value], dtype=pl.Int64)).to_list() == [position]


def test_without_intervals_nothing_is_found():
    assert last_begun(pl.Series([], dtype=pl.Int64), pl.Series([1, None])).to_list() == [-1, -1]


def test_a_key_and_a_position_make_one_number_that_sorts_by_the_key_first():
    frame = pl.DataFrame({"key": [0, 0, 1, 2], "position": [0, 7, 0, 3]})
    assert frame.select(keyed(pl.col("key"), pl.col("position"), 3)).to_series().to_list() == [0, 7, 8, 19]


def test_a_position_that_is_negative_or_null_gathers_nothing():
    frame = pl.DataFrame({"name": ["a", "b"], "number": [1, 2]})
    names, numbers = gathered(frame, pl.Series([1, -1, None, 0], dtype=pl.Int64), "name", "number")
    assert names.to_list() == ["b", None, None, "a"]
    assert numbers.to_list() == [2, None, None, 1]
