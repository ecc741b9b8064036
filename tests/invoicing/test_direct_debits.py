"""Which invoices are announced and collected, on which day, how often, and what becomes of it."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from debit_rows import (
    DUE,
    HANDED_IN,
    INVOICED,
    RULES,
    answers,
    claims,
    debits,
    frame,
    invoices,
    mandates,
    notices,
)
from hypothesis import given
from hypothesis import strategies as st

from invoicing.direct_debits import Collection, announced, awaited, ordered_debits, with_states
from schemas import tables

NONE_HELD = pl.DataFrame(schema={"invoice_no": pl.Int64})
SEPA = {"scheme": "sepa", "payer_no": None}
FAILED_ON = date(2026, 11, 23)
RETRY_ON, SECOND = date(2026, 11, 30), date(2026, 11, 26)  # a week after the answer, handed in two bank days before


def announcing(*rows, mandate=None, before=(), rules=RULES):
    made = announced(invoices(*rows or [{}]), mandates(mandate or {}), notices(*before), rules)
    return made.select("invoice_no", "mandate_id", "collect_on").rows()


def ordering(
    on=HANDED_IN, *, tried=(), answered=(), claim=None, mandate=None, held=NONE_HELD, notice=None, rules=RULES
):
    """The direct debits that a night orders of invoice 1, as (id, amount, day)."""
    attempts = with_states(debits(*tried), answers(*answered), rules, on)
    collection = Collection(notices(notice or {}), mandates(mandate or {}), attempts, claims(claim or {}))
    made = ordered_debits(collection, held, rules, on)
    return made.select("direct_debit_id", "amount", "collect_on").rows()


def state(*answered, on=FAILED_ON):
    (found,) = with_states(debits({}), answers(*answered), RULES, on)["direct_debit_state"]
    return found


class TestAnnouncement:
    def test_an_invoice_of_an_account_with_a_mandate_says_that_it_is_collected_on_its_due_date(self):
        assert announcing() == [(1, "5-1", DUE)]

    def test_a_due_date_on_which_banks_are_closed_is_moved_to_the_next_bank_day(self):
        assert announcing({"due_on": date(2026, 12, 24)}) == [(1, "5-1", date(2026, 12, 28))]

    def test_sepa_follows_the_days_of_target(self):
        sepa = {"due_on": date(2026, 12, 24), "currency": "EUR"}
        assert announcing(sepa, mandate=SEPA) == [(1, "5-1", date(2026, 12, 24))]

    def test_the_payer_has_the_days_of_pre_notification_however_soon_the_invoice_is_due(self):
        soon = {"due_on": INVOICED + timedelta(days=10)}
        assert announcing(soon) == [(1, "5-1", date(2026, 11, 16))]  # 14 November is a Saturday

    @pytest.mark.parametrize("mandate_state", ["requested", "cancelled", "refused"])
    def test_nothing_is_announced_without_an_active_mandate(self, mandate_state):
        assert announcing(mandate={"mandate_state": mandate_state}) == []

    @pytest.mark.parametrize(
        "invoice",
        [{"document_kind": "credit_note"}, {"to_pay_amount": Decimal(0)}, {"currency": "EUR"}, {"account_id": 6}],
        ids=["credit note", "nothing to pay", "other currency", "other account"],
    )
    def test_nor_is_what_cannot_be_collected(self, invoice):
        assert announcing(invoice) == []

    def test_a_mandate_for_one_collection_is_announced_once(self):
        sepa, one_off = {"currency": "EUR"}, SEPA | {"mandate_use": "one_off"}
        assert announcing(sepa, sepa | {"invoice_no": 2}, mandate=one_off) == [(1, "5-1", DUE)]
        assert announcing(sepa | {"invoice_no": 2}, mandate=one_off, before=[{}]) == []


class TestOrdering:
    def test_what_is_open_is_handed_in_two_bank_days_before_its_day(self):
        assert ordering() == [("1-1", Decimal("250.00"), DUE)]

    def test_the_day_before_it_is_too_early(self):
        assert ordering(HANDED_IN - timedelta(days=1)) == []

    def test_a_night_that_comes_late_collects_as_soon_as_it_can(self):
        assert ordering(date(2026, 11, 25)) == [("1-1", Decimal("250.00"), date(2026, 11, 27))]

    def test_what_was_paid_meanwhile_is_not_collected(self):
        assert ordering(claim={"open_amount": Decimal("100.00")}) == [("1-1", Decimal("100.00"), DUE)]
        assert ordering(claim={"open_amount": Decimal(0)}) == []

    def test_a_reminder_fee_is_not_collected(self):
        assert ordering(claim={"receivable_kind": "reminder_fee"}) == []

    def test_an_invoice_that_something_else_keeps_back_is_not_collected(self):
        assert ordering(held=pl.DataFrame({"invoice_no": [1]})) == []

    def test_an_invoice_that_did_not_say_so_is_not_collected(self):
        assert ordering(notice={"invoice_no": 2}) == []

    def test_a_mandate_that_was_cancelled_collects_nothing_more(self):
        assert ordering(mandate={"mandate_state": "cancelled"}) == []

    @pytest.mark.parametrize("on", [HANDED_IN, DUE, FAILED_ON])
    def test_one_attempt_is_ordered_once(self, on):
        assert ordering(on, tried=[{}]) == []


class TestRetries:
    def test_without_money_on_the_account_a_second_attempt_follows(self):
        assert ordering(SECOND, tried=[{}], answered=[{}]) == [("1-2", Decimal("250.00"), RETRY_ON)]
        assert ordering(SECOND - timedelta(days=1), tried=[{}], answered=[{}]) == []

    def test_as_often_as_the_policy_says(self):
        tried = [{}, {"direct_debit_id": "1-2", "attempt_no": 2, "collect_on": RETRY_ON}]
        failed = [{}, {"direct_debit_id": "1-2", "answered_on": date(2026, 12, 1)}]
        assert ordering(date(2026, 12, 20), tried=tried, answered=failed) == []
        twice = RULES.model_copy(update={"retries": 2})
        assert [made[0] for made in ordering(date(2026, 12, 20), tried=tried, answered=failed, rules=twice)] == ["1-3"]

    @pytest.mark.parametrize(
        "answer",
        [
            {"answer_code": "2"},
            {"answer_code": None},
            {"answer": "rejected"},
            {"answer": "refunded"},
            {"answer": "paid"},
        ],
        ids=["account closed", "no reason", "rejected", "refunded", "paid"],
    )
    def test_nothing_else_is_tried_again(self, answer):
        assert ordering(date(2026, 12, 20), tried=[{}], answered=[answer]) == []

    def test_while_the_bank_tries_again_itself_nothing_new_is_ordered(self):
        assert ordering(SECOND, tried=[{}], answered=[{"answer": "retry", "answer_code": "9"}]) == []


class TestStates:
    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ("paid", "paid"),
            ("failed", "failed"),
            ("retry", "retried"),
            ("refunded", "refunded"),
            ("rejected", "rejected"),
        ],
    )
    def test_the_state_is_what_the_bank_answered(self, answer, expected):
        assert state({"answer": answer}) == expected

    def test_without_an_answer_it_is_ordered_and_unanswered_after_ten_days(self):
        assert state(on=DUE + timedelta(days=10)) == "ordered"
        assert state(on=DUE + timedelta(days=11)) == "unanswered"

    def test_a_bank_that_tries_again_and_says_no_more_has_not_answered_either(self):
        assert state({"answer": "retry"}, on=FAILED_ON + timedelta(days=10)) == "retried"
        assert state({"answer": "retry"}, on=FAILED_ON + timedelta(days=11)) == "unanswered"

    def test_the_last_answer_stands(self):
        later = {"answer": "paid", "answered_on": FAILED_ON + timedelta(days=1)}
        assert state(later, {"answer": "retry"}) == "paid"

    @pytest.mark.parametrize("answer", ["refunded", "failed"])
    def test_money_that_was_taken_back_the_same_day_was_paid_before(self, answer):
        assert state({"answer": answer}, {"answer": "paid"}) == answer


class TestReminders:
    def awaiting(self, on, *, tried=(), answered=(), **more):
        attempts = with_states(debits(*tried), answers(*answered), RULES, on)
        collection = Collection(notices({}), mandates(more), attempts, claims({}))
        return awaited(collection, RULES)["invoice_no"].to_list()

    def test_nobody_is_reminded_of_what_will_be_collected_or_is_being(self):
        assert self.awaiting(INVOICED) == [1]
        assert self.awaiting(DUE, tried=[{}]) == [1]
        assert self.awaiting(FAILED_ON, tried=[{}], answered=[{}]) == [1]  # a second attempt follows

    def test_a_collection_that_failed_for_good_leaves_an_ordinary_open_invoice(self):
        assert self.awaiting(FAILED_ON, tried=[{}], answered=[{"answer_code": "2"}]) == []
        assert self.awaiting(FAILED_ON, tried=[{}], answered=[{"answer": "rejected"}]) == []
        assert self.awaiting(FAILED_ON, mandate_state="cancelled") == []

    def test_so_does_one_that_nobody_answers(self):
        assert self.awaiting(DUE + timedelta(days=11), tried=[{}]) == []


class TestSequence:
    def sequence(self, *mandate, tried=(), answered=(), numbers=(1,)):
        attempts = with_states(debits(*tried), answers(*answered), RULES, HANDED_IN)
        sepa = {"scheme": "sepa", "payer_account": "DE89370400440532013000"}
        collection = Collection(
            notices(*({"invoice_no": number, "scheme": "sepa"} for number in numbers)),
            mandates(sepa | dict(*mandate)),
            attempts,
            claims(*({"invoice_no": number, "currency": "EUR"} for number in numbers)),
        )
        return ordered_debits(collection, NONE_HELD, RULES, HANDED_IN)["sequence_type"].to_list()

    def test_the_first_collection_of_a_mandate_is_first_and_the_others_follow(self):
        assert self.sequence(numbers=(2, 3)) == ["FRST", "RCUR"]
        assert self.sequence(tried=[{"scheme": "sepa"}], answered=[{"answer": "paid"}], numbers=(2,)) == ["RCUR"]

    def test_after_a_rejected_first_one_the_next_is_first_again(self):
        assert self.sequence(tried=[{"scheme": "sepa"}], answered=[{"answer": "rejected"}], numbers=(2,)) == ["FRST"]

    def test_a_mandate_for_one_collection_has_its_own_code(self):
        assert self.sequence({"mandate_use": "one_off"}) == ["OOFF"]

    def test_autogiro_has_no_sequence(self):
        collection = Collection(
            notices({}), mandates({}), with_states(debits(), answers(), RULES, HANDED_IN), claims({})
        )
        assert ordered_debits(collection, NONE_HELD, RULES, HANDED_IN)["sequence_type"].to_list() == [None]


@given(
    st.lists(st.tuples(st.sampled_from(["paid", "failed", "retry", "rejected", "refunded", None]),
                       st.sampled_from(["1", "2", None])), max_size=60)
)  # fmt: skip
def test_however_the_bank_answers_every_night_no_invoice_is_collected_twice_at_a_time(told):
    """Nights, each with what the bank says of the last attempt: never two at once, never one after it was paid."""
    tried, said = debits(), answers()
    for days, (answer, code) in enumerate(told):
        on = HANDED_IN + timedelta(days=days)
        last = tried["direct_debit_id"].to_list()[-1:]
        if answer and last:
            row = {"direct_debit_id": last[0], "answer": answer, "answer_code": code, "answered_on": on}
            said = pl.concat([said, answers(row)])
        attempts = with_states(tried, said, RULES, on)
        new = ordered_debits(Collection(notices({}), mandates({}), attempts, claims({})), NONE_HELD, RULES, on)
        if new.height:
            assert not set(attempts["direct_debit_state"]) & {"ordered", "retried"}
            assert attempts["direct_debit_state"].to_list()[-1:] in ([], ["failed"])
        tried = pl.concat([tried, tables.DIRECT_DEBIT.complete(new.with_columns(pl.lit(on).alias("ordered_on")))])
    assert tried.height <= 1 + RULES.retries
    assert tried["direct_debit_id"].is_unique().all()


def test_a_mandate_without_rows_orders_nothing():
    empty = Collection(notices(), mandates(), with_states(debits(), answers(), RULES, DUE), frame(claims().schema, []))
    assert ordered_debits(empty, NONE_HELD, RULES, DUE).is_empty()
    assert awaited(empty, RULES).is_empty()
