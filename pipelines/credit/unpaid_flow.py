"""Non-payment and the black list: whose numbers they bar, and who is told."""

from __future__ import annotations

import polars as pl

from pipelines.collecting.agreement_flow import without_agreed
from pipelines.credit.block_changes import changed_blocks
from pipelines.credit.numbers_in_service import numbers_in_service
from pipelines.customers.notice_rows import TOLD, as_json
from pipelines.night import Night
from pipelines.payments.settle_flow import current_open_items
from rating.black_listed import bars_by_black_list
from rating.block_decisions import BlockDecisions
from rating.non_payment import non_payment_levels, suspended_subscriptions
from schemas import tables


def levels_of_non_payment(night: Night, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the level of each account that owes an overdue invoice, of some (`account_id`) or of all.

    What an agreement that stands holds is not overdue. Columns as `rating.non_payment.non_payment_levels`.
    """
    policy = night.policy
    items = without_agreed(night.store, current_open_items(night, accounts))
    return non_payment_levels(items, policy.credit, policy.reminders.minimum_open, night.on)


def suspended_for_non_payment(night: Night, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the subscriptions that non-payment suspends, as `rating.non_payment.suspended_subscriptions`."""
    levels = levels_of_non_payment(night, accounts)
    versions = night.store.read_matching(tables.SUBSCRIPTION, levels.select("account_id"))
    return suspended_subscriptions(levels, versions, night.on)


def unpaid_blocks(
    night: Night, bars: pl.DataFrame, numbers: pl.DataFrame, accounts: pl.DataFrame | None
) -> BlockDecisions:
    """Decide on the blocks of cause `unpaid`, of some accounts with their `numbers` in service, or of all.

    `bars` from `rating.non_payment.bars_by_non_payment`, of the same accounts.
    """
    credit = night.policy.credit
    wanted = numbers.join(bars, on="account_id").with_columns(
        pl.lit("financial").alias("block_reason"), pl.lit(credit.unpaid_prompt or credit.blocked_prompt).alias("prompt")
    )
    return changed_blocks(night, "unpaid", wanted, numbers, accounts)


def blocks_told(decided: BlockDecisions, bars: pl.DataFrame) -> pl.DataFrame:
    """Tell each account once of what is barred from now, or that nothing is any more, as `TOLD` rows.

    An account that `bars` still names has numbers that went out of service: it is not told that it is free.
    """
    freed = decided.lifted.join(bars, on="account_id", how="anti")
    return pl.concat([_told("blocked", decided.new), _told("unblocked", freed)])


def _told(kind: str, blocks: pl.DataFrame) -> pl.DataFrame:
    return (
        blocks.sort("block_id")
        .group_by("account_id", maintain_order=True)
        .agg(
            pl.col("block_id", "block_reason", "block_cause", "note_text").first(),
            pl.col("barred").unique().sort().str.join("+"),
            pl.col("a_number").n_unique().alias("numbers"),
        )
        .select(
            pl.format("{}:{}", "block_id", pl.lit(kind)).alias("notice_id"),
            pl.lit(kind).alias("notice_kind"),
            "account_id",
            pl.lit(None, TOLD["subscription_id"]).alias("subscription_id"),
            as_json(*map(pl.col, ("block_reason", "block_cause", "barred", "note_text", "numbers"))),
        )
    )


def black_list_blocks(night: Night) -> BlockDecisions:
    """Decide on the blocks of cause `black_list`: the list is short, and looked at whole in every run."""
    listed = night.config(tables.BLACK_LIST)
    named = [
        night.store.read_matching(tables.ACCOUNT, _customers(listed)).select("account_id"),
        _holders(night, listed),
    ]
    numbers = numbers_in_service(night, pl.concat(named).unique())
    default = pl.lit(night.policy.credit.blocked_prompt)
    wanted = bars_by_black_list(listed, numbers, night.on).with_columns(pl.col("prompt").fill_null(default))
    return changed_blocks(night, "black_list", wanted, numbers, None)


def _customers(listed: pl.DataFrame) -> pl.DataFrame:
    ids = listed.filter(pl.col("listed_kind") == "customer")["listed_value"]
    return ids.cast(tables.CUSTOMER.schema["customer_id"], strict=False).alias("customer_id").drop_nulls().to_frame()


def _holders(night: Night, listed: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts that hold, or held, a listed number."""
    numbers = listed.filter(pl.col("listed_kind") == "number").select(pl.col("listed_value").alias("a_number"))
    held = night.store.read_matching(tables.NUMBER_ASSIGNMENT, numbers)
    return night.store.read_matching(tables.SUBSCRIPTION, held.select("subscription_id")).select("account_id")
