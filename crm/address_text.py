"""Names and addresses as they are compared: what only differs in how it is written is written alike.

Each function is a rule of docs/sign-up.md. All are idempotent; what has no letter or digit becomes null, and null
agrees with nothing.
"""

from __future__ import annotations

import polars as pl

# Letters that no accent is taken from: æ and ø are how Danes and Norwegians write ä and ö.
_LETTERS = {"æ": "a", "ø": "o", "œ": "oe", "ß": "ss", "þ": "th", "ð": "d", "đ": "d", "ł": "l", "ı": "i", "ς": "σ"}
_INSIDE_WORDS = r"[:'’´`]"  # S:t Eriksgatan, O'Brien
_NAME_WORDS = {
    "aktiebolag": "ab",
    "aktiebolaget": "ab",
    "handelsbolag": "hb",
    "kommanditbolag": "kb",
    "limited": "ltd",
    "incorporated": "inc",
    "och": "",
    "og": "",
    "and": "",
}
# Long forms become the short ones, with which people leave out the point too. No long form ends in a short one.
_STREET_WORDS = {
    r"(?:gatan|gata|gaten|gade)\b": "g",
    r"(?:vagen|veien|vegen|vej|vei)\b": "v",
    r"(?:granden|grand)\b": "gr",
    r"strasse\b": "str",
    r"\b(?:street|stora|sankt|saint)\b": "st",
    r"\broad\b": "rd",
    r"\bavenue\b": "ave",
    r"\blane\b": "ln",
    r"\bsquare\b": "sq",
    r"\bnorra\b": "n",
    r"\bsodra\b": "s",
    r"\bostra\b": "o",
    r"\bvastra\b": "v",
    r"\blilla\b": "l",
    r"\bgamla\b": "gl",
    r"\b(?:postbox|postboks)\b": "box",
    r"\b(?:nr|nummer)\b": "",
}
_FLAT = r"(?:lgh|lagenhet|apt|apartment|flat|unit)"
_FLOOR = r"tr(?:app(?:a|or))?|van(?:ing(?:en)?)?|sal|tv|th|mf"
_AFTER_HOUSE_NUMBER = rf"([0-9][a-z]?) (?:[0-9]+ ?(?:{_FLOOR})|(?:tr|van) [0-9]+|{_FLAT}|nb|bv|st (?:tv|th|mf))\b.*$"


def folded(text: pl.Expr) -> pl.Expr:
    """Write in small letters without accents, words apart by one blank; hyphens and points part words.

    `  Åsa-Märta  SJÖGREN ` is `asa marta sjogren`, `O'Brien` is `obrien`, `S:t` is `st`.
    """
    plain = text.str.replace_all(_INSIDE_WORDS, "").str.normalize("NFKD").str.replace_all(r"\p{M}+", "")
    letters = plain.str.to_lowercase().str.replace_many(_LETTERS)
    return _or_null(letters.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars(" "))


def normal_name(name: pl.Expr) -> pl.Expr:
    """Write a name as its words in alphabetical order: `Ek, Anna` and `Anna Ek` are `anna ek`.

    Kinds of company are abbreviated, and words for `&` left out: `Berg & Söner AB` is `Berg och Söner Aktiebolag`.
    """
    words = folded(name).str.split(" ").list.eval(pl.element().replace(_NAME_WORDS).sort())
    return _or_null(words.list.join(" ").str.strip_chars(" "))


def normal_street(street: pl.Expr) -> pl.Expr:
    """Write a street abbreviated, with house number and letter together; `c/o`, floor and flat are left out.

    `Norra Storgatan 5 B, 2 tr, lgh 1102` and `N. Storg. 5b` are `n storg 5b`.
    """
    text = folded(_without_care_of(street))
    for pattern, short in _STREET_WORDS.items():
        text = text.str.replace_all(pattern, short)
    text = text.str.replace_all(r" {2,}", " ").str.strip_chars(" ")
    joined = text.str.replace_all(r"([0-9]) ([a-z])\b", "${1}${2}")
    without_flat = joined.str.replace(rf"^(?:{_FLAT} \w+ )+(\S)", "${1}")
    return _or_null(without_flat.str.replace(_AFTER_HOUSE_NUMBER, "${1}"))


def _without_care_of(street: pl.Expr) -> pl.Expr:
    """Leave out `c/o` and whose: up to the comma when it begins the line, else to the end."""
    return street.str.replace(r"(?i)^(?:\s*c/o\b[^,]*,)+", "").str.replace(r"(?i)[\s,]c/o\b.*$", "")


def normal_postcode(postcode: pl.Expr) -> pl.Expr:
    """Write a postcode without blanks, hyphens and country: `999 34`, `SE-99934` and `S-999 34` are `99934`."""
    bare = postcode.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", "")
    return _or_null(bare.str.replace(r"^[A-Z]{1,3}([0-9]{4,6})$", "${1}"))


def normal_city(city: pl.Expr) -> pl.Expr:
    """Write a city folded: `GÖTEBORG` is `goteborg`."""
    return folded(city)


def _or_null(text: pl.Expr) -> pl.Expr:
    """Make null of nothing. `when` would work out the text twice."""
    return text.replace("", None)
