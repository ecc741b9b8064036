"""The proof compares what usage has included with what it drew: seconds, calls taken whole, money.

Anna has 100 s a month to mobiles, one call to premium numbers taken whole, and 1 kr of money for the rest.
"""

from datetime import date
from decimal import Decimal

import pytest
from small_operator import ANNAS_SIGN_UP, ask, calls, opened_lake, put, small_home

from pipelines.configuration.reading import load_configuration
from pipelines.nightly_flow import conduct, night_at, stages_named
from pipelines.proof.equations import equations
from pipelines.repricing.rerate_flow import rerate
from pipelines.repricing.rerate_selection import Selection

pytestmark = pytest.mark.slow
D = Decimal
NIGHT, NEXT = date(2026, 9, 20), date(2026, 10, 2)
RATING = stages_named("configure", "ingest", "register", "rate", "prove")
UNITS, AMOUNT = "included_units_are_drawn", "included_amount_is_drawn"
TERMS = {
    "allowances.csv": (
        "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,zones,"
        "priority,prorated,rollover_limit,covers_fee\n"
        "seconds,Sekunder,s,100,own,period,se_mobile,1,no,60,no\n"
        "premium,Samtal,call,1,own,period,se_premium,1,no,,no\npot,Pott,money,1,own,period,,2,no,,no\n"
    ),
    "allowance_links.csv": (
        "allowance_code,link_scope,link_to,valid_from,valid_to\nseconds,plan,mobile_small,2026-01-01,\n"
        "premium,plan,mobile_small,2026-01-01,\npot,plan,mobile_small,2026-01-01,\n"
    ),
}
# Billed 60 s included, its fee of 0.39 from the pot; then 60 s of a premium call taken whole, 0.61 of its fee of 1.20.
CALLS = (
    ("c1", "46701740699", "2026-09-17T10:00:00", "00:01:00"), ("c2", "46939000001", "2026-09-17T11:00:00", "00:01:00")
)  # fmt: skip


@pytest.fixture(scope="session")
def included(made_once):
    def fill(root):
        home = small_home(root)
        for name, text in TERMS.items():
            (home.config / name).write_text(text, encoding="utf-8")
        put(home, {"a.jsonl": ANNAS_SIGN_UP, "calls.csv": calls(*CALLS)})
        conduct(home, NIGHT, stages=RATING)

    return made_once("included", fill)


def proven(home, on):
    """Return both sides of the two equations at the end of a night's latest run."""
    latest = f"(SELECT run_id FROM run WHERE run_on = DATE '{on}' ORDER BY begun_at DESC LIMIT 1)"  # noqa: S608 (ours)
    totals = f"SELECT check_name, left_side, right_side, subject FROM control_total WHERE run_id = {latest}"  # noqa: S608
    return {name: sides for name, *sides, subject in ask(home, totals) if name in {UNITS, AMOUNT} and subject == "all"}


def test_units_are_compared_but_for_calls_taken_whole_and_money_with_money(included):
    assert ask(included, "SELECT usage_id, included_units, included_amount FROM rated_usage ORDER BY 1") == [
        ("switch:c1", 60, D("0.39")), ("switch:c2", 60, D("0.61"))
    ]  # fmt: skip
    assert proven(included, NIGHT) == {UNITS: [60, 60], AMOUNT: [1, 1]}


def test_a_night_compares_what_it_priced_and_what_rolls_over_is_no_use_of_a_record(included, copy_of):
    """The 40 s left roll over; 30 s billed as 60 are drawn in October, and 0.39."""
    home = copy_of(included)
    put(home, {"more.csv": calls(("c3", "46701740699", "2026-10-01T10:00:00", "00:00:30"))})
    conduct(home, NEXT, stages=RATING)
    assert ask(home, "SELECT used_quantity FROM allowance_use WHERE usage_id LIKE '%:rolled'") == [(40,)]
    assert proven(home, NEXT) == {UNITS: [60, 60], AMOUNT: [D("0.39"), D("0.39")]}


HANDS = [
    # a hand in the lake -> what it breaks, of which record
    ("UPDATE allowance_use SET used_quantity = 59 WHERE usage_id = 'switch:c1' AND grant_id LIKE 'seconds%'",
     (UNITS, "switch:c1", 60, 59)),
    ("UPDATE allowance_use SET used_quantity = 0.60 WHERE usage_id = 'switch:c2' AND grant_id LIKE 'pot%'",
     (AMOUNT, "switch:c2", D("0.61"), D("0.60"))),
    ("INSERT INTO allowance_use VALUES ('switch:none', 'seconds:500001:2026-09-16', 7, DATE '2026-09-16', 1)",
     (UNITS, "switch:none", 0, 7)),
]  # fmt: skip


@pytest.mark.parametrize(("hand", "broken"), HANDS)
def test_the_record_that_does_not_agree_is_named(included, copy_of, hand, broken):
    home = copy_of(included)
    with opened_lake(home, read_only=False) as store:
        store.execute(hand)
        found = [
            (each.name, *row)
            for each in equations(load_configuration(home).policy.ledger)
            if each.name in {UNITS, AMOUNT}
            for row in each.sides(store).rows()
            if row[0] != "all"
        ]
    assert found == [broken]


def test_usage_priced_again_is_compared_with_all_that_it_drew_first_and_last(included, copy_of):
    """A fee of 0.29: c1 draws 0.29 of the pot, which leaves 0.71 for c2. Billed by 90 s the first one draws 90 s."""
    home = copy_of(included)
    prices = home.config / "prices.csv"
    prices.write_text(
        prices.read_text(encoding="utf-8").replace("0.39,0.60,60,60", "0.29,0.60,60,90"), encoding="utf-8"
    )
    with night_at(home, date(2026, 9, 21)) as night:
        rerate(night, Selection(date(2026, 9, 1), date(2026, 9, 30)))
    conduct(home, date(2026, 9, 21), stages=stages_named("configure", "prove"))
    assert ask(home, "SELECT usage_id, included_units, included_amount FROM rated_usage ORDER BY 1") == [
        ("switch:c1", 90, D("0.29")), ("switch:c2", 60, D("0.71"))
    ]  # fmt: skip
    assert proven(home, date(2026, 9, 21)) == {UNITS: [90, 90], AMOUNT: [1, 1]}


def test_what_drew_on_an_allowance_that_has_left_the_configuration_is_not_compared(included, copy_of):
    home = copy_of(included)
    for name in TERMS:
        (home.config / name).unlink()
    assert conduct(home, NIGHT, stages=RATING).proof["holds"].all()
    assert proven(home, NIGHT) == {UNITS: [0, 0], AMOUNT: [0, 0]}
