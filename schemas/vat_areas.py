"""Where VAT law places a buyer."""

from __future__ import annotations

HOME_AREA = "home"
EU_AREA = "EU"  # businesses in other EU countries
WORLD_AREA = "WORLD"  # everybody else

# Countries of the EU's VAT area by ISO 3166 code, as of 2020-02-01, when the United Kingdom had left; Monaco belongs to
# France for VAT (directive 2006/112/EC, article 7), Aaland does not belong to it (article 6).
EU_COUNTRIES = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip
_LETTERS = {"GR": "EL", "MC": "FR"}


def vat_letters(country_code: str) -> str:
    """Return the letters that VAT numbers of a country begin with: its code, but EL for Greece."""
    return _LETTERS.get(country_code, country_code)
