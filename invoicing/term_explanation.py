"""How the charge of a term came about: the night's own computation is done again and watched.

What was counted, what the term makes of it, and how that is shared; the sums are written so that each can be followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any

import polars as pl

from invoicing.period_term_cases import Subjects, bound_parts
from invoicing.period_term_pots import members
from invoicing.period_terms import TermsInForce, TermStep, period_terms
from schemas.money import from_minor

_CODE = {"rebate": "rebate_code", "coupon": "coupon_code", "cap": "commitment_code", "commitment": "commitment_code"}
_BOUND = {"cap": "maximum_amount", "commitment": "minimum_amount"}
_HUNDRED = 100


@dataclass(frozen=True)
class TermFacts:
    """What one invoice's terms were computed from, as `period_terms` takes it."""

    due: pl.DataFrame
    earlier: pl.DataFrame
    terms: TermsInForce
    whose: Subjects
    articles: pl.DataFrame
    line: Sequence[str]
    since: date
    charged_on: date


@dataclass(frozen=True)
class TierPart:
    """What one tier of a rebate gives: `amount` of what was counted at `percent_off`; the next tier is from `to`."""

    amount_from: Decimal
    amount_to: Decimal | None
    amount: Decimal
    percent_off: Decimal
    off: Exact


@dataclass(frozen=True)
class BoundPart:
    """What of a maximum or minimum is a billing period's: its amount x days of service / days, rounded to `bound`."""

    period_from: date
    period_to: date
    days: int
    full_days: int
    bound: Decimal


@dataclass(frozen=True)
class TermShare:
    """What a VAT class and revenue account held of what is reduced, and had of the whole."""

    vat_class: str
    revenue_account: str
    held: Decimal
    share: Decimal


@dataclass(frozen=True)
class TermExplained:
    """The charge of a term, computed again.

    `row`: the term as it was promised (REBATE, COMMITMENT or COUPON_REDEMPTION columns, `used` so far); `by_kind`:
    what it counted, by kind of charge; `counted` their sum, `target_due` what of it this invoice carries,
    `account_due` all that the account had left to pay. `wish`: what the term comes to, shared into `shares`;
    `amount`: the share that this charge is, null where computing again makes no such charge.
    """

    charge_kind: str
    term_code: str
    row: dict[str, Any]
    by_kind: tuple[tuple[str, Decimal], ...]
    counted: Decimal
    target_due: Decimal
    account_due: Decimal
    wish: Decimal
    shares: tuple[TermShare, ...]
    amount: Decimal | None
    tiers: tuple[TierPart, ...] = ()
    bounds: tuple[BoundPart, ...] = ()
    bound: Decimal | None = None


def explain_term(charge: dict[str, Any], facts: TermFacts) -> TermExplained | None:
    """Compute the terms of a charge's invoice again and tell how this one (a CHARGE row) came about.

    None where the term is not looked at any more.
    """
    steps: list[TermStep] = []
    made = period_terms(
        facts.due, facts.earlier, facts.terms, facts.whose, facts.articles,
        line=facts.line, since=facts.since, charged_on=facts.charged_on, watch=steps.append,
    )  # fmt: skip
    kind, code = charge["charge_kind"], charge["charge_id"].rsplit(":", 4)[0].partition(":")[2]
    named = (pl.col(_CODE[kind]) == code) & pl.col("subscription_id").eq_missing(
        pl.lit(charge["subscription_id"], pl.Int64)
    )
    for step in steps:
        case = step.cases.filter(named) if step.charge_kind == kind else step.cases.clear()
        if case.height:
            again = made.charges.filter(charge_id=charge["charge_id"])["amount_ex_vat"]
            return _told(step, case, facts, code, again[0] if again.len() else None)
    return None


def _told(step: TermStep, case: pl.DataFrame, facts: TermFacts, code: str, amount: Decimal | None) -> TermExplained:
    row, held = case.row(0, named=True), members(case, step.pots)
    by_kind = held.group_by("charge_kind").agg(pl.col("left").sum()).sort("charge_kind")
    return TermExplained(
        charge_kind=step.charge_kind,
        term_code=code,
        row=row,
        by_kind=tuple((name, _amount(left)) for name, left in by_kind.rows()),
        counted=_amount(row["counted"]),
        target_due=_amount(row["target_due"]),
        account_due=_amount(row["account_due"]),
        wish=_amount(row["wish"]),
        shares=tuple(_shares(step, case, held)),
        amount=amount,
        tiers=tuple(_tiers(row, facts.terms.rebates)) if step.charge_kind == "rebate" else (),
        bounds=tuple(_bounds(case, _BOUND[step.charge_kind], facts)) if step.charge_kind in _BOUND else (),
        bound=_amount(row["bound"]) if "bound" in row else None,
    )


def _shares(step: TermStep, case: pl.DataFrame, held: pl.DataFrame) -> Iterator[TermShare]:
    reduced = pl.col("is_due") & (pl.col("left") > 0)
    by_account = held.filter(reduced).group_by("vat_class", "revenue_account").agg(pl.col("left").sum())
    shared = step.shared.join(case.select("case_no"), on="case_no", how="semi")
    rows = shared.join(by_account, on=["vat_class", "revenue_account"], how="left").sort("vat_class", "revenue_account")
    for vat_class, account, taken, left in rows.select("vat_class", "revenue_account", "taken", "left").rows():
        yield TermShare(vat_class, account, _amount(left or 0), _amount(taken))


def _tiers(row: dict[str, Any], rebates: pl.DataFrame) -> Iterator[TierPart]:
    """Tell what each tier gives: graduated the part within it, volume all that was counted at the tier reached."""
    of_row = rebates.filter(rebate_code=row["rebate_code"], valid_from=row["valid_from"]).sort("amount_from")
    begins, percents = of_row["amount_from"].to_list(), of_row["percent_off"].to_list()
    counted = _amount(row["counted"])
    for begin, end, percent in zip(begins, [*begins[1:], None], percents, strict=True):
        is_last = end is None or counted < end
        if counted < begin or counted <= 0 or not (is_last or row["rebate_mode"] == "graduated"):
            continue
        within = (counted if is_last else end) - begin
        part = within if row["rebate_mode"] == "graduated" else counted
        yield TierPart(begin, end, part, percent, Exact(part) * Exact(percent) / _HUNDRED)


def _bounds(case: pl.DataFrame, amount: str, facts: TermFacts) -> Iterator[BoundPart]:
    parts = bound_parts(case, amount, facts.since, facts.charged_on).sort("period_from")
    for period_from, period_to, days, full_days, bound in parts.drop("case_no").rows():
        yield BoundPart(period_from, period_to, days, full_days, _amount(bound))


def _amount(minor: int) -> Decimal:
    return Decimal(pl.select(from_minor(pl.lit(minor, pl.Int64))).item())
