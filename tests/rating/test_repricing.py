"""Re-pricing plans: who gets the new list, from when, and when they must be told."""

from datetime import date

import polars as pl
import pytest

from rating.repricing import current_lists, links_after, preview, price_guarantees, repricing_of_customers
from schemas import tables

ON = date(2026, 11, 22)
ANNA, BO, NEW = 1, 2, 3


def rows_of(table, *rows):
    frame = pl.DataFrame(list(rows), schema_overrides=table.schema) if rows else table.empty()
    return frame.select(
        pl.col(n).cast(t) if n in frame.columns else pl.lit(None, t).alias(n) for n, t in table.schema.items()
    )


def customer(number, category="private", since=date(2025, 1, 1)):
    return {"customer_id": number, "customer_category": category, "customer_from": since}


def link(scope, to, price_list, since=date(2025, 1, 1), until=None):
    return {"link_scope": scope, "link_to": to, "price_list": price_list, "valid_from": since, "valid_to": until}


def step(group="private", existing=date(2027, 1, 1), days=None, months=None):
    return {
        "repricing_plan": "autumn", "customer_group": group, "old_list": "old", "new_list": "new",
        "new_customers_from": date(2026, 12, 1), "existing_customers_from": existing,
        "notice_days": days, "notice_months": months,
    }  # fmt: skip


def guaranteed(*rows):
    """Guarantees by customer."""
    return pl.DataFrame(list(rows), schema={"customer_id": pl.Int64, "guaranteed_to": pl.Date}, orient="row")


def planned(customers, steps, links=(), groups=(), held=None, *, on=ON, guarantees=()):
    """Plan on a date; every customer holds the plan `small`, whose list is `old`, unless told otherwise."""
    holdings = held or [(each["customer_id"], "small", None) for each in customers]
    link_rows = rows_of(tables.PRICE_LIST_LINK, *links)
    plans = ({"plan_code": "small", "price_list": "old"}, {"plan_code": "large", "price_list": "other"})
    columns = {"customer_id": pl.Int64, "plan_code": pl.String, "service_to": pl.Date}
    current = current_lists(
        rows_of(tables.CUSTOMER, *customers),
        rows_of(tables.CUSTOMER_GROUP, *groups),
        pl.DataFrame(holdings, schema=columns, orient="row"),
        rows_of(tables.PLAN, *plans),
        link_rows,
        pl.lit(on, pl.Date),
    )
    plan = rows_of(tables.REPRICING, *steps)
    return repricing_of_customers(current, plan, link_rows, guaranteed(*guarantees), pl.lit(on, pl.Date))


def dates(rows):
    return rows.select("customer_id", "holds_from", "notice_on").rows()


def test_the_group_date_holds_where_the_notice_period_allows_it():
    """30 days before 1 January is 2 December."""
    assert dates(planned([customer(ANNA)], [step(days=30)])) == [(ANNA, date(2027, 1, 1), date(2026, 12, 2))]


def test_a_notice_period_that_is_too_long_for_the_group_date_moves_it():
    """22 November plus 60 days is 21 January; the notice goes out at once."""
    assert dates(planned([customer(ANNA)], [step(days=60)])) == [(ANNA, date(2027, 1, 21), ON)]


def test_a_notice_period_may_be_in_months():
    assert dates(planned([customer(ANNA)], [step(months=3)])) == [(ANNA, date(2027, 2, 22), ON)]
    late = planned([customer(ANNA)], [step(months=3, existing=date(2027, 5, 31))])
    assert dates(late) == [(ANNA, date(2027, 5, 31), date(2027, 2, 28))]


@pytest.mark.parametrize(
    ("until", "holds_from"),
    [(date(2027, 3, 15), date(2027, 3, 15)), (date(2026, 12, 24), date(2027, 1, 1))],
)
def test_guaranteed_prices_hold_until_the_guarantee_is_over(until, holds_from):
    """30 days before 15 March is 13 February."""
    found = planned([customer(ANNA), customer(BO)], [step(days=30)], guarantees=[(ANNA, until)])
    notice_on = {date(2027, 3, 15): date(2027, 2, 13)}.get(until, date(2026, 12, 2))
    assert dates(found) == [(ANNA, holds_from, notice_on), (BO, date(2027, 1, 1), date(2026, 12, 2))]


def test_a_guarantee_does_not_keep_a_new_customer_from_the_list_it_was_sold():
    found = planned([customer(NEW, since=date(2026, 12, 1))], [step()], guarantees=[(NEW, date(2027, 12, 1))])
    assert dates(found) == [(NEW, date(2026, 12, 1), None)]


@pytest.mark.parametrize(
    ("contracts", "service_to", "until"),
    [
        ([(5, date(2026, 1, 1), date(2027, 1, 1))], None, date(2027, 1, 1)),
        ([(5, date(2026, 1, 1), date(2027, 1, 1)), (6, date(2026, 6, 1), date(2027, 6, 1))], None, date(2027, 6, 1)),
        ([(5, date(2026, 1, 1), date(2027, 1, 1)), (5, date(2026, 11, 22), None)], None, None),
        ([(5, date(2026, 1, 1), date(2027, 1, 1)), (5, date(2026, 11, 23), None)], None, date(2027, 1, 1)),
        ([(5, date(2026, 1, 1), date(2027, 1, 1))], ON, None),
        ([(5, date(2026, 1, 1), None)], None, None),
    ],
)
def test_the_latest_guarantee_of_contracts_in_force_or_to_come_counts(contracts, service_to, until):
    """Subscriptions 5 and 6 are Anna's."""
    rows = [{"subscription_id": s, "contract_from": f, "guaranteed_to": g} for s, f, g in contracts]
    columns = {"customer_id": pl.Int64, "subscription_id": pl.Int64, "service_to": pl.Date}
    held = pl.DataFrame([(ANNA, 5, service_to), (ANNA, 6, service_to)], schema=columns, orient="row")
    found = price_guarantees(rows_of(tables.CONTRACT, *rows), held, pl.lit(ON, pl.Date))
    assert found.rows() == ([(ANNA, until)] if until else [])


