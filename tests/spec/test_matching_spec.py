"""Matching as a table: what payments say, what they find, by which step, and where every krona goes.

Each case lists what is owed, the payments of one night with what they say, and the expected flow: (payment, where it
went, amount, rule). Account 20001 of customer 10001 owes invoices 1000001 and 1000002, account 20002 owes 1000003.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl
import pytest
from settled_books import bank, claim, claims, flows, night, paid, parts_of

from schemas import tables
from schemas.ocr_reference import ocr_reference
from schemas.policy import Payments

REF, NUMBER, END, CUSTOMER, TEXT = "ocr_reference", "invoice_no", "end_to_end_id", "customer_amount", "free_text"
CREDIT, BACK, NONE = "account_credit", "reversed", "none"
A, B, C = 1000001, 1000002, 1000003
OCR_A, OCR_B, OCR_C = (ocr_reference(number) for number in (A, B, C))
ACCOUNTS = pl.DataFrame(
    {"account_id": [20001, 20002, 20003], "customer_id": [10001, 10002, 10001]},
    schema_overrides={"account_id": pl.Int64},
)


def inv(number, amount, due=20, account=None, **more):
    return claim(f"inv{number}", account or (20002 if number == C else 20001), amount, due, **more)


def fee(number, amount="60", due=25, account=20001):
    return claim(f"fee{number}", account, amount, due)


def interest(number, amount, due=22, account=20001):
    return claim(f"int{number}", account, amount, due)


def tied(payment, reversal, amount):
    """The rows that tie a reversal to its payment."""
    return [(payment, "reversal", amount, BACK), (reversal, "reversal", -amount, BACK)]


class Case(NamedTuple):
    """What is owed, what comes, where it goes; references beside the payment's own, and the policy."""

    owed: list[dict[str, Any]]
    paid: list[dict[str, Any]]
    flow: list[tuple[str, str, Any, str]]
    parts: dict[str, Any] | None = None
    policy: Payments = Payments()


