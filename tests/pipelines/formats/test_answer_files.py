"""Files of answers: of the bookkeeping to ledger files, and of collection services to claims."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.formats.collection_answers import COLLECTION_ANSWERS
from pipelines.formats.layout import ReadContext
from pipelines.formats.ledger_answers import LEDGER_ANSWERS
from pipelines.formats.recognise import recognise

CONTEXT = ReadContext("Europe/Stockholm", "SEK")


def read(layout, text):
    assert recognise(text.encode()) is layout
    return layout.read(text.encode(), CONTEXT)


def test_answers_to_ledger_files_are_read_whatever_order_their_columns_stand_in():
    text = '\ufeffformat;status;"export_no";other\nsie4i; REJECTED ;7;x\n;accepted;8;\n'
    rows = read(LEDGER_ANSWERS, text).records.select("export_no", "export_state", "export_format", "state_text").rows()
    assert rows == [(7, "rejected", "sie4i", None), (8, "accepted", None, None)]


def test_answers_of_a_collection_service_are_read_with_what_was_paid():
    text = (
        "invoice_no,status,amount,paid_on,id,reference,text\n"
        '1000007,paid,"188,50",2026-11-20,p-1,100000199,\n'
        "1000008,Returned,,,,,no assets\n"
    )
    columns = ("invoice_no", "status", "paid_amount", "booked_on", "bank_reference", "reference_text", "answer_text")
    assert read(COLLECTION_ANSWERS, text).records.select(columns).rows() == [
        (1000007, "paid", Decimal("188.50"), date(2026, 11, 20), "p-1", "100000199", None),
        (1000008, "returned", None, None, None, None, "no assets"),
    ]


@pytest.mark.parametrize(
    ("layout", "header", "line", "code", "told"),
    [
        (LEDGER_ANSWERS, "export_no,status", "0,accepted", "MALFORMED_ROW", "0 is no number of a ledger file"),
        (LEDGER_ANSWERS, "export_no,status", "7,", "MALFORMED_ROW", "nothing is no status: use accepted or rejected"),
        (COLLECTION_ANSWERS, "invoice_no,status", "x,closed", "MALFORMED_ROW", "x is no number of an invoice"),
        (COLLECTION_ANSWERS, "invoice_no,status", "7,gone", "MALFORMED_ROW", "gone is no status: use paid, closed"),
        (
            COLLECTION_ANSWERS,
            "invoice_no,status,amount,paid_on",
            "7,paid,0,2026-11-20",
            "BAD_AMOUNT",
            "0 is not an amount",
        ),
        (
            COLLECTION_ANSWERS,
            "invoice_no,status,amount,paid_on",
            "7,paid,1.00,20/11",
            "BAD_TIME",
            "20/11 is not a date",
        ),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_its_line(layout, header, line, code, told):
    parsed = read(layout, f"{header}\n{line}\n")
    rejected = parsed.rejected.row(0, named=True)
    assert (parsed.records.height, rejected["reason_code"], rejected["line_no"]) == (0, code, 2)
    assert told in rejected["reason_text"]
