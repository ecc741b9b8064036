"""The registers that sign-ups are checked against: is each file there, and does it have its columns?

Only the header is read: `nightbill check` and every command ask this, and a register has a million rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import FILE, PolicyFile

REGISTER_COLUMNS = {
    "address": ("number", "name", "street", "postcode", "city", "secret"),
    "credit": ("registration_no", "remark_count", "remark_amount"),
}
_LONGEST_HEADER = 65_536


class HeaderError(Exception):
    """A register cannot be used; `value` is what was found."""

    def __init__(self, problem: str, remedy: str, value: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy
        self.value = value


def register_faults(policy: PolicyFile, root: Path) -> Iterator[Fault]:
    """Find the files named in `[registers]` that are not there, cannot be read or lack columns.

    Their paths are relative to `root`, the home.
    """
    for name, file in policy.texts("registers").items():
        if not file or name not in REGISTER_COLUMNS:
            continue
        try:
            register_header(root / file, name)
        except FileNotFoundError:
            problem = f"registers.{name}: there is no such file in the home"
            remedy = "put the register there, or leave the setting empty"
            yield Fault(FILE, policy.line("registers", name), file, problem, remedy)
        except OSError as error:
            problem = f"registers.{name}: the file cannot be read: {error.strerror}"
            yield Fault(FILE, policy.line("registers", name), file, problem, "name a file that nightbill may read")
        except HeaderError as error:
            yield Fault(file, 1, error.value, str(error), error.remedy)


def register_header(path: Path, name: str) -> tuple[str, list[str]]:
    """Return the separator and the columns of a register. Raises `HeaderError` when a column is not there once."""
    with path.open("rb") as file:
        head = file.readline(_LONGEST_HEADER)
    try:
        line = head.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise HeaderError(f"the header is not UTF-8: {error.reason}", "save the register as CSV, UTF-8") from None
    separator = ";" if line.count(";") > line.count(",") else ","
    header = [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    wrong = [column for column in REGISTER_COLUMNS[name] if header.count(column) != 1]
    if wrong:
        remedy = (
            f"the header must have {','.join(REGISTER_COLUMNS[name])}, each once, in any order; others are passed over"
        )
        raise HeaderError(f"the {name} register does not have the columns {', '.join(wrong)} once each", remedy, line)
    return separator, header
