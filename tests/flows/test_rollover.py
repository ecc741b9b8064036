"""Grants and what rolls over, night by night: each batch number stands for one batch, and re-rating moves nothing.

Anna has 200 s a month, of which 60 may roll over. In September she calls 125 s and 10 s (billed 60): 15 s are left.
"""

from datetime import date
from decimal import Decimal

import pytest
from small_operator import ANNAS_SIGN_UP, SEPTEMBER_CALLS, ask, calls, put, small_home

from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
D = Decimal
SEP20, OCT1, OCT2 = date(2026, 9, 20), date(2026, 10, 1), date(2026, 10, 2)
RATING = stages_named("configure", "ingest", "register", "rate", "prove")
TERMS = {
    "allowances.csv": (
        "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,priority,"
        "prorated,rollover_limit,covers_fee\nminutes,Minuter,s,200,own,period,1,no,60,no\n"
    ),
    "allowance_links.csv": (
        "allowance_code,link_scope,link_to,valid_from,valid_to\nminutes,plan,mobile_small,2026-01-01,\n"
    ),
}
USES = "SELECT usage_id, grant_id, used_quantity, rated_batch FROM allowance_use ORDER BY ALL"
BATCHES = "SELECT rated_batch, rated_on, record_count, amount_ex_vat FROM rating_batch ORDER BY 1"
ROLLED = ("minutes:500001:2026-10-01:rolled", "minutes:500001:2026-09-16", D(15))


def with_terms(root):
    home = small_home(root)
    for name, text in TERMS.items():
        (home.config / name).write_text(text, encoding="utf-8")
    return home


def night(home, on, *rows):
    """Rate a night, with calls of Anna's."""
    if rows:
        put(home, {f"{on}.csv": calls(*rows)})
    conduct(home, on, stages=RATING)


@pytest.fixture(scope="session")
def after_september(made_once):
    """Anna has made her calls of September; October's grant is not made yet."""

    def fill(root):
        home = with_terms(root)
        put(home, {"a.jsonl": ANNAS_SIGN_UP, "september.csv": SEPTEMBER_CALLS})
        night(home, SEP20)

    return made_once("after_september", fill)


def test_what_rolls_over_in_a_night_without_usage_is_a_batch_of_its_own(after_september, copy_of):
    """15 s roll over as batch 2, which prices nothing; the call of the night after is batch 3."""
    home = copy_of(after_september)
    night(home, OCT1)
    night(home, OCT2, ("c3", "46701740699", "2026-10-01T10:00:00", "00:01:00"))
    assert [row for row in ask(home, USES) if row[0] != "switch:c3"][:1] == [(*ROLLED, 2)]
    assert {row[3] for row in ask(home, USES) if row[0] == "switch:c3"} == {3}
    assert [row[:3] for row in ask(home, BATCHES)] == [(1, SEP20, 2), (2, OCT1, 0), (3, OCT2, 1)]


def test_a_night_in_which_nothing_rolls_over_and_nothing_is_priced_is_no_batch(after_september, copy_of):
    home = copy_of(after_september)
    night(home, date(2026, 9, 21))
    assert [row[:2] for row in ask(home, BATCHES)] == [(1, SEP20)]
