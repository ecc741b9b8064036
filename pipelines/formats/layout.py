"""What every input layout offers: it recognises a file by content and reads it into records and faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import polars as pl

from pipelines.formats.delimited_text import read_lines
from pipelines.formats.reference_parts import PARTS
from schemas.columns import COLUMNS, TIMESTAMP
from schemas.money import AMOUNT

_POSITION: dict[str, pl.DataType] = {"record_no": pl.Int64(), "line_no": pl.Int64(), "record": pl.String()}

# What a reader of each kind of file returns. Numbers are as written in the file; ingest normalises them.
# Usage comes by the million: the text of a record is looked up (`Parsed.with_record`) for those few that are set aside.
USAGE_RECORDS: dict[str, pl.DataType] = {
    "record_no": pl.Int64(),
    "line_no": pl.Int64(),
    "source_system": pl.String(),
    "record_id": pl.String(),
    "service": pl.String(),
    "usage_kind": pl.String(),
    "a_number": pl.String(),
    "b_number": pl.String(),
    "origin_number": pl.String(),
    "started_at": TIMESTAMP,
    "duration_s": pl.Int64(),
    "volume_bytes": pl.Int64(),
    "event_count": pl.Int64(),
    "outcome": pl.String(),
}
PAYMENT_RECORDS: dict[str, pl.DataType] = {
    **_POSITION,
    "payment_record_id": pl.String(),
    "payment_kind": pl.String(),
    "bank_reference": pl.String(),
    "entry_reference": pl.String(),
    "original_reference": pl.String(),
    "bank_entry_id": pl.String(),
    "end_to_end_id": pl.String(),
    "payee_account": pl.String(),
    "booked_on": pl.Date(),
    "amount": AMOUNT,
    "currency": pl.String(),
    "reference_text": pl.String(),
    "parts": PARTS,
    "free_text": pl.String(),
    "payer_name": pl.String(),
    "payer_account": pl.String(),
    "payer_registration_no": pl.String(),
    "return_code": pl.String(),
}
STATEMENTS: dict[str, pl.DataType] = {
    "statement_id": pl.String(),
    "payee_account": pl.String(),
    "statement_no": pl.String(),
    "sequence_no": pl.Int64(),
    "page_no": pl.Int64(),
    "is_last_page": pl.Boolean(),
    "covered_from": pl.Date(),
    "covered_to": pl.Date(),
    "currency": pl.String(),
    "opening_amount": AMOUNT,
    "closing_amount": AMOUNT,
}
NOTIFICATIONS: dict[str, pl.DataType] = {
    "notification_id": pl.String(),
    "payee_account": pl.String(),
    "notification_no": pl.String(),
    "sequence_no": pl.Int64(),
    "page_no": pl.Int64(),
    "is_last_page": pl.Boolean(),
    "reported_on": pl.Date(),
    "stated_count": pl.Int64(),
    "stated_amount": AMOUNT,
    "held_count": pl.Int64(),
    "held_amount": AMOUNT,
}
ENTRY_RECORDS: dict[str, pl.DataType] = {
    **_POSITION,
    "bank_entry_id": pl.String(),
    "statement_id": pl.String(),
    "bank_entry_no": pl.Int64(),
    "payee_account": pl.String(),
    "booked_on": pl.Date(),
    "amount": AMOUNT,
    "currency": pl.String(),
    "entry_reference": pl.String(),
    "entry_code": pl.String(),
    "entry_text": pl.String(),
    "transaction_count": pl.Int64(),
}
ANSWER_RECORDS: dict[str, pl.DataType] = {
    **_POSITION,
    "answer_id": pl.String(),
    "scheme": pl.String(),
    "answer": pl.String(),
    "answer_code": pl.String(),
    "answer_text": pl.String(),
    "payer_no": pl.String(),
    "mandate_id": pl.String(),
    "direct_debit_id": pl.String(),
    "amount": AMOUNT,
    "currency": pl.String(),
    "answered_on": pl.Date(),
}
REQUEST_RECORDS: dict[str, pl.DataType] = {
    **_POSITION,
    "request_id": pl.String(),
    "request_type": pl.String(),
    "channel": pl.String(),
    "reseller_code": pl.String(),
    "actor": pl.String(),
    "requested_at": TIMESTAMP,
    "effective_on": pl.Date(),
    "effective_at": TIMESTAMP,
    "payload": pl.String(),
}
ACKNOWLEDGEMENT_RECORDS: dict[str, pl.DataType] = {
    **_POSITION,
    "order_id": pl.String(),
    "acknowledgement": pl.String(),
    "acknowledgement_text": pl.String(),
    "acknowledged_at": TIMESTAMP,
}
LEDGER_ANSWER_RECORDS: dict[str, pl.DataType] = {
    **_POSITION,
    "export_no": pl.Int64(),
    "export_state": pl.String(),
    "export_format": pl.String(),
    "state_text": pl.String(),
}
COLLECTION_RECORDS: dict[str, pl.DataType] = {
    **_POSITION,
    "invoice_no": pl.Int64(),
    "status": pl.String(),
    "paid_amount": AMOUNT,
    "booked_on": pl.Date(),
    "reference_text": pl.String(),
    "bank_reference": pl.String(),
    "answer_text": pl.String(),
}
REJECTED_RECORDS: dict[str, pl.DataType] = {**_POSITION, "reason_code": pl.String(), "reason_text": pl.String()}
RECORDS_OF_KIND = {
    "usage": USAGE_RECORDS,
    "payments": PAYMENT_RECORDS,
    "statements": ENTRY_RECORDS,
    "direct_debit_answers": ANSWER_RECORDS,
    "requests": REQUEST_RECORDS,
    "acknowledgements": ACKNOWLEDGEMENT_RECORDS,
    "ledger_answers": LEDGER_ANSWER_RECORDS,
    "collection_answers": COLLECTION_RECORDS,
}

assert set(REJECTED_RECORDS) <= set(COLUMNS)  # noqa: S101 (a definition that would break every reader)


@dataclass(frozen=True)
class ReadContext:
    """What a reader must know of the operator: the clock of naive times, the currency of the books and others.

    `rated_from`: the first day on which each other currency has a rate in `exchange_rates.csv`.
    """

    time_zone: str
    currency: str
    rated_from: Mapping[str, date] = field(default_factory=dict)

    def currency_fault(self, currency: str | None, day: date | None) -> str | None:
        """Return what is wrong with money of a currency on a day: None where the books can take it."""
        if currency == self.currency:
            return None
        if currency is None or currency not in self.rated_from:
            return f"{currency} is not {self.currency}, the currency of the books, and has no exchange rate"
        first = self.rated_from[currency]
        return f"{currency} has exchange rates from {first} only" if day is not None and day < first else None

    def may_have_come(self, fault: str) -> bool:
        """Tell whether a `currency_fault` of before, as it was written down, may be one no longer by the rates now."""
        currency = fault.partition(" ")[0]
        return currency in self.rated_from and fault != self.currency_fault(currency, date.min)


@dataclass(frozen=True)
class Parsed:
    """A file, read: `rows_read` = rows of `records` + rows of `rejected`.

    `records` has the columns of `RECORDS_OF_KIND[kind]`, `rejected` those of `REJECTED_RECORDS`. `text` is what
    `recode` made of a file of usage. A file of statements brings them (`STATEMENTS`), with its entries as records, and
    the transactions of these as reports of payments (`PAYMENT_RECORDS`); so do answers to direct debits. One of
    notifications brings these too (`NOTIFICATIONS`).
    """

    records: pl.DataFrame
    rejected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTED_RECORDS))
    bank_file_id: str | None = None
    text: bytes = field(default=b"", repr=False)
    statements: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STATEMENTS))
    notifications: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NOTIFICATIONS))
    payments: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAYMENT_RECORDS))

    def with_record(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add `record`, the line as it stood in the file, to rows with a `line_no` that have none."""
        if "record" in rows.columns:
            return rows
        if rows.is_empty():
            return rows.with_columns(pl.lit(None, pl.String).alias("record"))
        lines = read_lines(self.text).select("line_no", "record")
        return rows.join(lines, on="line_no", how="left", maintain_order="left")

    @property
    def rows_read(self) -> int:
        """Records found in the file."""
        return self.records.height + self.rejected.height


class FileFaultError(Exception):
    """The file is refused whole; it goes to quarantine with a report of this code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class Layout(Protocol):
    """One layout of input files."""

    @property
    def name(self) -> str:
        """Name of the layout, as kept in `source_file.file_format`."""

    @property
    def kind(self) -> str:
        """One of the kinds of `RECORDS_OF_KIND`."""

    def recognises(self, head: bytes) -> bool:
        """Tell from the first 64 kB of a file whether it is of this layout."""

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read a whole file. Raises `FileFaultError` when it must be refused whole."""
