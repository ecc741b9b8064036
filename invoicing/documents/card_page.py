"""The customer card as a page: who it is, how it stands with money and blocks, then everything else.

Needs no PDF library. The page fetches nothing and runs nothing; it can be mailed, filed or opened from a disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from invoicing.documents.brand import Brand
from invoicing.documents.page_templates import PageTemplates
from schemas.codes import LINE_PREFIX


@dataclass(frozen=True)
class CardHeadline:
    """What customer service must see first."""

    currency: str
    balance_open: Decimal
    overdue: Decimal
    credit: Decimal
    blocked_numbers: tuple[str, ...]
    blocked_subscriptions: tuple[int, ...]


def card_headline(card: Mapping[str, Any]) -> CardHeadline:
    """Sum up a card: balance and credit of all accounts, overdue invoices, numbers and subscriptions blocked now."""
    accounts = card["accounts"]
    standing = [block for block in card["blocks"] if block["unblocked_on"] is None]
    lines = [block for block in standing if block["a_number"].startswith(LINE_PREFIX)]
    return CardHeadline(
        currency=accounts[0]["currency"] if accounts else "",
        balance_open=_total(account["balance_open"] for account in accounts),
        overdue=_total(invoice["open_amount"] for invoice in card["invoices"] if invoice["status"] == "overdue"),
        credit=_total(account["credit"] for account in accounts),
        blocked_numbers=tuple(dict.fromkeys(block["a_number"] for block in standing if block not in lines)),
        blocked_subscriptions=tuple(dict.fromkeys(block["subscription_id"] for block in lines)),
    )


class CardRenderer:
    """Makes the customer cards of one brand; build one per process."""

    def __init__(self, brand: Brand) -> None:
        self._templates = PageTemplates(brand)

    def render_card_page(self, card: Mapping[str, Any]) -> str:
        """Return a card as one HTML page.

        `card` has the keys customer, cases, accounts, subscriptions, contracts, allowances, usage_by_month, invoices,
        payments, reminders, agreements, blocks, notices, states and history; amounts and dates are text. Raises
        DocumentError for a fault in the template.
        """
        return self._templates.html("customer_card.html.j2", card=card, headline=card_headline(card))


def _total(amounts: Any) -> Decimal:
    return sum((Decimal(amount) for amount in amounts), Decimal(0))
