"""policy.toml: read, typed, and every faulty setting named with its line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipelines.configuration.fault import Fault
from schemas.policy import Policy, Rating

FILE = "policy.toml"


@dataclass(frozen=True)
class PolicyFile:
    """policy.toml as it stands; `policy` is None when it has faults, `settings` is then what could be read."""

    text: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    policy: Policy | None = None

    def line(self, section: str, key: str) -> int | None:
        """Return the line of a setting."""
        return toml_line(self.text, [section, key])

    def texts(self, section: str) -> dict[str, str]:
        """Return the settings of a section that are text, whether or not the others are sound."""
        found = self.settings.get(section)
        return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}

    @cached_property
    def rating(self) -> Rating | None:
        """The settings of `[rating]`, whether or not other sections are sound; None when they have faults."""
        if not self.settings:  # nothing of the file could be read
            return None
        try:
            return Rating.model_validate(self.settings.get("rating", {}))
        except ValidationError:
            return None


def read_policy(path: Path) -> tuple[PolicyFile, list[Fault]]:
    """Read policy.toml; every fault of it, with what could be read."""
    try:
        text = path.read_bytes().decode("utf-8")
        settings = tomllib.loads(text, parse_float=str)
    except FileNotFoundError:
        return PolicyFile(), [Fault(FILE, None, "", "the file is missing", "copy it from the starter configuration")]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return PolicyFile(), [Fault(FILE, line, "", f"not UTF-8: {error.reason}", "save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        place, value = toml_place(error, text)
        problem = f"not readable as TOML: {error}"
        return PolicyFile(), [Fault(FILE, place, value, problem, "mend the syntax at that place")]
    try:
        return PolicyFile(text, settings, Policy.model_validate(settings)), []
    except ValidationError as error:
        return PolicyFile(text, settings), [_setting_fault(text, dict(each)) for each in error.errors()]


def _setting_fault(text: str, error: dict[str, Any]) -> Fault:
    path = [str(part) for part in error["loc"]]
    value = "" if error["type"] == "missing" else str(error.get("input", ""))
    remedy = "add it" if error["type"] == "missing" else "see the comments in the starter policy.toml"
    problem = f"{'.'.join(path)}: {error['msg'].removeprefix('Value error, ')}"
    return Fault(FILE, toml_line(text, path), value, problem, remedy)


def toml_line(text: str, path: list[str]) -> int | None:
    """Return the line where a setting stands, or its section when the setting does not.

    `path` is the key alone for settings before the first section, else section and key.
    """
    section, found = "", None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([\w.]+)]", line)
        if header:
            section = header[1]
            found = number if section == path[0] and found is None else found
            continue
        key = path[0] if not section else path[1] if section == path[0] and len(path) > 1 else ""
        if key and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return found


def toml_place(error: tomllib.TOMLDecodeError, text: str) -> tuple[int | None, str]:
    """Return line and content of the place a TOML syntax error names."""
    lines = text.splitlines()
    place = re.search(r"at line ([0-9]+)", str(error))
    line = int(place[1]) if place else len(lines)
    return line, lines[line - 1].strip() if 0 < line <= len(lines) else ""
