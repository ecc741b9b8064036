"""Invoices that would be negative: what was charged too much goes back as credit notes of the invoices it stood on.

Differences of a re-rating and corrections of fees are charges below zero. As long as an account's next invoice is above
them they are lines of it. Where they are not, each goes to the line that it corrects; what corrects no line, such as
goodwill, goes to the account's last invoice. What is above zero waits for the next one. Goodwill that is more than is
left there is drawn as far as that reaches, and the rest stands over.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from invoicing.credit_notes import TAKEN_SCHEMA, Left
from schemas.money import from_minor, round_to_amount, sum_charges, to_minor
from schemas.tables import CHARGE

_LINE, _CLASS = ["invoice_no", "entry_no"], ["invoice_no", "vat_class"]
_GOODWILL = r"^one_off:.*:goodwill(_[0-9]{8})?$"
_OVER = ["charge_id", "over_id", "rest_id", "over_amount"]


def goodwill_over(charges: pl.DataFrame, origins: pl.DataFrame, left: Left, on: date) -> pl.DataFrame:
    """Tell how much of goodwill is more than is left of its line, or of its VAT class, in the account's last invoice.

    As `credited_lines`. What goes to the line besides goes first, then one goodwill after the other. Columns:
    `charge_id` of goodwill of which not all is drawn, `over_amount` (2 decimals, above zero) what stands over of it,
    and the names of the charges that say so: `over_id`, which takes it off the credit note, and `rest_id`, which gives
    it on a later invoice. Where all of it stands over, the names are null and it waits as it is.
    """
    below = charges.filter(pl.col("amount_ex_vat") < 0)
    is_given = pl.col("charge_id").str.contains(_GOODWILL) & ~pl.col("charge_id").is_in(origins["charge_id"].implode())
    first = _placed(below.filter(~is_given), origins, left).group_by(_LINE).agg(_sum_of_charges().alias("_first"))
    of_line = left.lines.select(*_LINE, "vat_class", _left="net").join(
        left.classes.select(*_CLASS, _of_class="net"), on=_CLASS
    )
    reach = of_line.join(first, on=_LINE, how="left").with_columns(pl.col("_first").fill_null(0)).with_columns(
        (pl.min_horizontal("_left", pl.col("_of_class") - pl.col("_first").sum().over(_CLASS) + pl.col("_first"))
         - pl.col("_first")).clip(0).alias("_reach")
    )  # fmt: skip
    given = _of_last_invoice(below.filter(is_given), left).join(reach, on=_LINE).sort(*_LINE, "charge_id")
    amount = -to_minor(round_to_amount(pl.col("amount_ex_vat")))
    over = pl.min_horizontal(amount, amount.cum_sum().over(_LINE) - pl.col("_reach"))
    base, day = pl.col("charge_id").str.replace(r"_[0-9]{8}$", ""), on.strftime("%Y%m%d")
    is_part = pl.col("_over") < amount
    return (
        given.with_columns(over.alias("_over"))
        .filter(pl.col("_over") > 0)
        .with_columns(
            pl.when(is_part).then(pl.format("{}_over_{}", base, pl.lit(day))).alias("over_id"),
            pl.when(is_part).then(pl.format("{}_{}", base, pl.lit(day))).alias("rest_id"),
            from_minor(pl.col("_over")).alias("over_amount"),
        )
        .select(_OVER)
    )


def charges_over(charges: pl.DataFrame, over: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the charges (CHARGE rows) of goodwill that stands over: off a credit note, and on a later invoice.

    `charges`: CHARGE rows of the goodwill; `over`: of `goodwill_over`. The two add up to nothing.
    """
    amount = pl.col("over_amount").cast(CHARGE.schema["amount_ex_vat"])
    parts = charges.join(over.drop_nulls("over_id"), on="charge_id").with_columns(pl.lit(on).alias("charged_on"))
    none = pl.lit(0, pl.Int64).alias("quantity")
    return pl.concat(
        [
            parts.with_columns(none, charge_id="over_id", amount_ex_vat=amount).select(CHARGE.names),
            parts.with_columns(charge_id="rest_id", amount_ex_vat=-amount).select(CHARGE.names),
        ]
    )


def credited_lines(
    charges: pl.DataFrame, origins: pl.DataFrame, left: Left, over: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell which lines charges below zero take back.

    `charges`: CHARGE rows, those above zero are passed over; `origins`: the line that a charge corrects (charge_id,
    invoice_no, entry_no), of some; `left`: of the invoices of these lines and of the last invoice of each account
    (`left_to_credit`), whose heads name the `account_id`. The charges of a line are added and rounded once; where they
    come to more than is left of the line, or of its VAT class, they wait; `over`, of `goodwill_over`, stands over.
    Returns rows of `TAKEN_SCHEMA`, one note per invoice, and its charges as `credit_note_rows` takes them (note,
    entry_no, charge_id, amount_ex_vat).
    """
    placed = _placed(_within_reach(charges.filter(pl.col("amount_ex_vat") < 0), over), origins, left)
    wanted = placed.group_by(_LINE).agg(_sum_of_charges().alias("net"))
    fitting = (
        wanted.join(left.lines.select(*_LINE, "vat_class", _left="net"), on=_LINE)
        .join(left.classes.select(*_CLASS, _of_class="net"), on=_CLASS)
        .filter((pl.col("net") > 0) & (pl.col("net") <= pl.col("_left")))
        .sort(_LINE)
        .filter(pl.col("net").cum_sum().over(_CLASS) <= pl.col("_of_class"))
        .with_columns(pl.format("negative:{}", "invoice_no").alias("note"))
    )
    of_notes = placed.join(fitting, on=_LINE).select("note", "entry_no", "charge_id", "amount_ex_vat")
    return fitting.select(TAKEN_SCHEMA.names()), of_notes


def _within_reach(below: pl.DataFrame, over: pl.DataFrame | None) -> pl.DataFrame:
    """Leave out goodwill that stands over whole, and add what takes the rest of the others off."""
    if over is None:
        return below
    whole, parts = over.filter(pl.col("over_id").is_null()), over.drop_nulls("over_id")
    off = below.join(parts, on="charge_id").with_columns(
        charge_id="over_id", amount_ex_vat=pl.col("over_amount").cast(CHARGE.schema["amount_ex_vat"])
    )
    return pl.concat([below.join(whole, on="charge_id", how="anti"), off.select(below.columns)])


def _placed(below: pl.DataFrame, origins: pl.DataFrame, left: Left) -> pl.DataFrame:
    """Name the line that each charge goes to: charge_id, amount_ex_vat, invoice_no, entry_no."""
    others = _of_last_invoice(below.join(origins, on="charge_id", how="anti"), left)
    return pl.concat([below.join(origins, on="charge_id").select(others.columns), others])


def _sum_of_charges() -> pl.Expr:
    return -to_minor(round_to_amount(sum_charges(pl.col("amount_ex_vat"))))


def _of_last_invoice(charges: pl.DataFrame, left: Left) -> pl.DataFrame:
    """Place charges that correct no line on the largest line of their VAT class in the account's last invoice."""
    last = left.heads.group_by("account_id").agg(pl.col("invoice_no").max())
    largest = (
        left.lines.join(last, on="invoice_no")
        .filter(pl.col("net") > 0)
        .sort("net", pl.col("entry_no"), descending=[True, False])
        .group_by("account_id", "vat_class", maintain_order=True)
        .agg(pl.col(*_LINE).first())
    )
    return charges.join(largest, on=["account_id", "vat_class"]).select("charge_id", "amount_ex_vat", *_LINE)
