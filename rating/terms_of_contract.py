"""What a contract promises beyond its price lists: allowances, tiers, offers and discounts, in the order of the steps.

The order and its reasons stand in `rating.usage_charge`. Records without such terms keep their list amount.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from rating.allowances import draw_money, draw_units
from rating.balances import Balances
from rating.charge_amount import TERMS, Fraction, percent_scale, percent_whole, priced_by_terms, usage_cost
from rating.contracts import Contracts
from rating.discounts import matching_discounts, new_prices, take_discounts
from rating.group_numbers import group_numbers
from rating.interval_lookup import gathered
from rating.price_book import scaled
from rating.tariff import Tariff
from rating.tiers import tier_charges
from schemas import tables
from schemas.money import divide_half_away, from_micro
from schemas.periods import period_begins

_NOTHING = (
    pl.lit(0, pl.Int64).alias("included_units"),
    pl.lit(0).cast(tables.RATED_USAGE.schema["included_amount"]).alias("included_amount"),
    pl.lit(0).cast(tables.RATED_USAGE.schema["discount_amount"]).alias("discount_amount"),
)


class Drawn(NamedTuple):
    """What terms made of records, and what they used.

    `records`: as given, with `amount_ex_vat`, `included_units`, `included_amount`, `discount_amount`.
    """

    records: pl.DataFrame
    allowance_use: pl.DataFrame
    tier_use: pl.DataFrame
    discount_use: pl.DataFrame


def draw_terms(
    records: pl.DataFrame, parts: pl.DataFrame, contracts: Contracts, tariff: Tariff, balances: Balances
) -> Drawn:
    """Apply the terms of contracts to records from `with_list_amount`; parts come from `lay_increments`."""
    has_terms = (pl.col("has_terms") | pl.col("tier_code").is_not_null()).fill_null(value=False) & ~pl.col("is_attempt")
    with_terms = records.filter(has_terms)
    plain = records.filter(~has_terms) if with_terms.height else records
    plain = plain.with_columns(pl.col("list_amount").alias("amount_ex_vat"), *_NOTHING)
    if with_terms.is_empty():
        return Drawn(plain, *(table.empty().drop("rated_batch") for table in _USES))
    drawn = _draw(in_pricing_order(with_terms, contracts, tariff), parts, contracts, tariff, balances)
    changed = with_terms.with_columns(drawn.records.sort("_row").drop("_row"))
    return drawn._replace(records=pl.concat([plain, changed.select(plain.columns)]))


_USES = (tables.ALLOWANCE_USE, tables.TIER_USE, tables.DISCOUNT_USE)
_DRAWN = (
    "_row", "usage_id", "started_at", "started_on", "account_id", "subscription_id", "customer_id", "usage_kind",
    "service", "zone_code", "span_no", "row_no", "band_at", "billed_units", "unit_cost", "is_single", "tier_code",
    "price_unit", "list_micro", *TERMS,
)  # fmt: skip


def in_pricing_order(records: pl.DataFrame, contracts: Contracts, tariff: Tariff) -> pl.DataFrame:
    """Put records in the order they are priced in, and add what terms depend on.

    `left_units` are those that the connect fee does not pay for, `need_units` what an allowance may take of them:
    nothing where the list asks nothing (a call to a free number).
    """
    ordered = _by_start(records.select(_DRAWN))
    left = (pl.col("billed_units") - pl.col("fee_covers")).clip(lower_bound=0)
    return ordered.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("_order"),
        *gathered(tariff.calendar.bands, ordered["band_at"], "time_band"),
        *gathered(contracts.spans, ordered["span_no"], "customer_group", "plan_code", "billing_day"),
        *gathered(tariff.book.rows, ordered["row_no"], "article_no"),
        left.alias("left_units"),
        pl.when(pl.col("list_micro") != 0).then(left).otherwise(0).alias("need_units"),
    )


def _by_start(records: pl.DataFrame) -> pl.DataFrame:
    """Sort records by their start, and those of a customer that start together by their id.

    What else starts together shares no terms. To sort all by their ids, which are text, takes five times as long.
    """
    order = records.select(pl.arg_sort_by("started_at", maintain_order=True)).to_series()
    together = group_numbers(records, "customer_id", "started_at").gather(order).is_duplicated()
    if together.any():
        tied = records.select("started_at", "usage_id", pl.int_range(pl.len()).cast(order.dtype).alias("_at"))
        by_id = tied[order.filter(together)].sort("started_at", "usage_id")
        order = order.scatter(together.arg_true(), by_id["_at"])
    return records[order]


def all_included() -> pl.Expr:
    """Tell whether allowances took every unit of a record that it had to pay."""
    return (pl.col("included_units") > 0) & (pl.col("included_units") == pl.col("left_units"))


def _draw(
    ordered: pl.DataFrame, parts: pl.DataFrame, contracts: Contracts, tariff: Tariff, balances: Balances
) -> Drawn:
    units = draw_units(ordered, balances.grants)
    included = ordered.with_columns(units.calls.drop("_row"))  # they come back in the order given
    pairs = matching_discounts(included, tariff.discounts)
    costed, tier_use = _with_cost(included, parts, pairs, tariff, balances)
    terms = priced_by_terms(
        pl.col("_cost"),
        tariff.book,
        waived=pl.col("waives_fee"),
        included=all_included(),
    )
    before = costed.with_columns(terms.numerator.alias("_before"))
    amounts, denominator = _after_offer(before, terms.denominator, contracts.offers)
    reduced = take_discounts(amounts, denominator, pairs, balances.discounts)
    off = pl.col("_before") * (reduced.denominator // terms.denominator) - pl.col("numerator")
    cut = divide_half_away(off, pl.lit(reduced.denominator, pl.Int128)).cast(pl.Int64)
    rounded = before.with_columns(reduced.amounts["numerator"]).with_columns(
        Fraction(pl.col("numerator"), reduced.denominator).rounded(tariff.book).alias("need_micro"),
        from_micro(cut).alias("discount_amount"),
    )
    money = draw_money(rounded, balances.grants)
    finished = rounded.with_columns(money.calls["included_micro"]).select(
        "_row",
        from_micro(pl.col("need_micro") - pl.col("included_micro")).alias("amount_ex_vat"),
        "included_units",
        from_micro(pl.col("included_micro")).alias("included_amount"),
        "discount_amount",
    )
    return Drawn(finished, pl.concat([units.uses, money.uses]), tier_use, reduced.taken)


def _with_cost(
    records: pl.DataFrame, parts: pl.DataFrame, pairs: pl.DataFrame, tariff: Tariff, balances: Balances
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add `_cost`, the price of the units left to pay: by a new price, by tiers, or by the price rows of the parts."""
    unpaid = records.with_columns((pl.col("fee_covers") + pl.col("included_units")).alias("_unpaid"))
    left = pl.col("left_units") - pl.col("included_units")
    costed = unpaid.with_columns(usage_cost(unpaid, parts, "_unpaid").alias("_cost"), left.alias("units"))
    anew = new_prices(pairs)
    if anew.is_empty() and costed["tier_code"].null_count() == costed.height:
        return costed, tables.TIER_USE.empty().drop("rated_batch")
    priced = costed.join(anew, on="_row", how="left", maintain_order="left")
    by_tier = priced.filter(pl.col("tier_code").is_not_null() & pl.col("new_price_micro").is_null())
    period_from = period_begins(pl.col("started_on"), pl.col("billing_day")).alias("period_from")
    tiers = tier_charges(by_tier.with_columns(period_from), tariff.tiers, balances.tiers)
    base = pl.lit(tariff.book.base, pl.Int128)
    new_cost = pl.col("units").cast(pl.Int128) * scaled(
        pl.col("new_price_micro"), pl.col("price_unit"), tariff.book.base
    )
    chosen = priced.join(tiers.calls, on="_row", how="left", maintain_order="left").with_columns(
        pl.coalesce(new_cost, pl.col("tier_micro").cast(pl.Int128) * base, "_cost").alias("_cost")
    )
    return chosen, tiers.uses


def _after_offer(records: pl.DataFrame, denominator: int, offers: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Take off the introductory offer in force on the day of each record.

    Returns `_row` and `numerator`, and what it is over.
    """
    found = (
        records.select("_row", "subscription_id", "started_on")
        .join(offers, on="subscription_id")
        .filter((pl.col("offer_from") <= pl.col("started_on")) & (pl.col("started_on") < pl.col("offer_to")))
        .select("_row", "percent_off")
    )
    amounts = records.select("_row", pl.col("_before").alias("numerator"))
    if not found.height:
        return amounts, denominator
    scale = percent_scale(found["percent_off"])
    rest = pl.lit(scale, pl.Int128) - percent_whole(pl.col("percent_off").fill_null(0), scale)
    reduced = amounts.join(found, on="_row", how="left", maintain_order="left").with_columns(pl.col("numerator") * rest)
    return reduced.select("_row", "numerator"), denominator * scale
