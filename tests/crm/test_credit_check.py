"""Remarks from a register file, and the scoring rules: the first that fits decides."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.credit_check import REGISTER, FileCreditCheck, NoCreditCheck, age_on, decide
from schemas import tables
from schemas.money import AMOUNT

ON = date(2026, 11, 26)
ANNA, FIRM = "19811228-9874", "559999-0008"
APPLICANT = {
    "key": "a",
    "customer_category": "private",
    "born_on": date(1981, 12, 28),
    "remark_count": 0,
    "remark_amount": Decimal("0.00"),
    "overdue_debt": Decimal("0.00"),
    "amount_wanted": None,
}
SCHEMA = pl.Schema(
    {
        "key": pl.String(),
        "customer_category": pl.String(),
        "born_on": pl.Date(),
        "remark_count": pl.Int64(),
        "remark_amount": AMOUNT,
        "overdue_debt": AMOUNT,
        "amount_wanted": AMOUNT,
    }
)
FIRST_LIMITS = pl.DataFrame(
    [("private", Decimal(1000)), ("corporate", Decimal(25000)), ("vip", Decimal(50000))],
    schema={"customer_category": pl.String, "first_limit": AMOUNT},
    orient="row",
)
# docs/sign-up.md explains these rules.
RULES = [
    {"rule_no": 1, "maximum_age": 17, "credit_decision": "refuse"},
    {"rule_no": 2, "customer_category": "corporate", "maximum_remarks": 0, "credit_decision": "approve"},
    {"rule_no": 3, "minimum_age": 18, "maximum_remarks": 0, "maximum_debt": 0, "maximum_amount": 1000}
    | {"credit_decision": "approve"},
    {"rule_no": 4, "minimum_age": 18, "maximum_remarks": 2, "maximum_remark_amount": 5000, "maximum_debt": 0}
    | {"credit_decision": "deposit", "approved_limit": 500, "deposit_amount": 500},
    {"rule_no": 5, "minimum_age": 18, "maximum_debt": 500, "credit_decision": "manual"},
]


def remarks(registration_no, *rows):
    register = pl.DataFrame(rows, schema=REGISTER, orient="row")
    applicants = pl.DataFrame({"key": ["a"], "registration_no": [registration_no]}, schema_overrides={1: pl.String})
    return FileCreditCheck(register).remarks(applicants.cast(pl.String)).row(0)


def decided(rules=RULES, **changed):
    applicants = pl.DataFrame([APPLICANT | changed], schema=SCHEMA)
    table = pl.DataFrame(rules, schema=tables.CREDIT_RULE.schema)
    return decide(applicants, table, FIRST_LIMITS, ON).row(0, named=True)


def test_rows_of_one_person_are_added_up_however_the_number_is_written():
    rows = (("811228-9874", 2, Decimal(450)), ("198112289874", 1, Decimal("50.50")), (FIRM, 9, Decimal(9)))
    assert remarks(ANNA, *rows) == ("a", 3, Decimal("500.50"))


def test_who_is_not_in_the_register_has_no_remarks_and_who_has_no_number_cannot_be_asked():
    assert remarks(ANNA, (FIRM, 9, Decimal(9))) == ("a", 0, Decimal("0.00"))
    assert remarks(ANNA) == ("a", 0, Decimal("0.00"))
    assert remarks(None, (FIRM, 9, Decimal(9))) == ("a", None, None)


def test_a_figure_that_could_not_be_read_makes_the_remarks_unknown():
    assert remarks(ANNA, (ANNA, 1, Decimal(9)), (ANNA, None, Decimal(9))) == ("a", None, None)


def test_without_a_check_remarks_are_unknown():
    applicants = pl.DataFrame({"key": ["a"], "registration_no": [ANNA]})
    assert NoCreditCheck().remarks(applicants).row(0) == ("a", None, None)


@pytest.mark.parametrize(
    ("changed", "decision", "limit", "deposit", "rule"),
    [
        ({}, "approve", 1000, None, 3),
        ({"born_on": date(2008, 11, 26)}, "approve", 1000, None, 3),  # 18 today
        ({"born_on": date(2008, 11, 27)}, "refuse", None, None, 1),  # 18 tomorrow
        ({"remark_count": 1, "remark_amount": Decimal(5000)}, "deposit", 500, 500, 4),
        ({"remark_count": 1, "remark_amount": Decimal("5000.01")}, "manual", 1000, None, 5),
        ({"remark_count": 3, "remark_amount": Decimal(10)}, "manual", 1000, None, 5),
        ({"amount_wanted": Decimal(1000)}, "approve", 1000, None, 3),
        ({"amount_wanted": Decimal("1000.01")}, "deposit", 500, 500, 4),
        ({"overdue_debt": Decimal(500)}, "manual", 1000, None, 5),
        ({"overdue_debt": Decimal("500.01")}, "manual", 1000, None, None),
        ({"customer_category": "corporate", "born_on": None}, "approve", 25000, None, 2),
        ({"customer_category": "corporate", "born_on": None, "remark_count": None}, "manual", 25000, None, None),
        ({"born_on": None}, "manual", 1000, None, None),  # no age fits no bound of age
    ],
)
def test_the_first_rule_whose_every_bound_fits_decides(changed, decision, limit, deposit, rule):
    found = decided(**changed)
    assert (found["credit_decision"], found["approved_limit"], found["deposit_amount"]) == (decision, limit, deposit)
    assert found["case_text"].startswith(f"credit rule {rule} says {decision}: " if rule else "no credit rule fits: ")


def test_rules_are_asked_in_the_order_of_their_numbers():
    assert decided(RULES[::-1])["case_text"].startswith("credit rule 3 ")


def test_the_text_names_rule_and_figures():
    assert decided(remark_count=2, remark_amount=Decimal("450.50"))["case_text"] == (
        "credit rule 4 says deposit: age 44, payment remarks 2, their sum 450.50, overdue here 0.00, "
        "credit wanted 1000.00"
    )
    assert decided(born_on=None, remark_count=None, remark_amount=None)["case_text"] == (
        "no credit rule fits: age unknown, payment remarks unknown, their sum unknown, overdue here 0.00, "
        "credit wanted 1000.00"
    )


def test_without_rules_everybody_is_approved_with_the_first_limit():
    found = decided([], born_on=None, remark_count=None, customer_category="vip")
    assert (found["credit_decision"], found["approved_limit"]) == ("approve", Decimal(50000))
    assert found["case_text"].startswith("no credit rules: ")


def test_first_limits_may_go_by_any_column_of_the_applicants():
    applicants = pl.DataFrame([APPLICANT, APPLICANT | {"key": "b"}], schema=SCHEMA)
    limits = pl.DataFrame({"key": ["b", "a"], "first_limit": [300, 200]}, schema_overrides={"first_limit": AMOUNT})
    found = decide(applicants, tables.CREDIT_RULE.empty(), limits, ON)
    assert found["approved_limit"].to_list() == [Decimal(200), Decimal(300)]


def test_ages_on_and_around_birthdays():
    born = [date(2000, 11, 26), date(2000, 11, 27), date(2000, 2, 29), None]
    frame = pl.DataFrame({"born_on": born})
    assert frame.select(age_on(pl.col("born_on"), ON)).to_series().to_list() == [26, 25, 26, None]
    leap = pl.DataFrame({"born_on": [date(2000, 2, 29)]})
    assert [leap.select(age_on(pl.col("born_on"), on)).item() for on in (date(2026, 2, 28), date(2026, 3, 1))] == [
        25,
        26,
    ]


# Plain loops

BOUNDS = st.none() | st.integers(0, 3)
A_RULE = st.fixed_dictionaries(
    {
        "customer_category": st.sampled_from([None, "private", "vip"]),
        "minimum_age": st.none() | st.integers(17, 20),
        "maximum_age": st.none() | st.integers(17, 20),
        "maximum_remarks": BOUNDS,
        "maximum_remark_amount": BOUNDS,
        "maximum_debt": BOUNDS,
        "maximum_amount": BOUNDS,
        "credit_decision": st.sampled_from(["approve", "manual", "refuse"]),
    }
)
AN_APPLICANT = st.fixed_dictionaries(
    {
        "customer_category": st.sampled_from(["private", "vip"]),
        "born_on": st.none() | st.integers(2005, 2010).map(lambda year: date(year, 11, 26)),
        "remark_count": BOUNDS,
        "remark_amount": BOUNDS,
        "overdue_debt": BOUNDS,
        "amount_wanted": st.integers(0, 3),
    }
)


def fits(rule, applicant):
    age = applicant["born_on"] and 2026 - applicant["born_on"].year
    figures = (
        ("minimum_age", age and -age),
        ("maximum_age", age),
        ("maximum_remarks", applicant["remark_count"]),
        ("maximum_remark_amount", applicant["remark_amount"]),
        ("maximum_debt", applicant["overdue_debt"]),
        ("maximum_amount", applicant["amount_wanted"]),
    )
    if rule["customer_category"] not in (None, applicant["customer_category"]):
        return False
    for bound, figure in figures:
        limit = rule[bound] if bound != "minimum_age" or rule[bound] is None else -rule[bound]
        if limit is not None and (figure is None or figure > limit):
            return False
    return True


@given(rules=st.lists(A_RULE, min_size=1, max_size=5), applicants=st.lists(AN_APPLICANT, min_size=1, max_size=5))
def test_decisions_are_what_plain_loops_find(rules, applicants):
    numbered = [{"rule_no": n, **rule} for n, rule in enumerate(rules, 1)]
    asked = pl.DataFrame([{"key": str(n), **each} for n, each in enumerate(applicants)], schema=SCHEMA)
    found = decide(asked, pl.DataFrame(numbered, schema=tables.CREDIT_RULE.schema), FIRST_LIMITS, ON)
    expected = [next((r["credit_decision"] for r in rules if fits(r, each)), "manual") for each in applicants]
    assert found["credit_decision"].to_list() == expected
