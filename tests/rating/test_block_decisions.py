"""Blocks of one cause: set, kept up to date and lifted."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rating.block_decisions import decide_blocks
from schemas.tables import BLOCK

DAY, LATER = date(2026, 10, 5), date(2026, 10, 6)
MOMENT = datetime(2026, 10, 5, 3, tzinfo=UTC)


def wanting(*rows):
    """Want (number, account, barred, exposure) blocked for financial reasons."""
    columns = {"a_number": pl.String, "account_id": pl.Int64, "barred": pl.String, "exposure": pl.Int64}
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return frame.with_columns(
        pl.lit("financial").alias("block_reason"), pl.lit("limit-sv").alias("prompt"),
        pl.col("exposure").cast(BLOCK.schema["exposure"]),
    )  # fmt: skip


def after(known, wanted, on=DAY):
    """Return the blocks of the cause when what was decided is written."""
    made = decide_blocks(wanted, known, cause="credit_limit", on=on, at=MOMENT)
    replaced = pl.concat([made.changed, made.lifted])
    return pl.concat([known.join(replaced, on="block_id", how="anti"), replaced, made.new]).sort("block_id")


def standing(blocks):
    return blocks.filter(pl.col("unblocked_on").is_null())


def test_a_wanted_number_is_blocked_once_and_lifted_when_it_is_wanted_no_more():
    first = after(BLOCK.empty(), wanting(("46701", 1, "all", 1000)))
    assert first.select("block_id", "block_cause", "blocked_on").rows() == [
        ("credit_limit:46701:1", "credit_limit", DAY)
    ]
    assert after(first, wanting(("46701", 1, "all", 1000)), LATER).equals(first)
    lifted = after(first, wanting(), LATER)
    assert lifted["unblocked_on"].to_list() == [LATER]
    again = after(lifted, wanting(("46701", 1, "all", 1000)), LATER)
    assert again["block_id"].to_list() == ["credit_limit:46701:1", "credit_limit:46701:2"]


def test_what_a_standing_block_is_about_is_kept_up_to_date():
    first = after(BLOCK.empty(), wanting(("46701", 1, "all", 1000)))
    assert after(first, wanting(("46701", 1, "all", 1200)))["exposure"].to_list() == [Decimal(1200)]


def test_another_owner_or_other_services_are_another_block():
    first = after(BLOCK.empty(), wanting(("46701", 1, "all", 5), ("46702", 1, "premium", 5)))
    second = after(first, wanting(("46701", 2, "all", 5), ("46702", 1, "all", 5), ("46702", 1, "abroad", 5)), LATER)
    assert standing(second).select("block_id", "account_id", "barred").rows() == [
        ("credit_limit:46701:2", 2, "all"), ("credit_limit:46702:2", 1, "abroad"), ("credit_limit:46702:3", 1, "all"),
    ]  # fmt: skip


def test_a_block_of_a_number_that_is_nobody_s_stands_as_any_other():
    first = after(BLOCK.empty(), wanting(("46701", None, "all", None)))
    assert after(first, wanting(("46701", None, "all", None)), LATER).equals(first)


NUMBER, ACCOUNT = st.sampled_from(["46701", "46702", "46703"]), st.sampled_from([1, 2, None])
WANTED = st.lists(st.tuples(NUMBER, ACCOUNT, st.sampled_from(["all", "premium"])), unique=True)


@given(st.lists(WANTED, max_size=5), st.randoms(use_true_random=False))
def test_what_stands_is_what_was_wanted_last_whatever_came_before(wishes, chance):
    blocks = BLOCK.empty()
    for wish in wishes:
        shuffled = chance.sample(wish, len(wish))
        blocks = after(blocks, wanting(*((*each, 5) for each in shuffled)))
        assert after(blocks, wanting(*((*each, 5) for each in wish))).equals(blocks)
        assert set(standing(blocks).select("a_number", "account_id", "barred").rows()) == set(wish)
    assert blocks["block_id"].is_unique().all()
    assert standing(after(blocks, wanting())).is_empty()
