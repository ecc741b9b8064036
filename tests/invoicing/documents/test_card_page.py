"""The customer card as customer service reads it."""

import copy
import re
from html import unescape

import pytest

from invoicing.documents.brand import load_brand
from invoicing.documents.card_page import CardRenderer
from schemas.codes import NOTICE_KINDS

CARD = {
    "customer": {
        "customer_id": 10017,
        "customer_name": "Åsa <b>Ödmark</b>",
        "customer_category": "vip",
        "registration_no": None,
        "street": "Gatan 1",
        "postcode": "113 42",
        "city": "Stockholm",
        "country_code": "SE",
        "email": "asa@exempel.example",
        "language": "sv",
        "customer_from": "2026-06-14",
    },
    "accounts": [
        {
            "account_id": 20017,
            "billing_day": 1,
            "credit_limit": "2000.00",
            "delivery_channel": "email",
            "reseller_code": None,
            "balance_open": "1444.00",
            "credit": "10.50",
            "currency": "SEK",
        }
    ],
    "subscriptions": [
        {
            "subscription_id": 5,
            "plan_code": "MB",
            "plan_name": "Mobil Bas",
            "service": "mobile",
            "service_from": "2026-06-14",
            "service_to": None,
            "numbers": ["46701740605"],
            "subscription_state": "restricted",
            "state_from": "2026-10-10",
        }
    ],
    "cases": [
        {
            "request_id": "o-17",
            "request_type": "order",
            "waits_for": "identity",
            "opened_on": "2026-10-11",
            "case_text": "waits for identity",
        }
    ],
    "contracts": [
        {
            "subscription_id": 5,
            "plan_name": "Mobil Bas",
            "contract_from": "2026-06-14",
            "binding_to": "2028-06-14",
            "notice_days": 30,
            "change_from": "2026-06-14",
            "change_in_binding": "fee",
            "fee_basis": "remaining_months",
            "termination_fee": "99.00",
        }
    ],
    "notices": [{"requested_on": "2026-10-10", "notice_kind": "blocked", "notice_channel": "sms", "quantity": 2}],
    "states": [
        {
            "subscription_id": 5,
            "plan_name": "Mobil Bas",
            "state_from": "2026-10-10",
            "subscription_state": "restricted",
            "state_cause": "credit_limit",
        }
    ],
    "allowances": [
        {
            "subscription_id": 5,
            "allowance_name": "Fria minuter",
            "allowance_unit": "s",
            "allowance_scope": "own",
            "granted_quantity": "18000.000000",
            "left_quantity": "8520.000000",
            "currency": "SEK",
            "rolled_over": False,
            "last_on": "2026-10-31",
        },
        {
            "subscription_id": 5,
            "allowance_name": "Surf",
            "allowance_unit": "byte",
            "allowance_scope": "shared",
            "granted_quantity": "2000000000.000000",
            "left_quantity": "1250000000.000000",
            "currency": "SEK",
            "rolled_over": True,
            "last_on": None,
        },
    ],
    "usage_by_month": [
        {
            "month": "2026-09",
            "usage_kind": "call",
            "quantity": 1129,
            "billed_units": 108000,
            "included_units": 9480,
            "amount_ex_vat": "254.925000",
        },
        {
            "month": "2026-09",
            "usage_kind": "message",
            "quantity": 40,
            "billed_units": 41,
            "included_units": 0,
            "amount_ex_vat": "24.600000",
        },
    ],
    "invoices": [
        {
            "invoice_no": 1000234,
            "invoiced_on": "2026-09-01",
            "due_on": "2026-10-01",
            "total_amount": "972.00",
            "open_amount": "472.00",
            "status": "overdue",
            "ocr_reference": "100023498",
            "document": None,
        },
        {
            "invoice_no": 1000399,
            "invoiced_on": "2026-10-01",
            "due_on": "2026-10-31",
            "total_amount": "972.00",
            "open_amount": "972.00",
            "status": "sent",
            "ocr_reference": "100039993",
            "document": "outbox/invoices/invoice_1000399.pdf",
        },
    ],
    "payments": [{"booked_on": "2026-10-02", "amount": "500.00", "allocated_to": "invoice:1000234"}],
    "reminders": [
        {
            "invoice_no": 1000234,
            "reminder_step": 1,
            "reminded_on": "2026-10-09",
            "due_on": "2026-10-19",
            "fee_amount": "60.00",
        }
    ],
    "agreements": [
        {
            "agreement_id": "20001:1",
            "agreement_state": "standing",
            "instalment_no": 1,
            "due_on": "2026-12-28",
            "amount": "153.00",
            "paid_amount": "100.00",
            "open_amount": "53.00",
        }
    ],
    "blocks": [
        {
            "a_number": "46701740605",
            "subscription_id": 5,
            "blocked_on": "2026-10-10",
            "unblocked_on": None,
            "block_reason": "financial",
            "block_cause": "credit_limit",
            "barred": "all",
        }
    ],
    "history": [
        {
            "requested_at": "2026-06-14 08:12",
            "request_type": "sign_up",
            "channel": "web",
            "request_state": "applied",
            "reason_text": None,
        }
    ],
}


@pytest.fixture(scope="module")
def page_of():
    return CardRenderer(load_brand()).render_card_page


