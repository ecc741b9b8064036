"""What `nightbill debits` lists: direct debits with their state, and mandates; never a whole account number."""

from __future__ import annotations

import polars as pl

from invoicing.direct_debits import with_states
from pipelines.collecting.debit_facts import answers_of
from pipelines.configuration.reading import load_configuration
from pipelines.home import Home
from pipelines.lake.store import open_store
from pipelines.night import opened_lake
from schemas import tables

_OVER = ("paid", "cancelled", "refused")
_SHOWN_DIGITS = 4
_LATEST = "SELECT coalesce(max(run_on), current_date) AS latest FROM run"


def list_debits(home: Home, *, every: bool) -> pl.DataFrame:
    """List direct debits by day, those that are paid only on request, with state, the bank's code, and their file."""
    policy = load_configuration(home).policy
    with open_store(home, policy.store, read_only=True) as store:
        debits, filed = store.read(tables.DIRECT_DEBIT), store.read(tables.FILED_DIRECT_DEBIT)
        on, answers = store.query(_LATEST)["latest"][0], answers_of(store, debits.select("direct_debit_id"))
    states = with_states(debits, answers, policy.direct_debit, on)
    found = states.join(filed.select("direct_debit_id", "file_no"), on="direct_debit_id", how="left")
    wanted = found if every else found.filter(~pl.col("direct_debit_state").is_in(_OVER))
    return wanted.sort("collect_on", "direct_debit_id").select(
        "direct_debit_id", "account_id", "amount", "currency", "collect_on",
        pl.col("direct_debit_state").alias("state"), "answer_code", "file_no",
    )  # fmt: skip


def list_mandates(home: Home, *, every: bool) -> pl.DataFrame:
    """List mandates by account, those that are over only on request; of the account at the bank its end."""
    with opened_lake(home) as store:
        mandates = store.read(tables.MANDATE)
    wanted = mandates if every else mandates.filter(~pl.col("mandate_state").is_in(_OVER))
    return wanted.sort("account_id", "mandate_id").select(
        "mandate_id", "account_id", "scheme", pl.col("mandate_state").alias("state"), "payer_no",
        pl.format("...{}", pl.col("payer_account").str.tail(_SHOWN_DIGITS)).alias("payer_account"), "signed_on",
        "changed_on",
    )  # fmt: skip
