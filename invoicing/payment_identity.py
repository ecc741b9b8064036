"""One payment, reported by the bank in two formats, is one payment.

While BgMax is replaced by camt.054 (November 2026) the same money may be reported in both. A payment is known by
payee account, booking date, amount and reference, and by its ordinal among equal ones of the same format: two equal
payments on one day are legal, and the n-th in one format is the n-th in the other.
"""

from __future__ import annotations

import polars as pl

from schemas.ocr_reference import without_rf

_FAMILY = ["payee_account", "booked_on", "amount", "_reference"]
_DETAIL = {"camt054": 0, "bgmax": 1}  # formats by how much they tell of a payment; others come after
_NAME_LENGTH = 35  # what BgMax holds of a name; camt.054 holds more


def with_payment_id(records: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Add `payment_id` to new PAYMENT_RECORD rows.

    `earlier` holds the PAYMENT_RECORD rows received before for the same booking dates. A reference counts by its
    digits, without leading zeros; a payment without any counts by its payer's name. Records of one format are
    counted in order of their own id, after those received before.
    """
    before = earlier.with_columns(_reference()).group_by(*_FAMILY, "file_format").agg(pl.len().alias("_before"))
    ordinal = pl.int_range(pl.len()).over(*_FAMILY, "file_format") + pl.col("_before").fill_null(0) + 1
    return (
        records.with_columns(_reference())
        .sort("payment_record_id")
        .join(before, on=[*_FAMILY, "file_format"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(ordinal.alias("_ordinal"))
        .with_columns(
            pl.format(
                "{}:{}:{}:{}:{}",
                "payee_account",
                "booked_on",
                pl.col("amount").cast(pl.String),
                "_reference",
                "_ordinal",
            ).alias("payment_id")
        )
        .drop("_before", "_ordinal", "_reference")
    )


def chosen_reports(records: pl.DataFrame) -> pl.DataFrame:
    """Return one PAYMENT_RECORD row per `payment_id`: of the format that tells most, and the first by its id.

    By id, so that the order in which files were read decides nothing.
    """
    detail = pl.col("file_format").replace_strict(_DETAIL, default=len(_DETAIL), return_dtype=pl.Int64)
    return (
        records.sort("payment_id", detail, "file_format", "payment_record_id")
        .unique("payment_id", keep="first", maintain_order=True)
    )  # fmt: skip


def payment_digits(reference: pl.Expr) -> pl.Expr:
    """Return a reference's digits without leading zeros, which payers drop; empty where it has none.

    Of a reference of ISO 11649 (RF and two check digits) they are those of the OCR reference in it.
    """
    return without_rf(reference.fill_null("")).str.replace_all(r"[^0-9]", "").str.strip_chars_start("0")


def _reference() -> pl.Expr:
    digits = payment_digits(pl.col("reference_text"))
    payer = (
        pl.col("payer_name")
        .fill_null("")
        .str.head(_NAME_LENGTH)
        .str.to_lowercase()
        .str.replace_all(r"[^\p{L}\p{N}]", "")
    )
    return pl.when(digits != "").then(digits).otherwise(payer).alias("_reference")
