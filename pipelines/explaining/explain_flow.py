"""`nightbill explain`: how a charge, a record or an invoice line came about, told from the lake; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import polars as pl

from invoicing.term_explanation import TermExplained
from pipelines.charging.charge_names import USAGE_CHARGE_ID
from pipelines.configuration.reading import load_configuration
from pipelines.explaining.explain_facts import PastBatch, batch_kind
from pipelines.explaining.explain_terms import OneOffExplained, one_off_of, term_of
from pipelines.home import Home
from pipelines.lake.store import Store, open_store
from rating.charges import with_charge_id
from rating.explanation import Explanation
from rating.explanation_fee import FeeExplained, explain_fee
from rating.fee_terms import FeeRegister, FeeTerms, suspended_spans
from schemas import tables
from schemas.codes import TERM_KINDS
from schemas.policy import Policy
from schemas.table import Table

_LINE = re.compile(r"([0-9]+)/([0-9]+)")
_DAY = re.compile(r":([0-9]{4}-[0-9]{2}-[0-9]{2})(?::|$)")
_FEE_PERIOD = re.compile(r":([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9]{4}-[0-9]{2}-[0-9]{2})(?::|$)")
_OPEN_DAYS = 31  # a fee is told with those beside it, which may have another billing day
# Charges whose name has no day, or another than their first.
_WITHOUT_DAY = ("one_off:", "recurring:", "basis_change:", "credit:", *(f"{kind}:" for kind in TERM_KINDS))
# What a record must cost again, and by how many units.
_SAME = ("amount_ex_vat", "list_amount", "billed_units", "included_units", "included_amount", "discount_amount")


class NotFoundError(Exception):
    """What was asked for is not in the lake."""


@dataclass(frozen=True)
class Rerating:
    """What a re-rating found after the record was invoiced: RERATED_USAGE rows, and the new price explained."""

    rows: tuple[dict[str, Any], ...]
    explanation: Explanation
    agrees: bool


@dataclass(frozen=True)
class RecordExplained:
    """One record: where it came from, what it was priced by in which batch, and whether that can be repeated.

    `stored`: what was written when it was priced; `explanation` is null where it was never priced (`reason` says why).
    `differs`: names of the figures that are not the same when computed again.
    """

    usage_id: str
    source: dict[str, Any]
    batch: dict[str, Any] | None
    stored: dict[str, Any] | None
    explanation: Explanation | None
    reason: str | None = None
    differs: tuple[str, ...] = ()
    charge_id: str | None = None
    invoice_line: str | None = None
    resale: tuple[dict[str, Any], ...] = ()
    reratings: tuple[Rerating, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChargeExplained:
    """One charge: its rows, whether they add up to it, and its records or its fee explained.

    `rows`: RATED_USAGE rows, or RERATED_USAGE rows of an adjustment, with `recomputed` where it was computed again.
    `is_computed` is false where it is told where the charge came from, but nothing could be computed again.
    """

    charge: dict[str, Any]
    article_name: str | None
    customer_id: int
    invoice_line: str | None
    rows: pl.DataFrame
    adds_up: bool
    records: tuple[RecordExplained, ...] = ()
    fee: FeeExplained | None = None
    basis_changes: tuple[dict[str, Any], ...] = ()
    term: TermExplained | None = None
    one_off: OneOffExplained | None = None
    is_computed: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What was asked for: an invoice line with its charges, charges, or a record."""

    asked: str
    line: dict[str, Any] | None = None
    charges: tuple[ChargeExplained, ...] = ()
    records: tuple[RecordExplained, ...] = ()
    adds_up: bool = True

    @property
    def not_computed(self) -> int:
        """How many charges are told without computing them again: of a long line, or by rules that are not kept."""
        return sum(not charge.is_computed for charge in self.charges)

    @property
    def holds(self) -> bool:
        """Whether every sum adds up and every figure computed again is the one that was charged."""
        records = [*self.records, *(record for charge in self.charges for record in charge.records)]
        return (
            self.adds_up
            and all(c.adds_up for c in self.charges)
            and not any(r.differs or not all(again.agrees for again in r.reratings) for r in records)
        )


def explain(home: Home, asked: str, *, details: int = 3) -> Answer:
    """Explain a charge, a record or an invoice line (`1000064/2`).

    A charge of up to `details` records, and a line of up to `details` charges, is explained record by record. Raises
    `NotFoundError` when nothing has that name.
    """
    policy = load_configuration(home.require()).policy
    with open_store(home, policy.store, read_only=True) as store:
        teller = _Teller(store, policy, details)
        line = _LINE.fullmatch(asked)
        if line:
            return teller.line(asked, int(line[1]), int(line[2]))
        charges = teller.charges(asked)
        if charges:
            return Answer(asked, charges=charges)
        return Answer(asked, records=(teller.record(asked),))


