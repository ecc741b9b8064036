"""What an account owes and has used, VAT included, against its limit."""

from decimal import Decimal

import polars as pl
import pytest

from rating.credit_exposure import credit_exposure, numbers_to_block
from schemas.money import AMOUNT, CHARGE, PERCENT

VAT = pl.DataFrame(
    {"vat_class": ["standard", "reduced", "exempt"], "vat_percent": [Decimal(25), Decimal(6), Decimal(0)]},
    schema_overrides={"vat_percent": PERCENT},
)


def amounts(name, rows):
    return pl.DataFrame(
        [(account, Decimal(amount)) for account, amount in rows],
        schema={"account_id": pl.Int64, name: AMOUNT},
        orient="row",
    )


def exposure(limits, owed=(), credit=(), used=()):
    unbilled = pl.DataFrame(
        [(account, vat_class, Decimal(amount)) for account, vat_class, amount in used],
        schema={"account_id": pl.Int64, "vat_class": pl.String, "amount_ex_vat": CHARGE},
        orient="row",
    )
    accounts = amounts("credit_limit", limits)
    return credit_exposure(accounts, amounts("open_amount", owed), amounts("amount", credit), unbilled, VAT)


CASES = [
    # open items, credit, unbilled -> exposure
    ([], [], [], "0.00"),
    ([(1, "100"), (1, "60")], [], [], "160.00"),
    ([(1, "100")], [(1, "30"), (1, "20.50")], [], "49.50"),
    ([], [(1, "30")], [], "-30.00"),
    # used for 100, and 25 % VAT
    ([], [], [(1, "standard", "100")], "125.00"),
    # 0.333333 x 3 = 0.999999, rounded to 1.00 once, and 0.25 VAT
    ([], [], [(1, "standard", "0.333333")] * 3, "1.25"),
    # each class with its own rate: 125 of the first, 106 of the second, 100 of the third
    ([], [], [(1, "standard", "100"), (1, "reduced", "100"), (1, "exempt", "100")], "331.00"),
    ([(1, "10"), (2, "1000")], [(2, "5")], [(2, "standard", "100")], "10.00"),
]


@pytest.mark.parametrize(("owed", "credit", "used", "expected"), CASES)
def test_an_account_s_exposure(owed, credit, used, expected):
    got = exposure([(1, "500"), (2, "500")], owed, credit, used)
    assert got["account_id"].to_list() == [1, 2]
    assert str(got["exposure"][0]) == expected


LIMITS = [("100.00", []), ("99.99", ["46701", "46702"]), ("0", ["46701", "46702"])]


@pytest.mark.parametrize(("limit", "blocked"), LIMITS)
def test_every_number_of_an_account_over_its_limit_is_blocked(limit, blocked):
    """80 and 25 % VAT is 100.00: at the limit is not over it."""
    got = exposure([(1, limit), (2, "10")], used=[(1, "standard", "80")])
    numbers = pl.DataFrame({"account_id": [1, 1, 2], "a_number": ["46702", "46701", "46703"]})
    assert numbers_to_block(got, numbers)["a_number"].to_list() == blocked
