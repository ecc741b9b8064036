"""pain.002: which direct debits and refunds the bank took or refused, and why."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.formats.layout import ANSWER_RECORDS, FileFaultError, ReadContext
from pipelines.formats.pain002 import PAIN002

CONTEXT = ReadContext("Europe/Stockholm", "SEK")


def message(*transactions, group="", version="03"):
    body = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId>{''.join(transactions)}</OrgnlPmtInfAndSts>"
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>S1</MsgId><CreDtTm>2026-11-20T09:00:00+01:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>DD7</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>{body if transactions else ''}"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def transaction(end_to_end, status, reason=""):
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>why</AddtlInf></StsRsnInf>" if reason else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{end_to_end}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}"
        '<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">12.50</InstdAmt></Amt>'
        "<MndtRltdInf><MndtId>M-1</MndtId></MndtRltdInf></OrgnlTxRef></TxInfAndSts>"
    )


@pytest.mark.parametrize("version", ["03", "10"])
def test_a_transaction_refused_or_taken_is_an_answer_and_a_pending_one_is_none(version):
    rows = (
        transaction("1000064-1", "RJCT", "AM04"), transaction("R12", "ACSC"), transaction("1000065-1", "PDNG"),
    )  # fmt: skip
    content = message(*rows, version=version)
    assert PAIN002.recognises(content)
    parsed = PAIN002.read(content, CONTEXT)
    assert dict(parsed.records.schema) == ANSWER_RECORDS
    names = (
        "direct_debit_id",
        "answer",
        "answer_code",
        "answer_text",
        "amount",
        "currency",
        "mandate_id",
        "answered_on",
    )
    assert parsed.records.select(names).rows() == [
        ("1000064-1", "rejected", "AM04", "why", Decimal("12.50"), "EUR", "M-1", date(2026, 11, 20)),
        ("R12", "accepted", "ACSC", None, Decimal("12.50"), "EUR", "M-1", date(2026, 11, 20)),
    ]
    assert parsed.bank_file_id == "pain002:S1"


def test_a_file_refused_as_a_whole_is_one_answer():
    refused = "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>"
    parsed = PAIN002.read(message(group=refused), CONTEXT)
    assert parsed.records.select("direct_debit_id", "answer", "answer_code", "answer_text").rows() == [
        (None, "rejected", "FF01", "the whole of DD7 was refused")
    ]


def test_a_report_without_a_date_is_unreadable():
    with pytest.raises(FileFaultError, match="UNREADABLE: GrpHdr/CreDtTm"):
        PAIN002.read(message().replace(b"2026-11-20T09:00:00+01:00", b"soon"), CONTEXT)
