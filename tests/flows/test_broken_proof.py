"""Every equation of the proof can fail, and when one does, nothing leaves the house."""

from decimal import Decimal

import pytest
from small_operator import ask, opened_lake, outbox, put, swish

from pipelines.configuration.reading import load_configuration
from pipelines.proof.equations import equations

pytestmark = pytest.mark.slow
# A credit note of the first invoice.
_CREDIT_NOTE = (
    "INSERT INTO invoice SELECT * REPLACE (9000001 AS invoice_no, 'credit_note' AS document_kind, invoice_no AS "
    "credits_invoice_no) FROM invoice WHERE invoice_no = 1000001;"
    "INSERT INTO invoice_vat SELECT * REPLACE (9000001 AS invoice_no, -{net} AS net_amount, -{vat} AS vat_amount) "
    "FROM invoice_vat WHERE invoice_no = 1000001"
)
# A direct debit of the first invoice, as it says, in the first file of its scheme.
_DEBIT = (
    "INSERT INTO direct_debit_notice SELECT 1000001, 'm', 'autogiro', '1', NULL, DATE '2026-10-21', DATE '2026-10-01';"
    "INSERT INTO direct_debit SELECT '1000001-1', 'm', 20001, 1000001, 1, 'autogiro', 186, 'SEK', DATE '2026-10-21', "
    "NULL, DATE '2026-10-19'; INSERT INTO filed_direct_debit SELECT '1000001-1', 'autogiro', 1;"
    "INSERT INTO direct_debit_file SELECT 'autogiro', 1, 'f', 'x', 'autogiro', 1, 0, 186, DATE '2026-10-20'"
)
# A refund in the first file, and one that was ordered tonight.
_REFUNDS = (
    "INSERT INTO refund SELECT 'r' || n, n, NULL, NULL, 10, 'SEK', '5050-1055', 'Anna', DATE '2026-10-20', 'eva', "
    "'why', 'q' FROM range(1, 4) t(n); INSERT INTO filed_refund SELECT n, 1 FROM range(1, 3) t(n);"
    "INSERT INTO refund_file SELECT 1, 'f', 'x', 'pain.001.001.09', 2, 20, DATE '2026-10-20'"
)


def _after(first, hand):
    return f"{first};{hand}"


