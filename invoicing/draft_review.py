"""Review: which of tonight's invoices are numbered at once, and which wait for a person, and why.

Three kinds of reasons, in `schemas.codes.DRAFT_REASONS`. A fault (no VAT rate, no address …) keeps an invoice back
until it is mended, whoever releases it. What somebody holds, and a total above the sanity limit, waits until somebody
releases it. An outlier is right for all we know, but somebody shall look first; the policy says what is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from schemas.codes import DRAFT_REASONS, UNKNOWN_TEXT
from schemas.money import AMOUNT
from schemas.policy import Review
from schemas.tables import INVOICE_DRAFT

FAULTS = ("NO_VAT_RATE", "NO_FEE_PRICE", "NO_EXCHANGE_RATE", "MIXED_CURRENCY", "NO_ADDRESS", "SERIES_FULL")
# Its check digit was seen when it was registered (schemas.electronic_address.organisation_digits).
_ORGANISATION_NO = r"^[0-9]{2}[2-9][0-9]{3}-?[0-9]{4}$"
HELD = ("HELD_BY_HAND", "AMOUNT_LIMIT")
REASON_SCHEMA = {"account_id": pl.Int64, "draft_reason": pl.String}
_DECISION = ("decided_on", "decided_by", "decision_text")
_ORDER = {reason: place for place, reason in enumerate(DRAFT_REASONS)}


@dataclass(frozen=True)
class ReviewFacts:
    """What tonight's invoices are compared with.

    `last`: the account's invoice before (account_id, last_total_amount, had_usage); `waiting`: accounts whose usage
    waits for its price (account_id); `open_drafts`: INVOICE_DRAFT rows not finalised.
    """

    last: pl.DataFrame
    waiting: pl.DataFrame
    open_drafts: pl.DataFrame


class Reviewed(NamedTuple):
    """What becomes of tonight's invoices.

    `drafts`: INVOICE_DRAFT rows of those that wait; `cleared`: account_id of those to be numbered; `let_go`:
    INVOICE_DRAFT rows of those among them that had waited, `finalised` and still without their number.
    """

    drafts: pl.DataFrame
    cleared: pl.DataFrame
    let_go: pl.DataFrame


def reasons(accounts: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Give the accounts of a frame (account_id) a reason: rows of `REASON_SCHEMA`."""
    return accounts.select("account_id", pl.lit(reason).alias("draft_reason")).unique()


