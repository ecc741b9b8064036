"""What an invoice says of its collection by direct debit, in place of a payment slip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_SHOWN = 4


@dataclass(frozen=True)
class DebitAnnouncement:
    """Scheme and mandate, the account that is collected from, and the day; SEPA names the creditor's identifier."""

    scheme: str
    mandate_id: str
    payer_account: str
    collect_on: date
    creditor_id: str | None = None

    @classmethod
    def of(cls, notice: Mapping[str, Any]) -> DebitAnnouncement:
        """Take it from a DIRECT_DEBIT_NOTICE row."""
        names = ("scheme", "mandate_id", "payer_account", "collect_on", "creditor_id")
        return cls(**{name: notice[name] for name in names})

    @property
    def masked_account(self) -> str:
        """The end of the account: enough for its owner, and for nobody else."""
        return f"\N{BULLET}\N{BULLET}\N{BULLET}\N{BULLET}\N{NO-BREAK SPACE}{self.payer_account[-_SHOWN:]}"