def words(page):
    """Text of a page's body, every run of white space as one blank."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.split("<main>")[1])).split())


def test_money_and_blocks_stand_before_everything_else(page_of):
    """1 444,00 owed, of which 472,00 overdue (the invoice due 2026-10-31 is not), 10,50 credit, one number blocked."""
    text = words(page_of(CARD))
    top = text[: text.index("Konton")]
    assert "Att betala 1 444,00 kr Varav förfallet 472,00 kr Tillgodo 10,50 kr Spärr Spärrad 1 nummer" in top
    assert "Kundnr 10017" in top


def test_every_section_shows_its_rows(page_of):
    text = words(page_of(CARD))
    for shown in (
        "Mobil Bas Mobil +46701740605 Spärrad 2026-06-14 tills vidare Begränsat sedan 2026-10-10",
        "Öppna ärenden 1 Sedan Ärende Väntar på Ärendenr Anmärkning 2026-10-11 Beställning Legitimation o-17",
        "Mobil Bas 2026-06-14 2028-06-14 30 dagar 2026-06-14 99,00 kr exkl. moms per månad kvar",
        "2026-10-10 Spärr × 2 SMS",
        "2026-10-10 Mobil Bas Begränsat Kreditgräns",
        "1000399 Skickad 2026-10-01 2026-10-31 972,00 972,00 100039993 outbox/invoices/invoice_1000399.pdf",
        "2026-10-02 500,00 Faktura 1000234",
        "1000234 1 2026-10-09 2026-10-19 60,00",
        "20001:1 Gäller 1 2026-12-28 153,00 100,00 53,00",
        "+46701740605 Ekonomi Kreditgräns Allt 2026-10-10",
        "2026-09 Samtal 1 129 30:00:00 2:38:00 254,93",  # 108 000 s, of which 9 480 s were included
        "2026-09 Meddelanden 40 41 24,60",
        "Fria minuter +46701740605 Spärrad Eget abonnemang 142 av 300 minuter kvar till 2026-10-31",
        "Surf (sparat från förra perioden) +46701740605 Spärrad Delas inom kontot 1,25 GB av 2 GB kvar, tills vidare",
        "2026-06-14 08:12 Nyteckning Webb Genomförd",
    ):
        assert shown in text


@pytest.mark.parametrize(
    ("unit", "left", "granted", "shown"),
    [
        ("message", "12", "100", "12 av 100 meddelanden kvar till"),
        ("event", "1", "3", "1 av 3 tjänster kvar till"),
        ("call", "4", "10", "4 av 10 samtal kvar till"),
        ("money", "12.5", "100", "12,50 av 100,00 kr kvar till"),
    ],
)
def test_what_is_left_of_an_allowance_is_said_in_its_unit(page_of, unit, left, granted, shown):
    card = copy.deepcopy(CARD)
    card["allowances"][0] |= {"allowance_unit": unit, "left_quantity": left, "granted_quantity": granted}
    assert shown in words(page_of(card))


def test_the_newest_invoice_comes_first(page_of):
    text = words(page_of(CARD))
    assert text.index("1000399 Skickad") < text.index("1000234 Förfallen")


def test_markup_in_a_name_is_text(page_of):
    page = page_of(CARD)
    assert "Åsa &lt;b&gt;Ödmark&lt;/b&gt;" in page
    assert "<b>Ödmark" not in page


def test_a_customer_with_nothing_yet_has_a_card(page_of):
    empty = {section: [] for section in CARD} | {"customer": CARD["customer"]}
    text = words(page_of(empty))
    assert "Inget att betala Varav förfallet Inget förfallet Tillgodo Inget tillgodo Spärr Ingen spärr" in text
    assert text.count("Inget registrerat.") == 9


@pytest.mark.parametrize(
    ("terms", "shown"),
    [
        ({"binding_to": None}, "ej bundet 30 dagar 2026-06-14 utan avgift"),
        ({"change_in_binding": "refused"}, "2028-06-14 30 dagar 2026-06-14 inte före bindningstidens slut"),
        ({"fee_basis": "fixed"}, "99,00 kr exkl. moms"),
        ({"fee_basis": "none", "termination_fee": None}, "2026-06-14 utan avgift"),
        ({"notice_days": 0}, "2028-06-14 ingen 2026-06-14"),
    ],
)
def test_a_contract_says_what_leaving_it_takes(page_of, terms, shown):
    card = copy.deepcopy(CARD)
    card["contracts"][0] |= terms
    assert shown in words(page_of(card))


def test_a_block_of_a_subscription_without_a_number_names_the_subscription(page_of):
    card = copy.deepcopy(CARD)
    card["blocks"][0] |= {"a_number": "05", "subscription_id": 5}
    card["subscriptions"][0]["numbers"] = []
    text = words(page_of(card))
    assert "Abonnemang 5 Ekonomi" in text
    assert "Spärrad 1 abonnemang utan nummer" in text
    assert "Mobil Bas Mobil Spärrad 2026-06-14" in text


@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_every_kind_of_notice_has_its_name(page_of, kind):
    card = copy.deepcopy(CARD)
    card["notices"][0]["notice_kind"] = kind
    assert kind not in words(page_of(card))


def test_a_lifted_block_is_not_in_force(page_of):
    card = copy.deepcopy(CARD)
    card["blocks"][0]["unblocked_on"] = "2026-10-12"
    assert "Ingen spärr" in words(page_of(card))


def test_a_code_nobody_named_is_shown_as_it_is(page_of):
    card = copy.deepcopy(CARD)
    card["history"][0]["request_type"] = "port_in"
    assert "port_in" in words(page_of(card))


def test_the_page_fetches_and_runs_nothing(page_of):
    page = page_of(CARD)
    assert not re.search(r"<(script|link|img|iframe)|url\(|@import|https?:", page)
    assert "default-src 'none'" in page
