"""Rebates, coupons, commitments and products: each must be able to do what it says, and of one scope only one holds."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import FILE, PolicyFile
from pipelines.lint.findings import Frames, findings
from pipelines.lint.periods import hashed, neighbours, overlaps, uneven

_SCOPE = ("link_scope", "link_to", "term_scope", "currency")
_OF_ONE_REBATE = ("link_scope", "link_to", "term_scope", "rebate_mode", "currency", "article_no", "valid_to")
_PRODUCTS = ("port_in_product", "port_out_product")


def period_term_faults(policy: PolicyFile, frames: Frames, whole: set[str]) -> list[Fault]:
    """Find terms that contradict themselves or each other, and settings that name no product or article."""
    return [
        *_rebates(frames["rebate"]),
        *_coupons(frames["coupon"]),
        *_commitments(frames["commitment"]),
        *_of_one_subscription("rebates.csv", frames["rebate"]),
        *_of_one_subscription("commitments.csv", frames["commitment"]),
        *_named_products(policy, frames, whole),
        *_paper_fee(policy, frames, whole),
    ]


def _rebates(rebates: pl.DataFrame) -> Iterator[Fault]:
    if rebates.is_empty():
        return
    one, file = ["rebate_code", "valid_from"], "rebates.csv"
    rows = rebates.sort("line")
    lowest = rows.filter((pl.col("amount_from") == pl.col("amount_from").min().over(one)) & (pl.col("amount_from") > 0))
    problem = "the tiers of {rebate_code} do not begin at 0"
    yield from findings(lowest, file, "amount_from", problem, "let the first tier begin at 0; it may be of 0 percent")
    for name in _OF_ONE_REBATE:
        other = rows.filter(pl.col(name).ne_missing(pl.col(name).first().over(one)))
        problem = f"the tiers of {{rebate_code}} have more than one {name}"
        yield from findings(other, file, name, problem, f"give all rows of a rebate_code the same {name}")
    yield from _in_force_together(file, rows.filter(pl.int_range(pl.len()).over(one) == 0), _SCOPE)


def _coupons(coupons: pl.DataFrame) -> Iterator[Fault]:
    file, percent, amount = "coupons.csv", pl.col("percent_off"), pl.col("amount_off")
    both = coupons.filter(percent.is_not_null() == amount.is_not_null())
    problem = "a coupon takes off a percentage or an amount, one of the two"
    yield from findings(both, file, "coupon_code", problem, "fill in percent_off or amount_off")
    bare = coupons.filter(amount.is_not_null() & pl.col("currency").is_null())
    problem = "amount_off has no currency"
    yield from findings(bare, file, "amount_off", problem, "give the currency of the amount")


def _commitments(commitments: pl.DataFrame) -> Iterator[Fault]:
    file, least, most = "commitments.csv", pl.col("minimum_amount"), pl.col("maximum_amount")
    neither = commitments.filter(least.is_null() & most.is_null())
    problem = "{commitment_code} has neither a minimum nor a maximum"
    yield from findings(neither, file, "commitment_code", problem, "fill in minimum_amount or maximum_amount")
    problem = "the minimum of {commitment_code} is above its maximum {maximum_amount}"
    yield from findings(
        commitments.filter(least > most), file, "minimum_amount", problem, "lower it, or raise the other"
    )
    for name in ("minimum", "maximum"):
        amount, article = f"{name}_amount", f"{name}_article_no"
        odd = commitments.filter(pl.col(amount).is_not_null() != pl.col(article).is_not_null())
        problem = f"{amount} and {article} go together: the line of one is invoiced as the other"
        yield from findings(odd, file, article, problem, "fill in both, or leave both empty")
        bound = commitments.filter(pl.col(amount).is_not_null())
        yield from _in_force_together(file, bound, (*_SCOPE, "term_target"))


def _in_force_together(file: str, rows: pl.DataFrame, scope: tuple[str, ...]) -> list[Fault]:
    if rows.is_empty():
        return []
    keyed = hashed(rows, scope)
    return overlaps(file, uneven(keyed, neighbours(keyed, scope), scope))


def _of_one_subscription(file: str, rows: pl.DataFrame) -> list[Fault]:
    odd = rows.filter((pl.col("link_scope") == "subscription") & (pl.col("term_scope") != "subscription"))
    problem = "a row for one subscription has term_scope {term_scope}"
    return findings(odd, file, "term_scope", problem, "give it the term_scope subscription")


def _named_products(policy: PolicyFile, frames: Frames, whole: set[str]) -> Iterator[Fault]:
    billing = policy.texts("billing")
    for name in _PRODUCTS if "product" in whole else ():
        code = billing.get(name, "")
        if code and code not in frames["product"]["product_code"]:
            problem = f"billing.{name} is no product of products.csv"
            yield Fault(FILE, policy.line("billing", name), code, problem, "add it, or leave the setting empty")


def _paper_fee(policy: PolicyFile, frames: Frames, whole: set[str]) -> Iterator[Fault]:
    if policy.policy is None or "article" not in whole:
        return
    billing = policy.policy.billing
    if billing.paper_fee and billing.paper_fee_article_no not in frames["article"]["article_no"]:
        problem = "billing.paper_fee_article_no is no article of articles.csv"
        line = policy.line("billing", "paper_fee_article_no") or policy.line("billing", "paper_fee")
        yield Fault(FILE, line, billing.paper_fee_article_no, problem, "name the article that the fee is invoiced as")
