"""Text and figures as XML can carry them."""

from __future__ import annotations

import re
from decimal import Decimal

# What XML 1.0 has no way to write: control characters, lone surrogates, two noncharacters.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain_text(text: str | None) -> str | None:
    """Return text on one line without what XML cannot write, and None for text that says nothing (R008)."""
    return " ".join(_UNWRITABLE.sub(" ", text or "").split()) or None


def plain_figure(figure: Decimal) -> str:
    """Write a figure without idle decimals or exponent: `25`, `25.5`."""
    written = f"{figure:f}"
    return (written.rstrip("0").rstrip(".") if "." in written else written) or "0"


def plain_amount(amount: Decimal) -> str:
    """Write an amount with its 2 decimals; a zero has no sign."""
    return f"{amount + 0:.2f}"


def plain_price(price: Decimal) -> str:
    """Write a price with 2 decimals, or with all that it has (BT-146 may have any)."""
    return plain_amount(price) if price == round(price, 2) else plain_figure(price)
