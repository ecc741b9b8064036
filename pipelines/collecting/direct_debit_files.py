"""Files of direct debits and mandates for Bankgirot and the bank: a series for each scheme, each order in one file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import polars as pl

from pipelines.collecting.our_side import message_id, our_side
from pipelines.formats.autogiro_requests import Payee, write_autogiro
from pipelines.formats.pain008 import write_pain008
from pipelines.formats.payment_message import Message
from pipelines.home import autogiro_key
from pipelines.lake.numbered_files import NumberedFiles
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.codes import DEBIT_SCHEMES
from schemas.money import sum_amounts

_SUFFIXES = {"autogiro": "txt", "sepa": "xml"}
_DEBITS = "SELECT d.* FROM direct_debit d ANTI JOIN filed_direct_debit USING (direct_debit_id) WHERE scheme = $1"
_ORDERS = """
    SELECT o.* FROM mandate_order o JOIN mandate USING (mandate_id)
      ANTI JOIN filed_mandate_order USING (mandate_order_id) WHERE scheme = $1
"""
_DEBITS_OF = """
    SELECT d.* FROM direct_debit d JOIN filed_direct_debit f USING (direct_debit_id)
     WHERE f.scheme = $1 AND f.file_no = $2
"""
_ORDERS_OF = """
    SELECT o.* FROM mandate_order o JOIN filed_mandate_order f USING (mandate_order_id)
     WHERE f.scheme = $1 AND f.file_no = $2
"""


class Head(NamedTuple):
    """What a file is: its number, the version of its layout, and the business date it was made on."""

    file_no: int
    version: str
    made_on: date


@dataclass(frozen=True)
class Orders:
    """What stands in a file: DIRECT_DEBIT and MANDATE_ORDER rows, each with the columns of its mandate."""

    debits: pl.DataFrame
    mandates: pl.DataFrame


def export_direct_debits(night: Night) -> StageReport:
    """Write what stands in no file yet as `outbox/direct_debits/<scheme>_<no>`, a file of each scheme that has some.

    Committed before it is written: a run killed in between finds the file missing and writes the same bytes again.
    """
    written = [_export(night, scheme) for scheme in DEBIT_SCHEMES]
    debits, mandates = (sum(each[place] for each in written) for place in (0, 1))
    files = sum(each != (0, 0) for each in written)
    summary = f"{debits} direct debits and {mandates} changes of mandates in {files} files"
    return StageReport(debits + mandates, debits + mandates, 0, summary)


def files_of(scheme: str) -> NumberedFiles:
    """Return the series of files of a scheme."""
    return NumberedFiles(
        tables.DIRECT_DEBIT_FILE, "direct_debits", scheme, _SUFFIXES[scheme], series={"scheme": scheme}
    )


def _export(night: Night, scheme: str) -> tuple[int, int]:
    """Write a scheme's file, and any that is missing; returns how many direct debits and mandates are new in it."""
    files, store = files_of(scheme), night.store

    def content(at: Night, number: int) -> bytes:
        row = files.row(at, number)
        return _content(at, scheme, Head(number, row["message_version"], row["ordered_on"]))

    files.restore_last(night, content)
    debits = store.select(tables.DIRECT_DEBIT, _DEBITS, [scheme])
    orders = store.select(tables.MANDATE_ORDER, _ORDERS, [scheme])
    if debits.is_empty() and orders.is_empty():
        return 0, 0
    number = files.next_number(night)
    version = night.policy.direct_debit.sepa_version if scheme == "sepa" else "autogiro"
    about = {
        "message_version": version,
        "debit_count": debits.height,
        "mandate_count": orders.height,
        "amount": debits.select(sum_amounts(pl.col("amount"))).item(),
        "ordered_on": night.on,
    }
    place = pl.lit(scheme).alias("scheme"), pl.lit(number, pl.Int64).alias("file_no")
    with store.transaction(f"{scheme} file {number}"):
        store.append(tables.FILED_DIRECT_DEBIT, debits.select("direct_debit_id", *place))
        store.append(tables.FILED_MANDATE_ORDER, orders.select("mandate_order_id", *place))
        files.commit(night, number, about, _content(night, scheme, Head(number, version, night.on)))
    files.restore_last(night, content)
    return debits.height, orders.height


def _content(night: Night, scheme: str, head: Head) -> bytes:
    """Return a file as what it says stands in the lake: read again, it has the same bytes."""
    found = _orders_of(night, scheme, head.file_no)
    if scheme == "sepa":
        message = Message(head.version, message_id(night.policy, "DD", head.file_no), head.made_on)
        return write_pain008(found.debits, our_side(night.policy), message)
    operator, rules = night.policy.operator, night.policy.direct_debit
    payee = Payee(rules.autogiro_customer_no, operator.bankgiro_digits, autogiro_key(night.home))
    return write_autogiro(found.mandates, found.debits, payee, head.made_on)


def _orders_of(night: Night, scheme: str, number: int) -> Orders:
    store, place = night.store, [scheme, number]
    debits = store.select(tables.DIRECT_DEBIT, _DEBITS_OF, place)
    orders = store.select(tables.MANDATE_ORDER, _ORDERS_OF, place)
    named = pl.concat([debits.select("mandate_id"), orders.select("mandate_id")])
    mandates = store.read_matching(tables.MANDATE, named).drop("account_id", "scheme")
    return Orders(
        debits.join(mandates, on="mandate_id").sort("collect_on", "invoice_no", "attempt_no"),
        orders.join(mandates, on="mandate_id").sort("mandate_action", "mandate_id"),
    )
