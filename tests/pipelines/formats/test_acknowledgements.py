"""Files of acknowledgements: what is read, and what is set aside with its reason."""

from datetime import UTC, datetime

import pytest

from pipelines.formats.acknowledgements import ACKNOWLEDGEMENTS
from pipelines.formats.layout import FileFaultError, ReadContext
from pipelines.formats.recognise import recognise

CONTEXT = ReadContext("Europe/Stockholm", "SEK")


def read(text):
    assert recognise(text.encode()) is ACKNOWLEDGEMENTS
    return ACKNOWLEDGEMENTS.read(text.encode(), CONTEXT)


def records(text):
    return read(text).records.select("order_id", "acknowledgement", "acknowledged_at", "acknowledgement_text").rows()


def test_answers_are_read_with_their_moment_in_utc():
    text = (
        "order_id,answer,answered_at,text\n"
        "hlr:1,done,2026-10-01T04:30:00+02:00,\n"
        'hlr:2,FAILED,2026-10-01 02:30:00.25Z,"no such SIM, ask"\n'
    )
    assert records(text) == [
        ("hlr:1", "done", datetime(2026, 10, 1, 2, 30, tzinfo=UTC), None),
        ("hlr:2", "failed", datetime(2026, 10, 1, 2, 30, 0, 250_000, tzinfo=UTC), "no such SIM, ask"),
    ]


def test_semicolons_other_columns_another_order_and_no_text_are_as_good():
    text = '\ufeff\r\n"answer";"site";"answered_at";"order_id"\r\n done ;Gbg;2026-10-01T02:30:00Z; hlr:1\r\n'
    assert records(text) == [("hlr:1", "done", datetime(2026, 10, 1, 2, 30, tzinfo=UTC), None)]


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (",done,2026-10-01T02:30:00Z,", "MALFORMED_ROW", "order_id is empty"),
        ("hlr:1,perhaps,2026-10-01T02:30:00Z,", "MALFORMED_ROW", "perhaps is no answer: use done or failed"),
        ("hlr:1,,2026-10-01T02:30:00Z,", "MALFORMED_ROW", "nothing is no answer"),
        ("hlr:1,done,2026-10-01T02:30:00,", "BAD_TIME", "is not a time with offset"),
        ("hlr:1,done,,", "BAD_TIME", "nothing is not a time"),
        ("hlr:1,done", "MALFORMED_ROW", "4 fields"),
        ("hlr:1,done,2026-10-01T02:30:00Z,\0", "BAD_ENCODING", "NUL"),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_its_line(line, code, told):
    parsed = read(f"order_id,answer,answered_at,text\nhlr:9,done,2026-10-01T02:30:00Z,\n{line}\n")
    assert (parsed.records.height, parsed.rows_read) == (1, 2)
    rejected = parsed.rejected.row(0, named=True)
    assert (rejected["reason_code"], rejected["line_no"], rejected["record_no"]) == (code, 3, 2)
    assert told in rejected["reason_text"]


def test_a_header_alone_is_a_file_without_answers():
    assert read("order_id,answer,answered_at,text\n").rows_read == 0


def test_a_header_that_names_a_column_twice_is_refused():
    with pytest.raises(FileFaultError, match="answer twice"):
        read("order_id,answer,answered_at,answer\n")


def test_a_file_of_something_else_is_not_recognised():
    assert not ACKNOWLEDGEMENTS.recognises(b"order_id,answer,text\nhlr:1,done,\n")
    assert not ACKNOWLEDGEMENTS.recognises(b"CallId;Service;Caller\n")
