"""The states of the small operator's subscriptions, night by night."""

import re
from datetime import date

import pytest
from small_operator import ask, books, differing

from pipelines.night import opened_lake
from pipelines.nightly_flow import conduct, stages_named
from pipelines.proof.prove_flow import ProofError

pytestmark = pytest.mark.slow
LIFE = """
    SELECT customer_name, transition_no, from_state, subscription_state, state_from::VARCHAR, state_cause
      FROM subscription_state JOIN subscription USING (subscription_id) JOIN account USING (account_id)
      JOIN customer USING (customer_id) WHERE customer_name = 'Anna Ek' ORDER BY transition_no
"""


def test_a_block_restricts_anna_until_she_has_paid(told):
    """Her hour to a premium number takes her over her limit on 21 October; her payment of the 28th frees her."""
    assert [row[1:] for row in ask(told, LIFE)] == [
        (1, None, "ordered", "2026-09-16", "ordered"),
        (2, "ordered", "active", "2026-09-16", "begun"),
        (3, "active", "restricted", "2026-10-21", "credit_limit"),
        (4, "restricted", "active", "2026-10-28", "paid"),
    ]


def test_who_does_not_pay_is_suspended_after_the_days_of_the_policy_and_active_again_when_paid(invoiced, copy_of):
    """Anna's and Bo's invoices are due on 21 October: on 10 November they are 20 days late."""
    home, on = copy_of(invoiced), date(2026, 11, 10)
    policy = home.config / "policy.toml"

    def night(suspend_days):
        text = re.sub(r"(?m)^suspend_days = \d+", f"suspend_days = {suspend_days}", policy.read_text(encoding="utf-8"))
        policy.write_text(text, encoding="utf-8")
        return conduct(home, on, stages=stages_named("states")).stages[0].report.summary

    assert night(21) == "no subscription changed its state"
    assert night(20) == "2 restricted, 2 suspended"
    assert [row[2:] for row in ask(home, LIFE)][2:] == [
        ("active", "restricted", "2026-11-10", "unpaid"),
        ("restricted", "suspended", "2026-11-10", "unpaid"),
    ]
    assert night(0) == "2 active, 2 restricted"


def test_the_stage_again_writes_nothing(begun, copy_of):
    home = copy_of(begun)
    before = books(home)
    report = conduct(home, date(2026, 9, 20), stages=stages_named("states"))
    assert report.stages[0].report.summary == "no subscription changed its state"
    assert differing(before, books(home)) == []


def test_a_life_with_a_gap_stops_the_night(begun, copy_of):
    home = copy_of(begun)
    with opened_lake(home, read_only=False) as store, store.transaction("break"):
        store.execute("UPDATE subscription_state SET from_state = 'restricted' WHERE transition_no = 2")
    with pytest.raises(ProofError, match="states_follow_one_another"):
        conduct(home, date(2026, 9, 21))
