"""Declared profiles: a CSV of any system onto our records, and every fault of a profile named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.formats.declared_profile import load_profiles
from pipelines.formats.layout import PAYMENT_RECORDS, USAGE_RECORDS, FileFaultError, ReadContext
from pipelines.home import starter_config

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
USAGE = """
name = "exchange"
kind = "usage"
separator = ";"
header = ["Id", "Leg", "From", "To", "Start", "Secs", "Code"]
[columns]
record_id = ["Id", "Leg"]
a_number = "From"
b_number = "To"
started_at = "Start"
duration_s = "Secs"
outcome = "Code"
[constants]
source_system = "exchange"
service = "callcentre"
[time]
format = "%Y-%m-%d %H:%M:%S"
[outcomes]
answered = ["16"]
unanswered = ["17", "19"]
failed = ["34"]
"""
HEADER = "Id;Leg;From;To;Start;Secs;Code;Extra"
PAYMENTS = """
name = "collector"
kind = "payments"
separator = ";"
header = ["Ref", "Date", "Sum", "Text"]
decimal_separator = ","
[columns]
record_id = "Ref"
booked_on = "Date"
amount = "Sum"
reference_text = "Text"
[constants]
payee_account = "9912346"
currency = "SEK"
[time]
format = "%Y-%m-%d"
"""


@pytest.fixture
def profile(tmp_path):
    def load(text):
        (tmp_path / "one.toml").write_text(text, encoding="utf-8")
        profiles, faults = load_profiles(tmp_path)
        assert faults == []
        return profiles[0]

    return load


def usage(profile, *lines, text=USAGE):
    return profile(text).read("\n".join([HEADER, *lines]).encode(), CONTEXT)


def payments(profile, *lines, text=PAYMENTS):
    return profile(text).read("\n".join(["Ref;Date;Sum;Text", *lines]).encode(), CONTEXT)


def test_a_usage_line_becomes_a_record_and_the_header_none(profile):
    parsed = usage(profile, "7;1;0701740605;0812345678;2026-07-01 10:00:00;61;16;x")
    assert dict(parsed.records.schema) == USAGE_RECORDS
    assert parsed.records.row(0, named=True) == {
        "record_no": 1,
        "line_no": 2,
        "source_system": "exchange",
        "record_id": "7/1",
        "service": "callcentre",
        "usage_kind": "call",
        "a_number": "0701740605",
        "b_number": "0812345678",
        "origin_number": None,
        "started_at": datetime(2026, 7, 1, 8, 0, tzinfo=UTC),
        "duration_s": 61,
        "volume_bytes": 0,
        "event_count": 0,
        "outcome": "answered",
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7;1;070;08;2026-07-01 10:00:00;61;99;", "MALFORMED_ROW"),
        (";;070;08;2026-07-01 10:00:00;61;16;", "MALFORMED_ROW"),
        ("7;1;070;08;2026-07-01 10:00:00;61", "MALFORMED_ROW"),
        ("7;1;070;08;01/07/2026;61;16;", "BAD_TIME"),
        ("7;1;070;08;2026-03-29 02:30:00;61;16;", "BAD_TIME"),
        ("7;1;070;08;2026-07-01 10:00:00;1:01;16;", "BAD_DURATION"),
        ("7;1;07\0;08;2026-07-01 10:00:00;61;16;", "BAD_ENCODING"),
    ],
)
def test_a_usage_line_with_a_fault_is_rejected(profile, line, reason):
    parsed = usage(profile, line, "8;1;070;08;2026-07-01 10:00:00;61;16;")
    assert parsed.rejected.select("record_no", "line_no", "reason_code").rows() == [(1, 2, reason)]
    assert parsed.records["record_no"].to_list() == [2]


DURATIONS = [
    ("seconds", "61", 61),
    ("seconds", "61.2", 62),
    ("seconds", "-5", -5),
    ("seconds", "-1.2", -2),
    ("seconds", "-0.5", -1),
    ("seconds", "1e3", None),
    ("seconds", "+5", None),
    ("seconds", "-", None),
    ("HH:MM:SS", "00:01:01", 61),
    ("HH:MM:SS", "1:00:00.1", 3601),
    ("HH:MM:SS", "-00:00:05", -5),
    ("HH:MM:SS", "00:61:00", None),
    ("milliseconds", "61000", 61),
    ("milliseconds", "61001", 62),
    ("milliseconds", "-1", -1),
    ("milliseconds", "1s", None),
    ("1h2m3s", "10s", 10),
    ("1h2m3s", "1m30s", 90),
    ("1h2m3s", "1h0m0.5s", 3601),
    ("1h2m3s", "250ms", 1),
    ("1h2m3s", "PT1H2M3S", 3723),
    ("1h2m3s", "-1m", -60),
    ("1h2m3s", "10", None),
    ("1h2m3s", "1d", None),
]


@pytest.mark.parametrize(("form", "written", "seconds"), DURATIONS)
def test_a_duration_is_read_as_the_profile_says_and_rounded_up(profile, form, written, seconds):
    text = USAGE.replace('separator = ";"', f'separator = ";"\nduration = "{form}"')
    parsed = usage(profile, f"7;1;070;08;2026-07-01 10:00:00;{written};16;", text=text)
    assert parsed.records["duration_s"].to_list() == ([] if seconds is None else [seconds])


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ('format = "%Y-%m-%d %H:%M:%S"\nzone = "UTC"', "2026-07-01 08:00:00"),
        ('format = "%Y-%m-%d %H:%M:%S"\nzone = "Europe/Helsinki"', "2026-07-01 11:00:00"),
        ('format = "%Y-%m-%dT%H:%M:%S%z"', "2026-07-01T10:00:00+0200"),
    ],
)
def test_a_time_is_read_on_the_clock_the_profile_names(profile, form, written):
    text = USAGE.replace('format = "%Y-%m-%d %H:%M:%S"', form)
    parsed = usage(profile, f"7;1;070;08;{written};61;16;", text=text)
    assert parsed.records["started_at"].to_list() == [datetime(2026, 7, 1, 8, tzinfo=UTC)]


KINDS = """
name = "kinds"
kind = "usage"
separator = ";"
header = ["Id", "Kind", "From", "To", "Visited", "Start", "Secs", "Volume", "Count"]
volume_unit = "KiB"
[columns]
record_id = "Id"
usage_kind = "Kind"
a_number = "From"
b_number = "To"
origin_number = "Visited"
started_at = "Start"
duration_s = "Secs"
volume_bytes = "Volume"
event_count = "Count"
[constants]
source_system = "core"
service = "mobile"
outcome = "answered"
[time]
format = "%Y-%m-%d %H:%M:%S"
[usage_kinds]
call = ["voice"]
data = ["gprs"]
message = ["sms", "mms"]
event = ["shop"]
"""
KINDS_HEADER = "Id;Kind;From;To;Visited;Start;Secs;Volume;Count"


def kinds(profile, line, text=KINDS):
    return profile(text).read(f"{KINDS_HEADER}\n{line}\n".encode(), CONTEXT)


@pytest.mark.parametrize(
    ("line", "kind", "quantities"),
    [
        ("1;voice;070;08;;2026-07-01 10:00:00;61;9;9", "call", (61, 0, 0)),
        ("1;gprs;070;;+47;2026-07-01 10:00:00;9;1.5;9", "data", (0, 1536, 0)),
        ("1;gprs;070;;;2026-07-01 10:00:00;;0.0001;", "data", (0, 1, 0)),  # 0.1024 bytes
        ("1;gprs;070;;;2026-07-01 10:00:00;;-2;", "data", (0, -2048, 0)),
        ("1;sms;070;08;;2026-07-01 10:00:00;;;3", "message", (0, 0, 3)),
        ("1;mms;070;08;;2026-07-01 10:00:00;;;", "message", (0, 0, 1)),
        ("1;shop;070;08;;2026-07-01 10:00:00;;;", "event", (0, 0, 1)),
    ],
)
def test_each_kind_of_usage_has_its_own_quantity_and_0_in_the_others(profile, line, kind, quantities):
    row = kinds(profile, line).records.row(0, named=True)
    assert (row["usage_kind"], (row["duration_s"], row["volume_bytes"], row["event_count"])) == (kind, quantities)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1;fax;070;08;;2026-07-01 10:00:00;61;;", "MALFORMED_ROW"),
        ("1;;070;08;;2026-07-01 10:00:00;61;;", "MALFORMED_ROW"),
        ("1;voice;070;08;;2026-07-01 10:00:00;;9;9", "BAD_DURATION"),
        ("1;gprs;070;08;;2026-07-01 10:00:00;9;;9", "BAD_DURATION"),
        ("1;gprs;070;08;;2026-07-01 10:00:00;9;1,5;9", "BAD_DURATION"),
        ("1;sms;070;08;;2026-07-01 10:00:00;9;9;1.5", "BAD_DURATION"),
    ],
)
def test_a_record_without_the_quantity_of_its_kind_is_rejected(profile, line, reason):
    assert kinds(profile, line).rejected["reason_code"].to_list() == [reason]


@pytest.mark.parametrize(
    ("unit", "written", "volume"),
    [("byte", "17", 17), ("kB", "1.5", 1500), ("MB", "2", 2_000_000), ("MiB", "0.3", 314_573), ("GiB", "1", 2**30)],
)
def test_a_volume_is_counted_in_bytes_and_rounded_up(profile, unit, written, volume):
    """0.3 MiB are 314 572.8 bytes."""
    parsed = kinds(profile, f"1;gprs;070;;;2026-07-01 10:00:00;;{written};", KINDS.replace('"KiB"', f'"{unit}"'))
    assert parsed.records["volume_bytes"].to_list() == [volume]


def test_a_decimal_comma_is_read_where_the_profile_says_so(profile):
    text = KINDS.replace('volume_unit = "KiB"', 'volume_unit = "kB"\ndecimal_separator = ","')
    assert kinds(profile, "1;gprs;070;;;2026-07-01 10:00:00;;1,5;", text).records["volume_bytes"].to_list() == [1500]


def test_a_record_is_shown_as_it_stood_in_the_file(profile):
    lines = [" 7;1;070;08;2026-07-01 10:00:00;61;16;x", "8;1;070;08;2026-07-01 10:00:00;61;99;", "", '9;"1";x']
    parsed = usage(profile, *lines)
    assert parsed.rejected["record"].to_list() == [lines[1], lines[3]]
    assert parsed.with_record(parsed.records.select("line_no"))["record"].to_list() == [lines[0]]


QUOTED = '"z";1;070;08;2026-07-01 10:00:00;61;16;'
FIELDS = (
    st.sampled_from(["7", "8", " 9 ", "", "å"]),
    st.sampled_from(["1", "", "\t"]),
    st.sampled_from(["070", "+46 70", "\u00a0070"]),
    st.sampled_from(["08", ""]),
    st.sampled_from(["2026-07-01 10:00:00", "2026-03-29 02:30:00", " 2026-07-01 10:00:00", "x"]),
    st.sampled_from(["61", "61.5", "-5", "", "x"]),
    st.sampled_from(["16", "17", "99", ""]),
    st.sampled_from(["", "x", "x;y"]),
)
LINES = st.lists(st.one_of(st.tuples(*FIELDS).map(";".join), st.sampled_from(["", " ", ";;;;;;;", "cut;off"])))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_a_plain_file_gives_what_the_same_lines_give_in_a_file_with_quotes(profile, lines):
    found = profile(USAGE)
    plain = found.read("\n".join([HEADER, *lines]).encode(), CONTEXT)
    quoted = found.read("\n".join([HEADER, *lines, QUOTED]).encode(), CONTEXT)
    assert quoted.records.height == plain.records.height + 1
    assert quoted.records.head(-1).equals(plain.records)
    assert quoted.rejected.equals(plain.rejected)


EVERY = (
    KINDS.replace('"Id", ', '"Id", "Node", "Service", "Result", ')
    .replace("[constants]", 'source_system = "Node"\nservice = "Service"\noutcome = "Result"')
    .replace('source_system = "core"\nservice = "mobile"\noutcome = "answered"\n', "")
    .replace("[usage_kinds]", '[outcomes]\nanswered = ["ok"]\nfailed = ["no", "46"]\n[usage_kinds]')
)
NUMBERS = ["0", "00", "007", "46", "-5", "+5", "12.0", "0.5", ".5", "5.", "1e3", "0x1", "1_0", "1 0", "٣", "9" * 9,
           "9" * 10, "0" * 10, "9" * 14, "9" * 18, "9" * 19, "1" * 21, "-" + "9" * 9, "--5", "-0"]  # fmt: skip
TIMES = ["2026-07-01 10:00:00", "2026-07-01 10:00:01", "2026-03-29 02:30:00", "2026-10-25 02:30:00",
         "2026-02-30 10:00:00", "2026-07-01 24:00:00", "2026-07-01 10:00:60", "2026-07-01 10:00:00.5",
         "2026-07-01 10:00:00 x", "2026-07-01  10:00:00", "2026-7-1 1:0:0", "2026-07-01T10:00:00", "2026-07-01",
         "+2026-07-01 10:00:00", "26-07-01 10:00:00", "9999-12-31 23:59:59"]  # fmt: skip
EDGES = st.sampled_from(["", "", "", "", " ", "\t", "\v", "\x1c"])


def _edged(values):
    return st.one_of(
        st.sampled_from(values),
        st.tuples(EDGES, st.sampled_from(values), EDGES).map("".join),
        st.sampled_from(["", " ", "#"]),
    )


_NUMBER = _edged([*NUMBERS, "46701740605", "+46 8-123 45", "0046812345"])
EVERY_LINE = st.one_of(
    st.just("1;n;mobile;ok;voice;46701740605;46812345;;2026-07-01 10:00:00;61;0;0"),
    st.just("1;n;mobile;ok;gprs;46701740605;;47;2026-07-01 10:00:00;;5;"),
    st.tuples(
        _edged(["1", "2", "x-1"]),
        _edged(["n", "m"]),
        _edged(["mobile", "voice", "fax"]),
        _edged(["ok", "no", "46"]),
        _edged(["voice", "gprs", "sms", "shop", "fax"]),
        _NUMBER,
        _NUMBER,
        _NUMBER,
        _edged(TIMES),
        _NUMBER,
        _NUMBER,
        _NUMBER,
    ).map(";".join),
)
STRANGE_LINES = ["", " ", "\t", ";" * 11, ";" * 10, ";" * 12, "cut;off", "1;2;3;4;5;6;7;8;9;10;11;12;13",
                 "\0;n;mobile;ok;voice;46;46;;2026-07-01 10:00:00;61;0;0",
                 'a";n;mobile;ok;voice;46;46;;2026-07-01 10:00:00;61;0;0',
                 "å;n\u00a0;mobile\u00a0;ok;voice;\u00a046;46;;2026-07-01 10:00:00\u00a0;61;0;0"]  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(EVERY_LINE, max_size=6),
    strange=st.one_of(st.just([]), st.lists(st.sampled_from(STRANGE_LINES), max_size=2)),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    ends=st.booleans(),
)
def test_every_value_is_read_alike_in_a_plain_file_and_in_one_with_quotes(
    profile, lines, strange, line_end, encoding, ends
):
    found = profile(EVERY)
    plain = line_end.join([";".join(found.definition.header), *strange, *lines, *([""] if ends else [])])
    quoted = plain + line_end * (not ends) + '"z";n;mobile;ok;voice;46;46;;2026-07-01 10:00:00;61;0;0'
    got, careful = (found.read(text.encode(encoding, errors="replace"), CONTEXT) for text in (plain, quoted))
    assert careful.records.head(-1).equals(got.records)
    assert careful.rejected.equals(got.rejected)


def test_a_payment_line_becomes_a_record(profile):
    parsed = payments(profile, "R1;2026-11-02;1 234,50;OCR 100023498")
    assert dict(parsed.records.schema) == PAYMENT_RECORDS
    row = parsed.records.row(0, named=True)
    assert row["payment_record_id"] == "collector:R1"
    assert (row["amount"], row["booked_on"]) == (Decimal("1234.50"), date(2026, 11, 2))
    assert (row["currency"], row["payee_account"], row["reference_text"]) == ("SEK", "9912346", "OCR 100023498")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("R1;2026-11-02;-1,00;x", "BAD_AMOUNT"),
        ("R1;2026-11-02;0,00;x", "BAD_AMOUNT"),
        ("R1;2026-11-02;1,005;x", "BAD_AMOUNT"),
        ("R1;2026-11-02;;x", "BAD_AMOUNT"),
        ("R1;2026-13-02;1,00;x", "BAD_TIME"),
        (";2026-11-02;1,00;x", "MALFORMED_ROW"),
    ],
)
def test_a_payment_line_with_a_fault_is_rejected(profile, line, reason):
    assert payments(profile, line).rejected["reason_code"].to_list() == [reason]


def test_a_payment_in_another_currency_is_rejected(profile):
    parsed = payments(profile, "R1;2026-11-02;1,00;x", text=PAYMENTS.replace('"SEK"', '"EUR"'))
    assert parsed.rejected["reason_code"].to_list() == ["BAD_CURRENCY"]


def test_a_payment_time_gives_the_date_on_the_operators_clock(profile):
    text = PAYMENTS.replace('format = "%Y-%m-%d"', 'format = "%Y-%m-%d %H:%M"\nzone = "UTC"')
    assert payments(profile, "R1;2026-11-02 23:30;1,00;x", text=text).records["booked_on"][0] == date(2026, 11, 3)


def test_a_profile_recognises_a_header_that_has_all_its_names(profile):
    found = profile(USAGE)
    assert found.recognises(HEADER.encode())
    assert found.recognises(b'\xef\xbb\xbf\n"Code";Leg;Id;From;To;Start;Secs\n1;2')
    assert not found.recognises(b"Id;Leg;From;To;Start;Secs\n")
    assert not found.recognises(b"")


def test_a_header_that_names_a_column_twice_is_unreadable(profile):
    with pytest.raises(FileFaultError, match="UNREADABLE: the header names Id more than once"):
        profile(USAGE).read(b"Id;Id;Leg;From;To;Start;Secs;Code\n", CONTEXT)


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ('kind = "usage"', 'kind = "wages"', "kind: Input should be 'usage' or 'payments' (found 'wages')"),
        ('a_number = "From"', 'a_nummer = "From"', "a_nummer is not a field of usage"),
        ('a_number = "From"\n', "", "a_number must be given, in columns or in constants"),
        ('a_number = "From"', 'a_number = "Frm"', "Frm is a mapped column not in header"),
        ('service = "callcentre"', 'service = "fax"', "fax is not one of the services: use voice"),
        ('failed = ["34"]', 'failed = ["17"]', "17 stands for two outcomes"),
        ('duration_s = "Secs"\n', "", "duration_s must be given for usage of kind call"),
        ('b_number = "To"\n', "", "b_number must be given for usage of kind call"),
        (
            'service = "callcentre"',
            'service = "callcentre"\nusage_kind = "data"',
            "volume_bytes must be given for",
        ),
        ('service = "callcentre"', 'service = "callcentre"\nusage_kind = "fax"', "fax is not one of the usage_kinds"),
        ('a_number = "From"', 'a_number = "From"\nusage_kind = "Id"', "usage_kinds must say which values"),
        ("[outcomes]", '[usage_kinds]\ncall = ["v"]\ndata = ["v"]\n[outcomes]', "v stands for two usage_kinds"),
        ('separator = ";"', 'separator = ";"\nvolume_unit = "kb"', "volume_unit: Input should be 'byte', 'kB'"),
        ('format = "%Y-%m-%d %H:%M:%S"', 'format = "%Y-%m-%d"', "has no time of day"),
        ('format = "%Y-%m-%d %H:%M:%S"', 'format = "%H:%M"\nzone = "Mars"', "'Mars' is neither operator nor an IANA"),
        ('separator = ";"', 'separator = ";"\nencoding = "klingon"', "'klingon' is not an encoding"),
        ('name = "exchange"', "name = ", "not readable as TOML"),
        ('record_id = ["Id", "Leg"]\n', "", "record_id must be given"),
    ],
)
def test_a_faulty_profile_is_reported_with_its_file_and_place(tmp_path, wrong, right, fault):
    assert wrong in USAGE
    (tmp_path / "one.toml").write_text(USAGE.replace(wrong, right), encoding="utf-8")
    profiles, faults = load_profiles(tmp_path)
    assert profiles == []
    assert len(faults) == 1
    assert faults[0].startswith("profiles/one.toml: ")
    assert fault in faults[0]


def test_one_faulty_profile_does_not_hide_the_others(tmp_path):
    (tmp_path / "a.toml").write_text("name = 1", encoding="utf-8")
    (tmp_path / "b.toml").write_text(USAGE, encoding="utf-8")
    (tmp_path / "c.toml").write_text(USAGE, encoding="utf-8")
    profiles, faults = load_profiles(tmp_path)
    assert [profile.name for profile in profiles] == ["exchange"]
    assert faults[-1] == "profiles/c.toml: name: exchange is the name of another profile; choose one"


def test_a_folder_that_is_absent_has_no_profiles(tmp_path):
    assert load_profiles(tmp_path / "profiles") == ([], [])


def test_the_demo_operators_profiles_read_their_files():
    profiles, faults = load_profiles(Path(__file__).parents[3] / "data/demo/config/profiles")
    assert faults == []
    _, mobile, swish, switch, _ = sorted(profiles, key=lambda profile: profile.name)
    called = b"CallId;Service;Caller;Called;StartTime;Duration;Result\n"
    called += b"C1;mobile;46701740605;4681;2026-11-01T23:59:50Z;00:00:20;answered\n"
    assert switch.recognises(called)
    assert switch.read(called, CONTEXT).records["duration_s"].to_list() == [20]
    sent = ";".join(mobile.definition.header).encode() + b"\n"
    assert mobile.recognises(sent)
    paid = "Bokföringsdag;Referens;Mottagare;Avsändare;Namn;Meddelande;Belopp;Valuta\n"
    paid += "2026-11-02;S1;1231234567;46701740605;Åsa;100023498;349,00;SEK\n"
    assert swish.recognises(paid.encode("cp1252"))
    assert swish.read(paid.encode("cp1252"), CONTEXT).records["amount"].to_list() == [Decimal("349.00")]


@pytest.mark.parametrize(
    ("name", "lines", "found"),
    [
        (
            "card_csv",
            "transaction_id,merchant_id,captured_at,order_reference,amount,currency\nc1,M9,2026-11-02T23:30:00,100000157,9.5,SEK",
            ("card_csv:c1", "M9", date(2026, 11, 3), Decimal("9.50"), "100000157"),
        ),
        (
            "terminal_csv",
            "Terminal;Kvitto;Datum;OCR;Belopp\nT4;17;20261102;100000157;1 249,00",
            ("terminal_csv:T4/20261102/17", "T4", date(2026, 11, 2), Decimal("1249.00"), "100000157"),
        ),
    ],
)
def test_the_demo_s_profiles_read_cards_and_terminals(name, lines, found):
    profile = next(each for each in load_profiles(starter_config() / "profiles")[0] if each.name == name)
    row = profile.read(lines.encode(), CONTEXT).records.row(0, named=True)
    assert (
        row["payment_record_id"],
        row["payee_account"],
        row["booked_on"],
        row["amount"],
        row["reference_text"],
    ) == found
    assert [each["reference_kind"] for each in row["parts"]] == ["ocr"]
