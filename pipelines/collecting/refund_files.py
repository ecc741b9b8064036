"""Files of refunds for the bank (pain.001): what people ordered to be paid back, each in exactly one file."""

from __future__ import annotations

import polars as pl

from invoicing.refunds import refund_end_to_end_id
from pipelines.collecting.our_side import message_id, our_side
from pipelines.formats.pain001 import write_pain001
from pipelines.formats.payment_message import Message
from pipelines.lake.numbered_files import NumberedFiles
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.money import sum_amounts

FILES = NumberedFiles(tables.REFUND_FILE, "refunds", "refunds", "xml")
_NOT_IN_A_FILE = """
    SELECT * FROM refund ANTI JOIN filed_refund USING (refund_no) ANTI JOIN (
        SELECT request_id FROM allocation WHERE allocation_kind = 'refund' GROUP BY ALL HAVING sum(paid_amount) = 0
    ) USING (request_id)
"""
_IN_FILE = "SELECT r.* FROM refund r JOIN filed_refund USING (refund_no) WHERE file_no = ?"


def export_refunds(night: Night) -> StageReport:
    """Write the refunds that stand in no file yet as `outbox/refunds/refunds_<no>.xml`.

    Committed before it is written: a run killed in between finds the file missing and writes the same bytes again. An
    operator without an IBAN pays nothing out: its refunds wait. One that was undone before it stood in a file, because
    its payment was taken back, is ordered from nobody.
    """
    FILES.restore_last(night, _content_again)
    store = night.store
    refunds = store.select(tables.REFUND, _NOT_IN_A_FILE)
    if refunds.height and not night.policy.operator.iban:
        text = f"{refunds.height} refunds wait: operator.iban of policy.toml is empty"
        return StageReport(refunds.height, 0, 0, text)
    if refunds.height:
        number, version = FILES.next_number(night), night.policy.direct_debit.refund_version
        about = {
            "message_version": version,
            "order_count": refunds.height,
            "amount": refunds.select(sum_amounts(pl.col("amount"))).item(),
            "ordered_on": night.on,
        }
        with store.transaction(f"refund file {number}"):
            filed = refunds.select("refund_no", pl.lit(number, pl.Int64).alias("file_no"))
            store.append(tables.FILED_REFUND, filed)
            message = Message(version, message_id(night.policy, "RF", number), night.on)
            FILES.commit(night, number, about, _content(night, number, message))
        FILES.restore_last(night, _content_again)
    return StageReport(refunds.height, refunds.height, 0, f"{refunds.height} refunds ordered from the bank")


def _content_again(night: Night, number: int) -> bytes:
    row = FILES.row(night, number)
    message = Message(row["message_version"], message_id(night.policy, "RF", number), row["ordered_on"])
    return _content(night, number, message)


def _content(night: Night, number: int, message: Message) -> bytes:
    refunds = night.store.select(tables.REFUND, _IN_FILE, [number]).sort("refund_no")
    named = refunds.with_columns(refund_end_to_end_id(pl.col("refund_no")).alias("end_to_end_id"))
    return write_pain001(named, our_side(night.policy), message)
