"""Grants and what rolls over, night by night: each batch number stands for one batch, and re-rating moves nothing.

Anna has 200 s a month, of which 60 may roll over. In September she calls 125 s and 10 s (billed 60): 15 s are left.
"""

from datetime import date
from decimal import Decimal

import pytest
from small_operator import ANNAS_SIGN_UP, SEPTEMBER_CALLS, ask, books, calls, differing, put, small_home

from pipelines.explaining.explain_flow import explain
from pipelines.nightly_flow import conduct, night_at, stages_named
from pipelines.repricing.rerate_flow import rerate
from pipelines.repricing.rerate_selection import Selection

pytestmark = pytest.mark.slow
D = Decimal
SEP20, OCT1, OCT2, OCT4 = date(2026, 9, 20), *(date(2026, 10, day) for day in (1, 2, 4))
AUTUMN = Selection(date(2026, 9, 1), date(2026, 11, 30))
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


@pytest.fixture
def late_sign_up(tmp_path):
    """Anna's sign-up comes on 20 November, when her calls of September have waited for it."""
    home = with_terms(tmp_path / "home")
    put(home, {"september.csv": SEPTEMBER_CALLS})
    night(home, SEP20)
    put(home, {"a.jsonl": ANNAS_SIGN_UP})
    night(home, date(2026, 11, 20))
    return home


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


def test_rerating_lets_no_record_draw_on_what_rolled_over_after_it(after_september, copy_of):
    """The call of 1 October drew its 60 s on October's grant: the 15 s rolled over once it was priced."""
    home = copy_of(after_september)
    night(home, OCT2, ("c3", "46701740699", "2026-10-01T10:00:00", "00:01:00"))
    assert [row for row in ask(home, USES) if row[3] == 2] == [
        (*ROLLED, 2), ("switch:c3", "minutes:500001:2026-10-01", D(60), 2)
    ]  # fmt: skip
    before = books(home)
    with night_at(home, OCT2) as night_of_rerating:
        report = rerate(night_of_rerating, AUTUMN)
    assert (report.batch, report.read, report.changed) == (None, 3, 0)
    assert differing(before, books(home)) == []


def test_rerating_lets_records_of_later_batches_draw_on_what_rolled_over(after_september, copy_of):
    """The call of 3 October draws the 15 s first, then 45 s; so it does when it is priced again, also once dearer."""
    home = copy_of(after_september)
    night(home, OCT2, ("c3", "46701740699", "2026-10-01T10:00:00", "00:01:00"))
    night(home, OCT4, ("c4", "46701740699", "2026-10-03T10:00:00", "00:01:00"))
    drawn = [
        ("switch:c4", "minutes:500001:2026-10-01", D(45), 3),
        ("switch:c4", "minutes:500001:2026-10-01:rolled", D(15), 3),
    ]
    assert [row for row in ask(home, USES) if row[3] == 3] == drawn
    prices = home.config / "prices.csv"
    prices.write_text(prices.read_text(encoding="utf-8").replace("0.39,0.60", "0.39,0.90"), encoding="utf-8")
    uses = ask(home, USES)
    with night_at(home, OCT4) as night_of_rerating:
        rerate(night_of_rerating, AUTUMN)
    assert ask(home, USES) == uses


def test_rerating_grants_nothing_for_a_period_that_had_long_ended_when_its_record_was_priced(late_sign_up):
    """Priced on 20 November, a call of 20 September has no grant: September had ended more than a month before."""
    assert ask(late_sign_up, "SELECT usage_id, included_units FROM rated_usage ORDER BY 1") == [
        ("switch:c1", 0), ("switch:c2", 0)
    ]  # fmt: skip
    before = books(late_sign_up)
    with night_at(late_sign_up, date(2026, 11, 20)) as night_of_rerating:
        report = rerate(night_of_rerating, AUTUMN)
    assert (report.batch, report.read, report.changed) == (None, 2, 0)
    assert differing(before, books(late_sign_up)) == []


def test_an_explanation_names_the_grant_that_a_record_drew_on_before_the_night_rolled_anything_over(
    after_september, copy_of
):
    home = copy_of(after_september)
    night(home, OCT2, ("c3", "46701740699", "2026-10-01T10:00:00", "00:01:00"))
    (draw,) = explain(home, "switch:c3").records[0].explanation.allowances
    assert (draw.grant_id, draw.left_before, draw.used_quantity) == ("minutes:500001:2026-10-01", 200, 60)
