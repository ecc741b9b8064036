"""Norwegian OCR giro: payments with KID, held against the ends of assignment and transmission."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.formats.layout import PAYMENT_RECORDS, FileFaultError, ReadContext
from pipelines.formats.ocr_giro import OCR_GIRO

CONTEXT = ReadContext("Europe/Oslo", "NOK")
SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/ocrgiro_no"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")
BEGIN = ("NY000010000080800170031000102", "NY090020001008566000000299991042764")


def paid(number, oere, kid="0000531", kind="10", sign="0"):
    return [
        f"NY09{kind}30{number:07}2011261320101464{sign}{oere:017}{kid:>25}",
        f"NY09{kind}31{number:07}{'9636827194'}{'099038562'}{'':07}19112699990512341",
    ]


def ends(count, records, oere):
    return [f"NY090088{count:08}{records:08}{oere:017}201126201126201126",
            f"NY000089{count:08}{records + 2:08}{oere:017}201126"]  # fmt: skip


def read(*lines):
    content = "\n".join([*BEGIN, *lines, ""]).encode()
    assert OCR_GIRO.recognises(content)
    return OCR_GIRO.read(content, CONTEXT)


def test_a_payment_has_its_kid_account_and_day():
    parsed = read(*paid(1, 102000), *ends(1, 4, 102000))
    assert dict(parsed.records.schema) == PAYMENT_RECORDS
    row = parsed.records.row(0, named=True)
    assert (row["amount"], row["booked_on"], row["payee_account"]) == (
        Decimal("1020.00"), date(2026, 11, 20), "99991042764",
    )  # fmt: skip
    assert (row["bank_reference"], row["payer_account"]) == ("099038562", "99990512341")
    assert row["parts"] == [{"reference_text": "0000531", "reference_kind": "ocr", "amount": None}]


@pytest.mark.parametrize("parts", [{"kind": "18"}, {"sign": "-"}])
def test_what_is_given_back_is_a_reversal(parts):
    lines = [*paid(1, 102000), *paid(2, 2000, **parts)]
    parsed = read(*lines, *ends(2, 6, 100000))
    assert parsed.records.select("payment_kind", "amount").rows()[1] == ("reversal", Decimal("-20.00"))


def test_text_of_a_card_purchase_is_kept():
    text = f"NY09213200000 1{'Foo bar baz':<40}".replace("00000 1", "0000001")
    parsed = read(*paid(1, 100, kid="", kind="21"), text, *ends(1, 5, 100))
    assert parsed.records.select("reference_text", "free_text").rows() == [("Foo bar baz", "Foo bar baz")]


@pytest.mark.parametrize(
    ("end", "figures"),
    [
        (ends(2, 4, 100), "transactions: the file declares 2, its records give 1"),
        (ends(1, 5, 100), "records: the file declares 5, its records give 4"),
        (ends(1, 4, 101), "amount: the file declares 1.01, its records give 1"),
    ],
)
def test_ends_that_do_not_agree_refuse_the_file(end, figures):
    with pytest.raises(FileFaultError, match=f"WRONG_TOTALS: end record on line 5: {figures}"):
        read(*paid(1, 100), *end)


@pytest.mark.parametrize("lines", [paid(1, 100), [*ends(0, 2, 0)[:1], *paid(1, 100)], ["NY090077"]])
def test_a_file_cut_short_or_with_a_record_out_of_place_is_unreadable(lines):
    with pytest.raises(FileFaultError, match="UNREADABLE"):
        read(*lines)


@needs_samples
def test_the_sample_gives_twenty_payments_that_add_up_to_its_end_record():
    context = ReadContext("Europe/Oslo", "NOK")
    parsed = OCR_GIRO.read((SAMPLES / "ocr_giro_transactions.txt").read_bytes(), context)
    assert (parsed.records.height, parsed.records["amount"].sum()) == (20, Decimal("51449.00"))
    assert parsed.records["reference_text"].to_list()[:2] == ["0000531", "0036633"]
