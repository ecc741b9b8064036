"""Files are recognised by content: the closest fit wins, whatever order the layouts are given in."""

import pytest

from pipelines.formats.declared_profile import DeclaredProfile
from pipelines.formats.layout import FileFaultError
from pipelines.formats.profile_definition import ProfileDefinition
from pipelines.formats.recognise import LAYOUTS, recognise

CALL = (
    '"acc","070","08","ctx","clid","SIP/1","SIP/2","Dial","x","2026-10-01 10:00:00","2026-10-01 10:00:05",'
    '"2026-10-01 10:01:05",65,60,"ANSWERED","DOCUMENTATION","1790841600.17",""\n'
)
CUSTOM = '"clid",' + CALL.removeprefix('"acc",').replace('"clid",', "").replace('"DOCUMENTATION",', '"3","acc",')


def profile(name, *header):
    return DeclaredProfile(
        ProfileDefinition.model_validate(
            {
                "name": name,
                "kind": "payments",
                "header": ["Ref", "Date", "Sum", *header],
                "columns": {"record_id": "Ref", "booked_on": "Date", "amount": "Sum"},
                "constants": {"payee_account": "1", "currency": "SEK"},
                "time": {"format": "%Y-%m-%d"},
            }
        )
    )


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (CALL, "asterisk_csv"),
        (CUSTOM, "asterisk_custom"),
        ("01BGMAX               0120040525173035010331P", "bgmax"),
        ("<D:Document xmlns:D='x'><D:BkToCstmrDbtCdtNtfctn>", "camt054"),
        ('{"request_id": "1", "type"', "request_lines"),
    ],
)
def test_each_layout_is_told_from_the_content(head, name):
    assert recognise(head.encode()).name == name


@pytest.mark.parametrize("empty", [b"", b" \r\n\t\n", b"\xef\xbb\xbf\n", b"\0\0\0"])
def test_an_empty_file_is_unreadable(empty):
    with pytest.raises(FileFaultError, match="UNREADABLE"):
        recognise(empty)


@pytest.mark.parametrize("strange", [b"PK\x03\x04zip", b"%PDF-1.7", b"a,b,c\n1,2,3\n", bytes(range(256))])
def test_unknown_content_is_unrecognised(strange):
    with pytest.raises(FileFaultError, match="UNRECOGNISED"):
        recognise(strange)


def test_the_profile_that_asks_for_more_columns_wins_in_any_order():
    near, far = profile("near", "Text"), profile("far")
    for layouts in ([*LAYOUTS, near, far], [far, near, *LAYOUTS]):
        assert recognise(b"Ref,Date,Sum,Text\n", layouts).name == "near"
        assert recognise(b"Ref,Date,Sum\n", layouts).name == "far"
