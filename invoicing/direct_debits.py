"""Direct debit: which invoices are announced and collected, on which day, how often, and what becomes of it.

An invoice is collected only if it said so when it was made. What is asked of the bank is written down once for each
attempt; how it went is read from the bank's answers, and never written anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from invoicing.bank_days import Calendar, bank_days_after, next_bank_day
from schemas.codes import CURRENCY_OF_SCHEME
from schemas.policy import DirectDebit
from schemas.tables import DIRECT_DEBIT, DIRECT_DEBIT_NOTICE

CALENDARS: dict[str, Calendar] = {"autogiro": "sweden", "sepa": "target"}
# Of two answers of one day the later in this order stands: what was paid is taken back afterwards, never before.
_ANSWERS_IN_ORDER = ("retry", "rejected", "paid", "failed", "refunded")
_STATE_OF = {"retry": "retried"}
_PENDING = ("ordered", "retried")


@dataclass(frozen=True)
class Collection:
    """What decisions of a night look at.

    DIRECT_DEBIT_NOTICE and MANDATE rows, attempts (`with_states`), and the claims with their `open_amount`.
    """

    notices: pl.DataFrame
    mandates: pl.DataFrame
    attempts: pl.DataFrame
    claims: pl.DataFrame


def announced(
    invoices: pl.DataFrame, mandates: pl.DataFrame, notices: pl.DataFrame, rules: DirectDebit
) -> pl.DataFrame:
    """Decide which new invoices say that they are collected, as DIRECT_DEBIT_NOTICE rows without `notified_on`.

    `invoices`: INVOICE rows not announced yet; `notices`: all that were. An account's mandate must be active and in the
    invoice's currency; one for a single collection is announced once. The day is the due date, or as many days after
    the invoice as the payer must have, moved to a bank day.
    """
    spent = notices.join(mandates.filter(pl.col("mandate_use") == "one_off"), on="mandate_id", how="semi")
    active = mandates.filter(pl.col("mandate_state") == "active").join(spent, on="mandate_id", how="anti")
    currency = pl.col("scheme").replace_strict(CURRENCY_OF_SCHEME)
    to_pay = (pl.col("document_kind") == "invoice") & (pl.col("to_pay_amount") > 0)
    found = (
        invoices.filter(to_pay)
        .join(active.select("account_id", "mandate_id", "scheme", "mandate_use", "payer_account"), on="account_id")
        .filter(pl.col("currency") == currency)
        .sort("invoice_no")
    )
    is_first = pl.col("invoice_no").rank("ordinal").over("mandate_id") == 1
    earliest = pl.col("invoiced_on") + timedelta(days=rules.pre_notification_days)
    chosen = found.filter((pl.col("mandate_use") == "recurring") | is_first).with_columns(
        pl.when(pl.col("scheme") == "sepa").then(pl.lit(rules.sepa_creditor_id)).alias("creditor_id")
    )
    return _on_bank_days(chosen, pl.max_horizontal("due_on", earliest)).select(
        name for name in DIRECT_DEBIT_NOTICE.names if name != "notified_on"
    )


def with_states(debits: pl.DataFrame, answers: pl.DataFrame, rules: DirectDebit, on: date) -> pl.DataFrame:
    """Give DIRECT_DEBIT rows their `direct_debit_state` by the last answer (`ANSWERS`), its code and its day.

    Without an answer one is `ordered`. It is `unanswered` when `answer_days` have passed since its day, or since the
    bank said that it tries again.
    """
    place = {answer: number for number, answer in enumerate(_ANSWERS_IN_ORDER)}
    last = (
        answers.filter(pl.col("answer").is_in(_ANSWERS_IN_ORDER))
        .drop_nulls("direct_debit_id")
        .sort("answered_on", pl.col("answer").replace_strict(place, return_dtype=pl.Int64), maintain_order=True)
        .group_by("direct_debit_id")
        .agg(pl.col("answer", "answer_code", "answered_on").last())
    )
    heard_on = pl.max_horizontal("collect_on", "answered_on")
    is_silent = (pl.col("answer").is_null() | (pl.col("answer") == "retry")) & (
        heard_on + timedelta(days=rules.answer_days) < pl.lit(on)
    )
    told = pl.col("answer").replace(_STATE_OF).fill_null("ordered")
    return (
        debits.join(last, on="direct_debit_id", how="left")
        .with_columns(pl.when(is_silent).then(pl.lit("unanswered")).otherwise(told).alias("direct_debit_state"))
        .drop("answer")
        .sort("invoice_no", "attempt_no")
    )


def ordered_debits(collection: Collection, held: pl.DataFrame, rules: DirectDebit, on: date) -> pl.DataFrame:
    """Decide what is collected, as DIRECT_DEBIT rows without `ordered_on`: what is open of each invoice today.

    `held`: invoices (`invoice_no`) that something else keeps back. A request is handed in `days_before` bank days
    ahead; what is late by then is collected as soon as that allows.
    """
    found = _next_attempts(collection, rules).join(held, on="invoice_no", how="anti")
    soonest = {scheme: bank_days_after(on, rules.days_before, calendar) for scheme, calendar in CALENDARS.items()}
    collect_on = pl.col("scheme").replace_strict(soonest, return_dtype=pl.Date)
    due = found.filter(pl.col("planned_on") <= collect_on).with_columns(
        pl.format("{}-{}", "invoice_no", "attempt_no").alias("direct_debit_id"),
        pl.col("open_amount").alias("amount"),
        collect_on.alias("collect_on"),
    )
    return _with_sequence(due, collection).select(name for name in DIRECT_DEBIT.names if name != "ordered_on")


def awaited(collection: Collection, rules: DirectDebit) -> pl.DataFrame:
    """Return the invoices (`invoice_no`) whose money is being collected or will be: nobody is reminded of them."""
    pending = collection.attempts.filter(pl.col("direct_debit_state").is_in(_PENDING)).select("invoice_no")
    return pl.concat([pending, _next_attempts(collection, rules).select("invoice_no")]).unique().sort("invoice_no")


def _next_attempts(collection: Collection, rules: DirectDebit) -> pl.DataFrame:
    """Return announced invoices that are open, their mandate active, and none of whose attempts stands in the way.

    `attempt_no` is the next attempt's, `planned_on` its day. Only what failed for a reason that may pass is tried
    again.
    """
    last = collection.attempts.sort("attempt_no").group_by("invoice_no").agg(
        pl.col("attempt_no", "direct_debit_state", "answer_code", "answered_on").last()
    )  # fmt: skip
    open_claims = collection.claims.filter((pl.col("receivable_kind") == "invoice") & (pl.col("open_amount") > 0))
    active = collection.mandates.filter(pl.col("mandate_state") == "active")
    found = (
        collection.notices.join(active.select("mandate_id", "mandate_use"), on="mandate_id")
        .join(open_claims.select("invoice_no", "account_id", "open_amount", "currency"), on="invoice_no")
        .join(last, on="invoice_no", how="left")
    )
    untried = pl.col("attempt_no").is_null()
    again = (
        (pl.col("direct_debit_state") == "failed")
        & pl.col("answer_code").is_in(rules.retry_codes)
        & (pl.col("attempt_no") <= rules.retries)
    )
    planned = pl.when(untried).then("collect_on").otherwise(pl.col("answered_on") + timedelta(days=rules.retry_days))
    chosen = found.filter(untried | again)
    return (
        _on_bank_days(chosen.with_columns(planned.alias("wanted_on")).drop("collect_on"), pl.col("wanted_on"))
        .rename({"collect_on": "planned_on"})
        .with_columns((pl.col("attempt_no").fill_null(0) + 1).alias("attempt_no"))
        .sort("invoice_no")
    )


def _with_sequence(due: pl.DataFrame, collection: Collection) -> pl.DataFrame:
    """Say the place in a SEPA mandate's sequence: its first collection is FRST until one is not rejected."""
    begun = collection.attempts.filter(pl.col("direct_debit_state") != "rejected").select("mandate_id").unique()
    known = due.join(begun.with_columns(pl.lit(value=True).alias("is_begun")), on="mandate_id", how="left")
    is_next = pl.col("is_begun").is_not_null() | (pl.col("invoice_no").rank("ordinal").over("mandate_id") > 1)
    kind = (
        pl.when(pl.col("mandate_use") == "one_off")
        .then(pl.lit("OOFF"))
        .when(is_next)
        .then(pl.lit("RCUR"))
        .otherwise(pl.lit("FRST"))
    )
    return known.with_columns(pl.when(pl.col("scheme") == "sepa").then(kind).alias("sequence_type"))


def _on_bank_days(frame: pl.DataFrame, day: pl.Expr) -> pl.DataFrame:
    """Add `collect_on`: a day moved to the next bank day of the row's `scheme`; a night has few different days."""
    dated = frame.with_columns(day.alias("wanted_on"))
    days = dated.select("scheme", "wanted_on").unique().rows()
    moved = [(scheme, wanted, next_bank_day(wanted, CALENDARS[scheme])) for scheme, wanted in days]
    schema = {"scheme": pl.String, "wanted_on": pl.Date, "collect_on": pl.Date}
    found = pl.DataFrame(moved, schema=schema, orient="row")
    return dated.join(found, on=["scheme", "wanted_on"], maintain_order="left").drop("wanted_on")
