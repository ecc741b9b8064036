"""Text is laid out once: what the renderer works out again for each piece of text, and again to draw it, is kept.

WeasyPrint 70 lays a text out, forgets it, and lays the same text out once more to draw it; it describes the font of a
style, and measures its empty line, anew for each text. While a page is rendered, ours stand in place of these
functions; a test has both ways give the same bytes. It saves a twentieth of a letter's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from weasyprint.css import computed_values, units
from weasyprint.layout import inline
from weasyprint.text import line_break


class _KeptLayout(line_break.Layout):  # type: ignore[misc]
    """A text that stays laid out until it is drawn."""

    def deactivate(self) -> None:
        """Forget nothing."""

    def reactivate(self, style: Any) -> None:
        """Lay out anew what is justified only: it is drawn with other gaps than it was measured with."""
        if self.justification_spacing:
            super().reactivate(style)


def _once_a_style(work_out: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """Keep what is worked out of a style with the style; one that is changed is a copy, and has nothing kept."""

    def kept(style: Any) -> Any:
        known = vars(style)
        if name not in known:
            known[name] = work_out(style)
        return known[name]

    return kept


_strut = _once_a_style(line_break.strut, "kept_strut")
_OURS: Mapping[ModuleType, Mapping[str, Any]] = {
    line_break: {
        "Layout": _KeptLayout,
        "get_font_description": _once_a_style(line_break.get_font_description, "kept_font"),
        "strut": _strut,
    },
    inline: {"strut": _strut},
    units: {"strut": _strut},
    computed_values: {"strut": _strut},
}
_THEIRS = {module: {name: getattr(module, name) for name in ours} for module, ours in _OURS.items()}


@contextmanager
def kept_text() -> Iterator[None]:
    """Let the renderer keep texts meanwhile; not for two threads at a time."""
    _put(_OURS)
    try:
        yield
    finally:
        _put(_THEIRS)


def _put(functions: Mapping[ModuleType, Mapping[str, Any]]) -> None:
    for module, named in functions.items():
        for name, function in named.items():
            setattr(module, name, function)
