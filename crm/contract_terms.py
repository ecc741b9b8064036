"""Contract terms: which row holds for a plan and a customer, and the contract that a subscription is sold with.

`docs/contracts.md` tells the terms as a table, with worked examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from schemas.periods import months_after

Row = dict[str, Any]
_ALL = "*"


@dataclass(frozen=True)
class Terms:
    """What a contract promises and asks; as it stands here where contract_terms.csv says nothing."""

    binding_months: int = 0
    notice_days: int = 0
    earliest_change_days: int = 0
    change_in_binding: str = "fee"
    fee_basis: str = "none"
    termination_fee: Decimal | None = None
    fee_article_no: str | None = None
    upgrade_when: str = "at_once"
    downgrade_when: str = "at_once"
    guarantee_months: int | None = None


_PINNED = (
    "notice_days", "change_in_binding", "fee_basis", "termination_fee", "fee_article_no", "upgrade_when",
    "downgrade_when",
)  # fmt: skip


def terms_for(plan: Row, category: str, rows: Sequence[Row]) -> Terms:
    """Return the terms of the most specific row that fits a plan (PLAN row) and a customer category.

    `rows`: CONTRACT_TERM rows. A row that names the plan goes before one that names its product group, and that before
    one for all; among those, one that names the category goes first. Without a row nothing binds, costs or waits.
    """
    fitting = [row for row in rows if _fits(row, plan, category)]
    if not fitting:
        return Terms()
    best = max(fitting, key=_named)
    return Terms(**{field.name: best[field.name] for field in fields(Terms)})


def new_contract(subscription_id: int, plan: Row, category: str, on: date, rows: Sequence[Row]) -> Row:
    """Return the CONTRACT row of a subscription that begins a plan (PLAN row) on a day.

    `rows`: CONTRACT_TERM rows. The terms are those of that day, and stay: what contract_terms.csv says later is for
    later contracts. Months end on the same day of the month, or on the month's last day.
    """
    terms = terms_for(plan, category, rows)
    return {
        "subscription_id": subscription_id,
        "contract_from": on,
        "plan_code": plan["plan_code"],
        "binding_to": months_after(on, terms.binding_months) if terms.binding_months else None,
        "change_from": on + timedelta(days=terms.earliest_change_days),
        **{name: getattr(terms, name) for name in _PINNED},
        "guaranteed_to": months_after(on, terms.guarantee_months) if terms.guarantee_months else None,
    }


def _fits(row: Row, plan: Row, category: str) -> bool:
    wanted = (plan["plan_code"], plan.get("product_group"), category)
    return all(found in {_ALL, value} for found, value in zip(_scope(row), wanted, strict=True))


def _named(row: Row) -> tuple[bool, ...]:
    """Tell what a row names: two rows that name the same and fit the same would have the same key."""
    return tuple(found != _ALL for found in _scope(row))


def _scope(row: Row) -> tuple[str, str, str]:
    return row["plan_code"], row["product_group"], row["customer_category"]
