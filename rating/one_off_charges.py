"""One-off charges: a fee that a customer's request brought about, charged once on the day it holds."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import CHARGE as CHARGE_TYPE
from schemas.tables import CHARGE

_TEXTS, _NUMBERS = ("request_id", "what"), ("account_id", "account_bucket", "subscription_id")
_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(_TEXTS, pl.String()), **dict.fromkeys(_NUMBERS, pl.Int64()),
    "article_no": pl.String(), "amount_ex_vat": CHARGE_TYPE, "on": pl.Date(),
}  # fmt: skip
FEE_SCHEMA = pl.Schema(_COLUMNS)


class UnknownFeeArticleError(ValueError):
    """A fee names an article that the configuration no longer has: nobody could say its VAT or revenue account."""

    def __init__(self, articles: list[str]) -> None:
        named = ", ".join(articles)
        super().__init__(f"articles.csv lacks {named}, which contracts in force name for their fees; put it back")


def one_off_charges(fees: pl.DataFrame, articles: pl.DataFrame, currency: str, charged_on: date) -> pl.DataFrame:
    """Charge fees once each: CHARGE rows, sorted by `charge_id`.

    `fees` has the columns of `FEE_SCHEMA`: the request that brought the fee about, `what` it is for (a word of small
    letters, digits and underscores, once per request), whose it is (no subscription: the account's), and the day `on`
    which it holds; the next billing date from that day on invoices it. VAT class and revenue account are the
    article's. A fee of 0 is no charge.
    Raises `UnknownFeeArticleError` for an article that is not there.
    """
    known = articles.select("article_no", "vat_class", "revenue_account")
    unknown = fees.join(known, on="article_no", how="anti")["article_no"].unique().sort().to_list()
    if unknown:
        raise UnknownFeeArticleError(unknown)
    zero = (pl.lit(0, pl.Int64).alias(name) for name in ("duration_s", "volume_bytes", "included_units"))
    charges = fees.filter(pl.col("amount_ex_vat") != 0).join(known, on="article_no").with_columns(
        pl.format("one_off:{}:{}", "request_id", "what").alias("charge_id"),
        pl.lit("one_off").alias("charge_kind"),
        pl.col("on").alias("service_from"),
        pl.col("on").dt.offset_by("1d").alias("service_to"),
        pl.lit(1, pl.Int64).alias("quantity"),
        *zero,
        pl.lit(currency).alias("currency"),
        pl.lit(charged_on, pl.Date).alias("charged_on"),
    )  # fmt: skip
    return CHARGE.complete(charges).sort("charge_id")
