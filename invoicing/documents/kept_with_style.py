"""What is worked out of a style once, and kept with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def once_a_style(work_out: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """Keep what is worked out of a style with the style; one that is changed is a copy, and has nothing kept."""

    def kept(style: Any) -> Any:
        known = vars(style)
        if name not in known:
            known[name] = work_out(style)
        return known[name]

    return kept
