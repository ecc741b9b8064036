"""Credit: orders that reach a limit become invoice bases, paid ones raise it, and numbers are blocked and freed.

Two stages. `order` comes after the pricing and before the invoices: bases are made, and released at once where the
policy says so. `restrict` comes after the payments: bases paid in full lift their block and raise the limit in the
same run. By day both look at the accounts that the run has touched.
"""

from __future__ import annotations

import polars as pl

from pipelines.billing.proposed_invoices import released_amounts
from pipelines.charging.rating_state import next_batch
from pipelines.credit.block_changes import accounts_blocked_for, changed_blocks, write_blocks
from pipelines.credit.credit_facts import CreditFacts, credit_facts
from pipelines.credit.credit_leakage import leakage_summary
from pipelines.credit.numbers_in_service import numbers_in_service
from pipelines.credit.payer_flow import numbers_by_payer
from pipelines.customers.notice_rows import TOLD, as_json, notices
from pipelines.night import Night, StageReport
from pipelines.repricing.changed_lines_flow import records_of
from rating.credit_basis import NewBases, make_bases, paid_bases, released
from rating.credit_exposure import accounts_to_block, numbers_to_block
from rating.credit_orders import as_orders, counted_orders
from rating.credit_policy import risen_limits
from schemas import tables
from schemas.money import AMOUNT, sum_amounts


def order(night: Night) -> StageReport:
    """Settle paid bases, release those that the policy releases, and make bases of orders that reach a limit.

    What a night makes after this stage counts from the next night on, whenever it runs: its reminder fees, the rounding
    of its invoices, and that credit has paid a basis.
    """
    rows = night.config(tables.CREDIT_POLICY)
    facts = credit_facts(night, is_after_bills=False)
    if facts.bases.is_empty() and rows.filter(pl.col("basis_release") != "none").is_empty():
        return StageReport(0, 0, 0, "no policy makes invoice bases")
    paid = settle_bases(facts)
    facts = credit_facts(night, is_after_bills=False) if paid else facts
    new = _new_bases(facts)
    automatic = facts.policies.filter(pl.col("basis_release") == "automatic")
    waiting = pl.concat([facts.bases, new.bases]).join(automatic, on="account_id", how="semi")
    freed = released(waiting, on=night.on, by="policy", why="released automatically, as the credit policy says")
    if new.bases.height or freed.height:
        with night.store.transaction("order"):
            _write_bases(night, new)
            night.store.upsert(tables.INVOICE_BASIS, freed)
    made, parted = new.bases.height, new.moved.height
    summary = f"{made} invoice bases made, {freed.height} released by the policy, {paid} paid in full"
    summary += f"; {parted} records after a limit was reached are booked apart" if parted else ""
    return StageReport(facts.accounts.height, made, 0, summary)


def _new_bases(facts: CreditFacts) -> NewBases:
    """Make bases of accounts that reach their limit and are not held by an earlier one."""
    night = facts.night
    reaching = (
        facts.exposure.filter(pl.col("exposure") >= pl.col("credit_limit"))
        .join(facts.policies.filter(pl.col("basis_release") != "none"), on="account_id", how="semi")
        .join(facts.held, on="account_id", how="anti")
        .join(facts.freed_by_credit, on="account_id", how="anti")
        .select("account_id")
    )
    charges = facts.unbilled.filter(pl.col("basis_id").is_null()).join(reaching, on="account_id", how="semi")
    records = records_of(night.store, charges)
    counted = counted_orders(as_orders(charges, records), facts.owed, night.vat_in_force())
    earlier = (
        night.store.read_matching(tables.INVOICE_BASIS, reaching)
        .group_by("account_id")
        .agg(pl.len().cast(pl.Int64).alias("bases"))
    )
    return make_bases(counted, charges.drop("basis_id"), records, earlier, batch=next_batch(night), on=night.on)


def _write_bases(night: Night, new: NewBases) -> None:
    """Write new bases, and book apart what lies beyond them; within a transaction."""
    store = night.store
    store.append(tables.INVOICE_BASIS, new.bases)
    store.append(tables.BASIS_CHARGE, new.members)
    if new.moved.is_empty():
        return
    days = [new.moved["started_on"].min(), new.moved["started_on"].max()]
    leaving = (
        (tables.RATED_USAGE, "started_on", "usage_id", new.moved["usage_id"]),
        (tables.CHARGE, "service_from", "charge_id", new.parted["charge_id"]),
    )
    for table, day, key, names in leaving:
        # The days let DuckLake pass over the files of all others.
        where = f"{day} BETWEEN ? AND ? AND {key} IN (SELECT unnest(?::VARCHAR[]))"
        store.delete_where(table, where, [*days, names.to_list()])
    store.append_file(tables.RATED_USAGE, new.moved)
    before = new.parted.select("charge_id", "charged_on")
    charged_on = pl.col("charged_on").fill_null(pl.lit(night.on))
    charges = new.charges.join(before, on="charge_id", how="left").with_columns(charged_on)
    store.append(tables.CHARGE, charges)
    row = {
        "rated_batch": new.moved["rated_batch"][0], "batch_kind": "basis", "rated_on": night.on,
        "record_count": new.moved.height, "amount_ex_vat": 0,
    }  # fmt: skip
    store.append(tables.RATING_BATCH, pl.DataFrame([row], schema=tables.RATING_BATCH.schema))


