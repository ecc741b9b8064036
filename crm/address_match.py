"""Sign-ups and unknown callers against an address register: complete, incomplete, secret or none (docs/sign-up.md)."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from crm.address_text import normal_city, normal_name, normal_postcode, normal_street

FIELDS = ("name", "street", "postcode", "city")
REGISTER = pl.Schema(dict.fromkeys(("number", *FIELDS), pl.String()) | {"secret": pl.Boolean()})
NORMAL: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "name": normal_name,
    "street": normal_street,
    "postcode": normal_postcode,
    "city": normal_city,
}
_SEARCHED = ("name", "street", "postcode")  # all three are needed to find anybody without a number
_NOT_THERE = "neither the number nor name and address are in the register"
_NOT_ASKED = "the number is not in the register, and there is no name with street and postcode to look for"


def match_addresses(wanted: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """Look customers up by number, and those whose number is not there by name and address.

    `wanted` has `key` (each once), `number` (international digits, or null) and `name`, `street`, `postcode`, `city`
    (null or blank where not known: of an unknown caller only the number is). `register` has the columns of `REGISTER`,
    numbers in the same form; `secret` marks a number as unlisted.

    Returns one row per row of `wanted`, in its order: `key`, `address_outcome` (codes.ADDRESS_OUTCOMES), `name`,
    `street`, `postcode`, `city` as the register writes them (of a complete match, else null), and `found_text`, which
    says what was found and which fields differ, without any of their values. A secret row is found by its number alone,
    and nothing of it is told.
    """
    asked = wanted.select("key", "number", *(NORMAL[field](pl.col(field)).alias(f"asked_{field}") for field in FIELDS))
    known = register.select("number", "secret", *(pl.col(field).alias(f"found_{field}") for field in FIELDS))
    by_number = _with_normal(asked.join(known.drop_nulls("number"), on="number"), FIELDS)
    by_address = _pairs_by_address(asked.join(by_number, on="key", how="anti"), known)
    found = pl.concat([_judged(by_number, "number found"), _judged(by_address, "found by postcode")])
    searchable = pl.all_horizontal(pl.col(f"asked_{field}").is_not_null() for field in _SEARCHED)
    not_found = pl.when(searchable).then(pl.lit(_NOT_THERE)).otherwise(pl.lit(_NOT_ASKED))
    return (
        asked.join(found, on="key", how="left", maintain_order="left")
        .with_columns(pl.col("address_outcome").fill_null("none"), pl.col("found_text").fill_null(not_found))
        .select("key", "address_outcome", *(pl.col(f"found_{field}").alias(field) for field in FIELDS), "found_text")
    )


def _with_normal(entries: pl.DataFrame, fields: tuple[str, ...]) -> pl.DataFrame:
    """Add the normal form of what the register knows; a way to write something is normalised once, on every core."""
    for field in fields:
        spelt = entries.lazy().select(f"found_{field}").unique()
        normal = spelt.with_columns(NORMAL[field](pl.col(f"found_{field}")).alias(f"known_{field}"))
        entries = entries.join(normal.collect(engine="streaming"), on=f"found_{field}", how="left", nulls_equal=True)
    return entries


def _pairs_by_address(asked: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Pair who is looked for by name, street and postcode with every entry of the postcode that has one of the two."""
    complete = asked.drop_nulls([f"asked_{field}" for field in _SEARCHED])
    candidates = _in_postcodes(known, complete["asked_postcode"])
    pairs = [
        complete.join(
            candidates,
            left_on=["asked_postcode", f"asked_{field}"],
            right_on=["known_postcode", f"known_{field}"],
            coalesce=False,
        )
        for field in ("name", "street")
    ]
    return _with_normal(pl.concat(pairs).unique(), ("city",))


def _in_postcodes(known: pl.DataFrame, postcodes: pl.Series) -> pl.DataFrame:
    """Return the entries of some postcodes that are not secret, with the normal form of what they are found by."""
    spelt = known.select("found_postcode").unique()
    wanted = _with_normal(spelt, ("postcode",)).filter(pl.col("known_postcode").is_in(postcodes.unique().implode()))
    there = known.filter(~pl.col("secret")).join(wanted, on="found_postcode").drop("number")
    return _with_normal(there, ("name", "street"))


def _judged(pairs: pl.DataFrame, how: str) -> pl.DataFrame:
    """Give the outcome of each key that has pairs, what the register knows of it, and the words for it."""
    asked, known = ({field: pl.col(f"{side}_{field}") for field in FIELDS} for side in ("asked", "known"))
    differs = [_named(field, asked[field].ne_missing(known[field]) & asked[field].is_not_null()) for field in FIELDS]
    lacks = [_named(field, asked[field].is_null() & known[field].is_null()) for field in FIELDS]
    compared = pairs.with_columns(
        pl.concat_list(differs).list.drop_nulls().alias("differs"),
        pl.concat_list(lacks).list.drop_nulls().alias("lacks"),
    ).with_columns((pl.col("differs").list.len() + pl.col("lacks").list.len()).alias("faults"))
    # The nearest entry first, in an order that is the register's contents' and not its rows'.
    order = ["faults", *(f"found_{field}" for field in FIELDS)]
    nearest = compared.sort("key", *order, nulls_last=True).unique("key", keep="first")
    fitting = compared.filter(pl.col("faults") == 0).unique(["key", *(f"known_{field}" for field in FIELDS)])
    counted = fitting.group_by("key").agg(pl.len().alias("fitting"))
    secret = compared.group_by("key").agg(pl.col("secret").any().alias("any_secret"), pl.len().alias("entries"))
    return _worded(nearest.join(counted, on="key", how="left").join(secret, on="key"), how)


def _named(field: str, holds: pl.Expr) -> pl.Expr:
    return pl.when(holds).then(pl.lit(field))


def _worded(nearest: pl.DataFrame, how: str) -> pl.DataFrame:
    """Word each key's outcome from its nearest entry and the count of those that fit."""
    complete = ~pl.col("any_secret") & (pl.col("fitting") == 1)
    differing, lacking = (pl.col(name).list.join(" and ") for name in ("differs", "lacks"))
    verb = pl.when(pl.col("differs").list.len() > 1).then(pl.lit(" differ")).otherwise(pl.lit(" differs"))
    entries = (
        pl.when(pl.col("entries") > 1).then(pl.format(", {} entries, of the nearest", "entries")).otherwise(pl.lit(""))
    )
    faults = pl.concat_list(
        pl.when(differing != "").then(differing + verb),
        pl.when(lacking != "").then(lacking + pl.lit(" not in the register")),
    ).list.drop_nulls()
    text = (
        pl.when("any_secret")
        .then(pl.lit("the number is secret in the register"))
        .when(complete)
        .then(pl.lit(f"{how}, all agrees"))
        .when(pl.col("fitting") > 1)
        .then(pl.format("{}, {} entries fit", pl.lit(how), "fitting"))
        .otherwise(pl.lit(how) + entries + pl.lit(": ") + faults.list.join(", "))
    )
    outcome = pl.when("any_secret").then(pl.lit("secret")).when(complete).then(pl.lit("complete"))
    return nearest.select(
        "key",
        outcome.otherwise(pl.lit("incomplete")).alias("address_outcome"),
        *(pl.when(complete).then(f"found_{field}").alias(f"found_{field}") for field in FIELDS),
        text.alias("found_text"),
    )