# Each equation, and a hand in the lake that it must notice.
HANDS = {
    "file_rows": "DELETE FROM payment_record WHERE amount = 100",
    "usage_charged": "UPDATE rated_usage SET amount_ex_vat = amount_ex_vat + 0.000001 WHERE usage_id = 'switch:c1'",
    "allowances_within_their_grants": (
        "INSERT INTO allowance_grant SELECT 'g', 'minutes', 0, 20001, 500001, DATE '2026-09-01', DATE '2026-10-01', "
        "60, NULL;"
        "INSERT INTO allowance_use SELECT 'switch:c1', 'g', 61, DATE '2026-09-01', 1"
    ),
    "included_units_are_drawn": (
        "UPDATE rated_usage SET included_units = 1, rated_on = DATE '2026-11-01' WHERE usage_id = 'switch:c1'"
    ),
    "included_amount_is_drawn": (
        "UPDATE rated_usage SET included_amount = 0.01, rated_on = DATE '2026-11-01' WHERE usage_id = 'switch:c1'"
    ),
    "states_follow_one_another": "DELETE FROM subscription_state WHERE transition_no = 1 AND subscription_id = 500001",
    "goodwill_that_stands_over_adds_up": (
        "INSERT INTO charge SELECT * REPLACE ('one_off:r-anna:goodwill_over_20261101' AS charge_id, 'one_off' AS "
        "charge_kind) FROM charge WHERE charge_kind = 'recurring' LIMIT 1"
    ),
    "one_off_charges_have_their_cause": (
        "INSERT INTO charge SELECT * REPLACE ('one_off:nobody:change_fee' AS charge_id, 'one_off' AS charge_kind) "
        "FROM charge WHERE charge_kind = 'recurring' LIMIT 1"
    ),
    "fees_are_not_negative": "UPDATE charge SET amount_ex_vat = -1 WHERE charge_kind = 'recurring'",
    "basis_changes_are_charged": (
        "INSERT INTO charge SELECT * REPLACE ('basis_change:nobody:x' AS charge_id, 'basis_change' AS charge_kind) "
        "FROM charge WHERE charge_kind = 'recurring' LIMIT 1"
    ),
    "basis_is_its_invoice": (
        "INSERT INTO invoice_basis SELECT 'b', 20001, 'open', 1, 1, TIMESTAMPTZ '2026-10-01', DATE '2026-10-01', NULL, "
        "NULL, NULL, NULL, NULL; INSERT INTO basis_charge SELECT charge_id, 'b' FROM billed_charge LIMIT 1"
    ),
    "one_open_basis_at_most": (
        "INSERT INTO invoice_basis SELECT n, 20001, 'open', 1, 1, TIMESTAMPTZ '2026-10-01', DATE '2026-10-01', NULL, "
        "NULL, NULL, NULL, NULL FROM (VALUES ('b'), ('c')) t(n)"
    ),
    "tier_units_not_negative": "INSERT INTO tier_use SELECT 't:account:20001', DATE '2026-09-01', -1, 0, 1",
    "charged_is_invoiced_or_not_due": "UPDATE billed_charge SET amount_ex_vat = 1 WHERE invoice_no = 1000002",
    "nothing_due_is_left_behind": (
        "INSERT INTO charge SELECT * REPLACE ('recurring:forgotten' AS charge_id, NULL AS line_key, DATE '2026-09-20' "
        "AS service_from, DATE '2026-09-20' AS charged_on) FROM charge WHERE charge_kind = 'recurring' LIMIT 1"
    ),
    "invoice_says_what_its_parts_say": (
        "UPDATE invoice SET net_amount = net_amount + 1, vat_amount = vat_amount - 1 WHERE invoice_no = 1000002"
    ),
    "credits_within_their_invoices": (
        "INSERT INTO invoice SELECT * REPLACE (9000001 AS invoice_no, 'credit_note' AS document_kind, invoice_no AS "
        "credits_invoice_no, -total_amount - 1 AS total_amount) FROM invoice WHERE invoice_no = 1000001"
    ),
    "lines_are_taxed_as_their_class": "UPDATE invoice_line SET vat_percent = 12 WHERE invoice_no = 1000002",
    # Two hands that make each other good in every sum: VAT moved from one class to another, and its ledger with it.
    "vat_is_rate_of_net": (
        "UPDATE invoice_vat SET vat_amount = vat_amount + 0.01 WHERE invoice_no = 1000002;"
        "UPDATE invoice_vat SET vat_amount = vat_amount - 0.01 WHERE invoice_no = 1000004"
    ),
    "credit_notes_return_vat_at_its_rate": _CREDIT_NOTE.format(net="100", vat="25.01"),
    "commission_is_percent_of_base": "UPDATE commission SET amount = amount + 0.01 WHERE amount = 4.40",
    "commission_is_on_what_was_paid": "UPDATE commission SET base_amount = base_amount + 0.01 WHERE amount = 4.40",
    "voucher_is_its_document": (
        "UPDATE ledger_entry SET ledger_account = '3999' WHERE voucher_id = 'F:1000002' AND ledger_account = '2611'"
    ),
    "entries_are_in_the_books_currency": (
        "UPDATE ledger_entry SET debit_credit = 2 * debit_credit WHERE voucher_id = 'F:1000002'"
    ),
    "line_is_its_charges": "UPDATE invoice_line SET amount_ex_vat = amount_ex_vat + 1 WHERE invoice_no = 1000002",
    "invoice_is_its_lines": "UPDATE invoice_line SET net_amount = net_amount + 0.01 WHERE invoice_no = 1000002",
    "drafts_have_a_reason_or_an_invoice": (
        "INSERT INTO invoice_draft SELECT 20001, DATE '2026-11-01', 'finalised', 'NO_USAGE', 1, 1, NULL, "
        "DATE '2026-11-01', NULL, NULL, NULL, 1000002"
    ),
    "terms_stand_on_invoices": (
        "INSERT INTO charge SELECT * REPLACE ('coupon:X:20001:2026-10-01:standard:3001' AS charge_id, 'coupon' AS "
        "charge_kind) FROM charge WHERE charge_kind = 'recurring' LIMIT 1"
    ),
    "to_pay_is_total_less_credit": "UPDATE invoice SET to_pay_amount = to_pay_amount + 1 WHERE invoice_no = 1000003",
    "charges_stand_with_their_payer": "UPDATE invoice SET account_id = 20009 WHERE invoice_no = 1000002",
    "section_is_part_of_its_line": (
        "INSERT INTO invoice_section SELECT 1000002, 1, 1, NULL, NULL, NULL, NULL, 1, 0, 0, 1, 1"
    ),
    "stated_allowances_add_up": (
        "INSERT INTO invoice_allowance SELECT 1000001, 'g', 500001, NULL, 'minutes', 'Minuter', 's', "
        "DATE '2026-09-16', DATE '2026-10-01', 100, 0, 30, 0, 60"
    ),
    "invoice_numbers_without_gap": "DELETE FROM invoice WHERE invoice_no = 1000002",
    "claims_are_invoices_and_fees": "UPDATE receivable SET amount = amount + 1 WHERE receivable_id = 'invoice:1000001'",
    "agreement_is_its_instalments": (
        "INSERT INTO payment_agreement SELECT '20002:1', 20002, 'standing', 300, 'SEK', 0, DATE '2026-11-01', NULL, "
        "'eva', 'why', 'r'; INSERT INTO agreement_claim SELECT '20002:1', 'invoice:1000002', 300, 0;"
        "INSERT INTO agreement_instalment SELECT '20002:1', 1, DATE '2026-12-01', 299"
    ),
    "kept_agreements_were_paid": (
        "INSERT INTO payment_agreement SELECT '20002:1', 20002, 'kept', 60, 'SEK', 0, DATE '2026-10-01', "
        "(SELECT max(run_on) FROM run), 'eva', 'why', 'r'; INSERT INTO agreement_claim SELECT '20002:1', "
        "receivable_id, 60, 0 FROM allocation WHERE amount = 60;"
        "UPDATE allocation SET match_rule = 'write_off' WHERE amount = 60"
    ),
    "claim_is_under_one_agreement": (
        "INSERT INTO payment_agreement SELECT '20002:' || n, 20002, 'standing', 300, 'SEK', 0, DATE '2026-11-01', "
        "NULL, 'eva', 'why', 'r' FROM range(1, 3) t(n);"
        "INSERT INTO agreement_claim SELECT '20002:' || n, 'invoice:1000002', 300, 0 FROM range(1, 3) t(n);"
        "INSERT INTO agreement_instalment SELECT '20002:' || n, 1, DATE '2026-12-01', 300 FROM range(1, 3) t(n)"
    ),
    "payment_is_its_allocations": "UPDATE allocation SET paid_amount = paid_amount - 1 WHERE amount = 60",
    "nothing_overpaid": "UPDATE allocation SET amount = amount + 1 WHERE amount = 60",
    "nothing_is_taken_twice": "UPDATE allocation SET paid_amount = -1 WHERE amount = 60",
    "network_orders_without_gap": (
        "INSERT INTO provisioning_order SELECT 'hlr:' || n, 'hlr', n, 'activate', '0', 500001, 'mobile_small', NULL, "
        "DATE '2026-11-01', 1 FROM range(2, 4) t(n);"
        "INSERT INTO provisioning_file SELECT 'hlr', 1, 'f', 'x', 3, DATE '2026-11-01'"
    ),
    "direct_debits_are_announced": _after(_DEBIT, "UPDATE direct_debit_notice SET mandate_id = 'n'"),
    "attempts_without_gap": _after(_DEBIT, "UPDATE direct_debit SET attempt_no = 2"),
    "direct_debits_in_one_file": _after(_DEBIT, "DELETE FROM filed_direct_debit"),
    "direct_debit_files_are_their_orders": _after(_DEBIT, "UPDATE direct_debit_file SET amount = amount + 0.01"),
    "direct_debit_files_without_gap": _after(_DEBIT, "UPDATE direct_debit_file SET file_no = 2"),
    "refunds_in_one_file": _after(_REFUNDS, "DELETE FROM filed_refund WHERE refund_no = 1"),
    "refund_files_are_their_refunds": _after(_REFUNDS, "UPDATE refund_file SET amount = amount + 0.01"),
    "refund_is_credit_again_once": _after(
        _REFUNDS,
        "UPDATE payment SET end_to_end_id = 'R1' WHERE amount = 100;"
        "UPDATE allocation SET match_rule = 'end_to_end_id', allocation_kind = 'credit' WHERE payment_id IN "
        "(SELECT payment_id FROM payment WHERE end_to_end_id = 'R1')",
    ),
    "settled_refunds_leave_nothing": _after(
        _REFUNDS,
        "INSERT INTO allocation SELECT * EXCLUDE n REPLACE (n::VARCHAR AS allocation_id, 'refund' AS allocation_kind, "
        "'q' AS request_id, (3 - 2 * n) * 10 AS paid_amount, 9 AS home_amount) "
        "FROM (FROM allocation LIMIT 1), range(1, 3) t(n)",
    ),
    "refund_files_without_gap": _after(_REFUNDS, "UPDATE refund_file SET file_no = 2"),
    "voucher_sums_to_zero": "DELETE FROM ledger_entry WHERE voucher_id = 'F:1000002' AND ledger_account = '2611'",
    "voucher_numbers_without_gap": "DELETE FROM voucher WHERE voucher_id = 'F:1000002'",
    "invoice_is_its_postings": "DELETE FROM ledger_entry WHERE voucher_id = 'F:1000002' AND ledger_account = '1510'",
    "receivables_equal_ledger": "DELETE FROM receivable WHERE receivable_id = 'reminder:1000002:1'",
    "credit_equals_ledger": "UPDATE allocation SET home_amount = 251 WHERE amount = 252 AND allocation_kind = 'credit'",
    "suspense_equals_ledger": "UPDATE ledger_entry SET ledger_account = '2490' WHERE debit_credit = 252",
    "bank_equals_ledger": "UPDATE payment SET home_amount = home_amount + 1 WHERE amount = 100",
    "top_ups_equal_ledger": (
        "INSERT INTO top_up SELECT 't', 20001, 'paid', 5, 'SEK', DATE '2026-10-01', DATE '2026-10-01', NULL"
    ),
    "commission_equals_ledger": "DELETE FROM commission WHERE amount = 4.40",
    "fees_are_their_vouchers": (
        "UPDATE ledger_entry SET ledger_account = '3999' WHERE voucher_id = 'R:reminder:1000002:1' AND debit_credit < 0"
    ),
    "refunds_equal_ledger": "UPDATE ledger_entry SET ledger_account = '2899' WHERE debit_credit = 252",
    "bank_costs_equal_ledger": "UPDATE ledger_entry SET ledger_account = '6571' WHERE debit_credit = 252",
    "bookings_equal_ledger": ("INSERT INTO payment_booking SELECT 'a', 'p', '6570', -25, -25, 'eva', 'why', 'r'"),
    "bad_debts_equal_ledger": "UPDATE ledger_entry SET ledger_account = '6351' WHERE debit_credit = 252",
    "write_offs_are_losses": "INSERT INTO write_off SELECT 'w', 1000002, DATE '2026-11-01', 'eva', 'why', 399",
    "vat_equals_ledger": (
        "UPDATE ledger_entry SET ledger_account = '3999' WHERE voucher_id = 'F:1000002' AND ledger_account = '2611'"
    ),
    "currency_differences_equal_ledger": "UPDATE allocation SET paid_home_amount = 251 WHERE amount = 252",
    "deferred_income_equals_ledger": (
        "INSERT INTO deferred_income SELECT 1000002, 1, DATE '2026-12-01', 20002, DATE '2026-11-01', '3045', '2004', "
        "NULL, NULL, NULL, 10"
    ),
    "deferred_income_is_released": (
        "INSERT INTO deferred_income SELECT 1000002, 1, DATE '2026-10-01', 20002, DATE '2026-09-01', '3045', '2004', "
        "NULL, NULL, NULL, 10"
    ),
    "provision_equals_ledger": "UPDATE provision SET provision_amount = 7 WHERE provision_amount = 6.38",
    "vouchers_stand_in_open_months": (
        "INSERT INTO ledger_period SELECT DATE '2026-10-01', 1, 'closed', DATE '2026-10-20', 'eva', 'why', 'r'"
    ),
}

