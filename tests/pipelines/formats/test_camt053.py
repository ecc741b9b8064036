"""camt.053: balances that agree, entries as they are booked, and their transactions as reports of payments."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.formats.camt053 import CAMT053
from pipelines.formats.layout import ENTRY_RECORDS, PAYMENT_RECORDS, STATEMENTS, FileFaultError, ReadContext

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/camt"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")


def balance(kind, amount, day="2026-11-02", sign="CRDT"):
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="SEK">{amount}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(amount, sign="CRDT", details="", status="BOOK", reference="E1"):
    return (
        f'<Ntry><Amt Ccy="SEK">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-11-02</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>544</Cd></Prtry></BkTxCd><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def message(*entries, opening="OPBD", closing="150.00", head="", version="02"):
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>S1</Id>{head}<ElctrncSeqNb>77</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>SE35</IBAN></Id><Ccy>SEK</Ccy></Acct>{balance(opening, '100.00')}{balance('CLBD', closing)}"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


PAID = "<TxDtls><Refs><AcctSvcrRef>T1</AcctSvcrRef></Refs><RmtInf><Ustrd>100000157</Ustrd></RmtInf></TxDtls>"
ENTRIES = (entry("60.00", details=PAID), entry("10.00", "DBIT", reference="FEE"), entry("7", status="PDNG"))


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
@pytest.mark.parametrize("opening", ["OPBD", "PRCD"])
def test_a_statement_is_read_with_its_balances(version, opening):
    parsed = CAMT053.read(message(*ENTRIES, version=version, opening=opening), CONTEXT)
    assert (dict(parsed.records.schema), dict(parsed.statements.schema)) == (ENTRY_RECORDS, STATEMENTS)
    assert parsed.bank_file_id == "camt053:M1"
    assert parsed.statements.row(0, named=True) == {
        "statement_id": "SE35:S1",
        "payee_account": "SE35",
        "statement_no": "S1",
        "sequence_no": 77,
        "page_no": 1,
        "is_last_page": True,
        "covered_from": date(2026, 11, 2),
        "covered_to": date(2026, 11, 2),
        "currency": "SEK",
        "opening_amount": Decimal("100.00"),
        "closing_amount": Decimal("150.00"),
    }


def test_entries_not_booked_are_passed_over_and_debits_are_negative():
    found = CAMT053.read(message(*ENTRIES), CONTEXT).records
    assert found.select("bank_entry_id", "amount", "entry_reference", "entry_code").rows() == [
        ("SE35:S1:1", Decimal("60.00"), "E1", "544"),
        ("SE35:S1:2", Decimal("-10.00"), "FEE", "544"),
    ]


def test_transactions_that_are_payments_are_reported_with_their_entry():
    found = CAMT053.read(message(*ENTRIES), CONTEXT).payments
    assert dict(found.schema) == PAYMENT_RECORDS
    assert found.select("payment_record_id", "bank_entry_id", "amount", "reference_text").rows() == [
        ("camt053:SE35/T1/60.00/CRDT/2026-11-02", "SE35:S1:1", Decimal("60.00"), "100000157")
    ]


def test_balances_that_the_entries_do_not_lead_to_refuse_the_file_with_both_figures():
    figures = r"closing balance \(opening 100.00, booked entries 50.00\): the file declares 151.00, its .* give 150.00"
    with pytest.raises(FileFaultError, match=f"WRONG_TOTALS: .*{figures}"):
        CAMT053.read(message(*ENTRIES, closing="151.00"), CONTEXT)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (message(*ENTRIES).replace(b"OPBD", b"OPAV"), "UNREADABLE: .*no balance OPBD or PRCD"),
        (message(*ENTRIES).replace(b"CLBD", b"CLAV"), "UNREADABLE: .*no balance CLBD"),
        (message(*ENTRIES, head="<CpyDplctInd>DUPL</CpyDplctInd>"), "NOT_FOR_POSTING"),
        (message(entry("1.005")), "UNREADABLE: line 1: 1.005 is not an amount"),
    ],
)
def test_a_statement_without_balances_a_copy_and_a_broken_amount_are_refused(content, fault):
    with pytest.raises(FileFaultError, match=fault):
        CAMT053.read(content, CONTEXT)


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("<Id>S1</Id>", "", "Id is missing"),
        ("<Id><IBAN>SE35</IBAN></Id>", "<Id/>", "Acct/Id is missing"),
        ("60.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>", "60.00</Amt>", "CdtDbtInd is missing, neither CRDT nor DBIT"),
        ("60.00</Amt><CdtDbtInd>CRDT", "60.00</Amt><CdtDbtInd>CREDIT", "CdtDbtInd is CREDIT, neither CRDT nor DBIT"),
        ("100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>", "100.00</Amt>", "CdtDbtInd is missing, neither CRDT nor DBIT"),
        ("<ElctrncSeqNb>", "<StmtPgntn><PgNb>one</PgNb></StmtPgntn><ElctrncSeqNb>", "PgNb is one, and no page number"),
        ("</Stmt>", "</Stmt><Stmt>{again}</Stmt>", "statement SE35:S1 stands in the message more than once"),
    ],
)
def test_a_statement_that_lacks_what_tells_its_money_apart_is_refused(written, instead, told):
    content = message(*ENTRIES).decode()
    again = content.partition("<Stmt>")[2].partition("</Stmt>")[0]
    changed = content.replace(written, instead.replace("{again}", again), 1).encode()
    with pytest.raises(FileFaultError, match=told) as fault:
        CAMT053.read(changed, CONTEXT)
    assert fault.value.code == "UNREADABLE"


def test_transactions_that_leave_out_their_amounts_do_not_hold_up_the_statement():
    """They are optional in every version; the entry itself is held against the balances."""
    named = "<TxDtls><Refs><EndToEndId>A</EndToEndId></Refs></TxDtls>"
    parsed = CAMT053.read(message(entry("50.00", details=named * 2)), CONTEXT)
    assert (parsed.records.height, parsed.payments.height) == (1, 0)


def test_a_page_in_the_middle_needs_no_balances():
    page = "<StmtPgntn><PgNb>2</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    content = message(entry("60.00"), head=page).replace(b"OPBD", b"OPAV").replace(b"CLBD", b"CLAV")
    found = CAMT053.read(content, CONTEXT).statements
    assert found.select("statement_id", "page_no", "is_last_page", "opening_amount").rows() == [
        ("SE35:S1:page 2", 2, False, None)
    ]


@needs_samples
@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("v2.minimal", "opening 18.15, booked entries 8.85.*declares -27.00, its records give 27.00"),
        ("v2.five.decimals", "opening 18.15, booked entries 8.85.*declares 27.05, its records give 27.00"),
        ("v8", "opening 18.15, booked entries 8.85.*declares -27.00, its records give 27.00"),
    ],
)
def test_the_genkgo_samples_are_copies_and_their_balances_do_not_agree_besides(name, figures):
    content = (SAMPLES / f"genkgo_camt053.{name}.xml").read_bytes()
    assert CAMT053.recognises(content)
    with pytest.raises(FileFaultError, match="NOT_FOR_POSTING: CpyDplctInd is CODU"):
        CAMT053.read(content, CONTEXT)
    with pytest.raises(FileFaultError, match=f"WRONG_TOTALS: .*{figures}"):
        CAMT053.read(content.replace(b"<CpyDplctInd>CODU</CpyDplctInd>", b""), CONTEXT)


def test_a_transaction_in_a_currency_without_a_rate_is_kept_for_when_there_is_one():
    euro = message(*ENTRIES[:2]).replace(b'Ccy="SEK"', b'Ccy="EUR"')
    payments = CAMT053.read(euro, CONTEXT).payments
    assert payments.select("amount", "currency").rows() == [(Decimal(60), "EUR")]
