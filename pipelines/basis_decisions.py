"""What requests decide of an invoice basis: it is changed or released.

Called within the transaction that keeps the request's outcome. Each function returns the customer the basis belongs to,
or why the request is refused, before anything is written.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from invoicing.basis_changes import ChangeOfBasis, change_basis
from pipelines.night import Night
from rating.credit_basis import released
from schemas import tables


class BasisRefusal(NamedTuple):
    """Why a decision cannot be carried out: a reason of `schemas.codes.REASONS`, and its sentence."""

    code: str
    text: str


def apply_basis_change(night: Night, change: ChangeOfBasis) -> int | BasisRefusal:
    """Change an open basis: its charges get what the change takes back (`invoicing.basis_changes`)."""
    basis = _open_basis(night, change.basis_id)
    if basis.is_empty():
        return _not_waiting(change.basis_id)
    store = night.store
    members = store.read_matching(tables.BASIS_CHARGE, basis.select("basis_id"))
    charges = store.read_matching(tables.CHARGE, members.select("charge_id"))
    earlier = store.read_matching(tables.BASIS_CHANGE, basis.select("basis_id"))
    made = change_basis(charges, earlier, change, night.on)
    if made.charges.is_empty():
        text = f"no charge of basis {change.basis_id} becomes cheaper by it; nightbill basis show tells what is in it"
        return BasisRefusal("ALREADY_SO", text)
    store.append(tables.CHARGE, made.charges)
    store.append(tables.BASIS_CHARGE, made.members)
    store.append(tables.BASIS_CHANGE, made.changes)
    return _customer(night, basis)


def apply_basis_release(night: Night, basis_id: str, *, by: str, why: str) -> int | BasisRefusal:
    """Release an open basis; the bill stage of the same run invoices it."""
    basis = _open_basis(night, basis_id)
    if basis.is_empty():
        return _not_waiting(basis_id)
    night.store.upsert(tables.INVOICE_BASIS, released(basis, on=night.on, by=by, why=why))
    return _customer(night, basis)


def _open_basis(night: Night, basis_id: str) -> pl.DataFrame:
    named = pl.DataFrame({"basis_id": [basis_id]}, schema={"basis_id": pl.String})
    return night.store.read_matching(tables.INVOICE_BASIS, named, "basis_state = 'open'")


def _not_waiting(basis_id: str) -> BasisRefusal:
    text = f"no invoice basis {basis_id!r} is open; nightbill basis list --all names them all"
    return BasisRefusal("NOT_WAITING", text)


def _customer(night: Night, basis: pl.DataFrame) -> int:
    return int(night.store.read_matching(tables.ACCOUNT, basis.select("account_id"))["customer_id"][0])