TWO = [inv(A, 100, due=15), inv(B, 80, due=20)]
CASES = {
    # Step 1: OCR references.
    "an OCR reference finds its invoice": Case([inv(A, 100)], [paid("p", 100, OCR_A)], [("p", f"inv{A}", 100, REF)]),
    "leading zeros are dropped": Case([inv(A, 100)], [paid("p", 100, "000" + OCR_A)], [("p", f"inv{A}", 100, REF)]),
    "an ISO 11649 reference is the OCR reference in it": Case(
        [inv(A, 100)], [paid("p", 100)], [("p", f"inv{A}", 100, REF)], {"p": [(f"RF18{OCR_A}", "ocr", None)]}
    ),
    # Step 2: invoice numbers.
    "an invoice number finds its invoice": Case(
        [inv(A, 100)], [paid("p", 100, str(A))], [("p", f"inv{A}", 100, NUMBER)]
    ),
    "a reference is read as OCR before it is read as a number": Case(
        [inv(A, 100), inv(int(OCR_A), 100, account=20002)], [paid("p", 100, OCR_A)], [("p", f"inv{A}", 100, REF)]
    ),
    # Step 3: our own id.
    "the id of a direct debit finds its invoice": Case(
        [inv(A, 100)], [paid("p", 100, end_to_end_id=f"{A}-2")], [("p", f"inv{A}", 100, END)]
    ),
    "a reference goes before the end-to-end id": Case(
        TWO, [paid("p", 80, OCR_B, end_to_end_id=f"{A}-1")], [("p", f"inv{B}", 80, REF)]
    ),
    # Step 4: customer and amount.
    "a customer number with what the account owes in all pays all of it": Case(
        TWO, [paid("p", 180, "10001")], [("p", f"inv{A}", 100, CUSTOMER), ("p", f"inv{B}", 80, CUSTOMER)]
    ),
    "an account number with what one invoice comes to pays that one": Case(
        TWO, [paid("p", 80, "20001")], [("p", f"inv{B}", 80, CUSTOMER)]
    ),
    "a customer number in the text counts, too": Case(
        TWO, [paid("p", 100, free_text="kund 10001 november")], [("p", f"inv{A}", 100, CUSTOMER)]
    ),
    "of two invoices of that amount the one due first is paid": Case(
        [inv(A, 80, due=25), inv(B, 80, due=20)], [paid("p", 80, "20001")], [("p", f"inv{B}", 80, CUSTOMER)]
    ),
    "another amount than what is open is in suspense": Case(
        TWO, [paid("p", "79.99", "10001")], [("p", "suspense", "79.99", NONE)]
    ),
    "unless it is within the tolerance": Case(
        TWO, [paid("p", "79.99", "10001")], [("p", f"inv{B}", "79.99", CUSTOMER)],
        policy=Payments(tolerance=Decimal("0.01")),
    ),
    "a customer with two accounts that owe it is a matter for a person": Case(
        [inv(A, 100), inv(B, 100, account=20003)], [paid("p", 100, "10001")], [("p", "suspense", 100, NONE)]
    ),
    # Step 5: digits in free text.
    "digits in free text that are a live OCR reference": Case(
        [inv(A, 100)], [paid("p", 100, free_text=f"Faktura {OCR_A} tack")], [("p", f"inv{A}", 100, TEXT)]
    ),
    "digits in free text may have blanks in them": Case(
        [inv(A, 100)], [paid("p", 100, free_text=f"OCR {OCR_A[:4]} {OCR_A[4:]}")], [("p", f"inv{A}", 100, TEXT)]
    ),
    "digits in free text of an invoice that is paid are in suspense": Case(
        [inv(B, 100)], [paid("p", 100, free_text=f"Faktura {OCR_A}")], [("p", "suspense", 100, NONE)]
    ),
    "a name alone finds nothing": Case(
        [inv(A, 100)], [paid("p", 100, payer_name="Anna Ek")], [("p", "suspense", 100, NONE)]
    ),
    # One payment, several invoices.
    "several references without amounts: the oldest invoice first": Case(
        TWO, [paid("p", 150)], [("p", f"inv{A}", 100, REF), ("p", f"inv{B}", 50, REF)],
        {"p": [(OCR_B, "ocr", None), (OCR_A, "ocr", None)]},
    ),
    "several references with amounts: each its own": Case(
        TWO, [paid("p", 150)], [("p", f"inv{A}", 70, REF), ("p", f"inv{B}", 80, REF)],
        {"p": [(OCR_A, "ocr", 70), (OCR_B, "ocr", 80)]},
    ),
    "an amount stated beyond what is open is credit, and pays what else the account owes": Case(
        TWO, [paid("p", 130)],
        # 120 stated for A, of which 100 is open; 10 for B: 20 left, which pay B as credit
        [("p", f"inv{A}", 100, REF), ("p", f"inv{B}", 10, REF), ("p", "credit", 20, REF), ("p", "credit", -20, CREDIT),
         ("p", f"inv{B}", 20, CREDIT)],
        {"p": [(OCR_A, "ocr", 120), (OCR_B, "ocr", 10)]},
    ),
    "a credit note deducted takes nothing from what is stated for the invoices": Case(
        # The note of 20 stands as credit already; 160 came for 100 + 80 - 20
        TWO, [paid("p", 160)], [("p", f"inv{A}", 100, REF), ("p", f"inv{B}", 60, REF)],
        {"p": [(OCR_A, "ocr", 100), (OCR_B, "ocr", 80), ("9000001", "invoice_no", -20)]},
    ),
    "what is stated for one invoice, and nothing for the other": Case(
        TWO, [paid("p", 150)], [("p", f"inv{A}", 70, REF), ("p", f"inv{B}", 80, REF)],
        {"p": [(OCR_A, "ocr", 70), (OCR_B, "ocr", None)]},
    ),
    "invoices of two accounts": Case(
        [inv(A, 100), inv(C, 50)], [paid("p", 150)], [("p", f"inv{A}", 100, REF), ("p", f"inv{C}", 50, REF)],
        {"p": [(OCR_A, "ocr", None), (OCR_C, "ocr", None)]},
    ),
    "a known and an unknown reference: the known one": Case(
        TWO, [paid("p", 100)], [("p", f"inv{A}", 100, REF)],
        {"p": [("424242", "invoice_no", None), (OCR_A, "ocr", None)]},
    ),
    # Order of claims.
    "by default the invoice, then interest, then the fee": Case(
        [inv(A, 100), fee(A), interest(A, 5)], [paid("p", 110, OCR_A)],
        [("p", f"inv{A}", 100, REF), ("p", f"int{A}", 5, REF), ("p", f"fee{A}", 5, REF)],
    ),
    "by policy fees, then interest, then the invoice": Case(
        [inv(A, 100), fee(A), interest(A, 5)], [paid("p", 110, OCR_A)],
        [("p", f"fee{A}", 60, REF), ("p", f"int{A}", 5, REF), ("p", f"inv{A}", 45, REF)],
        policy=Payments(kind_order=("fees", "interest", "capital")),
    ),
    "by policy all fees of all invoices first": Case(
        [inv(A, 100, due=15), fee(A, 60, due=30), inv(B, 80), fee(B, 60, due=28)], [paid("p", 130)],
        [("p", f"fee{B}", 60, REF), ("p", f"fee{A}", 60, REF), ("p", f"inv{A}", 10, REF)],
        {"p": [(OCR_A, "ocr", None), (OCR_B, "ocr", None)]},
        policy=Payments(allocation_order="kinds_first", kind_order=("fees", "interest", "capital")),
    ),
    "a reminder paid without its fee leaves the fee open": Case(
        [inv(A, 100), fee(A)], [paid("p", 100, OCR_A)], [("p", f"inv{A}", 100, REF)]
    ),
    # Currencies: the euro is worth 11.00 kronor, and 11.50 from 15 November on.
    "euro for an invoice in euro": Case(
        [inv(A, 100, currency="EUR", rate="11.00")], [paid("p", 100, OCR_A, currency="EUR", rate="11.50")],
        [("p", f"inv{A}", 100, REF)],
    ),
    "kronor for an invoice in euro are worth what the bank's day says": Case(
        [inv(A, 100, currency="EUR", rate="11.00")], [paid("p", 1150, OCR_A)], [("p", f"inv{A}", 100, REF)]
    ),  # 1150 / 11.50
    "kronor beyond an invoice in euro are credit in kronor": Case(
        [inv(A, 100, currency="EUR", rate="11.00")], [paid("p", 1200, OCR_A)],
        [("p", f"inv{A}", 100, REF), ("p", "credit", 50, REF)],  # 1200 - 1150
    ),
    "euro for an invoice in kronor, and its fee": Case(
        [inv(A, 1000), fee(A, 60)], [paid("p", 100, OCR_A, currency="EUR", rate="11.50")],
        [("p", f"inv{A}", 1000, REF), ("p", f"fee{A}", 60, REF), ("p", "credit", "7.82", REF)],
        # 1000 / 11.50 = 86.96 and 60 / 11.50 = 5.22: 100 - 86.96 - 5.22
    ),
    # Money taken back.
    "a reversal opens the invoice again": Case(
        [inv(A, 100)], [paid("p", 100, OCR_A), paid("r", -100, OCR_A, kind="reversal", day=22)],
        [("p", f"inv{A}", 100, REF), ("p", f"inv{A}", -100, BACK), *tied("p", "r", 100)],
    ),
    "a reversal takes credit before claims, and claims due last before the others": Case(
        TWO, [paid("p", 200), paid("r", -50, kind="reversal", day=22, reverses_payment_id="p")],
        [("p", f"inv{A}", 100, REF), ("p", f"inv{B}", 80, REF), ("p", "credit", 20, REF),
         ("p", "credit", -20, BACK), ("p", f"inv{B}", -30, BACK), *tied("p", "r", 50)],
        {"p": [(OCR_A, "ocr", None), (OCR_B, "ocr", None)]},
    ),
    "a reversal of a payment in suspense": Case(
        [], [paid("p", 100, "9876"), paid("r", -100, "9876", kind="reversal")],
        [("p", "suspense", 100, NONE), ("p", "suspense", -100, BACK), *tied("p", "r", 100)],
    ),
    "a reversal beyond its payment stays in suspense for the rest": Case(
        [inv(A, 100)], [paid("p", 100, OCR_A), paid("r", -100, kind="reversal", reverses_payment_id="p"),
                        paid("s", -100, kind="reversal", reverses_payment_id="p")],
        [("p", f"inv{A}", 100, REF), ("p", f"inv{A}", -100, BACK), *tied("p", "r", 100), ("s", "suspense", -100, NONE)],
    ),
    "a reversal of an unknown payment is in suspense, below zero": Case(
        [inv(A, 100)], [paid("r", -100, "4711", kind="reversal")], [("r", "suspense", -100, NONE)]
    ),
    "a reversal finds its payment by the bank's own reference": Case(
        [inv(A, 100), inv(B, 100)],
        [paid("p", 100, OCR_A, bank_reference="x1"), paid("q", 100, OCR_B, bank_reference="x2"),
         paid("r", -100, kind="reversal", original_reference="x1")],
        [("p", f"inv{A}", 100, REF), ("p", f"inv{A}", -100, BACK), *tied("p", "r", 100), ("q", f"inv{B}", 100, REF)],
    ),
    "a reversal finds its payment by the end-to-end id": Case(
        [inv(A, 100)], [paid("p", 100, end_to_end_id=f"{A}-1"),
                        paid("r", -100, kind="reversal", end_to_end_id=f"{A}-1")],
        [("p", f"inv{A}", 100, END), ("p", f"inv{A}", -100, BACK), *tied("p", "r", 100)],
    ),
    "money paid out that is no refund of ours is in suspense": Case(
        [], [paid("o", -100, kind="paid_out")], [("o", "suspense", -100, NONE)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_matching(case):
    found = night(
        claims(*case.owed),
        bank(*case.paid),
        parts=parts_of(**(case.parts or {})),
        accounts=ACCOUNTS,
        policy=case.policy,
    )
    assert flows(found) == sorted((p, to, Decimal(str(amount)), rule) for p, to, amount, rule in case.flow)
    tables.ALLOCATION.conform(found.with_columns(pl.lit(date(2026, 11, 20)).alias("allocated_on")))
    assert found["allocation_id"].is_unique().all()
    sums = dict(found.group_by("payment_id").agg(pl.col("paid_amount", "paid_home_amount").sum()).select(
        "payment_id", pl.struct("paid_amount", "paid_home_amount")).iter_rows())  # fmt: skip
    assert sums == {
        row["payment_id"]: {"paid_amount": row["amount"], "paid_home_amount": row["home_amount"]} for row in case.paid
    }
