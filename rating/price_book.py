"""Price lists made ready for the night: what `*` and empty stand for spelt out, validity as days, prices as integers.

A cell is a list, usage kind, service, origin zone, zone and time band. In each cell the days are cut so that on any day
one row is in force: the one that names most (kind before service before origin zone before time band). One binary
search finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import lcm, prod

import polars as pl

from rating.interval_lookup import gathered, keyed, last_begun
from rating.price_steps import price_steps
from schemas.coded_text import enumerated
from schemas.codes import CROSSING_RULES, ROUNDING_MODES
from schemas.money import CHARGE_DECIMALS, to_micro

ANY = "*"
HOME = "home"
UNKNOWN = "unknown"  # origin zone of a network that no prefix matches
_DAY_BITS = 16
_LAST_DAY = (1 << _DAY_BITS) - 1  # 2149: stands for open
LAST_DATE = date(1970, 1, 1) + timedelta(days=_LAST_DAY)  # every row must begin before it
_MOST_LISTED = 4_000_000
ROUNDING = pl.Enum(ROUNDING_MODES)
CROSSING = pl.Enum(CROSSING_RULES)
_MONEY = ("connect_fee", "price_per_unit", "minimum_charge", "maximum_charge", "attempt_fee", "cost_per_unit")


@dataclass(frozen=True)
class CellNumbers:
    """Names by number: what cells are made of. `""` stands for all that no price row names."""

    lists: dict[str, int]
    kinds: dict[str, int]
    services: dict[str, int]
    origins: dict[str, int]
    zones: dict[str, int]
    bands: dict[str, int]

    @cached_property
    def zone_names(self) -> pl.Enum:
        """The type of a column of zones, of destination or origin."""
        return pl.Enum(sorted({*self.zones, *self.origins, HOME, UNKNOWN} - {""}))

    def cell_of(self, price_list: pl.Expr, service: pl.Expr, origin: pl.Expr, zone: pl.Expr, band: pl.Expr) -> pl.Expr:
        """Number the cell that five numbers make (`service` from `service_of`); null where one of them is."""
        cell = price_list * (len(self.kinds) * len(self.services)) + service
        for part, numbers in ((origin, self.origins), (zone, self.zones), (band, self.bands)):
            cell = cell * len(numbers) + part
        return cell

    @property
    def count(self) -> int:
        """How many cells there are."""
        parts = (self.lists, self.kinds, self.services, self.origins, self.zones, self.bands)
        return prod(len(part) for part in parts)

    def service_of(self, kind: pl.Expr, service: pl.Expr) -> pl.Expr:
        """Number a usage kind and a service together."""
        if len(self.kinds) == len(self.services) == 1:  # no price row names either
            return pl.lit(0, pl.Int64)
        return numbered(kind, self.kinds) * len(self.services) + numbered(service, self.services)


def numbered(values: pl.Expr, numbers: dict[str, int]) -> pl.Expr:
    """Turn names into their numbers; unknown ones become that of `""` where there is one, else null."""
    named = {name: number for name, number in numbers.items() if name}
    return values.replace_strict(named, default=numbers.get(""), return_dtype=pl.Int64)


@dataclass(frozen=True)
class PriceBook:
    """Every price list, ready to be searched.

    `rows`: one per PRICE row, in the order given: its columns with defaults filled in, its list's `crossing_rule`,
    `rounding_mode` and `rounding_decimals`, amounts as `..._micro` (Int64 millionths), and `unit_cost`: the price of
    one unit in millionths times `base` (Int128), a whole number because `base` is a multiple of every `price_unit`.
    `steps`: see `price_steps`. `cells`: `cell_key` (cell and first day, sorted), `row_no`, `ends_day`. `settled`: per
    cell its one row where that holds on all days that matter, -1 where none ever does, null where the day decides; None
    where cells are too many to list.
    """

    rows: pl.DataFrame
    steps: pl.DataFrame
    cells: pl.DataFrame
    base: int
    numbers: CellNumbers
    settled: pl.Series | None

    @cached_property
    def rounding(self) -> tuple[str, int] | None:
        """Rounding mode and decimals where all lists have the same."""
        ways = self.rows.select("rounding_mode", "rounding_decimals").unique().rows()
        return ways[0] if len(ways) == 1 else None

    @cached_property
    def _constants(self) -> dict[str, pl.Expr]:
        """Columns in which all rows agree: they need not be looked up."""
        one_value = [column for column in self.rows if column.n_unique() == 1]
        return {column.name: pl.lit(column.head(1)).first().alias(column.name) for column in one_value}

    def terms_of(self, row_no: pl.Series, *names: str) -> list[pl.Series | pl.Expr]:
        """Give columns of `rows` for some positions; what is said of a null position means nothing."""
        varying = [name for name in names if name not in self._constants]
        found = gathered(self.rows, row_no, *varying) if varying else []
        return [*found, *(self._constants[name] for name in names if name in self._constants)]

    def search(self, cells: pl.Series, days: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Find the row in force in each cell on each day (days since 1970).

        Returns the positions in `rows`, null where none is in force, and the day on which that changes next, null for
        never.
        """
        if self.settled is None:
            return self._search(cells, days)
        settled = self.settled.gather(cells)
        none = settled < 0
        row = settled.set(none, None) if none.any() else settled
        changes = pl.Series([None], dtype=pl.Int64).new_from_index(0, cells.len())
        asked = settled.is_null() & cells.is_not_null()
        if asked.any():
            found, changing = self._search(cells.filter(asked), days.filter(asked))
            row, changes = (old.scatter(asked.arg_true(), new) for old, new in ((row, found), (changes, changing)))
        return row, changes

    def _search(self, cells: pl.Series, days: pl.Series) -> tuple[pl.Series, pl.Series]:
        wanted = pl.select(keyed(pl.lit(cells), pl.lit(days), _DAY_BITS)).to_series()
        at = last_begun(self.cells["cell_key"], wanted)
        begun, ends, row = gathered(self.cells, at, "cell_key", "ends_day", "row_no")
        following = gathered(self.cells, (at + 1).set(at + 1 >= self.cells.height, None), "cell_key")[0]
        frame = pl.DataFrame({"cell": cells, "day": days, "begun": begun, "ends": ends, "row": row, "next": following})
        live = ((pl.col("begun") // (1 << _DAY_BITS) == pl.col("cell")) & (pl.col("ends") > pl.col("day"))).fill_null(
            value=False
        )
        same_next = pl.col("next") // (1 << _DAY_BITS) == pl.col("cell")
        begins_next = pl.when(same_next).then(pl.col("next") % (1 << _DAY_BITS))
        ends_live = pl.when(pl.col("ends") < _LAST_DAY).then(pl.col("ends"))
        answer = frame.select(
            pl.when(live).then(pl.col("row")).alias("row"),
            pl.when(live).then(ends_live).otherwise(begins_next).alias("changes"),
        )
        return answer["row"], answer["changes"]


def price_book(
    config: Mapping[str, pl.DataFrame], zones: Sequence[str], bands: Sequence[str], since: date, until: date
) -> PriceBook:
    """Make PRICE rows ready for the days `[since, until]`, by PRICE_LIST, TIER and ARTICLE rows.

    `zones` and `bands` are all that usage may lie in.
    """
    filled = _with_defaults(config["price"], config["price_list"], config["article"])
    base = common_unit(config)
    rows = filled.with_columns(
        *(to_micro(pl.col(name)).alias(name.replace("_per_unit", "") + "_micro") for name in _MONEY),
    ).with_columns(scaled(pl.col("price_micro"), pl.col("price_unit"), base).alias("unit_cost"))
    numbers = CellNumbers(
        *(
            {value: number for number, value in enumerate(sorted(values))}
            for values in (
                set(rows["price_list"]),
                {"", *rows["usage_kind"].drop_nulls()},
                {"", *rows["service"].drop_nulls()},
                {"", HOME, *rows["origin_zone"]} - {ANY},
                {*zones, *rows["zone_code"]},
                set(bands),
            )
        )
    )
    named = enumerated(rows, "price_list", "article_no", "currency", "vat_class", "revenue_account")
    cells = _cells(rows, numbers)
    return PriceBook(named, price_steps(rows, base), cells, base, numbers, _settled(cells, numbers, since, until))


def common_unit(config: Mapping[str, pl.DataFrame]) -> int:
    """Return the least common multiple of the price units of PRICE and TIER rows."""
    return lcm(1, *config["price"]["price_unit"].unique(), *config["tier"]["price_unit"].unique())


def scaled(price_micro: pl.Expr, price_unit: pl.Expr, base: int) -> pl.Expr:
    """Give the price of one unit as a whole number of `base`-ths of a millionth (Int128)."""
    return price_micro.cast(pl.Int128) * (pl.lit(base, pl.Int128) // price_unit.cast(pl.Int128))


def _with_defaults(prices: pl.DataFrame, price_lists: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    booked = articles.select("article_no", pl.col("vat_class", "revenue_account").name.prefix("_"))
    lists = price_lists.select("price_list", "crossing_rule", "rounding_mode", "rounding_decimals")
    return (
        prices.join(lists, on="price_list", how="left", maintain_order="left")
        .join(booked, on="article_no", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("vat_class", "_vat_class").alias("vat_class"),
            pl.coalesce("revenue_account", "_revenue_account").alias("revenue_account"),
            pl.col("origin_zone").fill_null(HOME),
            pl.col("fee_covers", "minimum_units").fill_null(0),
            pl.col("attempt_fee", "surcharge_percent").fill_null(0),
            (pl.col("fee_rule") == "deductible").fill_null(value=False).alias("is_deductible"),
            pl.col("crossing_rule").fill_null("increment_at_start").cast(CROSSING),
            pl.col("rounding_mode").fill_null("half_away_from_zero").cast(ROUNDING),
            pl.col("rounding_decimals").fill_null(CHARGE_DECIMALS),
            pl.col("steps").is_not_null().alias("has_steps"),
        )
        .drop("_vat_class", "_revenue_account")
        .with_row_index("row_no")
        .with_columns(pl.col("row_no").cast(pl.Int64))
    )


def _cells(rows: pl.DataFrame, numbers: CellNumbers) -> pl.DataFrame:
    """Spell out every row per cell, and keep on each day the row that names most."""
    day = {
        name: pl.col(column).cast(pl.Int32).cast(pl.Int64).clip(0, _LAST_DAY).fill_null(_LAST_DAY)
        for name, column in (("from_day", "valid_from"), ("to_day", "valid_to"))
    }
    rank = (
        pl.col("usage_kind").is_not_null().cast(pl.Int64) * 8
        + pl.col("service").is_not_null().cast(pl.Int64) * 4
        + (pl.col("origin_zone") != ANY).cast(pl.Int64) * 2
        + (pl.col("time_band") != ANY).cast(pl.Int64)
    )
    spelt = (
        rows.select(
            "row_no",
            *(expression.alias(name) for name, expression in day.items()),
            rank.alias("rank"),
            numbered(pl.col("price_list"), numbers.lists).alias("list_no"),
            numbered(pl.col("zone_code"), numbers.zones).alias("zone_no"),
            _choices(pl.col("usage_kind").fill_null(ANY), numbers.kinds).alias("kind_no"),
            _choices(pl.col("service").fill_null(ANY), numbers.services).alias("service_no"),
            _choices(pl.col("origin_zone"), numbers.origins).alias("origin_no"),
            _choices(pl.col("time_band"), numbers.bands).alias("band_no"),
        )
        .explode("kind_no")
        .explode("service_no")
        .with_columns((pl.col("kind_no") * len(numbers.services) + pl.col("service_no")).alias("service_no"))
        .explode("origin_no")
        .explode("band_no")
    )
    names = ("list_no", "service_no", "origin_no", "zone_no", "band_no")
    cell = numbers.cell_of(*(pl.col(name) for name in names)).alias("cell")
    return _one_row_a_day(spelt.select(cell, "from_day", "to_day", "rank", "row_no").drop_nulls("cell"))


def _settled(cells: pl.DataFrame, numbers: CellNumbers, since: date, until: date) -> pl.Series | None:
    """Tell which row holds in each cell on all days `[since, until]`: see `PriceBook`."""
    if numbers.count > _MOST_LISTED:
        return None
    first, last = ((day - date(1970, 1, 1)).days for day in (since, until))
    begins = pl.col("cell_key") % (1 << _DAY_BITS)
    matter = cells.with_columns(pl.col("cell_key") // (1 << _DAY_BITS), begins.alias("begins_day")).filter(
        (pl.col("begins_day") <= last) & (pl.col("ends_day") > first)
    )
    whole = matter.filter((pl.col("begins_day") <= first) & (pl.col("ends_day") > last))
    nothing = pl.Series([-1], dtype=pl.Int64).new_from_index(0, numbers.count)
    by_day = nothing.scatter(matter["cell_key"], None)
    return by_day.scatter(whole["cell_key"], whole["row_no"])


def _choices(value: pl.Expr, numbers: dict[str, int]) -> pl.Expr:
    """List the numbers that a value stands for: its own, or all of them for `*`."""
    own = value.replace_strict(numbers, default=None, return_dtype=pl.Int64)
    everything = pl.lit(pl.Series([list(numbers.values())], dtype=pl.List(pl.Int64))).first()
    return pl.when(value == ANY).then(everything).otherwise(pl.concat_list(own))


def _one_row_a_day(spelt: pl.DataFrame) -> pl.DataFrame:
    borders = pl.concat([spelt.select("cell", pl.col(day).alias("begins_day")) for day in ("from_day", "to_day")])
    parts = (
        borders.unique()
        .sort("cell", "begins_day")
        .with_columns(pl.col("begins_day").shift(-1).over("cell").alias("ends_day"))
        .drop_nulls("ends_day")
    )
    return (
        parts.join(spelt, on="cell")
        .filter((pl.col("from_day") <= pl.col("begins_day")) & (pl.col("ends_day") <= pl.col("to_day")))
        .sort("cell", "begins_day", "rank", "row_no")
        .unique(["cell", "begins_day"], keep="last", maintain_order=True)
        .select(
            keyed(pl.col("cell"), pl.col("begins_day"), _DAY_BITS).alias("cell_key"),
            pl.col("row_no").cast(pl.Int64),
            "ends_day",
        )
    )
