"""DATEV booking batches: columns as DATEV's, and pairs of accounts that give every account what it had."""

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_batches import CHART, DAY, INVOICE, PAYMENT, batch, entry

from pipelines.formats.datev_bookings import booking_pairs, write_datev
from pipelines.formats.datev_columns import DATEV_COLUMNS
from pipelines.formats.ledger_batch import LedgerFileError, accounts_of

SAMPLE = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/datev/EXTF_Buchungsstapel.csv"


def rows_of(content):
    """Give header, and rows as name -> field."""
    header, names, *rows = csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";")
    return header, [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the shared samples are not beside the checkout")
def test_header_and_columns_are_those_of_datevs_sample():
    (file,) = write_datev(batch(*INVOICE)).values()
    theirs, ours = SAMPLE.read_bytes().decode("cp1252").splitlines(), file.content.decode("cp1252").split("\r\n")
    assert ours[1] == theirs[1]
    assert [field.startswith('"') for field in ours[0].split(";")] == [f.startswith('"') for f in theirs[0].split(";")]
    assert [field.startswith('"') for field in ours[2].split(";")] == [f.startswith('"') for f in theirs[2].split(";")]


def test_the_header_says_whose_books_which_year_and_which_days():
    (file,) = write_datev(batch(*INVOICE, *PAYMENT)).values()
    header, _ = rows_of(file.content)
    assert header[:6] == ["EXTF", "700", "21", "Buchungsstapel", "9", "20261103000000000"]
    assert header[10:17] == ["1001", "456", "20260101", "4", "20261102", "20261103", "nightbill 000007"]
    assert header[20:22] == ["1", "SEK"]


def test_an_invoice_is_a_row_for_each_account_against_receivables():
    (file,) = write_datev(batch(*INVOICE)).values()
    _, rows = rows_of(file.content)
    names = (
        "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "Konto", "Gegenkonto (ohne BU-Schlüssel)",
        "Belegdatum", "Belegfeld 1", "Buchungstext", "KOST1 – Kostenstelle", "Beleginfo – Inhalt 1", "Festschreibung",
    )  # fmt: skip
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("78,20", "S", "1510", "2611", "0211", "1000234", "Faktura 1000234", "", "F1", "1"),
        ("312,80", "S", "1510", "3001", "0211", "1000234", "Faktura 1000234", "Norra", "F1", "1"),
    ]


def test_a_text_is_cut_at_60_characters_and_what_windows_lacks_is_counted():
    rows = [row | {"voucher_text": "日" + "x" * 80} for row in PAYMENT]
    (file,) = write_datev(batch(*rows)).values()
    assert rows_of(file.content)[1][0]["Buchungstext"] == "?" + "x" * 59
    assert file.replaced == 1


def test_a_row_is_one_line_and_keeps_its_columns_whatever_its_text():
    rows = [row | {"voucher_text": "a\r\nb\nc \uff02\uff1b", "cost_centre": "N\n\uff02"} for row in PAYMENT]
    (file,) = write_datev(batch(*rows)).values()
    assert file.content.count(b"\n") == 3
    found = rows_of(file.content)[1][0]
    assert (found["Buchungstext"], found["KOST1 – Kostenstelle"]) == ('a b c ";', 'N "')


def test_a_batch_over_the_turn_of_the_fiscal_year_is_two_files():
    """The date of a row has no year: the header's does for the whole file."""
    before = [row | {"posted_on": date(2026, 4, 30)} for row in PAYMENT]
    files = write_datev(batch(*INVOICE, *before, fiscal_year_month=5))
    assert list(files) == [2025, 2026]
    headers = {year: rows_of(file.content)[0] for year, file in files.items()}
    assert {year: (header[12], header[14], header[15]) for year, header in headers.items()} == {
        2025: ("20250501", "20260430", "20260430"),
        2026: ("20260501", "20261102", "20261102"),
    }


def test_accounts_that_are_longer_than_the_header_says_are_refused():
    longer = accounts_of((*CHART, ("15100", "Kundfordringar", None)))
    rows = [row | {"ledger_account": row["ledger_account"].replace("1510", "15100")} for row in PAYMENT]
    with pytest.raises(LedgerFileError, match="accounts 15100 have not 4 digits"):
        write_datev(batch(*rows, accounts=longer))


def test_a_split_voucher_becomes_pairs_where_either_side_ends():
    """Debits 70 and 30 over credits 50 and 50: 50 of the first, its other 20, then 30."""
    rows = [
        entry("A", 1, DAY, "", at, account, amount)
        for at, (account, amount) in enumerate(
            [("1510", "70"), ("1930", "30"), ("2611", "-50"), ("3001", "-50")], start=1
        )
    ]
    pairs = booking_pairs(batch(*rows).entries)
    columns = ["pair_no", "ledger_account_debit", "ledger_account_credit", "hundredths"]
    assert pairs.select(columns).rows() == [
        (1, "1510", "2611", 5000), (2, "1510", "3001", 2000), (3, "1930", "3001", 3000),
    ]  # fmt: skip


_vouchers = st.lists(
    st.lists(
        st.tuples(st.sampled_from([n for n, *_ in CHART]), st.integers(-(10**12), 10**12)), min_size=1, max_size=6
    ),
    max_size=4,
)


@given(_vouchers)
def test_pairs_give_every_account_of_every_voucher_what_it_had(drawn):
    rows, expected = [], defaultdict(Decimal)
    for number, lines in enumerate(drawn, start=1):
        balanced = [*lines, ("3740", -sum(amount for _, amount in lines))]
        for at, (account, hundredths) in enumerate(balanced, start=1):
            rows.append(entry("F", number, DAY, "", at, account, Decimal(hundredths) / 100))
            expected[number, account] += Decimal(hundredths) / 100
    booked = defaultdict(Decimal)
    for file in write_datev(batch(*rows)).values():
        for row in rows_of(file.content)[1]:
            amount, number = Decimal(row["Umsatz (ohne Soll/Haben-Kz)"].replace(",", ".")), int(row["Belegfeld 1"][1:])
            assert amount > 0
            booked[number, row["Konto"]] += amount
            booked[number, row["Gegenkonto (ohne BU-Schlüssel)"]] -= amount
    assert {key: amount for key, amount in booked.items() if amount} == {k: a for k, a in expected.items() if a}


def test_every_column_has_its_own_name():
    assert len(set(DATEV_COLUMNS)) == len(DATEV_COLUMNS) == 120
