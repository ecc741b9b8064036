"""The demo's bank files agree with their own trailers, and one payment in two formats reads the same in both."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from demo_invoices import invoices_of_demo
from lxml import etree

from pipelines.demo.bank_files import bgmax, camt054, swish_csv
from pipelines.demo.demo_operator import DemoOperator
from pipelines.demo.nights import NIGHTS, begin_of
from pipelines.demo.payments import _HABITS, Payment, habit_of, payments_between

NAMESPACE = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"}
OPERATOR = DemoOperator()
INVOICES = invoices_of_demo(OPERATOR)
TWO = [
    Payment(date(2026, 10, 5), Decimal("391.00"), "100023498", "Åsa Öström", "000100000101", "bank", also_bgmax=True),
    Payment(date(2026, 10, 6), Decimal("12.50"), "faktura 1000124", "<b>Co", "000100012401", "bank", also_bgmax=True),
]


def files_of(night):
    return dict(OPERATOR.bank_files_before(night, INVOICES))


def camt_payments(content):
    """(date, amount, reference digits) of each booked credit transaction, and the declared and real sums."""
    root = etree.fromstring(content)
    found = []
    for entry in root.iterfind(".//c:Ntry[c:NtryDtls]", NAMESPACE):
        booked_on = entry.findtext("c:BookgDt/c:Dt", namespaces=NAMESPACE)
        for transaction in entry.iterfind("c:NtryDtls/c:TxDtls[c:AmtDtls]", NAMESPACE):
            amount = Decimal(transaction.findtext(".//c:TxAmt/c:Amt", namespaces=NAMESPACE))
            references = [each.text for each in transaction.iterfind(".//c:Ref", NAMESPACE)]
            reference = " ".join(references) or transaction.findtext(".//c:Ustrd", default="", namespaces=NAMESPACE)
            found.append((booked_on, amount, reference))
    return found


def declared(content, path):
    return Decimal(etree.fromstring(content).findtext(f".//c:{path}", namespaces=NAMESPACE))


def bgmax_payments(content):
    """(date, amount, reference) of each TK20; every section and the end are held against their own figures."""
    lines = content.decode("iso-8859-1").split("\r\n")
    assert lines.pop() == ""
    assert {len(line) for line in lines} == {80}
    found, section = [], []
    for line in lines:
        if line[:2] == "20":
            section.append((Decimal(line[37:55]) / 100, line[12:37].strip()))
        if line[:2] == "15":
            assert int(line[50:68]) == sum(amount for amount, _ in section) * 100
            assert int(line[71:79]) == len(section)
            day = f"{line[37:41]}-{line[41:43]}-{line[43:45]}"
            found += [(day, amount, reference) for amount, reference in section]
            section = []
    assert lines[-1][:34] == f"70{len(found):08d}{0:08d}{0:08d}{sum(line[:2] == '15' for line in lines):08d}"
    return found


def test_a_camt_file_declares_what_it_holds():
    content = camt054("M1", date(2026, 10, 6), "9912346", TWO)
    assert camt_payments(content) == [
        ("2026-10-05", Decimal("391.00"), "100023498"),
        ("2026-10-06", Decimal("12.50"), "faktura 1000124"),
    ]
    assert declared(content, "TtlCdtNtries/c:NbOfNtries") == 2
    assert declared(content, "TtlCdtNtries/c:Sum") == Decimal("403.50")  # 391.00 + 12.50


def test_a_bgmax_file_has_80_characters_a_line_and_the_manuals_positions():
    lines = bgmax(date(2026, 10, 6), "9912346", TWO).decode("iso-8859-1").split("\r\n")
    assert lines[0].rstrip() == "01BGMAX               0120261006173000000000P"
    assert lines[1].rstrip() == "050009912346          SEK"
    assert lines[2].rstrip() == "200000000000                100023498000000000000039100210001000001010"
    assert lines[3].rstrip() == "26Åsa Öström"
    assert lines[4].rstrip() == f"15{'54910000003':0>35}2026100500278{39100:018d}SEK00000001K"
    assert lines[-2].rstrip() == "7000000002000000000000000000000002"


def test_swish_payments_are_windows_1252_with_a_decimal_comma():
    assert swish_csv(TWO).decode("cp1252").split("\r\n")[1] == (
        "2026-10-05;SW000100000101;1230000000;46701740605;Åsa Öström;100023498;391,00;SEK"
    )


@pytest.mark.parametrize("night", NIGHTS)
def test_every_file_agrees_with_its_trailer_but_the_one_that_must_be_refused(night):
    for name, content in files_of(night).items():
        if name.startswith("camt054"):
            wrong = 100 if name == "camt054-2026-10-26.xml" else 0
            pending = 200 if "2026-11-08" in name else 0
            paid = sum(amount for _, amount, _ in camt_payments(content))
            assert declared(content, "TtlCdtNtries/c:Sum") == paid + pending + wrong
        if name.startswith("bgmax"):
            assert bgmax_payments(content)


@pytest.mark.parametrize("night", [n for n in NIGHTS if NIGHTS[3] <= n <= date(2026, 11, 24)])
def test_every_payment_in_bgmax_is_in_that_nights_camt_too(night):
    files = files_of(night)
    old = Counter(bgmax_payments(files[f"bgmax-{night}.txt"]))
    new = Counter(camt_payments(files[f"camt054-{night}.xml"]))
    assert old <= new
    assert old != new


def test_bgmax_ends_with_november():
    assert not any(name.startswith("bgmax") for name in files_of(NIGHTS[11]))


def test_the_corrected_file_carries_the_money_of_the_refused_one():
    refused = camt_payments(files_of(NIGHTS[6])["camt054-2026-10-26.xml"])
    corrected = camt_payments(files_of(NIGHTS[7])["camt054-2026-10-26-corrected.xml"])
    assert corrected == refused


@pytest.mark.parametrize("night", NIGHTS)
def test_payments_are_booked_after_the_last_night_on_weekdays(night):
    booked = {p.booked_on for p in payments_between(begin_of(night), night, INVOICES, 2026)}
    assert all(begin_of(night) < day <= night and day.weekday() < 5 for day in booked)


def test_every_habit_of_paying_occurs():
    assert {habit_of(no, 2026) for no in INVOICES["invoice_no"]} == set(_HABITS)


def test_half_the_customers_pay_exactly():
    habits = Counter(habit_of(no, 2026) for no in INVOICES["invoice_no"])
    assert habits["exactly"] > INVOICES.height / 2


def test_some_pay_what_they_left_unpaid_together_with_the_next_invoice_and_name_both():
    by_reference = dict(INVOICES.select("ocr_reference", "total_amount").iter_rows())
    paid = payments_between(NIGHTS[0], NIGHTS[-1], INVOICES, 2026)
    both = [payment for payment in paid if len(payment.reference.split()) == 2 and payment.reference[0].isdigit()]
    assert both
    assert all(each.amount == sum(by_reference[one] for one in each.reference.split()) for each in both)
