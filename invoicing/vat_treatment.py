"""How VAT applies to each buyer: by where it is, whether it is a business there, and the date.

| buyer | treatment | area of vat_rates.csv |
|---|---|---|
| in the operator's own country | domestic | home |
| in another EU country, with a VAT number of that country | reverse_charge | EU |
| in another EU country, without one, one-stop shop | oss | the country's code |
| in another EU country, without one, below the threshold | domestic | home |
| outside the EU | outside_eu | WORLD |

Source: directive 2006/112/EC, articles 44, 58, 59c and 196; ML (2023:200) chapters 6 and 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.vat_areas import EU_AREA, EU_COUNTRIES, HOME_AREA, WORLD_AREA, vat_letters

_AREA_OF_TREATMENT = {"domestic": HOME_AREA, "reverse_charge": EU_AREA, "outside_eu": WORLD_AREA}
_OF_RATE = ("vat_percent", "vat_account", "vat_category", "exemption_text")


@dataclass(frozen=True)
class VatRules:
    """What VAT is decided by: VAT_RATE rows of every date, the operator's country, the use of the one-stop shop."""

    rates: pl.DataFrame
    home_country: str
    one_stop_shop: bool = False


def buyers_vat(buyers: pl.DataFrame, rules: VatRules) -> pl.DataFrame:
    """Place buyers: adds `vat_treatment` and `vat_area` to rows with `country_code` and `vat_no`.

    A VAT number counts where its letters are those of the buyer's country; that its check digits fit was seen when it
    was registered.
    """
    country = pl.col("country_code")
    letters = country.replace({code: vat_letters(code) for code in EU_COUNTRIES})
    is_business = pl.col("vat_no").str.slice(0, 2).eq(letters).fill_null(value=False)
    is_abroad_in_eu = country.is_in(sorted(EU_COUNTRIES)) & (country != rules.home_country)
    is_home = (country == rules.home_country) | (is_abroad_in_eu & ~is_business & (not rules.one_stop_shop))
    treatment = (
        pl.when(is_home)
        .then(pl.lit("domestic"))
        .when(is_abroad_in_eu & is_business)
        .then(pl.lit("reverse_charge"))
        .when(is_abroad_in_eu)
        .then(pl.lit("oss"))
        .otherwise(pl.lit("outside_eu"))
    )
    area = vat_area_of(pl.col("vat_treatment"), country)
    return buyers.with_columns(treatment.alias("vat_treatment")).with_columns(area.alias("vat_area"))


def vat_area_of(treatment: pl.Expr, country_code: pl.Expr) -> pl.Expr:
    """Return the area whose rates a treatment has: of a consumer under the one-stop shop, its country."""
    return treatment.replace_strict(_AREA_OF_TREATMENT, default=country_code, return_dtype=pl.String)


def rates_in_force(rates: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the VAT_RATE rows in force on a day, one per class and area, with what they leave out filled in.

    A rate without category is `S`, one of 0 percent `Z`.
    """
    ended = (pl.col("valid_to") <= on).fill_null(value=False)
    usual = pl.when(pl.col("vat_percent") > 0).then(pl.lit("S")).otherwise(pl.lit("Z"))
    return rates.filter((pl.col("valid_from") <= on) & ~ended).with_columns(
        pl.col("vat_area").fill_null(HOME_AREA), pl.col("vat_category").fill_null(usual)
    )


def taxed_lines(lines: pl.DataFrame, buyers: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Give lines (`account_id`, `vat_class`, `revenue_account`) the rate of their buyer.

    `buyers`: `account_id`, `vat_area`, as `buyers_vat` gives them; `rates`: as `rates_in_force`. Adds vat_percent,
    vat_account, vat_category and exemption_text, all null where no rate is in force; a rate with a revenue account of
    its own takes the article's place.
    """
    of_rate = rates.select("vat_class", "vat_area", *_OF_RATE, pl.col("revenue_account").alias("_sold_on"))
    return (
        lines.join(buyers.select("account_id", "vat_area"), on="account_id", how="left")
        .join(of_rate, on=["vat_class", "vat_area"], how="left")
        .with_columns(pl.coalesce("_sold_on", "revenue_account").alias("revenue_account"))
        .drop("_sold_on", "vat_area")
    )


def untaxed_accounts(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts with a `taxed_lines` line that no rate is in force for: `account_id`, `draft_reason`."""
    without = lines.filter(pl.col("vat_percent").is_null()).select("account_id").unique()
    return without.select("account_id", pl.lit("NO_VAT_RATE").alias("draft_reason"))