def without_address(accounts: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Find the accounts whose invoices cannot be sent: NO_ADDRESS. ACCOUNT and CUSTOMER rows.

    They are on paper and their customer has no street or no city, or they get e-invoices and have no electronic
    address, nor does their customer have a Swedish organisation number, which is one.
    """
    missing = [pl.col(name).str.strip_chars().is_in(["", UNKNOWN_TEXT]) for name in ("street", "city")]
    nowhere = customers.filter(pl.any_horizontal(missing))
    posted = accounts.filter(pl.col("delivery_channel") == "paper")
    unnamed = accounts.filter((pl.col("delivery_channel") == "e_invoice") & pl.col("electronic_address").is_null())
    organisations = customers.filter(
        (pl.col("country_code") == "SE") & pl.col("registration_no").str.contains(_ORGANISATION_NO)
    )
    unreached = [
        posted.join(nowhere, on="customer_id", how="semi"), unnamed.join(organisations, on="customer_id", how="anti")
    ]  # fmt: skip
    return reasons(pl.concat(unreached), "NO_ADDRESS")


def accounts_waiting(waiting: pl.DataFrame, numbers: pl.DataFrame, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts (account_id) whose usage waits for its price.

    WAITING_USAGE rows belong to whoever held the calling number when they began: NUMBER_ASSIGNMENT, SUBSCRIPTION rows.
    """
    held = (pl.col("owned_from") <= pl.col("started_at")) & (
        pl.col("owned_to").is_null() | (pl.col("started_at") < pl.col("owned_to"))
    )
    owned = waiting.join(numbers, on="a_number").filter(held)
    return subscriptions.join(owned, on="subscription_id", how="semi").select("account_id").unique()


def outliers(totals: pl.DataFrame, lines: pl.DataFrame, facts: ReviewFacts, rules: Review) -> pl.DataFrame:
    """Find what somebody shall look at before it is numbered, and what is above the sanity limit.

    `totals` and `lines`: as `invoice_run.propose` gives them. A jump is an increase above both `jump_percent` and
    `jump_amount`. Returns rows of `REASON_SCHEMA`.
    """
    compared = totals.join(facts.last, on="account_id", how="left")
    used = lines.filter(pl.col("charge_kind") == "usage")
    found = [pl.DataFrame(schema=REASON_SCHEMA)]
    if rules.amount_limit:
        found.append(reasons(totals.filter(pl.col("total_amount") > rules.amount_limit), "AMOUNT_LIMIT"))
    if rules.jump_percent:
        last, rise = pl.col("last_total_amount"), pl.col("total_amount") - pl.col("last_total_amount")
        is_far = (rise * Decimal(100) > last * rules.jump_percent) & (rise > rules.jump_amount)
        found.append(reasons(compared.filter(is_far), "AMOUNT_JUMPED"))
    if rules.no_usage:
        silent = compared.filter("had_usage").join(used, on="account_id", how="anti")
        found.append(reasons(silent, "NO_USAGE"))
    if rules.first_invoice:
        found.append(reasons(compared.filter(pl.col("last_total_amount").is_null()), "FIRST_INVOICE"))
    if rules.unrated_usage:
        found.append(reasons(totals.join(facts.waiting, on="account_id", how="semi"), "UNRATED_USAGE"))
    return pl.concat(found)


def review(
    proposed: pl.DataFrame, found: pl.DataFrame, facts: ReviewFacts, on: date, room: int | None = None
) -> Reviewed:
    """Decide which proposed invoices are numbered tonight.

    `proposed`: account_id, billing_date, net_amount, total_amount, one row per account; `found`: rows of
    `REASON_SCHEMA`, from wherever they come. An invoice without a reason is cleared; an outlier, and one above the
    sanity limit, once it was released. `room`: numbers left in the series, which go by account; None is enough.
    """
    decided = _decisions(facts.open_drafts)
    by_hand = reasons(decided.filter("is_hand"), "HELD_BY_HAND")
    why = _told(pl.concat([found.cast(pl.Schema(REASON_SCHEMA)), by_hand]))
    judged = (
        proposed.join(why, on="account_id", how="left")
        .join(decided, on="account_id", how="left")
        .join(facts.last.select("account_id", "last_total_amount"), on="account_id", how="left")
        .with_columns(_state())
        .sort("account_id")
    )
    place = pl.col("draft_state").is_null().cast(pl.Int64).cum_sum()
    if room is not None:
        is_beyond = pl.col("draft_state").is_null() & (place > room)
        judged = judged.with_columns(
            pl.when(is_beyond).then(pl.lit("held")).otherwise("draft_state").alias("draft_state"),
            pl.when(is_beyond).then(pl.lit("SERIES_FULL")).otherwise("draft_reasons").alias("draft_reasons"),
        )
    waits = pl.col("draft_state").is_not_null()
    return Reviewed(
        _rows(judged.filter(waits), on),
        judged.filter(~waits).select("account_id"),
        _rows(
            judged.filter(~waits & pl.col("earlier_reasons").is_not_null()).with_columns(
                pl.lit("finalised").alias("draft_state"),
                pl.col("draft_reasons").fill_null(pl.col("earlier_reasons")),
            ),
            on,
        ),
    )


def stale_drafts(open_drafts: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    """Return the open INVOICE_DRAFT rows that no longer stand: nothing is proposed for their billing date any more.

    `written`: the rows written tonight. What somebody holds stays held until there is something, whatever its date.
    """
    gone = open_drafts.join(written, on=INVOICE_DRAFT.key, how="anti")
    is_kept = _is_hand() & ~pl.col("account_id").is_in(written["account_id"].implode())
    return gone.filter(~is_kept)


def _is_hand() -> pl.Expr:
    return pl.col("draft_reasons").str.split(" ").list.contains("HELD_BY_HAND")


def _decisions(open_drafts: pl.DataFrame) -> pl.DataFrame:
    """Return what was decided of each account's draft: held by hand, or released; reasons as they were told."""
    return (
        open_drafts.sort("billing_date")
        .unique("account_id", keep="first", maintain_order=True)
        .select(
            "account_id",
            *_DECISION,
            _is_hand().alias("is_hand"),
            (pl.col("decided_on").is_not_null() & ~_is_hand()).alias("is_released"),
            pl.col("draft_reasons").alias("earlier_reasons"),
        )
    )


def _told(found: pl.DataFrame) -> pl.DataFrame:
    """Put the reasons of each account together, most pressing first."""
    reason = pl.col("draft_reason")
    return (
        found.unique()
        .sort("account_id", reason.replace_strict(_ORDER, return_dtype=pl.Int64))
        .group_by("account_id", maintain_order=True)
        .agg(
            reason.str.join(" ").alias("draft_reasons"),
            reason.is_in(FAULTS).any().alias("is_fault"),
            reason.is_in(HELD).any().alias("is_held"),
        )
    )


def _state() -> pl.Expr:
    """Tell what becomes of an invoice: held, draft, or null where it is cleared."""
    hand, released = (pl.col(name).fill_null(value=False) for name in ("is_hand", "is_released"))
    return (
        pl.when(pl.col("is_fault") | hand)
        .then(pl.lit("held"))
        .when(pl.col("draft_reasons").is_null() | released)
        .then(None)
        .when("is_held")
        .then(pl.lit("held"))
        .otherwise(pl.lit("draft"))
        .alias("draft_state")
    )


def _rows(judged: pl.DataFrame, on: date) -> pl.DataFrame:
    return INVOICE_DRAFT.complete(
        judged.with_columns(
            pl.lit(on).alias("proposed_on"), pl.col("net_amount", "total_amount", "last_total_amount").cast(AMOUNT)
        )
    )
