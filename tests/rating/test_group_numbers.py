"""Rows have the same number exactly where they agree, whatever the columns' types and ranges."""

from datetime import UTC, date, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rating.group_numbers import group_numbers

KINDS = [f"kind {number}" for number in range(256)]  # the most that an Enum keeps in a byte
COLUMNS = {
    "text": (pl.String(), st.sampled_from(["", "a", "b", "å"])),
    "kind": (pl.Enum(KINDS), st.sampled_from([KINDS[0], KINDS[1], KINDS[127], KINDS[128], KINDS[-1]])),
    "flag": (pl.Boolean(), st.booleans()),
    "day": (pl.Date(), st.sampled_from([date.min, date(1969, 12, 31), date(1970, 1, 1), date.max])),
    "start": (
        pl.Datetime("us", "UTC"),
        st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime(2026, 9, 16, tzinfo=UTC)]),
    ),
    "small": (pl.Int8(), st.sampled_from([-128, -1, 0, 1, 127])),
    "byte": (pl.UInt8(), st.sampled_from([0, 1, 254, 255])),
    "account": (pl.Int64(), st.sampled_from([-(2**61), -1, 0, 1, 2**61 - 1])),
    "far": (pl.Int64(), st.sampled_from([2**63 - 1, 2**63 - 2, 2**63 - 2**62])),
    "nothing": (pl.Int64(), st.none()),
}
ROWS = st.lists(st.tuples(*(st.none() | values for _, values in COLUMNS.values())), max_size=12)


@given(ROWS, st.permutations(list(COLUMNS)), st.integers(0, len(COLUMNS)))
def test_rows_have_one_number_where_they_agree_in_all_columns(rows, names, count):
    frame = pl.DataFrame(rows, schema={name: dtype for name, (dtype, _) in COLUMNS.items()}, orient="row")
    chosen = names[:count]
    numbers = group_numbers(frame, *chosen).to_list()
    agreeing = frame.select(chosen).rows() if chosen else [()] * frame.height
    assert [[one == other for other in numbers] for one in numbers] == [
        [one == other for other in agreeing] for one in agreeing
    ]
