"""Which record draws how much from which grant: rules one by one, then against a plain loop over records and grants."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.allowances import draw_money, draw_units
from schemas import tables
from schemas.money import CHARGE

SEP1, SEP10, SEP20, OCT1, NOV1 = (
    date(2026, 9, 1),
    date(2026, 9, 10),
    date(2026, 9, 20),
    date(2026, 10, 1),
    date(2026, 11, 1),
)
CALL = {
    "account_id": 10,
    "subscription_id": 1,
    "usage_kind": "call",
    "service": "voice",
    "zone_code": "se",
    "time_band": "day",
    "started_on": SEP10,
}
CALL_SCHEMA = {
    "_row": pl.Int64,
    "_order": pl.Int64,
    "usage_id": pl.String,
    "account_id": pl.Int64,
    "subscription_id": pl.Int64,
    "usage_kind": pl.String,
    "service": pl.String,
    "zone_code": pl.String,
    "time_band": pl.String,
    "started_on": pl.Date,
    "need": pl.Int64,
}
GRANT = {
    "allowance_code": "minutes",
    "account_bucket": 3,
    "account_id": 10,
    "subscription_id": 1,
    "period_from": SEP1,
    "period_to": OCT1,
    "rolled_from": None,
    "allowance_unit": "s",
    "allowance_scope": "own",
    "zones": None,
    "time_bands": None,
    "services": None,
    "priority": 1,
    "covers_fee": False,
}
GRANT_SCHEMA = {**tables.ALLOWANCE.schema, **tables.ALLOWANCE_GRANT.schema, "left_quantity": CHARGE}


def calls(*needs):
    """Give calls in the order they are priced: a need, or a need with what else differs from CALL."""
    rows = []
    for no, given_call in enumerate(needs, 1):
        need, other = given_call if isinstance(given_call, tuple) else (given_call, {})
        rows.append(CALL | {"_row": no, "_order": no, "usage_id": f"u{no}", "need": need} | other)
    return pl.DataFrame(rows, schema=CALL_SCHEMA)


def grants(*given_grants):
    """Give grants: a name, what is left, and what else differs from GRANT."""
    rows = [
        GRANT | {"grant_id": name, "allowance_code": name, "left_quantity": Decimal(left)} | other
        for name, left, other in given_grants
    ]
    return pl.DataFrame(rows, schema=GRANT_SCHEMA)


def units(of_calls, of_grants):
    return draw_units(of_calls.rename({"need": "need_units"}), of_grants)


def included(draws):
    return draws.calls["included_units"].to_list()


def uses(draws):
    return [
        (usage, grant, str(used.normalize()))
        for usage, grant, used, _ in draws.uses.sort("usage_id", "grant_id").rows()
    ]


def test_a_call_over_the_edge_is_split():
    """60 of the first, the 40 that are left of the second, nothing of the third."""
    got = units(calls(60, 60, 60), grants(("a", 100, {})))
    assert included(got) == [60, 40, 0]
    assert uses(got) == [("u1", "a", "6E+1"), ("u2", "a", "4E+1")]


def test_calls_draw_in_the_order_they_are_priced_not_in_that_of_the_rows():
    got = units(calls((60, {"_order": 2}), (60, {"_order": 1})), grants(("a", 100, {})))
    assert included(got) == [40, 60]


def test_what_ends_first_is_used_first():
    got = units(calls(60), grants(("a", 100, {"period_to": NOV1}), ("b", 50, {"period_to": OCT1})))
    assert uses(got) == [("u1", "a", "1E+1"), ("u1", "b", "5E+1")]


def test_the_most_conditions_go_before_priority():
    got = units(calls(60), grants(("a", 100, {"priority": 1}), ("b", 50, {"zones": "se no", "priority": 9})))
    assert uses(got) == [("u1", "a", "1E+1"), ("u1", "b", "5E+1")]


def test_the_lowest_priority_goes_before_what_was_rolled_over():
    got = units(calls(60), grants(("a", 50, {"rolled_from": "x", "priority": 2}), ("b", 50, {"priority": 1})))
    assert uses(got) == [("u1", "a", "1E+1"), ("u1", "b", "5E+1")]


def test_what_was_rolled_over_goes_before_what_is_new():
    new = {"allowance_code": "a", "grant_id": "a:new"}
    rolled = {"allowance_code": "a", "grant_id": "a:old", "rolled_from": "x"}
    got = units(calls(60), grants(("a", 50, new), ("a", 50, rolled)))
    assert uses(got) == [("u1", "a:new", "1E+1"), ("u1", "a:old", "5E+1")]


def test_the_code_decides_among_equals():
    got = units(calls(60), grants(("b", 50, {}), ("a", 50, {})))
    assert uses(got) == [("u1", "a", "5E+1"), ("u1", "b", "1E+1")]


def test_conditions_must_all_be_met():
    terms = {"zones": "se no", "time_bands": "day", "services": "voice mobile"}
    others = [{}, {"zone_code": "us"}, {"time_band": "night"}, {"service": "broadband"}, {"zone_code": None}]
    got = units(calls(*((60, other) for other in others)), grants(("a", 1000, terms)))
    assert included(got) == [60, 0, 0, 0, 0]


def test_a_grant_is_drawn_by_calls_that_start_in_its_period():
    days = [date(2026, 8, 31), SEP1, date(2026, 9, 30), OCT1]
    assert included(units(calls(*((5, {"started_on": day}) for day in days)), grants(("a", 100, {})))) == [0, 5, 5, 0]


def test_each_unit_is_for_its_kind_of_usage():
    kinds = ["call", "data", "message", "event"]
    for unit, expected in [("s", 0), ("byte", 1), ("message", 2), ("event", 3), ("call", 0)]:
        got = units(calls(*((7, {"usage_kind": kind}) for kind in kinds)), grants(("a", 100, {"allowance_unit": unit})))
        assert included(got) == [7 if no == expected else 0 for no in range(4)]


def test_an_own_grant_is_for_its_subscription_a_shared_one_for_the_account():
    made = calls((60, {"subscription_id": 1}), (60, {"subscription_id": 2}), (60, {"account_id": 11}))
    assert included(units(made.head(2), grants(("a", 100, {})))) == [60, 0]
    shared = grants(("a", 100, {"allowance_scope": "shared"}))
    assert included(units(made.with_columns(pl.lit(2, pl.Int64).alias("subscription_id")), shared)) == [60, 40, 0]


def test_subscriptions_bring_their_shared_grants_into_one_pool():
    """The pool holds 70 + 30; the second call takes 10 of the first grant and 30 of the second."""
    brought = [
        ("a", left, {"allowance_scope": "shared", "subscription_id": no, "grant_id": f"a:{no}"})
        for no, left in [(2, 30), (1, 70)]
    ]
    got = units(calls((60, {"subscription_id": 3}), (60, {"subscription_id": 4})), grants(*brought))
    assert included(got) == [60, 40]
    assert uses(got) == [("u1", "a:1", "6E+1"), ("u2", "a:1", "1E+1"), ("u2", "a:2", "3E+1")]


def test_an_allowance_of_calls_takes_whole_calls():
    got = units(calls(60, 7200, 60), grants(("a", "2.5", {"allowance_unit": "call"})))
    assert included(got) == [60, 7200, 0]
    assert uses(got) == [("u1", "a", "1"), ("u2", "a", "1")]


def test_the_rest_of_a_call_counts_as_one_call():
    seconds, whole = ("a", 70, {"priority": 1}), ("b", 1, {"allowance_unit": "call", "priority": 2})
    got = units(calls(180, 60), grants(seconds, whole))
    assert included(got) == [180, 0]
    assert uses(got) == [("u1", "a", "7E+1"), ("u1", "b", "1")]


def test_a_part_of_a_unit_is_never_drawn():
    assert included(units(calls(60), grants(("a", "10.9", {})))) == [10]


def test_the_fee_is_waived_only_where_units_came_from_an_allowance_that_covers_it():
    got = units(calls(60, 60, 60, 0), grants(("a", 70, {"covers_fee": True}), ("b", 50, {"priority": 2})))
    assert got.calls["waives_fee"].to_list() == [True, True, False, False]


def test_nothing_is_drawn_from_what_is_used_up_or_overdrawn():
    assert included(units(calls(60), grants(("a", 0, {}), ("b", -5, {})))) == [0]
    assert units(calls(60), grants()).uses.is_empty()
    assert units(calls(), grants(("a", 1, {}))).calls.is_empty()


def test_money_takes_of_what_is_left_to_pay_of_every_kind_of_usage():
    """2.50 kr: 1.00 of the first, nothing of a credit, 1.50 of the data record's 3.00."""
    asked = calls(1_000_000, (-500_000, {}), (3_000_000, {"usage_kind": "data"})).rename({"need": "need_micro"})
    got = draw_money(asked, grants(("a", "2.5", {"allowance_unit": "money"}), ("b", 99, {})))
    assert got.calls.rows() == [(1, 1_000_000), (2, 0), (3, 1_500_000)]
    assert uses(got) == [("u1", "a", "1"), ("u3", "a", "1.5")]


