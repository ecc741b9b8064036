"""Transactions of an ISO 20022 account report (camt.053, camt.054), whatever its version.

One record per TxDtls, or per Ntry that has none. Amounts are in the account's currency; what left the account is
negative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from pipelines.formats.camt_elements import Element, amount_in, children, inside, text_at
from pipelines.formats.camt_remittance import remittance_of
from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.layout import ReadContext
from pipelines.formats.payment_rows import Judgement, first_fault
from pipelines.formats.reference_parts import NO_ID

_TRUE = {"true", "1"}
_RETURNS = {"RRTN", "RPCR", "UPDD", "PRDD", "ARET"}  # sub-families of ISO's bank transaction codes
_OUR_REFUND = re.compile(r"R[0-9]+")  # the end-to-end id of our own refunds: R and the refund's number


@dataclass(frozen=True)
class Transaction:
    """A transaction within its entry; `ordinal` is its place among several, 0 where it is alone."""

    entry: Element
    source: Element
    ordinal: int

    @property
    def is_debit(self) -> bool:
        """Whether the money left the account."""
        return (text_at(self.source, "CdtDbtInd") or text_at(self.entry, "CdtDbtInd")) == "DBIT"

    @property
    def is_return(self) -> bool:
        """Whether the bank says that it takes an earlier booking back."""
        marks = {text_at(self.entry, "RvslInd"), text_at(self.source, "RvslInd")}
        return bool(marks & _TRUE or self._return_family) or bool(inside(self.source, "RtrInf"))

    @property
    def return_code(self) -> str | None:
        """Why the bank returns the money: its reason, else the code of its kind of return, if any."""
        reason = text_at(self.source, "RtrInf/Rsn/Cd") or text_at(self.source, "RtrInf/Rsn/Prtry")
        return reason or self._return_family

    @property
    def _return_family(self) -> str | None:
        families = (text_at(element, "BkTxCd/Domn/Fmly/SubFmlyCd") for element in (self.source, self.entry))
        return next((each for each in families if each in _RETURNS), None)

    @property
    def end_to_end_id(self) -> str | None:
        """The id that the order carried, if any."""
        found = text_at(self.source, "Refs/EndToEndId")
        return None if found in NO_ID else found

    @property
    def payment_kind(self) -> str | None:
        """Return received, reversal or paid_out; None for a debit that is neither."""
        if not self.is_debit:
            return "received"
        if self.is_return:
            return "reversal"
        return "paid_out" if _OUR_REFUND.fullmatch(self.end_to_end_id or "") else None

    @property
    def is_direct_debit_sum(self) -> bool:
        """Whether it is money collected by Autogiro in one sum: nothing in it tells whose."""
        families = {text_at(element, "BkTxCd/Domn/Fmly/Cd") for element in (self.entry, self.source)}
        told = remittance_of(self.source)
        is_sum = "IDDT" in families and not (self.is_debit or self.end_to_end_id or told.reference_text)
        return is_sum and self.figure[1] == "SEK"

    @property
    def figure(self) -> tuple[str | None, str | None]:
        """Amount as written and its currency; a lone transaction is the entry, whatever currency was paid in."""
        whole = amount_in(self.entry)
        figure, currency = amount_in(self.source, whole[1])
        if not self.ordinal and (figure is None or currency != whole[1]):
            return whole
        return figure, currency


def payment_rows(report: Element, layout: str, context: ReadContext) -> list[tuple[Element, dict[str, Any]]]:
    """Return, for each transaction of a report, its entry and a row: fields of `PAYMENT_RECORDS` and the judgement.

    `report` is a Stmt, Rpt or Ntfctn, `layout` the prefix of the ids. Rows are rejected as NOT_BOOKED, BANK_DEBIT,
    TOLD_APART, BAD_AMOUNT, BAD_CURRENCY or BAD_TIME.
    """
    account = account_of(report)
    return [(each.entry, _row(each, account, layout, context)) for each in _transactions(report)]


def account_of(report: Element) -> str:
    """Return the account reported on: its IBAN, else its other id."""
    return text_at(report, "Acct/Id/IBAN") or text_at(report, "Acct/Id/Othr/Id") or ""


def booked_on(entry: Element, time_zone: str) -> date | None:
    """Return the booking date of an entry, None where it has none or an impossible one.

    An instant, as of a bank that writes times in UTC, is taken on the operator's clock.
    """
    written = text_at(entry, "BookgDt/Dt") or text_at(entry, "BookgDt/DtTm") or ""
    try:
        instant = datetime.fromisoformat(written) if "T" in written else None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(ZoneInfo(time_zone)).date()
        return date.fromisoformat(written[:10])
    except (ValueError, OverflowError):
        return None


def status_of(entry: Element) -> str | None:
    """Return the status of an entry: BOOK, PDNG or INFO."""
    return text_at(entry, "Sts/Cd") or text_at(entry, "Sts")


def _transactions(report: Element) -> Iterator[Transaction]:
    for entry in children(report, "Ntry"):
        details = inside(entry, "NtryDtls/TxDtls")
        for ordinal, source in enumerate(details or [entry], start=1):
            yield Transaction(entry, source, ordinal if len(details) > 1 else 0)


def _row(transaction: Transaction, account: str, layout: str, context: ReadContext) -> dict[str, Any]:
    entry, source = transaction.entry, transaction.source
    figure, currency = transaction.figure
    magnitude = exact_amount(decimal_of(figure))
    told = remittance_of(source)
    row: dict[str, Any] = {
        "line_no": source.sourceline,
        "record": str(etree.tostring(source, encoding="unicode", with_tail=False)),
        "payment_kind": transaction.payment_kind,
        "bank_reference": text_at(source, "Refs/AcctSvcrRef") or text_at(entry, "AcctSvcrRef"),
        "entry_reference": text_at(entry, "AcctSvcrRef"),
        "original_reference": text_at(source, "Refs/Prtry/Ref") if transaction.is_return else None,
        "end_to_end_id": transaction.end_to_end_id,
        "payee_account": _payee_account(source) or account,
        "booked_on": booked_on(entry, context.time_zone),
        "amount": -magnitude if magnitude is not None and transaction.is_debit else magnitude,
        "currency": currency,
        **told._asdict(),
        "payer_name": text_at(source, "RltdPties/Dbtr/Nm") or text_at(source, "RltdPties/Dbtr/Pty/Nm"),
        "payer_account": _account_id(source, "RltdPties/DbtrAcct/Id"),
        "payer_registration_no": _registration_no(source),
        "return_code": transaction.return_code,
    }
    row["payment_record_id"] = _payment_record_id(transaction, row, magnitude, f"{layout}:{account}")
    row["reason_code"], row["reason_text"] = _judge(transaction, row, figure, context)
    return row


def _judge(transaction: Transaction, row: dict[str, Any], figure: str | None, context: ReadContext) -> Judgement:
    status, foreign = status_of(transaction.entry), context.currency_fault(row["currency"], row["booked_on"])
    return first_fault(
        (status != "BOOK", "NOT_BOOKED", f"status {status}: the bank has not booked it; it comes again when booked"),
        (
            row["amount"] is None,
            "BAD_AMOUNT",
            f"{figure or 'nothing'} is not an amount above zero with at most 2 decimals",
        ),
        (row["payment_kind"] is None, "BANK_DEBIT", f"{figure} left the account; book it where it belongs"),
        (transaction.is_direct_debit_sum, "TOLD_APART", "a sum of direct debits; Bankgirot's file tells them apart"),
        (foreign is not None, "BAD_CURRENCY", foreign or ""),
        (row["booked_on"] is None, "BAD_TIME", "BookgDt is missing or not a date"),
    )


def _payee_account(source: Element) -> str | None:
    """Return the Bankgiro number paid to, digits without leading zeros as BgMax gives it."""
    for other in inside(source, "RltdPties/CdtrAcct/Id/Othr"):
        if text_at(other, "SchmeNm/Prtry") == "BGNR":
            return re.sub(r"[^0-9]", "", text_at(other, "Id") or "").lstrip("0") or None
    return None


def _account_id(source: Element, path: str) -> str | None:
    return text_at(source, f"{path}/IBAN") or text_at(source, f"{path}/Othr/Id")


def _registration_no(source: Element) -> str | None:
    for party in ("RltdPties/Dbtr", "RltdPties/Dbtr/Pty"):
        for scheme in ("OrgId", "PrvtId"):
            if found := text_at(source, f"{party}/Id/{scheme}/Othr/Id"):
                return found
    return None


def _payment_record_id(transaction: Transaction, row: dict[str, Any], magnitude: Decimal | None, prefix: str) -> str:
    """Return an id that a re-sent message repeats: it rests on the bank's references, not on the message.

    Without any reference of the bank it rests on who paid and why, hashed.
    """
    own, whole = text_at(transaction.source, "Refs/AcctSvcrRef"), row["entry_reference"]
    by_entry = f"{whole}.{transaction.ordinal}" if transaction.ordinal else whole
    reference = own or (by_entry if whole else _fingerprint(row))
    direction = "DBIT" if transaction.is_debit else "CRDT"
    return f"{prefix}/{reference}/{magnitude}/{direction}/{row['booked_on']}"


def _fingerprint(row: dict[str, Any]) -> str:
    told = [row["end_to_end_id"], row["payer_name"], row["payer_account"], row["reference_text"]]
    return sha256("\n".join(part or "" for part in told).encode()).hexdigest()[:16]
