"""What is wrong with the operator's own brand folder, found before a night rather than when a letter is made."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from invoicing.documents.brand import OWN_WORDS, Brand, load_brand

_TEXTS = re.compile(r"texts_([a-z]{2})\.toml")
_COMPLETE = "en"  # the built-in language whose sections and keys every other one has too


class BrandFault(NamedTuple):
    """A file of the brand by its name, the line where one can be told, what is wrong and what to do.

    `stops` is false where documents can be made all the same.
    """

    file: str
    line: int | None
    problem: str
    remedy: str
    stops: bool = True


def brand_faults(own: Path) -> list[BrandFault]:
    """Find texts that are no TOML, lack what templates ask for or say what none does; broken templates and logos."""
    built_in = load_brand()
    found: list[BrandFault] = []
    for path in sorted(path for path in own.rglob("*") if path.is_file()):
        name = path.relative_to(own).as_posix()
        if path.suffix in {".toml", ".j2", ".css", ".svg"} and not _is_utf8(path):
            found.append(BrandFault(name, None, "the file is not UTF-8 text", "save it as UTF-8"))
        elif path.suffix == ".toml":
            found += _of_texts(path, name, built_in)
        elif path.suffix == ".j2":
            found += _of_template(path, name)
        elif path.suffix == ".svg":
            found += _of_picture(path, name)
    return found


def languages_of(own: Path) -> frozenset[str]:
    """Return the languages (ISO 639-1) that letters can be written in: those built in and the operator's own."""
    folders = [own, *load_brand().folders]
    names = (path.name for folder in folders if folder.is_dir() for path in folder.glob("texts_*.toml"))
    return frozenset(found[1] for found in map(_TEXTS.fullmatch, names) if found)


def _is_utf8(path: Path) -> bool:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _of_texts(path: Path, name: str, built_in: Brand) -> Iterator[BrandFault]:
    language = _TEXTS.fullmatch(name)
    if language is None:
        yield BrandFault(
            name, None, "no document reads this file", "call it texts_sv.toml, by its language", stops=False
        )
        return
    content = path.read_text(encoding="utf-8")
    try:
        said = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line ([0-9]+)", str(error))
        yield BrandFault(name, int(line[1]) if line else None, f"no TOML: {error}", "correct the line")
        return
    known = {section: texts for section, texts in built_in.texts(_COMPLETE).items() if section != OWN_WORDS}
    for section, texts in said.items():
        if not isinstance(texts, dict):
            yield BrandFault(name, _line(content, section), f"{section} stands in no section", "move it under one")
            continue
        for key in texts if section in known else ():
            if key not in known[section]:
                text = f"no built-in template asks for {section}.{key}"
                yield BrandFault(name, _line(content, key), text, "correct it, unless your template does", stops=False)
    yield from _missing(name, said, known, is_whole=not (built_in.folders[0] / name).is_file())


def _missing(name: str, said: Mapping[str, Any], known: Mapping[str, Any], *, is_whole: bool) -> Iterator[BrandFault]:
    """Name what a language lacks that is not built in; an operator's file over a built-in one holds what differs."""
    if not is_whole:
        return
    for section, texts in known.items():
        lacks = sorted(texts) if not isinstance(said.get(section), dict) else sorted(set(texts) - set(said[section]))
        if lacks:
            text = f"section [{section}] lacks {', '.join(lacks)}"
            yield BrandFault(
                name, None, text, f"this language is not built in: say all that texts_{_COMPLETE}.toml says"
            )


def _line(content: str, key: str) -> int | None:
    lines = content.splitlines()
    return next((n for n, line in enumerate(lines, 1) if re.match(rf"\s*{re.escape(key)}\s*=", line)), None)


def _of_template(path: Path, name: str) -> Iterator[BrandFault]:
    try:
        ImmutableSandboxedEnvironment().parse(path.read_text(encoding="utf-8"), name=name)
    except TemplateSyntaxError as error:
        yield BrandFault(name, error.lineno, f"no template: {error.message}", "correct the line")


def _of_picture(path: Path, name: str) -> Iterator[BrandFault]:
    try:
        ET.parse(path)  # noqa: S314 (the operator's own file)
    except ET.ParseError as error:
        yield BrandFault(name, error.position[0], f"no SVG: {error}", "save the picture as plain SVG again")
