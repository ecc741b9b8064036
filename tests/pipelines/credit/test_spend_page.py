"""The examples of docs/spend.md are what is written."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.credit.top_up_flow import printed_orders
from rating.block_list import block_list, block_list_changes, printed
from schemas import tables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "spend.md"
DAY = date(2026, 11, 20)
CODE = "9990000417"


def examples():
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^```csv\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return {example.split(",", 1)[0]: example for example in found}


def listed(*rows):
    """Make the block list of (number, barred, reason, prompt, since) rows."""
    made = [
        {"block_id": f"x:{n}", "a_number": number, "barred": barred, "block_reason": reason, "prompt": prompt,
         "blocked_on": since, "block_cause": "request"}
        for n, (number, barred, reason, prompt, since) in enumerate(rows)
    ]  # fmt: skip
    return block_list(pl.DataFrame(made, schema=tables.BLOCK.schema), tables.SPECIAL_NUMBER.empty())


BEFORE = listed(
    ("46701740610", "all", "financial", "credit-limit-sv", date(2026, 11, 18)),
    ("46701740650", "all", "financial", "credit-limit-sv", date(2026, 11, 2)),
    (CODE, "all", "financial", "credit-limit-sv", date(2026, 11, 3)),
)
NOW = listed(
    ("46701740610", "all", "financial", "credit-limit-sv", date(2026, 11, 18)),
    ("46701740622", "premium", "fraud", "fraud-sv", DAY),
    ("46701740622", "abroad", "customer", "wish-sv", date(2026, 11, 1)),
    (CODE, "premium", "customer", "spend-limit-sv", DAY),
)


def test_the_block_list_is_written_as_shown():
    assert printed(NOW, "999").write_csv() == examples()["number"]


def test_its_changes_are_written_as_shown():
    assert printed(block_list_changes(BEFORE, NOW), "999").write_csv() == examples()["change"]


def test_orders_of_top_ups_are_written_as_shown():
    rows = [("20044:7", 20044, "99.50"), ("20001:1", 20001, "200.00")]
    orders = [(name, account, "automatic", Decimal(amount), "SEK", DAY, None, None) for name, account, amount in rows]
    frame = pl.DataFrame(orders, schema=tables.TOP_UP.schema, orient="row")
    assert printed_orders(frame) == examples()["top_up_id"].encode()
