"""Terms of a billing period: what an account's charges come to together is reduced or topped up before it is invoiced.

The order of the steps, and why (docs/terms.md has an example):

1. volume rebates: they are the price of the usage, known only when the period is over;
2. coupons in percent: a percentage is of the price, not of what another coupon has left of it by an amount;
3. coupons in amount: money off, down to nothing and never below, so that no coupon is paid out;
4. maximum: a promise about what is paid, so it looks at what is left when everything else was taken off;
5. minimum commitment, last: what was promised to be bought is topped up, whatever came before.

In each step the narrow comes before the wide, subscriptions before accounts and a part before all, and one coupon after
the other in the order in which they were redeemed. A reduction is shared over the VAT classes and revenue accounts of
what it reduces, by largest remainder; a top-up has those of its own article. What comes out are charges like others; in
which order configuration rows stand decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import product
from typing import NamedTuple

import polars as pl

from invoicing.period_term_cases import Subjects, bounds_of, cases_of
from invoicing.period_term_pots import BILLED, measured, pots_of, take, topped_up
from schemas.codes import TERM_TARGETS
from schemas.money import divide_half_away, from_micro, to_minor
from schemas.periods import period_begins
from schemas.tables import CHARGE, COUPON_USE

_MICRO_OF_MINOR = 10_000
_PERCENT_PARTS = 10_000  # a percent has 4 decimals
_ALL = 100 * _PERCENT_PARTS
_NARROW_FIRST = ("subscription", "account")
_TAKEN = pl.Schema(
    {
        "charge_kind": pl.String(), "term_code": pl.String(), **dict.fromkeys(BILLED[:1], pl.Int64()),
        "billing_date": pl.Date(), "subscription_id": pl.Int64(), "article_no": pl.String(),
        "redemption_id": pl.String(),
        "vat_class": pl.String(), "revenue_account": pl.String(), "minor": pl.Int64(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class TermsInForce:
    """What was promised: REBATE and COMMITMENT rows, and COUPON_REDEMPTION rows with how often each was `used`."""

    rebates: pl.DataFrame
    commitments: pl.DataFrame
    redeemed: pl.DataFrame

    @property
    def are_none(self) -> bool:
        """Whether nothing was promised to anybody."""
        return not (self.rebates.height or self.commitments.height or self.redeemed.height)


@dataclass(frozen=True)
class PeriodCharges:
    """CHARGE rows with `billing_date`; of those that a coupon made `charge_id`, `redemption_id` and `coupon_code`."""

    charges: pl.DataFrame
    of_coupons: pl.DataFrame


class TermStep(NamedTuple):
    """One step as it was looked at: what was counted, and what came of it; amounts in öre (Int64).

    `cases`: the rows of the term with `case_no`, `subscription_id`, `counted`, `target_due`, `account_due` and `wish`,
    what it comes to; `pots`: what there was before it; `shared`: `case_no`, `vat_class`, `revenue_account`, `taken`.
    """

    charge_kind: str
    cases: pl.DataFrame
    pots: pl.DataFrame
    shared: pl.DataFrame


Watch = Callable[[TermStep], None]


def _unwatched(_step: TermStep) -> None:
    """Let a step go: a night has no use for it."""


class _Step(NamedTuple):
    pots: pl.DataFrame
    taken: list[pl.DataFrame]
    watch: Watch


def period_terms(  # noqa: PLR0913 (what a night computes from, and who watches it)
    due: pl.DataFrame,
    earlier: pl.DataFrame,
    terms: TermsInForce,
    whose: Subjects,
    articles: pl.DataFrame,
    *,
    line: Sequence[str],
    since: date,
    charged_on: date,
    watch: Watch = _unwatched,
) -> PeriodCharges:
    """Give the charges that terms add to those due, in the order that stands above.

    `due`: CHARGE rows with `billing_date` and the columns `line` that make one invoice line; `earlier`: the same of the
    period, invoiced before (bases): they count, and are not reduced. `whose`: the accounts
    that are due, those without any charge too. `since`: no billing period that began before is looked at. Amounts are
    excluding VAT, 2 decimals; a name says kind, term, whose, billing date, VAT class and revenue account. `watch` is
    shown each step, so that an explanation is of the very computation.
    """
    rebated = cases_of(_rebates(terms.rebates), whose)
    minima, maxima = (
        bounds_of(_numbered(cases_of(_with(terms.commitments, amount), whose)), amount, since, charged_on)
        for amount in ("minimum_amount", "maximum_amount")
    )
    coupons = _coupon_cases(terms.redeemed, whose.billed)
    concerned = pl.concat([cases.select(BILLED) for cases in (rebated, maxima, coupons, minima)]).unique()
    due, earlier = (rows.join(concerned, on=BILLED, how="semi") for rows in (due, earlier))
    pots = pots_of(due, earlier, whose.services, line)
    step = _Step(pots, [], watch)
    for scope in _NARROW_FIRST:
        step = _rebate(step, rebated.filter(term_scope=scope), terms.rebates)
    for kind in (_percent_off, _amount_off):
        for scope in _NARROW_FIRST:
            step = kind(step, coupons.filter(_is_of(scope)))
    for bounds, keep in ((maxima, _cap), (minima, partial(_top_up, articles=articles))):
        for scope, target in product(_NARROW_FIRST, TERM_TARGETS):
            step = keep(step, bounds.filter(term_scope=scope, term_target=target))
    return _as_charges(pl.concat([_TAKEN.to_frame(), *step.taken]), whose.billed, charged_on)


def coupon_uses(made: PeriodCharges, invoiced: pl.DataFrame) -> pl.DataFrame:
    """Return the COUPON_USE rows of charges that were invoiced (BILLED_CHARGE rows): one per coupon and invoice."""
    amount = pl.col("amount_ex_vat").sum()
    used = (
        made.of_coupons.join(made.charges.select("charge_id", *BILLED, "amount_ex_vat"), on="charge_id")
        .join(invoiced.select("charge_id", "invoice_no"), on="charge_id")
        .group_by("redemption_id", "coupon_code", *BILLED, "invoice_no")
        .agg((-amount).cast(COUPON_USE.schema["used_amount"]).alias("used_amount"))
    )
    return COUPON_USE.complete(used).sort(COUPON_USE.key)


def _with(commitments: pl.DataFrame, amount: str) -> pl.DataFrame:
    return commitments.filter(pl.col(amount).is_not_null())


def _rebates(rebates: pl.DataFrame) -> pl.DataFrame:
    of_usage = pl.lit("usage").alias("term_target")
    return rebates.drop("amount_from", "percent_off").unique().with_columns(of_usage)


def _coupon_cases(redeemed: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Find the coupons that hold on an account's billing date and are not used up."""
    left = pl.col("coupon_periods").is_null() | (pl.col("used") < pl.col("coupon_periods"))
    holds = redeemed.filter(left).join(billed.select(BILLED), on="account_id")
    return (
        holds.filter(pl.col("redeemed_on") <= pl.col("billing_date"))
        .with_columns(pl.lit(None, pl.String).alias("plan_code"))
        .sort("redeemed_on", "redemption_id")
        .with_columns(pl.col("redemption_id").cum_count().over(*BILLED, "subscription_id").alias("turn"))
    )


