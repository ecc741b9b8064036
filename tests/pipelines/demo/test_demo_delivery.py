"""What the demo operator's outside world delivers is the same every time, and grows with the customers."""

import hashlib
import json
from datetime import date

import polars as pl
import pytest

from pipelines.demo.demo_operator import DemoOperator
from pipelines.demo.keyed_hash import _one_mixed, mixed
from pipelines.demo.nights import NIGHTS, days_of
from pipelines.demo.number_series import invented_number, unheld_number
from pipelines.demo.request_files import request_files


def digests(operator, night):
    return {name: hashlib.sha256(content).hexdigest() for name, content in operator.files_before(night)}


def test_the_same_seed_gives_the_same_bytes():
    assert digests(DemoOperator(60, 7), NIGHTS[1]) == digests(DemoOperator(60, 7), NIGHTS[1])


def test_another_seed_gives_other_calls():
    assert (
        digests(DemoOperator(60, 7), NIGHTS[1])["Master.csv"] != digests(DemoOperator(60, 8), NIGHTS[1])["Master.csv"]
    )


def test_more_customers_change_none_of_the_others():
    assert DemoOperator(300).people[:240] == DemoOperator(240).people


def test_the_mixed_number_of_a_column_is_the_one_computed_by_hand_for_each_key():
    keys = pl.DataFrame({"key": [0, 1, 2**40]})
    start = _one_mixed(0, 2026)
    assert keys.select(mixed(2026, pl.col("key"))).to_series().to_list() == [
        _one_mixed(start, 0),
        _one_mixed(start, 1),
        _one_mixed(start, 2**40),
    ]


def test_a_draw_does_not_change_with_versions():
    """splitmix64 written out once; another figure here means that every demo file has changed."""
    assert _one_mixed(0, 0) == 16294208416658607535


def test_three_months_of_calls_come_without_a_gap():
    days = [day for night in NIGHTS for day in days_of(night)]
    assert (days[0], days[-1], len(days)) == (date(2026, 9, 1), date(2026, 11, 30), 91)
    assert len(set(days)) == 91


def test_a_thousand_customers_are_delivered():
    operator = DemoOperator(1000)
    requests = [
        json.loads(line)
        for night in NIGHTS
        for _, content in request_files(night, operator.people)
        for line in content.splitlines()
    ]
    assert sum(request["type"] == "sign_up" for request in requests) == 1000
    assert all(content for _, content in operator.files_before(NIGHTS[0]))


def test_no_number_is_held_by_two_customers_but_the_one_that_moves():
    numbers = DemoOperator(1000).lines["a_number"]
    assert numbers.len() - numbers.n_unique() == 1


def test_too_few_customers_for_the_stories_are_refused():
    with pytest.raises(ValueError, match="3 customers are too few"):
        DemoOperator(3)


def test_numbers_begin_with_those_reserved_for_fiction_and_go_on_with_longer_ones():
    assert invented_number("mobile", 0) == "46701740605"
    assert invented_number("mobile", 94) == "46701740699"
    assert invented_number("mobile", 95) == "467017406050001"
    assert unheld_number("fixed") == "469803192999999"


def test_the_number_series_ends_before_it_repeats():
    with pytest.raises(ValueError, match="the series ends at 949905"):
        invented_number("mobile", 949_905)
