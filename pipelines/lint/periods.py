"""Rows that hold from and to a date: they end after they begin, and of one scope only one is in force on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.configuration.tables import key_text
from pipelines.lint.findings import Frames, collected, findings

_REVERSIBLE = (
    ("prices.csv", "price", "valid_from", "valid_to"),
    ("price_list_links.csv", "price_list_link", "valid_from", "valid_to"),
    ("customer_groups.csv", "customer_group", "valid_from", "valid_to"),
    ("discounts.csv", "discount", "valid_from", "valid_to"),
    ("allowance_links.csv", "allowance_link", "valid_from", "valid_to"),
    ("plan_prices.csv", "plan_price", "valid_from", "valid_to"),
    ("offers.csv", "offer", "activated_from", "activated_to"),
    ("friends.csv", "friend_number", "valid_from", "valid_to"),
    ("vat_rates.csv", "vat_rate", "valid_from", "valid_to"),
    ("black_list.csv", "black_list", "valid_from", "valid_to"),
    ("rebates.csv", "rebate", "valid_from", "valid_to"),
    ("coupons.csv", "coupon", "valid_from", "valid_to"),
    ("commitments.csv", "commitment", "valid_from", "valid_to"),
)
_EXCLUSIVE = (
    ("price_list_links.csv", "price_list_link", ("link_scope", "link_to")),
    ("customer_groups.csv", "customer_group", ("customer_id",)),
    ("allowance_links.csv", "allowance_link", ("allowance_code", "link_scope", "link_to")),
    ("plan_prices.csv", "plan_price", ("plan_code", "currency")),
    ("vat_rates.csv", "vat_rate", ("vat_class", "vat_area")),
)


def period_faults(frames: Frames) -> list[Fault]:
    """Find periods that never hold, and rows of one scope in force on the same day (of prices: see `price_periods`)."""
    return [
        *(fault for file, table, since, until in _REVERSIBLE for fault in _reversed(file, frames[table], since, until)),
        *(fault for file, table, scope in _EXCLUSIVE for fault in _shared_days(file, frames[table], scope)),
        *_vat_gaps(frames["vat_rate"]),
    ]


def hashed(frame: pl.DataFrame, scope: Sequence[str]) -> pl.DataFrame:
    """Fill in what empty cells of the scope stand for, and add `scope_hash`: numbers sort faster than texts."""
    filled = frame.with_columns(map(key_text, scope))
    return filled.with_columns(filled[list(scope)].hash_rows().alias("scope_hash"))


def neighbours(rows: pl.DataFrame, scope: Sequence[str]) -> pl.LazyFrame:
    """Put each row (from `hashed`) beside the one before it in its scope, whose columns become `old_...`.

    The first row of a scope is left out, and so are the columns of the scope.
    """
    following = rows.drop(scope).sort("scope_hash", "valid_from", "line").lazy()
    return following.with_columns(pl.all().shift(1).name.prefix("old_")).filter(
        pl.col("scope_hash") == pl.col("old_scope_hash")
    )


def uneven(rows: pl.DataFrame, pairs: pl.LazyFrame, scope: Sequence[str]) -> pl.DataFrame:
    """Return the rows of scopes in which a row does not begin on the day the one before it ends.

    `rows` come from `hashed`, `pairs` are their `neighbours`. Adds `what` (the scope in words) and `covered` (the
    latest end of the earlier rows of the scope, null for the first).
    """
    apart = collected(pairs.filter(pl.col("valid_from").ne_missing(pl.col("old_valid_to"))).select("scope_hash"))
    until = pl.col("valid_to").fill_null(date.max)
    return collected(
        rows.lazy()
        .filter(pl.col("scope_hash").is_in(apart["scope_hash"].implode()))
        .sort(*scope, "valid_from", "line")
        .with_columns(until.cum_max().shift(1).over(scope).alias("covered"), in_words(scope).alias("what"))
    )


def in_words(scope: Sequence[str]) -> pl.Expr:
    """Write a scope as a text."""
    return pl.concat_str(scope, separator=" ").str.replace_all(" +", " ").str.strip_chars()


def overlaps(file: str, rows: pl.DataFrame) -> list[Fault]:
    """Tell the rows (from `uneven`) that begin before an earlier one of their scope ends."""
    found = rows.filter(pl.col("covered") > pl.col("valid_from"))
    problem = "two rows for {what} are in force on {valid_from}"
    return findings(found, file, "valid_from", problem, "end the earlier row on that date")


def _shared_days(file: str, frame: pl.DataFrame, scope: Sequence[str]) -> list[Fault]:
    if frame.is_empty():
        return []
    rows = hashed(frame, scope)
    return overlaps(file, uneven(rows, neighbours(rows, scope), scope))


def _reversed(file: str, frame: pl.DataFrame, since: str, until: str) -> list[Fault]:
    rows = frame.filter(pl.col(until) <= pl.col(since))
    return findings(rows, file, until, f"{until} is not after {since}", f"{until} is exclusive")


def _vat_gaps(rates: pl.DataFrame) -> list[Fault]:
    """Once a VAT class has a rate it must always have one: nothing can be invoiced on a day without."""
    scope = ("vat_class", "vat_area")
    following = pl.col("valid_from").shift(-1).over(scope).fill_null(date.max)
    ends = rates.with_columns(key_text("vat_area")).sort(*scope, "valid_from").filter(pl.col("valid_to") < following)
    problem = "VAT class {vat_class} has no rate for {vat_area} from {valid_to}"
    return findings(ends, "vat_rates.csv", "valid_to", problem, "add the rate that follows, or leave valid_to empty")