# Two errors that make each other good in the sums: each document is looked at by itself.
OPPOSITE = {
    "charged_is_invoiced_or_not_due": (
        "UPDATE billed_charge SET amount_ex_vat = amount_ex_vat + 1 WHERE invoice_no = 1000002;"
        "UPDATE billed_charge SET amount_ex_vat = amount_ex_vat - 1 WHERE invoice_no = 1000004"
    ),
    "claims_are_invoices_and_fees": (
        "UPDATE receivable SET amount = amount + 1 WHERE receivable_id = 'invoice:1000002';"
        "UPDATE receivable SET amount = amount - 1 WHERE receivable_id = 'invoice:1000004'"
    ),
    "line_is_its_charges": "UPDATE invoice_line SET net_amount = net_amount + 0.01 WHERE invoice_no = 1000002",
    "direct_debits_in_one_file": _after(_DEBIT, "INSERT INTO filed_direct_debit FROM filed_direct_debit"),
    "direct_debit_files_are_their_orders": _after(_DEBIT, "UPDATE direct_debit_file SET debit_count = 2"),
    # What a credit note gave back of a paid invoice is paid out, and the commission stays.
    "commission_is_on_what_was_paid": (
        "INSERT INTO invoice SELECT * REPLACE (9000001 AS invoice_no, 'credit_note' AS document_kind, 1000001 AS "
        "credits_invoice_no) FROM invoice WHERE invoice_no = 1000001;"
        "INSERT INTO allocation SELECT * REPLACE ('x' AS allocation_id, 'credit_note:9000001' AS payment_id, 'refund' "
        "AS allocation_kind) FROM allocation WHERE amount = 88"
    ),
}


