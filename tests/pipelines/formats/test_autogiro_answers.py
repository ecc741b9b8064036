"""Answers of Autogiro: what was paid, failed, is tried again, was given back or refused; what became of mandates."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.formats.autogiro_answers import AUTOGIRO
from pipelines.formats.layout import ANSWER_RECORDS, PAYMENT_RECORDS, FileFaultError, ReadContext

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
DAY = date(2026, 11, 20)
PAYEE = "0009912346"


def opening(title, made="20261120193055123456"):
    return f"01AUTOGIRO              {made:<20}{title:<20}471117{PAYEE}"


def head(code, oere, count):
    return f"{code}{'890103232323232':0>35}2026112000001{oere:018}   {count:08}"


def collected(reference, oere, status="0", payer=101, code="82"):
    return f"{code}202611200    {payer:016}{oere:012}{PAYEE}{reference:<16}{'':10}{status}"


def given_back(reference, oere, reason="02"):
    return f"772026111900000{101:016}{oere:012}{PAYEE}{reference:<16}20261120{reason}"


def end(paid=0, out=0, back=0):
    return "09202611209900" + "".join(f"{int(bool(count)):06}{count:012}" for count in (paid, out, back))


def read(*lines, line_end="\r\n"):
    content = line_end.join([*lines, ""]).encode("iso-8859-1")
    assert AUTOGIRO.recognises(content)
    return AUTOGIRO.read(content, CONTEXT)


SPECIFICATION = (
    opening("BET. SPEC & STOPP TK"),
    head("15", 30000, 1),
    collected("1000064-1", 30000),
    collected("1000065-1", 12500, "1"),
    collected("1000066-2", 9900, "2"),
    collected("1000067-1", 5000, "9"),
    head("17", 20000, 1),
    given_back("1000021-1", 20000),
    end(paid=1, back=1),
)


def test_each_line_of_a_payment_specification_is_an_answer():
    parsed = read(*SPECIFICATION)
    assert dict(parsed.records.schema) == ANSWER_RECORDS
    assert parsed.records.select("direct_debit_id", "answer", "answer_code", "amount", "payer_no").rows() == [
        ("1000064-1", "paid", "0", Decimal("300.00"), "101"),
        ("1000065-1", "failed", "1", Decimal("125.00"), "101"),
        ("1000066-2", "failed", "2", Decimal("99.00"), "101"),
        ("1000067-1", "retry", "9", Decimal("50.00"), "101"),
        ("1000021-1", "refunded", "02", Decimal("200.00"), "101"),
    ]
    assert set(parsed.records["answered_on"]) == {DAY}


def test_what_was_paid_is_a_payment_and_what_was_given_back_a_reversal():
    parsed = read(*SPECIFICATION)
    assert dict(parsed.payments.schema) == PAYMENT_RECORDS
    names = ("payment_kind", "amount", "end_to_end_id", "payee_account", "booked_on", "return_code")
    assert parsed.payments.select(names).rows() == [
        ("received", Decimal("300.00"), "1000064-1", "9912346", DAY, None),
        ("reversal", Decimal("-200.00"), "1000021-1", "9912346", DAY, "02"),
    ]
    assert parsed.payments["parts"][0].to_list() == [
        {"reference_text": "1000064-1", "reference_kind": "end_to_end_id", "amount": None}
    ]


def test_money_paid_out_by_autogiro_is_paid_out():
    parsed = read(opening("BET. SPEC & STOPP TK"), head("16", 4500, 1), collected("R12", 4500, code="32"), end(out=1))
    assert parsed.payments.select("payment_kind", "amount", "end_to_end_id").rows() == [
        ("paid_out", Decimal("-45.00"), "R12")
    ]


def test_the_older_layout_leaves_out_the_status_of_what_was_paid():
    sums = f"09202611209900{'':14}{0:012}{0:06}{2:06}00000{42500:012}"
    lines = [f"0120261120AUTOGIRO9900{'':40}471117{PAYEE}", collected("1000064-1", 30000, " "),
             collected("1000065-1", 12500, "1"), sums]  # fmt: skip
    assert read(*lines).records["answer"].to_list() == ["paid", "failed"]


@pytest.mark.parametrize(
    ("place", "line", "figures"),
    [
        (1, head("15", 30001, 1), "TK15 on line 2: amount: the file declares 300.01, its records give 300"),
        (1, head("15", 30000, 2), "TK15 on line 2: records: the file declares 2, its records give 1"),
        (-1, end(paid=2, back=1), "TK09: records of TK15: the file declares 2, its records give 1"),
        (-1, end(paid=1), "TK09: sections TK17: the file declares 0, its records give 1"),
    ],
)
def test_counts_and_sums_that_do_not_agree_refuse_the_file(place, line, figures):
    lines = list(SPECIFICATION)
    lines[place] = line
    with pytest.raises(FileFaultError, match=f"WRONG_TOTALS: {figures}"):
        read(*lines)


def rejected(reference, oere, code, direction="82"):
    return f"{direction}202611200   {101:016}{oere:012}{reference:<16}{code}"


def test_payment_orders_that_bankgirot_refuses_are_rejected():
    sums = f"09202611209900{0:06}{0:012}{2:06}{42500:012}"
    lines = [rejected("1000064-1", 30000, "01"), rejected("1000065-1", 12500, "13")]
    parsed = read(opening("AVVISADE BET UPPDR", "20261120"), *lines, sums)
    assert parsed.records.select("answer", "answer_code", "answer_text", "direct_debit_id").rows() == [
        ("rejected", "01", "the mandate is missing", "1000064-1"),
        ("rejected", "13", "the payment date has passed", "1000065-1"),
    ]
    assert parsed.payments.is_empty()
    with pytest.raises(FileFaultError, match="amount of TK82: the file declares 425, its records give 300"):
        read(opening("AVVISADE BET UPPDR", "20261120"), lines[0], sums.replace(f"{2:06}", f"{1:06}"))


def mandate(payer, information, status, day="20261119"):
    return f"73{PAYEE}{payer:016}{'':28}{'':5}{information}{status}{day}"


def test_advice_of_mandates_says_which_are_active_cancelled_or_refused():
    lines = [mandate(101, "04", "32"), mandate(102, "46", "02"), mandate(103, "04", "23"), mandate(104, "04", "10", "")]
    parsed = read(opening("AG-MEDAVI", "20261120"), *lines, "09202611209900" + f"{4:07}")
    assert parsed.records.select("payer_no", "answer", "answer_code", "answered_on").rows() == [
        ("101", "mandate_active", "04/32", date(2026, 11, 19)),
        ("102", "mandate_cancelled", "46/02", date(2026, 11, 19)),
        ("103", "mandate_refused", "04/23", date(2026, 11, 19)),
        ("104", "mandate_active", "04/10", DAY),
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (SPECIFICATION[:-1], "cut short"),
        ([opening("MAKULERING/ANDRING"), end()], "line 1: 'MAKULERING/ANDRING' in positions 45-64 is no known answer"),
        ([*SPECIFICATION[:2], collected("x", 1, "7"), end()], "line 3: '7' in position 80 is no known status"),
        ([SPECIFICATION[0], collected("x", 1), end()], "line 2: TK82 is out of place"),
        ([opening("AG-MEDAVI", "20261120"), mandate(1, "04", "77"), "09202611209900" + f"{1:07}"], "positions 64-65"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_line_and_position(lines, told):
    with pytest.raises(FileFaultError, match=told):
        read(*lines)
