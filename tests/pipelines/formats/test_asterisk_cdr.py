"""Asterisk CDR files: both column orders, the operator's clock, and faults that stay in their own row."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.formats.asterisk_cdr import ASTERISK_CSV, ASTERISK_CUSTOM
from pipelines.formats.layout import REJECTED_RECORDS, USAGE_RECORDS, ReadContext

STOCKHOLM = ReadContext("Europe/Stockholm", "SEK")
CALL = {
    "accountcode": "mobile",
    "src": "0701740605",
    "dst": "0046812345678",
    "dcontext": "from-internal",
    "clid": '"Åsa, Öst" <0701740605>',
    "channel": "PJSIP/100-00000001",
    "dstchannel": "PJSIP/trunk-00000002",
    "lastapp": "Dial",
    "lastdata": "PJSIP/46812345678@trunk,60",
    "start": "2026-10-01 10:00:00",
    "answer": "2026-10-01 10:00:05",
    "end": "2026-10-01 10:01:05",
    "duration": "65",
    "billsec": "60",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": "1790841600.17",
    "userfield": "",
}


def line(order=ASTERISK_CSV, columns=18, **changed):
    call = CALL | changed
    return ",".join('"' + call[name].replace('"', '""') + '"' for name in order.columns[:columns])


def read(*lines, order=ASTERISK_CSV):
    return order.read("\n".join(lines).encode(), STOCKHOLM)


def test_a_call_becomes_a_usage_record_with_its_answer_time_in_utc():
    parsed = read(line())
    assert dict(parsed.records.schema) == USAGE_RECORDS
    assert dict(parsed.rejected.schema) == REJECTED_RECORDS
    row = parsed.records.row(0, named=True)
    assert row == {
        "record_no": 1,
        "line_no": 1,
        "source_system": "asterisk",
        "record_id": "1790841600.17/2026-10-01 10:00:00/0046812345678/PJSIP/trunk-00000002",
        "service": "voice",
        "usage_kind": "call",
        "a_number": "0701740605",
        "b_number": "0046812345678",
        "origin_number": None,
        "started_at": datetime(2026, 10, 1, 8, 0, 5, tzinfo=UTC),
        "duration_s": 60,
        "volume_bytes": 0,
        "event_count": 0,
        "outcome": "answered",
    }


def test_both_column_orders_give_the_same_call():
    ordered, custom = read(line()), read(line(ASTERISK_CUSTOM), order=ASTERISK_CUSTOM)
    assert ordered.records.equals(custom.records)


@pytest.mark.parametrize("columns", [17, 18])
@pytest.mark.parametrize("changed", [{}, {"answer": "", "disposition": "NO ANSWER", "billsec": "0"}])
@pytest.mark.parametrize("lastdata", ["", "2026-10-01 10:00:00"])
def test_each_order_recognises_its_own_files_only(columns, changed, lastdata):
    changed = changed | {"lastdata": lastdata}
    for order, other in ((ASTERISK_CSV, ASTERISK_CUSTOM), (ASTERISK_CUSTOM, ASTERISK_CSV)):
        head = line(order, columns, **changed).encode()
        assert order.recognises(head)
        assert not other.recognises(head)


def test_a_broken_first_line_does_not_hide_the_order():
    assert ASTERISK_CSV.recognises(b'"cut off\n' + line().encode())


@pytest.mark.parametrize(
    "content", [b"", b"a,b,c\n", b"01BGMAX  ", b'"DESTINATION","PREFIX","RATE"\n"x",1,"2"\n', b"\0\0"]
)
def test_other_content_is_not_recognised(content):
    assert not ASTERISK_CSV.recognises(content)
    assert not ASTERISK_CUSTOM.recognises(content)


@pytest.mark.parametrize(
    ("disposition", "outcome"),
    [
        ("ANSWERED", "answered"),
        ("NO ANSWER", "unanswered"),
        ("BUSY", "unanswered"),
        ("CANCEL", "unanswered"),
        ("FAILED", "failed"),
        ("CONGESTION", "failed"),
    ],
)
def test_a_disposition_means_an_outcome(disposition, outcome):
    assert read(line(disposition=disposition)).records["outcome"].to_list() == [outcome]


def test_an_unanswered_call_started_when_it_was_tried():
    parsed = read(line(answer="", disposition="NO ANSWER", billsec="0"))
    assert parsed.records["started_at"].to_list() == [datetime(2026, 10, 1, 8, 0, 0, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("uniqueid", "hour_utc"),
    [
        ("1792888200.1", 0),  # 2026-10-25 00:30:00 UTC: summer time
        ("1792891800.1", 1),  # an hour later: winter time
        ("sthlm-pbx1-1792891800.1", 1),  # with the system's name before it
        ("1792890000.1", 1),  # created at 01:00 UTC, after the first 02:30
        ("no-epoch", 0),
    ],
)
def test_in_the_hour_shown_twice_the_uniqueid_tells_which_one(uniqueid, hour_utc):
    parsed = read(line(start="2026-10-25 02:30:00", answer="2026-10-25 02:30:00", uniqueid=uniqueid))
    assert parsed.records["started_at"].to_list() == [datetime(2026, 10, 25, hour_utc, 30, tzinfo=UTC)]


def test_a_time_in_the_hour_that_is_skipped_is_a_bad_time():
    parsed = read(line(start="2026-03-29 02:30:00", answer="2026-03-29 02:30:00"))
    assert parsed.rejected["reason_code"].to_list() == ["BAD_TIME"]
    assert "2026-03-29 02:30:00 does not exist on the clock of Europe/Stockholm" in parsed.rejected["reason_text"][0]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"disposition": "UNHEARD OF"}, "MALFORMED_ROW"),
        ({"uniqueid": ""}, "MALFORMED_ROW"),
        ({"answer": "yesterday"}, "BAD_TIME"),
        ({"start": "", "answer": ""}, "BAD_TIME"),
        ({"start": "2026-02-30 10:00:00", "answer": ""}, "BAD_TIME"),
        ({"billsec": "1-"}, "BAD_DURATION"),
        ({"billsec": ""}, "BAD_DURATION"),
    ],
)
def test_a_fault_rejects_its_row_with_a_reason(changed, reason):
    parsed = read(line(), line(**changed), line())
    assert parsed.rejected.select("line_no", "record_no", "reason_code").rows() == [(2, 2, reason)]
    assert parsed.records["line_no"].to_list() == [1, 3]


@pytest.mark.parametrize(("billsec", "seconds"), [("60.2", 61), ("-5", -5), ("-1.2", -2)])
def test_fractions_of_a_second_are_rounded_up_away_from_zero(billsec, seconds):
    assert read(line(billsec=billsec)).records["duration_s"].to_list() == [seconds]


def test_a_truncated_last_line_is_rejected_and_the_others_go_on():
    whole = line()
    parsed = read(whole, whole, whole[: len(whole) // 2])
    assert (parsed.records.height, parsed.rejected["reason_code"].to_list()) == (2, ["MALFORMED_ROW"])


def test_an_unclosed_quote_does_not_swallow_the_lines_after_it():
    parsed = read('"mobile,"07', line(), line())
    assert (parsed.records["line_no"].to_list(), parsed.rejected["line_no"].to_list()) == ([2, 3], [1])


def test_wrong_bytes_in_a_name_lose_no_call():
    parsed = ASTERISK_CSV.read(line().encode() + b"\n" + line(uniqueid="1790841600.18").encode("cp1252"), STOCKHOLM)
    assert parsed.records.height == 2


def test_nul_bytes_condemn_their_row_only():
    parsed = ASTERISK_CSV.read(line().encode() + b"\n" + line(clid="\0").encode() + b"\n", STOCKHOLM)
    assert (parsed.records.height, parsed.rejected["reason_code"].to_list()) == (1, ["BAD_ENCODING"])


def test_legs_of_one_channel_have_ids_of_their_own():
    parsed = read(line(), line(dstchannel="PJSIP/200-00000003"), line(dst="0046800000000"))
    assert parsed.records["record_id"].n_unique() == 3


_LINES = st.lists(
    st.one_of(st.just(line()), st.just(""), st.text(max_size=40), st.integers(0, 300).map(lambda n: line()[:n])),
    max_size=8,
)


@settings(deadline=None)
@given(_LINES)
def test_every_line_that_is_not_blank_is_accepted_or_rejected(lines):
    parsed = read(*lines)
    numbers = sorted([*parsed.records["record_no"], *parsed.rejected["record_no"]])
    assert numbers == list(range(1, parsed.rows_read + 1))
