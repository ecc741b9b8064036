"""pain.008: what a SEPA direct debit says, in both versions."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from payment_schemas import faults, found, needs_schemas

from pipelines.formats.pain008 import write_pain008
from pipelines.formats.payment_message import Message, OurSide

OURS = OurSide("Fjärdhamn Tele AB", "5599990008", "SE3550000000054910000003", "ESSESESS", "SE64ZZZ5599990008", "CORE")
VERSIONS = ("pain.008.001.02", "pain.008.001.08")
ON = date(2026, 11, 18)


def debits(*rows):
    usual = {
        "direct_debit_id": "1000064-1", "invoice_no": 1000064, "mandate_id": "20001-1", "signed_on": date(2026, 9, 1),
        "amount": Decimal("25.00"), "currency": "EUR", "collect_on": date(2026, 11, 20), "sequence_type": "RCUR",
        "payer_name": "Jürgen Groß", "payer_account": "DE89370400440532013000",
    }  # fmt: skip
    return pl.DataFrame([usual | row for row in rows], schema_overrides={"amount": pl.Decimal(18, 2)})


THREE = (
    {"direct_debit_id": "1000066-1", "amount": Decimal("0.10")},
    {"sequence_type": "FRST"},
    {"direct_debit_id": "1000065-1", "amount": Decimal("1.05")},
)


def written(*rows, version="pain.008.001.08", ours=OURS):
    return write_pain008(debits(*rows), ours, Message(version, "NB5599990008DD000001", ON))


@needs_schemas
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("bic", ["ESSESESS", ""], ids=["with the bank's BIC", "without"])
def test_it_passes_its_schema(version, bic):
    assert faults(written(*THREE, version=version, ours=OURS.__class__(**{**vars(OURS), "bic": bic})), version) == []


def test_counts_and_sums_are_those_of_the_file_and_of_each_batch():
    made = written(*THREE)
    assert found(made, "GrpHdr/NbOfTxs") == ["3"]
    assert found(made, "GrpHdr/CtrlSum") == ["26.15"]
    assert found(made, "PmtInf/NbOfTxs") == ["1", "2"]
    assert found(made, "PmtInf/CtrlSum") == ["25.00", "1.15"]


def test_a_batch_is_one_day_and_one_sequence_type():
    made = written({}, {"collect_on": date(2026, 11, 23)}, {"sequence_type": "OOFF"})
    assert found(made, "PmtInf/ReqdColltnDt") == ["2026-11-20", "2026-11-20", "2026-11-23"]
    assert found(made, "PmtTpInf/SeqTp") == ["OOFF", "RCUR", "RCUR"]


def test_a_debit_names_mandate_payer_and_invoice():
    made = written({})
    paths = {
        "PmtId/EndToEndId": "1000064-1", "MndtRltdInf/MndtId": "20001-1", "MndtRltdInf/DtOfSgntr": "2026-09-01",
        "Dbtr/Nm": "Jurgen Gross", "DbtrAcct/Id/IBAN": "DE89370400440532013000", "RmtInf/Ustrd": "Invoice 1000064",
        "CdtrSchmeId/Id/PrvtId/Othr/Id": "SE64ZZZ5599990008", "Cdtr/Nm": "Fjardhamn Tele AB",
    }  # fmt: skip
    assert {path: found(made, path) for path in paths} == {path: [text] for path, text in paths.items()}


def test_the_same_debits_give_the_same_bytes():
    assert written(*THREE) == written(*THREE)


def test_nothing_of_it_comes_from_the_clock():
    assert found(written({}), "GrpHdr/CreDtTm") == ["2026-11-18T00:00:00"]
