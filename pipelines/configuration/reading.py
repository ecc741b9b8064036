"""The operator's configuration: read, typed and checked before a night starts, all faults at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.configuration.checks import cross_checks
from pipelines.configuration.exports import export_format_faults
from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import read_policy, toml_line
from pipelines.configuration.tables import read_table
from pipelines.formats.declared_profile import DeclaredProfile, load_profiles
from pipelines.formats.export_profile import ExportProfile, load_export_profiles
from pipelines.home import Home
from pipelines.lint.register_headers import register_faults
from pipelines.work_ahead import worked_ahead
from rating.allowance_grants import with_orders
from schemas import tables
from schemas.policy import Policy
from schemas.table import Table

CONFIG_FILES: dict[str, Table] = {
    "zones.csv": tables.ZONE_PREFIX,
    "time_bands.csv": tables.TIME_BAND,
    "holidays.csv": tables.HOLIDAY,
    "articles.csv": tables.ARTICLE,
    "prices.csv": tables.PRICE,
    "price_lists.csv": tables.PRICE_LIST,
    "price_list_links.csv": tables.PRICE_LIST_LINK,
    "customer_groups.csv": tables.CUSTOMER_GROUP,
    "discounts.csv": tables.DISCOUNT,
    "allowances.csv": tables.ALLOWANCE,
    "allowance_links.csv": tables.ALLOWANCE_LINK,
    "tiers.csv": tables.TIER,
    "rebates.csv": tables.REBATE,
    "coupons.csv": tables.COUPON,
    "commitments.csv": tables.COMMITMENT,
    "products.csv": tables.PRODUCT,
    "offers.csv": tables.OFFER,
    "special_numbers.csv": tables.SPECIAL_NUMBER,
    "friends.csv": tables.FRIEND_NUMBER,
    "switches.csv": tables.SWITCH_PLAN,
    "spend_limits.csv": tables.SPEND_LIMIT,
    "repricing.csv": tables.REPRICING,
    "plans.csv": tables.PLAN,
    "plan_prices.csv": tables.PLAN_PRICE,
    "bundle_parts.csv": tables.BUNDLE_PART,
    "contract_terms.csv": tables.CONTRACT_TERM,
    "plan_changes.csv": tables.PLAN_CHANGE,
    "credit_policies.csv": tables.CREDIT_POLICY,
    "credit_rules.csv": tables.CREDIT_RULE,
    "black_list.csv": tables.BLACK_LIST,
    "network_elements.csv": tables.NETWORK_ELEMENT,
    "resellers.csv": tables.RESELLER,
    "vat_rates.csv": tables.VAT_RATE,
    "exchange_rates.csv": tables.EXCHANGE_RATE,
    "accounts.csv": tables.LEDGER_ACCOUNT,
}
# Files that an operator has only when it uses what they are for.
OPTIONAL_FILES = frozenset(
    {
        "price_lists.csv",
        "price_list_links.csv",
        "customer_groups.csv",
        "discounts.csv",
        "allowances.csv",
        "allowance_links.csv",
        "tiers.csv",
        "rebates.csv",
        "coupons.csv",
        "commitments.csv",
        "products.csv",
        "offers.csv",
        "special_numbers.csv",
        "friends.csv",
        "switches.csv",
        "spend_limits.csv",
        "repricing.csv",
        "plan_prices.csv",
        "bundle_parts.csv",
        "contract_terms.csv",
        "plan_changes.csv",
        "credit_policies.csv",
        "credit_rules.csv",
        "black_list.csv",
        "network_elements.csv",
        "exchange_rates.csv",
    }
)


@dataclass(frozen=True)
class Configuration:
    """A configuration without faults."""

    policy: Policy
    frames: dict[str, pl.DataFrame]
    profiles: tuple[DeclaredProfile, ...]
    digests: dict[str, str]
    warnings: tuple[Fault, ...] = ()
    export_profiles: tuple[ExportProfile, ...] = ()

    def frame(self, table: Table) -> pl.DataFrame:
        """Return the rows of a configuration table."""
        return self.frames[table.name]

    def with_orders(self, orders: pl.DataFrame) -> Configuration:
        """Return this configuration with the bundles and boosters that customers ordered (ALLOWANCE_ORDER rows)."""
        return replace(self, frames=with_orders(self.frames, orders))


class ConfigurationError(Exception):
    """The configuration has faults; a night must not start on it. `warnings` were found beside them."""

    def __init__(self, faults: list[Fault], warnings: Sequence[Fault] = ()) -> None:
        super().__init__(
            f"{len(faults)} fault{'s' if len(faults) != 1 else ''} in the configuration:\n"
            + "\n".join(map(str, faults))
        )
        self.faults = faults
        self.warnings = tuple(warnings)


def load_configuration(home: Home, *, files_of: Home | None = None) -> Configuration:
    """Read everything under `config/`. Raises `ConfigurationError` with every fault found; warnings are no reason.

    Files outside `config/` that the policy names lie in the home, or in `files_of` where `home` is one on trial.
    """
    policy, faults = read_policy(home.config / "policy.toml")
    faults += register_faults(policy, (files_of or home).root)
    frames: dict[str, pl.DataFrame] = {}
    whole = set()
    for (_, table), (frame, wrong) in worked_ahead(CONFIG_FILES.items(), partial(_read, home.config), 2):
        frames[table.name] = frame
        whole |= set() if wrong else {table.name}
        faults += wrong
    profiles, profile_faults = load_profiles(home.config / "profiles")
    faults += [_profile_fault(home.config, fault) for fault in profile_faults]
    found_in_brand = _brand_faults(home.config)
    export_profiles, export_faults = load_export_profiles(home.config / "export_profiles")
    faults += export_faults + list(export_format_faults(policy, export_profiles, frames[tables.LEDGER_ACCOUNT.name]))
    with ThreadPoolExecutor(1) as pool:
        digests = pool.submit(_digests, home.config)
        found = [*cross_checks(policy, frames, whole), *found_in_brand]
    faults += [fault for fault in found if not fault.is_warning]
    warnings = tuple(fault for fault in found if fault.is_warning)
    if faults or policy.policy is None:
        raise ConfigurationError(faults, warnings)
    unnumbered = {name: frame.drop("line") for name, frame in frames.items()}
    return Configuration(policy.policy, unnumbered, tuple(profiles), digests.result(), warnings, tuple(export_profiles))


def _read(folder: Path, each: tuple[str, Table]) -> tuple[pl.DataFrame, list[Fault]]:
    file, table = each
    return read_table(folder / file, table, optional=file in OPTIONAL_FILES)


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _brand_faults(folder: Path) -> list[Fault]:
    """Find what is wrong in `config/brand`, where the operator has files there."""
    own = folder / "brand"
    if not own.is_dir() or not any(own.iterdir()):
        return []
    from invoicing.documents.brand_faults import brand_faults  # noqa: PLC0415 (jinja2 takes its time to import)

    return [
        Fault(f"brand/{each.file}", each.line, "", each.problem, each.remedy, "fault" if each.stops else "warning")
        for each in brand_faults(own)
    ]


def _profile_fault(folder: Path, fault: str) -> Fault:
    """Give a profile's fault (`profiles/name.toml: place: what is wrong`) its line."""
    file, _, problem = fault.partition(": ")
    syntax = re.search(r"at line ([0-9]+)", problem)
    place = problem.partition(": ")[0].split(".")
    text = (folder / file).read_bytes().decode("utf-8", errors="replace")
    line = int(syntax[1]) if syntax else toml_line(text, place)
    return Fault(file, line, "", problem, "see docs/operations.md, Declared profiles")
