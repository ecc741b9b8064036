"""The life of a subscription: every step legal, with its day and cause; a night twice writes nothing more."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from crm.subscription_states import SUSPENDED_SCHEMA, TRANSITIONS, state_changes, steps_to
from schemas import codes, tables

ON, SUB = date(2026, 10, 20), 500001
BEGUN = date(2026, 9, 16)
STATES = tables.SUBSCRIPTION_STATE
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def held(*versions):
    """Versions (from, to) of one subscription."""
    rows = [(SUB, 7, "small", since, until, 1) for since, until in versions or [(BEGUN, None)]]
    return pl.DataFrame(rows, schema=tables.SUBSCRIPTION.schema, orient="row")


def block(cause="credit_limit", on=ON, *, lifted=None, barred="all", request=None):
    return {
        "block_id": f"{cause}:1:{on}", "a_number": "46701740610", "subscription_id": SUB, "account_id": 7,
        "block_reason": "financial", "block_cause": cause, "barred": barred, "prompt": "p", "blocked_on": on,
        "blocked_at": NOON, "unblocked_on": lifted, "unblocked_at": lifted and NOON, "request_id": request,
    }  # fmt: skip


def blocks(*rows):
    return (
        tables.BLOCK.complete(pl.DataFrame(list(rows), schema_overrides=tables.BLOCK.schema))
        if rows
        else tables.BLOCK.empty()
    )


def suspended(cause=None, request=None):
    return pl.DataFrame([(SUB, cause, request)] if cause else [], schema=SUSPENDED_SCHEMA, orient="row")


class Life:
    """A subscription's states, night by night."""

    def __init__(self):
        self.rows = STATES.empty()

    def night(self, on=ON, versions=(), blocked=(), suspends=None):
        """Write what a night finds; return its steps as (state, day, cause)."""
        known = self.rows.sort("transition_no").tail(1)
        made = state_changes(
            held(*versions), blocks(*blocked), suspends if suspends is not None else suspended(), known, on
        )
        STATES.conform(made)
        self.rows = pl.concat([self.rows, made])
        return made.select("subscription_state", "state_from", "state_cause").rows()

    @property
    def state(self):
        return self.rows.sort("transition_no")["subscription_state"][-1]


def begun(on=BEGUN):
    life = Life()
    life.night(on)
    return life


class TestSteps:
    def test_a_new_subscription_is_ordered_and_active_from_its_first_day(self):
        assert Life().night() == [("ordered", BEGUN, "ordered"), ("active", BEGUN, "begun")]

    def test_one_that_begins_later_is_ordered_until_then(self):
        life, since = Life(), date(2026, 11, 1)
        assert life.night(versions=[(since, None)]) == [("ordered", ON, "ordered")]
        assert life.night(date(2026, 10, 31), [(since, None)]) == []
        assert life.night(date(2026, 11, 2), [(since, None)]) == [("active", since, "begun")]

    def test_a_block_of_all_calls_restricts_and_its_lifting_makes_active_again(self):
        life = begun()
        assert life.night(ON, blocked=[block()]) == [("restricted", ON, "credit_limit")]
        lifted = block(lifted=date(2026, 10, 28))
        assert life.night(date(2026, 10, 28), blocked=[lifted]) == [("active", date(2026, 10, 28), "paid")]

    @pytest.mark.parametrize("barred", ["premium", "abroad"])
    def test_a_block_of_some_calls_changes_nothing(self, barred):
        assert begun().night(blocked=[block("spend_limit", barred=barred)]) == []

    @pytest.mark.parametrize(
        ("cause", "lifts"),
        [
            ("credit_limit", "paid"),
            ("unpaid", "paid"),
            ("spend_limit", "spend_limit"),
            ("request", "request"),
            ("black_list", "black_list"),
        ],
    )
    def test_what_lifts_a_restriction_follows_what_made_it(self, cause, lifts):
        life = begun()
        life.night(ON, blocked=[block(cause)])
        assert life.night(ON, blocked=[block(cause, lifted=ON)]) == [("active", ON, lifts)]

    def test_the_block_lifted_last_is_what_made_it_active_again(self):
        life = begun()
        both = [block("credit_limit"), block("request", request="r-7")]
        life.night(ON, blocked=both)
        assert life.rows["request_id"].to_list() == [None, None, None]  # the credit limit comes first
        one_left = [block("credit_limit", lifted=date(2026, 10, 21)), both[1]]
        assert life.night(date(2026, 10, 21), blocked=one_left) == []
        none_left = [one_left[0], block("request", lifted=date(2026, 10, 22))]
        assert life.night(date(2026, 10, 22), blocked=none_left) == [("active", date(2026, 10, 22), "request")]

    def test_a_block_lifted_long_ago_does_not_tell_the_cause_of_today(self):
        life, old = begun(), block("request", date(2026, 9, 20), lifted=date(2026, 9, 25))
        life.night(ON, blocked=[old], suspends=suspended("unpaid"))
        steps = [("restricted", date(2026, 10, 21), "paid"), ("active", date(2026, 10, 21), "paid")]
        assert life.night(date(2026, 10, 21), blocked=[old]) == steps

    def test_suspension_passes_through_restriction_both_ways(self):
        life = begun()
        down = [("restricted", ON, "unpaid"), ("suspended", ON, "unpaid")]
        assert life.night(suspends=suspended("unpaid")) == down
        assert life.night(suspends=suspended("unpaid")) == []
        assert life.night(blocked=[block()]) == [("restricted", ON, "paid")]

    def test_the_request_behind_a_block_or_a_suspension_is_told(self):
        life = begun()
        life.night(blocked=[block("request", request="r-1")], suspends=suspended("request", "r-2"))
        assert life.rows["request_id"].to_list() == [None, None, "r-1", "r-2"]

    def test_a_restriction_holds_from_the_day_of_its_block_even_if_a_night_was_missed(self):
        assert begun().night(blocked=[block(on=date(2026, 10, 17))]) == [
            ("restricted", date(2026, 10, 17), "credit_limit")
        ]

    def test_no_state_begins_before_the_one_it_ends(self):
        life = Life()
        life.night(ON, [(ON, None)], [block(on=date(2026, 10, 1))])
        assert life.rows["state_from"].to_list() == [ON, ON, ON]

    @pytest.mark.parametrize("before", [[], [block()]])
    def test_a_subscription_that_has_ended_is_terminated_from_any_state_for_good(self, before):
        life, until = begun(), date(2026, 10, 15)
        life.night(date(2026, 10, 10), blocked=before and [block(on=date(2026, 10, 10))])
        assert life.night(ON, [(BEGUN, until)]) == [("terminated", until, "ended")]
        assert life.night(ON, [(BEGUN, None)]) == life.night(ON, [(BEGUN, None)], [block()]) == []

    def test_a_life_that_nobody_saw_is_written_afterwards(self):
        until = date(2026, 10, 1)
        steps = [("ordered", BEGUN, "ordered"), ("active", BEGUN, "begun"), ("terminated", until, "ended")]
        assert Life().night(ON, [(BEGUN, until)]) == steps

    def test_what_was_cancelled_before_its_first_day_was_never_active(self):
        since = date(2026, 11, 1)
        assert Life().night(ON, [(since, since)]) == [("ordered", ON, "ordered"), ("terminated", ON, "ended")]

    def test_a_change_of_plan_is_no_change_of_state(self):
        later = date(2026, 10, 10)
        assert begun().night(ON, [(BEGUN, later), (later, None)]) == []
        assert begun().night(ON, [(BEGUN, BEGUN), (BEGUN, None)]) == []


