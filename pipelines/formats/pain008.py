"""pain.008: SEPA direct debits, in versions .001.02 and .001.08."""

from __future__ import annotations

from typing import Any

import polars as pl

from invoicing.einvoice.xml_tree import Parts
from pipelines.formats.payment_message import Message, OurSide, allowed_text, bank, control_figures, written_message


def write_pain008(debits: pl.DataFrame, ours: OurSide, message: Message) -> bytes:
    """Write DIRECT_DEBIT rows with `payer_name`, `payer_account` (IBAN) and `signed_on` of their mandates.

    A batch is what is collected on one day with one sequence type, in order of both; within it the rows keep theirs.
    """
    batches = debits.sort("collect_on", "sequence_type", maintain_order=True).partition_by(
        "collect_on", "sequence_type", maintain_order=True
    )
    parts = [_batch(rows.to_dicts(), ours, message, number) for number, rows in enumerate(batches, 1)]
    return written_message(message, "CstmrDrctDbtInitn", ours, debits["amount"].to_list(), parts)


def _batch(rows: list[dict[str, Any]], ours: OurSide, message: Message, number: int) -> Parts:
    xml = message.xml
    leaf, branch = xml.leaf, xml.branch
    first = rows[0]
    return branch(
        "PmtInf",
        leaf("PmtInfId", f"{message.message_id}-{number}"),
        leaf("PmtMtd", "DD"),
        leaf("BtchBookg", "true"),
        *control_figures(xml, (row["amount"] for row in rows)),
        branch(
            "PmtTpInf",
            branch("SvcLvl", leaf("Cd", "SEPA")),
            branch("LclInstrm", leaf("Cd", ours.instrument)),
            leaf("SeqTp", first["sequence_type"]),
        ),
        leaf("ReqdColltnDt", first["collect_on"].isoformat()),
        branch("Cdtr", leaf("Nm", allowed_text(ours.name, "EUR"))),
        branch("CdtrAcct", branch("Id", leaf("IBAN", ours.iban))),
        branch("CdtrAgt", bank(message, ours.bic)),
        leaf("ChrgBr", "SLEV"),
        _creditor(ours, message),
        *(_debit(row, message) for row in rows),
    )


def _creditor(ours: OurSide, message: Message) -> Parts:
    xml = message.xml
    leaf, branch = xml.leaf, xml.branch
    number = branch("Othr", leaf("Id", ours.creditor_id), branch("SchmeNm", leaf("Prtry", "SEPA")))
    return branch("CdtrSchmeId", branch("Id", branch("PrvtId", number)))


def _debit(row: dict[str, Any], message: Message) -> Parts:
    xml = message.xml
    leaf, branch = xml.leaf, xml.branch
    mandate = branch("MndtRltdInf", leaf("MndtId", row["mandate_id"]), leaf("DtOfSgntr", row["signed_on"].isoformat()))
    return branch(
        "DrctDbtTxInf",
        branch("PmtId", leaf("EndToEndId", row["direct_debit_id"])),
        leaf("InstdAmt", f"{row['amount']:.2f}", Ccy=row["currency"]),
        branch("DrctDbtTx", mandate),
        branch("DbtrAgt", bank(message, "")),
        branch("Dbtr", leaf("Nm", allowed_text(row["payer_name"], "EUR"))),
        branch("DbtrAcct", branch("Id", leaf("IBAN", row["payer_account"]))),
        branch("RmtInf", leaf("Ustrd", f"Invoice {row['invoice_no']}")),
    )
