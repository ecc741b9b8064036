"""What the QR code of an invoice says, and where there is none."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from benchmarks.sample_documents import credit_note, monthly_invoice, reverse_charge_invoice
from invoicing.documents.pay_to import PayTo, pay_to
from invoicing.documents.payment_code import payment_code_picture, payment_code_text


def test_an_invoice_in_kronor_is_paid_to_bankgiro_by_using_qr():
    """282.55 + 41.10 + 49.40 + 58.00 = 431.05; 25 % is 107.76; rounded to 539."""
    text = payment_code_text(monthly_invoice())
    assert json.loads(text, parse_float=Decimal) == {
        "uqr": 1,
        "tp": 1,
        "nme": "Fjärdhamn Tele AB",
        "cid": "559999-0008",
        "iref": "100023498",
        "idt": "20261001",
        "ddt": "20261031",
        "due": Decimal("539.00"),
        "pt": "BG",
        "acc": "991-2346",
    }


def test_an_invoice_in_euro_is_paid_by_transfer_with_its_structured_reference():
    assert payment_code_text(reverse_charge_invoice()).split("\n") == [
        "BCD", "002", "1", "SCT", "", "Fjärdhamn Tele AB", "SE3550000000054910000003", "EUR358.46", "", "RF471000090",
    ]  # fmt: skip


def test_without_a_structured_reference_the_number_is_the_message_to_the_payee():
    text = payment_code_text(replace(reverse_charge_invoice(), rf_reference=None))
    assert text.split("\n")[7:] == ["EUR358.46", "", "", "1000090"]


@pytest.mark.parametrize(
    "document",
    [
        credit_note(),
        replace(monthly_invoice(), currency="NOK"),
        replace(monthly_invoice(), credit_drawn_amount=Decimal("539.00")),
        replace(reverse_charge_invoice(), operator=reverse_charge_invoice().operator.model_copy(update={"iban": ""})),
        replace(reverse_charge_invoice(), currency="SEK"),
    ],
    ids=["credit note", "another currency", "nothing to pay", "no IBAN", "kronor from abroad, paid by IBAN"],
)
def test_where_no_standard_fits_there_is_no_code(document):
    assert payment_code_text(document) is None
    assert payment_code_picture(document) is None


def test_the_code_is_a_square_of_pixels_and_the_same_each_time():
    picture = payment_code_picture(monthly_invoice())
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert width == height
    assert (width - 17) % 4 == 0  # the sizes of ISO 18004 are 17 and four a version
    assert payment_code_picture(monthly_invoice()) == picture


def test_abroad_an_invoice_is_paid_by_iban_with_the_rf_reference():
    paid = PayTo("iban", "SE35 5000 0000 0549 1000 0003".replace(" ", "\u00a0"), "RF47\u00a01000\u00a0090", None)
    assert pay_to(reverse_charge_invoice()) == paid


def test_at_home_it_is_paid_by_bankgiro_with_the_ocr_reference():
    document = replace(monthly_invoice(), rf_reference="RF471000090")
    assert pay_to(document) == PayTo("bankgiro", "991-2346", "100023498", "# 100023498 # 539 00 7 > 9912346#41#")
