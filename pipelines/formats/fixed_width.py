"""Records of fixed width, as Bankgirot's files have them."""

from __future__ import annotations

WIDTH = 80
ENCODING = "iso-8859-1"


def record(*fields: str) -> str:
    """Join fields and fill up to 80 characters. Raises `ValueError` for a record that is too long."""
    joined = "".join(fields)
    if len(joined) > WIDTH:
        message = f"a record {joined[:2]} of {len(joined)} characters; the layout has {WIDTH}"
        raise ValueError(message)
    return f"{joined:<{WIDTH}}"


def digits(value: str | int, width: int) -> str:
    """Write a number right-aligned and filled with zeros. Raises `ValueError` where it does not fit, or is none."""
    text = str(value)
    if not text.isdigit() or len(text) > width:
        message = f"{text!r} is not a number of at most {width} digits"
        raise ValueError(message)
    return text.zfill(width)


def written(records: list[str]) -> bytes:
    """Return records as a file: ISO-8859-1, each ended by carriage return and line feed."""
    return "".join(f"{each}\r\n" for each in records).encode(ENCODING)
