"""docs/e-invoices.md tells every business term, and columns that exist."""

import re
from pathlib import Path

from schemas.tables import TABLES

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "e-invoices.md").read_text(encoding="utf-8")
MAPPING = PAGE.partition("## What it says")[2].partition("\n## ")[0]
MODEL = (ROOT / "invoicing" / "einvoice" / "electronic_invoice.py").read_text(encoding="utf-8")


def terms(text):
    """The terms in a text; BT-30-1 is a part of BT-30."""
    return set(re.findall(r"B[TG]-\d+", text))


def test_the_table_has_the_terms_of_the_model_and_no_others():
    rows = "\n".join(line.split("|")[1] for line in MAPPING.splitlines() if line.startswith("| B"))
    assert terms(rows) == terms(MODEL)


def test_every_column_that_it_names_exists():
    columns = {f"{table.name}.{name}" for table in TABLES for name in table.names}
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", MAPPING))
    assert named
    assert named - columns == set()
