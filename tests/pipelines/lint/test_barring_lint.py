"""Lint of what bars calls."""

LISTED = "listed_kind,listed_value,block_reason,valid_from\n"
SPECIAL = {"special_numbers.csv": "b_number,number_kind,zone_code\n46112,emergency,se\n46900,premium,se\n"}
LIMITS = "link_scope,link_to,day_limit,month_limit,barred\n"


def of_file(told, name):
    return [line for line in told if line.startswith(name)]


def test_an_emergency_number_cannot_be_black_listed(lint):
    rows = "number,46900,fraud,2026-01-01\nnumber,46112,fraud,2026-01-01\ncustomer,46112,fraud,2026-01-01\n"
    told = of_file(lint(SPECIAL | {"black_list.csv": LISTED + rows}), "black_list.csv")
    problem = "this is an emergency number, and those are never blocked (found '46112')"
    assert told == [f"black_list.csv:3: {problem}. Remedy: delete the row."]


def test_a_spend_limit_that_bars_has_an_amount(lint):
    told = of_file(lint({"spend_limits.csv": LIMITS + "all,*,,,premium\n"}), "spend_limits.csv")
    assert len(told) == 1
    assert "nothing is ever barred" in told[0]
    assert of_file(lint({"spend_limits.csv": LIMITS + "all,*,5,,premium\n"}), "spend_limits.csv") == []
