"""pain.001: refunds to customers, in versions .001.03 and .001.09.

An account is an IBAN, a Bankgiro number (NNN-NNNN or NNNN-NNNN, clearing 9900), a Plusgiro number (NNNNNN-N, 9960), or
clearing number and account number in digits.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import polars as pl

from invoicing.bank_days import next_bank_day
from invoicing.einvoice.xml_tree import Parts
from pipelines.formats.payment_message import Message, OurSide, allowed_text, bank, control_figures, written_message

_BANKGIRO = re.compile(r"[0-9]{3,4}-?[0-9]{4}")
_PLUSGIRO = re.compile(r"[0-9]{1,7}-[0-9]")
_CLEARING = 4  # digits of a clearing number; the fifth that some have is a check digit
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")


class ToAccount(NamedTuple):
    """An account as a message says it: kind (`iban`, `bankgiro`, `plusgiro`, `account`), number without separators."""

    kind: str
    number: str


def to_account(text: str) -> ToAccount:
    """Tell what kind of account a refund goes to."""
    compact = re.sub(r"\s", "", text).upper()
    if _IBAN.fullmatch(compact):
        return ToAccount("iban", compact)
    kinds = (("bankgiro", _BANKGIRO), ("plusgiro", _PLUSGIRO))
    kind = next((name for name, shape in kinds if shape.fullmatch(compact)), "account")
    return ToAccount(kind, compact.replace("-", ""))


def write_pain001(refunds: pl.DataFrame, ours: OurSide, message: Message) -> bytes:
    """Write REFUND rows with their `end_to_end_id`, a batch for each currency."""
    ordered = refunds.sort("currency", "refund_no").partition_by("currency", maintain_order=True)
    batches = [_batch(rows.to_dicts(), ours, message, number) for number, rows in enumerate(ordered, 1)]
    return written_message(message, "CstmrCdtTrfInitn", ours, refunds["amount"].to_list(), batches)


def _batch(rows: list[dict[str, Any]], ours: OurSide, message: Message, number: int) -> Parts:
    xml = message.xml
    leaf, branch = xml.leaf, xml.branch
    currency = rows[0]["currency"]
    is_euro = currency == "EUR"
    day = next_bank_day(message.made_on, "target" if is_euro else "sweden").isoformat()
    return branch(
        "PmtInf",
        leaf("PmtInfId", f"{message.message_id}-{number}"),
        leaf("PmtMtd", "TRF"),
        *control_figures(xml, (row["amount"] for row in rows)),
        branch("PmtTpInf", branch("SvcLvl", leaf("Cd", "SEPA" if is_euro else "NURG"))),
        leaf("ReqdExctnDt", day) if message.is_old else branch("ReqdExctnDt", leaf("Dt", day)),
        branch("Dbtr", leaf("Nm", allowed_text(ours.name, currency))),
        branch("DbtrAcct", branch("Id", leaf("IBAN", ours.iban)), leaf("Ccy", None if is_euro else currency)),
        branch("DbtrAgt", bank(message, ours.bic)),
        leaf("ChrgBr", "SLEV"),
        *(_transfer(row, message) for row in rows),
    )


def _transfer(row: dict[str, Any], message: Message) -> Parts:
    xml = message.xml
    leaf, branch = xml.leaf, xml.branch
    account = to_account(row["to_account"])
    return branch(
        "CdtTrfTxInf",
        branch("PmtId", leaf("EndToEndId", row["end_to_end_id"])),
        branch("Amt", leaf("InstdAmt", f"{row['amount']:.2f}", Ccy=row["currency"])),
        _payees_bank(account, message),
        branch("Cdtr", leaf("Nm", allowed_text(row["to_name"], row["currency"]))),
        branch("CdtrAcct", branch("Id", _account_id(account, message))),
        branch("RmtInf", leaf("Ustrd", row["end_to_end_id"])),
    )


def _payees_bank(account: ToAccount, message: Message) -> Parts:
    """Name the clearing of Bankgiro or Plusgiro, or the account's own; an IBAN needs no bank."""
    own = account.number[:_CLEARING] if account.kind == "account" else None
    clearing = {"bankgiro": "9900", "plusgiro": "9960"}.get(account.kind, own)
    if clearing is None:
        return None
    xml = message.xml
    system = xml.branch("ClrSysId", xml.leaf("Cd", "SESBA"))
    member = xml.branch("ClrSysMmbId", system, xml.leaf("MmbId", clearing))
    return xml.branch("CdtrAgt", xml.branch("FinInstnId", member))


def _account_id(account: ToAccount, message: Message) -> Parts:
    xml = message.xml
    leaf, branch = xml.leaf, xml.branch
    if account.kind == "iban":
        return leaf("IBAN", account.number)
    scheme = leaf("Prtry", "BGNR") if account.kind == "bankgiro" else leaf("Cd", "BBAN")
    return branch("Othr", leaf("Id", account.number), branch("SchmeNm", scheme))
