"""Journals of plain-text accounting: beancount loads them, and hledger's grammar holds line by line."""

import re
import shutil
import subprocess
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import data
from hypothesis import given
from hypothesis import strategies as st
from ledger_batches import DAY, INVOICE, ON, PAYMENT, batch, entry

from pipelines.formats.beancount_journal import beancount_account, write_beancount
from pipelines.formats.hledger_journal import hledger_account, write_hledger
from pipelines.formats.ledger_batch import Account

LATE = tuple(row | {"posted_on": ON, "event_on": date(2026, 10, 31), "export_no": 7} for row in PAYMENT)


def loaded(*rows, **changed):
    """Load rows with beancount: the entries, which no error stands beside."""
    entries, errors, _ = loader.load_string(write_beancount(batch(*rows, **changed)).content.decode())
    assert errors == []
    return entries


# beancount


def test_a_batch_loads_by_itself_with_its_accounts_opened_when_they_are_first_used():
    opened = {each.account: each.date for each in loaded(*INVOICE, *LATE) if isinstance(each, data.Open)}
    assert opened == {
        "Assets:1510-Kundfordringar": DAY,
        "Assets:1930-Företagskonto-checkkonto": ON,
        "Liabilities:2611-Utgående-moms-25": DAY,
        "Income:3001-Försäljning-samtal": DAY,
    }


def test_a_transaction_tells_its_voucher_batch_and_the_day_of_its_event():
    (payment,) = [each for each in loaded(*LATE) if isinstance(each, data.Transaction)]
    assert (payment.date, payment.narration, payment.tags) == (ON, "Inbetalning", {"B"})
    told = {name: payment.meta[name] for name in ("voucher", "voucher-id", "batch", "event")}
    assert told == {"voucher": "B2", "voucher-id": "B:2", "batch": Decimal(7), "event": date(2026, 10, 31)}


def test_a_posting_tells_customer_invoice_and_dimensions():
    (invoice,) = [each for each in loaded(*INVOICE) if isinstance(each, data.Transaction)]
    revenue = invoice.postings[2]
    assert (revenue.units.number, revenue.units.currency) == (Decimal("-312.80"), "SEK")
    told = {name: revenue.meta[name] for name in ("customer", "invoice", "cost-centre", "product-group", "reseller")}
    assert told == {
        "customer": "10001", "invoice": "1000234", "cost-centre": "Norra", "product-group": "mobile",
        "reseller": "R-101",
    }  # fmt: skip


def test_a_document_in_another_currency_is_told_beside_the_amount_of_the_books():
    rows = [row | {"currency": "EUR", "entry_amount": row["debit_credit"] / 10} for row in PAYMENT]
    (payment,) = [each for each in loaded(*rows) if isinstance(each, data.Transaction)]
    assert payment.postings[0].units.currency == "SEK"
    assert payment.postings[0].meta["document-amount"] == data.Amount(Decimal("39.10"), "EUR")


@pytest.mark.parametrize(
    ("kind", "name", "account"),
    [
        ("asset", "Kundfordringar", "Assets:1510-Kundfordringar"),
        ("equity", "Eget kapital", "Equity:1510-Eget-kapital"),
        ("expense", "Öres- och (krona)  «25 %»", "Expenses:1510-Öres-och-krona-25"),
        ("income", "%", "Income:1510"),
    ],
)
def test_an_account_s_name_in_beancount_holds_letters_digits_and_dashes(kind, name, account):
    assert beancount_account(Account(number="1510", name=name, kind=kind)) == account


_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)


@given(_texts, _texts)
def test_whatever_a_text_holds_beancount_loads_it_as_it_is(text, centre):
    rows = [row | {"voucher_text": text, "cost_centre": centre or None} for row in PAYMENT]
    (payment,) = [each for each in loaded(*rows) if isinstance(each, data.Transaction)]
    assert payment.narration == text
    assert payment.postings[0].meta.get("cost-centre") == (centre or None)


# hledger, by the grammar of its manual (hledger 1.25, JOURNAL FORMAT)

