"""A change of an invoice basis that somebody asked for: what it takes back is written beside what was charged."""

from __future__ import annotations

from typing import Any, Literal

from crm.request_models.credit import Adjust
from invoicing.basis_changes import ChangeOfBasis, change_basis
from pipelines.night import Night
from schemas import tables

Kind = Literal["unit_price", "discount", "remove"]


def change_charges(night: Night, request: dict[str, Any], wanted: Adjust) -> int:
    """Write what a change takes back of each charge of its basis, within a transaction; return how many got cheaper."""
    store, basis = night.store, [wanted.basis_id]
    members = store.read(tables.BASIS_CHARGE, "basis_id = ?", basis)
    charges = store.read_matching(tables.CHARGE, members.select("charge_id"))
    kind, value = _kind_of(wanted)
    change = ChangeOfBasis(
        request_id=request["request_id"],
        basis_id=wanted.basis_id,
        kind=kind,
        value=value,
        by=request["actor"] or request["channel"],
        why=wanted.reason,
        article_no=wanted.article_no,
        charge_id=wanted.charge_id,
    )
    changed = change_basis(charges, store.read(tables.BASIS_CHANGE, "basis_id = ?", basis), change, night.on)
    store.append(tables.CHARGE, changed.charges)
    store.append(tables.BASIS_CHANGE, changed.changes)
    store.append(tables.BASIS_CHARGE, changed.members)
    return changed.charges.height


def _kind_of(wanted: Adjust) -> tuple[Kind, Any]:
    if wanted.remove:
        return "remove", None
    return ("discount", wanted.discount) if wanted.discount is not None else ("unit_price", wanted.unit_price)
