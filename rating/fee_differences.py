"""What is booked of fees: the difference between what they come to and what is charged, per line key.

A line key names what a fee is for; its charges add up to the fee. The first is `recurring:<key>`, later ones have a
number behind it. Nothing changed, nothing booked; run twice is run once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from schemas.money import CHARGE as CHARGE_TYPE
from schemas.money import sum_charges
from schemas.tables import CHARGE

CHARGED = (
    "charge_id", "line_key", "account_id", "account_bucket", "subscription_id", "article_no", "service_from",
    "service_to", "quantity", "used_days", "full_days", "amount_ex_vat", "currency",
)  # fmt: skip
_FIELDS = ("plan_code", "version_from", "period_from", "period_to", "price_from")
_PERIOD = ["subscription_id", "plan_code", "version_from", "period_from", "period_to"]
_SAME_LINE = (
    "account_id",
    "account_bucket",
    "subscription_id",
    "article_no",
    "quantity",
    "used_days",
    "full_days",
    "currency",
)
_SUMMED = ["line_key", *_SAME_LINE, "amount", "charges", "paid_from", "paid_to"]


@dataclass(frozen=True)
class ChargedFees:
    """What is charged of fees that reach into the open window, added up per line key.

    `keys`: `line_key`, its fields, `amount`, `charges` (how many), `paid_from`, `paid_to` and the first charge's
    account, article, quantity, days and currency. `periods`: the periods of versions that fees are charged for, with
    `paid_to`. `begun_late`: lines first charged from a day after version, period and price begin (`paid_from`).
    `subscriptions`: those that any fee was charged for, in the window or before.
    """

    keys: pl.DataFrame
    periods: pl.DataFrame
    begun_late: pl.DataFrame
    subscriptions: pl.Series

    def having(self, condition: pl.Expr) -> ChargedFees:
        """Keep the keys for which a condition holds."""
        return replace(self, keys=self.keys.filter(condition))

    def without(self, faults: pl.DataFrame) -> ChargedFees:
        """Leave out the keys of fees that cannot be told tonight (FEE_FAULT rows)."""
        fault = ["subscription_id", "plan_code", "period_from"]
        return replace(self, keys=self.keys.join(faults.select(fault), on=fault, how="anti"))


def charged_fees(charges: pl.DataFrame, subscriptions: pl.Series) -> ChargedFees:
    """Add up recurring charges (`CHARGED` columns) that have a line key; `subscriptions`: see `ChargedFees`."""
    is_alone = charges["line_key"].is_unique()
    keys = with_key_fields(pl.concat([_alone(charges.filter(is_alone)), _added_up(charges.filter(~is_alone))]))
    begins = pl.max_horizontal("version_from", "period_from", "price_from")
    late = keys.filter(pl.col("paid_from") > begins).select(*_PERIOD, "price_from", "paid_from")
    paid = keys.filter(pl.col("amount") > 0).group_by(_PERIOD).agg(pl.col("paid_to").max())
    return ChargedFees(keys, paid, late.unique(), subscriptions)


def _alone(charges: pl.DataFrame) -> pl.DataFrame:
    """Lay out charges that are the only ones of their keys, as most are."""
    return charges.select(
        "line_key", *_SAME_LINE, pl.lit(1, pl.Int64).alias("charges"), amount="amount_ex_vat", paid_from="service_from",
        paid_to="service_to",
    ).select(_SUMMED)  # fmt: skip


def _added_up(charges: pl.DataFrame) -> pl.DataFrame:
    """Add up the charges of each key, in the order they were made."""
    in_order = charges.select(CHARGED).sort("line_key", pl.col("charge_id").str.len_bytes(), "charge_id")
    # A charge that takes back the end of its line leaves it where it begins itself.
    gives_back = (pl.col("amount_ex_vat") < 0) & (pl.col("service_from") > pl.col("service_from").first())
    ended = pl.when(gives_back).then("service_from").otherwise("service_to").last()
    summed = in_order.group_by("line_key", maintain_order=True).agg(
        pl.col(_SAME_LINE).first(),
        sum_charges(pl.col("amount_ex_vat")).alias("amount"),
        pl.len().cast(pl.Int64).alias("charges"),
        pl.col("service_from").first().alias("paid_from"),
        ended.alias("paid_to"),
    )
    return summed.select(_SUMMED)


def with_key_fields(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the fields of `line_key`: plan, version, period, and the first day of the price, null where undated."""
    fields = pl.col("line_key").str.split_exact(":", 5).struct
    period = fields.field("field_4")  # two days of ten letters each, and a stroke between them
    days = {
        "version_from": fields.field("field_3"),
        "period_from": period.str.head(10),
        "period_to": period.str.tail(10),
        "price_from": fields.field("field_5"),
    }
    return rows.with_columns(
        fields.field("field_1").alias("plan_code"),
        *(text.str.to_date("%Y-%m-%d").alias(name) for name, text in days.items()),
    )


