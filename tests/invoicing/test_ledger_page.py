"""docs/ledger.md: every worked example on it is what the postings make, and its table names every role and series."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from test_ledger_postings import DAY, LEDGER, allocation, events, fee, invoice, money

from invoicing.bad_debt_provision import provision
from invoicing.bad_debt_vat import bad_debt_vat
from invoicing.deferred_income import deferred_income
from invoicing.ledger_postings import Events, postings, with_dimensions
from invoicing.write_offs import write_off
from schemas import tables
from schemas.codes import VOUCHER_SERIES
from schemas.policy import Ledger, Provision

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
OCT20 = date(2026, 10, 20)


def paid(*rows, amount, payee="9912346", claims=(("inv", 7, "SEK"),)):
    """A payment, and where it went."""
    return events(payments=[("p", payee, DAY, money(amount), "SEK")], claims=list(claims), allocations=list(rows))


def moved(voucher, *rows):
    """Rows of one voucher that move the money of payment p: (kind, amount)."""
    of = [allocation("p", "inv", amount, kind) for kind, amount in rows]
    return events(
        payments=[("p", "9912346", DAY, money("260.00"), "SEK")],
        claims=[("inv", 7, "SEK")],
        allocations=[(f"{voucher}{n}", row[1], voucher, *row[3:]) for n, row in enumerate(of)],
    )


def booked_out():
    """25.00 that the bank kept, in suspense below zero, are booked on account 6570."""
    rows = moved("U:r", ("suspense", "25.00"), ("booked", "-25.00"))
    name = rows.allocations.filter(allocation_kind="booked")["allocation_id"][0]
    return replace(rows, bookings=of_table(tables.PAYMENT_BOOKING, allocation_id=name, ledger_account="6570"))


def in_euro():
    """100.00 EUR of an invoice posted at 11.30, paid at 11.42."""
    row = list(allocation("p", "inv", "100.00"))
    row[6:10] = [money(each) for each in ("100.00", "1130.00", "100.00", "1142.00")]
    payment = ("p", "9912346", DAY, money("100.00"), "EUR")
    return events(payments=[payment], claims=[("inv", 7, "EUR")], allocations=[tuple(row)])


def of_table(table, **values):
    """One row of a table, null where nothing is said."""
    row = dict.fromkeys(table.names) | values
    return pl.DataFrame([row], schema=table.schema, orient="row")


INVOICE_652 = of_table(
    tables.INVOICE, invoice_no=7, account_id=1, invoiced_on=OCT20, total_amount=money("652.00"),
    exchange_rate=money("1"), document_kind="invoice", currency="SEK",
)  # fmt: skip
VAT_652 = of_table(
    tables.INVOICE_VAT, invoice_no=7, vat_class="standard", vat_category="S", vat_percent=money("25"),
    net_amount=money("521.36"), vat_amount=money("130.34"), vat_account="2611",
)  # fmt: skip


def written_off():
    """352.00 of the invoice of 652.00 given up: its ALLOCATION rows, with the claim."""
    order = of_table(tables.WRITE_OFF, request_id="r", invoice_no=7)
    claim = of_table(
        tables.RECEIVABLE,
        receivable_id="invoice:7",
        receivable_kind="invoice",
        account_id=1,
        invoice_no=7,
        currency="SEK",
    )
    owed = claim.with_columns(open_amount=pl.lit(money("352.00")), open_home_amount=pl.lit(money("352.00")))
    return write_off(order, owed, DAY), claim


def loss():
    rows, claim = written_off()
    lost = rows.filter(allocation_kind="loss").with_columns(invoice_no=pl.lit(7, pl.Int64))
    return Events(allocations=rows, claims=claim, bad_debt_vat=bad_debt_vat(lost, INVOICE_652, VAT_652))


def recovery():
    rows, claim = written_off()
    row = list(allocation("p", "invoice:7", "100.00", "recovered"))
    row[4] = "invoice:7"
    came = pl.DataFrame([tuple(row)], schema=tables.ALLOCATION.schema, orient="row")
    known = pl.concat([rows.filter(allocation_kind="loss"), came]).with_columns(invoice_no=pl.lit(7, pl.Int64))
    vat = bad_debt_vat(known, INVOICE_652, VAT_652).filter(pl.col("allocation_id") == row[0])
    money_in = events(payments=[("p", "9912346", DAY, money("100.00"), "SEK")]).payments
    return Events(allocations=came, payments=money_in, claims=claim, bad_debt_vat=vat)


def provided():
    """399.00 with 79.80 VAT, due ten days before the end of October."""
    owed = pl.DataFrame(
        [(date(2026, 10, 21), money("399.00"), money("79.80"), money("399.00"))],
        schema={"due_on": pl.Date, "open_amount": pl.Decimal(18, 2), "vat_amount": pl.Decimal(18, 2),
                "total_amount": pl.Decimal(18, 2)}, orient="row",
    )  # fmt: skip
    made = provision(owed, Provision(days_1_30=money("2")), date(2026, 10, 31))
    return Events(provided=made, provision_standing=money("2.00"))


def fee_in_advance():
    line = of_table(
        tables.INVOICE_LINE, invoice_no=7, entry_no=1, article_no="2004", net_amount=money("319.20"),
        revenue_account="3045", service_from=OCT20, service_to=date(2026, 11, 20),
    )  # fmt: skip
    return deferred_income(with_dimensions(line), INVOICE_652)


def commission(amount):
    return events(commissions=[("c", "R-101", 1, 7, money(amount), DAY)])


TAKEN_BACK = [
    ("P-inv", "p", "B:r", 1, "inv", "receivable", *[money("-188.00")] * 4, "reversed", DAY, None),
    ("P-rev", "p", "B:r", None, None, "reversal", *[money("188.00")] * 4, "reversed", DAY, None),
    ("R-rev", "r", "B:r", None, None, "reversal", *[money("-188.00")] * 4, "reversed", DAY, None),
]
BOTH = [(name, "9912346", DAY, money(amount), "SEK") for name, amount in (("p", "188.00"), ("r", "-188.00"))]
NOTE = ("credit_note:901", "A:credit_note:901")
EXAMPLES = {
    "Invoice": events(**invoice()),
    "Credit note": events(
        **invoice("-188.00", "-0.47", [("3001", "-150.02")], [("2611", "-37.51")], number=901, kind="credit_note")
    ),
    "Reminder fee": events(fees=[fee("60.00")]),
    "Interest": events(fees=[fee("4.12", kind="interest")]),
    "Payment and what is beyond the claims": paid(
        allocation("p", "inv", "188.00"), allocation("p", "fee", "60.00"), allocation("p", "", "12.00", "credit"),
        amount="260.00", claims=[("inv", 7, "SEK"), ("fee", 7, "SEK")],
    ),
    "Payment of nobody known": paid(
        allocation("p", "", "99.00", "suspense", account=None, rule="none"), amount="99.00"
    ),
    "Payment to a payee with a bank account of its own": paid(
        allocation("p", "inv", "188.00"), amount="188.00", payee="1230000000"
    ),
    "Payment in another currency": in_euro(),
    "Payment taken back": events(payments=BOTH, claims=[("inv", 7, "SEK")], allocations=TAKEN_BACK),
    "Fee of a payment taken back": events(fees=[fee("45.00", kind="return_fee")]),
    "Top-up": events(
        payments=[("t", "top_up", DAY, money("200.00"), "SEK")],
        allocations=[("t>credit", "t", "T:1", 1, None, "credit", *[money("200.00")] * 4, "top_up", DAY, None)],
    ),
    "Credit drawn": moved("A:p>inv", ("credit", "-50.00"), ("receivable", "50.00")),
    "Credit note set off": events(
        allocations=[
            ("a", *NOTE, 1, "invoice:7", "receivable", *[money("25.00")] * 4, "credit_note", DAY, None),
            ("b", *NOTE, 1, "invoice:901", "receivable", *[money("-125.00")] * 4, "credit_note", DAY, None),
            ("c", *NOTE, 1, None, "credit", *[money("100.00")] * 4, "credit_note", DAY, None),
        ],
        claims=[("invoice:7", 7, "SEK"), ("invoice:901", 901, "SEK")],
    ),
    "Refund ordered": moved("U:r", ("credit", "-12.00"), ("refund", "12.00")),
    "Money booked on an account": booked_out(),
    "Refund paid out": paid(allocation("p", "", "-12.00", "refund", rule="refund"), amount="-12.00"),
    "Refund come back less the bank's fee": paid(
        allocation("p", "", "12.00", "credit", rule="refund"),
        allocation("p", "", "-1.00", "bank_cost", rule="refund"),
        amount="11.00",
    ),
    "Invoice written off": loss(),
    "Paid after it was written off": recovery(),
    "Provision for bad debts": provided(),
    "Commission": commission("7.50"),
    "Commission taken back": commission("-7.50"),
    "Fee billed in advance": Events(deferred=fee_in_advance()),
    "Its month is over": Events(released=fee_in_advance()),
}  # fmt: skip


def told(heading):
    """The rows of an example: account and amount, debit positive."""
    text = PAGE.split(f"### {heading}\n")[1].split("\n### ")[0]
    rows = re.findall(r"^\| ([0-9]{4}) \| (\w+) \| ([0-9.]*) ?\| ([0-9.]*) ?\|$", text, re.MULTILINE)
    return sorted((account, Decimal(debit) if debit else -Decimal(credit)) for account, _, debit, credit in rows)


def test_every_example_of_the_page_is_run():
    assert re.findall(r"^### (.*)$", PAGE, re.MULTILINE) == list(EXAMPLES)


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example_is_what_the_postings_make(heading):
    ledger = LEDGER.model_copy(update={"bank_accounts": {"1230000000": "1940"}})
    made = postings(EXAMPLES[heading], ledger, "SEK")
    assert sorted(made.select("ledger_account", "debit_credit").rows()) == told(heading)
    assert made["voucher_id"].n_unique() == 1
    assert made["debit_credit"].sum() == 0


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example_names_the_role_of_each_account(heading):
    text = PAGE.split(f"### {heading}\n")[1].split("\n### ")[0]
    for account, role in re.findall(r"^\| ([0-9]{4}) \| (\w+) \|", text, re.MULTILINE):
        if role not in {"revenue", "VAT", "bank_accounts", "stated"}:
            assert getattr(LEDGER, role) == account


def test_the_table_of_events_names_every_role_and_every_series():
    rows = re.findall(r"^\| .* \| .* \| .* \| ([A-Z]) \|$", PAGE, re.MULTILINE)
    assert set(rows) == set(VOUCHER_SERIES)
    table = PAGE.split("## Events")[1].split("**Dimensions.**")[0]
    roles = set(Ledger.model_fields) - {"defer_income", "bank_accounts"}
    assert roles - set(re.findall(r"`(\w+)`", table)) == set()
