"""An operator's home: the folders that hold what was decided, what came in, what went out and the lake."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

import pipelines

SECRET_BYTES, SECRET_MODE = 32, 0o600  # read and written by its owner alone
SEAL_KEY_BYTES = 16
FOLDERS = ("config", "inbox", "archive", "quarantine", "outbox", "reports", "lake", "marts")


class HomeError(Exception):
    """The home is missing, incomplete or busy; the message says what to do."""


@dataclass(frozen=True)
class Home:
    """Paths of one operator's home."""

    root: Path

    @property
    def config(self) -> Path:
        """What the operator decides, as files."""
        return self.root / "config"

    @property
    def inbox(self) -> Path:
        """Files to be read tonight."""
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        """Files that were read, as they came, by business date."""
        return self.root / "archive"

    @property
    def quarantine(self) -> Path:
        """Files that were refused whole, each with a report beside it."""
        return self.root / "quarantine"

    @property
    def outbox(self) -> Path:
        """What leaves the house: documents, ledger files, the block list."""
        return self.root / "outbox"

    @property
    def reports(self) -> Path:
        """The report of each run."""
        return self.root / "reports"

    @property
    def lake(self) -> Path:
        """Catalog and Parquet files."""
        return self.root / "lake"

    @property
    def marts(self) -> Path:
        """Published marts, one file a night."""
        return self.root / "marts"

    @property
    def marts_pointer(self) -> Path:
        """The name under which readers find the newest marts."""
        return self.root / "marts.duckdb"

    @property
    def secret(self) -> Path:
        """What access codes and the names of strangers are made with: never printed, logged or put into the lake."""
        return self.root / "secret.key"

    @property
    def autogiro_key(self) -> Path:
        """The key that Autogiro files are sealed with, where the operator has one; as secret as the other."""
        return self.root / "autogiro.key"

    @property
    def prefect(self) -> Path:
        """Prefect's own home: its database and logs, never our record."""
        return self.root / ".prefect"

    def require(self) -> Home:
        """Return this home. Raises `HomeError` when it is not one."""
        missing = [name for name in FOLDERS if not (self.root / name).is_dir()]
        if missing:
            message = (
                f"{self.root} is not a nightbill home: folder {', '.join(missing)} is missing. "
                f"Create it with: nightbill init {self.root}"
            )
            raise HomeError(message)
        return self


def starter_config() -> Path:
    """Return the folder of the configuration a new home begins with: the demo operator's."""
    installed = Path(pipelines.__file__).parent / "starter_config"
    return installed if installed.is_dir() else Path(pipelines.__file__).parents[1] / "data" / "demo" / "config"


def create_home(root: Path) -> Home:
    """Create folders and secret, and copy the starter configuration; what is there already stays as it is."""
    home = Home(root.resolve())
    for name in FOLDERS:
        (home.root / name).mkdir(parents=True, exist_ok=True)
    if not any(home.config.iterdir()):
        shutil.copytree(starter_config(), home.config, dirs_exist_ok=True)
    home_secret(home)
    return home


def home_secret(home: Home) -> bytes:
    """Return the secret of a home, made where there is none: a file that its owner alone can read.

    Raises `HomeError` for a file that does not hold one: another would make other codes.
    """
    if not home.secret.exists():
        _make_secret(home)
    try:
        secret = bytes.fromhex(home.secret.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        secret = b""
    if len(secret) < SECRET_BYTES:
        message = (
            f"{home.secret} holds no secret of {2 * SECRET_BYTES} hexadecimal digits. Put it back from a backup; "
            "without one, remove the file, and the next run makes another: codes that callers have stay theirs"
        )
        raise HomeError(message)
    return secret


def _make_secret(home: Home) -> None:
    draft = home.secret.with_name(f"{home.secret.name}.draft")
    draft.unlink(missing_ok=True)
    # Nobody else may read it, not even before it has its name.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SECRET_BYTES) + "\n")
    draft.replace(home.secret)


def autogiro_key(home: Home) -> bytes:
    """Return the key of the seal of Autogiro files, empty where there is none. Raises `HomeError` for a broken one."""
    if not home.autogiro_key.exists():
        return b""
    try:
        key = bytes.fromhex(home.autogiro_key.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != SEAL_KEY_BYTES:
        message = (
            f"{home.autogiro_key} holds no key of {2 * SEAL_KEY_BYTES} hexadecimal digits. Put in the one "
            "that Bankgirot gave, or remove the file: files are then not sealed"
        )
        raise HomeError(message)
    return key


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)


def move_whole(path: Path, target: Path) -> None:
    """Move a file, also to another file system, so that no half of it ever stands under its new name."""
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        draft = target.with_name(f".{target.name}.draft")
        shutil.copyfile(path, draft)
        draft.replace(target)
        path.unlink()
