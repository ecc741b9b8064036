"""Who, when, why and how to pay: what an e-invoice says beside its figures."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from read_einvoice import text, texts
from sample_documents import (
    DOCUMENTS,
    EU_BUSINESS,
    FJORD,
    KUNDEN,
    NOTHING,
    OPERATOR,
    OUTSIDE,
    SAARI,
    TAMMINEN,
    calls,
    document,
    fee,
)

from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import VatRow
from invoicing.einvoice.cii import cii_invoice
from invoicing.einvoice.document_terms import electronic_invoice
from invoicing.einvoice.ubl import ubl_invoice
from schemas.electronic_address import ElectronicAddress


def of(buyer, *lines, **changes):
    return electronic_invoice(document(*(lines or (fee("10.00"),)), buyer=buyer, **changes))


class TestReferences:
    def test_the_buyers_own_reference_and_order_number_are_told(self):
        told = of(replace(KUNDEN, buyer_reference="KST-4711", order_reference="PO-7781"))
        assert (told.buyer_reference, told.order_reference) == ("KST-4711", "PO-7781")

    def test_a_buyer_who_gave_neither_is_referred_to_by_his_customer_number(self):
        assert (of(KUNDEN).buyer_reference, of(KUNDEN).order_reference) == ("10017", None)

    def test_an_order_number_is_reference_enough(self):
        told = of(replace(KUNDEN, order_reference="PO-7781", buyer_reference=" "))
        assert (told.buyer_reference, told.order_reference) == (None, "PO-7781")

    def test_a_credit_note_names_the_invoice_it_credits(self):
        credited = DOCUMENTS["a whole credit note"]
        path = "cac:BillingReference/cac:InvoiceDocumentReference"
        assert texts(ubl_invoice(credited), f"{path}/cbc:ID | {path}/cbc:IssueDate") == ["1000234", "2026-10-01"]
        (named,) = texts(cii_invoice(credited), "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID")
        assert named == "1000234"

    def test_a_cost_centre_is_the_lines_accounting_reference(self):
        assert [line.cost_centre for line in electronic_invoice(DOCUMENTS["cost centres"]).lines] == [
            "100 Lager", "200 Sälj"
        ]  # fmt: skip


class TestParties:
    def test_a_swedish_organisation_is_reached_by_its_number(self):
        assert of(KUNDEN).buyer.address == ElectronicAddress("0007", "5560000167")
        assert of(KUNDEN).seller.address == ElectronicAddress("0007", "5599990008")

    def test_the_address_that_the_buyer_gave_goes_first(self):
        told = of(replace(KUNDEN, electronic_address="0088:7300010000001"))
        assert told.buyer.address == ElectronicAddress("0088", "7300010000001")

    def test_a_personal_number_is_never_told(self):
        person = replace(
            KUNDEN, registration_no="19640823-3234", category="private", electronic_address="0088:7300010000001"
        )
        assert of(person).buyer.registration_no is None
        assert b"640823" not in ubl_invoice(document(fee("10.00"), buyer=person))

    def test_a_company_abroad_is_told_by_its_number_and_a_person_is_not(self):
        assert (of(TAMMINEN).buyer.registration_no, of(TAMMINEN).buyer.registration_scheme) == ("2077474-0", None)
        assert of(SAARI).buyer.registration_no is None

    def test_a_buyer_without_address_gets_no_peppol_invoice(self):
        nowhere = document(fee("10.00"), buyer=replace(KUNDEN, registration_no=None))
        with pytest.raises(DocumentError, match="10017 has no electronic address"):
            ubl_invoice(nowhere)
        assert b"URIUniversalCommunication" in cii_invoice(nowhere)  # the seller's own

    def test_an_address_that_is_none_is_named(self):
        wrong = document(fee("10.00"), buyer=replace(KUNDEN, electronic_address="0007:5560000168"))
        with pytest.raises(DocumentError, match="customer 10017: scheme 0007 wants the ten digits"):
            ubl_invoice(wrong)

    def test_the_seller_is_approved_for_f_tax(self):
        path = "cac:AccountingSupplierParty//cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='TAX']/cbc:CompanyID"
        assert text(ubl_invoice(DOCUMENTS["one rate"]), path) == "Godkänd för F-skatt"


class TestVat:
    def exemption(self, name):
        told = electronic_invoice(DOCUMENTS[name]).vat
        return [(each.category, each.exemption_code, each.exemption_text) for each in told if each.exemption_text]

    def test_reverse_charge_is_said_in_the_buyers_language(self):
        assert self.exemption("reverse charge") == [("AE", "VATEX-EU-AE", "Käännetty verovelvollisuus")]

    def test_an_exemption_is_told_by_its_text(self):
        assert self.exemption("exempt") == [("E", None, "Undantaget från moms")]

    def test_the_text_of_the_vat_class_goes_first(self):
        rows = (VatRow(NOTHING, Decimal("10.00"), NOTHING, "E", "10 kap. 33 § ML"),)
        exempt = fee("10.00", vat_category="E", vat_percent=NOTHING)
        (told,) = electronic_invoice(document(exempt, vat_rows=rows)).vat
        assert told.exemption_text == "10 kap. 33 § ML"

    def test_where_vat_is_charged_no_reason_stands(self):
        rows = (VatRow(Decimal(25), Decimal("10.00"), Decimal("2.50"), "S", "a text that does not belong here"),)
        (told,) = electronic_invoice(document(fee("10.00"), vat_rows=rows)).vat
        assert (told.exemption_code, told.exemption_text) == (None, None)

    def test_outside_vat_neither_party_has_a_vat_number(self):
        told = of(replace(FJORD, vat_no="NO923609016MVA"), fee("10.00", **OUTSIDE))
        assert (told.seller.vat_no, told.buyer.vat_no) == (None, None)

    def test_reverse_charge_without_the_buyers_vat_number_is_refused(self):
        with pytest.raises(DocumentError, match="VAT number is not known"):
            of(replace(TAMMINEN, vat_no=None), fee("10.00", **EU_BUSINESS))

    def test_what_is_outside_vat_beside_what_is_not_is_refused(self):
        with pytest.raises(DocumentError, match="BR-O-11"):
            of(FJORD, fee("10.00"), fee("10.00", **OUTSIDE))

    def test_vat_on_other_amounts_than_the_lines_is_refused(self):
        rows = (
            VatRow(Decimal(25), Decimal("9.00"), Decimal("2.25")),
            VatRow(Decimal(12), Decimal("1.00"), Decimal("0.12")),
        )
        with pytest.raises(DocumentError, match=r"at 25 % make 10\.00, its VAT is on 9\.00 \(difference 1\.00\)"):
            of(KUNDEN, vat_rows=rows)


class TestPeriods:
    def test_the_period_of_the_document_holds_fees_in_advance_and_calls_in_arrears(self):
        told = electronic_invoice(DOCUMENTS["one rate"])
        assert [(line.period.first, line.period.last) for line in told.lines] == [
            (date(2026, 10, 1), date(2026, 10, 31)),
            (date(2026, 9, 1), date(2026, 9, 30)),
        ]
        assert (told.period.first, told.period.last) == (date(2026, 9, 1), date(2026, 10, 31))

    def test_a_correction_of_an_earlier_month_widens_it(self):
        told = of(KUNDEN, fee("10.00"), calls("-1.00", service_from=date(2026, 7, 1), service_to=date(2026, 8, 1)))
        assert told.period.first == date(2026, 7, 1)

    def test_what_happens_on_one_day_begins_and_ends_on_it(self):
        (line,) = electronic_invoice(DOCUMENTS["one day"]).lines
        assert line.period.first == line.period.last == date(2026, 10, 1)


class TestPayment:
    def paid(self, buyer=KUNDEN, **changes):
        told = of(buyer, **changes).payment
        return told and (told.means_code, told.account, told.branch, told.reference)

    def test_at_home_it_is_bankgiro_with_the_ocr_reference(self):
        assert self.paid() == ("30", "9912346", "SE:BANKGIRO", "100023498")

    def test_euro_are_paid_to_the_iban_with_the_creditor_reference(self):
        paid = self.paid(currency="EUR", rf_reference="RF341234561")
        assert paid == ("58", "SE4550000000058398257466", None, "RF341234561")

    def test_kronor_from_abroad_are_paid_to_the_iban(self):
        assert self.paid(FJORD) == ("30", "SE4550000000058398257466", None, "100023498")

    def test_an_operator_without_iban_takes_kronor_by_bankgiro_and_euro_not_at_all(self):
        without = OPERATOR.model_copy(update={"iban": ""})
        assert self.paid(FJORD, operator=without) == ("30", "9912346", "SE:BANKGIRO", "100023498")
        assert self.paid(operator=without, currency="EUR") is None

    def test_sepa_direct_debit_names_mandate_creditor_and_account(self):
        told = electronic_invoice(DOCUMENTS["SEPA direct debit"])
        assert (told.payment.means_code, told.payment.account) == ("59", None)
        assert (told.payment.mandate, told.payment.debited_account) == ("M-77/2026", "DE89370400440532013000")
        assert told.seller.creditor_id == "SE64ZZZ5599990008"
        assert told.payment_terms == "Veloitetaan tililtä ••••\N{NO-BREAK SPACE}3000 2026-11-02"

    def test_autogiro_names_the_account_that_it_is_collected_to(self):
        told = electronic_invoice(DOCUMENTS["Autogiro"])
        assert (told.payment.means_code, told.payment.account, told.seller.creditor_id) == ("30", "9912346", None)
        assert told.payment_terms == "Dras från konto ••••\N{NO-BREAK SPACE}4567 den 2026-11-02"

    @pytest.mark.parametrize("name", ["all of it paid by credit", "less than nothing", "a whole credit note"])
    def test_where_nothing_is_to_be_paid_no_account_is_told(self, name):
        assert electronic_invoice(DOCUMENTS[name]).payment is None

    def test_a_credit_note_says_where_the_money_goes_and_no_due_date(self):
        told = electronic_invoice(DOCUMENTS["a whole credit note"])
        assert (told.due_on, told.payment_terms) == (None, "Tillgodoförs kontot")


class TestTexts:
    def test_usage_is_told_in_words(self):
        told = electronic_invoice(DOCUMENTS["allowance used up"])
        assert [line.description for line in told.lines] == [
            None,
            "17 samtal, 1:02:11 använt, varav 1:02:11 ingick",
            "12345,68 MB använt, varav 10000,00 MB ingick",
            "1012 använt, varav 12 ingick",
        ]

    def test_a_part_of_a_month_says_its_days(self):
        (line,) = electronic_invoice(DOCUMENTS["a part of a month"]).lines
        assert line.description == "16 av 31 dagar"

    def test_what_xml_cannot_write_becomes_a_blank(self):
        (line,) = electronic_invoice(DOCUMENTS["other scripts"]).lines
        assert line.name == "Łódź – Ålesund «€» Ελλάδα 漢字 😀 <&> 'x' \"y\""

    def test_a_text_of_nothing_gives_way_to_the_article_number(self):
        (line,) = of(KUNDEN, fee("10.00", "\x00 ")).lines
        assert line.name == "1001"

    def test_an_invoice_of_free_usage_says_that_nothing_is_charged(self):
        (line,) = electronic_invoice(DOCUMENTS["nothing to show"]).lines
        assert (line.name, line.net, line.category) == ("Inga avgifter", Decimal("0.00"), "S")
