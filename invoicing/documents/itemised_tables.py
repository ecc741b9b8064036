"""The long parts of an invoice as text tables: itemised calls by subscription, and users by cost centre."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import groupby

from invoicing.documents.document_parts import Section, Specification, SpecificationRow
from invoicing.documents.locale_text import LocaleText, decimals_of
from invoicing.documents.text_pages import TextColumn, TextRow, TextTable

INCLUDED = "•"
_INDENT = "  "
_AMOUNT, _SUM = 5, 4  # which column has the sum


def specification_tables(
    parts: Sequence[Specification], words: Mapping[str, str], figures: LocaleText
) -> list[TextTable]:
    """Return one table a subscription or user: date, time, number, zone, units, amount, and whether it was included.

    All amounts of a table have as many decimals as the most exact of them.
    """
    return [_specification_table(part, words, figures) for part in parts]


def section_tables(sections: Sequence[Section], words: Mapping[str, str], figures: LocaleText) -> list[TextTable]:
    """Return one table a cost centre: each user with his sum, and below him what it is made of."""
    columns = (
        TextColumn(words["user"], 53),
        TextColumn(words["quantity"], 9, is_figure=True),
        TextColumn(words["used"], 12, is_figure=True),
        TextColumn(words["net_amount"], 13, is_figure=True),
        TextColumn(words["sum"], 13, is_figure=True),
    )
    tables = []
    for cost_centre, users in groupby(sections, key=lambda section: section.cost_centre):
        title = words["cost_centre"].format(cost_centre=cost_centre) if cost_centre else words["no_cost_centre"]
        rows = tuple(row for section in users for row in _section_rows(section, figures))
        tables.append(TextTable(title, columns, rows, _SUM, figures.amount, (words["total"], "", "", "", "")))
    return tables


def _section_rows(section: Section, figures: LocaleText) -> Iterable[TextRow]:
    yield TextRow((section.user, "", "", "", figures.amount(section.net_amount)), section.net_amount)
    for line in section.lines:
        used = figures.units(line.units, line.usage_kind) if line.usage_kind and line.units else ""
        yield TextRow((_INDENT + line.text, figures.count(line.quantity), used, figures.amount(line.net_amount), ""))


def _specification_table(part: Specification, words: Mapping[str, str], figures: LocaleText) -> TextTable:
    columns = (
        TextColumn(words["date"], 12),
        TextColumn(words["time"], 8),
        TextColumn(words["number"], 16),
        TextColumn(words["zone"], 37),
        TextColumn(words["used"], 10, is_figure=True),
        TextColumn(words["net_amount"], 12, is_figure=True),
        TextColumn("", 1),
    )
    decimals = max((2, *(decimals_of(row.amount_ex_vat) for row in part.rows)))

    def amount_text(amount: Decimal) -> str:
        return figures.charge(amount, decimals)

    day_text, written = cache(figures.day), cache(amount_text)

    def cells(row: SpecificationRow) -> tuple[str, ...]:
        if row.started_at is None:
            return "", "", "", words.get(row.row_kind) or row.zone, "", written(row.amount_ex_vat), ""
        return (
            day_text(row.started_at.date()), f"{row.started_at:%H:%M:%S}", row.number, row.zone,
            figures.units(row.units, row.usage_kind), written(row.amount_ex_vat), INCLUDED if row.is_included else "",
        )  # fmt: skip

    rows = tuple(TextRow(cells(row), row.amount_ex_vat) for row in part.rows)
    records = [row for row in part.rows if row.started_at is not None]
    count = figures.count(len(records)) if records else ""
    closing = (words["total"], "", count, "", _talk_time(records, figures), "", "")
    return TextTable(part.title or words["rounding_of_lines"], columns, rows, _AMOUNT, amount_text, closing)


def _talk_time(rows: Sequence[SpecificationRow], figures: LocaleText) -> str:
    """Add up talk time where calls are all that was itemised."""
    if not rows or any(row.usage_kind != "call" for row in rows):
        return ""
    return figures.talk_time(sum(row.units for row in rows))
