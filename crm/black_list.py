"""The black list: numbers, customers, persons and addresses that are not served, compared as registers are."""

from __future__ import annotations

from datetime import date

import polars as pl

from crm.address_text import normal_postcode, normal_street
from crm.person_number import comparable
from schemas.codes import LISTED_KINDS

_TOLD = ("listed_kind", "listed_value", "block_reason", "prompt", "note_text")
# The postcode stands after the last comma of `Storgatan 5, lgh 1102, 999 34`.
_STREET, _POSTCODE = r"^(.*),[^,]*$", r",([^,]*)$"


def black_listed(wanted: pl.DataFrame, black_list: pl.DataFrame, on: date) -> pl.DataFrame:
    """Find who is on the black list on a date.

    `wanted` has `key` and one or more of `numbers` (list of international digits) or `number`, `customer_id`,
    `registration_no`, and `street` with `postcode`; null where not known. `black_list` are BLACK_LIST rows, in force
    from `valid_from` until the day before `valid_to`.

    Returns a row per key and listed row that is the same: `key`, `listed_kind`, `listed_value`, `block_reason`,
    `prompt` and `note_text`, in order of key, kind (numbers first) and value. `listed_value` may be a number: it
    belongs in no text. Addresses are the same when street and postcode are after `crm.address_text`, whoever lives
    there.
    """
    in_force = black_list.filter(
        pl.col("valid_from") <= on, pl.col("valid_to").is_null() | (pl.col("valid_to") > on)
    ).with_columns(_listed_form().alias("form"))
    found = _asked(wanted).drop_nulls("form").join(in_force, on=["listed_kind", "form"])
    kind = pl.col("listed_kind").replace_strict(LISTED_KINDS, range(len(LISTED_KINDS)), return_dtype=pl.Int64)
    return found.select("key", *_TOLD).unique().sort("key", kind, "listed_value", "block_reason")


def _asked(wanted: pl.DataFrame) -> pl.DataFrame:
    """Write out all that the list may know somebody by: `key`, `listed_kind`, `form`."""
    told = set(wanted.columns)
    parts = [
        wanted.select("key", pl.lit(kind).alias("listed_kind"), form.alias("form"))
        for kind, needed, form in (
            ("number", {"number"}, _number(pl.col("number"))),
            ("customer", {"customer_id"}, pl.col("customer_id").cast(pl.String)),
            ("person", {"registration_no"}, comparable(pl.col("registration_no"))),
            ("address", {"street", "postcode"}, _address(pl.col("street"), pl.col("postcode"))),
        )
        if needed <= told
    ]
    if "numbers" in told:
        each = wanted.select("key", pl.col("numbers").alias("number")).explode("number")
        parts += [_asked(each)]
    return pl.concat(parts)


def _listed_form() -> pl.Expr:
    value = pl.col("listed_value")
    address = _address(value.str.extract(_STREET), value.str.extract(_POSTCODE))
    return (
        pl.when(pl.col("listed_kind") == "number")
        .then(_number(value))
        .when(pl.col("listed_kind") == "customer")
        .then(value.str.strip_chars())
        .when(pl.col("listed_kind") == "person")
        .then(comparable(value))
        .otherwise(address)
    )


def _number(number: pl.Expr) -> pl.Expr:
    return number.str.replace_all(r"[^0-9]+", "").replace("", None)


def _address(street: pl.Expr, postcode: pl.Expr) -> pl.Expr:
    return normal_street(street) + pl.lit(", ") + normal_postcode(postcode)
