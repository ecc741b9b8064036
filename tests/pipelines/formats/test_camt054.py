"""camt.054: booked credits become payments, everything else a reason, and the bank's own figures must agree."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.formats.camt054 import CAMT054
from pipelines.formats.layout import PAYMENT_RECORDS, REJECTED_RECORDS, FileFaultError, ReadContext

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/camt"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")


def message(*entries, head="", top="", version="02", message_id="M1"):
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>{message_id}</MsgId>{top}</GrpHdr><Ntfctn><Id>N1</Id>{head}"
        f"<Acct><Id><IBAN>SE35</IBAN></Id></Acct>{''.join(entries)}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def entry(*details, amount="100.00", sign="CRDT", status="BOOK", currency="SEK", rest="", reference="E1"):
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{rest}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-11-02</Dt></BookgDt>{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}"
        f"<NtryDtls>{''.join(details)}</NtryDtls></Ntry>"
    )


def transaction(amount=None, reference=None, remittance="", parties="", currency="SEK"):
    return (
        f"<TxDtls><Refs>{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}</Refs>"
        f"{f'<AmtDtls><TxAmt><Amt Ccy={chr(34)}{currency}{chr(34)}>{amount}</Amt></TxAmt></AmtDtls>' if amount else ''}"
        f"<RltdPties>{parties}</RltdPties><RmtInf>{remittance}</RmtInf></TxDtls>"
    )


def read(*entries, **parts):
    return CAMT054.read(message(*entries, **parts), CONTEXT)


SCOR = "<Strd><CdtrRefInf><Ref>100023498</Ref></CdtrRefInf></Strd>"
CINV = "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>1000235</Nb></RfrdDocInf></Strd>"
CREN = CINV.replace("CINV", "CREN").replace("1000235", "9")
FREE = "<Ustrd>faktura 12</Ustrd><Ustrd>kund 8</Ustrd>"
BGNR = "<CdtrAcct><Id><Othr><Id>0991-2346</Id><SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr></Id></CdtrAcct>"


def test_a_booked_credit_is_a_payment():
    parties = f"<Dbtr><Nm>Kund Ett</Nm></Dbtr><DbtrAcct><Id><IBAN>SE99</IBAN></Id></DbtrAcct>{BGNR}"
    parsed = read(entry(transaction("100.00", "T1", SCOR, parties)))
    assert dict(parsed.records.schema) == PAYMENT_RECORDS
    assert dict(parsed.rejected.schema) == REJECTED_RECORDS
    assert parsed.bank_file_id == "camt054:M1"
    assert parsed.records.drop("record", "line_no").row(0, named=True) == {
        "record_no": 1,
        "payment_record_id": "camt054:SE35/T1/100.00/CRDT/2026-11-02",
        "payment_kind": "received",
        "bank_reference": "T1",
        "entry_reference": "E1",
        "original_reference": None,
        "bank_entry_id": None,
        "end_to_end_id": None,
        "payee_account": "9912346",
        "booked_on": date(2026, 11, 2),
        "amount": Decimal("100.00"),
        "currency": "SEK",
        "reference_text": "100023498",
        "parts": [{"reference_text": "100023498", "reference_kind": "ocr", "amount": None}],
        "free_text": None,
        "payer_name": "Kund Ett",
        "payer_account": "SE99",
        "payer_registration_no": None,
        "return_code": None,
    }


@pytest.mark.parametrize(
    ("remittance", "reference"),
    [
        (SCOR + CINV + FREE, "100023498"),
        (CINV + CREN + FREE, "1000235"),
        (CREN + FREE, "faktura 12 kund 8"),
        ("", None),
    ],
)
def test_a_creditor_reference_goes_before_invoice_numbers_before_free_text(remittance, reference):
    assert read(entry(transaction(remittance=remittance))).records["reference_text"].to_list() == [reference]


def test_without_a_bankgiro_number_the_payee_is_the_notified_account():
    assert read(entry(transaction())).records["payee_account"].to_list() == ["SE35"]


def test_an_entry_without_transactions_is_one_payment():
    bare = entry().replace("<NtryDtls></NtryDtls>", "")
    assert read(bare).records.select("amount", "bank_reference").rows() == [(Decimal("100.00"), "E1")]


@pytest.mark.parametrize("version", ["02", "04", "08"])
@pytest.mark.parametrize("prefix", ["", "ns0:"])
def test_every_version_and_prefix_is_read(version, prefix):
    detail = (
        '<TxDtls><Amt Ccy="SEK">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<RltdPties><Dbtr><Pty><Nm>Kund</Nm></Pty></Dbtr></RltdPties></TxDtls>"
    )
    content = message(entry(detail, status="<Cd>BOOK</Cd>"), version=version).decode()
    if prefix:
        content = content.replace("</", "</ns0:").replace("<", "<ns0:").replace("<ns0:/ns0:", "</ns0:")
        content = content.replace("xmlns=", "xmlns:ns0=")
    assert CAMT054.recognises(content.encode())
    assert CAMT054.read(content.encode(), CONTEXT).records["payer_name"].to_list() == ["Kund"]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"status": "PDNG"}, "NOT_BOOKED"),
        ({"status": "INFO"}, "NOT_BOOKED"),
        ({"sign": "DBIT"}, "BANK_DEBIT"),
        ({"currency": "EUR"}, "BAD_CURRENCY"),
        ({"amount": "1.005"}, "BAD_AMOUNT"),
        ({"amount": "0"}, "BAD_AMOUNT"),
        ({"amount": "ten"}, "BAD_AMOUNT"),
    ],
)
def test_what_is_not_a_booked_credit_is_rejected(parts, reason):
    parsed = read(entry(transaction(), **parts))
    assert (parsed.records.height, parsed.rejected["reason_code"].to_list()) == (0, [reason])


TAKEN_BACK = "<RvslInd>true</RvslInd>"
RETURNED = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>"


@pytest.mark.parametrize("rest", [TAKEN_BACK, RETURNED])
def test_a_credit_that_the_bank_takes_back_is_a_reversal_and_negative(rest):
    parsed = read(entry(transaction("100.00", "T9", SCOR), sign="DBIT", rest=rest))
    found = parsed.records.select("payment_kind", "amount", "reference_text", "bank_reference").rows()
    assert found == [("reversal", Decimal("-100.00"), "100023498", "T9")]


def test_a_debit_that_carries_the_number_of_our_refund_is_money_paid_out():
    ours = transaction("100.00").replace("<Refs>", "<Refs><EndToEndId>R12</EndToEndId>")
    parsed = read(entry(ours, sign="DBIT"))
    assert parsed.records.select("payment_kind", "amount", "end_to_end_id").rows() == [
        ("paid_out", Decimal("-100.00"), "R12")
    ]


def test_money_of_a_currency_with_a_rate_is_taken_from_the_day_of_its_first_rate():
    euro = entry(transaction(), currency="EUR")
    since = [ReadContext("Europe/Stockholm", "SEK", {"EUR": day}) for day in (date(2026, 11, 2), date(2026, 11, 3))]
    found = [CAMT054.read(message(euro), context) for context in since]
    assert [parsed.records["currency"].to_list() for parsed in found] == [["EUR"], []]
    assert found[1].rejected["reason_code"].to_list() == ["BAD_CURRENCY"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-02T23:30:00Z", 3),
        ("2026-11-02T23:30:00.000+01:00", 2),
        ("2026-11-02T23:30:00", 2),
        ("2026-11-02Z", 2),
    ],
)
def test_a_time_of_booking_is_taken_on_the_operators_clock(written, day):
    """The same money stands in camt.053 under its day, and both must be one payment."""
    moved = entry().replace("<Dt>2026-11-02</Dt>", f"<DtTm>{written}</DtTm>")
    assert read(moved).records["booked_on"].to_list() == [date(2026, 11, day)]


def test_a_booked_entry_without_a_date_is_a_bad_time():
    dateless = entry(transaction()).replace("<BookgDt><Dt>2026-11-02</Dt></BookgDt>", "")
    assert read(dateless).rejected["reason_code"].to_list() == ["BAD_TIME"]


@pytest.mark.parametrize(("written", "amount"), [("200000", "200000.00"), ("1.50000", "1.50"), ("0.1", "0.10")])
def test_amounts_are_exact_however_many_decimals_are_written(written, amount):
    assert read(entry(transaction(), amount=written)).records["amount"].to_list() == [Decimal(amount)]


def test_a_payment_sent_again_in_another_message_has_the_same_id():
    same = entry(transaction("60.00"), transaction("40.00"))
    first, again = read(same), read(entry(amount="7"), same, message_id="M2")
    assert set(first.records["payment_record_id"]) < set(again.records["payment_record_id"])


def test_equal_payments_on_one_day_are_two_payments():
    twice = entry(transaction("50.00", "T1"), transaction("50.00", "T1"))
    unnamed = entry(amount="5.00", reference=None)
    ids = read(twice, unnamed, unnamed).records["payment_record_id"].to_list()
    assert len(set(ids)) == 4
    assert ids[:2] == ["camt054:SE35/T1/50.00/CRDT/2026-11-02", "camt054:SE35/T1/50.00/CRDT/2026-11-02/2"]


def test_payers_are_told_apart_where_the_bank_gives_no_reference():
    one = entry(transaction(remittance=SCOR), reference=None)
    other = entry(transaction(remittance=CINV), reference=None)
    assert read(one).records["payment_record_id"][0] != read(other).records["payment_record_id"][0]


def test_what_was_paid_in_another_currency_counts_as_what_the_account_was_credited():
    """10 and 20 euro became 113 and 226 kronor: a batch of 339 kronor."""

    def paid(euro, kronor):
        counter = f'<AmtDtls><InstdAmt><Amt Ccy="EUR">{euro}</Amt></InstdAmt>'
        counter += f'<CntrValAmt><Amt Ccy="SEK">{kronor}</Amt></CntrValAmt></AmtDtls>'
        return f'<TxDtls><Amt Ccy="EUR">{euro}</Amt>{counter}</TxDtls>'

    parsed = read(entry(paid("10", "113"), paid("20", "226"), amount="339.00"))
    assert parsed.records.select("amount", "currency").rows() == [
        (Decimal("113.00"), "SEK"),
        (Decimal("226.00"), "SEK"),
    ]


def test_references_of_a_payment_keep_their_amounts_and_deducted_credit_notes():
    """Two invoices of 100 and 50, less a credit note of 30: 120."""

    def structured(kind, amount, reference):
        document = f"<RfrdDocInf><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp></RfrdDocInf>"
        name = "CdtNoteAmt" if kind == "CREN" else "RmtdAmt"
        given = f'<RfrdDocAmt><{name} Ccy="SEK">{amount}</{name}></RfrdDocAmt>'
        return f"<Strd>{document}{given}<CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>"

    remittance = (
        structured("CINV", 100, "100000157") + structured("CINV", 50, "100000256") + structured("CREN", 30, "9")
    )
    row = read(entry(transaction(remittance=remittance), amount="120.00")).records.row(0, named=True)
    assert [(each["reference_text"], each["amount"]) for each in row["parts"]] == [
        ("100000157", Decimal("100.00")), ("100000256", Decimal("50.00")), ("9", Decimal("-30.00")),
    ]  # fmt: skip
    assert row["reference_text"] == "100000157 100000256"


def test_the_end_to_end_id_is_a_reference_unless_the_payer_gave_none():
    for given, parts in (("1000064-1", ["end_to_end_id"]), ("NOTPROVIDED", [])):
        detail = transaction().replace("<Refs>", f"<Refs><EndToEndId>{given}</EndToEndId>")
        row = read(entry(detail)).records.row(0, named=True)
        assert [each["reference_kind"] for each in row["parts"]] == parts
        assert row["end_to_end_id"] == (given if parts else None)


def test_a_mobile_number_is_the_payers_account():
    parties = "<DbtrAcct><Id><Othr><Id>46701740605</Id><SchmeNm><Prtry>MOBNB</Prtry></SchmeNm></Othr></Id></DbtrAcct>"
    assert read(entry(transaction(parties=parties))).records["payer_account"].to_list() == ["46701740605"]


def test_a_refund_that_comes_back_is_received_with_its_reason():
    back = transaction().replace("<Refs>", "<Refs><EndToEndId>R12</EndToEndId>").replace(
        "<RmtInf>", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf><RmtInf>"
    )  # fmt: skip
    parsed = read(entry(back))
    assert parsed.records.select("payment_kind", "amount", "end_to_end_id", "return_code").rows() == [
        ("received", Decimal("100.00"), "R12", "AC04")
    ]


def test_a_return_without_a_reason_has_the_code_of_its_kind():
    back = entry(transaction().replace("<Refs>", "<Refs><EndToEndId>R12</EndToEndId>"), rest=RETURNED)
    assert read(back).records.select("payment_kind", "return_code").rows() == [("received", "RRTN")]


def test_direct_debits_collected_in_one_sum_are_told_apart_by_bankgirot():
    family = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd></Fmly></Domn></BkTxCd>"
    assert read(entry(transaction(), rest=family)).rejected["reason_code"].to_list() == ["TOLD_APART"]
    single = transaction(remittance=SCOR)
    assert read(entry(single, rest=family)).records.height == 1


BATCH = '<Btch><NbOfTxs>{count}</NbOfTxs><TtlAmt Ccy="SEK">{total}</TtlAmt></Btch>'
SUMMARY = "<TxsSummry><{kind}><NbOfNtries>{count}</NbOfNtries><Sum>{total}</Sum></{kind}></TxsSummry>"
PAIR = (transaction("60.00", "T1"), transaction("40.00", "T2"))


@pytest.mark.parametrize(
    ("content", "figures"),
    [
        (message(entry(*PAIR, amount="100.01")), "amount: the file declares 100.01, its records give 100.00"),
        (message(entry(transaction("60.00"))), "amount: the file declares 100.00, its records give 60.00"),
        (message(entry(BATCH.format(count=3, total="100.00"), *PAIR)), "declares 3, its records give 2"),
        (message(entry(BATCH.format(count=2, total="99.00"), *PAIR)), "declares 99.00, its records give 100.00"),
        (message(entry(), head=SUMMARY.format(kind="TtlNtries", count=2, total="100.00")), "declares 2, .* give 1"),
        (message(entry(), head=SUMMARY.format(kind="TtlCdtNtries", count=1, total="9")), "declares 9, .* give 100.00"),
        (message(entry(), head=SUMMARY.format(kind="TtlDbtNtries", count=1, total="9")), "declares 1, .* give 0"),
    ],
)
def test_figures_that_do_not_agree_refuse_the_file_and_stand_side_by_side(content, figures):
    with pytest.raises(FileFaultError, match=f"WRONG_TOTALS: .*{figures}"):
        CAMT054.read(content, CONTEXT)


def test_a_file_whose_figures_agree_is_read():
    head = SUMMARY.format(kind="TtlNtries", count=2, total="150.00")
    parsed = read(entry(BATCH.format(count=2, total="100.00"), *PAIR), entry(amount="50", sign="DBIT"), head=head)
    assert (parsed.records.height, parsed.rejected.height, parsed.rows_read) == (2, 1, 3)


def test_a_batch_may_declare_its_net_without_a_direction():
    returned = transaction("20.00", "T2").replace("<AmtDtls>", "<CdtDbtInd>DBIT</CdtDbtInd><AmtDtls>")
    for total in ("80.00", "120.00"):
        batch = f'<Btch><NbOfTxs>2</NbOfTxs><TtlAmt Ccy="SEK">{total}</TtlAmt></Btch>'
        parsed = read(entry(batch, transaction("100.00", "T1"), returned, amount="80.00"))
        assert (parsed.records["amount"].to_list(), parsed.rejected["reason_code"].to_list()) == (
            [Decimal("100.00")],
            ["BANK_DEBIT"],
        )


@pytest.mark.parametrize(
    "summary",
    [
        "<TtlNetNtryAmt>{net}</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd>",
        "<TtlNetNtryAmt>{net}</TtlNetNtryAmt>",
        "<TtlNetNtry><Amt>{net}</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>",
    ],
)
def test_the_net_of_a_summary_is_held_against_the_entries(summary):
    entries = entry(amount="100.00"), entry(amount="130.00", sign="DBIT", reference="E2")
    summed = f"<TxsSummry><TtlNtries>{summary}</TtlNtries></TxsSummry>"
    assert read(*entries, head=summed.format(net=30)).rows_read == 2
    with pytest.raises(FileFaultError, match=r"TtlNetNtry.*: the file declares 31, its records give 30"):
        read(*entries, head=summed.format(net=31))


def test_transactions_without_amounts_are_rejected_one_by_one():
    parsed = read(entry(transaction(), transaction()), entry(amount="5.00", reference="E2"))
    assert parsed.records["amount"].to_list() == [Decimal("5.00")]
    assert parsed.rejected["reason_code"].to_list() == ["BAD_AMOUNT", "BAD_AMOUNT"]


@pytest.mark.parametrize("mark", ["DUPL", "COPY", "CODU"])
def test_a_copy_is_not_posted(mark):
    with pytest.raises(FileFaultError, match="NOT_FOR_POSTING"):
        read(entry(), head=f"<CpyDplctInd>{mark}</CpyDplctInd>")


def test_pages_of_one_message_are_files_of_their_own():
    page = "<MsgPgntn><PgNb>2</PgNb><LastPgInd>false</LastPgInd></MsgPgntn>"
    head = SUMMARY.format(kind="TtlNtries", count=9, total="900.00")
    assert read(entry(), top=page, head=head).bank_file_id == "camt054:M1:page 2"


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE Document [<!ENTITY a "b">]>',
        b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_xml_that_declares_a_document_type_is_unsafe(declaration):
    with pytest.raises(FileFaultError, match="UNSAFE_XML"):
        CAMT054.read(declaration + message(entry()), CONTEXT)


def test_a_document_type_hidden_in_utf16_is_unsafe_too():
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE Document>' + message(entry()).decode()
    with pytest.raises(FileFaultError, match="UNSAFE_XML"):
        CAMT054.read(text.encode("utf-16"), CONTEXT)


@pytest.mark.parametrize("content", [message(entry())[:-20], b"<a/>", b"no xml", message(entry(), message_id="")])
def test_what_is_cut_short_or_has_no_message_id_is_unreadable(content):
    with pytest.raises(FileFaultError, match="UNREADABLE"):
        CAMT054.read(content, CONTEXT)


@needs_samples
def test_the_swedish_sample_gives_four_payments_a_reversal_and_a_pending_entry():
    parsed = CAMT054.read((SAMPLES / "SYNTHETIC_se_camt054_bg.xml").read_bytes(), CONTEXT)
    assert parsed.records.select("amount", "reference_text", "payee_account").rows() == [
        (Decimal("391.00"), "100023498", "9912346"),
        (Decimal("2809.00"), "100023597", "9912346"),
        (Decimal("500.00"), "faktura 1000236 kund nr 8849", "SE3550000000054910000003"),
        (Decimal("349.00"), "100023696", "SE3550000000054910000003"),
        (Decimal("-391.00"), "100023498", "SE3550000000054910000003"),
    ]
    assert parsed.rejected["reason_code"].to_list() == ["NOT_BOOKED"]
    assert parsed.bank_file_id == "camt054:SYN20261102-1"


@needs_samples
def test_the_genkgo_sample_is_a_copy_and_its_batch_counts_wrong_besides():
    content = (SAMPLES / "genkgo_camt054.v4.xml").read_bytes()
    assert CAMT054.recognises(content)
    with pytest.raises(FileFaultError, match="NOT_FOR_POSTING: CpyDplctInd is CODU"):
        CAMT054.read(content, CONTEXT)
    with pytest.raises(FileFaultError, match="transactions in batch: the file declares 2, its records give 3"):
        CAMT054.read(content.replace(b"<CpyDplctInd>CODU</CpyDplctInd>", b""), CONTEXT)


@needs_samples
@pytest.mark.parametrize("name", ["v2.wrong", "v2.minimal", "v2.five.decimals", "v8"])
def test_a_statement_is_not_a_notification(name):
    content = (SAMPLES / f"genkgo_camt053.{name}.xml").read_bytes()
    assert not CAMT054.recognises(content)
    with pytest.raises(FileFaultError, match="UNREADABLE"):
        CAMT054.read(content, CONTEXT)


def test_a_notification_is_kept_with_its_number_and_what_it_says_of_all_its_pages():
    head = (
        "<ElctrncSeqNb>12</ElctrncSeqNb><CreDtTm>2026-11-02T18:00:00</CreDtTm>"
        "<NtfctnPgntn><PgNb>2</PgNb><LastPgInd>false</LastPgInd></NtfctnPgntn>"
    )
    summary = "<TxsSummry><TtlNtries><NbOfNtries>5</NbOfNtries><Sum>700.00</Sum></TtlNtries></TxsSummry>"
    parsed = read(entry(transaction("100.00", "T1", SCOR)), entry(amount="20.00", sign="DBIT"), head=head + summary)
    assert parsed.notifications.row(0, named=True) == {
        "notification_id": "SE35:N1:page 2",
        "payee_account": "SE35",
        "notification_no": "N1",
        "sequence_no": 12,
        "page_no": 2,
        "is_last_page": False,
        "reported_on": date(2026, 11, 2),
        "stated_count": 5,
        "stated_amount": Decimal(700),
        "held_count": 2,
        "held_amount": Decimal(120),
    }
