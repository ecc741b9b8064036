"""Requests as CSV: a header of field names, dotted where a field lies within another."""

import json

from pipelines.formats.layout import REQUEST_RECORDS, ReadContext
from pipelines.formats.recognise import recognise
from pipelines.formats.request_table import REQUEST_TABLE

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
HEADER = "request_id,type,channel,actor,requested_at,effective_on,number,text"
NOTE = 'n-1,note,agent,anna,2026-11-01T09:30:00+01:00,2026-11-01,46701740605,"Called, wants a paper invoice"'


def read(*lines):
    return REQUEST_TABLE.read("\n".join(lines).encode(), CONTEXT)


def test_a_table_is_recognised_by_its_header_whatever_the_order_and_the_separator():
    assert recognise(f"{HEADER}\n{NOTE}\n".encode()) is REQUEST_TABLE
    assert recognise(b"type;request_id;channel\nnote;n-1;web\n") is REQUEST_TABLE


def test_a_line_becomes_a_request_with_its_other_cells_as_payload():
    parsed = read(HEADER, NOTE)
    assert dict(parsed.records.schema) == REQUEST_RECORDS
    row = parsed.records.row(0, named=True)
    assert (row["request_id"], row["request_type"], row["actor"], row["record_no"], row["line_no"]) == (
        "n-1", "note", "anna", 1, 2,
    )  # fmt: skip
    assert json.loads(row["payload"]) == {"number": "46701740605", "text": "Called, wants a paper invoice"}


def test_dotted_names_are_fields_within_fields_and_empty_cells_are_not_given():
    parsed = read(
        "request_id;type;channel;requested_at;effective_on;customer.name;customer.email;subscriptions.0.plan_code",
        "s-1;sign_up;web;2026-11-01T09:30:00+01:00;2026-11-01;Åsa Öst;;mobile_small",
    )
    assert json.loads(parsed.records["payload"][0]) == {
        "customer": {"name": "Åsa Öst"},
        "subscriptions": {"0": {"plan_code": "mobile_small"}},
    }


def test_a_line_with_a_cell_too_many_and_one_of_a_later_schema_are_set_aside_and_the_rest_goes_on():
    parsed = read(
        "request_id,type,schema,channel,requested_at,effective_on,number",
        "a,unblock,1,web,2026-11-01T09:30:00+01:00,2026-11-01,46701740605",
        "b,unblock,1,web,2026-11-01T09:30:00+01:00,2026-11-01,46701740605,more",
        "c,unblock,2,web,2026-11-01T09:30:00+01:00,2026-11-01,46701740605",
        "d,unblock,1,web,yesterday,2026-11-01,46701740605",
    )
    assert parsed.records["request_id"].to_list() == ["a"]
    assert parsed.rejected.select("line_no", "reason_code").rows() == [
        (3, "MALFORMED_ROW"), (4, "FUTURE_SCHEMA"), (5, "BAD_REQUEST"),
    ]  # fmt: skip
    assert "newest known here" in parsed.rejected["reason_text"][1]


def test_columns_that_contradict_each_other_are_a_bad_request():
    parsed = read(
        "request_id,type,channel,requested_at,effective_on,customer,customer.name",
        "a,sign_up,web,2026-11-01T09:30:00+01:00,2026-11-01,Bo,Bo",
    )
    assert parsed.rejected["reason_code"].to_list() == ["BAD_REQUEST"]
