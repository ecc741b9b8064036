"""A change of plan gives back what is unused of a fee paid in advance, once and by days."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.fees_given_back import fees_given_back
from schemas import tables

D = Decimal
OCTOBER, TENTH, NOVEMBER = date(2026, 10, 1), date(2026, 10, 10), date(2026, 11, 1)


def fee(since=OCTOBER, until=NOVEMBER, amount="93"):
    row = {
        "charge_id": f"recurring:5:{since}", "charge_kind": "recurring", "account_bucket": 0, "account_id": 7,
        "subscription_id": 5, "article_no": "2002", "service_from": since, "service_to": until, "quantity": 1,
        "duration_s": 0, "volume_bytes": 0, "included_units": 0, "amount_ex_vat": D(amount), "currency": "SEK",
        "vat_class": "standard", "revenue_account": "3044", "charged_on": since,
    }  # fmt: skip
    return tables.CHARGE.complete(pl.DataFrame([row], schema_overrides=tables.CHARGE.schema))


def given_back(versions, charges=None, on=TENTH, before=()):
    rows = [(5, 7, "p", since, until) for since, until in versions]
    held = pl.DataFrame(rows, schema=tables.SUBSCRIPTION.schema, orient="row")
    known = pl.DataFrame({"charge_id": list(before)}, schema={"charge_id": pl.String})
    return tables.CHARGE.conform(fees_given_back(fee() if charges is None else charges, held, known, on))


CHANGED = [(OCTOBER, TENTH), (TENTH, None)]


def test_the_days_of_the_new_plan_are_given_back_of_the_old_plans_fee():
    """22 of the 31 days: 93.00 x 22/31 = 66.00."""
    row = given_back(CHANGED).row(0, named=True)
    assert (row["charge_id"], row["charge_kind"]) == ("given_back:recurring:5:2026-10-01", "one_off")
    assert (row["service_from"], row["service_to"], row["amount_ex_vat"]) == (TENTH, NOVEMBER, D("-66.000000"))
    assert (row["article_no"], row["revenue_account"], row["charged_on"]) == ("2002", "3044", TENTH)


@pytest.mark.parametrize(
    ("versions", "on"),
    [
        ([(OCTOBER, None)], TENTH),
        ([(OCTOBER, TENTH)], TENTH),  # the end of the subscription
        ([(OCTOBER, TENTH), (date(2026, 10, 12), None)], TENTH),
        ([(OCTOBER, TENTH), (TENTH, TENTH)], TENTH),
        ([(OCTOBER, NOVEMBER), (NOVEMBER, None)], NOVEMBER),
        (CHANGED, date(2026, 10, 9)),
    ],
)
def test_nothing_is_given_back_without_another_plan_in_the_period(versions, on):
    assert given_back(versions, on=on).is_empty()


def test_a_fee_is_given_back_once_whatever_follows():
    assert given_back(CHANGED, before=["given_back:recurring:5:2026-10-01"]).is_empty()


def test_each_fee_of_two_changes_in_a_period_gives_back_its_own_days():
    """66.00 of the first as above; of 44.00 for the 22 days from the tenth, 12 remain: 24.00."""
    later = date(2026, 10, 20)
    both = pl.concat([fee(), fee(TENTH, amount="44")])
    found = given_back([(OCTOBER, TENTH), (TENTH, later), (later, None)], both, later)
    assert found["amount_ex_vat"].to_list() == [D("-66.000000"), D("-24.000000")]


def test_a_free_period_gives_nothing_back():
    assert given_back(CHANGED, fee(amount="0")).is_empty()


@given(st.integers(1, 30), st.integers(1, 10**10))
def test_never_more_than_was_paid_and_what_stays_is_for_the_days_used(used, micro):
    paid, left_on = D(micro) / 10**6, date(2026, 10, 1 + used)
    back = -given_back([(OCTOBER, left_on), (left_on, None)], fee(amount=paid), left_on)["amount_ex_vat"][0]
    assert 0 <= back <= paid
    assert abs((paid - back) - paid * used / 31) <= D("0.0000005")
