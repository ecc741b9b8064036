"""Spend: limits warn and bar, non-payment and the black list bar, and prepaid accounts are topped up.

Every bar is a BLOCK row of its cause. Nothing here is sent: notices wait in NOTICE, the block list and the file of
top-up orders are written once the proof holds.
"""

from __future__ import annotations

import polars as pl

from pipelines.charging.rating_batch import REGISTER
from pipelines.credit.block_changes import accounts_blocked_for, blocks_left_behind, changed_blocks, write_blocks
from pipelines.credit.numbers_in_service import numbers_in_service
from pipelines.credit.top_up_flow import ordered_top_ups, top_ups_told
from pipelines.credit.unpaid_flow import (
    black_list_blocks,
    blocks_told,
    levels_of_non_payment,
    unpaid_blocks,
)
from pipelines.credit.unpaid_terminations import termination_requests
from pipelines.customers.notice_rows import TOLD, as_json, notices
from pipelines.night import Night, StageReport
from rating.block_decisions import BlockDecisions
from rating.contracts import contract_spans
from rating.non_payment import bars_by_non_payment
from rating.spend import limits_in_force
from rating.spend_choices import (
    bars_by_spend,
    customers_limits,
    operators_limits,
    spend_against_limits,
    spend_since,
    spend_warnings,
)
from schemas import tables


def spend(night: Night) -> StageReport:
    """Decide for every account, by day for those that the run has touched; see `spend_of`."""
    return spend_of(night, night.touched_accounts)


def spend_of(night: Night, accounts: pl.DataFrame | None) -> StageReport:
    """Warn and bar at spend limits, bar for non-payment and the black list, order top-ups, in one transaction.

    `accounts` (`account_id`) are those that something happened to; those barred at a spend limit are looked at too,
    because a day's bar ends with the day. None is every account. Decided again, nothing changes.
    """
    scope = None if accounts is None else _widened(night, accounts)
    numbers = numbers_in_service(night, scope)
    spent = _spent(night, numbers, scope)
    warnings = _warnings(night, spent)
    top_ups = ordered_top_ups(night, numbers.select("account_id").unique())
    levels = levels_of_non_payment(night, scope)
    bars, ends = bars_by_non_payment(levels), termination_requests(night, levels)
    unpaid = unpaid_blocks(night, bars, numbers, scope)
    left = blocks_left_behind(night, numbers, scope)
    blocks = (_spend_blocks(night, spent, numbers, scope), unpaid, black_list_blocks(night), left)
    told = pl.concat([_warnings_told(warnings, spent, night), top_ups_told(top_ups), blocks_told(unpaid, bars)])
    if told.height or ends.height or any(rows.height for each in blocks for rows in each):
        with night.store.transaction("spend"):
            night.store.append(tables.SPEND_WARNING, warnings)
            night.store.append(tables.TOP_UP, top_ups)
            night.store.append(tables.REQUEST, ends)
            night.store.append(tables.NOTICE, notices(night, told))
            for each in blocks:
                write_blocks(night, each)
    return _report(numbers, warnings, top_ups, blocks)


def _widened(night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    barred = accounts_blocked_for(night, "spend_limit")
    return pl.concat([accounts.select("account_id").cast(barred.schema), barred]).unique()


def _report(
    numbers: pl.DataFrame, warnings: pl.DataFrame, top_ups: pl.DataFrame, blocks: tuple[BlockDecisions, ...]
) -> StageReport:
    barred, freed = (sum(getattr(each, name).height for each in blocks) for name in ("new", "lifted"))
    summary = (
        f"{warnings.height} warnings of spend, {barred} bars set, {freed} lifted, {top_ups.height} top-ups ordered"
    )
    return StageReport(numbers.height, warnings.height + barred + top_ups.height, 0, summary)


def _spent(night: Night, numbers: pl.DataFrame, accounts: pl.DataFrame | None) -> pl.DataFrame:
    """Return what lines in service have spent against each limit in force, as `spend_against_limits`."""
    lines, read = numbers.select("subscription_id").unique(), night.store.read_matching
    choices = night.store.read(tables.SPEND_CHOICE) if accounts is None else read(tables.SPEND_CHOICE, lines)
    chosen = customers_limits(choices.join(lines, on="subscription_id", how="semi"))
    operator_bars = night.config(tables.SPEND_LIMIT)["barred"].is_not_null().any()
    limited = lines if operator_bars else chosen.select("subscription_id").unique()
    spent = read(tables.DAILY_SPEND, limited, f"spend_on >= '{spend_since(night.on)}'")
    limits = [chosen, _operators(night, spent.select("subscription_id").unique())] if operator_bars else [chosen]
    return spend_against_limits(spent, pl.concat(limits, how="vertical_relaxed"), night.on)


def _operators(night: Night, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Return the operator's limits that bar something, of subscriptions that have spent."""
    limits = night.config(tables.SPEND_LIMIT)
    read = night.store.read_matching
    versions = read(tables.SUBSCRIPTION, subscriptions)
    accounts = read(tables.ACCOUNT, versions.select("account_id"))
    customers = read(tables.CUSTOMER, accounts.select("customer_id"))
    held = read(tables.NUMBER_ASSIGNMENT, subscriptions)
    register = dict(zip((table.name for table in REGISTER), (customers, accounts, versions, held), strict=True))
    contracts = contract_spans(register, night.configuration.frames, night.policy.operator)
    return operators_limits(limits_in_force(contracts.spans, limits))


def _warnings(night: Night, spent: pl.DataFrame) -> pl.DataFrame:
    raised = night.store.read(tables.SPEND_WARNING, "period_from >= ?", [spend_since(night.on)])
    return spend_warnings(spent, night.policy.credit.warn_percents, raised, night.on)


def _warnings_told(warnings: pl.DataFrame, spent: pl.DataFrame, night: Night) -> pl.DataFrame:
    """Tell of each warning; of a bar only where it begins: a period that is over bars nothing any more."""
    key = ["subscription_id", "account_id", "set_by", "spend_period", "period_from"]
    at_limit = (pl.col("warned_percent") == 100) & (pl.col("period_to") > night.on)  # noqa: PLR2004 (percent)
    about = ("set_by", "spend_period", "period_from", "warned_percent", "spend_limit_amount", "list_amount", "barred")
    return (
        warnings.join(spent.select(*key, "period_to", "barred"), on=key)
        .with_columns(
            pl.format(
                "spend:{}:{}:{}:{}:{}", "subscription_id", "set_by", "spend_period", "period_from", "warned_percent"
            ).alias("notice_id"),
            pl.when(at_limit).then(pl.lit("spend_barred")).otherwise(pl.lit("spend_warning")).alias("notice_kind"),
            as_json(*map(pl.col, about)),
        )
        .select(TOLD.names())
    )


def _spend_blocks(
    night: Night, spent: pl.DataFrame, numbers: pl.DataFrame, accounts: pl.DataFrame | None
) -> BlockDecisions:
    credit = night.policy.credit
    wanted = numbers.join(bars_by_spend(spent, night.on), on="subscription_id").with_columns(
        pl.lit(credit.spend_prompt or credit.blocked_prompt).alias("prompt")
    )
    return changed_blocks(night, "spend_limit", wanted, numbers, accounts)
