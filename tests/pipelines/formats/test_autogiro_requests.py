"""Autogiro to Bankgirot, character by character."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.formats.autogiro_requests import Payee, sealed, write_autogiro
from pipelines.formats.fixed_width import digits, record

PAYEE = Payee("471117", "9912346")
ON = date(2026, 11, 18)
KEY = bytes.fromhex("1234567890ABCDEF1234567890ABCDEF")
# A sealed file as a bank's user published it, its key known: Bankgirot's own layout with dates of 2024.
SEALED = [
    "00240429HMAC",
    "0120240416AUTOGIRO                                            0069240009925256",
    "82202404220    000000000020790200000008000000099252560040106553200145",
    "82202404260    000000000021458700000004000000099252560040107191200141",
    "82202404220    000000000012095900000007500000099252560040106552200146",
    "99240429FF365893D899291C3BF505FB3175E880284F075A27506C1F5C4EBAEB812D6BAE",
]


def payments(*rows):
    """(id, payer number, amount, day)."""
    schema = {"direct_debit_id": pl.String, "payer_no": pl.String, "amount": pl.Decimal(18, 2), "collect_on": pl.Date}
    return pl.DataFrame([(i, p, Decimal(a), d) for i, p, a, d in rows], schema=schema, orient="row")


def mandates(*rows):
    """(action, payer number, account, registration number)."""
    names = ("mandate_action", "payer_no", "payer_account", "registration_no")
    return pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")


def lines(mandate_rows=(), payment_rows=(), payee=PAYEE):
    content = write_autogiro(mandates(*mandate_rows), payments(*payment_rows), payee, ON)
    return content.decode("iso-8859-1").split("\r\n")


def test_a_payment_request_stands_where_bankgirots_manual_has_it():
    head, payment, end = lines(payment_rows=[("1000064-1", "20001001", "250.50", date(2026, 11, 20))])
    assert head == "0120261118AUTOGIRO                                            4711170009912346  "
    assert payment == "82202611200    00000000200010010000000250500009912346" + "1000064-1       " + 11 * " "
    assert end == ""


def test_mandates_come_first_in_a_section_of_their_own():
    made = lines(
        [("add", "20001001", "330012345678", "19121212-1212"), ("cancel", "20002001", "5000100", "x")],
        [("1000064-1", "20003001", "1.00", ON)],
    )
    head = "0120261118AUTOGIRO                                            4711170009912346  "
    assert [each.rstrip() for each in made] == [
        head.rstrip(),
        "040009912346" + "0000000020001001" + "3300000012345678" + "191212121212",
        "030009912346" + "0000000020002001",
        head.rstrip(),
        "82202611180    00000000200030010000000001000009912346" + "1000064-1",
        "",
    ]


def test_a_companys_number_stands_after_two_zeros():
    _, added, _ = lines([("add", "1", "50001234567", "556000-0521")])
    assert added.rstrip().endswith("005560000521")


def test_every_record_has_80_characters():
    made = lines([("add", "1", "50001234567", "556000-0521")], [("1-1", "1", "1", ON)], Payee("1", "1", KEY))
    assert {len(each) for each in made[:-1]} == {80}


def test_a_file_without_payments_has_no_section_for_them():
    assert len(lines([("cancel", "1", "5000100", "x")])) == 3


def test_a_file_is_sealed_as_a_published_one_is():
    records = [record(each) for each in SEALED[1:-1]]
    assert [each.rstrip() for each in sealed(records, KEY, date(2024, 4, 29))] == SEALED


def test_a_payee_with_a_key_seals_its_file():
    first, *_, last, _ = lines(payment_rows=[("1-1", "1", "1", ON)], payee=Payee("1", "1", KEY))
    assert (first.rstrip(), last[:40]) == ("00261118HMAC", "99261118FF365893D899291C3BF505FB3175E880")


def test_letters_are_sealed_in_their_seven_bit_form():
    """Bankgirot counts \xc5 as 0x5D, and what it has no form for as 0xC3: so do two files that differ in that alone."""
    seals = [sealed([text], KEY, ON)[-1] for text in ("\xc5", "]", "\xe7", "\xf1")]
    assert seals[0] == seals[1]
    assert seals[2] == seals[3]
    assert seals[1] != seals[2]


def test_a_number_or_a_record_that_does_not_fit_is_no_file():
    with pytest.raises(ValueError, match="at most 6 digits"):
        digits("1234567", 6)
    with pytest.raises(ValueError, match="81 characters"):
        record("82", 79 * "x")
