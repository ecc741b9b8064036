"""Long tables as pages of text: heads repeat, sums are carried, nothing is lost."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.sample_documents import consolidated_invoice
from invoicing.documents.brand import load_brand
from invoicing.documents.document_parts import Specification, SpecificationRow
from invoicing.documents.itemised_tables import section_tables, specification_tables
from invoicing.documents.page_templates import PageTemplates
from invoicing.documents.text_pages import LINES_A_PAGE, CarriedWords, TextColumn, TextRow, TextTable, text_pages

WORDS = CarriedWords("carried", "brought")
COLUMNS = (TextColumn("what", 12), TextColumn("sum", 8, is_figure=True))
SWEDISH = PageTemplates(load_brand())
CALL = SpecificationRow(datetime(2026, 9, 1, 8, 15, 22), "070-174 06 xx", "Mobil", 65, Decimal("0.2345"))  # noqa: DTZ001


def table(rows, title="A"):
    """A table of rows that cost 1 each."""
    return TextTable(
        title, COLUMNS, tuple(TextRow((f"row {n}", "1"), Decimal(1)) for n in range(rows)), 1, str, ("total", "")
    )


def test_a_table_that_goes_on_repeats_its_head_and_carries_its_sum():
    """61 lines a page: title 2, head 1, carried 1 leave 57 rows; the next page has 3 more and the total."""
    (first,), (second,) = text_pages([table(60)], WORDS)
    assert (first.is_continued, second.is_continued) == (False, True)
    assert first.head == second.head == "what               sum"
    assert first.lines[0] == "row 0                1"
    assert first.lines[-1] == "carried             57"
    assert second.lines == [
        "brought             57", "row 57               1", "row 58               1", "row 59               1",
        "total               60",
    ]  # fmt: skip


def test_short_tables_share_a_page_and_none_begins_where_few_rows_would_fit():
    (page,) = text_pages([table(3, "A"), table(3, "B")], WORDS)
    assert [block.title for block in page] == ["A", "B"]
    pages = text_pages([table(50, "A"), table(9, "B")], WORDS)
    assert [[block.title for block in page] for page in pages] == [["A"], ["B"]]


@given(st.lists(st.integers(min_value=1, max_value=300), min_size=1, max_size=6), st.integers(0, 10))
def test_no_page_is_overfull_and_no_row_is_lost(sizes, taken):
    pages = text_pages([table(size, str(n)) for n, size in enumerate(sizes)], WORDS, taken)
    for number, page in enumerate(pages):
        used = sum(3 + len(block.lines) + 1 for block in page) - 1
        assert used <= LINES_A_PAGE - (taken if number == 0 else 0)
    rows = [line for page in pages for block in page for line in block.lines if line.startswith("row")]
    totals = [line for page in pages for block in page for line in block.lines if line.startswith("total")]
    assert len(rows) == sum(sizes)
    assert [int(line.split()[-1]) for line in totals] == sizes


def test_itemised_calls_show_every_decimal_their_sum_needs_and_mark_what_is_included():
    """0.2345 + 0.10 = 0.3345; 65 + 65 seconds are 2:10."""
    rows = (
        CALL,
        replace(CALL, amount_ex_vat=Decimal("0.10")),
        replace(CALL, units=0, amount_ex_vat=Decimal(0), is_included=True),
    )
    (made,) = specification_tables(
        [Specification("070-174 06 05", rows)], SWEDISH.texts["specification"], SWEDISH.figures
    )
    assert made.rows[0].cells == ("2026-09-01", "08:15:22", "070-174 06 xx", "Mobil", "1:05", "0,2345", "")
    assert [row.cells[5:] for row in made.rows[1:]] == [("0,1000", ""), ("0,0000", "•")]
    ((block,),) = text_pages([made], WORDS)
    assert block.lines[-1].split() == ["Summa", "3", "2:10", "0,3345"]


def test_users_stand_by_cost_centre_and_their_sums_make_its_sum():
    """Six users: 6 x 199 + (4 + 6 + 8 + 10 + 12 + 14 = 54) = 1 248."""
    made = section_tables(consolidated_invoice().sections, SWEDISH.texts["sections"], SWEDISH.figures)
    assert [one.title for one in made] == ["Kostnadsställe 100 Huvudkontor", "Kostnadsställe 210 Lager"]
    assert sum(row.amount for row in made[0].rows) == Decimal("1248.00")
    ((first, second),) = text_pages(made, WORDS)
    assert first.lines[-1].split("  ")[-1].strip() == "1\u00a0248,00"
    assert second.lines[1].split() == ["Mobil", "Företag", "1", "199,00"]


def test_a_text_too_long_for_its_column_is_cut_with_an_ellipsis():
    long = TextTable("A", COLUMNS, (TextRow(("a text that is too long", "1")),), 1, str, ("total", ""))
    ((block,),) = text_pages([long], WORDS)
    assert block.lines[0] == "a text that…         1"


def test_what_closes_a_part_has_no_time_and_is_not_counted_but_summed():
    closing = replace(CALL, started_at=None, number="", units=0, row_kind="not_itemised", amount_ex_vat=Decimal("0.5"))
    rounded = replace(closing, row_kind="rounding", zone="Samtal mobil", amount_ex_vat=Decimal("-0.0045"))
    parts = [Specification("070", (CALL, closing)), Specification("", (rounded,))]
    first, last = specification_tables(parts, SWEDISH.texts["specification"], SWEDISH.figures)
    assert first.rows[1].cells == ("", "", "", "Samtal som inte visas", "", "0,5000", "")
    assert first.closing[2] == "1"
    assert sum(row.amount for row in first.rows) == Decimal("0.7345")
    assert (last.title, last.rows[0].cells[3], last.closing[2]) == (
        "Avrundning av fakturans rader", "Samtal mobil", ""
    )  # fmt: skip
