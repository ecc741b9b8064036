"""What a record costs: the order of the steps, written in this one place. The rules themselves: docs/rating.md.

1. **Who pays**: the contract of the calling number at the start gives the subscription and its price lists.
2. **Where to**: relation, special number or longest prefix gives the zone.
3. **How much, at which price**: increments are laid over the record; each part has the price row in force.
4. **The fee's units**, then **allowances**, take units off: first what is paid already, then what is included. Only the
   rest is priced, where it lies on the grid of the original call. Before the fee and the minimum, because a call that
   is included must not be paid by its minimum charge.
5. **Connect fee, minimum, maximum, surcharge** of the row of the start: its own terms, on what is left.
6. **Introductory offer, then discounts**: promises are about the price that the list names.
7. **Rounding**, once: rounding each part would add up to another price than the one announced.
8. **Money allowances** take off the rounded charge: what a customer sees used is what a call costs.

Steps 1 to 3, 5 and 7 need nothing but the record. Steps 4, 6 and 8 (`rating.terms_of_contract`) draw on what was used
before; records of subscriptions with such terms are priced in order, everything of a customer together.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from rating.balances import Balances
from rating.charge_amount import TERMS, Fraction, priced_by_terms, usage_cost
from rating.contracts import LIST_ORDER, Contracts
from rating.destinations import with_relations, with_zones
from rating.interval_lookup import gathered
from rating.tariff import Tariff
from rating.terms_of_contract import draw_terms
from rating.usage_parts import LISTS, Laid, lay_increments
from schemas.checked import Checked, first_reason
from schemas.coded_text import USAGE_CODES, coded, plain
from schemas.money import CHARGE, divide_half_away, from_micro
from schemas.tables import RATED_USAGE

_CONTRACT = ("subscription_id", "account_id", "account_bucket", "customer_id", *LISTS)
_PRICED = ("attempt_fee_micro", "tier_code", "cost_micro", "price_unit", *TERMS)
# What only laying increments needs.
_LAID = ("begins_us", "band_at", "quantity", "is_call", "service_no", "origin_no", "zone_no", "zone_at", *LISTS)
_BOOKED = ("price_list", "valid_from", "article_no", "currency", "connect_fee", "vat_class", "revenue_account")
RESULT = [
    *(name for name in RATED_USAGE.names if name not in {"rated_batch", "first_batch", "rated_on"}), "reseller_code",
]  # fmt: skip


class Rated(NamedTuple):
    """Records in = accepted + rejected + deferred + free, always.

    `accepted`: RATED_USAGE columns but those of the batch, and `reseller_code`; texts of few values are categories
    (`schemas.coded_text`). `rejected`: USAGE columns, `reason_code`, `reason_text`. `deferred`: USAGE columns,
    `customer_id` and `span_no` (position of its contract). `free`: number of records that cost nothing by the policy's
    treatment. The uses have the columns of their tables but the batch's.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    deferred: pl.DataFrame
    free: int
    allowance_use: pl.DataFrame
    tier_use: pl.DataFrame
    discount_use: pl.DataFrame


def quantity() -> pl.Expr:
    """Return a record's quantity in the unit of its kind: seconds, bytes, messages or events."""
    kind = pl.col("usage_kind")
    return pl.when(kind == "call").then("duration_s").when(kind == "data").then("volume_bytes").otherwise("event_count")


def is_billable() -> pl.Expr:
    """Only what was answered and has a quantity is priced by its units."""
    return (pl.col("outcome") == "answered") & (quantity() > 0)


def treatment(tariff: Tariff) -> pl.Expr:
    """Name what the policy does with usage that is not billable: free, attempt_fee or rejected."""
    rules = tariff.rules
    return (
        pl.when(pl.col("outcome") == "failed").then(pl.lit(rules.failed))
        .when(pl.col("outcome") == "unanswered").then(pl.lit(rules.unanswered))
        .when(quantity() < 0).then(pl.lit(rules.negative))
        .otherwise(pl.lit(rules.zero_quantity))
    )  # fmt: skip


def is_chargeable(tariff: Tariff) -> pl.Expr:
    """What is billable has a price; of the rest only what the policy asks the attempt fee for."""
    rules = tariff.rules
    if "attempt_fee" not in {rules.failed, rules.unanswered, rules.negative, rules.zero_quantity}:
        return is_billable()
    return is_billable() | (treatment(tariff) == "attempt_fee")


