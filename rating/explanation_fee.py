"""How a recurring fee came about: plan, price, days, offers, suspension, rounding, and what was charged before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any

import polars as pl

from rating.fee_differences import CHARGED, charged_fees, with_key_fields
from rating.fee_terms import FeeRegister, FeeTerms, FeeWindow
from rating.proration import with_shares
from rating.recurring_fees import LINE, PERIOD, proposed_fees

_WHOLE = 100


@dataclass(frozen=True)
class FeePart:
    """Days of a fee that are paid alike; what they cost is price x quantity x share, less what is off."""

    part_from: date
    part_to: date
    days: int
    share: Exact
    percent_off: Decimal
    paid_percent: Decimal


@dataclass(frozen=True)
class FeeExplained:
    """A recurring charge: what its fee comes to (`exact`, rounded to `fee`), of which `charged_before` was charged.

    A fee that the night took back whole has no price, no parts, and comes to 0. `of_articles` is what all articles of
    a bundle come to, null where there is one.
    """

    plan_code: str
    plan_name: str
    period_from: date
    period_to: date
    price: Decimal | None
    price_from: date | None
    quantity: int
    proration: str
    billing_day: int
    used_days: int
    full_days: int
    parts: tuple[FeePart, ...]
    exact: Exact
    of_articles: Decimal | None
    fee: Decimal
    charged_before: Decimal

    @property
    def amount(self) -> Decimal:
        """What the night charged."""
        return self.fee - self.charged_before


def explain_fee(
    charge: dict[str, Any], register: FeeRegister, terms: FeeTerms, charges: pl.DataFrame, open_days: int
) -> FeeExplained:
    """Explain a recurring CHARGE row.

    `register`, `terms`: as its night had them, of its subscription alone; `charges`: recurring charges of the
    subscription, those of that night too; `open_days`: how far back fees are told, before the charge's period.
    """
    earlier = charges.filter(_made_before(charge))
    asked = with_key_fields(pl.DataFrame({"line_key": [charge["line_key"]]})).row(0, named=True)
    since = asked["period_from"] - timedelta(days=open_days)
    window = FeeWindow(since, since, charge["charged_on"])
    proposed = proposed_fees(register, terms, charged_fees(earlier.select(CHARGED), charges["subscription_id"]), window)
    lines = proposed.lines.filter(pl.col("line_key") == charge["line_key"])
    before = earlier.filter(pl.col("line_key") == charge["line_key"])["amount_ex_vat"]
    plan = terms.plans.filter(pl.col("plan_code") == asked["plan_code"]).row(0, named=True)
    told = {
        "plan_code": asked["plan_code"], "plan_name": plan["plan_name"], "period_from": asked["period_from"],
        "period_to": asked["period_to"], "proration": plan["proration"] or "actual_days",
        "billing_day": register.accounts["billing_day"][0], "charged_before": sum(before, Decimal(0)),
    }  # fmt: skip
    if lines.is_empty():
        return FeeExplained(
            **told, price=None, price_from=None, quantity=charge["quantity"], used_days=0,
            full_days=charge["full_days"], parts=(), exact=Exact(0), of_articles=None, fee=Decimal(0),
        )  # fmt: skip
    line = lines.row(0, named=True)
    parts = _parts(proposed.parts, line)
    siblings = proposed.lines.join(lines.select(*PERIOD, *LINE), on=[*PERIOD, *LINE], how="semi", nulls_equal=True)
    return FeeExplained(
        **told, price=line["price"], price_from=line["price_from"], quantity=line["quantity"],
        used_days=line["used_days"], full_days=line["full_days"], parts=parts, exact=_exact(line, parts),
        of_articles=sum(siblings["amount_ex_vat"], Decimal(0)) if siblings.height > 1 else None,
        fee=line["amount_ex_vat"],
    )  # fmt: skip


def _made_before(charge: dict[str, Any]) -> pl.Expr:
    """Tell of which charges this one was the difference: of its key those with a lower number, and earlier nights'."""
    size, name = pl.col("charge_id").str.len_bytes(), pl.col("charge_id")
    length = len(charge["charge_id"].encode())
    lower = (size < length) | ((size == length) & (name < charge["charge_id"]))
    same = pl.col("line_key") == charge["line_key"]
    return pl.when(same).then(lower).otherwise(pl.col("charged_on") < charge["charged_on"])


def _parts(parts: pl.DataFrame, line: dict[str, Any]) -> tuple[FeePart, ...]:
    shared = with_shares(parts, PERIOD, LINE)
    same = [pl.col(name).eq_missing(pl.lit(line[name])) for name in (*PERIOD, *LINE)]
    return tuple(
        FeePart(
            row["part_from"], row["part_to"], row["used_days"], Exact(row["used_share"], row["full_share"]),
            row["percent_off"] or Decimal(0), row["paid_percent"],
        )
        for row in shared.filter(*same).sort("part_from").to_dicts()
    )  # fmt: skip


def _exact(line: dict[str, Any], parts: tuple[FeePart, ...]) -> Exact:
    paid = sum(
        (each.share * (1 - Exact(each.percent_off) / _WHOLE) * Exact(each.paid_percent) / _WHOLE for each in parts),
        Exact(0),
    )
    return Exact(line["price"]) * int(line["quantity"]) * paid
