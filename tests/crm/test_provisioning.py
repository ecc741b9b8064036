"""What the network is ordered to do, and which orders are not known to be done."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from crm.provisioning import new_orders, standing_lines, unacknowledged, wanted_lines
from schemas import tables

ON, ZONE = date(2026, 10, 5), ZoneInfo("Europe/Stockholm")
PLACES = pl.DataFrame(
    {"plan_code": ["small", "large", "fibre", "fixed", "film"], "network_element": ["hlr", "hlr", "bras", "pbx", None]},
    schema={"plan_code": pl.String, "network_element": pl.String},
)
NUMBER, CODE = "46701740605", "99900000017"
MADE = {"order_id": "", "element_order_no": 1, "ordered_on": ON, "file_no": 1}


def at(day, hour=0, minute=0):
    """Give a moment of October on the operator's clock."""
    return datetime(2026, 10, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def frame(table, rows, **same):
    return table.complete(pl.DataFrame([dict(same, **row) for row in rows], schema=table.schema, orient="row"))


def subscriptions(*rows):
    """Rows of (id, plan, first day, first day no more)."""
    named = ("subscription_id", "plan_code", "service_from", "service_to")
    days = ((i, plan, date(2026, 10, since), until and date(2026, 10, until)) for i, plan, since, until in rows)
    return frame(tables.SUBSCRIPTION, [dict(zip(named, row, strict=True)) for row in days], account_id=1)


def numbers(*rows):
    """Rows of (number, subscription, from, to)."""
    named = ("a_number", "subscription_id", "owned_from", "owned_to")
    return frame(tables.NUMBER_ASSIGNMENT, [dict(zip(named, row, strict=True)) for row in rows])


def blocks(*rows):
    """Rows of (number, what is barred, first day, day lifted, subscription)."""
    named = ("a_number", "barred", "blocked_on", "unblocked_on", "subscription_id")
    days = (
        (n, barred, date(2026, 10, since), until and date(2026, 10, until), i) for n, barred, since, until, i in rows
    )
    return frame(tables.BLOCK, [dict(zip(named, row, strict=True)) for row in days])


def wanted(held, owned=None, barred=None, on=ON):
    lines = wanted_lines(
        held, owned if owned is not None else numbers(), blocks(*(barred or [])), PLACES, on, ZONE, "999"
    )
    return lines.rows()


class TestLinesThatShouldBe:
    def test_a_number_in_service_is_a_line_at_the_element_of_its_service(self):
        held, owned = subscriptions((7, "small", 1, None)), numbers((NUMBER, 7, at(1), None))
        assert wanted(held, owned) == [("hlr", NUMBER, 7, "small", None)]

    def test_a_subscription_that_never_had_a_number_is_a_line_under_its_id_after_a_zero(self):
        assert wanted(subscriptions((500001, "fibre", 1, None))) == [("bras", "0500001", 500001, "fibre", None)]

    def test_a_subscription_whose_number_is_taken_back_or_is_a_code_is_no_line(self):
        held = subscriptions((7, "small", 1, None), (8, "fixed", 1, None))
        assert wanted(held, numbers((NUMBER, 7, at(1), at(4)), (CODE, 8, at(1), None))) == []

    def test_a_number_is_given_on_its_day_and_taken_after_it(self):
        held = subscriptions((7, "small", 1, None))
        given_at_two, taken_at_two = numbers((NUMBER, 7, at(5, 14), None)), numbers((NUMBER, 7, at(1), at(5, 14)))
        days = [date(2026, 10, day) for day in (4, 5, 6)]
        assert [len(wanted(held, given_at_two, on=on)) for on in days] == [0, 1, 1]
        assert [len(wanted(held, taken_at_two, on=on)) for on in days] == [1, 1, 0]

    def test_a_number_that_moves_within_the_day_is_its_next_holders(self):
        held = subscriptions((7, "small", 1, None), (8, "large", 1, None))
        owned = numbers((NUMBER, 7, at(1), at(5, 14)), (NUMBER, 8, at(5, 14), None))
        assert wanted(held, owned) == [("hlr", NUMBER, 8, "large", None)]

    def test_midnight_is_that_of_the_operators_clock(self):
        held = subscriptions((7, "small", 1, None))
        assert wanted(held, numbers((NUMBER, 7, at(1), datetime(2026, 10, 4, 22, tzinfo=UTC)))) == []
        assert len(wanted(held, numbers((NUMBER, 7, at(1), datetime(2026, 10, 4, 22, 1, tzinfo=UTC))))) == 1

    def test_the_version_of_the_subscription_in_force_gives_the_plan(self):
        held = subscriptions((7, "small", 1, 5), (7, "large", 5, None))
        assert wanted(held, numbers((NUMBER, 7, at(1), None))) == [("hlr", NUMBER, 7, "large", None)]

    def test_a_subscription_that_ended_or_never_began_is_no_line(self):
        held = subscriptions((7, "small", 1, 5), (8, "small", 6, None), (9, "fibre", 5, 5))
        assert wanted(held, numbers((NUMBER, 7, at(1), None), ("46701740606", 8, at(1), None))) == []

    def test_of_several_blocks_all_bars_all_and_others_are_added_up(self):
        held = subscriptions((7, "small", 1, None))
        owned = numbers(*((f"4670174060{n}", 7, at(1), None) for n in range(4)))
        barred = [
            ("46701740600", "premium", 1, None, None), ("46701740600", "all", 1, None, None),
            ("46701740601", "premium", 1, None, None), ("46701740601", "abroad", 5, None, None),
            ("46701740602", "abroad", 1, 5, None),
            ("46701740603", "abroad", 6, None, None),
        ]  # fmt: skip
        assert [line[-1] for line in wanted(held, owned, barred)] == ["all", "abroad+premium", None, None]

    def test_a_line_without_a_number_is_barred_by_the_blocks_of_its_subscription(self):
        held = subscriptions((500001, "fibre", 1, None), (500002, "fibre", 1, None))
        barred = [("1", "all", 1, None, 500001)]
        assert [line[-1] for line in wanted(held, barred=barred)] == ["all", None]

    def test_a_plan_without_a_place_leaves_its_line_without_an_element(self):
        held, owned = subscriptions((7, "film", 1, None), (8, "gone", 1, None)), numbers((NUMBER, 7, at(1), None))
        assert wanted(held, owned) == [(None, "08", 8, "gone", None), (None, NUMBER, 7, "film", None)]


LINES = {"network_element": pl.String, "a_number": pl.String, "subscription_id": pl.Int64, "plan_code": pl.String,
         "barred_services": pl.String}  # fmt: skip
NOTHING = tables.PROVISIONING_ORDER.empty()


def lines(*rows):
    return pl.DataFrame(rows, schema=LINES, orient="row")


def actions(orders):
    return orders.select(
        "order_id", "provisioning_action", "a_number", "subscription_id", "plan_code", "barred_services"
    ).rows()


class TestOrders:
    def test_a_life_from_activation_to_termination(self):
        life = [
            lines(("hlr", NUMBER, 7, "small", None)),
            lines(("hlr", NUMBER, 7, "large", None)),
            lines(("hlr", NUMBER, 7, "large", "premium")),
            lines(("hlr", NUMBER, 7, "large", "all")),
            lines(("hlr", NUMBER, 7, "small", None)),
            lines(),
        ]
        ordered = NOTHING
        for state in life:
            ordered = pl.concat([ordered, new_orders(state, ordered, ON)])
        assert actions(ordered) == [
            ("hlr:1", "activate", NUMBER, 7, "small", None),
            ("hlr:2", "change", NUMBER, 7, "large", None),
            ("hlr:3", "block", NUMBER, 7, "large", "premium"),
            ("hlr:4", "block", NUMBER, 7, "large", "all"),
            ("hlr:5", "change", NUMBER, 7, "small", "all"),
            ("hlr:6", "unblock", NUMBER, 7, "small", None),
            ("hlr:7", "terminate", NUMBER, 7, "small", None),
        ]
        assert ordered["file_no"].to_list() == [1, 2, 3, 4, 5, 5, 6]

    def test_a_number_of_another_subscription_is_terminated_before_it_is_activated(self):
        ordered = new_orders(lines(("hlr", NUMBER, 7, "small", "all")), NOTHING, ON)
        assert actions(new_orders(lines(("hlr", NUMBER, 8, "small", None)), ordered, ON)) == [
            ("hlr:2", "terminate", NUMBER, 7, "small", "all"),
            ("hlr:3", "activate", NUMBER, 8, "small", None),
        ]

    def test_a_number_that_moves_between_elements_is_terminated_at_one_and_activated_at_the_other(self):
        ordered = new_orders(lines(("hlr", NUMBER, 7, "small", None)), NOTHING, ON)
        assert actions(new_orders(lines(("pbx", NUMBER, 7, "fixed", "all")), ordered, ON)) == [
            ("hlr:2", "terminate", NUMBER, 7, "small", None),
            ("pbx:1", "activate", NUMBER, 7, "fixed", "all"),
        ]

    def test_what_frees_comes_first_and_what_shuts_comes_last(self):
        first = [("hlr", str(n), n, "small", "all" if n == 4 else None) for n in range(1, 5)]
        ordered = new_orders(lines(*first), NOTHING, ON)
        then = lines(("hlr", "2", 2, "small", "all"), ("hlr", "3", 3, "large", None), ("hlr", "4", 4, "small", None),
                     ("hlr", "5", 5, "small", None))  # fmt: skip
        assert [(row[1], row[2]) for row in actions(new_orders(then, ordered, ON))] == [
            ("terminate", "1"), ("activate", "5"), ("change", "3"), ("unblock", "4"), ("block", "2"),
        ]  # fmt: skip

    def test_a_line_whose_plan_lost_its_place_is_left_as_it_is_until_somebody_else_has_the_number(self):
        ordered = new_orders(lines(("hlr", NUMBER, 7, "small", None)), NOTHING, ON)
        assert actions(new_orders(lines((None, NUMBER, 7, "small", "all")), ordered, ON)) == []
        assert [row[1] for row in actions(new_orders(lines((None, NUMBER, 8, "film", None)), ordered, ON))] == [
            "terminate"
        ]


texts = st.sampled_from
ONE_LINE = st.tuples(texts(["hlr", "pbx"]), st.integers(7, 9), texts(["small", "large"]),
                     texts([None, "all", "premium"]))  # fmt: skip
NETWORK = st.dictionaries(texts([NUMBER, "46701740606", "07"]), ONE_LINE)


def network(held):
    return lines(*((element, number, *state) for number, (element, *state) in held.items()))


def carried_out(lines_now, orders):
    """Do orders one by one, as a network element would."""
    state = {(element, number): held for element, number, *held in lines_now.rows()}
    for row in orders.rows(named=True):
        line = row["network_element"], row["a_number"]
        if row["provisioning_action"] == "terminate":
            assert state.pop(line)[0] == row["subscription_id"]
            continue
        assert (line in state) == (row["provisioning_action"] != "activate")
        state[line] = [row["subscription_id"], row["plan_code"], row["barred_services"]]
    return state


class TestAnyNetwork:
    @given(st.lists(NETWORK, min_size=1, max_size=5))
    def test_orders_carried_out_on_the_last_state_give_the_wanted_one_and_then_there_are_none(self, states):
        ordered, before = NOTHING, lines()
        for held in states:
            state = network(held)
            orders = new_orders(state, ordered, ON)
            ordered = pl.concat([ordered, orders])
            assert carried_out(before, orders) == {(row[0], row[1]): list(row[2:]) for row in state.rows()}
            assert standing_lines(ordered).equals(state.sort("network_element", "a_number"))
            assert new_orders(state, ordered, ON).is_empty()
            before = state
        for _, numbered in ordered.group_by("network_element"):
            assert numbered["element_order_no"].to_list() == list(range(1, numbered.height + 1))

    @given(
        st.lists(
            st.tuples(texts([7, 8, 9]), texts(["small", "fibre"]), st.integers(1, 8)), unique_by=lambda row: row[::2]
        ),
        st.lists(st.tuples(texts([NUMBER, CODE]), texts([7, 8]), st.integers(1, 8)), unique_by=lambda row: row[::2]),
        st.lists(st.tuples(texts([NUMBER, "1"]), texts(["all", "abroad", "premium"]), texts([None, 9]))),
        st.randoms(use_true_random=False),
    )
    def test_no_line_is_wanted_twice_in_whatever_order_the_register_is_read(self, versions, owners, barred, dice):
        held = [(i, plan, since, None) for i, plan, since in versions]
        owned = [(number, i, at(since), None) for number, i, since in owners]
        blocked = [(number, bar, 1, None, i) for number, bar, i in barred]
        found = wanted(subscriptions(*held), numbers(*owned), blocked)
        for rows in (held, owned, blocked):
            dice.shuffle(rows)
        assert wanted(subscriptions(*held), numbers(*owned), blocked) == found
        assert len({line[1] for line in found}) == len(found)

    @given(NETWORK, NETWORK, st.randoms(use_true_random=False))
    def test_the_order_of_the_rows_does_not_matter(self, first, then, dice):
        def shuffled(rows):
            return rows[dice.sample(range(rows.height), rows.height)]

        ordered, state = new_orders(network(first), NOTHING, ON), network(then)
        assert new_orders(shuffled(state), shuffled(ordered), ON).equals(new_orders(state, ordered, ON))


def answers(*rows):
    named = ("order_id", "acknowledged_at", "acknowledgement")
    return frame(tables.PROVISIONING_ANSWER, [dict(zip(named, row, strict=True)) for row in rows])


class TestUnacknowledged:
    ordered = pl.concat(
        [
            first := new_orders(lines(("hlr", NUMBER, 7, "small", None), ("pbx", "1", 8, "fixed", None)), NOTHING, ON),
            new_orders(lines(("pbx", "1", 8, "fixed", None)), first, date(2026, 10, 6)),
        ]
    )

    def told(self, *rows):
        return unacknowledged(self.ordered, answers(*rows)).select("order_id", "acknowledgement").rows()

    def test_an_order_without_an_answer_stays_until_it_has_one_oldest_first(self):
        assert self.told() == [("hlr:1", None), ("pbx:1", None), ("hlr:2", None)]
        assert self.told(("hlr:1", at(5), "done"), ("pbx:1", at(5), "done")) == [("hlr:2", None)]

    def test_the_last_answer_stands(self):
        both = ("pbx:1", at(5, 2), "done"), ("pbx:1", at(5, 1), "failed")
        assert "pbx:1" not in dict(self.told(*both))
        assert ("pbx:1", "failed") in self.told(*both, ("pbx:1", at(5, 3), "failed"))

    def test_a_failed_order_is_made_good_by_a_later_one_of_its_line_and_one_without_answer_is_not(self):
        assert self.told(("hlr:1", at(5), "failed"), ("hlr:2", at(6), "done")) == [("pbx:1", None)]
        assert self.told(("hlr:2", at(6), "done")) == [("hlr:1", None), ("pbx:1", None)]
