"""The brand: folders of templates, style, texts, pictures and fonts, the operator's own before the built-in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import templates
from invoicing.documents.document_error import DocumentError

_COLOUR = re.compile(r"--([a-z]+): *(#[0-9a-fA-F]{6}) *;")
#: The section of texts whose keys are words of the operator's own configuration (why no VAT is charged).
OWN_WORDS = "exemption"
_COLOURS = {"picture": "#12355b", "past": "#b9c6d4"}
_BUILT_IN = Path(templates.__file__).resolve().parent
# Where pages think the brand's files lie: addresses end up in documents, which must not tell one home from another.
_ADDRESS = Path("/brand")


@dataclass(frozen=True)
class Brand:
    """Where files of a brand are looked for: the first folder that holds the name wins.

    Nothing outside these folders is ever read, neither by `..` nor through a symbolic link.
    """

    folders: tuple[Path, ...]

    @property
    def base_url(self) -> str:
        """The address that relative addresses in templates and style sheets start from: the same in every home."""
        return f"{_ADDRESS.as_uri()}/"

    def find(self, name: str) -> Path:
        """Return the path of a file by its name, such as `logo.svg` or `fonts/x.woff2`.

        Raises DocumentError when no folder has it or it lies outside the folders.
        """
        for folder in self.folders:
            path = (folder / name).resolve()
            if not any(path.is_relative_to(allowed) for allowed in self.folders):
                message = f"{name}: lies outside the brand's folders; copy the file into config/brand"
                raise DocumentError(message)
            if path.is_file():
                return path
        message = f"{name}: not in config/brand and not built in; add the file or correct the name"
        raise DocumentError(message)

    def name_of(self, path: Path) -> str:
        """Return the name under which a path of the brand's address or folders is looked for. Raises DocumentError."""
        for folder in (_ADDRESS, *self.folders):
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        message = f"{path.name}: lies outside the brand's folders; copy the file into config/brand"
        raise DocumentError(message)

    def read_text(self, name: str) -> str:
        """Return the content of a text file (UTF-8). Raises DocumentError."""
        try:
            return self.find(name).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            message = f"{name}: not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
            raise DocumentError(message) from error

    def colours(self) -> Mapping[str, str]:
        """Return the colours that `brand.css` names for pictures, such as `--picture: #12355b`, by name."""
        return {**_COLOURS, **dict(_COLOUR.findall(self.read_text("brand.css")))}

    def texts(self, language: str) -> Mapping[str, Any]:
        """Return the texts of a language by section (`texts_sv.toml`).

        An operator's own file need only hold what differs: its texts are laid over the built-in ones. Words of the
        configuration that a language says nothing for stand as they are.
        """
        name = f"texts_{language}.toml"
        self.find(name)
        merged: dict[str, Any] = {OWN_WORDS: {}}
        for folder in reversed(self.folders):
            if (folder / name).is_file():
                _lay_over(merged, Brand((folder,)).read_text(name), name)
        return merged


def load_brand(own_folder: Path | None = None) -> Brand:
    """Return the brand of an operator: `config/brand` where it exists, then what is built in."""
    own = (own_folder.resolve(),) if own_folder is not None and own_folder.is_dir() else ()
    return Brand((*own, _BUILT_IN / "brand", _BUILT_IN))


def _lay_over(merged: dict[str, Any], content: str, name: str) -> None:
    try:
        sections = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}; correct the file"
        raise DocumentError(message) from error
    for section, texts in sections.items():
        merged.setdefault(section, {}).update(texts)
