"""Debit: mandates follow their answers, new invoices announce their collection, and what is due is ordered."""

from __future__ import annotations

import polars as pl

from invoicing.direct_debits import announced, awaited, ordered_debits
from invoicing.mandate_states import answered_mandates
from pipelines.collecting.agreement_flow import invoices_agreed
from pipelines.collecting.at_collection import invoices_away
from pipelines.collecting.debit_facts import collection_of
from pipelines.night import Night, StageReport
from pipelines.payments.settle_flow import current_open_items
from schemas import tables
from schemas.codes import CURRENCY_OF_SCHEME
from schemas.money import sum_amounts

_LIVE = "mandate_state IN ('requested', 'active')"
_OF_MANDATES = "answer LIKE 'mandate_%' AND received_on >= ?"


def let_banks_answer(night: Night) -> int:
    """Let mandates follow what Bankgirot answered, and return how many changed."""
    answers = night.store.read(tables.DIRECT_DEBIT_ANSWER, _OF_MANDATES, [night.not_done_since])
    live = night.store.read_matching(tables.MANDATE, answers.select("payer_no").drop_nulls(), _LIVE)
    changed = answered_mandates(live, answers, night.on)
    if changed.height:
        with night.store.transaction("mandates answered"):
            night.store.upsert(tables.MANDATE, changed)
    return changed.height


def announce_debits(night: Night, invoices: pl.DataFrame) -> None:
    """Write down which of tonight's INVOICE rows are collected, within the transaction that writes them."""
    store = night.store
    mandates = store.read_matching(tables.MANDATE, invoices.select("account_id"), "mandate_state = 'active'")
    before = store.read_matching(tables.DIRECT_DEBIT_NOTICE, mandates.select("mandate_id"))
    found = announced(invoices, mandates, before, night.policy.direct_debit)
    store.append(tables.DIRECT_DEBIT_NOTICE, found.with_columns(pl.lit(night.on).alias("notified_on")))


def not_awaited(night: Night, items: pl.DataFrame) -> pl.DataFrame:
    """Return the open items but those of invoices that are being collected, or will be: nobody is reminded of them."""
    rules = night.policy.direct_debit
    return items.join(awaited(collection_of(night.store, items, rules, night.on), rules), on="invoice_no", how="anti")


def debit(night: Night) -> StageReport:
    """Order the direct debits that are due; each attempt once, of what is open of its invoice today.

    What an account has agreed to pay in instalments is not collected, nor what a collection service has.
    """
    store, rules = night.store, night.policy.direct_debit
    claims = current_open_items(night).filter(pl.col("currency").is_in(list(CURRENCY_OF_SCHEME.values())))
    collection = collection_of(store, claims, rules, night.on)
    held = pl.concat([invoices_agreed(store).select("invoice_no"), invoices_away(store)])
    ordered = ordered_debits(collection, held, rules, night.on)
    if ordered.height:
        with store.transaction("direct debits"):
            store.append(tables.DIRECT_DEBIT, ordered.with_columns(pl.lit(night.on).alias("ordered_on")))
    sums = ordered.group_by("currency").agg(sum_amounts(pl.col("amount"))).sort("currency").iter_rows()
    told = " and ".join(f"{amount} {currency}" for currency, amount in sums)
    again = ordered.filter(pl.col("attempt_no") > 1).height
    summary = f"{ordered.height} direct debits ordered" + (f", {told}" if told else "")
    summary += f"; {again} of them tried again" if again else ""
    return StageReport(collection.notices.height, ordered.height, 0, summary)
