"""Rates of VAT whose dates cannot be meant."""

_HEADER = "vat_class,valid_from,valid_to,vat_percent,vat_account\n"


def test_a_class_whose_first_rate_is_far_ahead_is_warned_of(lint):
    (found,) = lint({"vat_rates.csv": _HEADER + "standard,2999-07-01,,25,2611\n"})
    assert found.startswith(
        "vat_rates.csv:2: warning: the first rate of standard at home is not in force yet (found '2999-07-01')"
    )


def test_a_coming_rate_after_one_in_force_is_no_reason_to_warn(lint):
    assert (
        lint({"vat_rates.csv": _HEADER + "standard,2023-07-01,2999-07-01,25,2611\nstandard,2999-07-01,,26,2611\n"})
        == []
    )
