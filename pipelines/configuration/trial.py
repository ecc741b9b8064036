"""A trial configuration: some files laid over those of `config/`, checked like the real one, which stays as it is."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import FILE as POLICY
from pipelines.configuration.reading import CONFIG_FILES, Configuration, ConfigurationError, load_configuration
from pipelines.home import Home

# Tables that decide nothing about a price may lie there too: a copy of the whole config/ is a trial as well.
_OTHERS = frozenset({"repricing.csv"})


@dataclass(frozen=True)
class Trial:
    """The configuration in force, the one on trial, and the names of the files laid over."""

    before: Configuration
    after: Configuration
    files: tuple[str, ...]

    @property
    def new_warnings(self) -> tuple[Fault, ...]:
        """What is warned of on trial only."""
        known = {replace(warning, line=None) for warning in self.before.warnings}
        return tuple(warning for warning in self.after.warnings if replace(warning, line=None) not in known)


def load_trial(home: Home, folder: Path) -> Trial:
    """Read `config/` of a home twice: as it is, and with the CSV files of `folder` in the place of its own.

    Raises `ConfigurationError` with every fault of either; a fault in a file laid over names that file. A folder
    without any file of the configuration is refused, and so is a CSV that is none, for a slip in its name would
    change nothing and say nothing, and a policy.toml that differs, because only tables are tried.
    """
    before = load_configuration(home)
    laid = sorted(path.name for path in folder.glob("*.csv") if path.name in CONFIG_FILES)
    faults = _misplaced(home, folder, laid)
    if faults:
        raise ConfigurationError(faults)
    with tempfile.TemporaryDirectory(prefix="trial_", dir=home.lake) as temporary:
        trial = Home(Path(temporary))
        shutil.copytree(home.config, trial.config, ignore=shutil.ignore_patterns(".*"))
        for name in laid:
            shutil.copyfile(folder / name, trial.config / name)
        try:
            after = load_configuration(trial, files_of=home)
        except ConfigurationError as error:
            raise ConfigurationError(
                [_placed(folder, fault) for fault in error.faults], [_placed(folder, each) for each in error.warnings]
            ) from None
    return Trial(before, after, tuple(laid))


def _misplaced(home: Home, folder: Path, laid: list[str]) -> list[Fault]:
    wrong = sorted(path.name for path in folder.glob("*.csv") if path.name not in {*CONFIG_FILES, *_OTHERS})
    remedy = f"name it as in config/: {', '.join(CONFIG_FILES)}"
    faults = [Fault(str(folder / name), None, "", "not a file of the configuration", remedy) for name in wrong]
    policy = folder / POLICY
    if policy.is_file() and policy.read_bytes() != (home.config / POLICY).read_bytes():
        problem = f"{POLICY} differs from the one in config/, and only tables are tried"
        faults.append(Fault(str(policy), None, "", problem, "take it out of the folder"))
    if not laid and not faults:
        faults.append(Fault(str(folder), None, "", "no file of the configuration is there", "put prices.csv there"))
    return faults


def _placed(folder: Path, fault: Fault) -> Fault:
    laid = folder / fault.file
    return replace(fault, file=str(laid)) if fault.file in CONFIG_FILES and laid.is_file() else fault
