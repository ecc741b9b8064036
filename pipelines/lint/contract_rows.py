"""Contract terms and plan changes: rows that contradict themselves or one another, or can never hold."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings

TERMS, CHANGES = "contract_terms.csv", "plan_changes.csv"
_ALL = "*"
_LONGEST_BINDING = 24  # months a consumer may be bound: directive (EU) 2018/1972, article 105(1)


def contract_faults(frames: Frames, whole: set[str]) -> list[Fault]:
    """Find terms that never hold, fees that cannot be charged or never are, and changes that lead nowhere."""
    terms, changes, plans = (frames[name] for name in ("contract_term", "plan_change", "plan"))
    return [
        *([*_fees(terms), *_bindings(terms)] if terms.height else ()),
        *(_never_hold(terms, plans) if terms.height and "plan" in whole else ()),
        *(_changes(changes, plans) if changes.height else ()),
    ]


def _fees(terms: pl.DataFrame) -> list[Fault]:
    basis, fee = pl.col("fee_basis"), pl.col("termination_fee").fill_null(0)
    unnamed = pl.col("fee_article_no").is_null()
    checks = (
        (
            (basis != "none") & (fee == 0),
            "fee_basis",
            "fee_basis {fee_basis} without a termination_fee",
            "give the fee, or fee_basis none",
        ),
        (
            (basis == "none") & (fee > 0),
            "termination_fee",
            "a termination_fee that fee_basis none never charges",
            "use fee_basis fixed or remaining_months, or leave the fee empty",
        ),
        (
            (fee > 0) & unnamed,
            "termination_fee",
            "a termination_fee without fee_article_no cannot be invoiced",
            "name the article it is sold as",
        ),
    )
    return [fault for wrong, *told in checks for fault in findings(terms.filter(wrong), TERMS, *told)]


def _bindings(terms: pl.DataFrame) -> list[Fault]:
    """Warn of bindings that bind nobody or longer than the law allows, and of fees that no binding brings about."""
    bound, charged = pl.col("binding_months") > 0, pl.col("fee_basis") != "none"
    refused = pl.col("change_in_binding") == "refused"
    too_long = (pl.col("binding_months") > _LONGEST_BINDING) & pl.col("customer_category").is_in(
        ["private", "vip", _ALL]
    )
    checks = (
        (
            bound & ~refused & ~charged,
            "binding_months",
            "a binding that anybody may leave without a fee",
            "give a fee_basis and fee, or change_in_binding refused",
        ),
        (
            charged & (~bound | refused),
            "fee_basis",
            "a fee for leaving early that is never charged: there is no binding, or leaving it is refused",
            "give binding_months and change_in_binding fee, or fee_basis none",
        ),
        (
            too_long,
            "binding_months",
            f"consumers may be bound for {_LONGEST_BINDING} months at most (directive (EU) 2018/1972, article 105)",
            "shorten it, or name the category corporate",
        ),
    )
    return [
        fault
        for wrong, *told in checks
        for fault in findings(terms.filter(wrong), TERMS, *told, severity="warning")
    ]  # fmt: skip


def _never_hold(terms: pl.DataFrame, plans: pl.DataFrame) -> list[Fault]:
    """Tell rows for a plan that name a product group: another than its own, or beside a row without."""
    of_plan = plans.select("plan_code", own_group="product_group")
    narrow = terms.filter(pl.col("product_group") != _ALL).join(of_plan, on="plan_code")
    apart = narrow.filter(pl.col("product_group").ne_missing(pl.col("own_group")))
    wide = terms.filter(pl.col("product_group") == _ALL).select("plan_code", "customer_category", hidden="line")
    twice = narrow.filter(pl.col("product_group") == pl.col("own_group")).join(
        wide, on=["plan_code", "customer_category"]
    )
    wrong_group = "plan {plan_code} is not in product group {product_group}: the row never holds"
    covered = "two rows hold for plan {plan_code}, category {customer_category}; the one on line {hidden} never does"
    return [
        *findings(apart, TERMS, "product_group", wrong_group, "give its own group, or *"),
        *findings(twice, TERMS, "plan_code", covered, "keep one of the two lines"),
    ]


def _changes(changes: pl.DataFrame, plans: pl.DataFrame) -> list[Fault]:
    service = plans.select("plan_code", "service")
    rows = changes.join(service, left_on="from_plan", right_on="plan_code", how="left", maintain_order="left").join(
        service, left_on="to_plan", right_on="plan_code", how="left", maintain_order="left", suffix="_after"
    )
    back = changes.select(from_plan="to_plan", to_plan="from_plan", kind_back="change_kind", line_back="line")
    both = rows.join(back, on=["from_plan", "to_plan"], how="left", maintain_order="left")
    vertical = pl.col("change_kind").is_in(["upgrade", "downgrade"])
    faults = [
        *findings(
            rows.filter(pl.col("from_plan") == pl.col("to_plan")),
            CHANGES,
            "to_plan",
            "a change from a plan to itself",
            "leave the row out",
        ),
        *findings(
            rows.filter(pl.col("service") != pl.col("service_after")),
            CHANGES,
            "to_plan",
            "{from_plan} is of service {service}, {to_plan} of {service_after}: its numbers could not move",
            "cancel the one and order the other",
        ),
        *findings(
            rows.filter((pl.col("change_fee").fill_null(0) > 0) & pl.col("fee_article_no").is_null()),
            CHANGES,
            "change_fee",
            "a change_fee without fee_article_no cannot be invoiced",
            "name the article it is sold as",
        ),
    ]
    circle = both.filter(
        vertical & (pl.col("change_kind") == pl.col("kind_back")) & (pl.col("line_back") < pl.col("line"))
    )
    problem = "{from_plan} to {to_plan} and back (line {line_back}) are both of kind {change_kind}"
    remedy = "let one way be up and the other down, or both be change"
    return [*faults, *findings(circle, CHANGES, "change_kind", problem, remedy, severity="warning")]