def _is_of(scope: str) -> pl.Expr:
    return pl.col("subscription_id").is_null() == (scope == "account")


def _numbered(cases: pl.DataFrame) -> pl.DataFrame:
    return cases.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("case_no"))


def _rebate(step: _Step, cases: pl.DataFrame, tiers: pl.DataFrame) -> _Step:
    if cases.is_empty():
        return step
    counted = measured(_numbered(cases), step.pots)
    wish = _rebate_of(counted, tiers).clip(0, pl.col("target_due").clip(0))
    return _taken(step, counted.with_columns(wish.alias("wish")), "rebate", "rebate_code")


def _rebate_of(counted: pl.DataFrame, tiers: pl.DataFrame) -> pl.Expr:
    """Return the rebate (öre) on what each case counts, rounded once; a volume rebate is the reached tier's, of all."""
    next_from = pl.col("amount_from").shift(-1).over("rebate_code", "valid_from", order_by="amount_from")
    rows = counted.select("case_no", "rebate_code", "valid_from", "rebate_mode", "counted").join(
        tiers.select(
            "rebate_code", "valid_from", to_minor(pl.col("amount_from")).alias("tier_from"),
            to_minor(next_from).alias("tier_to"), _parts_of_percent().alias("parts"),
        ),
        on=["rebate_code", "valid_from"],
    )  # fmt: skip
    reached = (pl.col("counted") >= pl.col("tier_from")) & (pl.col("counted") > 0)
    within = pl.min_horizontal("counted", "tier_to") - pl.col("tier_from")
    is_last = pl.col("tier_to").is_null() | (pl.col("counted") < pl.col("tier_to"))
    whole = pl.when(is_last).then("counted").otherwise(0)
    part = pl.when(pl.col("rebate_mode") == "graduated").then(within).otherwise(whole)
    sums = rows.filter(reached).group_by("case_no").agg((part.cast(pl.Int128) * pl.col("parts")).sum().alias("exact"))
    exact = counted.select("case_no").join(sums, on="case_no", how="left", maintain_order="left")["exact"]
    return divide_half_away(pl.lit(exact.fill_null(0)), pl.lit(_ALL, pl.Int128)).cast(pl.Int64)


def _parts_of_percent() -> pl.Expr:
    return (pl.col("percent_off").cast(pl.Decimal(38, 4)).to_physical()).cast(pl.Int128)


