"""The demo's strangers and its customers' wishes: what became of them after three nights with 20 customers."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from small_operator import ask, asked_of_marts

from crm.request_models.agreements import AgreePayments
from pipelines.demo import strangers
from pipelines.demo.customer_wishes import agreement
from pipelines.demo.demo_operator import DemoOperator
from pipelines.demo.nights import NIGHTS
from pipelines.demo.payments import habit_of
from pipelines.home import starter_config
from rating.numbering import international_numbers

D = Decimal
FIRST, SECOND, THIRD = NIGHTS[:3]


@pytest.fixture(scope="module")
def asked(demo):
    return lambda sql: ask(demo, sql)


# Strangers


def test_who_is_known_behind_the_number_or_approved_by_hand_is_a_customer_from_the_first_call(asked):
    guests = """
        SELECT customer_name, customer_from, credit_limit FROM customer JOIN account USING (customer_id)
          JOIN subscription USING (account_id) WHERE plan_code = 'callcentre_guest' ORDER BY customer_from, 1
    """
    assert asked(guests) == [
        ("Knut Barkmo", date(2026, 9, 2), D(1000)),
        ("Valborg Tallskär", date(2026, 9, 2), D(1500)),  # 1000, and half of it more when she has paid
        ("Sixten Fyrby", date(2026, 9, 3), D(1000)),
    ]


def test_the_queue_holds_an_incomplete_address_nobody_s_number_and_much_credit_wanted(asked):
    cases = "SELECT address_outcome, waits_for, case_state FROM approval_case ORDER BY opened_on, 1, 2"
    assert asked(cases) == [
        ("incomplete", "address", "waiting"), ("none", "address", "waiting"), ("secret", "address", "approved"),
        (None, "credit", "waiting"),
    ]  # fmt: skip


def test_calls_with_the_code_belong_to_the_secret_number_s_customer(asked):
    used = """
        SELECT a_number LIKE '999%', count(*) FROM rated_usage JOIN account USING (account_id)
          JOIN customer USING (customer_id) WHERE customer_name = 'Sixten Fyrby' GROUP BY 1 ORDER BY 1
    """
    assert asked(used) == [(False, 1), (True, 1)]


def test_the_register_writes_the_strangers_numbers_in_several_ways():
    rows = pl.read_csv(starter_config() / "registers" / "address.csv", infer_schema=False)
    numbers = international_numbers(rows["number"], "46", "0", "00")
    known = {strangers.HEAVY, strangers.KNOWN, strangers.SECRET, strangers.INCOMPLETE}
    assert set(numbers.drop_nulls()) == known
    assert not {*known, strangers.NOWHERE} & set(DemoOperator(1000).lines["a_number"])


# Credit


def test_four_half_hours_are_a_basis_that_is_changed_released_and_paid(asked):
    """4 x (1.20 + 30 x 6.80) = 820.80; 10 % off: 738.72, with VAT 923.40, to whole kronor 923."""
    bases = """
        SELECT exposure, made_on, released_on, paid_on, decided_by, total_amount
          FROM invoice_basis JOIN invoice USING (invoice_no)
    """
    assert asked(bases) == [(D("1026.00"), FIRST, SECOND, THIRD, "sigrid", D(923))]
    assert asked("SELECT change_cause, old_limit, credit_limit, changed_on FROM credit_change") == [
        ("paid", D(1000), D(1500), THIRD)
    ]


def test_the_number_is_blocked_until_then_and_what_came_all_the_same_is_leakage(asked, demo):
    blocks = "SELECT a_number, prompt, blocked_on, unblocked_on FROM block WHERE prompt = 'credit-callcentre-sv'"
    assert asked(blocks) == [(strangers.HEAVY, "credit-callcentre-sv", FIRST, THIRD)]
    leaked = "SELECT a_number, amount_ex_vat FROM fact_leakage ORDER BY started_at"
    assert asked_of_marts(demo, leaked) == [(strangers.HEAVY, D("205.200000")), (strangers.HEAVY, D("35.200000"))]


# Wishes


def test_wishes_are_granted_or_refused_with_their_reason(asked):
    outcomes = """
        SELECT request_type, request_state, reason_code FROM request JOIN request_outcome USING (request_id)
         WHERE request_id LIKE 'wish-%' ORDER BY request_id
    """
    assert asked(outcomes) == [
        ("set_spend_limit", "applied", None),
        ("set_spend_limit", "refused", "CONTRADICTION"),
        ("set_spend_limit", "refused", "CONTRADICTION"),
        ("sign_up", "refused", "BAD_PERSON_NO"),
        ("sign_up", "queued", None),
        ("set_preference", "applied", None),
        ("order", "applied", None),
        ("set_user", "applied", None),
        ("set_user", "applied", None),
        ("set_preference", "applied", None),
        ("note", "applied", None),
        ("block", "applied", None),
        ("upgrade", "applied", None),
        ("downgrade", "applied", None),
        ("order", "applied", None),
        ("add_number", "applied", None),
        ("redeem_coupon", "applied", None),
        ("order", "applied", None),
        ("dispute", "applied", None),
        ("move", "applied", None),
        ("unblock", "applied", None),
    ]


def test_a_spend_limit_warns_and_then_bars(asked):
    """39.14 kr of 60 by 15 September, 68.71 by the 22nd."""
    warned = "SELECT warned_percent, raised_on FROM spend_warning ORDER BY ALL"
    assert asked(warned) == [(50, SECOND), (80, THIRD), (100, THIRD)]
    assert asked("SELECT barred, blocked_on FROM block WHERE block_cause = 'spend_limit'") == [("all", THIRD)]


def test_a_booster_costs_its_fee(asked):
    assert asked("SELECT amount_ex_vat FROM charge WHERE article_no = '3003'") == [(D(49),)]


def test_a_company_has_two_cost_centres_and_one_invoice_for_them(asked):
    users = """
        SELECT DISTINCT cost_centre, user_name, concat('account:', account_id) = (SELECT preference_of FROM preference
         WHERE preference = 'invoice_layout' AND preference_value = 'consolidated')
          FROM subscription_user JOIN subscription USING (subscription_id) ORDER BY 1
    """
    assert asked(users) == [("Kundtjänst", "Växeln", True), ("Ledning", "Sanna Grynnbo", True)]


def test_a_private_customer_asked_for_itemised_calls(asked):
    chosen = "SELECT count(*) FROM preference WHERE preference = 'itemisation' AND preference_value = 'yes'"
    assert asked(chosen) == [(1,)]


# Payment agreements


def test_an_account_that_never_pays_agrees_on_instalments_once():
    """Of invoices due before 8 November, the first one that the habits leave unpaid."""
    overdue = [(number, 20_000 + number % 100, date(2026, 10, 21), D(300)) for number in range(1_000_001, 1_000_201)]
    columns = {"invoice_no": pl.Int64, "account_id": pl.Int64, "due_on": pl.Date, "total_amount": pl.Decimal(18, 2)}
    invoices = pl.DataFrame(overdue, schema=columns, orient="row")
    never = next(row for row in overdue if habit_of(row[0], 2026) == "never")
    (wish,) = agreement(NIGHTS[8], invoices, 2026)
    assert (wish["type"], wish["account_id"], wish["invoices"]) == ("agree_payments", never[1], [never[0]])
    assert AgreePayments.model_validate({name: wish[name] for name in AgreePayments.model_fields if name in wish})
    assert list(agreement(NIGHTS[9], invoices, 2026)) == []
