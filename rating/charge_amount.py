"""What the units of a record cost by the terms of its price row: exact fractions until they are rounded once.

The order of the money steps, with the reason for each, stands in `rating.usage_charge`.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rating.price_book import PriceBook
from schemas.money import round_fraction

TERMS = (
    "connect_fee_micro", "is_deductible", "fee_covers", "minimum_charge_micro", "maximum_charge_micro",
    "surcharge_percent", "rounding_mode", "rounding_decimals",
)  # fmt: skip
PERCENT_DECIMALS = 6


@dataclass(frozen=True)
class Fraction:
    """An amount in millionths: a column of numerators (Int128) over one denominator."""

    numerator: pl.Expr
    denominator: int

    def rounded(self, book: PriceBook) -> pl.Expr:
        """Round once, as the record's price list says (Int64 millionths)."""
        if book.rounding is None:
            return round_fraction(
                self.numerator,
                pl.lit(self.denominator, pl.Int128),
                pl.col("rounding_mode"),
                pl.col("rounding_decimals"),
            )
        return round_fraction(self.numerator, pl.lit(self.denominator, pl.Int128), *book.rounding)


def usage_cost(priced: pl.DataFrame, parts: pl.DataFrame, unpaid: str) -> pl.Series:
    """Add up the price of a record's units beyond the first `unpaid` ones (a column), in `base`-ths of a millionth.

    `priced` and `parts` come from `lay_increments`.
    """
    of_one = priced.select(
        (pl.col("billed_units") - pl.min_horizontal(unpaid, "billed_units")).cast(pl.Int128) * pl.col("unit_cost")
    ).to_series()
    if not parts.height:
        return of_one
    several = parts.join(priced.select("_row", unpaid), on="_row")
    paid = (pl.col("units_from") + pl.col("units") - pl.max_horizontal("units_from", unpaid)).clip(lower_bound=0)
    sums = several.group_by("_row").agg((paid.cast(pl.Int128) * pl.col("unit_cost")).sum().alias("cost"))
    places = pl.DataFrame({"_row": priced["_row"]}).with_row_index("_at").join(sums, on="_row")
    return of_one.scatter(places["_at"], places["cost"])


def percent_scale(percents: pl.Series) -> int:
    """Return the smallest power of ten, from 100, of which every percentage is a whole number of parts."""
    given = percents.drop_nulls().unique()
    for decimals in range(PERCENT_DECIMALS):
        if (given.round(decimals) == given).all():
            return int(10 ** (2 + decimals))
    return int(10 ** (2 + PERCENT_DECIMALS))


def percent_whole(percent: pl.Expr, scale: int) -> pl.Expr:
    """Give a percentage as a whole number of `scale`-ths (Int128): 12.5 is 125 of 1000."""
    return (percent.cast(pl.Decimal(38, PERCENT_DECIMALS)) * pl.lit(scale // 100)).cast(pl.Int128)


def priced_by_terms(
    cost: pl.Expr, book: PriceBook, *, waived: pl.Expr | None = None, included: pl.Expr | None = None
) -> Fraction:
    """Put connect fee, minimum, maximum and surcharge of the price row on the cost of a record's units.

    `cost` is in `base`-ths of a millionth. `waived`: no connect fee; `included`: all units were, so that neither
    minimum nor maximum applies. The columns of `TERMS` must be there.
    """
    used = {name for name in TERMS if _matters(book.rows[name])}
    base = pl.lit(book.base, pl.Int128)
    charge = cost
    if "connect_fee_micro" in used:
        fee = pl.col("connect_fee_micro").cast(pl.Int128) * base
        fee = fee if waived is None else pl.when(waived).then(pl.lit(0, pl.Int128)).otherwise(fee)
        charge = cost + fee
        if "is_deductible" in used:
            charge = pl.when(pl.col("is_deductible")).then(pl.max_horizontal(cost, fee)).otherwise(charge)
    bounded = charge
    for name, bound in (("minimum_charge_micro", pl.max_horizontal), ("maximum_charge_micro", pl.min_horizontal)):
        if name in used:
            bounded = bound(bounded, pl.col(name).cast(pl.Int128) * base)
    charge = bounded if included is None else pl.when(included).then(charge).otherwise(bounded)
    if "surcharge_percent" not in used:
        return Fraction(charge, book.base)
    scale = percent_scale(book.rows["surcharge_percent"])
    with_surcharge = charge * (pl.lit(scale, pl.Int128) + percent_whole(pl.col("surcharge_percent"), scale))
    return Fraction(with_surcharge, book.base * scale)


def _matters(column: pl.Series) -> bool:
    """Tell whether any price row makes use of a term; a minimum or maximum of 0 is one."""
    if column.name in {"minimum_charge_micro", "maximum_charge_micro"}:
        return column.null_count() < column.len()
    if column.dtype == pl.Boolean:
        return bool(column.any())
    return not column.dtype.is_numeric() or bool((column.drop_nulls() != 0).any())
