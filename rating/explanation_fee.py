"""How a recurring fee came about: plan, days, introductory offers, rounding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any

import polars as pl

from rating.charges import CHARGED, recurring_charges
from rating.offers import recurring_offer
from schemas.periods import billing_dates

_LONGEST_PERIOD = timedelta(days=31)


@dataclass(frozen=True)
class OfferDays:
    """Days of a fee's period that lie inside an introductory offer."""

    offer_from: date
    offer_to: date
    days: int
    percent_off: Decimal


@dataclass(frozen=True)
class FeeExplained:
    """A recurring fee: `exact` is fee x (used days - offer days x percent) / full days, rounded once to `amount`."""

    plan_code: str
    plan_name: str
    monthly_fee: Decimal
    used_from: date
    used_to: date
    used_days: int
    full_days: int
    billing_day: int
    offers: tuple[OfferDays, ...]
    exact: Exact
    amount: Decimal


def explain_fee(
    charge_id: str,
    subscriptions: pl.DataFrame,
    accounts: pl.DataFrame,
    plans: pl.DataFrame,
    articles: pl.DataFrame,
    offers: pl.DataFrame,
    on: date,
) -> FeeExplained | None:
    """Explain the recurring CHARGE of one subscription, whose SUBSCRIPTION versions are given; null when none is due.

    `on`: the night that charged it.
    """
    began = date.fromisoformat(charge_id.rsplit(":", 1)[1])
    periods = billing_dates(began - _LONGEST_PERIOD, began)
    charges = recurring_charges(subscriptions, accounts, plans, articles, offers, periods, CHARGED.to_frame(), on)
    found = charges.filter(pl.col("charge_id") == charge_id)
    if found.is_empty():
        return None
    charge = found.row(0, named=True)
    plan = _plan(charge["service_from"], subscriptions, plans)
    days = _offer_days(charge["service_from"], charge["service_to"], plan["plan_code"], subscriptions, offers)
    to_pay = charge["used_days"] - sum((each.days * Exact(each.percent_off) / 100 for each in days), Exact(0))
    account = accounts.filter(pl.col("account_id") == charge["account_id"])
    return FeeExplained(
        plan_code=plan["plan_code"],
        plan_name=plan["plan_name"],
        monthly_fee=plan["monthly_fee"],
        used_from=charge["service_from"],
        used_to=charge["service_to"],
        used_days=charge["used_days"],
        full_days=charge["full_days"],
        billing_day=account["billing_day"][0],
        offers=days,
        exact=Exact(plan["monthly_fee"]) * to_pay / charge["full_days"],
        amount=charge["amount_ex_vat"],
    )


def _plan(used_from: date, subscriptions: pl.DataFrame, plans: pl.DataFrame) -> dict[str, Any]:
    live = (pl.col("service_from") <= used_from) & (pl.col("service_to").is_null() | (pl.col("service_to") > used_from))
    return subscriptions.filter(live).join(plans, on="plan_code").row(0, named=True)


def _offer_days(
    used_from: date, used_to: date, plan_code: str, subscriptions: pl.DataFrame, offers: pl.DataFrame
) -> tuple[OfferDays, ...]:
    begins, ends = pl.max_horizontal("offer_from", pl.lit(used_from)), pl.min_horizontal("offer_to", pl.lit(used_to))
    inside = (
        recurring_offer(subscriptions, offers)
        .filter(pl.col("plan_code") == plan_code)
        .with_columns((ends - begins).dt.total_days().alias("days"))
        .filter(pl.col("days") > 0)
        .sort("offer_from")
    )
    return tuple(OfferDays(**row) for row in inside.select("offer_from", "offer_to", "days", "percent_off").to_dicts())
