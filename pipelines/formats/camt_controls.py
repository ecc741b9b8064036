"""The control figures of a camt message: batches, entries and the summary must agree with the records they cover."""

from __future__ import annotations

from decimal import Decimal

from pipelines.formats.camt_elements import Element, amount_in, children, first, inside, text_at
from pipelines.formats.field_values import decimal_of
from pipelines.formats.file_faults import unreadable, wrong_totals

_DIRECTION = "CdtDbtInd"
_SUMMARIES = {"TtlNtries": ("CRDT", "DBIT"), "TtlCdtNtries": ("CRDT",), "TtlDbtNtries": ("DBIT",)}


def check_entry(entry: Element) -> None:
    """Hold an entry against its transactions, and each batch against its own.

    Raises `FileFaultError`: WRONG_TOTALS with both figures, UNREADABLE where nothing says which way the money went. An
    entry without transactions has nothing to check, nor has one whose transactions all leave out their amounts.
    """
    place = f"entry on line {entry.sourceline}"
    _check_direction(entry, place)
    for details in children(entry, "NtryDtls"):
        _check_batch(details, place)
    transactions = inside(entry, "NtryDtls/TxDtls")
    if not _have_amounts(transactions):
        return
    amount, currency = amount_in(entry)
    if len(transactions) == 1 and amount_in(transactions[0], currency)[1] in {
        None,
        _foreign(transactions[0], currency),
    }:
        return
    if transactions:
        _agree(f"{place}: amount", decimal_of(amount), _sum(transactions, text_at(entry, _DIRECTION), currency))


def _check_direction(entry: Element, place: str) -> None:
    written = [text_at(entry, _DIRECTION) or "missing"]
    written += [told for each in inside(entry, "NtryDtls/TxDtls") if (told := text_at(each, _DIRECTION)) is not None]
    for told in written:
        if told not in {"CRDT", "DBIT"}:
            raise unreadable(f"{place}: {_DIRECTION} is {told}, neither CRDT nor DBIT")


def _have_amounts(transactions: list[Element]) -> bool:
    return any(amount_in(each)[0] is not None for each in transactions)


def _foreign(transaction: Element, currency: str | None) -> str | None:
    """Return the transaction's currency where it is not the entry's: then their amounts cannot be compared."""
    own = amount_in(transaction, currency)[1]
    return own if own != currency else None


def _check_batch(details: Element, place: str) -> None:
    batch, transactions = first(details, "Btch"), children(details, "TxDtls")
    if batch is None or not transactions:
        return
    count, total = text_at(batch, "NbOfTxs"), text_at(batch, "TtlAmt")
    if count is not None:
        _agree(f"{place}: transactions in batch", decimal_of(count), len(transactions))
    if total is not None and _have_amounts(transactions):
        currency, direction = _currency_of(batch), text_at(batch, _DIRECTION)
        gross = _sum(transactions, direction, currency)
        net = abs(_sum(transactions, "CRDT", currency))  # some banks give this, and no direction
        found = net if direction is None and decimal_of(total) == net else gross
        _agree(f"{place}: batch total", decimal_of(total), found)


def _currency_of(batch: Element) -> str | None:
    """Return the currency of a batch's total."""
    total = first(batch, "TtlAmt")
    return None if total is None else total.get("Ccy")


def _sum(transactions: list[Element], direction: str | None, currency: str | None) -> Decimal:
    """Add transactions in the entry's currency; one that goes the other way than its entry is subtracted."""
    total = Decimal(0)
    for transaction in transactions:
        amount = decimal_of(amount_in(transaction, currency)[0]) or Decimal(0)
        same = text_at(transaction, _DIRECTION) in {None, direction} or direction is None
        total += amount if same else -amount
    return total


def check_summary(notification: Element) -> None:
    """Hold the notification's summary against its entries, pending ones included, each sum without sign.

    A message of several pages is not checked: its summary covers all pages. Raises `FileFaultError`
    (WRONG_TOTALS) with both figures.
    """
    if is_paged(notification):
        return
    entries = children(notification, "Ntry")
    for name, directions in _SUMMARIES.items():
        summary = first(notification, f"TxsSummry/{name}")
        if summary is None:
            continue
        covered = [entry for entry in entries if text_at(entry, _DIRECTION) in directions]
        count, total = text_at(summary, "NbOfNtries"), text_at(summary, "Sum")
        if count is not None:
            _agree(f"TxsSummry/{name}/NbOfNtries", decimal_of(count), len(covered))
        if total is not None:
            amounts = (decimal_of(amount_in(entry)[0]) or Decimal(0) for entry in covered)
            _agree(f"TxsSummry/{name}/Sum", decimal_of(total), sum(amounts, Decimal(0)))
    _check_net(notification, entries)


def _check_net(notification: Element, entries: list[Element]) -> None:
    """Hold the net of all entries against the one declared: version 02 names it otherwise than the later ones."""
    for declared, direction in (("TtlNetNtryAmt", _DIRECTION), ("TtlNetNtry/Amt", f"TtlNetNtry/{_DIRECTION}")):
        total = text_at(notification, f"TxsSummry/TtlNtries/{declared}")
        if total is not None:
            stated = text_at(notification, f"TxsSummry/TtlNtries/{direction}")
            net = _sum(entries, stated or "CRDT", None)
            _agree(f"TxsSummry/TtlNtries/{declared}", decimal_of(total), net if stated else abs(net))


def is_paged(notification: Element) -> bool:
    """Tell whether a report is one of several pages."""
    header = children(notification.getparent(), "GrpHdr")
    paginations = [
        *inside(notification, "NtfctnPgntn"),
        *inside(notification, "StmtPgntn"),
        *(page for head in header for page in inside(head, "MsgPgntn")),
    ]
    return any(
        (text_at(p, "PgNb"), text_at(p, "LastPgInd") or "true") not in {("1", "true"), ("1", "1")} for p in paginations
    )


def _agree(place: str, declared: Decimal | None, found: Decimal | int) -> None:
    if declared != found:
        raise wrong_totals(place, "nothing readable" if declared is None else declared, found)
