"""Fees of plans: what could not be charged as it is written."""

import pytest
from small_configuration import add_to

from pipelines.configuration.tables import read_table
from schemas import tables

PLANS = (
    "plan_code,plan_name,service,price_list,article_no,monthly_fee,currency,fee_period,proration,suspension,"
    "suspended_percent,activation_fee,activation_article_no\n"
)
PRICES = "plan_code,currency,period_fee,valid_from,valid_to,existing_from\n"
PARTS = "plan_code,article_no,standalone_price\n"


def plan(period="1 month", proration="", suspension="", percent="", fee="", article=""):
    return f"{PLANS}hem,Hem,voice,home,2,99,SEK,{period},{proration},{suspension},{percent},{fee},{article}\n"


def test_every_setting_of_a_fee_may_be_left_empty_or_filled_in(lint):
    assert lint({"plans.csv": plan("")}) == []
    assert lint({"plans.csv": plan("30 days", "fixed_days(30)", "reduce", "40", "49", "2")}) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (plan(suspension="reduce"), "suspension reduce without suspended_percent"),
        (plan(suspension="pause", percent="40"), "a suspended_percent that suspension pause never uses"),
        (plan(fee="49"), "an activation_fee without activation_article_no cannot be invoiced"),
        (plan(fee="49", article="9"), "activation_article_no 9 is not in articles.csv"),
    ],
)
def test_a_plan_whose_fee_could_not_be_charged_is_a_fault(lint, text, problem):
    (told,) = lint({"plans.csv": text})
    assert told.startswith(f"plans.csv:2: {problem}")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (plan("1 fortnight"), "fee_period"),
        (plan("0 days"), "fee_period"),
        (plan(proration="fixed_days(0)"), "proration"),
        (plan(proration="by_days"), "proration"),
    ],
)
def test_a_period_or_mode_that_nobody_knows_is_a_fault(tmp_path, text, column):
    (tmp_path / "plans.csv").write_text(text, encoding="utf-8")
    rows, (fault,) = read_table(tmp_path / "plans.csv", tables.PLAN)
    assert (rows.height, fault.line) == (0, 2)
    assert fault.problem.startswith(f"{column} must satisfy")


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        (["hem,SEK,99,2026-01-01,2026-12-01,", "hem,SEK,119,2026-12-01,,2027-03-01"], []),
        (["hem,SEK,99,2026-01-01,,"], []),
        (["hem,SEK,99,2026-01-01,,2025-12-01"], ["2: existing_from lies before valid_from 2026-01-01"]),
        (
            ["hem,SEK,99,2026-01-01,,", "hem,SEK,119,2026-12-01,,"],
            ["3: two rows for hem SEK are in force on 2026-12-01"],
        ),
        (
            ["hem,SEK,99,2026-01-01,2026-01-01,"],
            [
                "2: valid_to is not after valid_from",
                "2: warning: hem has no fee in SEK from 2026-01-01: its accounts will be held",
            ],
        ),
        (
            ["hem,SEK,99,2026-01-01,2026-12-01,"],
            ["2: warning: hem has no fee in SEK from 2026-12-01: its accounts will be held"],
        ),
        (
            ["hem,SEK,119,2027-06-01,,"],
            ["2: warning: hem has no fee in SEK before this day: its monthly_fee 99.000000 counts no more"],
        ),
        (["gold,SEK,99,2026-01-01,,"], ["2: plan_code gold is not in plans.csv"]),
    ],
)
def test_prices_that_overlap_end_or_begin_too_early_are_told(lint, rows, problems):
    told = lint({"plan_prices.csv": PRICES + "".join(f"{row}\n" for row in rows)})
    assert [line.partition(" (found")[0].removeprefix("plan_prices.csv:") for line in told] == problems


def test_a_bundle_needs_articles_that_are_there_and_have_a_price(lint):
    assert lint({"bundle_parts.csv": PARTS + "hem,1,50\nhem,2,0\n"}) == []
    (first, second) = lint({"bundle_parts.csv": PARTS + "hem,1,0\nhem,2,0\n"})
    assert first.startswith("bundle_parts.csv:2: the articles of hem have no price: its fee cannot be shared")
    assert second.startswith("bundle_parts.csv:3: ")
    assert lint({"bundle_parts.csv": PARTS + "hem,9,50\n"}) == [
        f"bundle_parts.csv:2: article_no 9 is not in articles.csv (found '9'). {add_to('articles.csv')}"
    ]
