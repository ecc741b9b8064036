"""Blocks of one cause: what is wanted is compared with what stands, and written. Every cause is alike here."""

from __future__ import annotations

import polars as pl

from pipelines import clock
from pipelines.credit.numbers_in_service import moment_of
from pipelines.night import Night
from rating.block_decisions import BlockDecisions, decide_blocks
from schemas import tables


def accounts_blocked_for(night: Night, cause: str) -> pl.DataFrame:
    """Return the accounts with a block of a cause in force: `account_id`."""
    sql = "SELECT DISTINCT account_id FROM block WHERE block_cause = ? AND unblocked_on IS NULL"
    return night.store.query(sql, [cause]).drop_nulls().cast({"account_id": tables.ACCOUNT.schema["account_id"]})


def changed_blocks(
    night: Night, cause: str, wanted: pl.DataFrame, numbers: pl.DataFrame, accounts: pl.DataFrame | None
) -> BlockDecisions:
    """Decide on the blocks of a cause for some accounts (`account_id`), with their `numbers` in service, or for all.

    `wanted` as `decide_blocks` takes it, of those accounts alone.
    """
    of_cause = f"block_cause = '{cause}'"
    if accounts is None:
        known = night.store.read(tables.BLOCK, of_cause)
    else:
        by_account = night.store.read_matching(tables.BLOCK, accounts.select("account_id"), of_cause)
        by_number = night.store.read_matching(tables.BLOCK, numbers.select("a_number"), of_cause)
        known = pl.concat([by_account, by_number]).unique("block_id")
    return decide_blocks(wanted, known, cause=cause, on=night.on, at=clock.now())


def blocks_left_behind(night: Night, numbers: pl.DataFrame, accounts: pl.DataFrame | None) -> BlockDecisions:
    """Lift the blocks by request of numbers that have left their account: what one holder asked bars no other.

    Of some accounts (`account_id`) and their `numbers` in service, or of all. Nobody is told, for the holder is gone.
    """
    asked = "block_cause = 'request' AND unblocked_on IS NULL AND account_id IS NOT NULL"
    if accounts is None:
        standing = night.store.read(tables.BLOCK, asked)
    else:
        scopes = (accounts.select("account_id"), numbers.select("a_number"))
        found = [night.store.read_matching(tables.BLOCK, scope, asked) for scope in scopes]
        standing = pl.concat(found).unique("block_id")
    goes_on = (pl.col("owned_to") > moment_of(night)).fill_null(value=True)
    held = night.store.read_matching(tables.NUMBER_ASSIGNMENT, standing.select("a_number")).filter(goes_on)
    owners = night.store.read_matching(tables.SUBSCRIPTION, held.select("subscription_id"))
    kept = held.join(owners.select("subscription_id", "account_id").unique(), on="subscription_id")
    lifted = standing.join(kept, on=["a_number", "account_id"], how="anti").with_columns(
        pl.lit(night.on).alias("unblocked_on"),
        pl.lit(clock.now(), tables.BLOCK.schema["unblocked_at"]).alias("unblocked_at"),
    )
    none = tables.BLOCK.empty()
    return BlockDecisions(new=none, changed=none, lifted=lifted.select(tables.BLOCK.names).sort("block_id"))


def write_blocks(night: Night, decided: BlockDecisions) -> None:
    """Write what was decided, within the caller's transaction."""
    night.store.upsert(tables.BLOCK, pl.concat([decided.changed, decided.lifted]))
    night.store.append(tables.BLOCK, decided.new)
