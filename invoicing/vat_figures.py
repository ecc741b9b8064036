"""VAT to declare: base and tax by month, treatment, country and rate, and by quarter for the one-stop shop.

Figures are in the currency of the books, each class of a document turned at its invoice's rate and rounded as the
ledger does, so they add up to the ledger's accounts of VAT. A credit note counts in its own month, what is lost or
recovered of bad debts in the month of that. Sources: ML (2023:200) chapters 7 and 8; directive 2006/112/EC, articles
369g and 369h; the boxes are those of the Swedish return (SKV 4700).
"""

from __future__ import annotations

import polars as pl

from invoicing.exchange import with_exchange_rate
from invoicing.vat_treatment import vat_area_of
from schemas.money import AMOUNT, converted, from_minor, in_home_currency, percent_of, sum_amounts, to_minor
from schemas.vat_areas import HOME_AREA

_GROUP = ["month", "vat_treatment", "country_code", "vat_category", "vat_percent", "vat_account", "vat_return_box"]
_OSS_GROUP = ["quarter", "supply_quarter", "country_code", "vat_percent"]
OSS_CURRENCY = "EUR"


def taxed_events(
    invoices: pl.DataFrame, parties: pl.DataFrame, vat: pl.DataFrame, bad_debt: pl.DataFrame, rates: pl.DataFrame
) -> pl.DataFrame:
    """Return what bears on VAT, one row per class of a document, or of a loss or recovery of a bad debt.

    INVOICE, INVOICE_PARTY, INVOICE_VAT and VAT_RATE rows; `bad_debt`: BAD_DEBT_VAT rows with `event_on`, the day of
    their voucher. Columns: invoice_no, event_on, supply_on (day of the document, or of the one it corrects),
    vat_treatment, country_code, vat_class, vat_category, vat_percent, vat_account, vat_return_box, currency (null: the
    books'), net_amount and vat_amount in it, home_net and home_vat.
    """
    rate = pl.col("exchange_rate")
    heads = _heads(invoices, parties)
    kept = ["invoice_no", "vat_class", "vat_category", "vat_percent", "vat_account", "net_amount", "vat_amount"]
    documents = (
        vat.select(kept)
        .join(heads, on="invoice_no")
        .with_columns(
            pl.col("invoiced_on").alias("event_on"),
            in_home_currency(pl.col("net_amount"), rate).alias("home_net"),
            in_home_currency(pl.col("vat_amount"), rate).alias("home_vat"),
        )
    )
    books = bad_debt.select(*kept, "event_on").join(heads, on="invoice_no")
    lost = books.with_columns(
        pl.lit(None, pl.String).alias("currency"),
        pl.col("net_amount").alias("home_net"),
        pl.col("vat_amount").alias("home_vat"),
    )
    return _boxed(pl.concat([documents, lost.select(documents.columns)]), rates).sort(
        "event_on", "invoice_no", "vat_class"
    )


def _heads(invoices: pl.DataFrame, parties: pl.DataFrame) -> pl.DataFrame:
    """Return what VAT is told by of each document: its own day, that of what it corrects, and where the buyer is."""
    credited = invoices.select(credits_invoice_no="invoice_no", _supplied="invoiced_on")
    of_buyer = parties.select("invoice_no", "country_code")
    return (
        invoices.select("invoice_no", "credits_invoice_no", "invoiced_on", "vat_treatment", "currency", "exchange_rate")
        .join(credited, on="credits_invoice_no", how="left")
        .join(of_buyer, on="invoice_no", how="left")
        .with_columns(pl.coalesce("_supplied", "invoiced_on").alias("supply_on"))
        .drop("_supplied", "credits_invoice_no")
    )


