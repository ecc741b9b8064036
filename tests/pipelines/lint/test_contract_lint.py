"""Contract terms and plan changes: what can never hold or be charged, and what nobody means."""

import pytest
from small_configuration import BASE, add_to

TERMS = (
    "product_group,plan_code,customer_category,binding_months,notice_days,earliest_change_days,change_in_binding,fee_basis,"
    "termination_fee,fee_article_no,upgrade_when,downgrade_when\n"
)
CHANGES = "from_plan,to_plan,change_kind,change_fee,fee_article_no\n"
PLANS = "plan_code,plan_name,service,price_list,article_no,monthly_fee,currency,product_group\n" + "".join(
    f"{code},Hem,{service},home,2,99,SEK,{group}\n"
    for code, service, group in (
        ("hem", "voice", "fast"),
        ("stor", "voice", "fast"),
        ("nat", "broadband", "nat"),
        ("los", "voice", ""),
    )
)


def term(group="*", plan="*", category="*", months=12, rule="fee", basis="remaining_months", fee="99", article="2"):
    return f"{group},{plan},{category},{months},30,0,{rule},{basis},{fee},{article},at_once,period_end\n"


@pytest.fixture
def told(lint):
    """Return what is told of some rows of a file, each as line and problem, warnings marked."""

    def problems(file, *rows):
        header = TERMS if file == "contract_terms.csv" else CHANGES
        lines = lint({"plans.csv": PLANS, file: header + "".join(rows)})
        return [line.partition(" (found")[0].removeprefix(f"{file}:") for line in lines]

    return problems


class TestTerms:
    def test_terms_for_all_a_group_a_plan_and_a_category_are_right(self, told):
        rows = term(), term("fast"), term("fast", category="vip"), term(plan="hem"), term(plan="hem", category="vip")
        assert told("contract_terms.csv", *rows) == []

    def test_what_they_name_is_known(self, lint):
        text = TERMS + term("gas") + term(plan="gold") + term(article="9")
        assert lint({"plans.csv": PLANS, "contract_terms.csv": text}) == [
            f"contract_terms.csv:2: product_group gas is not in plans.csv (found 'gas'). {add_to('plans.csv')}",
            f"contract_terms.csv:3: plan_code gold is not in plans.csv (found 'gold'). {add_to('plans.csv')}",
            f"contract_terms.csv:4: fee_article_no 9 is not in articles.csv (found '9'). {add_to('articles.csv')}",
        ]

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (term(fee=""), "fee_basis remaining_months without a termination_fee"),
            (term(basis="fixed", fee="0"), "fee_basis fixed without a termination_fee"),
            (term(rule="refused", basis="none"), "a termination_fee that fee_basis none never charges"),
            (term(article=""), "a termination_fee without fee_article_no cannot be invoiced"),
            (term(basis="none", fee=""), "warning: a binding that anybody may leave without a fee"),
            (term(rule="refused", basis="none", fee=""), None),
            (
                term(rule="refused"),
                "warning: a fee for leaving early that is never charged: there is no binding, or leaving it is refused",
            ),
            (
                term(months=0),
                "warning: a fee for leaving early that is never charged: there is no binding, or leaving it is refused",
            ),
            (
                term(months=25),
                ("warning: consumers may be bound for 24 months at most (directive (EU) 2018/1972, article 105)"),
            ),
            (term(months=36, category="corporate"), None),
            (term(months=24), None),
        ],
    )
    def test_fees_and_bindings_can_do_what_they_say(self, told, row, problem):
        assert told("contract_terms.csv", row) == ([f"2: {problem}"] if problem else [])

    @pytest.mark.parametrize("group", ["nat", "fast"])
    def test_a_row_for_a_plan_names_its_own_group_or_all(self, told, group):
        problem = "2: plan hem is not in product group nat: the row never holds"
        assert told("contract_terms.csv", term(group, "hem")) == ([problem] if group == "nat" else [])

    def test_a_plan_without_a_group_is_in_none(self, told):
        assert told("contract_terms.csv", term("fast", "los")) == [
            "2: plan los is not in product group fast: the row never holds"
        ]

    def test_two_rows_that_hold_for_the_same_are_a_fault(self, told):
        rows = term(plan="hem", category="vip"), term("fast", "hem", "vip"), term("fast", "hem")
        assert told("contract_terms.csv", *rows) == [
            "3: two rows hold for plan hem, category vip; the one on line 2 never does"
        ]


class TestChanges:
    def test_changes_up_down_and_aside_are_right(self, told):
        rows = "hem,stor,upgrade,49,2\n", "stor,hem,downgrade,,\n", "hem,los,change,0,\n", "los,hem,change,,\n"
        assert told("plan_changes.csv", *rows) == []

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("hem,hem,change,,", "a change from a plan to itself"),
            ("hem,nat,upgrade,,", "hem is of service voice, nat of broadband: its numbers could not move"),
            ("hem,stor,upgrade,49,", "a change_fee without fee_article_no cannot be invoiced"),
            ("hem,gold,upgrade,,", "to_plan gold is not in plans.csv"),
            ("gold,hem,upgrade,,", "from_plan gold is not in plans.csv"),
            ("hem,stor,upgrade,49,9", "fee_article_no 9 is not in articles.csv"),
        ],
    )
    def test_a_change_that_cannot_be_made_is_a_fault(self, told, row, problem):
        assert told("plan_changes.csv", f"{row}\n") == [f"2: {problem}"]

    def test_up_both_ways_is_a_warning_told_once(self, told):
        assert told("plan_changes.csv", "hem,stor,upgrade,,\n", "stor,hem,upgrade,,\n") == [
            "3: warning: stor to hem and back (line 2) are both of kind upgrade"
        ]


def test_a_home_without_these_files_has_no_fault(lint):
    assert lint({"plans.csv": BASE["plans.csv"]}) == []
