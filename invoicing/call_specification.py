"""Itemised calls: which records an invoice's lines are made of, as their subscriber may see them.

The end of called numbers is masked, and calls to free and helpline numbers are left out, because whoever reads the
invoice may not be who called. What is left out, and what re-rating changed of earlier invoices, is summed in rows that
close a subscription's part, so that rows add up to the invoice's lines before these are rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from schemas.money import AMOUNT, sum_charges
from schemas.money import CHARGE as CHARGE_TYPE

MASK = "x"
LEFT_OUT_KINDS = ("free", "emergency")  # of special numbers
MAIN_PLAN = "main"
ROW_SCHEMA = pl.Schema(
    {
        "invoice_no": pl.Int64(), "entry_no": pl.Int64(), "row_kind": pl.String(), "specified_for": pl.String(),
        "subscription_id": pl.Int64(), "started_at": pl.Datetime("us"), "b_number": pl.String(),
        "zone_name": pl.String(), "usage_kind": pl.String(), "units": pl.Int64(), "is_included": pl.Boolean(),
        "amount_ex_vat": CHARGE_TYPE,
    }
)  # fmt: skip


@dataclass(frozen=True)
class SpecificationRules:
    """How records are shown.

    The operator's `time_zone`, calling code and national prefix; how many of a called number's last digits are masked;
    the zones whose calls are left out.
    """

    time_zone: str
    calling_code: str
    national_prefix: str
    masked_digits: int
    left_out_zones: frozenset[str]


class CallSpecification(NamedTuple):
    """Itemised records (`ROW_SCHEMA`), and per line of usage or adjustment how they come to its amount.

    `row_kind` of a row: record, not_itemised or adjustment; the latter two close a subscription's part and have no
    time. Last come rows of kind rounding, of nobody (`specified_for` is empty), `zone_name` the text of their line:
    with them all rows of a line add up to it. `sums`: invoice_no, entry_no, line_text, itemised_amount,
    not_itemised_amount, rounding_amount, net_amount; the three between add up to the last.
    """

    rows: pl.DataFrame
    sums: pl.DataFrame


def left_out_zones(special_numbers: pl.DataFrame, helpline_zones: tuple[str, ...]) -> frozenset[str]:
    """Return the zones whose calls are never itemised: of free and emergency SPECIAL_NUMBER rows, and of helplines."""
    hidden = special_numbers.filter(pl.col("number_kind").is_in(LEFT_OUT_KINDS))["zone_code"]
    return frozenset([*hidden, *helpline_zones])


def zone_names(zone_prefixes: pl.DataFrame) -> pl.DataFrame:
    """Return `zone_code` and `zone_name`, as the operator's own numbering plan names it where it does."""
    is_other = pl.col("numbering_plan").fill_null(MAIN_PLAN) != MAIN_PLAN
    in_order = zone_prefixes.select("zone_code", "zone_name", is_other.alias("_other")).sort(pl.all())
    return in_order.unique("zone_code", keep="first", maintain_order=True).drop("_other")


def call_specification(
    records: pl.DataFrame,
    charges: pl.DataFrame,
    lines: pl.DataFrame,
    zones: pl.DataFrame,
    labels: pl.DataFrame,
    rules: SpecificationRules,
) -> CallSpecification:
    """Itemise the usage of invoices.

    `charges`: BILLED_CHARGE columns, with `charge_kind` (usage or adjustment) and `subscription_id`; `records`:
    RATED_USAGE rows of those of usage, with their `charge_id`; `lines`: INVOICE_LINE rows of these invoices; `zones`
    from `zone_names`; `labels`: `subscription_id` and `specified_for`, what a subscription's part is headed by.
    """
    place = charges.select("charge_id", "invoice_no", "entry_no")
    placed = records.join(place, on="charge_id").join(zones, on="zone_code", how="left")
    hidden = pl.col("zone_code").is_in(sorted(rules.left_out_zones))
    is_shown = ~hidden & ((pl.col("billed_units") > 0) | (pl.col("amount_ex_vat") != 0))
    shown = placed.filter(is_shown).select(*_record_columns(rules))
    closing = [
        _closing(placed.filter(~is_shown), "not_itemised"),
        _closing(charges.filter(pl.col("charge_kind") == "adjustment"), "adjustment"),
    ]
    rows = pl.concat([shown, *closing], how="diagonal").join(labels, on="subscription_id", how="left")
    named = rows.with_columns(pl.col("specified_for").fill_null(""), pl.col("is_included").fill_null(value=False))
    order = pl.col("row_kind").replace_strict({"record": 0, "not_itemised": 1, "adjustment": 2}, return_dtype=pl.Int64)
    in_order = named.sort("invoice_no", "specified_for", "subscription_id", order, "started_at", "_key", "entry_no")
    complete = in_order.select(ROW_SCHEMA.names()).cast(ROW_SCHEMA)
    sums = _sums(complete, lines)
    last = pl.col("row_kind") == "rounding"
    return CallSpecification(pl.concat([complete, _rounding(sums)]).sort("invoice_no", last, maintain_order=True), sums)


