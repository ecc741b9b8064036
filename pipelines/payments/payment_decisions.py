"""What people decide of payments, done while the register is open: each within what the ones before have left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from crm.decided_by import decision
from crm.refusal import RefusedError
from crm.request_models.payments import BookPayment, MatchPayment, RefundPayment, UnbookPayment, UnmatchPayment
from crm.working_table import Row
from invoicing.payment_matching import NAMED
from invoicing.payments_by_hand import (
    BY_HAND,
    book_on_account,
    in_suspense,
    match_to_account,
    match_to_invoice,
    refundable,
    take_back_bookings,
    take_back_payout,
    unmatch,
    unsettled,
)
from invoicing.refunds import refund_rows
from invoicing.reversals import reversals_left, reverse_payments
from invoicing.settlement import Owed, open_items, recoverable
from pipelines.night import Night
from pipelines.payments.payment_facts import (
    Claims,
    claims_of,
    payments_of_code,
    rates_on,
    refunds_named,
    refunds_owed_back,
)
from pipelines.payments.settle_flow import commission_of, dated, return_fees_of
from schemas import tables
from schemas.money import to_minor

# Accounts that documents name themselves.
_POSTED_TO = (
    (tables.VAT_RATE, "vat_account"), (tables.VAT_RATE, "revenue_account"), (tables.ARTICLE, "revenue_account"),
)  # fmt: skip
_PAYOUTS = """
    SELECT left(md5(payment_id), 8) AS code FROM payment
     WHERE payment_kind = 'paid_out' AND end_to_end_id = $1 ORDER BY code
