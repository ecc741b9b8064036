"""pain.001: what a refund says, in both versions, to every kind of account."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from payment_schemas import faults, found, needs_schemas

from invoicing.refunds import refund_end_to_end_id
from pipelines.formats.pain001 import to_account, write_pain001
from pipelines.formats.payment_message import Message, OurSide, allowed_text

OURS = OurSide("Fjärdhamn Tele AB", "5599990008", "SE3550000000054910000003", "ESSESESS")
VERSIONS = ("pain.001.001.03", "pain.001.001.09")
SATURDAY = date(2026, 11, 28)


def refunds(*rows):
    usual = {
        "refund_no": 1, "amount": Decimal("120.00"), "currency": "SEK", "to_account": "5050-1055",
        "to_name": "Åsa Öst & Søn",
    }  # fmt: skip
    made = pl.DataFrame([usual | row for row in rows], schema_overrides={"amount": pl.Decimal(18, 2)})
    return made.with_columns(refund_end_to_end_id(pl.col("refund_no")).alias("end_to_end_id"))


EVERY_KIND = (
    {},
    {"refund_no": 2, "to_account": "SE35 5000 0000 0549 1000 0003", "amount": Decimal("0.50")},
    {"refund_no": 3, "to_account": "123456-6"},
    {"refund_no": 4, "to_account": "DE89370400440532013000", "currency": "EUR", "to_name": "Jürgen Groß"},
    {"refund_no": 5, "to_account": "50001234567", "amount": Decimal("1.00")},
)


def written(*rows, version="pain.001.001.09"):
    return write_pain001(refunds(*rows), OURS, Message(version, "NB5599990008RF000001", SATURDAY))


@needs_schemas
@pytest.mark.parametrize("version", VERSIONS)
def test_it_passes_its_schema(version):
    assert faults(written(*EVERY_KIND, version=version), version) == []


def test_counts_and_sums_are_those_of_the_file_and_of_each_currency():
    made = written(*EVERY_KIND)
    assert (found(made, "GrpHdr/NbOfTxs"), found(made, "GrpHdr/CtrlSum")) == (["5"], ["361.50"])
    assert found(made, "PmtInf/NbOfTxs") == ["1", "4"]
    assert found(made, "PmtInf/CtrlSum") == ["120.00", "241.50"]


def test_the_end_to_end_id_is_the_refunds_number():
    assert found(written({"refund_no": 17}), "PmtId/EndToEndId") == ["R17"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5050-1055", ("bankgiro", "50501055")),
        ("991-2346", ("bankgiro", "9912346")),
        ("9912346", ("bankgiro", "9912346")),
        ("123456-6", ("plusgiro", "1234566")),
        ("50001234567", ("account", "50001234567")),
        ("se35 5000 0000 0549 1000 0003", ("iban", "SE3550000000054910000003")),
    ],
)
def test_the_kind_of_an_account_is_seen_from_how_it_is_written(text, expected):
    assert to_account(text) == expected


def test_bankgiro_and_plusgiro_go_through_their_clearing():
    made = written(*EVERY_KIND[:3])
    assert found(made, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["9900", "9960"]
    assert found(made, "CdtrAcct/Id/Othr/Id") == ["50501055", "1234566"]
    assert found(made, "CdtrAcct/Id/Othr/SchmeNm/Prtry") == ["BGNR"]


def test_a_bank_account_goes_through_its_clearing_number_and_not_to_plusgirot():
    made = written({"to_account": "832791234567890"})
    assert found(made, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["8327"]
    assert found(made, "CdtrAcct/Id/Othr/Id") == ["832791234567890"]
    assert found(made, "CdtrAcct/Id/Othr/SchmeNm/Cd") == ["BBAN"]


@pytest.mark.parametrize(("version", "path"), [(VERSIONS[0], "ReqdExctnDt"), (VERSIONS[1], "ReqdExctnDt/Dt")])
def test_it_is_paid_on_the_next_bank_day(version, path):
    assert found(written({}, version=version), path) == ["2026-11-30"]


def test_swedish_letters_stay_in_kronor_and_lose_their_rings_in_euro():
    assert allowed_text("Åsa Öst & Søn Müller", "SEK") == "Åsa Öst + Son Muller"
    assert allowed_text("Åsa Öst & Søn Müller", "EUR") == "Asa Ost + Son Muller"


def test_what_has_no_plain_letter_becomes_a_full_stop():
    assert allowed_text("Łódź 中_", "EUR") == "Lodz .."


def test_a_name_is_cut_where_the_bank_cuts_it():
    assert len(allowed_text(100 * "ab", "EUR")) == 70