class _UndoError(Exception):
    """Ends a transaction without a trace."""


def broken_after(store, asked, hand):
    """Return which of some equations a hand in the lake breaks."""
    broken = set()
    with pytest.raises(_UndoError), store.transaction("a hand in the lake"):  # noqa: PT012 (undone as a whole)
        store.execute(hand)
        for equation in asked:
            sides = equation.sides(store)
            if (sides["left_side"] != sides["right_side"]).any():
                broken.add(equation.name)
        raise _UndoError
    return broken


def test_every_equation_notices_a_hand_in_the_lake(told, copy_of):
    home = copy_of(told)
    every = {equation.name: equation for equation in equations(load_configuration(home).policy.ledger)}
    assert set(every) == set(HANDS)
    with opened_lake(home, read_only=False) as store:
        assert broken_after(store, every.values(), "SELECT 1") == set()
        unnoticed = [name for name, hand in HANDS.items() if not broken_after(store, [every[name]], hand)]
        assert broken_after(store, every.values(), _DEBIT) == set()
        assert "refunds_in_one_file" not in broken_after(store, every.values(), _REFUNDS)
        unnoticed += [name for name, hand in OPPOSITE.items() if not broken_after(store, [every[name]], hand)]
    assert unnoticed == []


def test_a_changed_line_that_a_re_rating_takes_below_nothing_is_noticed(told, copy_of):
    """c1's charge of 1.465 is taken off by hand; then a re-rating takes 0.60 off as well, and books it."""
    home = copy_of(told)
    of_c1 = " FROM charge WHERE charge_kind = 'usage' AND service_from = '2026-09-17';"
    hand = (
        "INSERT INTO invoice_basis SELECT 'b', 20001, 'released', 1, 1, TIMESTAMPTZ '2026-09-18', DATE '2026-09-18', "
        "NULL, NULL, NULL, NULL, NULL;"
        "INSERT INTO basis_change SELECT 'r', charge_id, 'b', 1, article_no, 'remove', NULL, -amount_ex_vat, 'eva', "
        "'why', DATE '2026-09-18'" + of_c1 + "INSERT INTO charge SELECT * REPLACE ('basis_change:r:' || charge_id AS "
        "charge_id, -amount_ex_vat AS amount_ex_vat, 'basis_change' AS charge_kind)" + of_c1
    )
    of_its_record = (
        "INSERT INTO rerated_usage BY NAME SELECT usage_id, 2 AS rated_batch, 'adjustment:2/1:x' AS charge_id, "
        "account_bucket, account_id, subscription_id, started_on, zone_code, time_band, price_list, price_from, "
        "article_no, billed_units, included_units, list_amount, amount_ex_vat AS old_amount, amount_ex_vat - 0.6 AS "
        "new_amount, -0.6 AS difference_amount, currency, rated_on FROM rated_usage WHERE usage_id = 'switch:c1';"
    )
    booked = (
        "INSERT INTO charge SELECT * REPLACE ('adjustment:2/1:x' AS charge_id, -0.6 AS amount_ex_vat, 'adjustment' AS "
        "charge_kind)" + of_c1
    )
    every = equations(load_configuration(home).policy.ledger)
    with opened_lake(home, read_only=False) as store:
        left_behind = {"nothing_due_is_left_behind"}  # what the hand charges afterwards stands on no invoice
        assert broken_after(store, every, hand) == left_behind
        assert broken_after(store, every, hand + of_its_record + booked) == {"basis_changes_are_charged", *left_behind}


