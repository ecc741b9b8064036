"""A border on one side of a box is painted as what it is, a rectangle.

WeasyPrint 70 cuts out a segment of each border and fills the ring between two outlines in it: some twenty operators a
cell of a table, where the rule below it needs one. A test compares the two by their pixels.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from weasyprint import draw
from weasyprint.draw import border
from weasyprint.draw.color import get_color

from invoicing.documents.stand_ins import standing_in

_CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")


def plain_rules() -> AbstractContextManager[None]:
    """Let the renderer paint borders as rectangles meanwhile, where they are; not for two threads at a time."""
    return standing_in([(draw, {"draw_border": _draw_border})])


def _draw_border(stream: Any, box: Any) -> None:
    sides = [side for side in border.SIDES if getattr(box, f"border_{side}_width")]
    if len(sides) != 1 or not _is_plain(box, sides[0]):
        border.draw_border(stream, box)
        return
    with stream.artifact():
        stream.set_color(get_color(box.style, f"border_{sides[0]}_color"))
        stream.rectangle(*_rectangle(box, sides[0]))
        stream.fill()


def _is_plain(box: Any, side: str) -> bool:
    style = box.style
    return (
        style["visibility"] == "visible"
        and style[f"border_{side}_style"] == "solid"
        and style["border_image_source"][0] == "none"
        and style["column_width"] == style["column_count"] == "auto"
        and get_color(style, f"border_{side}_color").alpha > 0
        and all(getattr(box, f"border_{corner}_radius") == (0, 0) for corner in _CORNERS)
    )


def _rectangle(box: Any, side: str) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the border on a side."""
    left, top, width, height = box.border_box_x(), box.border_box_y(), box.border_width(), box.border_height()
    thickness = getattr(box, f"border_{side}_width")
    if side in {"left", "right"}:
        return left if side == "left" else left + width - thickness, top, thickness, height
    return left, top if side == "top" else top + height - thickness, width, thickness