def _percent_off(step: _Step, coupons: pl.DataFrame) -> _Step:
    exact = pl.col("target_due").clip(0).cast(pl.Int128) * _parts_of_percent()
    wish = divide_half_away(exact, pl.lit(_ALL, pl.Int128)).cast(pl.Int64)
    return _coupons(step, coupons.filter(pl.col("percent_off").is_not_null()), wish)


def _amount_off(step: _Step, coupons: pl.DataFrame) -> _Step:
    wish = pl.min_horizontal(to_minor(pl.col("amount_off")), pl.col("target_due").clip(0))
    return _coupons(step, coupons.filter(pl.col("percent_off").is_null()), wish)


def _coupons(step: _Step, coupons: pl.DataFrame, wish: pl.Expr) -> _Step:
    """Let coupons of one scope take their turns: together they take no more than their account has left to pay."""
    before = pl.col("wish").cum_sum().over(BILLED) - pl.col("wish")
    room = (pl.col("account_due").clip(0) - before).clip(0)
    for turn in coupons["turn"].unique().sort():
        cases = measured(_numbered(coupons.filter(turn=turn)), step.pots).with_columns(wish.alias("wish"))
        within = cases.with_columns(pl.min_horizontal("wish", room).alias("wish"))
        step = _taken(step, within, "coupon", "coupon_code")
    return step


def _cap(step: _Step, cases: pl.DataFrame) -> _Step:
    if cases.is_empty():
        return step
    counted = measured(cases, step.pots)
    above = (pl.col("counted") - pl.col("bound")).clip(0, pl.col("target_due").clip(0))
    named = counted.with_columns(above.alias("wish"), pl.col("maximum_article_no").alias("article_no"))
    return _taken(step, named, "cap", "commitment_code")


def _top_up(step: _Step, cases: pl.DataFrame, articles: pl.DataFrame) -> _Step:
    """Top up what is below its minimum; the line has VAT class and revenue account of its own article."""
    if cases.is_empty():
        return step
    of_article = articles.select("vat_class", "revenue_account", minimum_article_no="article_no")
    counted = measured(cases, step.pots)
    below = (pl.col("bound") - pl.col("counted")).clip(0).alias("wish")
    made = counted.join(of_article, on="minimum_article_no").with_columns(
        below, pl.col("minimum_article_no").alias("article_no")
    )
    rows = made.filter(pl.col("wish") > 0).with_columns(pl.col("wish").alias("minor"))
    shared = rows.select("case_no", "vat_class", "revenue_account", taken="wish")
    step.watch(TermStep("commitment", made, step.pots, shared))
    taken = [*step.taken, _rows_of(rows, "commitment", "commitment_code")]
    return _Step(topped_up(made, step.pots), taken, step.watch)


def _taken(step: _Step, cases: pl.DataFrame, kind: str, code: str) -> _Step:
    pots, shared = take(cases, step.pots)
    step.watch(TermStep(kind, cases, step.pots, shared))
    rows = cases.join(shared, on="case_no").with_columns((-pl.col("taken")).alias("minor"))
    return _Step(pots, [*step.taken, _rows_of(rows, kind, code)], step.watch)


def _rows_of(rows: pl.DataFrame, kind: str, code: str) -> pl.DataFrame:
    absent = [] if "redemption_id" in rows.columns else [pl.lit(None, pl.String).alias("redemption_id")]
    named = rows.with_columns(*absent, pl.lit(kind).alias("charge_kind"), pl.col(code).alias("term_code"))
    return named.select(_TAKEN.names())


def _as_charges(taken: pl.DataFrame, billed: pl.DataFrame, charged_on: date) -> PeriodCharges:
    whose = pl.concat_str(pl.col("account_id"), pl.col("subscription_id"), separator="/", ignore_nulls=True)
    parts = ("charge_kind", "term_code", whose, "billing_date", "vat_class", "revenue_account")
    zero = (pl.lit(0, pl.Int64).alias(name) for name in ("duration_s", "volume_bytes", "included_units"))
    columns = ["account_bucket", "currency", "billing_day"]
    period_from = period_begins(pl.col("billing_date").dt.offset_by("-1d"), pl.col("billing_day"))
    rows = taken.join(billed.select(*BILLED, *columns), on=BILLED).with_columns(
        pl.concat_str(parts, separator=":").alias("charge_id"),
        from_micro(pl.col("minor") * _MICRO_OF_MINOR).alias("amount_ex_vat"),
        period_from.alias("service_from"),
        pl.col("billing_date").alias("service_to"),
        pl.lit(1, pl.Int64).alias("quantity"),
        *zero,
        pl.lit(charged_on, pl.Date).alias("charged_on"),
    )
    dated = CHARGE.complete(rows).with_columns(rows["billing_date"])
    is_coupon = pl.col("redemption_id").is_not_null()
    of_coupons = rows.filter(is_coupon).select("charge_id", "redemption_id", coupon_code="term_code")
    return PeriodCharges(dated.sort("charge_id"), of_coupons.sort("charge_id"))
