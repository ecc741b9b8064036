"""XML built from the inside out: what has no value is not there (R008), and the same tree gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

Parts = etree._Element | None  # noqa: SLF001 (lxml names the class of its elements nowhere else)


class XmlWriter:
    """Makes elements of some namespaces; names are written with their prefix, as `cbc:ID`."""

    def __init__(self, namespaces: Mapping[Any, str]) -> None:
        self._namespaces = dict(namespaces)

    def leaf(self, name: str, text: str | None, /, **attributes: str | None) -> Parts:
        """Return an element with text and attributes, or None where there is no text."""
        if not text:
            return None
        element = self._element(name)
        element.text = text
        for key, value in attributes.items():
            if value:
                element.set(key, value)
        return element

    def branch(self, name: str, *parts: Parts) -> Parts:
        """Return an element with those of `parts` that are there, or None where none is."""
        there = [part for part in parts if part is not None]
        return self.always(name, *there) if there else None

    def always(self, name: str, *parts: Parts) -> etree._Element:
        """Return an element even without parts, where the schema wants it."""
        element = self._element(name)
        element.extend([part for part in parts if part is not None])
        return element

    def _element(self, name: str) -> etree._Element:
        prefix, _, local = name.rpartition(":")
        return etree.Element(f"{{{self._namespaces[prefix or None]}}}{local}", nsmap=self._namespaces)


def xml_bytes(root: etree._Element) -> bytes:
    """Return a document as UTF-8, indented for people who must read it."""
    etree.cleanup_namespaces(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
