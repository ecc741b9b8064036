"""Configure: the checked configuration is loaded into the lake, so that any night can be explained by it."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.reading import CONFIG_FILES
from pipelines.night import Night, StageReport
from schemas import tables


def configure(night: Night) -> StageReport:
    """Replace the tables of configuration files whose content changed since they were loaded."""
    digests = night.configuration.digests
    loaded = dict(night.store.read(tables.CONFIG_VERSION).select("config_name", "content_sha256").iter_rows())
    changed = {name for name, digest in digests.items() if loaded.get(name) != digest} | (set(loaded) - set(digests))
    rows = 0
    if changed:
        with night.store.transaction("configure"):
            for name, table in CONFIG_FILES.items():
                if name in changed:
                    rows += night.store.replace(table, night.config(table))
            versions = pl.DataFrame({"config_name": list(digests), "content_sha256": list(digests.values())})
            night.store.replace(tables.CONFIG_VERSION, versions.with_columns(pl.lit(night.on).alias("loaded_on")))
    return StageReport(len(digests), rows, 0, f"{len(changed)} of {len(digests)} files changed since the last night")