@dataclass
class _Teller:
    store: Store
    policy: Policy
    details: int
    pasts: dict[int, PastBatch] = field(default_factory=dict)

    def line(self, asked: str, invoice_no: int, entry_no: int) -> Answer:
        """Explain an invoice line by its charges."""
        of_line = ("invoice_no = ? AND entry_no = ?", [invoice_no, entry_no])
        found = self.store.read(tables.INVOICE_LINE, *of_line)
        if found.is_empty():
            raise NotFoundError(f"there is no line {entry_no} on an invoice {invoice_no}")
        billed = self.store.read(tables.BILLED_CHARGE, *of_line).sort("charge_id")
        detailed = billed.height <= self.details
        charges = tuple(charge for name in billed["charge_id"] for charge in self.charges(name, detailed=detailed))
        row = found.row(0, named=True)
        total = sum((Decimal(amount) for amount in billed["amount_ex_vat"]), Decimal(0))
        return Answer(asked, row, charges, adds_up=total == row["amount_ex_vat"] and len(charges) == billed.height)

    def charges(self, charge_id: str, *, detailed: bool = True) -> tuple[ChargeExplained, ...]:
        """Explain the charge of a name; none when there is none."""
        where, parameters = _where(charge_id)
        found = self.store.read(tables.CHARGE, where, parameters)
        return tuple(self._charge(row, detailed=detailed) for row in found.iter_rows(named=True))

    def _charge(self, charge: dict[str, Any], *, detailed: bool) -> ChargeExplained:
        articles = self.store.read(tables.ARTICLE, "article_no = ?", [charge["article_no"]])["article_name"]
        customer = self.store.read(tables.ACCOUNT, "account_id = ?", [charge["account_id"]])["customer_id"][0]
        told = ChargeExplained(
            charge, articles[0] if articles.len() else None, customer, self._invoice_line(charge["charge_id"]),
            pl.DataFrame(), adds_up=True,
        )  # fmt: skip
        if charge["charge_kind"] == "recurring":
            fee = self._fee(charge) if detailed and charge["line_key"] else None
            return replace(told, fee=fee, adds_up=fee is None or fee.amount == charge["amount_ex_vat"])
        if charge["charge_kind"] in {"one_off", "paper_fee", "credit", *TERM_KINDS}:
            return self._added(told, detailed=detailed)
        if charge["charge_kind"] == "adjustment":
            rows = self.store.read(tables.RERATED_USAGE, "charge_id = ?", [charge["charge_id"]])
            changes = self._changes_within(charge["charge_id"])
            found = [*rows["difference_amount"], *(change["difference_amount"] for change in changes)]
            total = sum((Decimal(amount) for amount in found), Decimal(0))
            detailed = detailed and rows.height <= self.details
            names: list[str] = rows["usage_id"].unique(maintain_order=True).to_list() if detailed else []
            return replace(
                told,
                rows=rows,
                adds_up=_adjusts(rows, charge, total),
                basis_changes=changes,
                records=tuple(self.record(name) for name in names),
            )
        if charge["charge_kind"] == "basis_change":
            changes = self._facts_of_change(charge["charge_id"])
            same = [change["difference_amount"] for change in changes] == [charge["amount_ex_vat"]]
            return replace(told, basis_changes=changes, adds_up=same)
        return self._usage_charge(told, detailed=detailed)

    def _added(self, told: ChargeExplained, *, detailed: bool) -> ChargeExplained:
        """Explain a charge that a request, a term or an invoice brought about, as its night computed it."""
        charge, amount = told.charge, told.charge["amount_ex_vat"]
        kind = charge["charge_kind"]
        if kind == "paper_fee":
            return replace(told, is_computed=amount == self.policy.billing.paper_fee)
        if kind == "credit" or not detailed:
            return replace(told, is_computed=False)
        past, notes = self._past(tables.CHARGE, *_where(charge["charge_id"]))
        if kind == "one_off":
            one_off = one_off_of(self.store, past, charge)
            is_computed = one_off.amount is not None
            same = not is_computed or one_off.amount == amount
            return replace(told, one_off=one_off, adds_up=same, is_computed=is_computed, notes=notes)
        term = term_of(self.store, past, self.policy, charge)
        same = term is not None and term.amount == amount
        return replace(told, term=term, adds_up=same, notes=notes)

    def _facts_of_change(self, charge_id: str) -> tuple[dict[str, Any], ...]:
        """Return the BASIS_CHANGE row that a charge of that kind is made of."""
        named = "concat('basis_change:', request_id, ':', charge_id) = ?"
        return tuple(self.store.read(tables.BASIS_CHANGE, named, [charge_id]).to_dicts())

    def _changes_within(self, charge_id: str) -> tuple[dict[str, Any], ...]:
        """Return the BASIS_CHANGE rows that an adjustment counts: those that are not a charge of their own."""
        apart = (
            "charge_id = ? AND concat('basis_change:', request_id, ':', charge_id) NOT IN "
            "(SELECT charge_id FROM charge WHERE charge_kind = 'basis_change')"
        )
        rows = self.store.read(tables.BASIS_CHANGE, apart, [charge_id])
        return tuple(rows.sort("change_no").to_dicts())

    def _usage_charge(self, told: ChargeExplained, *, detailed: bool) -> ChargeExplained:
        charge = told.charge
        where = f"subscription_id = ? AND started_on = ? AND {USAGE_CHARGE_ID} = ?"
        found = [charge[name] for name in ("subscription_id", "service_from", "charge_id")]
        rows = self.store.read(tables.RATED_USAGE, where, found)
        rows = rows.sort("started_at", "usage_id")
        total = sum((Decimal(amount) for amount in rows["amount_ex_vat"]), Decimal(0))
        told = replace(told, rows=rows, adds_up=total == charge["amount_ex_vat"])
        if not detailed or rows.is_empty():
            return told
        names: list[str] = rows["usage_id"].to_list() if rows.height <= self.details else []
        return replace(told, records=tuple(self._records(rows, names)))

    def record(self, usage_id: str) -> RecordExplained:
        """Explain one record, priced or not. Raises `NotFoundError` when there is none of that name."""
        rated = self.store.read(tables.RATED_USAGE, "usage_id = ?", [usage_id])
        if rated.height:
            return next(self._records(rated, [usage_id]))
        usage = self.store.read(tables.USAGE, "usage_id = ?", [usage_id])
        if usage.is_empty():
            raise NotFoundError(
                f"nothing is called {usage_id!r}: give a charge (its id), a record (its usage id) or an invoice line "
                "such as 1000064/2; the marts list them in fact_charge and fact_usage"
            )
        waits = self.store.read(tables.REJECTED, "stage = 'rate' AND usage_id = ?", [usage_id])
        reason = f"{waits['reason_code'][0]}: {waits['reason_text'][0]}" if waits.height else None
        outcome = usage["outcome"][0]
        return RecordExplained(
            usage_id, self._source(usage.row(0, named=True)), None, None, None,
            reason=reason or f"{outcome}, with or without a quantity: the policy ([rating]) lets it cost nothing",
        )  # fmt: skip

    def _records(self, rated: pl.DataFrame, names: list[str]) -> Iterator[RecordExplained]:
        """Explain some records, all of one batch and one customer."""
        if not names:
            return
        first = rated.row(0, named=True)
        customer = self.store.read(tables.ACCOUNT, "account_id = ?", [first["account_id"]])["customer_id"][0]
        past, notes = self._past(
            tables.RATED_USAGE, "usage_id = ? AND rated_batch = ?", [names[0], first["rated_batch"]]
        )
        batch = past.customer_batch(customer, rated, first["rated_batch"])
        for name in names:
            one = rated.filter(pl.col("usage_id") == name)
            stored, charge_id = one.row(0, named=True), with_charge_id(one)["charge_id"][0]
            explanation = batch.explained(name)
            figures = explanation.figures or {}
            differs = tuple(figure for figure in _SAME if figures.get(figure) != stored[figure])
            yield RecordExplained(
                usage_id=name,
                source=self._source(explanation.record),
                batch=self._batch(stored["rated_batch"]),
                stored=stored,
                explanation=explanation,
                differs=differs,
                charge_id=charge_id,
                invoice_line=self._invoice_line(charge_id),
                resale=self._facts(tables.RESALE_USAGE, name),
                reratings=tuple(self._reratings(customer, stored)),
                notes=(*notes, *self._notes(explanation, stored, differs)),
            )

    def _reratings(self, customer: int, stored: dict[str, Any]) -> Iterator[Rerating]:
        """Explain what re-ratings found after the record was invoiced."""
        rows = self._facts(tables.RERATED_USAGE, stored["usage_id"])
        for number in sorted({row["rated_batch"] for row in rows}):
            where = ("usage_id = ? AND rated_batch = ?", [stored["usage_id"], number])
            past, _ = self._past(tables.RERATED_USAGE, *where)
            rated = pl.DataFrame([stored], schema=tables.RATED_USAGE.schema)
            explanation = past.customer_batch(customer, rated, number).explained(stored["usage_id"])
            of_batch = tuple(row for row in rows if row["rated_batch"] == number)
            now = max(of_batch, key=lambda row: row["new_amount"] != 0)["new_amount"]
            yield Rerating(of_batch, explanation, agrees=(explanation.amount or 0) == now)

    def _notes(self, explanation: Explanation, stored: dict[str, Any], differs: tuple[str, ...]) -> Iterator[str]:
        if explanation.destination.matched_by == "relation" or explanation.outcome == "attempt fee":
            yield "Zones of relations and fees of attempts come from the policy; the lake keeps no earlier one."
        if batch_kind(self.store, stored["rated_batch"]) != "night" and explanation.allowances:
            yield "Booked after its night: of each allowance it is told what this record drew, not what was left."
        if differs:
            yield "Something outside the lake has changed since: the policy, or the version of nightbill."

    def _past(self, table: Table, where: str, parameters: list[object]) -> tuple[PastBatch, tuple[str, ...]]:
        """Return the lake as it was when rows were written; today's where that snapshot is gone."""
        newest = self.store.snapshot_id()
        written = self.store.snapshots_of(table, where, parameters)
        known = self.store.query("SELECT snapshot_id::BIGINT AS n FROM lake.snapshots()")["n"]
        if written and written[-1] in known:
            return self._at(written[-1]), ()
        gone = "The lake no longer keeps the snapshot of that night: configuration and register are today's."
        return self._at(newest), (gone,)

    def _at(self, snapshot: int) -> PastBatch:
        """Return the lake at a snapshot; its configuration is read once."""
        return self.pasts.setdefault(snapshot, PastBatch(self.store, self.policy, snapshot))

    def _fee(self, charge: dict[str, Any]) -> FeeExplained:
        where, parameters = _where(charge["charge_id"])
        past, _ = self._past(tables.CHARGE, where, parameters)
        whose = ("subscription_id = ?", (charge["subscription_id"],))
        register = FeeRegister(
            past.read(tables.SUBSCRIPTION, *whose),
            past.read(tables.ACCOUNT, "account_id = ?", (charge["account_id"],)),
            suspended_spans(past.read(tables.SUBSCRIPTION_STATE, *whose)),
        )
        named = (tables.PLAN, tables.PLAN_PRICE, tables.BUNDLE_PART, tables.OFFER, tables.ARTICLE)
        terms = FeeTerms(*(past.read(table) for table in named))
        is_fee = f"{whose[0]} AND charge_kind = 'recurring' AND line_key IS NOT NULL"
        return explain_fee(charge, register, terms, past.read(tables.CHARGE, is_fee, whose[1]), _OPEN_DAYS)

    def _source(self, record: dict[str, Any]) -> dict[str, Any]:
        files = self.store.read(tables.SOURCE_FILE, "file_sha256 = ?", [record["file_sha256"]])["file_name"]
        wanted = ("source_system", "line_no", "record_no", "received_on", "file_sha256")
        return {"file_name": files[0] if files.len() else None, **{name: record[name] for name in wanted}}

    def _batch(self, number: int) -> dict[str, Any] | None:
        return next(self.store.read(tables.RATING_BATCH, "rated_batch = ?", [number]).iter_rows(named=True), None)

    def _facts(self, table: Table, usage_id: str) -> tuple[dict[str, Any], ...]:
        return tuple(self.store.read(table, "usage_id = ?", [usage_id]).sort("rated_batch").iter_rows(named=True))

    def _invoice_line(self, charge_id: str) -> str | None:
        billed = self.store.read(tables.BILLED_CHARGE, "charge_id = ?", [charge_id])
        return f"{billed['invoice_no'][0]}/{billed['entry_no'][0]}" if billed.height else None


def _where(charge_id: str) -> tuple[str, list[object]]:
    """Find a charge by its name, and by the day in it, which lets the lake pass over other months.

    A one-off charge and a change to a basis are named by a request or a charge, whose day is another; a fee by its
    period, in which it begins.
    """
    period = _FEE_PERIOD.search(charge_id) if charge_id.startswith("recurring:") else None
    if period:
        return "charge_id = ? AND service_from BETWEEN ? AND ?", [charge_id, period[1], period[2]]
    day = None if charge_id.startswith(_WITHOUT_DAY) else _DAY.search(charge_id)
    return ("charge_id = ? AND service_from = ?", [charge_id, day[1]]) if day else ("charge_id = ?", [charge_id])


def _adjusts(rows: pl.DataFrame, charge: dict[str, Any], total: Decimal) -> bool:
    """Tell whether an adjustment is the sum of its records' differences."""
    return total == charge["amount_ex_vat"] and rows.height > 0
