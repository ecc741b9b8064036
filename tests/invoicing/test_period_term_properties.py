"""Whatever charges and terms meet: the plain reference says the same, order decides nothing, and bounds hold."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from period_term_rows import NOV1, charge, commitment, made, rebate, redeemed, subscription
from reference_period_terms import ORDER, Reference

QUICK = settings(max_examples=20, deadline=None)
SUBSCRIPTIONS = (11, 12)
OEERE = Decimal("0.01")
targets = st.sampled_from(ORDER)
owners = st.sampled_from([None, *SUBSCRIPTIONS])
parts = st.tuples(
    owners, st.sampled_from(["usage", "recurring", "one_off"]), st.sampled_from(["standard", "reduced"]),
    st.sampled_from(["3001", "3041"]),
)  # fmt: skip
pots = st.dictionaries(parts, st.integers(-30_000, 300_000), max_size=8)
scopes = st.sampled_from(["subscription", "account"])
bounds = st.lists(st.tuples(scopes, targets, st.integers(1, 400_000)), max_size=4, unique_by=lambda row: row[:2])
rebates = st.none() | st.tuples(
    st.sampled_from(["graduated", "volume"]), scopes,
    st.lists(st.tuples(st.integers(1, 300_000), st.integers(0, 100)), max_size=3, unique_by=lambda tier: tier[0]),
)  # fmt: skip
coupons = st.lists(
    st.tuples(owners, targets, st.integers(1, 30), st.integers(0, 100) | st.none(), st.integers(1, 90_000)), max_size=4
)


def money(minor):
    return Decimal(minor) * OEERE


def rows_of(held, rebated, redeemed_rows, most, least):
    charges = [
        charge(f"{place}", money(amount), kind, of=of, vat=vat, revenue=revenue)
        for place, ((of, kind, vat, revenue), amount) in enumerate(held.items())
    ]
    tiers = [(0, 0), *sorted(rebated[2])] if rebated else []
    return {
        "charges": charges,
        "rebates": rebate(*((money(s), p) for s, p in tiers), mode=rebated[0], scope=rebated[1]) if rebated else [],
        "coupons": [
            redeemed(f"k{n}", of=of, target=target, percent=None if percent is None else Decimal(percent),
                     amount=money(amount) if percent is None else None, on=date(2026, 11, day))
            for n, (of, target, day, percent, amount) in enumerate(redeemed_rows)
        ],
        "commitments": [
            *(commitment(f"m{n}", most=money(a), scope=s, target=t) for n, (s, t, a) in enumerate(most)),
            *(commitment(f"l{n}", least=money(a), scope=s, target=t) for n, (s, t, a) in enumerate(least)),
        ],
    }  # fmt: skip


def terms(rows):
    held = [subscription(each, plan="p") for each in SUBSCRIPTIONS]
    return made(
        *rows["charges"], rebates=rows["rebates"], coupons=rows["coupons"], commitments=rows["commitments"],
        subscriptions=held,
    )  # fmt: skip


def by_name(got):
    made_rows = got.charges.select("charge_id", "charge_kind", "subscription_id", "vat_class", "revenue_account",
                                   "amount_ex_vat").rows()  # fmt: skip
    return {
        (kind, name.split(":")[1], of, vat, revenue): int(amount / OEERE)
        for name, kind, of, vat, revenue, amount in made_rows
    }


UNITS = {"subscription": SUBSCRIPTIONS, "account": (None,)}


def by_reference(held, rebated, redeemed_rows, most, least):
    told = Reference(held)
    for of in UNITS[rebated[1]] if rebated else ():
        told.rebate("v", of, rebated[0], [(0, 0), *sorted(rebated[2])])
    numbered = sorted(enumerate(redeemed_rows), key=lambda each: (each[1][2], f"k{each[0]}"))
    steps = [(is_percent, is_whole) for is_percent in (True, False) for is_whole in (False, True)]
    for step in steps:
        for n, (of, target, _, percent, amount) in in_turns(numbered):
            if step == (percent is not None, of is None):
                told.coupon(f"k{n}", of, target, percent, amount)
    bounded(told.cap, "m", most)
    bounded(told.top_up, "l", least)
    return told.amounts()


def bounded(act, letter, rows):
    """Subscriptions before the account, parts before all."""
    numbered = [(row[0] == "account", ORDER.index(row[1]), n, row) for n, row in enumerate(rows)]
    for _, _, n, (scope, target, amount) in sorted(numbered):
        for of in UNITS[scope]:
            act(f"{letter}{n}", of, target, amount)


def in_turns(numbered):
    """First coupon of every subscription (and of the account), then the second ones."""
    turn, seen = [], {}
    for n, row in numbered:
        seen[row[0]] = seen.get(row[0], 0) + 1
        turn.append((seen[row[0]], (n, row)))
    return [each for _, each in sorted(turn, key=lambda pair: pair[0])]


@QUICK
@given(pots, rebates, coupons, bounds, bounds)
def test_the_plain_reference_says_the_same(held, rebated, redeemed_rows, most, least):
    got = terms(rows_of(held, rebated, redeemed_rows, most, least))
    assert by_name(got) == by_reference(held, rebated, redeemed_rows, most, least)


@QUICK
@given(pots, rebates, coupons, bounds, bounds, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(held, rebated, redeemed_rows, most, least, random):
    rows = rows_of(held, rebated, redeemed_rows, most, least)
    before = terms(rows)
    for each in rows.values():
        random.shuffle(each)
    after = terms(rows)
    assert after.charges.equals(before.charges)
    assert after.of_coupons.equals(before.of_coupons)


@QUICK
@given(pots, coupons)
def test_coupons_never_take_what_is_left_below_nothing(held, redeemed_rows):
    got = terms(rows_of(held, None, redeemed_rows, [], []))
    before = sum(held.values())
    assert before + sum(by_name(got).values()) >= min(before, 0)
    assert got.charges.filter(pl.col("amount_ex_vat") >= 0).is_empty()


@QUICK
@given(pots, rebates, coupons, bounds, st.integers(1, 400_000))
def test_an_account_pays_its_maximum_at_most_and_its_minimum_at_least(held, rebated, redeemed_rows, most, bound):
    rest = [row for row in most if row[:2] != ("account", "all")]
    capped = terms(rows_of(held, rebated, redeemed_rows, [*rest, ("account", "all", bound)], []))
    assert sum(held.values()) + sum(by_name(capped).values()) <= bound
    topped = terms(rows_of(held, rebated, redeemed_rows, rest, [("account", "all", bound)]))
    assert sum(held.values()) + sum(by_name(topped).values()) >= bound


@QUICK
@given(pots, rebates, coupons, bounds)
def test_no_vat_class_is_reduced_beyond_what_it_holds(held, rebated, redeemed_rows, most):
    taken = by_name(terms(rows_of(held, rebated, redeemed_rows, most, [])))
    for vat in ("standard", "reduced"):
        positive = sum(amount for (_, _, of, _), amount in held.items() if of == vat and amount > 0)
        assert -sum(amount for (*_, of, _), amount in taken.items() if of == vat) <= positive


@QUICK
@given(st.integers(1, 5), st.lists(st.integers(0, 200), min_size=1, max_size=8))
def test_a_coupon_for_n_invoices_reduces_n_of_them(periods, months):
    """One that reduces nothing is not counted: months without anything to pay use no coupon."""
    used = 0
    for fee in months:
        held = [charge("f", fee, "recurring")] if fee else []
        got = made(*held, coupons=[redeemed(amount="10", periods=periods, used=used, on=NOV1)])
        used += got.of_coupons["redemption_id"].n_unique()
    assert used == min(periods, sum(fee > 0 for fee in months))
