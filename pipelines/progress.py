"""Progress: who wants to know which stage is running. Nobody, unless a command listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def announce(what: str) -> None:
    """Say what is being done now."""
    listener = _listener.get()
    if listener:
        listener(what)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let a listener hear what is announced within."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
