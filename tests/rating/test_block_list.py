"""The block list: one row per number, whatever blocks it has, and what changed of it."""

from datetime import date
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.block_decisions import decide_blocks
from rating.block_list import ENTRY, block_list, block_list_changes, printed
from schemas import codes, tables

DAY, LATER = date(2026, 11, 20), date(2026, 11, 21)
NO_SPECIALS = tables.SPECIAL_NUMBER.empty()
SPECIALS = pl.DataFrame(
    [("46112", "emergency", "se_free", None), ("46900", "premium", "se_premium", None)],
    schema=tables.SPECIAL_NUMBER.schema,
    orient="row",
)


def blocks(*rows):
    """Give (number, barred[, reason, blocked on, unblocked on]) as BLOCK rows."""
    made = []
    for no, (number, barred, *more) in enumerate(rows):
        reason, since, until = (*more, *["financial", DAY, None][len(more) :])
        made.append(
            {"block_id": f"x:{number}:{no}", "a_number": number, "block_reason": reason, "block_cause": "request",
             "barred": barred, "prompt": f"{reason}-sv", "blocked_on": since, "unblocked_on": until}
        )  # fmt: skip
    return pl.DataFrame(made, schema=tables.BLOCK.schema)


def listed(*rows, specials=NO_SPECIALS):
    found = tables.BLOCK_LIST_ENTRY.conform(block_list(blocks(*rows), specials))
    return found.select("a_number", "barred_services", "block_reason", "prompt", "blocked_on").rows()


def test_a_number_has_one_row_and_all_goes_before_single_services():
    rows = [("46701", "premium", "regulatory"), ("46701", "all", "financial", LATER), ("46702", "abroad")]
    assert listed(*rows) == [
        ("46701", "all", "financial", "financial-sv", LATER),
        ("46702", "abroad", "financial", "financial-sv", DAY),
    ]


def test_single_services_are_barred_together_under_the_strongest_reason():
    rows = [("46701", "premium", "customer"), ("46701", "abroad", "fraud", LATER), ("46701", "premium", "financial")]
    assert listed(*rows) == [("46701", "abroad+premium", "fraud", "fraud-sv", LATER)]


def test_reasons_go_from_regulatory_to_the_customer_s_wish_and_the_earliest_of_equals_is_told():
    order = ["regulatory", "fraud", "behaviour", "financial", "customer"]
    assert sorted(order) == sorted(codes.BLOCK_REASONS)
    for strong, weak in pairwise(order):
        assert listed(("46701", "all", weak), ("46701", "all", strong, LATER))[0][2] == strong
    assert listed(("46701", "all", "fraud", LATER), ("46701", "all", "fraud", DAY))[0][4] == DAY


def test_the_line_of_a_subscription_without_a_number_is_not_for_the_switch():
    assert listed(("0500002", "all"), ("46701", "all", "fraud")) == [("46701", "all", "fraud", "fraud-sv", DAY)]


def test_a_lifted_block_is_off_the_list():
    assert listed(("46701", "all", "financial", DAY, LATER)) == []


def test_emergency_numbers_never_stand_on_the_list():
    rows = [("46112", "all"), ("46900", "all")]
    assert [row[0] for row in listed(*rows, specials=SPECIALS)] == ["46900"]


def test_a_code_is_told_apart_from_numbers():
    found = printed(block_list(blocks(("46701", "all"), ("9990001", "all")), NO_SPECIALS), "999")
    assert found.select("number", "code").rows() == [("46701", None), (None, "9990001")]
    assert found.columns == ["number", "code", "reason", "barred", "prompt", "since"]


def test_changes_tell_what_was_added_changed_and_removed():
    before = block_list(blocks(("46701", "all"), ("46702", "all"), ("46703", "all")), NO_SPECIALS)
    after = block_list(blocks(("46701", "all"), ("46702", "premium"), ("46704", "all")), NO_SPECIALS)
    found = block_list_changes(before, after).select("list_change", "a_number", "barred_services").rows()
    assert found == [("changed", "46702", "premium"), ("removed", "46703", "all"), ("added", "46704", "all")]


some_blocks = st.lists(
    st.tuples(
        st.sampled_from(["46701", "46702", "46703", "9990001", "46112"]),
        st.sampled_from(codes.BARRED_SERVICES),
        st.sampled_from(codes.BLOCK_REASONS),
        st.sampled_from([DAY, LATER]),
        st.sampled_from([None, None, LATER]),
    ),
    max_size=8,
)


def as_a_switch_would(held, changes):
    """Apply a file of changes to what a switch holds by number."""
    held = dict(held)
    for row in changes.to_dicts():
        kind = row.pop("list_change")
        assert (row["a_number"] in held) == (kind != "added")
        if kind == "removed":
            assert held.pop(row["a_number"]) == row
        else:
            held[row["a_number"]] = row
    return held


def by_number(rows):
    return {row["a_number"]: row for row in rows.select(ENTRY).to_dicts()}


@settings(max_examples=60)
@given(some_blocks, some_blocks)
def test_a_list_and_the_changes_after_it_are_the_next_list(first, then):
    before, after = (block_list(blocks(*rows), SPECIALS) for rows in (first, then))
    changes = block_list_changes(before, after)
    assert as_a_switch_would(by_number(before), changes) == by_number(after)
    assert changes["a_number"].is_unique().all()
    assert block_list_changes(after, after).is_empty()


@settings(max_examples=60)
@given(some_blocks, st.sampled_from(["46701", "46799"]), st.sampled_from(codes.BARRED_SERVICES))
def test_to_block_and_unblock_leaves_the_list_as_it_was(standing, number, barred):
    before = blocks(*standing)
    at = pl.lit(None, tables.BLOCK.schema["blocked_at"])
    wanted = pl.DataFrame([{"a_number": number, "block_reason": "financial", "barred": barred, "prompt": "x"}])
    moment = pl.select(pl.lit("2026-11-20").str.to_datetime(time_zone="UTC")).item()
    known = before.clear()
    new = decide_blocks(wanted, known, cause="unpaid", on=DAY, at=moment).new
    blocked = pl.concat([before, new.with_columns(at.alias("blocked_at"))])
    assert number in block_list(blocked, SPECIALS)["a_number"]
    lifted = decide_blocks(wanted.clear(), new, cause="unpaid", on=LATER, at=moment).lifted
    assert lifted.height == new.height == 1
    after = pl.concat([before, lifted])
    assert block_list(after, SPECIALS).equals(block_list(before, SPECIALS))
