"""The engine agrees with the naive rater on thousands of generated price lists and calls, to the last decimal."""

from random import Random

import generated_operators
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from one_operator import by_engine, by_reference, numbered

KINDS = [
    generated_operators.plain,
    generated_operators.rich,
    generated_operators.linked,
    generated_operators.stateful,
    generated_operators.crowded,
]
# Rows of these can be left out one by one; the others hold together.
SHRUNK = {"price", "price_list", "price_list_link", "discount", "offer", "allowance_grant", "friend_number"}
ONE_AFTER_ANOTHER = settings(
    max_examples=30, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_the_engine_charges_what_the_naive_rater_charges(make):
    @ONE_AFTER_ANOTHER
    @given(seed=st.integers(0, 2**32))
    def agree(seed):
        whole, calls = make(Random(seed))  # noqa: S311 (chance, not a secret)
        differing = differences(whole, numbered(calls))
        assert not differing, smallest(whole, numbered(calls))

    agree()


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_what_is_generated_is_mostly_priced(make):
    """Else the comparison would compare refusals."""
    priced = refused = 0
    for seed in range(5):
        whole, calls = make(Random(seed))  # noqa: S311
        rated = by_reference(whole, numbered(calls)).values()
        priced += sum(isinstance(each, dict) for each in rated)
        refused += sum(isinstance(each, str) for each in rated)
    assert priced > 2 * refused > 0


def differences(whole, records):
    """Return usage id, naive and engine's result of each record on which they differ."""
    expected, got = by_reference(whole, records), by_engine(whole, records)
    return [(name, expected[name], got.get(name)) for name in expected if not same(expected[name], got.get(name))]


def same(expected, got):
    """Whether two results are equal; what is free may be kept with a charge of nothing."""
    if expected == "FREE" and isinstance(got, dict):
        return got["amount_ex_vat"] == got["list_amount"] == "0.000000"
    return expected == got


def smallest(whole, records):
    """Tell the fewest calls and rows on which the raters still differ: what a failure is read from."""
    records = fewer(records, lambda rest: bool(differences(whole, rest)))
    for table in SHRUNK & whole.keys():
        rest_of = {name: rows for name, rows in whole.items() if name != table}
        whole = rest_of | {table: fewer(whole[table], without_some(rest_of, table, records))}
    shown = {name: [stripped(row) for row in rows] if isinstance(rows, list) else rows for name, rows in whole.items()}
    lines = [f"{name}: {row}" for name, rows in shown.items() for row in (rows if isinstance(rows, list) else [rows])]
    calls = [str(stripped(each)) for each in records]
    return "\n".join([*map(told, differences(whole, records)), *calls, *lines])


def told(difference):
    """Say in which columns two results differ."""
    name, expected, got = difference
    if isinstance(expected, str) or isinstance(got, str):
        return str(difference)
    return (
        f"{name} (naive, engine): { {key: (expected[key], got[key]) for key in expected if expected[key] != got[key]} }"
    )


def without_some(whole, table, records):
    return lambda rows: differs(whole | {table: rows}, records)


def fewer(rows, still_fails):
    """Leave out what the failure does not need: halves first, then row by row."""
    size = len(rows)
    while size := size // 2:
        for begins in range(0, len(rows), size):
            rest = rows[:begins] + rows[begins + size :]
            if len(rest) < len(rows) and still_fails(rest):
                return fewer(rest, still_fails)
    return rows


def differs(whole, records):
    """Whether the raters differ; tables that one of them cannot read do not count."""
    try:
        return bool(differences(whole, records))
    except Exception:  # noqa: BLE001
        return False


def stripped(row):
    return {name: value for name, value in row.items() if value is not None and name != "file_sha256"}
