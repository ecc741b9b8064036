"""Functions of ours in place of the renderer's while a page is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

#: What a module or a class is given, by the name under which it knows it.
StandIns = Sequence[tuple[ModuleType | type, Mapping[str, Any]]]


@contextmanager
def standing_in(ours: StandIns) -> Iterator[None]:
    """Put ours in place meanwhile; not for two threads at a time."""
    theirs = [(module, {name: getattr(module, name) for name in named}) for module, named in ours]
    _put(ours)
    try:
        yield
    finally:
        _put(theirs)


def _put(functions: StandIns) -> None:
    for module, named in functions:
        for name, function in named.items():
            setattr(module, name, function)