def test_a_broken_equation_ends_the_night_with_code_4_and_nothing_leaves_the_house(told, copy_of, nightbill):
    """Invoice 1000002 is made to say 400: its parts say 399."""
    home = copy_of(told)
    with opened_lake(home, read_only=False) as store:
        store.execute("UPDATE invoice SET total_amount = 400 WHERE invoice_no = 1000002")
    sent, pointer, marts = outbox(home), home.marts_pointer.readlink(), list(home.marts.iterdir())
    put(home, {"pay.csv": swish(("S8", "2026-11-02", "1,00", "100000199"))})
    code, _, errors = nightbill("nightly", "--home", home.root, "--on", "2026-11-02", "--direct")
    assert code == 4
    assert "invoice_is_its_lines" in errors
    assert "1000002: 400.000000 against 399.000000, difference 1.000000" in errors
    assert (outbox(home), home.marts_pointer.readlink(), list(home.marts.iterdir())) == (sent, pointer, marts)
    states = ask(home, "SELECT run_state FROM run WHERE run_on = '2026-11-02'")
    broken = "subject = '1000002' AND check_name = 'invoice_is_its_lines'"
    kept = ask(home, f"SELECT left_side, right_side FROM control_total WHERE {broken}")  # noqa: S608 (our own words)
    assert states == [("unproven",)]
    assert kept == [(Decimal(400), Decimal(399))]
