"""What requests change of invoice bases: each change becomes charges that take back, in the register's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import polars as pl

from crm.decided_by import decider
from invoicing.basis_changes import ChangeOfBasis, change_basis
from pipelines.night import Night
from pipelines.repricing.changed_lines_flow import book_beside
from schemas import tables


def apply_adjustments(night: Night, adjustments: Iterable[tuple[dict[str, Any], Any]]) -> int:
    """Carry out changes that the register has accepted: REQUEST rows with what they say (`Adjust`), in their order.

    Returns how many charges became cheaper. A change that makes nothing cheaper leaves everything as it is.
    """
    return sum(_apply(night, _change(*each)) for each in adjustments)


def _change(request: dict[str, Any], wanted: Any) -> ChangeOfBasis:
    kind: Literal["unit_price", "discount", "remove"] = "remove"
    if wanted.unit_price is not None:
        kind = "unit_price"
    elif wanted.discount_percent is not None:
        kind = "discount"
    return ChangeOfBasis(
        request_id=request["request_id"],
        basis_id=wanted.basis_id,
        kind=kind,
        value=wanted.unit_price if kind == "unit_price" else wanted.discount_percent,
        by=decider(request),
        why=wanted.reason,
        article_no=wanted.article_no,
        charge_id=wanted.charge_id,
    )


def _apply(night: Night, change: ChangeOfBasis) -> int:
    """Write what a change takes back; one that was accepted before the basis was released goes on its invoice too."""
    store, named = night.store, pl.DataFrame({"basis_id": [change.basis_id]})
    members = store.read_matching(tables.BASIS_CHARGE, named)
    charges = store.read_matching(tables.CHARGE, members.select("charge_id"))
    made = change_basis(charges, store.read_matching(tables.BASIS_CHANGE, named), change, night.on)
    store.append(tables.CHARGE, made.charges)
    store.append(tables.BASIS_CHARGE, made.members)
    cheaper = store.append(tables.BASIS_CHANGE, made.changes)
    book_beside(night, made.changes)
    return cheaper
