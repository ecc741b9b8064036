"""What direct debit looks at, read from the lake: only what belongs to claims that are open."""

from __future__ import annotations

from datetime import date

import polars as pl

from invoicing.direct_debits import Collection, with_states
from invoicing.mandate_states import ANSWERS
from pipelines.lake.store import Store
from schemas import tables
from schemas.policy import DirectDebit


def answers_of(store: Store, keys: pl.DataFrame) -> pl.DataFrame:
    """Read what banks answered (`ANSWERS`) of the direct debits in the column `direct_debit_id`."""
    return store.read_matching(tables.DIRECT_DEBIT_ANSWER, keys).select(ANSWERS.names())


def collection_of(store: Store, claims: pl.DataFrame, rules: DirectDebit, on: date) -> Collection:
    """Read what is announced of open claims, with its mandates and all that was tried under these, by its answers."""
    notices = store.read_matching(tables.DIRECT_DEBIT_NOTICE, claims.select("invoice_no"))
    used = notices.select("mandate_id")
    debits = store.read_matching(tables.DIRECT_DEBIT, used)
    return Collection(
        notices=notices,
        mandates=store.read_matching(tables.MANDATE, used),
        attempts=with_states(debits, answers_of(store, debits.select("direct_debit_id")), rules, on),
        claims=claims,
    )
