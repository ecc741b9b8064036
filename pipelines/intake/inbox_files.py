"""Files of the inbox, read one ahead: while one is taken into the lake, a thread reads and parses the next."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Generator, Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.configuration.reading import Configuration
from pipelines.formats.delimited_text import HEAD_BYTES
from pipelines.formats.file_faults import unreadable
from pipelines.formats.layout import FileFaultError, Layout, Parsed, ReadContext
from pipelines.formats.recognise import LAYOUTS, recognise
from pipelines.work_ahead import worked_ahead
from schemas import tables


class Reading(NamedTuple):
    """What a file was read as."""

    layout: Layout
    parsed: Parsed


class InboxFile(NamedTuple):
    """A file in the inbox, read; `reading` is its fault where it must be refused whole."""

    path: Path
    content: bytes
    sha256: str
    reading: Reading | FileFaultError


class Arrival(NamedTuple):
    """A file as it was found in the inbox, or the fault of one that cannot be opened."""

    path: Path
    file: InboxFile | FileFaultError


def arrivals(paths: Iterable[Path], configuration: Configuration, archived: Container[str]) -> Generator[Arrival]:
    """Read files in their order, one ahead of the one that is given; content whose SHA-256 is `archived` unparsed.

    No more than three are in memory: one with the caller, one read, one being read. What fails unforeseen is raised in
    the file's turn.
    """

    def read(path: Path) -> Arrival:
        return _arrival(path, configuration, archived)

    for _, arrival in worked_ahead(paths, read, 1):
        yield arrival


def read_file(path: Path, configuration: Configuration) -> Arrival:
    """Read a file, whether or not its content was read before."""
    return _arrival(path, configuration, ())


def _arrival(path: Path, configuration: Configuration, archived: Container[str]) -> Arrival:
    if path.is_symlink():
        return Arrival(path, unreadable("the inbox takes files, not links to them; copy the file itself"))
    try:
        content = path.read_bytes()
    except OSError as error:
        return Arrival(path, unreadable(f"{error.strerror}; give nightbill the right to read it"))
    sha256 = hashlib.sha256(content).hexdigest()
    return Arrival(path, InboxFile(path, content, sha256, _reading(content, configuration, sha256 in archived)))


def _reading(content: bytes, configuration: Configuration, is_archived: bool) -> Reading | FileFaultError:
    if is_archived:
        return FileFaultError("ALREADY_SEEN", "the same content was read before")
    try:
        layout = recognise(content[:HEAD_BYTES], [*LAYOUTS, *configuration.profiles])
        return Reading(layout, _parsed(layout, content, configuration))
    except FileFaultError as fault:
        return fault


def read_context(configuration: Configuration) -> ReadContext:
    """Return what readers must know of the operator."""
    operator = configuration.policy.operator
    rates = configuration.frame(tables.EXCHANGE_RATE).group_by("currency").agg(pl.col("rate_from").min())
    return ReadContext(operator.time_zone, operator.currency, dict(rates.iter_rows()))


def _parsed(layout: Layout, content: bytes, configuration: Configuration) -> Parsed:
    """Read a file; whatever a reader trips over condemns its file, never the night."""
    try:
        return layout.read(content, read_context(configuration))
    except (pl.exceptions.PolarsError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        text = f"{layout.name} cannot make sense of it ({type(error).__name__}); send the file to nightbill's makers"
        raise unreadable(text) from error
