"""Whatever people ask for, in whatever order it arrives: no number has two owners, and the same ends the same."""

import itertools
from datetime import date, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from test_request_application import SIGN_UP, apply, midnight, register, request

from schemas import tables

NUMBERS = ("46701740605", "46701740606", "46701740607")
FIRST_DAY = date(2026, 11, 1)
MANY = settings(max_examples=150, deadline=None)

days = st.integers(0, 40).map(lambda n: FIRST_DAY + timedelta(days=n))
number = st.sampled_from(NUMBERS)


def _sign_up(numbers):
    return "sign_up", SIGN_UP | {"subscriptions": [{"plan_code": "mobile_small", "numbers": sorted(numbers)}]}


acts = st.one_of(
    st.sets(number, min_size=1, max_size=2).map(_sign_up),
    st.tuples(number, number).map(lambda two: ("add_number", {"number": two[0], "new_number": two[1]})),
    number.map(lambda one: ("remove_number", {"number": one})),
    st.tuples(number, number, st.sampled_from(["in", "out"])).map(
        lambda three: (
            "port",
            {"number": three[0], "ported_number": three[1], "direction": three[2], "other_operator": "X"},
        )
    ),
    number.map(lambda one: ("cancel", {"number": one})),
    st.tuples(number, st.sampled_from(["mobile_small", "mobile_large"])).map(
        lambda two: ("change_plan", {"number": two[0], "plan_code": two[1]})
    ),
)
moments = st.tuples(days, st.integers(0, 23))


@st.composite
def histories(draw):
    """Requests one minute apart, each with a day and hour from which it holds."""
    rows = []
    for minute, ((kind, payload), (day, hour)) in enumerate(draw(st.lists(st.tuples(acts, moments), max_size=12))):
        made = request(f"q{minute:02}", payload, kind, day, minute)
        rows.append(made | {"effective_at": midnight(day) + timedelta(hours=hour if kind != "sign_up" else 0)})
    return rows


def overlapping(periods):
    """Tell whether two half-open periods share a moment; one without length holds nothing."""
    held = sorted((since, until or datetime.max.replace(tzinfo=since.tzinfo)) for since, until in periods)
    held = [(since, until) for since, until in held if since < until]
    return any(until > since for (_, until), (since, _) in itertools.pairwise(held))


def states(made):
    """What the register holds after all, without the order in which it was written."""
    names = (tables.NUMBER_ASSIGNMENT, tables.SUBSCRIPTION, tables.ACCOUNT, tables.CONTRACT, tables.REQUEST_OUTCOME)
    return [made.changes[table][0].sort(table.key) for table in names]


@MANY
@given(histories())
def test_a_number_never_has_two_owners_at_a_moment(rows):
    made = apply(*rows) if rows else apply(request("q"))
    owned = made.numbers.select("a_number", "owned_from", "owned_to").rows()
    for each in NUMBERS:
        assert not overlapping([(since, until) for held, since, until in owned if held == each]), owned


@MANY
@given(histories())
def test_versions_of_a_subscription_never_overlap_and_a_number_is_held_within_its_life(rows):
    made = apply(*rows) if rows else apply(request("q"))
    versions = made.subscriptions.rows(named=True)
    for subscription in {row["subscription_id"] for row in versions}:
        life = [
            (midnight(row["service_from"]), row["service_to"] and midnight(row["service_to"]))
            for row in versions
            if row["subscription_id"] == subscription
        ]
        assert not overlapping(life)
    ends = {row["subscription_id"]: row["service_to"] for row in sorted(versions, key=lambda row: row["service_from"])}
    for row in made.numbers.rows(named=True):
        end = ends[row["subscription_id"]]
        assert end is None or row["owned_to"] is not None


@MANY
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_files_bring_requests_changes_nothing(rows, shuffle):
    shuffled = list(rows)
    shuffle.shuffle(shuffled)
    for before, after in zip(states(apply(*rows)), states(apply(*shuffled)), strict=True):
        assert before.equals(after)


@MANY
@given(histories())
def test_every_request_has_one_outcome_and_a_refused_one_says_why(rows):
    outcomes = apply(*rows).outcomes
    assert sorted(outcomes["request_id"]) == sorted(row["request_id"] for row in rows)
    refused = outcomes.filter(request_state="refused")
    assert refused["reason_code"].null_count() == refused["reason_text"].null_count() == 0
    assert not any(each in text for each in NUMBERS for text in refused["reason_text"])


@MANY
@given(st.lists(st.sampled_from(["block", "unblock"]), max_size=8), st.sampled_from(["all", "premium", "abroad"]))
def test_block_and_unblock_are_inverse(acts_of_block, barred):
    """After any sequence a number is blocked when the last act that took effect was a block."""
    rows = [
        request(
            f"q{minute}",
            {"number": NUMBERS[0], **({"reason": "customer", "barred": barred} if act == "block" else {})},
            act,
            date(2026, 11, 20),
            minute,
        )
        for minute, act in enumerate(acts_of_block, 1)
    ]
    into = register(
        held=[(NUMBERS[0], 7, midnight(FIRST_DAY), None)],
        subscriptions=[(7, 5, "mobile_small", FIRST_DAY, None)],
        customers={5: 3},
    )
    standing = apply(*rows, into=into).blocks.filter(pl.col("unblocked_on").is_null()).height if rows else 0
    assert standing == (1 if acts_of_block and acts_of_block[-1] == "block" else 0)
