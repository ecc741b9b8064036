"""The small operator's story, night by night; every amount below is added up by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from small_operator import ANNA, ANNAS_NUMBER, BO, FIRST_OCR, ask, asked_of_marts, opened_lake

from pipelines.configuration.reading import load_configuration
from pipelines.formats.sie4 import read_sie4
from pipelines.proof.equations import equations

pytestmark = pytest.mark.slow
D = Decimal


def test_a_call_over_a_band_border_pays_each_increment_at_the_price_in_force_when_it_begins(told):
    """17:58:30, 125 s, 60/1: 90 s at 0.60 a minute, 35 s at 0.30, and the connect fee once.

    0.39 + 90/60 * 0.60 + 35/60 * 0.30 = 0.39 + 0.90 + 0.175 = 1.465
    """
    sql = "SELECT billed_units, time_band, connect_fee, amount_ex_vat FROM rated_usage WHERE usage_id LIKE '%c1'"
    assert ask(told, sql) == [(125, "day", D("0.39"), D("1.465"))]


def test_a_short_call_on_a_saturday_pays_its_first_minute_at_the_evening_price(told):
    """0.39 + 60/60 * 0.30 = 0.69"""
    sql = "SELECT billed_units, time_band, amount_ex_vat FROM rated_usage WHERE usage_id LIKE '%c2'"
    assert ask(told, sql) == [(60, "evening", D("0.69"))]


def test_only_answered_calls_of_some_length_by_known_numbers_are_priced_and_each_once(told):
    """Of c1 to c6, with c3 written twice: c4 was busy, c5 lasted no time, c6 is a stranger's."""
    assert ask(told, "SELECT usage_id FROM rated_usage ORDER BY 1") == [("switch:c1",), ("switch:c2",), ("switch:c3",)]
    assert ask(told, "SELECT usage_id, reason_code, line_no, rejected_on FROM rejected") == [
        ("switch:c6", "UNKNOWN_A_NUMBER", 6, date(2026, 10, 21))
    ]


def test_fees_are_charged_in_advance_and_by_days_where_the_service_begins_within_a_period(told):
    """Anna begins 16 September: 15 of 30 days of 99.00 are 49.50, then 99.00 a month; Bo has a month from 1 October."""
    sql = (
        "SELECT account_id, service_from, used_days, full_days, amount_ex_vat FROM charge "
        "WHERE charge_kind = 'recurring' ORDER BY account_id, service_from"
    )
    assert ask(told, sql) == [
        (ANNA, date(2026, 9, 16), 15, 30, D("49.5")),
        (ANNA, date(2026, 10, 1), 31, 31, D(99)),
        (ANNA, date(2026, 11, 1), 30, 30, D(99)),
        (BO, date(2026, 10, 1), 31, 31, D("319.2")),
        (BO, date(2026, 11, 1), 30, 30, D("319.2")),
    ]


def test_an_invoice_line_is_rounded_once_per_article(told):
    """1.465 + 0.69 = 2.155, which is 2.16; the hour to the premium number is 1.20 + 60 * 6.80 = 409.20."""
    sql = "SELECT invoice_no, charge_kind, article_no, quantity, net_amount FROM invoice_line ORDER BY ALL"
    assert ask(told, sql) == [
        (1000001, "recurring", "2002", 1, D("49.50")),
        (1000001, "recurring", "2002", 1, D("99.00")),
        (1000001, "usage", "1002", 2, D("2.16")),
        (1000002, "recurring", "2004", 1, D("319.20")),
        (1000003, "recurring", "2002", 1, D("99.00")),
        (1000003, "usage", "1005", 1, D("409.20")),
        (1000004, "recurring", "2004", 1, D("319.20")),
    ]


def test_an_invoice_is_its_lines_its_vat_and_the_rounding_to_kronor(told):
    """150.66 + 25 % (37.665, so 37.67) = 188.33, to pay 188; 508.20 + 127.05 = 635.25, to pay 635."""
    sql = (
        "SELECT invoice_no, account_id, invoiced_on, due_on, net_amount, vat_amount, rounding_amount, total_amount "
        "FROM invoice ORDER BY invoice_no"
    )
    october, november = (date(2026, 10, 1), date(2026, 10, 21)), (date(2026, 11, 1), date(2026, 11, 21))
    assert ask(told, sql) == [
        (1000001, ANNA, *october, D("150.66"), D("37.67"), D("-0.33"), D(188)),
        (1000002, BO, *october, D("319.20"), D("79.80"), D(0), D(399)),
        (1000003, ANNA, *november, D("508.20"), D("127.05"), D("-0.25"), D(635)),
        (1000004, BO, *november, D("319.20"), D("79.80"), D(0), D(399)),
    ]


