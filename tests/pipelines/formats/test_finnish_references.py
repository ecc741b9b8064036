"""Finnish reference payments: credits and corrections, held against their summary."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.formats.finnish_references import FINNISH_REFERENCES
from pipelines.formats.layout import PAYMENT_RECORDS, FileFaultError, ReadContext

CONTEXT = ReadContext("Europe/Helsinki", "EUR")
HEADER = f"02611200800{'39':<2}{'123456789':<9}1"


def paid(cents, reference="1232", archive="A1", correction="0", day="261119"):
    return (
        f"3{'31313001234567':<14}{day}261118{archive:<16}{reference:0>20}{'VIRTANEN A':<12}1A{cents:010}{correction}A "
    )


def summary(count, cents, corrections=0, corrected=0):
    return f"9{count:06}{cents:011}{corrections:06}{corrected:011}"


def read(*lines, context=CONTEXT):
    content = "\r\n".join([HEADER, *lines, ""]).encode("iso-8859-1")
    assert FINNISH_REFERENCES.recognises(content)
    return FINNISH_REFERENCES.read(content, context)


def test_a_credit_is_a_payment_with_its_reference():
    parsed = read(paid(12345), summary(1, 12345))
    assert dict(parsed.records.schema) == PAYMENT_RECORDS
    row = parsed.records.row(0, named=True)
    assert (row["amount"], row["booked_on"], row["payer_name"]) == (Decimal("123.45"), date(2026, 11, 19), "VIRTANEN A")
    assert (row["payee_account"], row["bank_reference"]) == ("31313001234567", "A1")
    assert row["parts"] == [{"reference_text": "1232", "reference_kind": "ocr", "amount": None}]


def test_a_correction_is_a_reversal_and_has_a_sum_of_its_own():
    parsed = read(paid(500), paid(500, correction="1"), summary(1, 500, 1, 500))
    assert parsed.records.select("payment_kind", "amount").rows() == [
        ("received", Decimal("5.00")), ("reversal", Decimal("-5.00")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("end", "figures"),
    [
        (summary(2, 500), "payments: the file declares 2, its records give 1"),
        (summary(1, 501), "sum of payments: the file declares 5.01, its records give 5"),
        (summary(1, 500, 1), "corrections: the file declares 1, its records give 0"),
    ],
)
def test_a_summary_that_does_not_agree_refuses_the_file(end, figures):
    with pytest.raises(FileFaultError, match=f"WRONG_TOTALS: summary on line 3: {figures}"):
        read(paid(500), end)


def test_a_file_without_summary_or_with_an_unknown_record_is_unreadable():
    with pytest.raises(FileFaultError, match="line 2: no summary record follows"):
        read(paid(500))
    with pytest.raises(FileFaultError, match="line 3: '7' in position 1"):
        read(paid(500), "7x", summary(1, 500))


def test_an_impossible_day_and_books_that_have_no_rate_of_the_euro_set_the_payment_aside():
    assert read(paid(5, day="261399"), summary(1, 5)).rejected["reason_code"].to_list() == ["BAD_TIME"]
    kronor = ReadContext("Europe/Stockholm", "SEK")
    assert read(paid(5), summary(1, 5), context=kronor).rejected["reason_code"].to_list() == ["BAD_CURRENCY"]
