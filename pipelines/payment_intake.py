"""Payments in: each file's reports are kept as they come, and become payments when all files of the run are read.

So the order of the files decides nothing: neither which report of a payment is taken for its details, nor which of two
equal payments is the first.
"""

from __future__ import annotations

import polars as pl

from invoicing.payment_amounts import in_books
from invoicing.payment_identity import chosen_reports, with_payment_id
from pipelines.formats.reference_parts import PARTS
from pipelines.inbox_files import InboxFile
from pipelines.intake import Intake, differing_rows, from_file
from pipelines.night import Night
from schemas import tables
from schemas.record_identity import sort_out

_WITHOUT_PAYMENT = "payment_id IS NULL AND received_on >= ?"
_COMPARED = ["payment_kind", "payee_account", "booked_on", "amount", "currency", "reference_text"]


def payment_intake(night: Night, file: InboxFile, records: pl.DataFrame) -> Intake:
    """Keep the reports of one file (`PAYMENT_RECORDS` columns and `file_format`)."""
    operator = night.policy.operator
    # A bank may name the account behind our Bankgiro number instead of the number: it is the same payee.
    payee = pl.col("payee_account").replace({operator.iban or operator.bankgiro_digits: operator.bankgiro_digits})
    kept = records.with_columns(payee.alias("payee_account"), _as_json(pl.col("parts")).alias("reference_parts"))
    same = night.store.read_matching(tables.PAYMENT_RECORD, kept.select("payment_record_id"))
    new, duplicates, differing = sort_out(kept, same, "payment_record_id", _COMPARED)
    night.store.append(tables.PAYMENT_RECORD, from_file(night, file, new))
    return Intake(new.height, duplicates, [differing_rows(differing, "payment_record_id")])


def make_payments(night: Night) -> int:
    """Make payments of the reports that have none yet, each once, in one transaction; return how many."""
    store = night.store
    waiting = store.read(tables.PAYMENT_RECORD, _WITHOUT_PAYMENT, [night.not_done_since]).drop("payment_id")
    if waiting.is_empty():
        return 0
    earlier = store.read_matching(tables.PAYMENT_RECORD, waiting.select("booked_on"), "payment_id IS NOT NULL")
    named = with_payment_id(waiting, earlier)
    booked = store.read_matching(tables.PAYMENT, named.select("payment_id"))
    chosen = chosen_reports(named).join(booked, on="payment_id", how="anti")
    rates, home = night.config(tables.EXCHANGE_RATE), night.policy.operator.currency
    payments = in_books(chosen, rates, home).with_columns(pl.lit(night.on).alias("received_on"))
    with store.transaction("payments"):
        store.upsert(tables.PAYMENT_RECORD, named)
        store.append(tables.PAYMENT, payments)
        store.append(tables.PAYMENT_PART, _parts_of(chosen))
    return payments.height


def _as_json(parts: pl.Expr) -> pl.Expr:
    """Write references as a JSON list; null where there are none."""
    return pl.when(parts.list.len() > 0).then(pl.struct(parts.alias("parts")).struct.json_encode())


def _parts_of(chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the references (PAYMENT_PART rows) of PAYMENT_RECORD rows."""
    read = pl.col("reference_parts").str.json_decode(pl.Struct({"parts": PARTS})).struct.field("parts")
    return (
        chosen.select("payment_id", read.alias("part"))
        .explode("part")
        .filter(pl.col("part").is_not_null())
        .unnest("part")
        .with_columns((pl.int_range(pl.len()).over("payment_id") + 1).alias("part_no"))
    )