"""
_TAKES_NOTHING_BACK = (
    "no money of the one payment takes anything back of the other: see nightbill payments show of both"
)


@dataclass
class PaymentDecisions:
    """Decides of payments by request; keeps what that comes to: rows to write."""

    night: Night
    rows: pl.DataFrame = field(default_factory=tables.ALLOCATION.empty)
    refunds: pl.DataFrame = field(default_factory=tables.REFUND.empty)
    fees: pl.DataFrame = field(default_factory=tables.RECEIVABLE.empty)
    bookings: pl.DataFrame = field(default_factory=tables.PAYMENT_BOOKING.empty)

    def __call__(self, request: Row, wanted: Any) -> int | None:
        """Do what a request asks, or raise `RefusedError`; return the customer whom it is about."""
        if isinstance(wanted, MatchPayment):
            return self._match(request["request_id"], wanted)
        if isinstance(wanted, UnmatchPayment):
            return self._unmatch(request["request_id"], wanted)
        if isinstance(wanted, (BookPayment, UnbookPayment)):
            rows = self._booked(request, wanted) if isinstance(wanted, BookPayment) else self._unbooked(request, wanted)
            return self._keep_bookings(request, rows, wanted.reason)
        return self._refund(request, wanted)

    def write(self) -> None:
        """Write what was decided, with the commission that it earns or loses, in the transaction of the caller."""
        store = self.night.store
        if self.rows.is_empty():
            return
        receivables = store.read_matching(tables.RECEIVABLE, self.rows.select("receivable_id").drop_nulls().unique())
        store.append(tables.ALLOCATION, self.rows)
        store.append(tables.REFUND, self.refunds)
        store.append(tables.RECEIVABLE, self.fees)
        store.append(tables.PAYMENT_BOOKING, self.bookings)
        store.append(tables.COMMISSION, commission_of(self.night, self.rows, receivables))

    def _match(self, request_id: str, wanted: MatchPayment) -> int | None:
        payment = self._payment(wanted.payment)
        if wanted.reverses is not None:
            return self._reverse(request_id, payment, self._payment(wanted.reverses))
        held = self._allocations_of(payment)
        there, _ = in_suspense(held)
        if there <= 0:
            text = "nothing of the payment is in suspense: unmatch it first, or see nightbill payments show"
            raise RefusedError("NOT_WAITING", text)
        minor = _wanted(wanted.amount, there, "in suspense")
        if wanted.account_id is not None:
            account = self._account(wanted.account_id)
            self._refuse_refund(payment, account)
            return self._keep(request_id, match_to_account(held, wanted.account_id, request_id, minor), account)
        invoice = self._invoice(int(wanted.invoice_no or 0))
        self._refuse_refund(payment, invoice)
        claims = self._claims(invoice)
        one = pl.DataFrame(
            {"payment_id": [payment["payment_id"][0]], "match_rule": [BY_HAND], "part_no": [1], "stated": [None]}
        )
        named = invoice.join(one, how="cross").select(NAMED.names()).cast(NAMED)
        rows = match_to_invoice(payment, held, named, self._owed(claims, payment), request_id, minor)
        return self._keep(request_id, rows, invoice)

    def _refuse_refund(self, payment: pl.DataFrame, whose: pl.DataFrame | None = None) -> None:
        """Refuse to credit a refund's account with what bears its id and may be it come back, or to pay that out again.

        The bank may say, or have said, that it rejects the refund, which is credit for that. The id is looked for in
        the texts too: a refund bears it there as well. Raises `RefusedError` NOT_ALLOWED.
        """
        store, texts = self.night.store, ("end_to_end_id", "reference_text", "free_text")
        is_theirs = pl.lit(value=True) if whose is None else pl.col("account_id").is_in(whose["account_id"].implode())
        name = pl.coalesce(pl.col(text).str.extract(r"^(R[0-9]{1,15})$") for text in texts)
        may_be = refunds_named(store, payment.with_columns(name.alias("end_to_end_id"))).filter(
            (pl.col("currency") == payment["currency"][0])
            & (pl.col("amount") >= payment["amount"][0])
            & (pl.col("times_back") < pl.max_horizontal("times_out", pl.lit(1)))
            & (pl.col("account_id").is_null() | is_theirs)
        )
        if may_be.height:
            refund = may_be.row(0, named=True)
            named = f"R{refund['refund_no']}"
            codes = " or ".join(store.query(_PAYOUTS, [named])["code"]) or "which the bank has not reported yet"
            text = f"it bears the id {named} of a refund of {refund['amount']} and may be that come back: match it "
            raise RefusedError("NOT_ALLOWED", f"{text}--reverses the payment that the refund left with, {codes}")

    def _take_back_payout(self, request_id: str, came: pl.DataFrame, payout: pl.DataFrame) -> int | None:
        """Let money that came in take back a refund that went out; what is not back stays below zero."""
        rows = take_back_payout(self._allocations_of(came), self._allocations_of(payout), request_id)
        if rows.is_empty() or came["currency"][0] != payout["currency"][0]:
            raise RefusedError("NOT_ALLOWED", _TAKES_NOTHING_BACK)
        return self._keep(request_id, rows, tables.ACCOUNT.empty())

    def _reverse(self, request_id: str, reversal: pl.DataFrame, payment: pl.DataFrame) -> int | None:
        if payment["payment_kind"][0] == "paid_out":
            return self._take_back_payout(request_id, reversal, payment)
        mine, held = self._allocations_of(reversal), self._allocations_of(payment)
        left = reversals_left(reversal, mine)
        found = reversal.select("payment_id", pl.lit(payment["payment_id"][0]).alias("reversed_payment_id"))
        receivables = self.night.store.read_matching(
            tables.RECEIVABLE, held.select("receivable_id").drop_nulls().unique()
        )
        is_back = reversal["payment_kind"][0] == "reversal" and reversal["currency"][0] == payment["currency"][0]
        rows = reverse_payments(left, found, held, receivables) if is_back and mine.height else None
        if rows is None or rows.is_empty():
            raise RefusedError("NOT_ALLOWED", _TAKES_NOTHING_BACK)
        self._charge_return(rows)
        owner = receivables.select("account_id").head(1).join(self.night.store.read(tables.ACCOUNT), on="account_id")
        return self._keep(request_id, rows, owner)

    def _charge_return(self, rows: pl.DataFrame) -> None:
        """Claim the fee of the policy for a payment taken back by hand, as for one that the night takes back."""
        owed = self.night.store.read_matching(tables.RECEIVABLE, rows.select("account_id").drop_nulls().unique())
        fees = return_fees_of(self.night, rows, pl.concat([owed, self.fees]))
        self.fees = pl.concat([self.fees, fees])

    def _unmatch(self, request_id: str, wanted: UnmatchPayment) -> int | None:
        payment = self._payment(wanted.payment)
        held, claims, owner = self._allocations_of(payment), None, tables.INVOICE.empty()
        if wanted.invoice_no is not None:
            owner = self._invoice(wanted.invoice_no)
            claims = self.night.store.read_matching(tables.RECEIVABLE, owner.select("invoice_no"))
        rows = unmatch(held, request_id, claims)
        if rows.is_empty():
            raise RefusedError("NOT_WAITING", "the payment paid nothing there: see nightbill payments show")
        return self._keep(request_id, rows, owner)

    def _booked(self, request: Row, wanted: BookPayment) -> pl.DataFrame:
        payment, account = self._payment(wanted.payment), wanted.ledger_account
        if account not in self._free_accounts():
            text = f"{account} is not in accounts.csv, or the night itself posts to it and proves it; name another one"
            raise RefusedError("NOT_ALLOWED", text)
        held = self._allocations_of(payment)
        there = self._unsettled(payment, held)
        if not there:
            text = (
                "nothing of the payment is in suspense, or a refund that the bank owes us: see nightbill payments list"
            )
            raise RefusedError("NOT_WAITING", text)
        rows = book_on_account(held, request["request_id"], _wanted(wanted.amount, there, "in suspense"))
        return rows.with_columns(ledger_account=pl.lit(account))

    def _unsettled(self, payment: pl.DataFrame, held: pl.DataFrame) -> int:
        """Return what of a payment nobody can be told of; of a refund that left, as far as the bank owes it to us."""
        waiting = unsettled(held)
        there = int(waiting["paid"].abs().sum())
        if waiting["allocation_kind"].to_list() != ["refund"]:
            return there
        owed = refunds_owed_back(self.night.store).select("refund_no", to_minor(pl.col("owed_amount")))
        refund = refunds_named(self.night.store, payment)
        return min(there, int(owed.join(refund, on="refund_no", how="semi")["owed_amount"].sum()))

    def _unbooked(self, request: Row, wanted: UnbookPayment) -> pl.DataFrame:
        ids = self._payment(wanted.payment).select("payment_id")
        stored = self.night.store.read_matching(tables.PAYMENT_BOOKING, ids)
        mine = self.bookings.join(ids, on="payment_id", how="semi")
        rows = take_back_bookings(pl.concat([stored, mine]), request["request_id"])
        if rows.is_empty():
            raise RefusedError("NOT_WAITING", "nothing of the payment is booked on an account of the chart")
        return rows

    def _keep_bookings(self, request: Row, rows: pl.DataFrame, reason: str) -> int | None:
        why = {**decision(request, reason), "request_id": request["request_id"]}
        booked = rows.filter(pl.col("allocation_kind") == "booked").with_columns(
            pl.lit(value).alias(name) for name, value in why.items()
        )
        self.bookings = pl.concat([self.bookings, booked.select(tables.PAYMENT_BOOKING.names)])
        return self._keep(request["request_id"], rows.drop("ledger_account"), tables.ACCOUNT.empty())

    def _free_accounts(self) -> set[str]:
        """Return the accounts of the chart that no event posts to: what stands on the others is proven."""
        ledger = self.night.policy.ledger.model_dump()
        taken = {*ledger.pop("bank_accounts").values(), *map(str, ledger.values())}
        for table, account in _POSTED_TO:
            taken |= {*self.night.config(table)[account]}
        return {*self.night.config(tables.LEDGER_ACCOUNT)["ledger_account"]} - taken

    def _refund(self, request: Row, wanted: RefundPayment) -> int | None:
        if wanted.payment is not None:
            payment = self._payment(wanted.payment)
            held = self._allocations_of(payment)
            if in_suspense(held)[0] > 0:
                self._refuse_refund(payment)
            pots = refundable(held).with_columns(currency=pl.lit(payment["currency"][0]))
            owner = tables.ACCOUNT.empty()
        else:
            owner = self._account(int(wanted.account_id or 0))
            pots = self._credit_of(owner)
        there = int(pots["paid"].sum() or 0)
        if not there:
            raise RefusedError("NOT_WAITING", "there is no credit and nothing in suspense to pay back")
        minor = _wanted(wanted.amount, there, "to pay back")
        request_id = request["request_id"]
        rows = refund_rows(pots.drop("currency"), request_id, minor)
        accounts = rows["account_id"].drop_nulls().unique().to_list()
        order = {
            "refund_id": f"refund:{request_id}",
            "refund_no": self._next_refund_no(),
            "payment_id": pots["payment_id"][0] if wanted.payment is not None else None,
            "account_id": accounts[0] if len(accounts) == 1 else wanted.account_id,
            "amount": -(rows.filter(pl.col("paid_amount") < 0)["paid_amount"].sum() or 0),
            "currency": pots["currency"][0],
            "to_account": wanted.to_account,
            "to_name": wanted.to_name,
            "requested_on": self.night.on,
            **decision(request, wanted.reason),
            "request_id": request_id,
        }
        self.refunds = pl.concat([self.refunds, pl.DataFrame([order], schema=tables.REFUND.schema)])
        return self._keep(request_id, rows, owner)

    def _keep(self, request_id: str, rows: pl.DataFrame, owner: pl.DataFrame) -> int | None:
        made = dated(self.night, rows).with_columns(pl.lit(request_id).alias("request_id"))
        self.rows = pl.concat([self.rows, made])
        self.night.touch(made)
        return int(owner["customer_id"][0]) if owner.height else None

    def _payment(self, code: str) -> pl.DataFrame:
        found = payments_of_code(self.night.store, code)
        if found.height != 1:
            which = "several payments have codes that begin" if found.height else "no payment has the id or code"
            raise RefusedError("UNKNOWN_PAYMENT", f"{which} {code}: see nightbill payments list")
        return found

    def _account(self, account_id: int) -> pl.DataFrame:
        found = self.night.store.read(tables.ACCOUNT, "account_id = ?", [account_id])
        if found.is_empty():
            raise RefusedError("UNKNOWN_CUSTOMER", f"account {account_id} is not known; check the number")
        return found

    def _invoice(self, invoice_no: int) -> pl.DataFrame:
        found = self.night.store.read(tables.INVOICE, "invoice_no = ?", [invoice_no])
        if found.is_empty():
            raise RefusedError("UNKNOWN_CUSTOMER", f"invoice {invoice_no} does not exist; check the number")
        return found

    def _allocations_of(self, payment: pl.DataFrame) -> pl.DataFrame:
        ids = payment.select("payment_id")
        stored = self.night.store.read_matching(tables.ALLOCATION, ids)
        return pl.concat([stored, self.rows.join(ids, on="payment_id", how="semi")])

    def _claims(self, whose: pl.DataFrame) -> Claims:
        stored = claims_of(self.night.store, whose)
        mine = self.rows.join(whose, on="account_id", how="semi")
        return Claims(stored.receivables, pl.concat([stored.allocations, mine]))

    def _owed(self, claims: Claims, payment: pl.DataFrame) -> Owed:
        items, lost = open_items(*claims), recoverable(*claims)
        return Owed(items, lost, rates_on(self.night, pl.concat([items, lost]), payment), self.night.policy.payments)

    def _credit_of(self, account: pl.DataFrame) -> pl.DataFrame:
        """Return the credit on an account that is in its own currency, with its `currency`."""
        held = self._claims(account).allocations.filter(pl.col("allocation_kind") == "credit")
        currency = account["currency"][0]
        foreign = self.night.store.read_matching(tables.PAYMENT, held.select("payment_id").unique()).filter(
            pl.col("currency") != currency
        )
        return refundable(held.join(foreign, on="payment_id", how="anti")).with_columns(currency=pl.lit(currency))

    def _next_refund_no(self) -> int:
        return self.night.store.last_number(tables.REFUND, "refund_no") + self.refunds.height + 1


def _wanted(amount: Any, there: int, where: str) -> int:
    """Return the minor units asked for, or all there are. Raises `RefusedError` NOT_ENOUGH."""
    if amount is None:
        return there
    minor = int(pl.select(to_minor(pl.lit(amount))).item())
    if minor > there:
        raise RefusedError(
            "NOT_ENOUGH", f"{there // 100}.{there % 100:02} is {where}, less than {amount}; ask for that or less"
        )
    return minor