def charge_usage(
    usage: pl.DataFrame,
    contracts: Contracts,
    tariff: Tariff,
    balances: Balances,
    *,
    in_order: bool = True,
    spans: pl.Series | None = None,
) -> Rated:
    """Price USAGE rows.

    Rejected as UNKNOWN_A_NUMBER, NO_PLAN, NO_ZONE or NO_PRICE. Records are priced in order of their start, then of
    their id, whatever the order given. With `in_order` false those whose order matters are left to be priced later,
    together with all others of their customer (`deferred`, which knows the `spans` of its contracts already).
    """
    usage = coded(usage, USAGE_CODES)
    contracts = contracts.on_lists(tariff.book.numbers.lists).with_grants(balances.grants)
    spans = contracts.spans_of(usage["a_number"], usage["started_at"]) if spans is None else spans
    chargeable = usage.select(is_chargeable(tariff)).to_series()
    # Whose price may depend on what was used before.
    has_terms = gathered(contracts.spans, spans, "may_draw")[0].fill_null(value=False).alias("has_terms")
    waits = chargeable & has_terms & (not in_order)
    located = locate(usage.with_columns(has_terms), spans, contracts, tariff, chargeable & ~waits)
    laid = lay_increments(located, tariff.book, tariff.calendar)
    priced = with_price_row(located, laid, tariff)
    judged = _judge(priced, contracts)
    accepted = judged.accepted
    late = accepted["tier_code"].is_not_null() & ~accepted["is_attempt"]
    if not in_order and late.any():
        waits = waits | _marked(usage.height, accepted.filter(late)["_usage_row"])
        accepted = accepted.filter(~late)
    listed = with_list_amount(accepted, laid.parts, tariff)
    drawn = draw_terms(listed, laid.parts, contracts, tariff, balances)
    return Rated(
        accepted=_result(drawn.records, contracts, tariff),
        rejected=plain(usage[judged.rejected["_usage_row"]]).with_columns(
            judged.rejected.select("reason_code", "reason_text")
        ),
        deferred=_deferred(usage, spans, waits, contracts),
        free=usage.height - int(chargeable.sum()),
        allowance_use=drawn.allowance_use,
        tier_use=drawn.tier_use,
        discount_use=drawn.discount_use,
    )


def _deferred(usage: pl.DataFrame, spans: pl.Series, waits: pl.Series, contracts: Contracts) -> pl.DataFrame:
    waiting = usage.with_columns(spans.alias("span_no")).filter(waits)
    return waiting.with_columns(gathered(contracts.spans, waiting["span_no"], "customer_id"))


def _marked(height: int, positions: pl.Series) -> pl.Series:
    return pl.select(pl.int_range(height).is_in(positions.implode())).to_series()


