"""Who pays for a record, and on which terms: the calling number's contract in force when the record starts.

Everything that can change with a date (ownership of a number, plan, group, linked price lists) is laid out once per
night as spans of time in which nothing changes. A record then finds all of it with one search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from rating.interval_lookup import gathered, keyed, last_begun
from rating.local_calendar import MICROSECONDS
from rating.offers import usage_offer
from rating.time_bands import local_midnight
from schemas.policy import Operator

LIST_ORDER = ("customer_list", "group_list", "plan_list", "basic_list")
_SECOND_BITS = 34
_WHOLE_DIGITS, _LENGTHS = 17, 32


@dataclass(frozen=True)
class Contracts:
    """Spans of every number.

    `spans`: `span_key` (number and second, sorted), `begins_at`, `ends_at` (UTC, half-open, null while open),
    `subscription_id`, `account_id`, `account_bucket`, `billing_day`, `customer_id`, `customer_group`, `plan_code`,
    `reseller_code`, the four `LIST_ORDER` columns (price list or null), and `has_terms`: whether an allowance, offer or
    discount may apply, so that its records are priced in order.
    `numbers`: `a_number`, `whole_number` (its digits and their count as one, null for more than 17), `number_no`,
    `only_span` (position of its span, null where it has several or none). `held`: `held_key`, `held_to` of every
    ownership, with a plan or without.
    `offers`: `subscription_id`, `offer_from`, `offer_to`, `percent_off` of introductory offers on usage.
    `granted`: what `with_grants` was given last.
    """

    spans: pl.DataFrame
    numbers: pl.DataFrame
    held: pl.DataFrame
    offers: pl.DataFrame
    granted: pl.DataFrame | None = None

    def spans_of(self, numbers: pl.Series, moments: pl.Series) -> pl.Series:
        """Return the position in `spans` of the contract of each number at each moment, -1 where there is none."""
        asked = self._asked(numbers, moments)
        several = asked["only_span"].is_null() & asked["number_no"].is_not_null()
        found = asked["only_span"].fill_null(-1)
        if several.any():  # most numbers never changed hands, and need no search
            searched = last_begun(self.spans["span_key"], asked["wanted_key"].filter(several))
            found = found.scatter(several.arg_true(), searched)
        return _still_live(self.spans, "span_key", "ends_at", found, asked)

    def of_spans(self, positions: pl.Series, *names: str) -> list[pl.Series | pl.Expr]:
        """Give columns of `spans` at some positions, null for -1; a column without any value is not looked up."""
        empty = [name for name in names if self.spans[name].null_count() == self.spans.height]
        found = gathered(self.spans, positions, *(name for name in names if name not in empty))
        return [*found, *(pl.lit(None, self.spans.schema[name]).alias(name) for name in empty)]

    def on_lists(self, numbers: Mapping[str, int]) -> Contracts:
        """Add `list_1` to `list_4`, the numbers of the price lists in their order (null for none), once."""
        if "list_1" in self.spans.columns:
            return self
        numbered = (
            pl.col(name).replace_strict(numbers, default=None, return_dtype=pl.Int64).alias(f"list_{place}")
            for place, name in enumerate(LIST_ORDER, 1)
        )
        return replace(self, spans=self.spans.with_columns(numbered))

    def with_grants(self, grants: pl.DataFrame) -> Contracts:
        """Add `may_draw`, once: terms in force, or one of the `grants` (ALLOWANCE_GRANT columns) that outlives them."""
        if self.granted is grants:
            return self
        shared = pl.col("allowance_scope") == "shared"
        accounts, subscriptions = (
            grants.filter(kept)[name].unique().implode()
            for kept, name in ((shared, "account_id"), (~shared, "subscription_id"))
        )
        granted = pl.col("account_id").is_in(accounts) | pl.col("subscription_id").is_in(subscriptions)
        spans = self.spans.with_columns((pl.col("has_terms") | granted).alias("may_draw"))
        return replace(self, spans=spans, granted=grants)

    def are_held(self, numbers: pl.Series, moments: pl.Series) -> pl.Series:
        """Tell whether some subscription held each number at each moment, whether or not it had a plan then."""
        asked = self._asked(numbers, moments)
        found = last_begun(self.held["held_key"], asked["wanted_key"])
        return _still_live(self.held, "held_key", "held_to", found, asked) >= 0

    def _asked(self, numbers: pl.Series, moments: pl.Series) -> pl.DataFrame:
        wanted = keyed(pl.col("number_no"), pl.col("at").dt.epoch("us") // MICROSECONDS, _SECOND_BITS)
        found = self._numbers_of(numbers).with_columns(moments.alias("at"))
        return found.with_columns(wanted.alias("wanted_key"))

    def _numbers_of(self, numbers: pl.Series) -> pl.DataFrame:
        """Look up `number_no` and `only_span`, by whole numbers where the digits allow: text takes twice as long."""
        asked = pl.DataFrame({"a_number": numbers}).with_columns(_as_whole(pl.col("a_number")).alias("whole_number"))
        key = "whole_number" if asked["whole_number"].null_count() == 0 else "a_number"
        known = self.numbers.select(key, "number_no", "only_span")
        return asked.select(key).join(known, on=key, how="left", maintain_order="left")


def _as_whole(number: pl.Expr) -> pl.Expr:
    """Turn digits into a whole number that tells their count too; null for more than 17 of them."""
    few = number.str.len_bytes() <= _WHOLE_DIGITS
    return pl.when(few).then(number.cast(pl.Int64, strict=False) * _LENGTHS + number.str.len_bytes().cast(pl.Int64))


def _still_live(rows: pl.DataFrame, key: str, ends: str, found: pl.Series, asked: pl.DataFrame) -> pl.Series:
    """Keep the positions of rows that belong to the number asked for, have begun and have not ended."""
    begun, ended = gathered(rows, found, key, ends)
    same = (begun // (1 << _SECOND_BITS)) == asked["number_no"]
    live = same & (begun <= asked["wanted_key"]) & (ended.is_null() | (ended > asked["at"]))
    return found.set(~live.fill_null(value=False), -1)


def contract_spans(
    register: Mapping[str, pl.DataFrame], config: Mapping[str, pl.DataFrame], operator: Operator
) -> Contracts:
    """Lay out the contracts of every number.

    `register` holds CUSTOMER, ACCOUNT, SUBSCRIPTION and NUMBER_ASSIGNMENT rows, `config` the configuration tables, each
    by the table's name.
    """
    held = register["number_assignment"].select(
        "a_number", pl.col("owned_from").alias("begins_at"), pl.col("owned_to").alias("ends_at"), "subscription_id"
    )
    planned = _on_plan(held, register, operator.time_zone)
    offers = usage_offer(register["subscription"], config["offer"])
    listed = _with_lists(_cut(planned, config, operator.time_zone), config, operator.time_zone)
    spans = _with_terms(listed, config, offers)
    numbers = held.select("a_number").unique().sort("a_number").with_row_index("number_no")
    numbers = numbers.with_columns(pl.col("number_no").cast(pl.Int64))
    keyed_spans = _by_key(spans, numbers, "span_key")
    return Contracts(
        keyed_spans,
        _with_only_span(numbers, keyed_spans),
        _by_key(held.with_columns(pl.col("ends_at").alias("held_to")), numbers, "held_key").select(
            "held_key", "held_to"
        ),
        offers.select("subscription_id", "offer_from", "offer_to", "percent_off"),
    )


def _by_key(rows: pl.DataFrame, numbers: pl.DataFrame, name: str) -> pl.DataFrame:
    # Nobody called before 1970, and nobody will after 2514: what begins beyond must stay within its number's keys.
    since = pl.col("begins_at").dt.epoch("s").clip(0, (1 << _SECOND_BITS) - 1)
    key = keyed(pl.col("number_no"), since, _SECOND_BITS)
    return rows.join(numbers, on="a_number").with_columns(key.alias(name)).sort(name)


def _with_only_span(numbers: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    places = spans.select("a_number", pl.int_range(pl.len(), dtype=pl.Int64).alias("only_span"))
    single = places.filter(pl.col("a_number").is_unique())
    whole = numbers.with_columns(_as_whole(pl.col("a_number")).alias("whole_number"))
    return whole.join(single, on="a_number", how="left", maintain_order="left")


def _on_plan(held: pl.DataFrame, register: Mapping[str, pl.DataFrame], time_zone: str) -> pl.DataFrame:
    """Cut ownership by the versions of its subscription, and add account and customer."""
    versions = register["subscription"].with_columns(
        local_midnight(pl.col("service_from"), time_zone).alias("version_from"),
        local_midnight(pl.col("service_to"), time_zone).alias("version_to"),
    )
    accounts = register["account"].select("account_id", "account_bucket", "customer_id", "reseller_code", "billing_day")
    customers = register["customer"].select("customer_id", "customer_category")
    begins = pl.max_horizontal("begins_at", "version_from")
    ends = pl.min_horizontal("ends_at", "version_to")
    return (
        held.join(versions, on="subscription_id")
        .with_columns(begins.alias("begins_at"), ends.alias("ends_at"))
        .filter(pl.col("ends_at").is_null() | (pl.col("begins_at") < pl.col("ends_at")))
        .join(accounts, on="account_id")
        .join(customers, on="customer_id", how="left")
        .drop("version_from", "version_to", "service_from", "service_to")
        .with_row_index("_span")
    )


def _cut(spans: pl.DataFrame, config: Mapping[str, pl.DataFrame], time_zone: str) -> pl.DataFrame:
    """Cut spans where a link of theirs begins or ends."""
    links, groups = config["price_list_link"], config["customer_group"]
    own = pl.concat(
        [
            *(
                links.filter(pl.col("link_scope") == "customer").select(
                    pl.col("link_to").cast(pl.Int64).alias("customer_id"), pl.col(day).alias("day")
                )
                for day in ("valid_from", "valid_to")
            ),
            *(groups.select("customer_id", pl.col(day).alias("day")) for day in ("valid_from", "valid_to")),
        ]
    )
    days = pl.concat(
        [links.select("link_scope", "link_to", pl.col(day).alias("day")) for day in ("valid_from", "valid_to")]
    )
    of_plan = days.filter(pl.col("link_scope") == "plan").select(pl.col("link_to").alias("plan_code"), "day")
    of_group = days.filter(pl.col("link_scope") == "group").select(pl.col("link_to").alias("customer_group"), "day")
    may_be_in = pl.concat(
        [
            groups.select("customer_id", "customer_group"),
            spans.select("customer_id", pl.col("customer_category").alias("customer_group")),
        ]
    ).unique()
    own = pl.concat([own, may_be_in.join(of_group, on="customer_group").select("customer_id", "day")])
    everywhere = days.filter(pl.col("link_scope") == "basic").select("day").unique()
    touched = pl.concat(
        [
            spans.select("_span", "customer_id").join(own, on="customer_id").select("_span", "day"),
            spans.select("_span", "plan_code").join(of_plan, on="plan_code").select("_span", "day"),
            spans.select("_span").join(everywhere, how="cross"),
        ]
    ).drop_nulls()
    borders = touched.unique().with_columns(local_midnight(pl.col("day"), time_zone).alias("border_at")).drop("day")
    inside = (
        borders.join(spans, on="_span")
        .filter(
            (pl.col("border_at") > pl.col("begins_at"))
            & (pl.col("ends_at").is_null() | (pl.col("border_at") < pl.col("ends_at")))
        )
        .with_columns(pl.col("border_at").alias("begins_at"))
        .select(spans.columns)
    )
    following = pl.col("begins_at").shift(-1).over("_span")
    return (
        pl.concat([spans, inside])
        .sort("_span", "begins_at")
        .with_columns(pl.coalesce(following, pl.col("ends_at")).alias("ends_at"))
        .drop("_span")
    )


def _with_lists(spans: pl.DataFrame, config: Mapping[str, pl.DataFrame], time_zone: str) -> pl.DataFrame:
    """Add the group and the lists in force on the first day of each span; they hold for all of it."""
    links = config["price_list_link"]
    dated = spans.with_columns(pl.col("begins_at").dt.convert_time_zone(time_zone).dt.date().alias("day"))
    grouped = in_force(dated, config["customer_group"], "customer_id", "customer_group").with_columns(
        pl.coalesce("customer_group", "customer_category").alias("customer_group"),
        pl.col("customer_id").cast(pl.String).alias("customer"),
        pl.lit("*").alias("basic"),
    )
    for scope, key in (
        ("customer", "customer"),
        ("group", "customer_group"),
        ("plan", "plan_code"),
        ("basic", "basic"),
    ):
        own = links.filter(pl.col("link_scope") == scope).select(
            pl.col("link_to").alias(key), pl.col("price_list").alias(f"{scope}_list"), "valid_from", "valid_to"
        )
        grouped = in_force(grouped, own, key, f"{scope}_list")
    plans = config["plan"].select("plan_code", pl.col("price_list").alias("_of_plan"))
    return (
        grouped.join(plans, on="plan_code", how="left")
        .with_columns(pl.coalesce("plan_list", "_of_plan").alias("plan_list"))
        .drop("_of_plan", "customer", "basic", "day")
    )


def _with_terms(spans: pl.DataFrame, config: Mapping[str, pl.DataFrame], offers: pl.DataFrame) -> pl.DataFrame:
    """Tell which contracts may have terms that depend on what was used before."""
    links = pl.concat(
        [config[name].select("link_scope", "link_to") for name in ("allowance_link", "discount")]
    ).unique()
    keys = {
        "customer": pl.col("customer_id").cast(pl.String),
        "group": pl.col("customer_group"),
        "plan": pl.col("plan_code"),
        "subscription": pl.col("subscription_id").cast(pl.String),
    }
    linked = pl.any_horizontal(
        pl.lit(links["link_scope"].is_in(["all"]).any()),
        *(key.is_in(links.filter(pl.col("link_scope") == scope)["link_to"].implode()) for scope, key in keys.items()),
    )
    offered = pl.col("subscription_id").is_in(offers["subscription_id"].unique().implode())
    has_terms = linked | offered
    if (config["allowance"]["allowance_scope"] == "shared").any():
        has_terms = has_terms.any().over("account_id")  # all of an account draw on what one of them brings
    return spans.with_columns(has_terms.alias("has_terms"), pl.col("reseller_code").cast(pl.Categorical))


def in_force(rows: pl.DataFrame, dated: pl.DataFrame, key: str, value: str) -> pl.DataFrame:
    """Add `value` of the row of `dated` (key, value, valid_from, valid_to) in force on `day`, null where none is.

    Rows of one key do not overlap; the configuration is refused where they do.
    """
    matched = (
        rows.with_row_index("_at")
        .sort("day")
        .join_asof(
            dated.select(key, value, "valid_from", "valid_to").sort("valid_from"),
            left_on="day",
            right_on="valid_from",
            by=key,
            strategy="backward",
            check_sortedness=False,
        )
        .sort("_at")
    )
    ended = (pl.col("valid_to") <= pl.col("day")).fill_null(value=False)
    live = pl.when(~ended).then(pl.col(value)).alias(value)
    return matched.with_columns(live).drop("_at", "valid_from", "valid_to", strict=False)