def _boxed(events: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Add the boxes of the VAT return that the rate in force on the day of supply names; null where it names none."""
    area = vat_area_of(pl.col("vat_treatment"), pl.col("country_code"))
    known = rates.select(
        "vat_class", "valid_from", "vat_return_box", vat_area=pl.col("vat_area").fill_null(HOME_AREA)
    ).sort("valid_from")
    return (
        events.with_columns(area.alias("vat_area"))
        .sort("supply_on")
        .join_asof(
            known,
            left_on="supply_on",
            right_on="valid_from",
            by=["vat_class", "vat_area"],
            strategy="backward",
            check_sortedness=False,
        )
        .drop("valid_from", "vat_area", "exchange_rate", "invoiced_on")
    )


def vat_by_month(events: pl.DataFrame) -> pl.DataFrame:
    """Add up events (`taxed_events`) by month, treatment, country, category, rate, account and boxes.

    `base_amount` and `vat_amount` in the books' currency; `recomputed_vat` is the rate on the base, and
    `vat_difference` what the roundings of documents make of it.
    """
    by_month = events.with_columns(pl.col("event_on").dt.month_start().alias("month"))
    summed = by_month.group_by(_GROUP).agg(
        sum_amounts(pl.col("home_net")).alias("base_amount"), sum_amounts(pl.col("home_vat")).alias("vat_amount")
    )
    again = percent_of(pl.col("base_amount"), pl.col("vat_percent"))
    difference = (pl.col("vat_amount") - pl.col("recomputed_vat")).cast(AMOUNT)
    return (
        summed.with_columns(again.alias("recomputed_vat"))
        .with_columns(difference.alias("vat_difference"))
        .select(*_GROUP, "base_amount", "vat_amount", "recomputed_vat", "vat_difference")
        .sort(_GROUP, nulls_last=True)
    )


def vat_return(figures: pl.DataFrame) -> pl.DataFrame:
    """Return the boxes of the VAT return: `vat_return_box`, `amount`, and `declared_amount` in whole kronor.

    `figures` as `vat_by_month` gives them. A rate names the box of the base, and after a plus sign that of the tax.
    Öre are left out, not rounded: the return has whole kronor.
    """
    boxes = pl.col("vat_return_box").str.split("+").list
    parts = [
        figures.select(boxes.get(place, null_on_oob=True).alias("vat_return_box"), pl.col(name).alias("amount"))
        for place, name in enumerate(("base_amount", "vat_amount"))
    ]
    whole = to_minor(pl.col("amount"))
    kronor = (whole.abs() // 100) * whole.sign()
    return (
        pl.concat(parts)
        .drop_nulls("vat_return_box")
        .group_by("vat_return_box")
        .agg(sum_amounts(pl.col("amount")))
        .with_columns(kronor.alias("declared_amount"))
        .sort("vat_return_box")
    )


def oss_by_quarter(events: pl.DataFrame, exchange: pl.DataFrame, home_currency: str) -> pl.DataFrame:
    """Return what the one-stop shop is told: by quarter, quarter of supply where it corrects one, country and rate.

    `exchange`: EXCHANGE_RATE rows. Amounts are in euro at the rates in force on the last day of the quarter of supply
    (article 369h), summed per currency before they are turned; null where a rate is missing. Columns: quarter,
    supply_quarter, country_code, vat_percent, base_amount, vat_amount, currency.
    """
    quarter = [pl.col(day).dt.truncate("1q").alias(name) for day, name in _QUARTERS.items()]
    shop = events.filter(pl.col("vat_treatment") == "oss").with_columns(
        *quarter, pl.col("currency").fill_null(home_currency)
    )
    per_currency = shop.group_by(*_OSS_GROUP, "currency").agg(
        to_minor(pl.col(name)).sum().alias(name) for name in ("net_amount", "vat_amount")
    )
    last_day = pl.col("supply_quarter").dt.offset_by("1q").dt.offset_by("-1d")
    dated = per_currency.with_columns(last_day.alias("on"))
    days = dated.select("on", pl.lit(OSS_CURRENCY).alias("currency")).unique()
    of_euro = with_exchange_rate(days, exchange, home_currency, "on").select("on", _euro_rate="exchange_rate")
    rated = with_exchange_rate(dated, exchange, home_currency, "on").join(of_euro, on="on", how="left")
    return (
        rated.group_by(_OSS_GROUP)
        .agg(
            _in_euro("net_amount").alias("base_amount"),
            _in_euro("vat_amount").alias("vat_amount"),
        )
        .with_columns(pl.lit(OSS_CURRENCY).alias("currency"))
        .sort(_OSS_GROUP)
    )


_QUARTERS = {"event_on": "quarter", "supply_on": "supply_quarter"}


def _in_euro(name: str) -> pl.Expr:
    """Turn sums of öre into cents per currency, and add them up: null where one of them cannot be turned."""
    is_euro = pl.col("currency") == OSS_CURRENCY
    turned = converted(pl.col(name), pl.col("exchange_rate"), pl.col("_euro_rate"))
    cents = pl.when(is_euro).then(pl.col(name)).otherwise(turned)
    return pl.when(cents.is_null().any()).then(None).otherwise(from_minor(cents.sum()))
