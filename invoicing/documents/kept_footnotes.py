"""The footnotes of a page, such as a payment slip, are laid out once.

WeasyPrint 70 lays their area out when it meets them, to know its height, and all the same again when the page is full.
`kept_work` puts this in its place.
"""

from __future__ import annotations

from typing import Any

from weasyprint.formatting_structure.boxes import FootnoteAreaBox
from weasyprint.layout import block
from weasyprint.layout.absolute import AbsolutePlaceholder


def block_level_layout(context: Any, box: Any, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Lay out a box; the area of footnotes that are those it was laid out with before is as it was then."""
    if not isinstance(box, FootnoteAreaBox):
        return tuple(block.block_level_layout(context, box, *args, **kwargs))
    known = vars(context)
    asked = box.page, box.position_x, box.position_y, list(context.current_page_footnotes)
    before, laid_out = known.pop("kept_footnotes", (None, ()))
    if before == asked:
        return tuple(laid_out)
    laid_out = block.block_level_layout(context, box, *args, **kwargs)
    if not any(isinstance(child, AbsolutePlaceholder) for child in laid_out[0].descendants()):
        known["kept_footnotes"] = asked, laid_out
    return tuple(laid_out)