def locate(
    usage: pl.DataFrame, spans: pl.Series, contracts: Contracts, tariff: Tariff, chosen: pl.Series
) -> pl.DataFrame:
    """Find zones, price lists and the local date of the `chosen` records: all that `lay_increments` needs.

    `spans`: positions of the records' contracts. `_usage_row` is a record's position in `usage`, `_row` in what is
    returned.
    """
    needed = usage.drop("record_no", "line_no", "received_on")
    asked = needed if chosen.all() else needed.filter(chosen)
    own = spans if chosen.all() else spans.filter(chosen)
    band_at = tariff.calendar.at(asked["started_at"].dt.epoch("us"))
    day_no = gathered(tariff.calendar.bands, band_at, "day_no")[0]
    located = with_zones(asked.with_columns((~is_billable()).alias("is_attempt")), tariff).with_columns(
        *contracts.of_spans(own, *_CONTRACT),
        own.alias("span_no"),
        chosen.arg_true().cast(pl.Int64).alias("_usage_row"),
        band_at.alias("band_at"),
        pl.col("started_at").dt.epoch("us").alias("begins_us"),
        day_no.cast(pl.Int32).cast(pl.Date).alias("started_on"),
        pl.when("is_attempt").then(pl.lit(1, pl.Int64)).otherwise(quantity()).alias("quantity"),
        ((pl.col("usage_kind") == "call") & ~pl.col("is_attempt")).alias("is_call"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("_row"),
    )
    return with_relations(located, contracts, tariff)


def with_price_row(records: pl.DataFrame, laid: Laid, tariff: Tariff) -> pl.DataFrame:
    """Add what `lay_increments` found and the terms of the price row of the start; an attempt has no units."""
    rows = tariff.book.terms_of(laid.priced["row_no"], *_PRICED)
    priced = records.drop(_LAID).with_columns(*laid.priced.drop("_row"), *rows)
    if not priced["is_attempt"].any():
        return priced
    return priced.with_columns(pl.when("is_attempt").then(0).otherwise("billed_units").alias("billed_units"))


def with_list_amount(records: pl.DataFrame, parts: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    """Add `list_micro`, the amount by the price row alone in millionths (of an attempt its fee), and `list_amount`."""
    cost = usage_cost(records, parts, "fee_covers").alias("_cost")
    listed = priced_by_terms(pl.col("_cost"), tariff.book).rounded(tariff.book)
    if records["is_attempt"].any():
        fee = Fraction(pl.col("attempt_fee_micro").cast(pl.Int128), 1).rounded(tariff.book)
        listed = pl.when("is_attempt").then(fee).otherwise(listed)
    priced = records.with_columns(cost).with_columns(listed.alias("list_micro")).drop("_cost")
    return priced.with_columns(from_micro(pl.col("list_micro")).alias("list_amount"))


def _judge(priced: pl.DataFrame, contracts: Contracts) -> Checked:
    """Set aside every record that cannot be priced, with its reason."""
    faulty = priced.filter(~pl.col("is_priced"))
    if faulty.is_empty():
        return Checked(priced, faulty.with_columns(pl.lit("").alias("reason_code"), pl.lit("").alias("reason_text")))
    held = contracts.are_held(faulty["a_number"], faulty["started_at"])
    names = gathered(contracts.spans, faulty["span_no"], *LIST_ORDER)
    lists = pl.concat_str([pl.col(name) for name in LIST_ORDER], separator=", ", ignore_nulls=True)
    rejected = faulty.with_columns(held.alias("_held"), *names).with_columns(
        first_reason(
            (
                pl.col("subscription_id").is_null() & ~pl.col("_held"),
                "UNKNOWN_A_NUMBER",
                pl.format(
                    "no subscription held the calling number at {}; a sign-up effective then lets it be priced",
                    pl.col("started_at").dt.strftime("%Y-%m-%d %H:%M:%S UTC"),
                ),
            ),
            (
                pl.col("subscription_id").is_null(),
                "NO_PLAN",
                pl.format("the subscription of the calling number had no plan in force on {}", "started_on"),
            ),
            (
                pl.col("zone_code").is_null(),
                "NO_ZONE",
                pl.format("no prefix of zones.csv begins {}...; add one", pl.col("b_number").str.slice(0, 6)),
            ),
            (
                ~pl.col("is_priced"),
                "NO_PRICE",
                pl.format(
                    "no price list of the customer ({}) has a price for zone {} from {} during the whole record on {}; "
                    "add a row to prices.csv",
                    lists, "zone_code", "origin_zone", "started_on",
                ),
            ),
        )
    )  # fmt: skip
    return Checked(priced.filter("is_priced"), rejected)


def _result(records: pl.DataFrame, contracts: Contracts, tariff: Tariff) -> pl.DataFrame:
    """Shape priced records as RATED_USAGE."""
    rows = tariff.book.rows
    cost: pl.Expr = pl.lit(None, CHARGE)
    if rows["cost_micro"].null_count() < rows.height:
        exact = pl.col("billed_units").cast(pl.Int128) * pl.col("cost_micro")
        whole = divide_half_away(exact, pl.col("price_unit").cast(pl.Int128)).cast(pl.Int64)
        cost = pl.when(~pl.col("is_attempt")).then(from_micro(whole))
    sold = pl.lit(None, pl.Categorical).alias("reseller_code")
    if contracts.spans["reseller_code"].null_count() < contracts.spans.height:
        sold = pl.lit(gathered(contracts.spans, records["span_no"], "reseller_code")[0])
    shaped = records.with_columns(
        *gathered(tariff.calendar.bands, records["band_at"], "time_band"),
        sold,
        *tariff.book.terms_of(records["row_no"], *_BOOKED),
        cost.alias("cost_amount"),
    )
    return shaped.select(pl.col("valid_from").alias(name) if name == "price_from" else pl.col(name) for name in RESULT)
