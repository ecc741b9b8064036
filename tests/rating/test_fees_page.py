"""The examples of docs/fees.md are what the functions do."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from test_recurring_fees import NOV1, OCT1, OCT10, Operator, price

from rating.proration import prorated
from schemas.money import CHARGE

D = Decimal
DAYS = ("part_from", "part_to", "period_from", "period_to")
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "fees.md").read_text(encoding="utf-8")


def table(first_head):
    """Return the rows of the table whose first heads are given."""
    lines = PAGE[PAGE.index(f"| {first_head}") :].partition("\n\n")[0].splitlines()[2:]
    return [tuple(cell.strip(" `") for cell in line.strip("|").split("|")) for line in lines]


@pytest.mark.parametrize("row", table("mode | price |"), ids=lambda row: " ".join(row[:4]))
def test_an_example_of_a_part_is_what_it_costs(row):
    mode, price_, *days, used, full, amount = row
    part = pl.DataFrame(
        [(mode, D(price_), *map(date.fromisoformat, days))],
        schema={"proration": pl.String, "price": CHARGE} | dict.fromkeys(DAYS, pl.Date),
        orient="row",
    )
    found = prorated(part, ["period_from"], ["part_from"])
    assert found.select("used_days", "full_days", "amount_ex_vat").rows() == [(int(used), int(full), D(amount))]


def test_the_charges_of_the_example_of_a_change_are_those_of_the_nights():
    operator = Operator(("fee", OCT1, None))
    operator.night(OCT1)
    operator.versions = (("fee", OCT1, OCT10), ("large", OCT10, None))
    operator.night(OCT10)
    made = [
        (row["charge_id"], f"{row['used_days']} of {row['full_days']}", f"{row['amount_ex_vat']:.2f}")
        for row in operator.charged.to_dicts()
    ]
    assert made == table("charge | days |")


@pytest.mark.parametrize(
    ("begins", "on", "fee"),
    [(date(2026, 12, 1), date(2026, 12, 1), "109"), (NOV1, date(2027, 1, 1), "99"), (NOV1, date(2027, 2, 1), "109")],
)
def test_the_prices_of_the_example_hold_for_new_and_existing_customers_from_their_dates(begins, on, fee):
    prices = [
        price(amount, date.fromisoformat(since), *(date.fromisoformat(day) if day else None for day in more))
        for _, _, amount, since, *more in table("plan_code | currency |")
    ]
    charges = Operator(("fee", begins, None), prices=prices).night(on)
    assert charges.filter(service_from=on)["amount_ex_vat"].to_list() == [D(fee)]
