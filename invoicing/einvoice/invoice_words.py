"""What an e-invoice says in words, in the buyer's language (English where it is none of ours)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Texts of one language; `{day}` and the like are filled in."""

    pay_by: str
    collected: str
    credited: str
    calls: str
    used: str
    included: str
    days: str
    reverse_charge: str
    within_eu: str
    export: str
    outside_vat: str
    exempt: str
    nothing: str


_ENGLISH = Words(
    pay_by="Payable by {day}",
    collected="Collected from account {account} on {day}",
    credited="Credited to the account",
    calls="{count} calls",
    used="{figure} used",
    included="{figure} of it included",
    days="{used} of {full} days",
    reverse_charge="Reverse charge",
    within_eu="Intra-Community supply",
    export="Export outside the EU",
    outside_vat="Not subject to VAT",
    exempt="Exempt from VAT",
    nothing="No charges",
)
_WORDS = {
    "en": _ENGLISH,
    "sv": Words(
        pay_by="Betalas senast {day}",
        collected="Dras från konto {account} den {day}",
        credited="Tillgodoförs kontot",
        calls="{count} samtal",
        used="{figure} använt",
        included="varav {figure} ingick",
        days="{used} av {full} dagar",
        reverse_charge="Omvänd betalningsskyldighet",
        within_eu="Unionsintern leverans",
        export="Export utanför EU",
        outside_vat="Omfattas inte av moms",
        exempt="Undantaget från moms",
        nothing="Inga avgifter",
    ),
    "nb": Words(
        pay_by="Betales senest {day}",
        collected="Trekkes fra konto {account} den {day}",
        credited="Godskrives kontoen",
        calls="{count} samtaler",
        used="{figure} brukt",
        included="hvorav {figure} inngikk",
        days="{used} av {full} dager",
        reverse_charge="Omvendt avgiftsplikt",
        within_eu="Levering innen EU",
        export="Eksport utenfor EU",
        outside_vat="Utenfor merverdiavgiftsområdet",
        exempt="Unntatt fra merverdiavgift",
        nothing="Ingen avgifter",
    ),
    "da": Words(
        pay_by="Betales senest {day}",
        collected="Trækkes fra konto {account} den {day}",
        credited="Godskrives kontoen",
        calls="{count} opkald",
        used="{figure} brugt",
        included="heraf {figure} inkluderet",
        days="{used} af {full} dage",
        reverse_charge="Omvendt betalingspligt",
        within_eu="Levering inden for EU",
        export="Eksport uden for EU",
        outside_vat="Ikke omfattet af moms",
        exempt="Fritaget for moms",
        nothing="Ingen afgifter",
    ),
    "fi": Words(
        pay_by="Maksettava viimeistään {day}",
        collected="Veloitetaan tililtä {account} {day}",
        credited="Hyvitetään tilille",
        calls="{count} puhelua",
        used="{figure} käytetty",
        included="josta {figure} sisältyi",
        days="{used}/{full} päivää",
        reverse_charge="Käännetty verovelvollisuus",
        within_eu="Yhteisömyynti",
        export="Vienti EU:n ulkopuolelle",
        outside_vat="Ei arvonlisäveron alainen",
        exempt="Arvonlisäveroton",
        nothing="Ei maksuja",
    ),
    "de": Words(
        pay_by="Zahlbar bis {day}",
        collected="Einzug vom Konto {account} am {day}",
        credited="Wird dem Konto gutgeschrieben",
        calls="{count} Anrufe",
        used="{figure} genutzt",
        included="davon {figure} enthalten",
        days="{used} von {full} Tagen",
        reverse_charge="Steuerschuldnerschaft des Leistungsempfängers",
        within_eu="Innergemeinschaftliche Lieferung",
        export="Ausfuhr außerhalb der EU",
        outside_vat="Nicht steuerbar",
        exempt="Steuerbefreit",
        nothing="Keine Entgelte",
    ),
}


def words_of(language: str) -> Words:
    """Return the texts of a language (ISO 639-1)."""
    return _WORDS.get(language, _ENGLISH)
