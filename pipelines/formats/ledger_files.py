"""The files of one batch of vouchers, in every format that the policy lists: names and bytes."""

from __future__ import annotations

from pipelines.formats.beancount_journal import write_beancount
from pipelines.formats.datev_bookings import write_datev
from pipelines.formats.hledger_journal import write_hledger
from pipelines.formats.ledger_batch import LedgerBatch, WrittenFile
from pipelines.formats.ledger_csv import write_ledger_csv
from pipelines.formats.sie4_writer import write_sie4i

FOLDER = "outbox/ledger"
MANIFEST = "manifest"
_SINGLE = {
    "sie4i": (write_sie4i, "si"),
    "beancount": (write_beancount, "beancount"),
    "hledger": (write_hledger, "journal"),
}


def batch_files(batch: LedgerBatch) -> dict[tuple[str, str], WrittenFile]:
    """Write a batch in its formats: (format, path in the home) -> file.

    A DATEV file holds one fiscal year, so it is one format per year: `datev:2026`. Raises `LedgerFileError`.
    """
    files: dict[tuple[str, str], WrittenFile] = {}
    stem = f"{FOLDER}/ledger_{batch.number:06}"
    for name in batch.settings.formats:
        if name == "datev":
            for year, file in write_datev(batch).items():
                files[f"datev:{year}", f"{FOLDER}/EXTF_ledger_{batch.number:06}_{year}.csv"] = file
        elif name.startswith("csv:"):
            profile = batch.settings.profile(name.removeprefix("csv:"))
            files[name, f"{stem}_{profile.name}.csv"] = write_ledger_csv(batch, profile)
        else:
            write, suffix = _SINGLE[name]
            files[name, f"{stem}.{suffix}"] = write(batch)
    return files


def manifest_path(number: int) -> str:
    """Return the path of a batch's manifest in the home."""
    return f"{FOLDER}/ledger_{number:06}.json"
