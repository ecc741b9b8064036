"""Withdrawn before its day: an end that would have cost a fee, in the lake, nights later."""

import json
from datetime import date

import pytest
from small_operator import ANNAS_NUMBER, ANNAS_SIGN_UP, ask, put, sign_up, small_home

from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
REGISTERED = stages_named("configure", "ingest", "register")
TERMS = (
    "product_group,plan_code,customer_category,binding_months,notice_days,earliest_change_days,change_in_binding,"
    "fee_basis,termination_fee,fee_article_no,upgrade_when,downgrade_when,guarantee_months\n"
    "*,*,*,12,30,0,fee,fixed,300,3002,at_once,at_once,\n"
)
FEES = "SELECT amount_ex_vat::INT FROM charge WHERE charge_kind = 'one_off'"
ENDS = "SELECT service_to FROM subscription ORDER BY subscription_id"
OUTCOME = "SELECT request_state FROM request_outcome WHERE request_id = '{}'"


def asked(request_id, kind, day, effective=None, **fields):
    request = {
        "request_id": request_id, "type": kind, "channel": "web", "requested_at": f"{day}T09:00:00+02:00",
        "effective_on": effective or day, **fields,
    }  # fmt: skip
    return json.dumps(request) + "\n"


def night(home, on, **files):
    put(home, {f"{name}.jsonl": text for name, text in files.items()})
    conduct(home, on, stages=REGISTERED)


@pytest.fixture
def ending(tmp_path):
    """Anna ends her service on 17 September, with 30 days of notice, inside her year: 300 on 17 October."""
    home = small_home(tmp_path / "home")
    (home.config / "contract_terms.csv").write_text(TERMS, encoding="utf-8")
    night(home, date(2026, 9, 16), a=ANNAS_SIGN_UP)
    night(home, date(2026, 9, 17), b=asked("end", "cancel", "2026-09-17", number=ANNAS_NUMBER))
    assert (ask(home, FEES), ask(home, ENDS)) == ([(300,)], [(date(2026, 10, 17),)])
    return home


def test_until_its_notice_is_over_an_end_is_taken_back_with_its_fee_and_once(ending):
    back = asked("back", "withdraw", "2026-09-25", number=ANNAS_NUMBER, withdraws="end")
    again = asked("again", "withdraw", "2026-09-26", number=ANNAS_NUMBER, withdraws="end")
    night(ending, date(2026, 9, 25), c=back)
    night(ending, date(2026, 9, 26), d=back, e=again)
    assert (ask(ending, FEES), ask(ending, ENDS)) == ([], [(None,)])
    assert ask(ending, "SELECT owned_to FROM number_assignment") == [(None,)]
    states = [ask(ending, OUTCOME.format(name)) for name in ("end", "back", "again")]
    assert states == [[("withdrawn",)], [("applied",)], [("refused",)]]


def test_when_the_number_has_been_given_to_somebody_else_from_then_on_the_end_stands(ending):
    other = sign_up("o", "Bo Ek", "mobile_small", [ANNAS_NUMBER], on="2026-10-17")
    back = asked("back", "withdraw", "2026-09-25", subscription_id=500001, withdraws="end")
    night(ending, date(2026, 9, 24), c=other.replace("2026-10-17T08", "2026-09-24T08"))
    night(ending, date(2026, 9, 25), d=back)
    assert ask(ending, "SELECT reason_code FROM request_outcome WHERE request_id = 'back'") == [("NUMBER_IN_USE",)]
    assert (ask(ending, FEES), ask(ending, ENDS)[0]) == ([(300,)], (date(2026, 10, 17),))


def test_after_its_day_nothing_of_it_is_kept_and_it_cannot_be_withdrawn(ending):
    night(ending, date(2026, 10, 17), c=asked("back", "withdraw", "2026-10-16", account_id=20001, withdraws="end"))
    assert ask(ending, OUTCOME.format("back")) == [("refused",)]
    assert ask(ending, "SELECT count(*) FROM coming_change") == [(0,)]
