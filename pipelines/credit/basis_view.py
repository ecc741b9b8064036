"""Invoice bases as the command line shows them: a listing, and one with its charges and changes."""

from __future__ import annotations

import polars as pl

from pipelines.home import Home
from pipelines.night import opened_lake
from schemas import tables

_LISTING = """
    SELECT i.basis_id, i.account_id, a.customer_id,
           CASE WHEN i.paid_on IS NULL THEN i.basis_state ELSE 'paid' END AS state,
           i.exposure, i.credit_limit AS "limit",
           count(c.charge_id)::BIGINT AS charges, coalesce(sum(c.amount_ex_vat), 0)::DECIMAL(18,6) AS amount_ex_vat,
           i.made_on, i.released_on, i.invoice_no, i.paid_on
      FROM invoice_basis i JOIN account a USING (account_id) LEFT JOIN basis_charge m USING (basis_id)
      LEFT JOIN charge c USING (charge_id)
"""


class NoBasisError(Exception):
    """The basis asked for is not there."""


def list_bases(home: Home, *, every: bool = False) -> pl.DataFrame:
    """Return the bases not paid yet, or every one, oldest first, with what stands in them now."""
    where = "" if every else "WHERE i.paid_on IS NULL"
    with opened_lake(home) as store:
        found = store.query(f"{_LISTING} {where} GROUP BY ALL ORDER BY i.made_on, i.account_id, i.basis_id")
    return found.select("basis_id", "state", "exposure", "limit", "amount_ex_vat", "made_on", "invoice_no")


def show_basis(home: Home, basis_id: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return a basis with all its figures, its charges, and its changes. Raises `NoBasisError`."""
    with opened_lake(home) as store:
        basis = store.query(f"{_LISTING} WHERE i.basis_id = ? GROUP BY ALL", [basis_id])
        if basis.is_empty():
            raise NoBasisError(f"there is no invoice basis {basis_id!r}; nightbill basis list --all names them all")
        charges = store.query(
            "SELECT charge_id, charge_kind, article_no, article_name, service_from, service_to, quantity, duration_s, "
            "amount_ex_vat FROM basis_charge JOIN charge USING (charge_id) LEFT JOIN article USING (article_no) "
            "WHERE basis_id = ? ORDER BY charge_kind DESC, article_no, service_from, charge_id",
            [basis_id],
        )
        changes = store.read(tables.BASIS_CHANGE, "basis_id = ?", [basis_id]).sort(
            "changed_on", "request_id", "charge_id"
        )
        return basis, charges, changes.drop("basis_id")
