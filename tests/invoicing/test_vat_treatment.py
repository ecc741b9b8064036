"""How VAT applies: by where the buyer is, whether it is a business there, and the date."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from invoicing.vat_treatment import VatRules, buyers_vat, rates_in_force, taxed_lines, untaxed_accounts
from schemas import tables

ON = date(2026, 11, 1)
RATES = pl.DataFrame(
    [
        ("standard", date(2020, 1, 1), date(2026, 1, 1), Decimal(24), "2611", None, None, None, None),
        ("standard", date(2026, 1, 1), None, Decimal(25), "2611", "home", None, None, None),
        ("zero", date(2020, 1, 1), None, Decimal(0), "2611", None, None, None, None),
        ("care", date(2020, 1, 1), None, Decimal(0), "2611", None, "E", "Undantag enligt 10 kap. ML", None),
        ("standard", date(2020, 1, 1), None, Decimal(0), "2614", "EU", "AE", "Omvänd betalningsskyldighet", "3308"),
        ("standard", date(2020, 1, 1), None, Decimal(0), "2614", "WORLD", "O", "Utanför EU", "3305"),
        ("standard", date(2020, 1, 1), None, Decimal(19), "2670", "DE", None, None, None),
    ],
    schema={name: dtype for name, dtype in tables.VAT_RATE.schema.items() if name != "vat_return_box"},
    orient="row",
)


def placed(country, vat_no=None, *, oss=True, home="SE"):
    buyer = {"account_id": [1], "country_code": [country], "vat_no": [vat_no]}
    buyers = pl.DataFrame(buyer, schema={"account_id": pl.Int64, "country_code": pl.String, "vat_no": pl.String})
    return buyers_vat(buyers, VatRules(RATES, home, oss)).select("vat_treatment", "vat_area").row(0)


@pytest.mark.parametrize(
    ("buyer", "where"),
    [
        (("SE", None), ("domestic", "home")),
        (("SE", "SE559999000801"), ("domestic", "home")),  # a business at home pays as all do
        (("DE", "DE136695976"), ("reverse_charge", "EU")),
        (("DE", None), ("oss", "DE")),
        (("DE", "FR40303265045"), ("oss", "DE")),  # a number of another country proves nothing there
        (("GR", "EL094259216"), ("reverse_charge", "EU")),  # Greece's numbers begin with EL
        (("MC", "FR40303265045"), ("reverse_charge", "EU")),  # Monaco is France for VAT
        (("NO", None), ("outside_eu", "WORLD")),
        (("NO", "NO123456785MVA"), ("outside_eu", "WORLD")),
        (("GB", None), ("outside_eu", "WORLD")),
        (("AX", None), ("outside_eu", "WORLD")),  # Aaland lies outside the EU's VAT area
    ],
)
def test_a_buyer_is_placed_by_country_and_vat_number(buyer, where):
    assert placed(*buyer) == where


def test_below_the_threshold_consumers_in_the_eu_pay_as_at_home():
    assert placed("DE", oss=False) == ("domestic", "home")
    assert placed("DE", "DE136695976", oss=False) == ("reverse_charge", "EU")


def test_an_operator_in_norway_sees_its_own_country_as_home_and_sweden_as_a_consumers_country():
    assert placed("NO", home="NO") == ("domestic", "home")
    assert placed("SE", home="NO") == ("oss", "SE")


def test_the_rate_of_the_day_is_in_force_and_categories_are_filled_in():
    rows = rates_in_force(RATES, ON).filter(pl.col("vat_area") == "home").sort("vat_class")
    assert rows.select("vat_class", "vat_percent", "vat_category").rows() == [
        ("care", Decimal("0.0000"), "E"),
        ("standard", Decimal("25.0000"), "S"),
        ("zero", Decimal("0.0000"), "Z"),
    ]
    before = rates_in_force(RATES, date(2025, 12, 31)).filter(vat_class="standard", vat_area="home")
    assert before["vat_percent"].to_list() == [Decimal(24)]


def taxed(*lines, areas):
    rows = pl.DataFrame(
        [(account, name, "3041") for account, name in lines],
        schema={"account_id": pl.Int64, "vat_class": pl.String, "revenue_account": pl.String},
        orient="row",
    )
    buyers = pl.DataFrame({"account_id": list(areas), "vat_area": list(areas.values())})
    return taxed_lines(rows, buyers, rates_in_force(RATES, ON))


def test_a_line_has_the_rate_text_and_revenue_account_of_where_its_buyer_is():
    lines = taxed((1, "standard"), (2, "standard"), (3, "standard"), areas={1: "home", 2: "EU", 3: "DE"})
    named = lines.select("account_id", "vat_percent", "vat_category", "exemption_text", "revenue_account")
    assert named.sort("account_id").rows() == [
        (1, Decimal(25), "S", None, "3041"),
        (2, Decimal(0), "AE", "Omvänd betalningsskyldighet", "3308"),
        (3, Decimal(19), "S", None, "3041"),
    ]


def test_an_account_with_a_line_that_no_rate_is_for_is_named_once():
    lines = taxed((1, "standard"), (2, "care"), (2, "zero"), areas={1: "home", 2: "DE"})
    assert untaxed_accounts(lines).rows() == [(2, "NO_VAT_RATE")]
