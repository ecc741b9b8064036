"""Bank files of the demo: camt.054 as Swedish banks deliver it, BgMax while it lasts, and Swish as CSV.

camt.054.001.02 with Bankgiro numbers as BGNR; BgMax layout 01 (Bankgirot's manual of November 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from xml.sax.saxutils import escape

from pipelines.demo.number_series import reserved
from pipelines.demo.payments import Payment

IBAN, ACCOUNT = "SE3550000000054910000003", "54910000003"  # the same account: the operator's
SWISH_PAYEE = "1230000000"
_SWISH_PAYER = reserved("mobile")[0]
_BGMAX_WIDTH = 80
_CORRECT_OCR, _UNCHECKED, _NO_REFERENCE = "2", "3", "0"


@dataclass(frozen=True)
class ExtraEntry:
    """An entry that is no payment: pending (PDNG), or an earlier credit that the bank takes back."""

    amount: Decimal
    booked_on: date
    bank_reference: str
    reference: str
    takes_back: bool


def _by_day(payments: Iterable[Payment]) -> Iterator[tuple[date, list[Payment]]]:
    for day, same_day in groupby(payments, key=lambda payment: payment.booked_on):
        yield day, list(same_day)


def camt054(
    message_id: str,
    created_on: date,
    bankgiro: str,
    payments: list[Payment],
    extra: tuple[ExtraEntry, ...] = (),
    summary_error: Decimal = Decimal(0),
) -> bytes:
    """Write a notification with one batch entry per booking date; `payments` are sorted by date.

    `summary_error` is added to the summary's credit sum, for a file that must be refused.
    """
    days = list(_by_day(payments))
    taken_back = [e.amount for e in extra if e.takes_back]
    incoming = [sum((p.amount for p in same_day), Decimal(0)) for _, same_day in days]
    incoming += [e.amount for e in extra if not e.takes_back]
    entries = [_batch(number, day, bankgiro, same_day) for number, (day, same_day) in enumerate(days, start=1)]
    entries += [_extra(number, each) for number, each in enumerate(extra, start=len(days) + 1)]
    made = f"{created_on}T18:00:00+01:00"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn>\n'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{made}</CreDtTm>"
        "<MsgPgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></MsgPgntn></GrpHdr>\n"
        f"<Ntfctn><Id>{message_id}-1</Id><CreDtTm>{made}</CreDtTm>\n"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>SEK</Ccy>"
        "<Svcr><FinInstnId><BIC>ESSESESS</BIC></FinInstnId></Svcr></Acct>\n"
        f"{_summary(incoming, taken_back, summary_error)}\n"
        + "".join(entries)
        + "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    ).encode()


def _summary(incoming: list[Decimal], taken_back: list[Decimal], error: Decimal) -> str:
    in_sum, out_sum = sum(incoming, Decimal(0)) + error, sum(taken_back, Decimal(0))
    return (
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(incoming) + len(taken_back)}</NbOfNtries>"
        f"<Sum>{in_sum + out_sum:.2f}</Sum></TtlNtries>"
        f"<TtlCdtNtries><NbOfNtries>{len(incoming)}</NbOfNtries><Sum>{in_sum:.2f}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><NbOfNtries>{len(taken_back)}</NbOfNtries><Sum>{out_sum:.2f}</Sum></TtlDbtNtries></TxsSummry>"
    )


def _batch(number: int, day: date, bankgiro: str, payments: list[Payment]) -> str:
    total = sum((p.amount for p in payments), Decimal(0))
    return (
        f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="SEK">{total:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>BG{day:%Y%m%d}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>\n"
        f'<NtryDtls><Btch><NbOfTxs>{len(payments)}</NbOfTxs><TtlAmt Ccy="SEK">{total:.2f}</TtlAmt>'
        "<CdtDbtInd>CRDT</CdtDbtInd></Btch>\n"
        + "".join(_transaction(bankgiro, payment) for payment in payments)
        + "</NtryDtls></Ntry>\n"
    )


def _transaction(bankgiro: str, payment: Payment) -> str:
    return (
        f"<TxDtls><Refs><AcctSvcrRef>TX{payment.serial}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f'<AmtDtls><TxAmt><Amt Ccy="SEK">{payment.amount:.2f}</Amt></TxAmt></AmtDtls>'
        f"<RltdPties><Dbtr><Nm>{escape(payment.payer_name)}</Nm></Dbtr><CdtrAcct><Id><Othr><Id>{bankgiro}</Id>"
        "<SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr></Id></CdtrAcct></RltdPties>"
        f"{_remittance(payment.reference)}</TxDtls>\n"
    )


def _remittance(reference: str) -> str:
    if not reference:
        return ""
    if not reference.replace(" ", "").isdigit():
        return f"<RmtInf><Ustrd>{escape(reference)}</Ustrd></RmtInf>"
    structured = (
        f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{each}</Ref></CdtrRefInf></Strd>"
        for each in reference.split()
    )
    return f"<RmtInf>{''.join(structured)}</RmtInf>"


def _extra(number: int, entry: ExtraEntry) -> str:
    direction, state = ("DBIT", "BOOK") if entry.takes_back else ("CRDT", "PDNG")
    reversal = "<RvslInd>true</RvslInd>" if entry.takes_back else ""
    family = "RRTN" if entry.takes_back else "DMCT"
    return (
        f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="SEK">{entry.amount:.2f}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        f"{reversal}<Sts>{state}</Sts><BookgDt><Dt>{entry.booked_on}</Dt></BookgDt>"
        f"<ValDt><Dt>{entry.booked_on}</Dt></ValDt><AcctSvcrRef>{entry.bank_reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><AcctSvcrRef>{entry.bank_reference}-1</AcctSvcrRef></Refs>"
        f"{_remittance(entry.reference)}</TxDtls></NtryDtls></Ntry>\n"
    )


def bgmax(created_on: date, bankgiro: str, payments: list[Payment]) -> bytes:
    """Write a BgMax file with one section per booking date; `payments` are sorted by date."""
    sections = [line for day, same_day in _by_day(payments) for line in _section(day, bankgiro, same_day)]
    days = len({payment.booked_on for payment in payments})
    lines = [
        f"01{'BGMAX':<20}01{created_on:%Y%m%d}173000000000P",
        *sections,
        f"70{len(payments):08d}{0:08d}{0:08d}{days:08d}",
    ]
    return "".join(f"{line:<{_BGMAX_WIDTH}}\r\n" for line in lines).encode("iso-8859-1", errors="replace")


def _section(day: date, bankgiro: str, payments: list[Payment]) -> Iterator[str]:
    yield f"05{bankgiro:0>10}{'':10}SEK"
    for payment in payments:
        code = _reference_code(payment.reference)
        yield f"20{0:010d}{payment.reference:>25}{_oere(payment.amount):018d}{code}1{payment.serial}0"
        yield f"26{payment.payer_name:<35}"
    total = _oere(sum((p.amount for p in payments), Decimal(0)))
    serial = day.timetuple().tm_yday  # unique per Bankgiro number and year, and one deposit a day
    yield f"15{ACCOUNT:0>35}{day:%Y%m%d}{serial:05d}{total:018d}SEK{len(payments):08d}K"


def _reference_code(reference: str) -> str:
    if not reference:
        return _NO_REFERENCE
    return _CORRECT_OCR if reference.isdigit() else _UNCHECKED


def _oere(amount: Decimal) -> int:
    return int(amount * 100)


def swish_csv(payments: list[Payment]) -> bytes:
    """Write the profile `swish_csv`: semicolons, decimal comma, Windows-1252."""
    header = "Bokföringsdag;Referens;Mottagare;Avsändare;Namn;Meddelande;Belopp;Valuta"
    lines = [
        ";".join((str(p.booked_on), f"SW{p.serial}", SWISH_PAYEE, _SWISH_PAYER, p.payer_name.replace(";", ","),
                  p.reference, f"{p.amount:.2f}".replace(".", ","), "SEK"))
        for p in payments
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in (header, *lines)).encode("cp1252", errors="replace")
