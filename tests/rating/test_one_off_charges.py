"""One-off charges: a fee becomes one charge, with its article's VAT class and revenue account."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.one_off_charges import FEE_SCHEMA, UnknownFeeArticleError, one_off_charges
from schemas import tables

D, ON = Decimal, date(2026, 10, 5)
ARTICLES = pl.DataFrame(
    [("3001", "Byte", "standard", "3047"), ("3002", "Slut", "reduced", "3048")],
    schema=[name for name in tables.ARTICLE.names if name not in {"line_group", "product_group"}],
    orient="row",
)


def fee(request="r-1", what="change_fee", article="3001", amount="49", on=ON):
    return (request, what, 7, 3, 500001, article, D(amount), on)


def charged(*fees):
    return one_off_charges(pl.DataFrame(list(fees), schema=FEE_SCHEMA, orient="row"), ARTICLES, "SEK", ON)


def test_a_fee_is_one_charge_of_its_day_under_the_name_of_its_request():
    row = charged(fee(on=date(2026, 10, 15))).row(0, named=True)
    assert row["charge_id"] == "one_off:r-1:change_fee"
    assert (row["service_from"], row["service_to"]) == (date(2026, 10, 15), date(2026, 10, 16))
    assert (row["quantity"], row["amount_ex_vat"], row["charged_on"]) == (1, D("49.000000"), ON)
    assert (row["account_id"], row["account_bucket"], row["subscription_id"]) == (7, 3, 500001)
    assert (row["vat_class"], row["revenue_account"]) == ("standard", "3047")


def test_one_request_may_bring_about_two_fees():
    made = charged(fee(), fee(what="termination_fee", article="3002", amount="1584.005"))
    assert made.select("charge_id", "vat_class", "amount_ex_vat").rows() == [
        ("one_off:r-1:change_fee", "standard", D("49.000000")),
        ("one_off:r-1:termination_fee", "reduced", D("1584.005000")),
    ]


def test_a_fee_of_0_is_no_charge_and_no_fees_are_none():
    assert charged(fee(amount="0")).is_empty()
    assert charged().schema == tables.CHARGE.schema


def test_charges_conform_to_their_table():
    assert tables.CHARGE.conform(charged(fee())).height == 1


def test_an_article_that_left_the_configuration_is_named():
    with pytest.raises(UnknownFeeArticleError, match=r"articles\.csv lacks 3009"):
        charged(fee(article="3009"))