def settle_bases(facts: CreditFacts) -> int:
    """Close the bases that are paid in full, each once, and raise the limits of their accounts; return how many."""
    night, store = facts.night, facts.night.store
    paid = paid_bases(facts.bases, facts.open_items, facts.unbilled.drop_nulls("basis_id"), night.on)
    if paid.is_empty():
        return 0
    raising = paid.filter(pl.col("invoice_no").is_not_null()).sort("account_id", "basis_id")
    accounts, changes = facts.accounts, []
    place = pl.int_range(pl.len()).over("account_id")
    for _, of_round in raising.with_columns(place.alias("_round")).group_by("_round", maintain_order=True):
        limits = accounts.join(of_round.select("account_id", "basis_id"), on="account_id").join(
            facts.policies, on="account_id"
        )
        risen = risen_limits(limits)
        changes.append(risen.join(limits.select("account_id", "basis_id"), on="account_id"))
        accounts = accounts.update(risen.select("account_id", "credit_limit"), on="account_id")
    with store.transaction("bases paid"):
        store.upsert(tables.INVOICE_BASIS, paid)
        if changes:
            _write_limits(night, accounts, pl.concat(changes).filter(pl.col("credit_limit") != pl.col("old_limit")))
    return paid.height


def _write_limits(night: Night, accounts: pl.DataFrame, changes: pl.DataFrame) -> None:
    """Write limits that were raised because a basis was paid, in the order in which they were."""
    store = night.store
    known = store.read_matching(tables.CREDIT_CHANGE, changes.select("account_id"))
    last = known.group_by("account_id").agg(pl.col("change_no").max().alias("_last"))
    number = pl.col("_last").fill_null(0) + pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account_id")
    store.append(
        tables.CREDIT_CHANGE,
        changes.join(last, on="account_id", how="left", maintain_order="left").with_columns(
            number.alias("change_no"), pl.lit("paid").alias("change_cause"), pl.lit(night.on).alias("changed_on")
        ),
    )
    store.upsert(tables.ACCOUNT, accounts.join(changes, on="account_id", how="semi"))


def restrict(night: Night) -> StageReport:
    """Block every number of an account that reaches its limit; lift the block where it no longer does."""
    facts = credit_facts(night)
    paid = settle_bases(facts)
    facts = credit_facts(night) if paid else facts
    numbers = numbers_by_payer(night, numbers_in_service(night, night.touched_accounts))
    blocked = accounts_blocked_for(night, "credit_limit")
    accounts = accounts_to_block(facts.exposure, facts.held, facts.policies, blocked, facts.open_items)
    wanted = numbers_to_block(accounts, numbers.drop("customer_id"))
    found = changed_blocks(night, "credit_limit", wanted, numbers, night.touched_accounts)
    if any(rows.height for rows in found):
        lifted = _freed(night, found.lifted, numbers.join(accounts, on="account_id", how="anti"))
        told = pl.concat([_told(facts, found.new, "blocked"), _told(facts, lifted, "unblocked")])
        with night.store.transaction("restrict"):
            write_blocks(night, found)
            night.store.append(tables.NOTICE, notices(night, told))
    counts = f"{found.new.height} numbers blocked, {found.lifted.height} freed, {wanted.height} on the block list"
    limits = f"; {paid} bases paid in full" if paid else ""
    return StageReport(numbers.height, wanted.height, 0, counts + limits + leakage_summary(night))


def _freed(night: Night, lifted: pl.DataFrame, free: pl.DataFrame) -> pl.DataFrame:
    """Return the blocks lifted of numbers in service (`free`) that nothing else bars."""
    barred = night.store.read_matching(
        tables.BLOCK,
        lifted.select("a_number"),
        "unblocked_on IS NULL AND barred = 'all' AND block_cause <> 'credit_limit'",
    )
    own = lifted.join(free, on=["a_number", "account_id"], how="semi")
    return own.join(barred, on="a_number", how="anti")


def _told(facts: CreditFacts, blocks: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Ask for the notice of each block set or lifted: number, what is to pay now, exposure and limit.

    A basis that is released is to be paid as the invoice that the next night makes of it.
    """
    items = facts.open_items.select("account_id", pl.col("open_amount").alias("amount_to_pay"))
    coming = released_amounts(facts.night, facts.bases)
    owed = pl.concat([items, coming]).group_by("account_id").agg(sum_amounts(pl.col("amount_to_pay")))
    limits = facts.exposure.select("account_id", "exposure", "credit_limit")
    about = ("a_number", "block_reason", "block_cause", "barred", "amount_to_pay", "exposure", "credit_limit")
    return (
        blocks.drop("exposure", "credit_limit")
        .join(limits, on="account_id")
        .join(owed, on="account_id", how="left")
        .with_columns(pl.col("amount_to_pay").fill_null(0).cast(AMOUNT))
        .with_columns(
            pl.format("{}:{}", "block_id", pl.lit(kind)).alias("notice_id"),
            pl.lit(kind).alias("notice_kind"),
            as_json(*map(pl.col, about)),
        )
        .select(TOLD.names())
    )
