"""An invoice that is collected says so, in place of a slip to pay with."""

from dataclasses import replace
from datetime import date

import pytest

from invoicing.documents.debit_announcement import DebitAnnouncement
from invoicing.documents.pay_to import pay_to
from invoicing.documents.payment_code import payment_code_text

AUTOGIRO = DebitAnnouncement("autogiro", "20001-1", "50001234567", date(2026, 11, 2))
SEPA = DebitAnnouncement("sepa", "M-77/2026", "DE89370400440532013000", date(2026, 11, 2), "SE64ZZZ5599990008")


def shown(renderer, pages_of, invoice, debit, language="sv"):
    buyer = replace(invoice.buyer, language=language)
    (text,) = pages_of(renderer.render_invoice(replace(invoice, direct_debit=debit, buyer=buyer)))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_it_says_what_is_collected_from_where_and_when(renderer, pages_of, invoice):
    text = shown(renderer, pages_of, invoice, AUTOGIRO)
    for said in (
        "Betalas med autogiro",
        "1 250,00 kr dras från ditt konto •••• 4567 den 2026-11-02.",
        "Dras den 2026-11-02",
        "Medgivande 20001-1",
    ):
        assert said in text


def test_there_is_no_slip_to_pay_it_twice_with(renderer, pages_of, invoice):
    text = shown(renderer, pages_of, invoice, AUTOGIRO)
    for absent in ("Inbetalning", "991-2346", "#41#", "2026-10-31", "Ange referensen när du betalar"):
        assert absent not in text
    assert payment_code_text(replace(invoice, direct_debit=AUTOGIRO)) is None


def test_the_whole_account_is_never_shown(renderer, pages_of, invoice):
    assert "1234567" not in shown(renderer, pages_of, invoice, AUTOGIRO)
    assert pay_to(replace(invoice, direct_debit=AUTOGIRO)).account == "••••\N{NO-BREAK SPACE}4567"


def test_sepa_names_mandate_and_creditor(renderer, pages_of, invoice):
    text = shown(renderer, pages_of, invoice, SEPA, "de")
    for said in ("Zahlung per SEPA-Lastschrift", "Mandat M-77/2026", "Gläubiger-ID SE64ZZZ5599990008"):
        assert said in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "dras från ditt konto •••• 4567 den 2026-11-02."),
        ("en", "will be collected from your account •••• 4567 on 2 Nov 2026."),
        ("fi", "veloitetaan tililtäsi •••• 4567 2.11.2026."),
        ("nb", "trekkes fra kontoen din •••• 4567 den 02.11.2026."),
        ("da", "trækkes fra din konto •••• 4567 den 02.11.2026."),
        ("de", "ziehen wir am 02.11.2026 von Ihrem Konto •••• 4567 ein."),
    ],
)
def test_it_is_said_in_the_language_of_the_buyer(renderer, pages_of, invoice, language, said):
    assert said in shown(renderer, pages_of, invoice, AUTOGIRO, language)
