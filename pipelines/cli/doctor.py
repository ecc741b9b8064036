"""Doctor: is everything there that a night needs? Each finding with its remedy."""

from __future__ import annotations

import ctypes.util
import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.home import FOLDERS, SECRET_MODE, Home
from pipelines.lake.connection import EXTENSIONS, bare_connection, extension_file
from pipelines.lake.table_sql import quoted

PACKAGES = ("schemas", "rating", "invoicing", "crm", "pipelines", "templates")
LIBRARIES = (
    "polars",
    "pyarrow",
    "duckdb",
    "prefect",
    "pandera",
    "jinja2",
    "weasyprint",
    "babel",
    "segno",
    "lxml",
    "typer",
    "rich",
)
SYSTEM_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0", "pangoft2-1.0": "libpangoft2-1.0-0", "harfbuzz": "libharfbuzz0b",
    "harfbuzz-subset": "libharfbuzz-subset0",
}  # fmt: skip
_WITHOUT = {"harfbuzz-subset": ": each document takes 0.4 s longer"}
INSTALL_LIBRARIES = "apt-get install -y --no-install-recommends " + " ".join(sorted(SYSTEM_LIBRARIES.values()))


class Finding(NamedTuple):
    """One thing looked at; `remedy` is empty when all is well."""

    what: str
    found: str
    remedy: str

    @property
    def well(self) -> bool:
        """Tell whether nothing needs doing."""
        return not self.remedy


def examine(home: Home | None) -> list[Finding]:
    """Look at everything."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _libraries,
        _extensions,
        _system,
        _rendering,
    )
    findings = [finding for check in checks for finding in check()]
    return findings + ([*_folders(home), *_secret(home)] if home else [])


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", found, "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer")


def _packages() -> Iterator[Finding]:
    """`rating`, `data` and others are names of foreign distributions too: what is imported must be ours."""
    here = Path(__file__).resolve().parents[2]
    for name in PACKAGES:
        module = __import__(name)
        place = Path(str(module.__file__)).resolve().parent
        ours = place.parent == here
        remedy = "" if ours else f"another distribution installs a module {name}; use an environment of nightbill's own"
        yield Finding(f"package {name}", "ours" if ours else str(place), remedy)


def _libraries() -> Iterator[Finding]:
    for name in LIBRARIES:
        try:
            yield Finding(name, version(name), "")
        except PackageNotFoundError:
            yield Finding(name, "missing", "install the locked requirements: make setup")


def _extensions() -> Iterator[Finding]:
    connection = bare_connection()
    for name in EXTENSIONS:
        path = extension_file(name)
        package = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        if path is None:
            yield Finding(f"DuckDB extension {name}", "missing", f"install {package}")
            continue
        try:
            connection.execute(f"LOAD {quoted(str(path))}")
            yield Finding(f"DuckDB extension {name}", f"loaded from its wheel, for DuckDB {duckdb.__version__}", "")
        except duckdb.Error as error:
            yield Finding(f"DuckDB extension {name}", str(error)[:100], f"reinstall {package}")


def _system() -> Iterator[Finding]:
    for name, package in SYSTEM_LIBRARIES.items():
        found = ctypes.util.find_library(name)
        without = _WITHOUT.get(name, "")
        yield Finding(f"library {name}", found or f"missing{without}", "" if found else f"apt-get install -y {package}")


def _rendering() -> Iterator[Finding]:
    """Render a word with the brand's own fonts."""
    try:
        from invoicing.documents.brand import load_brand  # noqa: PLC0415 (its libraries may be what is missing)
        from invoicing.documents.pdf_writer import PdfWriter  # noqa: PLC0415

        page = "<html lang='sv'><head><title>prov</title></head><body>å ä ö Å Ä Ö é</body></html>"
        size = len(PdfWriter(load_brand()).pdf(page, "doctor"))
        yield Finding("fonts and PDF", f"a page of {size} bytes with å ä ö", "")
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        yield Finding("fonts and PDF", f"{type(error).__name__}: {error}"[:120], INSTALL_LIBRARIES)


def _folders(home: Home) -> Iterator[Finding]:
    for name in FOLDERS:
        path = home.root / name
        writable = path.is_dir() and os.access(path, os.W_OK)
        remedy = "" if writable else (f"nightbill init {home.root}" if not path.is_dir() else f"chmod u+w {path}")
        yield Finding(f"folder {name}", "writable" if writable else "not writable", remedy)


def _secret(home: Home) -> Iterator[Finding]:
    """Whoever can read the secret can compute the codes of callers with secret numbers."""
    if home.secret.exists():
        mode = home.secret.stat().st_mode & 0o777
        yield Finding("file secret.key", f"mode {mode:o}", "" if mode == SECRET_MODE else f"chmod 600 {home.secret}")
    else:
        yield Finding("file secret.key", "missing: the next run makes one", "")
