"""Credit notes: what they take back of an invoice, line by line, at the VAT of that invoice.

A credit note takes back the whole of what is left of an invoice, one of its lines, or an amount. Three rules:

1. VAT is that of the invoice, class by class, at its rate; what takes back the last of a class takes all VAT left of
   it;
2. what takes back the last of an invoice takes its rounding too: credited whole, in however many parts, it is 0;
3. together they never take back more than the invoice came to, in total or of any line or class.

Amounts are whole minor units (oere) here, positive for what is taken back; the rows they become are negative.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from schemas.largest_remainder import shares
from schemas.money import PERCENT_UNITS, divide_half_away, percent_units, to_minor

_INVOICE, _LINE, _CLASS = "invoice_no", ["invoice_no", "entry_no"], ["invoice_no", "vat_class"]
_WHOLE = 100 * PERCENT_UNITS
TAKEN_SCHEMA = pl.Schema({"note": pl.String(), "invoice_no": pl.Int64(), "entry_no": pl.Int64(), "net": pl.Int64()})


@dataclass(frozen=True)
class Left:
    """What is left of invoices when their credit notes are taken off, in minor units.

    `lines`: invoice_no, entry_no, vat_class, `net`; `classes`: invoice_no, vat_class, vat_percent, `net`, `vat`;
    `heads`: invoice_no, `rounding`, `total`.
    """

    lines: pl.DataFrame
    classes: pl.DataFrame
    heads: pl.DataFrame

    def less(self, taken: Taken) -> Left:
        """Return what is left when some more was taken back."""
        return Left(
            _less(self.lines, taken.lines, _LINE, "net"),
            _less(self.classes, taken.classes, _CLASS, "net", "vat"),
            _less(self.heads, taken.heads, [_INVOICE], "rounding", "total"),
        )

    def of_accounts(self, whose: pl.DataFrame) -> Left:
        """Return the same with the `account_id` of each invoice in `heads` (`whose`: invoice_no, account_id)."""
        return Left(self.lines, self.classes, self.heads.join(whose, on=_INVOICE))


@dataclass(frozen=True)
class Taken:
    """What credit notes take back, in minor units: `note` is the key of each, one per invoice.

    `lines`: note, invoice_no, entry_no, `net`; `classes`: note, invoice_no, vat_class, `net`, `vat`; `heads`: note,
    invoice_no, `rounding`, `total`.
    """

    lines: pl.DataFrame
    classes: pl.DataFrame
    heads: pl.DataFrame


def left_to_credit(heads: pl.DataFrame, lines: pl.DataFrame, vat: pl.DataFrame) -> Left:
    """Take credit notes off the invoices they credit.

    INVOICE, INVOICE_LINE and INVOICE_VAT rows of invoices and of every credit note made of them.
    """
    credited = heads.select(
        "invoice_no", pl.coalesce("credits_invoice_no", "invoice_no").alias("_of"), "credits_invoice_no"
    )
    of_lines = lines.join(credited, on=_INVOICE).with_columns(
        pl.when(pl.col("credits_invoice_no").is_null())
        .then("entry_no")
        .otherwise("credited_entry_no")
        .alias("entry_no")
    )
    return Left(
        lines=_added(of_lines, [*_LINE, "vat_class"], net="net_amount"),
        classes=_added(vat.join(credited, on=_INVOICE), [*_CLASS, "vat_percent"], net="net_amount", vat="vat_amount"),
        heads=_added(
            heads.drop("credits_invoice_no").join(credited, on=_INVOICE),
            [_INVOICE],
            rounding="rounding_amount",
            total="total_amount",
        ),
    )


def whole(orders: pl.DataFrame, left: Left) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take back everything that is left, VAT of a class without any net among it. `orders`: note, invoice_no.

    Returns as `of_amounts`.
    """
    lines = orders.join(left.lines.filter(pl.col("net") != 0), on=_INVOICE).select(TAKEN_SCHEMA.names())
    classes = orders.join(left.classes.filter((pl.col("net") != 0) | (pl.col("vat") != 0)), on=_INVOICE)
    return lines, classes.select("note", *_CLASS, "vat")


def of_lines(orders: pl.DataFrame, left: Left) -> pl.DataFrame:
    """Take back lines: rows of `TAKEN_SCHEMA`.

    `orders`: note, invoice_no, entry_no, `wanted` (minor units excluding VAT, null for all that is left of the line).
    """
    found = orders.join(left.lines, on=_LINE)
    return found.with_columns(pl.coalesce("wanted", "net").alias("net")).select(TAKEN_SCHEMA.names())


