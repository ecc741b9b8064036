"""Credit: what an account owes and has used, and whether that reaches its limit."""

from __future__ import annotations

import polars as pl

from schemas.money import AMOUNT, percent_of, round_to_amount, sum_amounts, sum_charges


def credit_exposure(
    accounts: pl.DataFrame, open_items: pl.DataFrame, credit: pl.DataFrame, unbilled: pl.DataFrame, vat: pl.DataFrame
) -> pl.DataFrame:
    """Add up each account's exposure, VAT included.

    `open_items` (account_id, open_amount), `credit` (account_id, amount) and `unbilled` (CHARGE columns not yet
    invoiced) may have several rows per account; `vat` is the rate in force per `vat_class`. Returns `account_id`,
    `credit_limit`, `exposure` (2 decimals), one row per account.
    """
    used = (
        unbilled.group_by("account_id", "vat_class")
        .agg(round_to_amount(sum_charges(pl.col("amount_ex_vat"))).alias("net_amount"))
        .join(vat.select("vat_class", "vat_percent"), on="vat_class", how="left")
        .with_columns((pl.col("net_amount") + percent_of(pl.col("net_amount"), pl.col("vat_percent"))).cast(AMOUNT))
    )
    parts = pl.concat(
        [
            open_items.select("account_id", pl.col("open_amount").alias("part")),
            credit.select("account_id", (-pl.col("amount")).cast(AMOUNT).alias("part")),
            used.select("account_id", pl.col("net_amount").alias("part")),
        ]
    )
    total = parts.group_by("account_id").agg(sum_amounts(pl.col("part")).alias("exposure"))
    return (
        accounts.select("account_id", "credit_limit")
        .join(total, on="account_id", how="left")
        .with_columns(pl.col("exposure").fill_null(0).cast(AMOUNT))
        .sort("account_id")
    )


def held_accounts(bases: pl.DataFrame, open_items: pl.DataFrame, policies: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts that a basis holds blocked: until its invoice is paid, or partly paid where that suffices.

    `bases`: INVOICE_BASIS rows without `paid_on`; `open_items`: RECEIVABLE rows with `open_amount`; `policies` from
    `policies_of_accounts`. Returns `account_id`.
    """
    begun = open_items.filter((pl.col("receivable_kind") == "invoice") & (pl.col("open_amount") < pl.col("amount")))
    lifted = policies.filter(pl.col("partly_paid") == "lift_below_limit")["account_id"]
    goes = pl.col("invoice_no").is_in(begun["invoice_no"].implode()) & pl.col("account_id").is_in(lifted.implode())
    return bases.filter(~goes.fill_null(value=False)).select("account_id").unique().sort("account_id")


def counted_charges(unbilled: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Leave the charges that count as exposure: of an account that a basis holds, only those of the basis.

    What came after it waits for the next basis; it is counted when the account is held no more. `unbilled`: CHARGE rows
    on no invoice yet with their `basis_id`, null where they are in none; `held` from `held_accounts`.
    """
    return unbilled.filter(pl.col("basis_id").is_not_null() | ~pl.col("account_id").is_in(held["account_id"].implode()))


def accounts_to_block(
    exposure: pl.DataFrame, held: pl.DataFrame, policies: pl.DataFrame, blocked: pl.DataFrame, open_items: pl.DataFrame
) -> pl.DataFrame:
    """Return the accounts whose exposure reaches their limit, those that a basis holds, and those that stay blocked.

    Where the policy says so, a block stands until every invoice is paid in full, whatever the exposure. `exposure`,
    `held` and `policies` come from `credit_exposure`, `held_accounts` and `policies_of_accounts`; `blocked`:
    `account_id` of accounts blocked for their limit; `open_items`: RECEIVABLE rows still to be paid. Returns
    `account_id`, `exposure`, `credit_limit` and `prompt`.
    """
    owing = open_items.filter(pl.col("receivable_kind") == "invoice")["account_id"]
    stays = (
        (pl.col("partly_paid") == "stay_blocked")
        & (pl.col("basis_release") == "none")
        & pl.col("account_id").is_in(blocked["account_id"].implode())
        & pl.col("account_id").is_in(owing.implode())
    )
    is_held = pl.col("account_id").is_in(held["account_id"].implode())
    return (
        exposure.join(policies, on="account_id")
        .filter((pl.col("exposure") >= pl.col("credit_limit")) | is_held | stays)
        .select("account_id", "exposure", "credit_limit", "prompt")
        .sort("account_id")
    )


def numbers_to_block(accounts: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Return every number in service of accounts to be blocked, as `decide_blocks` wants it.

    `accounts` comes from `accounts_to_block`; `numbers`: `a_number`, `subscription_id`, `account_id`.
    """
    return (
        accounts.join(numbers, on="account_id")
        .with_columns(pl.lit("financial").alias("block_reason"), pl.lit("all").alias("barred"))
        .sort("a_number")
    )