def _rounding(sums: pl.DataFrame) -> pl.DataFrame:
    """Return what rounding adds to each line, as rows; of lines that are as their rows are, none."""
    told = {"row_kind": "rounding", "specified_for": ""}
    rows = sums.filter(pl.col("rounding_amount") != 0).with_columns(
        pl.col("line_text").alias("zone_name"),
        pl.col("rounding_amount").alias("amount_ex_vat"),
        pl.lit(value=False).alias("is_included"),
        *(pl.lit(value).alias(name) for name, value in told.items()),
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in ROW_SCHEMA.items() if name not in rows.columns]
    return rows.with_columns(absent).select(ROW_SCHEMA.names()).cast(ROW_SCHEMA)


def _record_columns(rules: SpecificationRules) -> list[pl.Expr]:
    local = pl.col("started_at").dt.convert_time_zone(rules.time_zone).dt.replace_time_zone(None)
    return [
        *map(pl.col, ("invoice_no", "entry_no", "subscription_id", "usage_kind", "amount_ex_vat")),
        pl.lit("record").alias("row_kind"),
        local.alias("started_at"),
        shown_number(pl.col("b_number"), rules).alias("b_number"),
        pl.coalesce("zone_name", "zone_code").alias("zone_name"),
        pl.col("billed_units").alias("units"),
        ((pl.col("included_units") > 0) | (pl.col("included_amount") > 0)).alias("is_included"),
        pl.col("usage_id").alias("_key"),
    ]


def shown_number(number: pl.Expr, rules: SpecificationRules) -> pl.Expr:
    """Write an international number as one at home dials it, or with a + abroad, its last digits masked."""
    is_number = number.str.contains(r"^[0-9]+$")
    hidden = pl.min_horizontal(number.str.len_chars(), pl.lit(rules.masked_digits, pl.UInt32))
    masked = number.str.head(number.str.len_chars() - hidden) + pl.lit(MASK * rules.masked_digits).str.head(hidden)
    at_home = masked.str.starts_with(rules.calling_code)
    home = pl.lit(rules.national_prefix) + masked.str.slice(len(rules.calling_code))
    return pl.when(is_number).then(pl.when(at_home).then(home).otherwise(pl.lit("+") + masked)).otherwise(number)


def _closing(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Sum rows by line and subscription; where nothing is to be paid, nothing is said, not even how many they were."""
    summed = rows.group_by("invoice_no", "entry_no", "subscription_id").agg(sum_charges(pl.col("amount_ex_vat")))
    return summed.filter(pl.col("amount_ex_vat") != 0).with_columns(pl.lit(kind).alias("row_kind"))


def _sums(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Compare what was itemised, and what was not, with each line of usage and adjustment."""
    is_record = pl.col("row_kind") == "record"
    summed = rows.group_by("invoice_no", "entry_no").agg(
        sum_charges(pl.col("amount_ex_vat").filter(is_record)).alias("itemised_amount"),
        sum_charges(pl.col("amount_ex_vat").filter(~is_record)).alias("not_itemised_amount"),
    )
    amounts = pl.col("itemised_amount", "not_itemised_amount")
    compared = (
        lines.filter(pl.col("charge_kind").is_in(["usage", "adjustment"]))
        .join(summed, on=["invoice_no", "entry_no"], how="left")
        .with_columns(amounts.fill_null(0).cast(CHARGE_TYPE))
    )
    rounding = pl.col("net_amount").cast(CHARGE_TYPE) - pl.col("itemised_amount") - pl.col("not_itemised_amount")
    return compared.select(
        "invoice_no",
        "entry_no",
        "line_text",
        "itemised_amount",
        "not_itemised_amount",
        rounding.cast(CHARGE_TYPE).alias("rounding_amount"),
        pl.col("net_amount").cast(AMOUNT),
    ).sort("invoice_no", "entry_no")
