"""Rows of vat_rates.csv and exchange_rates.csv that no law or market could mean."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import PolicyFile
from pipelines.lint.findings import Frames, findings
from schemas.vat_areas import EU_AREA, EU_COUNTRIES, HOME_AREA, WORLD_AREA

_TAXED = "S"
_FILE = "vat_rates.csv"


def vat_faults(policy: PolicyFile, frames: Frames, today: date) -> list[Fault]:
    """Find rates for areas no buyer is placed in, categories that contradict their rate, exchange rates of home.

    Of classes whose first rate at home is still to come it is warned: their invoices would be held.
    """
    operator = policy.texts("operator")
    home, rates = operator.get("country_code"), frames["vat_rate"]
    known = [HOME_AREA, EU_AREA, WORLD_AREA, *sorted(EU_COUNTRIES - {home})]
    nowhere = rates.filter(~pl.col("vat_area").is_in(known))
    category, percent = pl.col("vat_category"), pl.col("vat_percent")
    contradictory = rates.filter((category == _TAXED) != (percent > 0))
    own = frames["exchange_rate"].filter(pl.col("currency") == (operator.get("currency") or ""))
    at_home = rates.filter(pl.col("vat_area").fill_null(HOME_AREA) == HOME_AREA).sort("valid_from")
    to_come = at_home.unique("vat_class", keep="first", maintain_order=True).filter(pl.col("valid_from") > today)
    return [
        *findings(to_come, _FILE, "valid_from", "the first rate of {vat_class} at home is not in force yet",
                  "correct its date, unless nothing of the class is sold before: without a rate invoices are held",
                  severity="warning"),
        *findings(nowhere, _FILE, "vat_area", "no buyer is placed in {vat_area}",
                  "use home, an EU country but your own, EU for its businesses, or WORLD"),
        *findings(contradictory, _FILE, "vat_category", "category {vat_category} does not go with {vat_percent} %",
                  "S is for rates above 0, every other category for 0"),
        *findings(own, "exchange_rates.csv", "currency", "{currency} is the currency of the books: its rate is 1",
                  "take the row out"),
    ]  # fmt: skip
