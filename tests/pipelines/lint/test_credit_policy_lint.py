"""Credit policies that contradict themselves, or have no effect."""

import pytest

HEADER = (
    "service,customer_category,first_limit,limit_step,limit_step_percent,limit_ceiling,"
    "basis_release,partly_paid,prompt\n"
)
CASES = [
    ("*,*,1000,500,,2000,manual,stay_blocked,", []),
    (
        "*,private,1000,500,10,,manual,stay_blocked,",
        ["credit_policies.csv:2: the limit rises by an amount and by a percentage"],
    ),
    (
        "*,*,1000,500,,999,manual,stay_blocked,",
        ["credit_policies.csv:2: the ceiling is below the first limit of 1000.00"],
    ),
    (
        "*,*,1000,,10,,none,stay_blocked,",
        ["credit_policies.csv:2: warning: the limit never rises: it does when an invoice"],
    ),
    (
        "*,*,0,,,,automatic,stay_blocked,",
        ["credit_policies.csv:2: warning: with a limit of 0 every call makes a basis of its own"],
    ),
    (
        "callcentre,*,1000,,,,none,lift_below_limit,",
        ["credit_policies.csv:2: warning: no plan has service callcentre: the row holds for nobody"],
    ),
]


@pytest.mark.parametrize(("row", "expected"), CASES)
def test_a_policy_that_contradicts_itself_or_does_nothing_is_told(lint, row, expected):
    told = lint({"credit_policies.csv": HEADER + row + "\n"})
    assert len(told) == len(expected)
    for line, begins in zip(told, expected, strict=True):
        assert line.startswith(begins)
