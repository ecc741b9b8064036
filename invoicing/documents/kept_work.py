"""What the renderer works out again and again, kept.

This builds on the inside of WeasyPrint 70; a test has both ways give the same bytes, so that a version that differs is
found before it is used.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from weasyprint import layout
from weasyprint.css import computed_values, units
from weasyprint.formatting_structure import build
from weasyprint.formatting_structure.boxes import Box
from weasyprint.layout import absolute, background, block, column, grid, inline, page, table
from weasyprint.layout import float as floats
from weasyprint.text import line_break

from invoicing.documents import kept_boxes, kept_footnotes, kept_styles, kept_text
from invoicing.documents.stand_ins import StandIns, standing_in

_LAYS_OUT_TEXT = {
    "Layout": kept_text.KeptLayout,
    "font_features": kept_text.no_features,
    "get_font_description": kept_text.font_description,
}
_MEASURES_LINES = (line_break, inline, units, computed_values)
_LAYS_OUT_BOXES = (absolute, block, column, floats, grid, inline, page, table)
_LAYS_OUT_FOOTNOTES = (layout, page)
_OURS: StandIns = (
    (line_break, _LAYS_OUT_TEXT),
    (inline, {"split_first_line": kept_text.split_first_line, "avoid_collisions": kept_boxes.avoid_collisions}),
    (Box, {"is_in_normal_flow": kept_boxes.is_in_normal_flow}),
    (build, {"wrap_table": kept_styles.wrap_table}),
    (background, {"resolve_radii_percentages": kept_boxes.resolve_radii_percentages}),
    *((module, {"block_level_layout": kept_footnotes.block_level_layout}) for module in _LAYS_OUT_FOOTNOTES),
    *((module, {"strut": kept_text.strut}) for module in _MEASURES_LINES),
    *((module, {"resolve_percentages": kept_boxes.resolve_percentages}) for module in _LAYS_OUT_BOXES),
)


def kept_work() -> AbstractContextManager[None]:
    """Let the renderer keep its work meanwhile; not for two threads at a time."""
    return standing_in(_OURS)
