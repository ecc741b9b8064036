"""Text is laid out once: what the renderer works out again for each piece of text, and again to draw it, is kept.

WeasyPrint 70 lays a text out, forgets it, and lays the same text out once more to draw it; it describes the font of a
style, and measures its empty line, anew for each text. It never gives back the list of a text's font features either,
12 KB a letter: ours belongs to its text. `kept_work` puts these in its place.
"""

from __future__ import annotations

from typing import Any

from weasyprint.text import fonts, line_break
from weasyprint.text.ffi import ffi, pango

from invoicing.documents.kept_with_style import once_a_style

# Characters after which a text goes on as another paragraph.
_PARAGRAPH_ENDS = frozenset("\n\r\N{PARAGRAPH SEPARATOR}")


class KeptLayout(line_break.Layout):  # type: ignore[misc]
    """A text that stays laid out until it is drawn."""

    def setup(self, style: Any) -> None:
        """Take font and language of a style, and its font features; the renderer is told of none (`no_features`)."""
        super().setup(style)
        if wanted := _features(style):
            given = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
            pango.pango_attr_list_insert(given, pango.pango_attr_font_features_new(wanted))
            pango.pango_layout_set_attributes(self.layout, given)

    def set_text(self, text: str, justify: bool = False) -> None:
        """Take a text. One paragraph is said to be one now: said when it is drawn, it would be laid out once more."""
        super().set_text(text, justify)
        if _PARAGRAPH_ENDS.isdisjoint(text):
            pango.pango_layout_set_single_paragraph_mode(self.layout, True)  # noqa: FBT003 (a C function)

    def deactivate(self) -> None:
        """Forget nothing."""

    def reactivate(self, style: Any) -> None:
        """Lay out anew what is justified only: it is drawn with other gaps than it was measured with."""
        if self.justification_spacing:
            super().reactivate(style)


def split_first_line(text: str, style: Any, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Split a text after its first line; where that ends with the paragraph, it is laid out without what follows.

    The renderer lays it out with the start of the next line, sees where it ends, and lays it out once more.
    """
    paragraph, newline, _ = text.partition("\n")
    if newline and not paragraph:
        return None, 0, 1, 0, 0, 0
    if newline:
        layout, length, resume_at, *measures = line_break.split_first_line(paragraph, style, *args, **kwargs)
        if resume_at is None:
            return layout, length, len(paragraph.encode()) + 1, *measures
    return tuple(line_break.split_first_line(text, style, *args, **kwargs))


def no_features(*_: Any, **__: Any) -> dict[str, Any]:
    """Name no font features, so that the renderer makes no list of them."""
    return {}


def _features_of(style: Any) -> bytes:
    """Return the font features of a style as Pango reads them, such as `tnum 1`."""
    named = fonts.font_features(
        style["font_kerning"], style["font_variant_ligatures"], style["font_variant_position"],
        style["font_variant_caps"], style["font_variant_numeric"], style["font_variant_alternates"],
        style["font_variant_east_asian"], style["font_feature_settings"],
    )  # fmt: skip
    return ",".join(f"{feature} {value}" for feature, value in named.items()).encode()


_features = once_a_style(_features_of, "kept_features")
font_description = once_a_style(line_break.get_font_description, "kept_font")
strut = once_a_style(line_break.strut, "kept_strut")
