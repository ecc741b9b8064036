"""Checks of the ledger's files: formats name profiles that exist, and accounts fit the formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import FILE, PolicyFile
from pipelines.formats.export_profile import ExportProfile
from pipelines.formats.ledger_batch import account_kind
from schemas.policy import Export

_DATEV_DIGITS = 4


def export_format_faults(
    policy: PolicyFile, profiles: Sequence[ExportProfile], accounts: pl.DataFrame
) -> Iterator[Fault]:
    """Find formats of [export] whose profile is absent or of other rows, and accounts that DATEV cannot take."""
    formats: Sequence[str] = policy.policy.export.formats if policy.policy else Export().formats
    line = policy.line("export", "formats")
    known = {profile.name: profile for profile in profiles}
    for name in (each.removeprefix("csv:") for each in formats if each.startswith("csv:")):
        if name not in known:
            problem = f"export.formats: no profile in config/export_profiles has the name {name}"
            yield Fault(FILE, line, f"csv:{name}", problem, "name one that is there, or add it (docs/ledger-files.md)")
        elif known[name].rows == "open_item":
            problem = f"export.formats: profile {name} has rows of open items, not of the ledger"
            yield Fault(FILE, line, f"csv:{name}", problem, "name a profile whose rows are entry or side")
    yield from _service_faults(policy, known)
    yield from _retained_faults(policy, accounts)
    if "datev" in formats:
        for row in accounts.filter(pl.col("ledger_account").str.len_chars() != _DATEV_DIGITS).to_dicts():
            problem = f"export.formats has datev, whose accounts have {_DATEV_DIGITS} digits"
            yield Fault("accounts.csv", row["line"], row["ledger_account"], problem, "renumber it, or leave datev out")


def _retained_faults(policy: PolicyFile, accounts: pl.DataFrame) -> Iterator[Fault]:
    """A full export opens the year with earlier results on this account: an account of results has no opening."""
    number = (policy.policy.export if policy.policy else Export()).retained_earnings
    given = dict(accounts.select("ledger_account", "account_kind").iter_rows())
    kind = account_kind(number, given.get(number))
    if kind in {"income", "expense"}:
        problem = f"export.retained_earnings: {number} is an account of {kind}, which has no opening balance"
        line = policy.line("export", "retained_earnings")
        yield Fault(FILE, line, number, problem, "name an account of equity, such as 2091")


def _service_faults(policy: PolicyFile, known: Mapping[str, ExportProfile]) -> Iterator[Fault]:
    for service, name in (policy.policy.collection.services if policy.policy else {}).items():
        if name not in known or known[name].rows != "open_item":
            problem = f"collection.services: {service} needs a profile of config/export_profiles with rows = open_item"
            yield Fault(FILE, policy.line("collection", "services"), name, problem, "name such a profile, or add it")
