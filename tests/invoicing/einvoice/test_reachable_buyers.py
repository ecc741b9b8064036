"""An e-invoice waits until it is known where it goes."""

from datetime import date

import polars as pl
import pytest

from invoicing.draft_review import without_address
from schemas import tables


def found(channel="e_invoice", address=None, country="SE", number="556000-0167"):
    account = {
        "account_id": 5, "account_bucket": 0, "customer_id": 3, "billing_day": 1, "currency": "SEK",
        "credit_limit": 0, "delivery_channel": channel, "account_from": date(2026, 1, 1),
        "electronic_address": address,
    }  # fmt: skip
    customer = {
        "customer_id": 3, "customer_name": "Bolaget AB", "customer_category": "corporate", "street": "Gatan 1",
        "postcode": "99901", "city": "Ort", "country_code": country, "language": "sv", "registration_no": number,
        "customer_from": date(2026, 1, 1), "request_id": "r",
    }  # fmt: skip
    accounts = tables.ACCOUNT.complete(pl.DataFrame([account], schema_overrides={"electronic_address": pl.String}))
    customers = tables.CUSTOMER.complete(pl.DataFrame([customer], schema_overrides={"registration_no": pl.String}))
    return without_address(accounts, customers).rows()


@pytest.mark.parametrize(
    ("country", "number"), [("SE", None), ("SE", "19640823-3234"), ("FI", "2077474-0"), ("NO", "556000-0167")]
)
def test_a_buyer_without_electronic_address_waits(country, number):
    assert found(country=country, number=number) == [(5, "NO_ADDRESS")]


def test_an_address_or_a_swedish_organisation_number_is_enough():
    assert found(number=None, address="0088:7300010000001") == []
    assert found() == []


def test_other_channels_need_none():
    assert found(channel="email", number=None) == []
