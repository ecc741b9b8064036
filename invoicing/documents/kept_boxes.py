"""What of a box follows from its style alone is worked out once a style.

WeasyPrint 70 resolves margins, paddings, borders, widths and heights of each box anew, one by one, though only
percentages depend on what is around the box, and asks again and again whether a box is in the flow and what floats
beside it. `kept_work` puts these in its place.
"""

from __future__ import annotations

from typing import Any

from weasyprint.formatting_structure.boxes import Box, LineBox
from weasyprint.layout import float as floats
from weasyprint.layout import percent

from invoicing.documents.kept_with_style import once_a_style

_is_in_normal_flow = Box.is_in_normal_flow
_SIDES = ("top", "right", "bottom", "left")
_RESOLVED = (
    "width", "min_width", "max_width", "height", "min_height", "max_height",
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in _SIDES),
)  # fmt: skip
_RADII = tuple(f"border_{end}_{side}_radius" for end in ("top", "bottom") for side in ("left", "right"))
_TAKEN_OVER = tuple(f"border_{side}_width" for side in _SIDES)


def resolve_percentages(box: Any, containing_block: Any) -> None:
    """Set the used lengths of a box, as the renderer's function of this name does."""
    known = vars(box.style)
    if lengths := known.get("kept_lengths"):
        for name, length in lengths:
            setattr(box, name, length)
        return
    percent.resolve_percentages(box, containing_block)
    if lengths is None:
        known["kept_lengths"] = _lengths_of(box) if _has_no_percentage(box.style) else ()


def resolve_radii_percentages(box: Any) -> None:
    """Set the used radii of a box, as the renderer's function of this name does; most boxes have none."""
    if _has_square_corners(box.style):
        for name in _RADII:
            setattr(box, name, (0, 0))
    else:
        percent.resolve_radii_percentages(box)


def is_in_normal_flow(box: Any) -> bool:
    """Whether a box is neither floated nor positioned, as the renderer's method of this name tells."""
    known = vars(box.style)
    if "kept_in_flow" not in known:
        known["kept_in_flow"] = _is_in_normal_flow(box)
    return bool(known["kept_in_flow"])


def avoid_collisions(context: Any, box: Any, containing_block: Any, outer: bool = True) -> tuple[float, float, float]:
    """Return where a box may stand beside what floats, as the renderer's function of this name does.

    It is asked three times a line; a line of text where nothing floats has the whole width.
    """
    if context.excluded_shapes or not isinstance(box, LineBox) or containing_block.style["direction"] != "ltr":
        left, top, width = floats.avoid_collisions(context, box, containing_block, outer)
        return left, top, width
    return containing_block.content_box_x(), box.position_y, containing_block.width


def _has_no_radius(style: Any) -> bool:
    return all((0, "px") in style[name] for name in _RADII)


def _lengths_of(box: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((name, getattr(box, name)) for name in (*_RESOLVED, *_TAKEN_OVER))


def _has_no_percentage(style: Any) -> bool:
    """Whether all lengths are pixels or `auto`; borders that collapse depend on their neighbours."""
    return style["border_collapse"] != "collapse" and all(
        style[name] in ("auto", None) or getattr(style[name], "unit", "") == "px" for name in _RESOLVED
    )


_has_square_corners = once_a_style(_has_no_radius, "kept_square_corners")
