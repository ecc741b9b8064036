"""Finding elements of an ISO 20022 message by local name, whatever namespace and prefix its version carries."""

from __future__ import annotations

from datetime import date
from typing import Any

from lxml import etree

_AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt")
Element = Any  # an lxml element; lxml gives no types


def children(parent: Element, name: str) -> list[Element]:
    """Return the direct children of this local name."""
    return [child for child in parent if etree.QName(child).localname == name]


def inside(parent: Element, path: str) -> list[Element]:
    """Return the descendants along a path of local names such as `NtryDtls/TxDtls`."""
    found = [parent]
    for name in path.split("/"):
        found = [child for element in found for child in children(element, name)]
    return found


def first(parent: Element, path: str) -> Element | None:
    """Return the first descendant along a path, or None."""
    found = inside(parent, path)
    return found[0] if found else None


def text_at(parent: Element, path: str) -> str | None:
    """Return the text of the first descendant along a path, stripped; None where absent or blank."""
    found = first(parent, path)
    return ((found.text or "").strip() or None) if found is not None else None


def day_at(parent: Element, *paths: str) -> date | None:
    """Return the day of the first of these paths that has a text, a date or a date with time; None where it is none."""
    written = next((text for path in paths if (text := text_at(parent, path))), "")
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None


def amount_in(element: Element, currency: str | None = None) -> tuple[str | None, str | None]:
    """Return amount (as written) and currency of an entry or a transaction, in any version of the message.

    Where a transaction has several, as when the payer paid in another currency, the one in `currency` is its amount.
    """
    found = [each for path in _AMOUNTS if (each := first(element, path)) is not None]
    own = [each for each in found if each.get("Ccy") == currency] or found[:1]
    return ((own[0].text or "").strip() or None, own[0].get("Ccy")) if own else (None, None)