def test_uses_are_rows_of_their_table():
    got = units(calls(60), grants(("a", 100, {})))
    tables.ALLOWANCE_USE.conform(got.uses.with_columns(pl.lit(1, pl.Int64).alias("rated_batch")))
    assert got.uses["period_from"].to_list() == [SEP1]


def listed(text):
    return (text or "").split()


def fits(call, grant):
    """Tell, for one record and one grant, what `docs/rating.md` says under Allowances, Conditions."""
    owner = "subscription_id" if grant["allowance_scope"] == "own" else "account_id"
    kind = {"s": "call", "call": "call", "byte": "data", "message": "message"}.get(grant["allowance_unit"])
    return (
        call[owner] == grant[owner]
        and kind in (None, call["usage_kind"])
        and grant["period_from"] <= call["started_on"] < grant["period_to"]
        and all(
            not listed(grant[terms]) or call[value] in listed(grant[terms])
            for terms, value in [("zones", "zone_code"), ("time_bands", "time_band"), ("services", "service")]
        )
    )


def order_of_use(grant):
    terms = sum(bool(listed(grant[name])) for name in ("zones", "time_bands", "services"))
    return (
        grant["period_to"],
        -terms,
        grant["priority"],
        grant["rolled_from"] is None,
        grant["allowance_code"],
        grant["period_from"],
        grant["subscription_id"],
    )