HLEDGER = shutil.which("hledger")
ACCOUNT = r"[^ ;\t][^;\t]*?"
GRAMMAR = {
    "comment": re.compile(r"^; .*$"),
    "decimal mark": re.compile(r"^decimal-mark \.$"),
    "commodity": re.compile(r"^commodity 1000\.00 [A-Z]{3}$"),
    "account": re.compile(rf"^account (?P<account>{ACCOUNT})  ; type:[ALERX]$"),
    "transaction": re.compile(
        r"^(?P<date>\d{4}-\d\d-\d\d)(=(?P<date2>\d{4}-\d\d-\d\d))? \* \((?P<code>[A-Z]+\d+)\) (?P<text>[^;|]*?)"
        r"  ; (?P<tags>[a-z_]+:[^,]*(, [a-z_]+:[^,]*)*)$"
    ),
    "posting": re.compile(
        rf"^    (?P<account>{ACCOUNT})  (?P<amount>-?\d+\.\d\d) (?P<commodity>[A-Z]{{3}})"
        r"(  ; (?P<tags>[a-z_]+:[^,]*(, [a-z_]+:[^,]*)*))?$"
    ),
}


def parsed(content):
    """Read a journal by its grammar: declared accounts, and transactions with their postings."""
    accounts, transactions = [], []
    for line in content.decode().splitlines():
        if not line:
            continue
        (kind, found), *others = [(k, m) for k, rule in GRAMMAR.items() if (m := rule.match(line))]
        assert not others, line
        if kind == "account":
            accounts.append(found["account"])
        elif kind == "transaction":
            transactions.append((found.groupdict(), []))
        elif kind == "posting":
            transactions[-1][1].append((found["account"], Decimal(found["amount"]), found["tags"]))
    return accounts, transactions


def test_an_hledger_journal_declares_its_accounts_and_tells_each_voucher():
    accounts, transactions = parsed(write_hledger(batch(*INVOICE, *LATE)).content)
    assert accounts == [
        "1510:Kundfordringar", "1930:Företagskonto / checkkonto", "2611:Utgående moms 25 %", "3001:Försäljning samtal",
    ]  # fmt: skip
    assert [(head["date"], head["date2"], head["code"], head["text"], head["tags"]) for head, _ in transactions] == [
        ("2026-11-02", None, "F1", "Faktura 1000234", "voucher_id:F:1"),
        ("2026-11-03", "2026-10-31", "B2", "Inbetalning", "voucher_id:B:2, batch:7"),
    ]
    assert transactions[0][1][2] == (
        "3001:Försäljning samtal",
        Decimal("-312.80"),
        "customer:10001, invoice:1000234, cost_centre:Norra, product_group:mobile, reseller:R-101",
    )


@given(st.lists(st.tuples(_texts, _texts, st.integers(1, 10**9)), min_size=1, max_size=4))
def test_whatever_texts_hold_an_hledger_journal_keeps_its_grammar_and_balances(drawn):
    rows = []
    for number, (text, centre, hundredths) in enumerate(drawn, start=1):
        amount = Decimal(hundredths) / 100
        rows += [
            entry("B", number, DAY, text, at, account, signed, cost_centre=centre or None)
            for at, (account, signed) in enumerate((("1930", amount), ("1510", -amount)), start=1)
        ]
    _, transactions = parsed(write_hledger(batch(*rows)).content)
    balances = defaultdict(Decimal)
    for _, postings in transactions:
        assert sum(amount for _, amount, _ in postings) == 0
        for account, amount, _ in postings:
            balances[account] += amount
    assert balances["1930:Företagskonto / checkkonto"] == sum(Decimal(each) / 100 for _, _, each in drawn)


def test_a_company_s_name_is_one_line_of_comment():
    content = write_hledger(batch(*PAYMENT, company_name="Nordljus\nTele AB")).content.decode()
    assert content.splitlines()[:2] == ["; Nordljus Tele AB", "decimal-mark ."]


@pytest.mark.skipif(not HLEDGER, reason="hledger is not installed")
def test_hledger_itself_finds_no_fault_and_the_same_balances(tmp_path):
    path = tmp_path / "batch.journal"
    path.write_bytes(write_hledger(batch(*INVOICE, *LATE)).content)

    def run(*words):
        return subprocess.run([HLEDGER, "-f", path, *words], check=True, capture_output=True, text=True).stdout  # noqa: S603

    assert run("check", "--strict") == ""
    balances = run("balance", "--no-total", "--flat", "--format", "%(account)=%(total)")
    assert balances.splitlines() == [
        "1930:Företagskonto / checkkonto=391.00 SEK",
        "2611:Utgående moms 25 %=-78.20 SEK",
        "3001:Försäljning samtal=-312.80 SEK",
    ]


def test_an_account_s_name_in_hledger_has_one_colon_and_no_two_blanks():
    named = Account(number="2990", name="Övriga: (a;b)  c", kind="liability")
    assert hledger_account(named) == "2990:Övriga a b c"
