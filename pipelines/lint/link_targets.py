"""Links to customers, groups, plans and subscriptions: a scope that the file may use, and a target that fits it."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings
from schemas.codes import ALLOWANCE_LINK_SCOPES, DISCOUNT_SCOPES, LIST_SCOPES, TERM_LINK_SCOPES

SPEND_SCOPES = ("customer", "group", "plan", "subscription", "all")
_LINKS = (
    ("price_list_links.csv", "price_list_link", LIST_SCOPES),
    ("discounts.csv", "discount", DISCOUNT_SCOPES),
    ("allowance_links.csv", "allowance_link", ALLOWANCE_LINK_SCOPES),
    ("spend_limits.csv", "spend_limit", SPEND_SCOPES),
    ("rebates.csv", "rebate", TERM_LINK_SCOPES),
    ("coupons.csv", "coupon", TERM_LINK_SCOPES),
    ("commitments.csv", "commitment", TERM_LINK_SCOPES),
)
_SHAPES = (
    (("customer", "subscription"), r"^[1-9][0-9]{0,17}$", "its number, digits only"),
    (("basic", "all"), r"^\*$", "*"),
)


def link_faults(frames: Frames) -> list[Fault]:
    """Tell links of an unknown scope and targets that cannot be of their scope (names: see `references`)."""
    return [fault for file, table, scopes in _LINKS for fault in _misdirected(file, frames[table], scopes)]


def _misdirected(file: str, rows: pl.DataFrame, scopes: tuple[str, ...]) -> list[Fault]:
    if rows.is_empty():
        return []
    unknown = rows.filter(~pl.col("link_scope").is_in(list(scopes)))
    faults = findings(unknown, file, "link_scope", "unknown link_scope {link_scope}", f"use {', '.join(scopes)}")
    for kinds, shape, wording in _SHAPES:
        wrong = rows.filter(pl.col("link_scope").is_in(list(kinds)) & ~pl.col("link_to").str.contains(shape))
        problem = f"link_to of scope {{link_scope}} must be {wording}"
        faults += findings(wrong, file, "link_to", problem, "name what the scope says")
    return faults
