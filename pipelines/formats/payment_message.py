"""What ISO 20022 payment messages (pain.001, pain.008) share: their head, parties, accounts, and characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.einvoice.xml_tree import Parts, XmlWriter, xml_bytes

# SEPA's characters (EPC217-08); banks in Sweden take these beside them in kronor.
_SEPA = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_SWEDISH = "åäöÅÄÖ"
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
                        "þ": "th", "Þ": "Th", "ð": "d", "’": "'", "–": "-", "&": "+"})  # fmt: skip
_LONGEST_NAME = 70
_OLD_VERSIONS = frozenset({"pain.001.001.03", "pain.008.001.02"})


@dataclass(frozen=True)
class OurSide:
    """The operator in payment messages: name, registration number (digits), account and its bank's BIC, or none."""

    name: str
    registration_no: str
    iban: str
    bic: str = ""
    creditor_id: str = ""
    instrument: str = "CORE"


@dataclass(frozen=True)
class Message:
    """A file: its version, its id, and the business date it was made on. Nothing of it comes from a clock or chance."""

    version: str
    message_id: str
    made_on: date

    @property
    def xml(self) -> XmlWriter:
        """A writer of the version's elements."""
        return XmlWriter({None: f"urn:iso:std:iso:20022:tech:xsd:{self.version}"})

    @property
    def bic_name(self) -> str:
        """What the version calls a BIC."""
        return "BIC" if self.version in _OLD_VERSIONS else "BICFI"

    @property
    def is_old(self) -> bool:
        """Whether it is the version from before 2019."""
        return self.version in _OLD_VERSIONS


def allowed_text(text: str, currency: str, length: int = _LONGEST_NAME) -> str:
    """Write a name in the characters that banks take: without accents in SEPA, with å, ä and ö in kronor.

    What has no plain letter becomes a full stop, so that nothing is passed over in silence.
    """
    kept = _SWEDISH if currency == "SEK" else ""
    plain = "".join(each if each in kept else _plain(each) for each in unicodedata.normalize("NFC", text))
    cleaned = "".join(each if each in kept else _SEPA.sub(".", each) for each in plain)
    return " ".join(cleaned.split())[:length].strip() or "."


def _plain(character: str) -> str:
    spelt = character.translate(_SPELT)
    return "".join(each for each in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(each))


def control_figures(xml: XmlWriter, amounts: Iterable[Decimal]) -> tuple[Parts, Parts]:
    """Return the number of transactions and their sum."""
    listed = list(amounts)
    return xml.leaf("NbOfTxs", str(len(listed))), xml.leaf("CtrlSum", f"{sum(listed, Decimal(0)):.2f}")


def written_message(message: Message, root: str, ours: OurSide, amounts: list[Decimal], batches: list[Parts]) -> bytes:
    """Return a message as bytes: head with control figures, then its batches of payments."""
    xml = message.xml
    leaf, branch = xml.leaf, xml.branch
    number = branch("Othr", leaf("Id", ours.registration_no))
    head = branch(
        "GrpHdr",
        leaf("MsgId", message.message_id),
        leaf("CreDtTm", f"{message.made_on}T00:00:00"),
        *control_figures(xml, amounts),
        branch("InitgPty", leaf("Nm", allowed_text(ours.name, "EUR")), branch("Id", branch("OrgId", number))),
    )
    return xml_bytes(xml.always("Document", branch(root, head, *batches)))


def bank(message: Message, bic: str) -> Parts:
    """Return a bank by its BIC, or as one that is not named: SEPA routes by the IBAN alone."""
    xml = message.xml
    unnamed = xml.branch("Othr", xml.leaf("Id", "NOTPROVIDED"))
    return xml.branch("FinInstnId", xml.leaf(message.bic_name, bic) if bic else unnamed)
