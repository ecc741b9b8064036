"""The worked example of docs/terms.md comes out as it is written there."""

import re
from pathlib import Path

import polars as pl
from period_term_rows import D, charge, commitment, made, rebate, redeemed

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "terms.md").read_text(encoding="utf-8")


def written():
    """What is left after each step, by the page."""
    example = PAGE.split("## Worked example")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([\d,]+\.\d\d) \|$", example, flags=re.MULTILINE)
    return [(step, D(left.replace(",", ""))) for step, left in rows]


def test_the_worked_example():
    got = made(
        charge("u", "12000"),
        charge("f", "1490", "recurring"),
        rebates=rebate(("0", "0"), ("2000", "5"), ("10000", "10")),
        coupons=[redeemed("a", percent="20", target="service"), redeemed("b", amount="500")],
        commitments=[commitment("most", most="9000"), commitment("least", least="9500", target="service")],
    ).charges
    left, steps = D("13490.00"), [("charges", D("13490.00"))]
    for step, name in (
        ("rebate", "rebate:"), ("coupon of 20 %", "coupon:a:"), ("coupon of 500", "coupon:b:"), ("maximum", "cap:"),
        ("minimum", "commitment:"),
    ):  # fmt: skip
        left += got.filter(pl.col("charge_id").str.starts_with(name))["amount_ex_vat"].sum()
        steps.append((step, left))
    assert written() == steps