def test_groups_follow_one_after_another_and_the_group_file_goes_before_the_category():
    steps = [step("private", date(2027, 1, 1)), step("corporate", date(2027, 3, 1))]
    groups = [{"customer_id": BO, "customer_group": "corporate", "valid_from": date(2026, 1, 1)}]
    found = planned([customer(ANNA), customer(BO)], steps, groups=groups)
    assert found.select("customer_id", "holds_from").rows() == [(ANNA, date(2027, 1, 1)), (BO, date(2027, 3, 1))]


def test_a_new_customer_has_the_new_list_from_the_first_day_without_notice():
    found = planned([customer(NEW, since=date(2026, 12, 1)), customer(BO, since=date(2026, 11, 30))], [step(days=30)])
    assert found.select("customer_id", "is_new", "holds_from", "notice_on").rows() == [
        (BO, False, date(2027, 1, 1), date(2026, 12, 2)),
        (NEW, True, date(2026, 12, 1), None),
    ]


@pytest.mark.parametrize(
    ("links", "scope"),
    [
        ([], "plan"),
        ([link("plan", "small", "other")], None),
        ([link("plan", "small", "other", until=date(2026, 11, 22))], "plan"),
        ([link("group", "private", "other")], None),
        ([link("group", "private", "old"), link("plan", "small", "other")], "group"),
        ([link("customer", "1", "other")], None),
        ([link("customer", "1", "old"), link("group", "private", "other")], "customer"),
        ([link("basic", "*", "other")], "plan"),
    ],
)
def test_only_customers_whose_first_list_is_the_old_one_are_concerned(links, scope):
    assert planned([customer(ANNA)], [step()], links)["list_scope"].to_list() == ([scope] if scope else [])


def test_the_basic_list_counts_for_a_customer_without_any_plan():
    gone = [(ANNA, "small", date(2026, 11, 1))]
    assert planned([customer(ANNA)], [step()], held=gone).is_empty()
    found = planned([customer(ANNA)], [step()], [link("basic", "*", "old")], held=gone)
    assert found["list_scope"].to_list() == ["basic"]


def test_other_lists_of_the_same_customer_are_counted():
    found = planned([customer(ANNA)], [step()], held=[(ANNA, "small", None), (ANNA, "large", None)])
    assert found["other_lists"].to_list() == [1]


def test_applied_twice_even_a_day_later_nothing_changes():
    links = rows_of(tables.PRICE_LIST_LINK)
    once = links_after(links, planned([customer(ANNA), customer(BO)], [step(days=60)]))
    assert once.select("link_scope", "link_to", "price_list", "valid_from", "valid_to").rows() == [
        ("customer", "1", "new", date(2027, 1, 21), None),
        ("customer", "2", "new", date(2027, 1, 21), None),
    ]
    later = planned([customer(ANNA), customer(BO)], [step(days=60)], once.to_dicts(), on=date(2026, 11, 25))
    assert later["is_applied"].all()
    assert dates(later)[0] == (ANNA, date(2027, 1, 21), ON)
    assert links_after(once, later).rows() == once.rows()
    after_the_change = planned([customer(ANNA)], [step(days=60)], once.to_dicts(), on=date(2027, 2, 1))
    assert links_after(once, after_the_change).rows() == once.rows()


def test_a_customer_who_signed_up_since_gets_a_link_when_the_plan_is_applied_again():
    once = links_after(rows_of(tables.PRICE_LIST_LINK), planned([customer(ANNA)], [step()]))
    customers = [customer(ANNA), customer(NEW, since=date(2026, 12, 5))]
    again = links_after(once, planned(customers, [step()], once.to_dicts(), on=date(2026, 12, 6)))
    assert again.select("link_to", "valid_from").rows() == [("1", date(2027, 1, 1)), ("3", date(2026, 12, 5))]


def test_a_customers_own_link_to_the_old_list_ends_when_the_new_one_begins():
    links = [link("customer", "1", "old"), link("customer", "1", "special", since=date(2027, 6, 1))]
    after = links_after(rows_of(tables.PRICE_LIST_LINK, *links), planned([customer(ANNA)], [step()], links))
    assert after.select("price_list", "valid_from", "valid_to").rows() == [
        ("old", date(2025, 1, 1), date(2027, 1, 1)),
        ("special", date(2027, 6, 1), None),
        ("new", date(2027, 1, 1), date(2027, 6, 1)),
    ]


def test_the_preview_counts_customers_and_dates_per_group():
    customers = [customer(ANNA), customer(NEW, since=date(2026, 12, 5))]
    shown = preview(planned(customers, [step(days=30)])).row(0, named=True)
    assert (shown["customers"], shown["new_customers"]) == (2, 1)
    assert (shown["first_from"], shown["last_from"]) == (date(2026, 12, 5), date(2027, 1, 1))
    assert shown["first_notice_on"] == shown["last_notice_on"] == date(2026, 12, 2)