def greedy(of_calls, of_grants, scale):
    """Draw call by call, grant by grant, in plain loops; `scale` is how much of the need one unit is."""
    left = {grant["grant_id"]: int(grant["left_quantity"] * scale) for grant in of_grants}
    drawn, given_of = {}, []
    for call in sorted(of_calls, key=lambda row: row["_order"]):
        need = call["need"]
        for grant in sorted(of_grants, key=order_of_use):
            name = grant["grant_id"]
            if need <= 0 or left[name] <= 0 or not fits(call, grant):
                continue
            whole = grant["allowance_unit"] == "call"
            covered = need if whole else min(need, left[name])
            used = 1 if whole else covered
            left[name] -= used
            need -= covered
            given_of.append((call["usage_id"], name, Decimal(used) / scale))
        drawn[call["_row"]] = call["need"] - need
    return drawn, sorted(given_of)


few = st.integers(1, 3)
call_rows = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": st.integers(1, 2),
            "subscription_id": few,
            "usage_kind": st.sampled_from(["call", "call", "data"]),
            "zone_code": st.sampled_from(["se", "no"]),
            "time_band": st.sampled_from(["day", "night"]),
            "started_on": st.sampled_from([SEP1, SEP10, SEP20, OCT1]),
            "need": st.sampled_from([0, 1, 7, 60, 60, 100]),
        }
    ),
    max_size=25,
)
allowance_rows = st.lists(
    st.fixed_dictionaries(
        {
            "allowance_unit": st.sampled_from(["s", "s", "byte", "call"]),
            "allowance_scope": st.sampled_from(["own", "shared"]),
            "zones": st.sampled_from([None, "", "se", "no se"]),
            "time_bands": st.sampled_from([None, "day"]),
            "priority": st.integers(1, 2),
            "covers_fee": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)
grant_rows = st.lists(
    st.tuples(
        st.integers(0, 3),
        few,
        st.sampled_from([(SEP1, OCT1), (SEP10, OCT1), (SEP10, NOV1), (OCT1, NOV1)]),
        st.booleans(),
        st.sampled_from([-1, 0, 1, 2, 30, 70, 250]),
    ),
    max_size=20,
    unique_by=lambda row: row[:4],
)


def drawn_tables(of_calls, of_allowances, of_grants):
    rows = [
        CALL | row | {"subscription_id": row["account_id"] * 10 + row["subscription_id"]}
        | {"_row": no, "_order": -no, "usage_id": f"u{no:02}"}
        for no, row in enumerate(of_calls)
    ]  # fmt: skip
    given_grants = []
    for allowance, holder, (since, until), rolled, left in of_grants:
        for account in (1, 2):
            subscription = account * 10 + holder
            code = allowance % len(of_allowances)
            name = f"{code}:{subscription}:{since}" + (":rolled" if rolled else "") + f":{until}:{allowance}"
            given_grants.append(
                GRANT
                | of_allowances[code]
                | {"grant_id": name, "allowance_code": f"{code}{allowance}", "account_id": account}
                | {"subscription_id": subscription, "period_from": since, "period_to": until}
                | {"rolled_from": "before" if rolled else None, "left_quantity": Decimal(left)}
            )
    return rows, given_grants


@settings(max_examples=150, deadline=None)
@given(call_rows, allowance_rows, grant_rows)
def test_pool_by_pool_gives_what_record_by_record_gives(of_calls, of_allowances, of_grants):
    rows, given_grants = drawn_tables(of_calls, of_allowances, of_grants)
    got = units(pl.DataFrame(rows, schema=CALL_SCHEMA), pl.DataFrame(given_grants, schema=GRANT_SCHEMA))
    drawn, given_of = greedy(rows, given_grants, 1)
    assert dict(got.calls.select("_row", "included_units").rows()) == drawn
    assert sorted(got.uses.select("usage_id", "grant_id", "used_quantity").rows()) == given_of
    covering = {grant["grant_id"] for grant in given_grants if grant["covers_fee"]}
    waived = {int(usage[1:]) for usage, grant, _ in given_of if grant in covering}
    assert set(got.calls.filter("waives_fee")["_row"]) == waived


@settings(max_examples=60, deadline=None)
@given(call_rows, allowance_rows, grant_rows)
def test_money_pool_by_pool_gives_what_record_by_record_gives(of_calls, of_allowances, of_grants):
    rows, given_grants = drawn_tables(of_calls, of_allowances, of_grants)
    money = [
        grant | {"allowance_unit": "money", "left_quantity": grant["left_quantity"] / 1000} for grant in given_grants
    ]
    owed = [row | {"need": row["need"] * 777 - 500} for row in rows]
    asked = pl.DataFrame(owed, schema=CALL_SCHEMA).rename({"need": "need_micro"})
    got = draw_money(asked, pl.DataFrame(money, schema=GRANT_SCHEMA))
    drawn, given_of = greedy(owed, money, 1_000_000)
    assert dict(got.calls.rows()) == drawn
    assert sorted(got.uses.select("usage_id", "grant_id", "used_quantity").rows()) == given_of
