"""Claims, payments and nights of settlement in few words, for tests of where money goes."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.allocation_rows import COLUMNS, fresh_vouchers
from invoicing.payment_night import PaymentNight, place_received, place_reversals
from invoicing.settlement import credit_left, draw_credit, open_items
from schemas import tables
from schemas.ocr_reference import ocr_reference
from schemas.policy import Payments

NO_ALLOCATIONS = tables.ALLOCATION.empty().select(COLUMNS)
RATES = pl.DataFrame(
    [("EUR", date(2026, 1, 1), Decimal("11.00")), ("EUR", date(2026, 11, 15), Decimal("11.50"))],
    schema={name: tables.EXCHANGE_RATE.schema[name] for name in ("currency", "rate_from", "exchange_rate")},
    orient="row",
)
_KINDS = {"inv": "invoice", "fee": "reminder_fee", "int": "interest"}


def november(day):
    return date(2026, 11, day)


def claim(name, account, amount, due, currency="SEK", rate="1"):
    """Claim `inv<n>`, `fee<n>` or `int<n>` of invoice n; the rate is that of its invoice."""
    owed = Decimal(amount)
    return {
        "receivable_id": name,
        "receivable_kind": _KINDS[name[:3]],
        "account_id": account,
        "invoice_no": int(name[3:]),
        "amount": owed,
        "currency": currency,
        "home_amount": round(owed * Decimal(rate), 2),
        "due_on": november(due),
        "booked_on": november(1),
    }


def claims(*rows):
    return pl.DataFrame(list(rows), schema=tables.RECEIVABLE.schema)


def invoices_of(receivables):
    """The invoices of claims, as far as settlement reads them."""
    number = pl.col("invoice_no").map_elements(ocr_reference, return_dtype=pl.String)
    return receivables.unique("invoice_no").select("invoice_no", "account_id", "currency", ocr_reference=number)


def paid(name, amount, reference=None, day=20, kind="received", **more):
    """A payment; `reference` is an invoice's number, or text as the payer wrote it."""
    text = ocr_reference(reference) if isinstance(reference, int) else reference
    currency, rate = more.pop("currency", "SEK"), more.pop("rate", "1")
    amount = Decimal(amount)
    return {
        "payment_id": name,
        "payment_kind": kind,
        "payee_account": "9912346",
        "booked_on": november(day),
        "amount": amount,
        "currency": currency,
        "exchange_rate": Decimal(rate),
        "home_amount": round(amount * Decimal(rate), 2),
        "reference_text": text,
        "received_on": november(day),
        **more,
    }


def bank(*rows):
    """Payments as PAYMENT rows, with the references of the bank's reports."""
    own = ("original_reference", "bank_reference", "entry_reference")
    return pl.DataFrame(list(rows), schema={**tables.PAYMENT.schema, **dict.fromkeys(own, pl.String)})


def parts_of(**references):
    """What payments say they are for: by payment, (text, kind, amount) in order."""
    rows = [
        (payment, number, text, kind, None if amount is None else Decimal(amount))
        for payment, named in references.items()
        for number, (text, kind, amount) in enumerate(named, 1)
    ]
    return pl.DataFrame(rows, schema=tables.PAYMENT_PART.schema, orient="row")


def night(receivables, payments, before=NO_ALLOCATIONS, earlier=None, **more):
    """All allocations after one more night; `earlier`: the payments of nights before."""
    known = payments if earlier is None else pl.concat([earlier, payments])
    new = payments.join(before, on="payment_id", how="anti")
    policy = more.pop("policy", None) or Payments()
    of_night = PaymentNight(
        payments=new.select(tables.PAYMENT.names),
        invoices=more.pop("invoices", None) if "invoices" in more else invoices_of(receivables),
        receivables=receivables,
        allocations=before,
        home_currency="SEK",
        reversals=known.filter(pl.col("payment_kind") == "reversal"),
        candidates=known.filter(pl.col("payment_kind") == "received"),
        rates=RATES,
        policy=policy,
        **more,
    )
    received = place_received(of_night)
    settled = pl.concat([before, received, place_reversals(of_night, received)])
    currencies = known.select("payment_id", "currency")
    credit = (
        credit_left(settled)
        .join(currencies, on="payment_id", how="left")
        .with_columns(pl.col("currency").fill_null("SEK"))
    )
    drawn = draw_credit(credit, open_items(receivables, settled), policy=policy)
    return pl.concat([settled, fresh_vouchers(drawn, settled)])


def flows(allocations):
    """(payment, where, amount, rule) of every row."""
    where = pl.coalesce("receivable_id", "allocation_kind")
    return sorted(allocations.select("payment_id", where.alias("to"), "amount", "match_rule").rows())


def owed(receivables, allocations):
    """What is open, by claim."""
    return dict(open_items(receivables, allocations).select("receivable_id", "open_amount").iter_rows())


def credits_of(allocations):
    """What is credit, by account."""
    left = credit_left(allocations).group_by("account_id").agg(pl.col("amount").sum())
    return dict(left.iter_rows())


def suspense_of(allocations):
    """What is in suspense, by payment."""
    left = (
        allocations.filter(pl.col("allocation_kind") == "suspense").group_by("payment_id").agg(pl.col("amount").sum())
    )
    return {name: amount for name, amount in left.iter_rows() if amount}
