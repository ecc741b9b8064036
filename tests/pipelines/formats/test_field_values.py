"""Values of fields: what is read without a regular expression is what the rules say."""

import re
from decimal import ROUND_UP, Decimal

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.formats.field_values import whole_bytes, whole_count, whole_milliseconds, whole_seconds

WRITTEN = st.one_of(
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,11})?", fullmatch=True),
    st.text("0159+-._ ex\t\u00a0٣", max_size=12),
    st.none(),
)


def rounded_up(written, digits, unit=Decimal(1), decimals=r"\.[0-9]+"):
    """Read a number by its rule, with a regular expression and an exact decimal."""
    if written is None or not re.fullmatch(rf"-?[0-9]{{1,{digits}}}({decimals})?", written, re.ASCII):
        return None
    return int((Decimal(written) * unit).to_integral_value(ROUND_UP))


def read(written, value):
    return (
        pl.DataFrame({"text": pl.Series(written, dtype=pl.String)}).select(value(pl.col("text"))).to_series().to_list()
    )


@given(written=st.lists(WRITTEN))
@example(written=["0", "00", "-0", "+5", "-5", "12.0", "0.1", "-0.1", "1e3", "0x1", "", " ", "5 ", " 5", "5\n", "٣"])
@example(written=["9" * n for n in range(1, 22)])
def test_numbers_of_any_writing_are_read_by_their_rule(written):
    assert read(written, whole_seconds) == [rounded_up(w, 9) for w in written]
    assert read(written, whole_count) == [rounded_up(w, 9, decimals="X") for w in written]
    whole = [rounded_up(w, 12) for w in written]
    thousandths = [None if ms is None else int((Decimal(ms) / 1000).to_integral_value(ROUND_UP)) for ms in whole]
    assert read(written, whole_milliseconds) == thousandths


@pytest.mark.parametrize("unit", [1, 1000, 1024**3])
@given(written=st.lists(WRITTEN))
def test_volumes_of_any_writing_are_read_by_their_rule(unit, written):
    digits = 18 - len(str(unit))
    expected = [rounded_up(w, digits, Decimal(unit), r"\.[0-9]{1,9}0*") for w in written]
    assert read(written, lambda text: whole_bytes(text, unit)) == expected