def test_the_payment_reference_is_the_number_with_its_length_and_check_digit(told):
    """1000001 and length 9; by 10-modul 9*2 = 18 gives 9, 1 and 1: 11 lack 9 to the next ten."""
    assert ask(told, "SELECT ocr_reference FROM invoice WHERE invoice_no = 1000001") == [(FIRST_OCR,)]


def test_payments_pay_the_invoice_then_its_fee_and_the_rest_is_credit_for_the_next_invoice(told):
    """188 = 100 + 88; 400 = 88 + 60 + 252; the credit of 252 pays of 635."""
    sql = (
        "SELECT allocated_on, allocation_kind, receivable_id, match_rule, amount FROM allocation "
        "ORDER BY allocated_on, amount, receivable_id"
    )
    assert ask(told, sql) == [
        (date(2026, 10, 21), "receivable", "invoice:1000001", "ocr_reference", D(100)),
        (date(2026, 10, 28), "receivable", "reminder:1000001:1", "ocr_reference", D(60)),
        (date(2026, 10, 28), "receivable", "invoice:1000001", "ocr_reference", D(88)),
        (date(2026, 10, 28), "credit", None, "ocr_reference", D(252)),
        (date(2026, 11, 1), "credit", None, "account_credit", D(-252)),
        (date(2026, 11, 1), "receivable", "invoice:1000003", "account_credit", D(252)),
    ]


def test_an_invoice_says_what_was_drawn_of_the_credit_and_what_is_left_to_pay(told):
    """Of 635 the credit of 252 pays a part; 383 are left."""
    sql = "SELECT invoice_no, credit_drawn_amount, to_pay_amount FROM invoice ORDER BY invoice_no"
    assert ask(told, sql) == [
        (1000001, D(0), D(188)),
        (1000002, D(0), D(399)),
        (1000003, D(252), D(383)),
        (1000004, D(0), D(399)),
    ]


def test_each_overdue_invoice_is_reminded_of_once_with_its_fee(told):
    """Due 21 October, five days of grace: the first night after 26 October reminds; later nights do not."""
    sql = "SELECT invoice_no, reminded_on, due_on, fee_amount, open_amount FROM reminder ORDER BY invoice_no"
    assert ask(told, sql) == [
        (1000001, date(2026, 10, 27), date(2026, 11, 6), D(60), D(88)),
        (1000002, date(2026, 10, 27), date(2026, 11, 6), D(60), D(399)),
    ]
    assert ask(told, "SELECT count(*) FROM receivable WHERE receivable_kind = 'reminder_fee'") == [(2,)]


def test_a_number_is_blocked_over_the_limit_and_freed_when_its_account_has_paid(told):
    """88.00 unpaid + 409.20 used + 25 % = 88 + 511.50 = 599.50 over 400; paid, it is 511.50 - 252 = 259.50.

    The exposure told is that of the last blocked night, when the reminder's fee had come to it: 599.50 + 60.
    """
    sql = "SELECT a_number, blocked_on, exposure, credit_limit, unblocked_on FROM block"
    assert ask(told, sql) == [(ANNAS_NUMBER, date(2026, 10, 21), D("659.50"), D(400), date(2026, 10, 28))]


def test_the_block_list_for_the_switch_is_empty_when_nobody_is_blocked(told, late):
    heads = "number,code,reason,barred,prompt,since\n"
    row = f"{ANNAS_NUMBER},,financial,all,credit-limit-sv,2026-10-27\n"
    assert (told.outbox / "block_list.csv").read_text(encoding="utf-8") == heads
    assert (late.outbox / "block_list.csv").read_text(encoding="utf-8") == heads + row


def test_commission_is_a_percentage_of_what_was_paid_of_invoices(told):
    """5 % of 100, of 88, and of the 252 drawn from credit; the reminder fee earns none, and Bo has no reseller."""
    sql = "SELECT invoice_no, base_amount, amount, accrued_on FROM commission ORDER BY accrued_on"
    assert ask(told, sql) == [
        (1000001, D(100), D("5.00"), date(2026, 10, 21)),
        (1000001, D(88), D("4.40"), date(2026, 10, 28)),
        (1000003, D(252), D("12.60"), date(2026, 11, 1)),
    ]


