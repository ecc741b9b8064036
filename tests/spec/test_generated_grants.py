"""Grants made night by night, prorated and rolled over, are those of the naive rater on generated operators."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from one_operator import filled, frame
from reference_grants import billing_period, grants_of, rolled_over
from reference_terms import Terms

from rating.allowance_grants import group_spans, new_grants, rollovers, with_left
from schemas import tables

COMPARED = ["grant_id", "period_from", "period_to", "granted_quantity", "rolled_from"]
CODES = ("a", "b")
FIRST = date(2026, 8, 1)


def spans(draw, *names):
    """Cut the time from some day on at up to two days; each span gets a name, or is left out."""
    days = sorted({FIRST + timedelta(days=draw.randrange(90)) for _ in range(draw.randint(1, 3))})
    ends = [*days[1:], draw.choice([None, None, None, days[-1] + timedelta(days=draw.randint(1, 40))])]
    return [
        (draw.choice(names), *span) for span in zip(days, ends, strict=True) if len(days) == 1 or draw.random() < 0.8
    ] or [(names[0], days[0], None)]


def generated(draw):
    """Two subscriptions of one account that change plan or pause, two allowances, and links of every scope."""
    versions = [(no, *span) for no in (1, 2) for span in spans(draw, "small", "large")]
    days = draw.sample(range(90), 10)  # no two links of an allowance begin on one day
    targets = [("plan", "small"), ("plan", "large"), ("group", "gold"), ("customer", "1"), ("subscription", "2")]
    links = [
        (code, *draw.choice(targets), FIRST + timedelta(days=days.pop()), draw.choice([None, None, 9, 33, 70]))
        for code in CODES
        for _ in range(draw.randint(1, 4))
    ]
    groups = spans(draw, "gold", "silver")
    given_rows = {
        "customer": [{"customer_id": 1, "customer_category": "private"}],
        "account": [{"account_id": 2, "customer_id": 1, "billing_day": draw.choice([1, 15, 28, 30, 31])}],
        "subscription": [
            {"subscription_id": no, "account_id": 2, "plan_code": plan, "service_from": since, "service_to": until}
            for no, plan, since, until in versions
        ],
        "customer_group": [
            {"customer_id": 1, "customer_group": name, "valid_from": a, "valid_to": b} for name, a, b in groups
        ],
        "allowance": [allowance(draw, code) for code in CODES],
        "allowance_link": [
            {"allowance_code": code, "link_scope": scope, "link_to": target, "valid_from": begins,
             "valid_to": days and begins + timedelta(days=days)}
            for code, scope, target, begins, days in links
        ],
    }  # fmt: skip
    return {name: filled(name, rows) for name, rows in given_rows.items()}


def allowance(draw, code):
    once = draw.random() < 0.3
    return {
        "allowance_code": code,
        "allowance_unit": draw.choice(["s", "money"]),
        "allowance_quantity": Decimal(draw.choice([1, 100, 3001])),
        "allowance_period": "once" if once else "period",
        "prorated": draw.random() < 0.6,
        "rollover_limit": None if once else draw.choice([None, Decimal(50), Decimal(5000)]),
    }


def nights_of(draw):
    """Some nights of autumn, each with the first day of its usage."""
    nights = sorted({FIRST + timedelta(days=draw.randrange(20, 150)) for _ in range(draw.randint(3, 12))})
    return [(on - timedelta(days=draw.choice([1, 1, 5, 31])), on) for on in nights]


def drawn(seed, on, grant_id, left):
    """Say what a night's usage draws on a grant: nothing, some of it, or all that is left, in whole units."""
    return int(left * Random(f"{seed}:{on}:{grant_id}").choice([0, 0, Fraction(1, 3), 1]))  # noqa: S311 (chance)


def by_reference(whole, nights, seed):
    terms, grants, left = Terms(whole), {}, {}
    of_code = {row["allowance_code"]: row for row in whole["allowance"]}
    billing_day = whole["account"][0]["billing_day"]
    for since, on in nights:
        before = list(grants.values())
        made = [grant for grant in grants_of(terms, since, on) if grant["grant_id"] not in grants]
        grants |= {grant["grant_id"]: grant for grant in made}
        left |= {grant["grant_id"]: Fraction(grant["granted_quantity"]) for grant in made}
        for name in grants:
            left[name] -= drawn(seed, on, name, left[name])
        for new in (grant for grant in made if grant["period_to"] > on):
            begins = billing_period(new["period_from"], billing_day)[0]
            since_old, until_old = billing_period(begins - timedelta(days=1), billing_day)
            for old in before:
                alike = all(old[name] == new[name] for name in ("allowance_code", "subscription_id"))
                follows = alike and since_old <= old["period_from"] < until_old
                rolled = follows and rolled_over(of_code[new["allowance_code"]], old, left[old["grant_id"]], new)
                if rolled:
                    left[old["grant_id"]] -= Fraction(rolled["granted_quantity"])
                    grants[rolled["grant_id"]] = rolled
                    left[rolled["grant_id"]] = Fraction(rolled["granted_quantity"])
    return sorted(
        (*(row[name] for name in COMPARED[:3]), Fraction(row["granted_quantity"]), row["rolled_from"], left[key])
        for key, row in grants.items()
    )


def by_engine(whole, nights, seed):
    names = ("subscription", "account", "customer", "customer_group", "allowance", "allowance_link")
    subscriptions, accounts, customers, groups, allowances, links = (
        frame(getattr(tables, name.upper()), whole[name]) for name in names
    )
    grants, uses = tables.ALLOWANCE_GRANT.empty(), tables.ALLOWANCE_USE.empty()
    for since, on in nights:
        found = with_left(grants, uses)
        spelt = group_spans(customers, groups)
        made = new_grants(subscriptions, accounts, spelt, allowances, links, found, since, on)
        there = with_left(pl.concat([grants, made]), uses)
        draws = [
            (f"{on}:{name}", name, Decimal(drawn(seed, on, name, Fraction(left))), begins, 1)
            for name, left, begins in there.select("grant_id", "left_quantity", "period_from").rows()
        ]
        uses = pl.concat([uses, pl.DataFrame(draws, schema=uses.schema, orient="row")])
        current = made.filter(pl.col("period_to") > on)
        rolled, moved = rollovers(current, accounts, allowances, with_left(grants, uses))
        grants = pl.concat([grants, made, rolled])
        uses = pl.concat([uses, moved.with_columns(pl.lit(1, pl.Int64).alias("rated_batch"))])
    rows = with_left(grants, uses).select(*COMPARED, "left_quantity").rows()
    return sorted((*row[:3], Fraction(row[3]), row[4], Fraction(row[5])) for row in rows)


@settings(max_examples=40, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_grants_and_what_rolls_over_are_those_of_the_naive_rater(seed):
    draw = Random(seed)  # noqa: S311 (chance, not a secret)
    whole, nights = generated(draw), nights_of(draw)
    assert by_engine(whole, nights, seed) == by_reference(whole, nights, seed)


def test_what_is_generated_is_often_prorated_and_rolled_over():
    """Else the comparison would compare whole grants only."""
    rows = []
    for seed in range(40):
        draw = Random(seed)  # noqa: S311
        whole, nights = generated(draw), nights_of(draw)
        rows += by_reference(whole, nights, seed)
    assert sum(row[4] is not None for row in rows) > 20
    assert sum(row[3] not in {1, 100, 3001} and row[4] is None for row in rows) > 20
