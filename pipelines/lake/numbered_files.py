"""Files for other systems, numbered without gaps: committed to the lake first, then written.

What a file says is read back from the lake, so a run killed between the two writes the same bytes the next time. The
last file is seen to before another is committed, so no earlier one can be missing; one that was taken away since is
the receiver's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.home import write_whole
from pipelines.night import Night
from schemas.table import Table

Content = Callable[[Night, int], bytes]


@dataclass(frozen=True)
class NumberedFiles:
    """One series: `table` has a row per file, its files are `outbox/<folder>/<stem>_<number>.<suffix>`.

    `series`: columns of the table, with their values, that tell one series in it from another.
    """

    table: Table
    folder: str
    stem: str
    suffix: str = "csv"
    series: Mapping[str, str] = field(default_factory=dict)

    def next_number(self, night: Night) -> int:
        """Return the number of the next file."""
        return self._last(night) + 1

    def commit(self, night: Night, number: int, about: dict[str, Any], content: bytes) -> None:
        """Put a file's row into the lake, within the caller's transaction."""
        row = {
            "file_no": number,
            "file_path": f"outbox/{self.folder}/{self.stem}_{number:06}.{self.suffix}",
            "content_sha256": hashlib.sha256(content).hexdigest(),
            **self.series,
            **about,
        }
        night.store.append(self.table, pl.DataFrame([row], schema=self.table.schema, orient="row"))

    def restore_last(self, night: Night, content: Content) -> Path | None:
        """Write the last file where it is missing, and return its path; None where it is there.

        Raises `ValueError` when it would not be what it was.
        """
        number = self._last(night)
        if not number:
            return None
        row = self.row(night, number)
        path = night.home.root / str(row["file_path"])
        if path.exists():
            return None
        written = content(night, number)
        if hashlib.sha256(written).hexdigest() != row["content_sha256"]:
            message = f"{row['file_path']} cannot be written again as it was; restore the file from a backup"
            raise ValueError(message)
        write_whole(path, written)
        return path

    def row(self, night: Night, number: int) -> dict[str, Any]:
        """Return a file's row."""
        where = f"file_no = ? AND {self._of_series}"
        return night.store.read(self.table, where, [number, *self.series.values()]).row(0, named=True)

    @property
    def _of_series(self) -> str:
        return " AND ".join(f"{name} = ?" for name in self.series) or "true"

    def _last(self, night: Night) -> int:
        return night.store.last_number(self.table, "file_no", self._of_series, list(self.series.values()))