def test_the_ledger_holds_every_event_on_its_accounts(told):
    """Receivables: 188 + 399 + 635 + 399 invoiced, 60 + 60 in fees, less 100 + 148 + 252 paid: 1241.

    At the end of October Bo's 399.00 are ten days late: 2 % of its 319.20 without VAT are set aside.
    """
    sql = "SELECT ledger_account, sum(debit_credit)::DECIMAL(18,2) FROM ledger_entry GROUP BY ALL ORDER BY 1"
    assert ask(told, sql) == [
        ("1510", D(1241)),
        ("1519", D("-6.38")),
        ("1930", D(500)),
        ("2420", D(0)),
        ("2611", D("-324.32")),  # 37.67 + 79.80 + 127.05 + 79.80
        ("2990", D(-22)),  # 5.00 + 4.40 + 12.60
        ("3041", D("-2.16")),
        ("3043", D("-409.20")),
        ("3044", D("-247.50")),  # 49.50 + 99.00 + 99.00
        ("3045", D("-638.40")),
        ("3593", D(-120)),
        ("3740", D("0.58")),  # 0.33 + 0.25
        ("6056", D(22)),
        ("6352", D("6.38")),
    ]


def test_the_ledger_files_read_back_are_the_ledger_entries(told):
    """Every voucher stands in exactly one file, with its accounts and amounts."""
    files = sorted((told.outbox / "ledger").glob("*.si"))
    read = pl.concat([read_sie4(path.read_bytes()).entries for path in files])
    columns = ["voucher_series", "voucher_no", "posted_on", "ledger_account", "debit_credit"]
    sql = f"SELECT {', '.join(columns)} FROM ledger_entry e JOIN voucher v USING (voucher_id)".replace(  # noqa: S608
        "posted_on", "v.posted_on"
    )
    assert sorted(read.select(columns).rows()) == sorted(ask(told, sql))
    assert len(files) == len(ask(told, "SELECT * FROM ledger_export"))


def test_the_marts_show_what_is_left_to_pay(told):
    sql = "SELECT invoice_no, total_amount, open_amount FROM fact_invoice ORDER BY invoice_no"
    assert asked_of_marts(told, sql) == [
        (1000001, D(188), D(0)),
        (1000002, D(399), D(399)),
        (1000003, D(635), D(383)),
        (1000004, D(399), D(399)),
    ]


def test_a_card_tells_a_customers_whole_story(told, nightbill):
    """Of September: two calls, 125 s and 60 s billed; of October: an hour."""
    code, out, _ = nightbill("card", 10001, "--home", told.root)
    card = pl.read_json(out.encode()).to_dicts()[0]
    assert code == 0
    assert card["customer"]["customer_name"] == "Anna Ek"
    assert [(a["balance_open"], a["credit"]) for a in card["accounts"]] == [("383.00", "0.00")]
    assert [(i["invoice_no"], i["status"]) for i in card["invoices"]] == [(1000001, "paid"), (1000003, "finalised")]
    assert [(b["blocked_on"], b["unblocked_on"]) for b in card["blocks"]] == [("2026-10-21", "2026-10-28")]
    assert card["subscriptions"][0]["numbers"] == [ANNAS_NUMBER]
    used = [(u["month"], u["usage_kind"], u["quantity"], u["billed_units"]) for u in card["usage_by_month"]]
    assert used == [("2026-09", "call", 2, 185), ("2026-10", "call", 1, 3600)]


def test_every_equation_of_every_night_holds(told):
    sql = "SELECT run_on, count(DISTINCT check_name), bool_and(holds) FROM control_total GROUP BY ALL ORDER BY 1"
    nights = ask(told, sql)
    assert len(nights) == 6
    proven = len(equations(load_configuration(told).policy.ledger))
    assert {(count, holds) for _, count, holds in nights} == {(proven, True)}


def test_every_number_of_the_register_holds_from_local_midnight(told):
    """16 September in Stockholm begins 22:00 UTC the day before."""
    with opened_lake(told) as store:
        owned = store.query("SELECT owned_from FROM number_assignment")["owned_from"][0]
    assert owned == datetime(2026, 9, 15, 22, tzinfo=UTC)
