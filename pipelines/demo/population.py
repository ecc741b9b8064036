"""The demo's customers: who they are, what they subscribe to, when they come and go."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from pipelines.demo import invented_names as words
from pipelines.demo.destinations import HEAVY, USUAL
from pipelines.demo.keyed_hash import keyed_random
from pipelines.demo.nights import NIGHTS, begin_of
from pipelines.demo.number_series import NumberKind, invented_number
from schemas.ocr_reference import luhn_digit

STOCKHOLM, GOTHENBURG, MOBILE, CALL_CENTRE = "sthlm", "gbg", "mobile", "callcentre"
RESELLERS = ("R-101", "R-102", "R-103", "R-104")
_EARLIEST, _OPENING = date(2026, 2, 1), date(2026, 9, 1)
_BILLING_DAYS = (1, 1, 1, 8, 8, 8, 15, 15, 15, 22, 22, 22, 31)
_DELIVERY = ("email",) * 8 + ("paper",) * 3 + ("portal",) * 9
_CATEGORIES = ("private",) * 72 + ("corporate",) * 20 + ("vip",) * 8
# Plans by category, as (plan, fewest numbers, most numbers); one bundle is drawn for each customer.
_BUNDLES: dict[str, tuple[tuple[tuple[str, int, int], ...], ...]] = {
    "private": (
        (("mobile_small", 1, 1),),
        (("mobile_large", 1, 1),),
        (("voice_home", 1, 1),),
        (("voice_home", 1, 1), ("broadband_100", 0, 0)),
        (("mobile_small", 1, 2), ("broadband_100", 0, 0)),
        (("broadband_100", 0, 0),),
    ),
    "corporate": (
        (("voice_business", 1, 4),),
        (("voice_business", 1, 3), ("mobile_business", 1, 3)),
        (("mobile_business", 2, 4), ("broadband_business", 0, 0)),
        (("callcentre_pro", 3, 6), ("broadband_business", 0, 0)),
    ),
    "vip": ((("voice_vip", 1, 1), ("mobile_vip", 1, 2)), (("mobile_vip", 1, 2), ("broadband_vip", 0, 0))),
}


@dataclass(frozen=True)
class Subscription:
    """One plan with its numbers, and the switch that serves them."""

    plan_code: str
    numbers: tuple[str, ...]
    switch: str


@dataclass(frozen=True)
class Customer:
    """A customer with the account and subscriptions of one sign-up.

    `known_at` and `leaves_at` are places in `NIGHTS`: the night that gets the sign-up and the one that gets the
    cancellation. A cancellation ends the first subscription.
    """

    ordinal: int
    name: str
    category: str
    registration_no: str | None
    street: str
    postcode: str
    city: str
    email: str
    billing_day: int
    delivery_channel: str
    channel: str
    reseller: str | None
    subscriptions: tuple[Subscription, ...]
    known_at: int
    effective_on: date
    habit: int = USUAL
    leaves_at: int | None = None
    leaves_on: date | None = None


class _NumberPool:
    """Gives out numbers in order."""

    def __init__(self) -> None:
        self._given: Counter[NumberKind] = Counter()

    def take(self, plan_code: str, count: int) -> tuple[str, ...]:
        kind: NumberKind = "mobile" if plan_code.startswith("mobile") else "fixed"
        first = self._given[kind]
        self._given[kind] += count
        return tuple(invented_number(kind, n) for n in range(first, first + count))


def population(customers: int, seed: int) -> list[Customer]:
    """Invent the customers; the first ones are the cast of `_CAST`. Raises `ValueError` when they have no room."""
    if customers < len(_CAST):
        message = f"{customers} customers are too few: the demo's stories need {len(_CAST)}"
        raise ValueError(message)
    pool = _NumberPool()
    people = [_invented(ordinal, keyed_random(seed, ordinal), pool) for ordinal in range(customers)]
    return list(_with_moved_number(people))


def _invented(ordinal: int, dice: random.Random, pool: _NumberPool) -> Customer:
    """Invent one customer, or the member of the cast that has this ordinal."""
    category, plans = dice.choice(_CATEGORIES), None
    if ordinal < len(_CAST):
        category, plans = _CAST[ordinal].category, _CAST[ordinal].plans
    plans = plans or dice.choice(_BUNDLES[category])
    name = _person(dice) if category == "private" else f"{_family(dice)} {dice.choice(words.TRADES)} AB"
    postcode, city = dice.choice(words.PLACES)
    reseller = dice.choice(RESELLERS) if dice.random() < 0.3 else None  # noqa: PLR2004 (share of resellers' customers)
    known_at, effective_on = _arrival(dice)
    customer = Customer(
        ordinal=ordinal,
        name=name,
        category=category,
        registration_no=_registration_no(category, ordinal),
        street=f"{dice.choice(words.STREETS)} {dice.randint(1, 80)}",
        postcode=postcode,
        city=city,
        email=f"kund{ordinal:06d}@example.com",
        billing_day=dice.choice(_BILLING_DAYS),
        delivery_channel=dice.choice(_DELIVERY),
        channel="reseller" if reseller else dice.choice(("direct", "web", "api", "agent")),
        reseller=reseller,
        subscriptions=tuple(_subscription(plan, dice.randint(few, many), dice, pool) for plan, few, many in plans),
        known_at=known_at,
        effective_on=effective_on,
        habit=HEAVY if category == "private" and dice.random() < 0.02 else USUAL,  # noqa: PLR2004 (share of heavy users)
    )
    return _in_role(customer) if ordinal < len(_CAST) else _perhaps_leaving(customer, dice)


def _person(dice: random.Random) -> str:
    return f"{dice.choice(words.GIVEN_NAMES)} {_family(dice)}"


def _family(dice: random.Random) -> str:
    return dice.choice(words.FAMILY_FIRST) + dice.choice(words.FAMILY_LAST)


def _registration_no(category: str, ordinal: int) -> str | None:
    """Companies get numbers their register has not reached; of private persons the operator asks none."""
    if category == "private":
        return None
    serial = f"5599{ordinal // 1000 % 100:02d}{ordinal % 1000:03d}"
    return f"{serial[:6]}-{serial[6:]}{luhn_digit(serial)}"


def _subscription(plan_code: str, count: int, dice: random.Random, pool: _NumberPool) -> Subscription:
    switches = {"mobile": MOBILE, "callcentre": CALL_CENTRE, "broadband": ""}
    switch = switches.get(plan_code.partition("_")[0], dice.choice((STOCKHOLM, STOCKHOLM, GOTHENBURG)))
    return Subscription(plan_code, pool.take(plan_code, count), switch)


def _arrival(dice: random.Random) -> tuple[int, date]:
    """Most come before the demo begins, of these most in the last weeks; one in eight comes during it."""
    if dice.random() < 0.875:  # noqa: PLR2004
        days = (_OPENING - _EARLIEST).days
        return 0, _EARLIEST + timedelta(days=round(days * dice.random() ** 0.25))
    known_at = dice.randrange(1, len(NIGHTS))
    begin, night = begin_of(NIGHTS[known_at]), NIGHTS[known_at]
    return known_at, begin + timedelta(days=dice.randint(1, (night - begin).days))


def _perhaps_leaving(customer: Customer, dice: random.Random) -> Customer:
    if customer.known_at or not customer.subscriptions[0].numbers or dice.random() > 0.03:  # noqa: PLR2004 (leavers)
        return customer
    leaves_at = dice.randrange(3, len(NIGHTS) - 1)
    return replace(customer, leaves_at=leaves_at, leaves_on=NIGHTS[leaves_at] - timedelta(days=dice.randint(0, 3)))


@dataclass(frozen=True)
class _Role:
    """A member of the cast: what the story needs this customer to be."""

    category: str
    plans: tuple[tuple[str, int, int], ...]
    switch: str
    known_at: int = 0
    effective_on: date = _EARLIEST
    name: str | None = None
    habit: int = USUAL
    leaves_at: int | None = None
    leaves_on: date | None = None


BORDER_CALLER, SPRING_CALLER, HTML_CUSTOMER, HEAVY_CALLER, CALL_CENTRE_CUSTOMER, LATE_KNOWN, LEAVER, HEIR = range(8)
_CAST = (
    _Role("private", (("voice_home", 1, 1),), STOCKHOLM),
    _Role("private", (("voice_home", 1, 1),), GOTHENBURG),
    _Role("corporate", (("voice_business", 2, 2),), STOCKHOLM, effective_on=_OPENING, name=words.HTML_NAME),
    _Role("private", (("mobile_small", 1, 1),), MOBILE, effective_on=_OPENING, habit=HEAVY),
    _Role("corporate", (("callcentre_pro", 5, 5),), CALL_CENTRE, effective_on=date(2026, 8, 1)),
    _Role("private", (("mobile_large", 1, 1),), MOBILE, known_at=3, effective_on=date(2026, 9, 2)),
    _Role("private", (("mobile_large", 1, 1),), MOBILE, leaves_at=5, leaves_on=date(2026, 10, 12)),
    _Role("private", (("mobile_small", 1, 1),), MOBILE, known_at=6, effective_on=date(2026, 10, 20)),
)


def _in_role(customer: Customer) -> Customer:
    role = _CAST[customer.ordinal]
    return replace(
        customer,
        name=role.name or customer.name,
        subscriptions=tuple(replace(s, switch=role.switch) for s in customer.subscriptions),
        known_at=role.known_at,
        effective_on=role.effective_on,
        habit=role.habit,
        leaves_at=role.leaves_at,
        leaves_on=role.leaves_on,
    )


def _with_moved_number(people: list[Customer]) -> Iterator[Customer]:
    """Let the heir get the leaver's number."""
    inherited = people[LEAVER].subscriptions[0].numbers
    for customer in people:
        if customer.ordinal == HEIR:
            yield replace(customer, subscriptions=(replace(customer.subscriptions[0], numbers=inherited),))
        else:
            yield customer


def line_table(people: list[Customer]) -> pl.DataFrame:
    """List the customers' numbers as the switches know them.

    Columns: `line` (0, 1, ...), `a_number`, `caller_name`, `switch`, `habit`, `from_on`, `to_on` (null while open).
    """
    rows = [
        (number, customer.name, subscription.switch, customer.habit, customer.effective_on,
         customer.leaves_on if place == 0 else None)
        for customer in people
        for place, subscription in enumerate(customer.subscriptions)
        for number in subscription.numbers
    ]  # fmt: skip
    schema = {
        "a_number": pl.String,
        "caller_name": pl.String,
        "switch": pl.String,
        "habit": pl.Int64,
        "from_on": pl.Date,
        "to_on": pl.Date,
    }
    lines = pl.DataFrame(rows, schema=schema, orient="row")
    return lines.with_row_index("line").with_columns(pl.col("line").cast(pl.Int64))