def of_amounts(orders: pl.DataFrame, left: Left) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take back amounts including VAT (`orders`: note, invoice_no, `wanted`), shared by what is left.

    An amount is shared over VAT classes, and of each class over its lines, by largest remainder; net and VAT of a class
    add up to its share. Returns rows of `TAKEN_SCHEMA`, and the `vat` of each class: note, invoice_no, vat_class, vat.
    """
    classes = (
        orders.join(left.classes, on=_INVOICE)
        .with_columns((pl.col("net") + pl.col("vat")).alias("_gross"))
        .filter((pl.col("_gross") > 0) & (pl.col("net") > 0))
        .sort("note", "vat_class")
        .with_columns(shares(pl.col("wanted"), pl.col("_gross"), ["note"]).alias("_share"))
        .with_columns(_net_of(pl.col("_share"), pl.col("vat_percent")).alias("_net"))
        .with_columns(pl.min_horizontal("_net", "net").alias("_net"))
        .with_columns(pl.min_horizontal(pl.col("_share") - pl.col("_net"), "vat").alias("_vat"))
        .with_columns((pl.col("_share") - pl.col("_vat")).alias("_net"))
    )
    lines = (
        classes.select("note", *_CLASS, _of_class="_net")
        .join(left.lines.filter(pl.col("net") > 0), on=_CLASS)
        .sort("note", "vat_class", "entry_no")
        .with_columns(shares(pl.col("_of_class"), pl.col("net"), ["note", "vat_class"]).alias("net"))
        .filter(pl.col("net") > 0)
    )
    return lines.select(TAKEN_SCHEMA.names()), classes.select("note", *_CLASS, vat="_vat")


def taken_back(lines: pl.DataFrame, left: Left, fixed_vat: pl.DataFrame | None = None) -> Taken:
    """Add VAT and rounding to lines taken back (`TAKEN_SCHEMA`, one note per invoice).

    `fixed_vat` is the VAT of notes by amount or of all that is left, as `of_amounts` and `whole` give it; of others it
    is the rate on what is taken, and all VAT left where it is the last of its class. The last of the invoice takes its
    rounding.
    """
    per_line = lines.join(left.lines.select(*_LINE, "vat_class", _left="net"), on=_LINE)
    summed = per_line.group_by("note", *_CLASS).agg(pl.col("net").sum())
    fixed = fixed_vat if fixed_vat is not None else summed.clear().select("note", *_CLASS, vat="net")
    named = summed.join(fixed, on=["note", *_CLASS], how="full", coalesce=True).with_columns(pl.col("net").fill_null(0))
    of_classes = left.classes.select(*_CLASS, "vat_percent", _net_left="net", _vat_left="vat")
    classes = named.join(of_classes, on=_CLASS).with_columns(_vat().alias("vat"))
    per_class = classes.sort("note", "vat_class").select("note", *_CLASS, "net", "vat")
    return Taken(lines.sort("note", "entry_no"), per_class, _heads(per_class, left))


def _heads(per_class: pl.DataFrame, left: Left) -> pl.DataFrame:
    """Add up what each note takes of its invoice, with the rounding where nothing is left."""
    after = left.classes.join(per_class, on=_CLASS, how="left", suffix="_taken")
    is_used_up = (pl.col(part) == pl.col(f"{part}_taken").fill_null(0) for part in ("net", "vat"))
    used_up = after.group_by(_INVOICE).agg(pl.all_horizontal(is_used_up).all().alias("_is_last"))
    return (
        per_class.group_by("note", _INVOICE)
        .agg((pl.col("net") + pl.col("vat")).sum().alias("_taken"))
        .join(used_up, on=_INVOICE)
        .join(left.heads.select(_INVOICE, "rounding"), on=_INVOICE)
        .with_columns(pl.when("_is_last").then("rounding").otherwise(0).alias("rounding"))
        .with_columns((pl.col("_taken") + pl.col("rounding")).alias("total"))
        .select("note", _INVOICE, "rounding", "total")
        .sort("note")
    )


def _vat() -> pl.Expr:
    """Return the VAT of what is taken of a class: what was fixed, or all left with the last of it, or the rate."""
    exact = divide_half_away(pl.col("net") * percent_units(pl.col("vat_percent")), _WHOLE)
    left = pl.col("_vat_left")
    within = pl.when(left >= 0).then(pl.min_horizontal(exact, left)).otherwise(pl.max_horizontal(exact, left))
    return pl.coalesce("vat", pl.when(pl.col("net") == pl.col("_net_left")).then(left).otherwise(within))


def _net_of(gross: pl.Expr, percent: pl.Expr) -> pl.Expr:
    """Return the part of an amount including VAT that is without it, rounded half away from zero."""
    return divide_half_away(gross * _WHOLE, percent_units(percent) + _WHOLE)


def _less(left: pl.DataFrame, taken: pl.DataFrame, key: list[str], *amounts: str) -> pl.DataFrame:
    summed = taken.group_by(key).agg(pl.col(name).sum().alias(f"_{name}") for name in amounts)
    rest = ((pl.col(name) - pl.col(f"_{name}").fill_null(0)).alias(name) for name in amounts)
    return left.join(summed, on=key, how="left", maintain_order="left").with_columns(*rest).select(left.columns)


def _added(rows: pl.DataFrame, key: list[str], **amounts: str) -> pl.DataFrame:
    """Add up amounts of invoices and of what credits them, in minor units, by the invoice."""
    summed = (to_minor(pl.col(column)).sum().alias(name) for name, column in amounts.items())
    return rows.drop(_INVOICE).rename({"_of": _INVOICE}).group_by(key).agg(*summed).sort(key)