def fee_differences(lines: pl.DataFrame, charged: ChargedFees, articles: pl.DataFrame, since: date) -> pl.DataFrame:
    """Charge what lines (`recurring_fees.ProposedFees.lines`) come to beyond what is charged of them.

    A line is open while it, as charged or as it is now, reaches beyond `since`, or while its subscription was never
    charged a fee; one that is not due and not charged waits. Days of a difference are those that make it, where the
    line has become longer or shorter. Returns CHARGE rows without `charged_on`, sorted by `charge_id`.
    """
    now = lines.select(
        "line_key", *_SAME_LINE, "amount_ex_vat", "part_from", "part_to", "is_due",
    )  # fmt: skip
    both = now.join(charged.keys.drop(_FIELDS), on="line_key", how="full", coalesce=True, suffix="_before")
    is_new = ~pl.col("subscription_id").is_in(charged.subscriptions.implode())
    is_open = is_new | (pl.max_horizontal("part_to", "paid_to") > since)
    zero = pl.lit(0).cast(CHARGE_TYPE)
    difference = pl.col("amount_ex_vat").fill_null(zero) - pl.col("amount").fill_null(zero)
    changed = (
        both.with_columns(pl.coalesce(name, f"{name}_before").alias(name) for name in _SAME_LINE)
        .with_columns(difference.cast(CHARGE_TYPE).alias("amount_ex_vat"))
        .filter((pl.col("amount_ex_vat") != 0) & is_open & (pl.col("is_due") | pl.col("charges").is_not_null()))
    )
    dated = changed.with_columns(*_days_that_differ())
    zeros = (pl.lit(0, pl.Int64).alias(name) for name in ("duration_s", "volume_bytes", "included_units"))
    again = pl.when(pl.col("charges").is_not_null()).then(pl.format(":{}", pl.col("charges") + 1)).otherwise(pl.lit(""))
    charges = (
        dated.with_columns(
            pl.concat_str(pl.lit("recurring:"), "line_key", again).alias("charge_id"),
            pl.lit("recurring").alias("charge_kind"),
            pl.when(pl.col("is_part"))
            .then(_days("service_from", "service_to"))
            .otherwise("used_days")
            .alias("used_days"),
            *zeros,
        )
        .join(articles.select("article_no", "vat_class", "revenue_account"), on="article_no", how="left")
        .with_columns(pl.lit(None, pl.String).alias("usage_kind"))
    )
    return charges.select([name for name in CHARGE.names if name != "charged_on"]).sort("charge_id")


def _days(since: str, until: str) -> pl.Expr:
    return (pl.col(until) - pl.col(since)).dt.total_days()


def _days_that_differ() -> tuple[pl.Expr, ...]:
    """Return the days of a difference, and whether they are a part of the line that it gained or lost."""
    is_part = (pl.col("part_from") == pl.col("paid_from")) & (pl.col("part_to") != pl.col("paid_to"))
    is_part = is_part.fill_null(value=False)
    begins = pl.when(is_part).then(pl.min_horizontal("part_to", "paid_to"))
    ends = pl.max_horizontal("part_to", "paid_to")
    return (
        begins.otherwise(pl.min_horizontal("part_from", "paid_from")).alias("service_from"),
        ends.alias("service_to"),
        is_part.alias("is_part"),
    )
