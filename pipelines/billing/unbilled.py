"""Which charges stand on no invoice yet, found without reading what was invoiced long ago.

An invoice carries every charge of its account that is due. So what is unbilled of an account that was billed lately is
either new, or for a day to come, or in an invoice basis; only of accounts that were not billed for long must older
charges be looked for, and of those that another account pays for, which may have no invoices of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from invoicing.payers import paid_by
from pipelines.lake.store import Store
from pipelines.night import Night
from pipelines.work_ahead import ReadAhead
from schemas import tables

# Monthly invoices, and a month of nights that nobody ran, lie within it.
LATELY = timedelta(days=62)

# An invoice of a basis comes on any day: it is no account's monthly one, nor is a credit note.
MONTHLY = """
      FROM invoice ANTI JOIN (SELECT invoice_no FROM invoice_basis WHERE invoice_no IS NOT NULL) USING (invoice_no)
     WHERE document_kind = 'invoice'
"""
LAST_BILLED = f"SELECT account_id, max(billing_date) AS billing_date {MONTHLY} GROUP BY account_id"
_BILLED_SINCE = f"SELECT DISTINCT account_id {MONTHLY} AND billing_date >= ?"
# Charges made before `$1`, the first day that is lately, for days before it.
_OLDER = f"""
    WITH slow AS (
        SELECT account_id FROM account ANTI JOIN (FROM ({LAST_BILLED}) WHERE billing_date >= $1) USING (account_id)
        UNION SELECT account_id FROM payer
    ), their_invoices AS (
        FROM invoice SEMI JOIN (FROM slow UNION SELECT payer_account_id FROM payer) USING (account_id)
    ), in_bases AS (
        SELECT charge_id FROM basis_charge SEMI JOIN (FROM invoice_basis WHERE invoice_no IS NULL) USING (basis_id)
    ), older AS (
        FROM charge WHERE charged_on < $1 AND service_from < $1
    )
    SELECT {{columns}} FROM older SEMI JOIN slow USING (account_id)
     ANTI JOIN (SELECT charge_id FROM billed_charge
                  SEMI JOIN their_invoices USING (invoice_no)) USING (charge_id)
    UNION ALL SELECT {{columns}} FROM older SEMI JOIN in_bases USING (charge_id) ANTI JOIN slow USING (account_id)
     ANTI JOIN (SELECT charge_id FROM billed_charge SEMI JOIN in_bases USING (charge_id)) USING (charge_id)
"""  # noqa: S608 (our own words)

_LATELY = "(charged_on >= ? OR service_from >= ?)"
# Of both series, whichever is the lower one: charges of credit notes are billed too.
_BILLED_LATELY = """
    SELECT charge_id FROM billed_charge WHERE invoice_no >= (SELECT min(invoice_no) FROM invoice WHERE invoiced_on >= ?)
"""
# What is given back of a fee stands on the next invoice, perhaps long before the day it is for.
_GIVEN_BACK_EARLY = "SELECT charge_id FROM charge WHERE service_from >= $1 AND charged_on < $1 AND amount_ex_vat < 0"


def unbilled_charges(night: Night) -> pl.DataFrame:
    """Return the charges that stand on no invoice yet, each of the account that pays for it.

    By day those of the accounts touched, in the same way: what that costs does not grow with their history.
    """
    return pl.concat(unbilled_pieces(night))


def unbilled_pieces(night: Night) -> Iterator[pl.DataFrame]:
    """Return the same charges in pieces, read one after the other."""
    if night.is_whole:
        payers = night.store.read(tables.PAYER)
        yield from (_paid(night.store, piece, payers) for piece in unbilled_since(night, night.on - LATELY))
    else:
        yield as_paid(night, _unbilled_of_touched(night, night.on - LATELY))


def _unbilled_of_touched(night: Night, lately: date) -> pl.DataFrame:
    """Return the same of the accounts that a run by day has touched: older charges only where the night looks too."""
    store, older = night.store, ("charged_on < ? AND service_from < ?", [lately, lately])
    rows = [night.read(tables.CHARGE, _LATELY, [lately, lately])]
    slow = night.read(tables.ACCOUNT).select("account_id").join(
        store.query(_BILLED_SINCE, [lately]), on="account_id", how="anti"
    )  # fmt: skip
    slow = pl.concat([slow, night.read(tables.PAYER).select("account_id")]).unique()
    if slow.height:
        rows.append(store.read_matching(tables.CHARGE, slow, *older))
    bases = night.read(tables.INVOICE_BASIS, "invoice_no IS NULL")
    if bases.height:
        members = store.read_matching(tables.BASIS_CHARGE, bases.select("basis_id"))
        rows.append(_own(night, store.read_matching(tables.CHARGE, members.select("charge_id"), *older)))
    charges = pl.concat(rows).unique("charge_id", maintain_order=True)
    billed = store.read_matching(tables.BILLED_CHARGE, charges.select("charge_id"))
    return charges.join(billed, on="charge_id", how="anti")


def _own(night: Night, charges: pl.DataFrame) -> pl.DataFrame:
    touched = night.touched_accounts
    return charges if touched is None else charges.join(touched, on="account_id", how="semi")


def as_paid(night: Night, charges: pl.DataFrame) -> pl.DataFrame:
    """Let charges be of the accounts that pay for them; what stands in a basis stays its account's."""
    return _paid(night.store, charges, night.store.read(tables.PAYER))


def _paid(store: Store, charges: pl.DataFrame, payers: pl.DataFrame) -> pl.DataFrame:
    if payers.is_empty():
        return charges
    paid = paid_by(charges, payers, pl.col("service_from"))
    members = store.read_matching(tables.BASIS_CHARGE, paid.select("charge_id"))
    bases = store.read_matching(tables.INVOICE_BASIS, members.select("basis_id"))
    kept = members.join(bases, on="basis_id").select("charge_id", _basis_account="account_id")
    account = pl.coalesce("_basis_account", "account_id").alias("account_id")
    joined = paid.join(kept, on="charge_id", how="left", maintain_order="left")
    return joined.with_columns(account).select(charges.columns)


def unbilled_since(night: Night, lately: date) -> Iterator[pl.DataFrame]:
    """Return the charges on no invoice yet, whatever day counts as `lately`: that decides the cost, not the answer."""
    store, columns = night.store, ", ".join(tables.CHARGE.names)
    yield store.select(tables.CHARGE, _OLDER.format(columns=columns), [lately])
    early = store.query(_GIVEN_BACK_EARLY, [lately])
    billed_early = store.read_matching(tables.BILLED_CHARGE, early).select("charge_id")
    billed = pl.concat([store.query(_BILLED_LATELY, [lately]), billed_early])
    for piece in ReadAhead(store.batches(tables.CHARGE, _LATELY, [lately, lately]), 1):
        yield piece.join(billed, on="charge_id", how="anti") if billed.height else piece