def test_every_state_and_cause_of_the_codes_has_its_transition():
    assert {to for _, to in TRANSITIONS} == set(codes.SUBSCRIPTION_STATES)
    assert {cause for causes in TRANSITIONS.values() for cause in causes} == set(codes.STATE_CAUSES)


@pytest.mark.parametrize("goal", [*codes.SUBSCRIPTION_STATES, "never_begun"])
@pytest.mark.parametrize("state", [None, *codes.SUBSCRIPTION_STATES])
def test_every_way_is_made_of_legal_steps(state, goal):
    way = steps_to(state, goal)
    assert all(step in TRANSITIONS for step in pairwise((state, *way)))
    assert not way or way[-1] == goal or goal == "never_begun"
    assert way == () or steps_to(way[-1], goal) == ()


nights = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from([(BEGUN, None), (BEGUN, ON), (date(2026, 10, 10), None), (ON, ON)]),
        st.lists(
            st.builds(
                block, st.sampled_from(codes.BLOCK_CAUSES), st.dates(BEGUN, ON),
                lifted=st.none() | st.dates(BEGUN, ON), barred=st.sampled_from(codes.BARRED_SERVICES),
            ), max_size=3, unique_by=lambda row: row["block_id"],
        ),
        st.none() | st.sampled_from(["unpaid", "request", "black_list"]),
    ), max_size=8,
)  # fmt: skip


@settings(max_examples=30)
@given(nights)
def test_whatever_happens_every_step_is_legal_numbered_in_order_and_written_once(happened):
    life, on = Life(), BEGUN
    for days, version, blocked, cause in happened:
        on += timedelta(days=days)
        life.night(on, [version], blocked, suspended(cause))
        assert life.night(on, [version], blocked, suspended(cause)) == []
    rows = life.rows.to_dicts()
    assert [row["transition_no"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["state_cause"] in TRANSITIONS[row["from_state"], row["subscription_state"]] for row in rows)
    assert all(a["subscription_state"] == b["from_state"] for a, b in pairwise(rows))
    assert all(a["state_from"] <= b["state_from"] <= on for a, b in pairwise(rows))


@settings(max_examples=40)
@given(st.lists(st.sampled_from(codes.BLOCK_CAUSES), min_size=1, max_size=4, unique=True), st.booleans())
def test_block_and_unblock_are_inverse(causes, suspends):
    life = begun()
    before = life.state
    life.night(blocked=[block(cause) for cause in causes], suspends=suspended("unpaid") if suspends else None)
    assert life.state == ("suspended" if suspends else "restricted")
    life.night(blocked=[block(cause, lifted=ON) for cause in causes])
    assert life.state == before


def test_the_order_of_rows_and_other_subscriptions_do_not_matter():
    many = pl.DataFrame(
        [(SUB + n, 7, "small", BEGUN, ON if n % 3 == 0 else None, 1) for n in range(50)],
        schema=tables.SUBSCRIPTION.schema, orient="row",
    )  # fmt: skip
    rows = blocks(*({**block(), "subscription_id": SUB + n, "block_id": str(n)} for n in range(0, 50, 4)))
    made = state_changes(many, rows, suspended("unpaid"), STATES.empty(), ON)
    again = state_changes(many.reverse(), rows.reverse(), suspended("unpaid"), STATES.empty(), ON)
    assert_frame_equal(made, again)
    alone = state_changes(many.filter(subscription_id=SUB), rows, suspended("unpaid"), STATES.empty(), ON)
    assert_frame_equal(made.filter(subscription_id=SUB), alone)
