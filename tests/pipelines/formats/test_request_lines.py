"""Requests as JSON Lines: what is sound keeps its order and its fields, what is not says which field and why."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.formats.layout import REJECTED_RECORDS, REQUEST_RECORDS, ReadContext
from pipelines.formats.request_lines import REQUEST_LINES

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
SOUND = {
    "request_id": "R-1",
    "type": "sign_up",
    "channel": "web",
    "requested_at": "2026-11-01T09:30:00+01:00",
    "effective_on": "2026-11-02",
    "plan": "mobile_m",
    "name": "Åsa Öst",
}


def read(*lines):
    return REQUEST_LINES.read("\n".join(lines).encode(), CONTEXT)


def request(**changed):
    return json.dumps({name: value for name, value in (SOUND | changed).items() if value is not None})


def test_a_request_is_read_and_its_own_fields_become_the_payload():
    parsed = read(request(reseller="A12"))
    assert dict(parsed.records.schema) == REQUEST_RECORDS
    assert parsed.records.drop("record").row(0, named=True) == {
        "record_no": 1,
        "line_no": 1,
        "request_id": "R-1",
        "request_type": "sign_up",
        "channel": "web",
        "reseller_code": "A12",
        "actor": None,
        "requested_at": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
        "effective_on": date(2026, 11, 2),
        "effective_at": datetime(2026, 11, 1, 23, tzinfo=UTC),
        "payload": '{"name":"Åsa Öst","plan":"mobile_m"}',
    }


def test_the_reseller_may_be_absent():
    assert read(request()).records["reseller_code"].to_list() == [None]


def test_numbers_of_the_payload_keep_their_digits():
    text = request().replace('"mobile_m"', '{"top_up": 99.90, "b": [1, null, true, 12345678901234567890.10]}')
    assert '"plan":{"b":[1,null,true,12345678901234567890.10],"top_up":99.90}' in read(text).records["payload"][0]


def test_records_keep_their_order_and_may_repeat():
    parsed = read(request(), "", request(request_id="R-0"), request())
    assert parsed.records.select("line_no", "request_id").rows() == [(1, "R-1"), (3, "R-0"), (4, "R-1")]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (request(request_id=None), "request_id is missing"),
        (request(request_id=""), "request_id is wrong"),
        (request(request_id=7), "request_id is wrong"),
        (request(type=None), "type is missing"),
        (request(channel="pigeon"), "channel is wrong; give one of direct"),
        (request(reseller=["x"]), "reseller is wrong"),
        (request(requested_at="2026-11-01T09:30:00"), "requested_at is wrong; give a time with offset"),
        (request(requested_at="soon"), "requested_at is wrong"),
        (request(effective_on="20261102"), "effective_on is wrong; give a date as 2026-11-01"),
        (request(effective_on="2026-02-30"), "effective_on is wrong"),
        (request()[:-5], "not valid JSON at character"),
        ("[1, 2]", "not a JSON object"),
        (request().replace('"plan"', '"name"'), "name stands twice"),
        (request().replace('"mobile_m"', "NaN"), "NaN is not JSON"),
        (request().replace("mobile_m", "\\ud800"), "surrogate"),
        (request().replace('"mobile_m"', "1" * 5000), "not usable JSON"),
        (request().replace('"mobile_m"', "[" * 100_000), "not usable JSON"),
    ],
)
def test_a_faulty_request_says_which_field_and_what_to_do(line, named):
    parsed = read(line, request())
    assert dict(parsed.rejected.schema) == REJECTED_RECORDS
    assert parsed.rejected.select("line_no", "reason_code").rows() == [(1, "BAD_REQUEST")]
    assert named in parsed.rejected["reason_text"][0]
    assert parsed.records["line_no"].to_list() == [2]


def test_a_reason_never_repeats_what_the_customer_wrote():
    parsed = read(request(effective_on="Storgatan 2", name="Hemlig"))
    assert "Storgatan" not in parsed.rejected["reason_text"][0]


def test_nul_bytes_condemn_their_row_only():
    parsed = REQUEST_LINES.read(request().encode() + b"\n{\0}\n", CONTEXT)
    assert (parsed.records.height, parsed.rejected["reason_code"].to_list()) == (1, ["BAD_ENCODING"])


def test_requests_are_recognised_by_any_of_their_lines():
    assert REQUEST_LINES.recognises(b"oops\n" + request().encode())
    assert not REQUEST_LINES.recognises(b'{"camt": 1}\n')
    assert not REQUEST_LINES.recognises(b"")


@given(st.lists(st.one_of(st.just(request()), st.text(max_size=30), st.integers(0, 150).map(lambda n: request()[:n]))))
def test_every_line_is_accepted_or_rejected(lines):
    parsed = REQUEST_LINES.read("\n".join(lines).encode(), CONTEXT)
    numbers = sorted([*parsed.records["record_no"], *parsed.rejected["record_no"]])
    assert numbers == list(range(1, parsed.rows_read + 1))
