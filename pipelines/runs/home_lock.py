"""Who may write in a home: one run at a time. The second one waits, steps aside or is refused, and says so.

Appends to the lake do not conflict with each other, so two runs at once could write the same keys: the lock keeps them
apart. It is the operating system's, so it ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from pipelines import clock, progress
from pipelines.home import Home, HomeError

INTRADAY = "intraday"
PATIENCE_S = 15 * 60
_LOOK_EVERY_S = 0.2
_NAMELESS_S = 2  # between taking the lock and writing its name a holder has none


@dataclass(frozen=True)
class Holder:
    """Who holds a home: its command (empty when it cannot be read), process and since when."""

    command: str = ""
    process: int = 0
    since: str = ""

    def __str__(self) -> str:
        if not self.command:
            return "another run holds this home"
        return f"nightbill {self.command} (process {self.process}, since {self.since}) holds this home"


class HomeHeldError(HomeError):
    """Another run holds the home."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"{holder}. Wait for it to end, or end it.")
        self.holder = holder


@contextmanager
def exclusive(home: Home, command: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the home for one writing run of `command`.

    A run by day is short: whatever finds one waits for it, up to `patience_s`, and says so to who listens. Raises
    `HomeHeldError`, naming the holder, when that has not ended by then, or when any other run has the home; a run by
    day never waits.
    """
    with (home.lake / "home.lock").open("a+", encoding="utf-8") as handle:
        _take(handle, command, patience_s)
        holder = {"command": command, "process": os.getpid(), "since": clock.now().isoformat(timespec="seconds")}
        handle.truncate(0)
        handle.write(json.dumps(holder))
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)


def _take(handle: IO[str], command: str, patience_s: float) -> None:
    begun = time.monotonic()
    while not _is_free(handle):
        holder = _holder(handle)
        by_day = holder.command == INTRADAY and command != INTRADAY
        patience = patience_s if by_day else 0 if holder.command else _NAMELESS_S
        if time.monotonic() - begun >= patience:
            raise HomeHeldError(holder)
        if by_day:
            progress.announce(f"{holder}; waiting for it to end")
        time.sleep(_LOOK_EVERY_S)


def _is_free(handle: IO[str]) -> bool:
    """Take the lock if nobody has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle: IO[str]) -> Holder:
    handle.seek(0)
    try:
        return Holder(**json.loads(handle.read()))
    except (ValueError, TypeError):
        return Holder()
