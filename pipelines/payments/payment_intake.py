"""Payments in: each file's reports are kept as they come, and become payments when all files of the run are read.

So the order of the files decides nothing: neither which report of a payment is taken for its details, nor which of two
equal payments is the first.
"""

from __future__ import annotations

import polars as pl

from invoicing.payment_amounts import in_books
from invoicing.payment_identity import chosen_reports, with_payment_id
from invoicing.payment_reversals import with_reversed_payment
from pipelines.formats.layout import Parsed
from pipelines.formats.reference_parts import PARTS
from pipelines.intake.inbox_files import InboxFile
from pipelines.intake.outcome import Intake, differing_rows, from_file
from pipelines.night import Night
from schemas import tables
from schemas.policy import Operator
from schemas.record_identity import Sorted, sort_out

_WITHOUT_PAYMENT = "payment_id IS NULL AND received_on >= ?"
_NOT_POSTED: dict[bool, list[str]] = {False: ["camt053"], True: []}  # by whether statements post
_ACCOUNT_REPORTS = ["camt054", "camt053"]
_ASKED_BACK = ["MD01", "MD06"]  # ISO 20022: no mandate, or the payer wants the money back
_COMPARED = ["payment_kind", "payee_account", "booked_on", "amount", "currency", "reference_text"]


def payment_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    """Keep the reports of one file of payments, and the notifications of the bank that they came in."""
    new, duplicates, differing = keep_reports(night, file, parsed.records)
    known = night.store.read_matching(tables.BANK_NOTIFICATION, parsed.notifications.select("notification_id"))
    unknown = parsed.notifications.join(known, on="notification_id", how="anti").with_columns(own_account(night))
    night.store.append(tables.BANK_NOTIFICATION, from_file(night, file, unknown))
    return Intake(new.height, duplicates, [differing_rows(differing, "payment_record_id")])


def own_account(night: Night) -> pl.Expr:
    """Return `payee_account` with our Bankgiro number for the account behind it: a bank may name either."""
    return pl.col("payee_account").replace(own_names(night.policy.operator)).alias("payee_account")


def own_names(operator: Operator) -> dict[str, str]:
    """Return the Bankgiro number that an account of ours goes by, by the account."""
    return {operator.iban or operator.bankgiro_digits: operator.bankgiro_digits}


def keep_reports(night: Night, file: InboxFile, records: pl.DataFrame) -> Sorted:
    """Keep reports of payments (`PAYMENT_RECORDS` and `file_format`) that were not received before."""
    kept = records.with_columns(own_account(night), _as_json(pl.col("parts")).alias("reference_parts"))
    same = night.store.read_matching(tables.PAYMENT_RECORD, kept.select("payment_record_id"))
    found = sort_out(kept, same, "payment_record_id", _COMPARED)
    night.store.append(tables.PAYMENT_RECORD, from_file(night, file, found.new))
    return found


def make_payments(night: Night) -> int:
    """Make payments of the reports that have none yet, each once, in one transaction; return how many.

    A report whose currency has lost its rate since it was read waits for another.
    """
    store, home = night.store, night.policy.operator.currency
    unnamed = store.read(tables.PAYMENT_RECORD, _WITHOUT_PAYMENT, [night.not_done_since]).drop("payment_id")
    rated = in_books(unnamed, night.config(tables.EXCHANGE_RATE), home)
    waiting = rated.filter(pl.col("home_amount").is_not_null())
    if waiting.is_empty():
        return 0
    earlier = store.read_matching(tables.PAYMENT_RECORD, waiting.select("booked_on"), "payment_id IS NOT NULL")
    named = with_payment_id(waiting, earlier)
    booked = store.read_matching(tables.PAYMENT, named.select("payment_id"))
    posted = named.filter(~pl.col("file_format").is_in(_NOT_POSTED[night.policy.payments.statement_posts]))
    chosen = chosen_reports(posted).join(booked, on="payment_id", how="anti")
    reversing = with_reversed_payment(chosen, _to_take_back(night, chosen))
    payments = reversing.with_columns(pl.lit(night.on).alias("received_on"))
    with store.transaction("payments"):
        store.upsert(tables.PAYMENT_RECORD, named)
        store.append(tables.PAYMENT, payments)
        store.append(tables.PAYMENT_PART, _parts_of(chosen))
        store.append(tables.DIRECT_DEBIT_ANSWER, _answers_of(chosen))
    return payments.height


def _to_take_back(night: Night, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the reports (PAYMENT_RECORD rows) of payments received that new reversals may take back."""
    reversals, store = chosen.filter(pl.col("payment_kind") == "reversal"), night.store
    received = chosen.filter(pl.col("payment_kind") == "received").select(tables.PAYMENT_RECORD.names)
    if reversals.is_empty():
        return received
    keys = (
        reversals.select(pl.coalesce("original_reference", "bank_reference").alias("bank_reference")),
        reversals.select("end_to_end_id", -pl.col("amount")),
        reversals.select("payee_account", -pl.col("amount")),
    )
    known = [store.read_matching(tables.PAYMENT_RECORD, key, "payment_kind = 'received'") for key in keys]
    reports = pl.concat(known).unique("payment_record_id")
    booked = store.read_matching(tables.PAYMENT, reports.select("payment_id"))
    reversed_ones = store.read_matching(
        tables.PAYMENT, reports.select(pl.col("payment_id").alias("reverses_payment_id")).drop_nulls()
    )
    open_ones = reports.join(booked, on="payment_id", how="semi").join(
        reversed_ones, left_on="payment_id", right_on="reverses_payment_id", how="anti"
    )
    return pl.concat([received, open_ones])


def _answers_of(chosen: pl.DataFrame) -> pl.DataFrame:
    """Return what a bank's account report says of direct debits (DIRECT_DEBIT_ANSWER rows): paid, failed or refunded.

    SEPA has no other answer to say so; that of Autogiro comes in Bankgirot's own file.
    """
    is_ours = pl.col("file_format").is_in(_ACCOUNT_REPORTS) & pl.col("end_to_end_id").str.contains(r"^[0-9]+-[0-9]+$")
    came, went = pl.col("payment_kind") == "received", pl.col("payment_kind") == "reversal"
    asked_back = pl.col("return_code").is_in(_ASKED_BACK).fill_null(value=False)
    answer = pl.when(came).then(pl.lit("paid")).when(asked_back).then(pl.lit("refunded")).otherwise(pl.lit("failed"))
    return chosen.filter(is_ours & (came | went)).with_columns(
        pl.format("payment:{}", "payment_id").alias("answer_id"),
        pl.lit("sepa").alias("scheme"),
        answer.alias("answer"),
        pl.col("return_code").alias("answer_code"),
        pl.col("end_to_end_id").alias("direct_debit_id"),
        pl.col("amount").abs(),
        pl.col("booked_on").alias("answered_on"),
    )


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
