"""SIE 4I: what is written reads back, balances, and holds only what CP437 can hold."""

import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.formats.sie4 import ACCOUNTS, ENTRIES, SieCompany, SieError, read_sie4, write_sie4i
from pipelines.formats.sie_text import sie_text

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/sie"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")
COMPANY = SieCompany("Nordljus Tele AB", "556000-0167")
CHART = pl.DataFrame(
    [("1510", "Kundfordringar"), ("1930", "Bank"), ("2611", "Utgående moms 25 %"), ("3001", "Försäljning")],
    schema=ACCOUNTS,
    orient="row",
)
ON = date(2026, 11, 3)


def entries(*rows):
    return pl.DataFrame(rows, schema=ENTRIES, orient="row")


INVOICE = (
    ("F", 1, date(2026, 11, 2), "Faktura 1000234", 1, "1510", Decimal("391.00")),
    ("F", 1, date(2026, 11, 2), "Faktura 1000234", 2, "2611", Decimal("-78.20")),
    ("F", 1, date(2026, 11, 2), "Faktura 1000234", 3, "3001", Decimal("-312.80")),
)


def write(*rows, company=COMPANY, chart=CHART):
    return write_sie4i(company, chart, entries(*rows), generated_on=ON, version="0.1.0")


def test_a_ledger_file_stands_as_the_specification_has_it():
    summed = (
        "#PROGRAMnightbill0.1.0#FORMATPC8#GEN20261103#SIETYP4#ORGNR556000-0167#FNAMNNordljus Tele AB#KPTYPEUBAS97"
        "#KONTO1510Kundfordringar#KONTO2611Utgående moms 25 %#KONTO3001Försäljning"
        "#VERF120261102Faktura 1000234#TRANS1510391.00#TRANS2611-78.20#TRANS3001-312.80"
    )
    assert write(*INVOICE).decode("cp437").split("\r\n") == [
        "#FLAGGA 0",
        "#KSUMMA",
        "#PROGRAM nightbill 0.1.0",
        "#FORMAT PC8",
        "#GEN 20261103",
        "#SIETYP 4",
        "#ORGNR 556000-0167",
        '#FNAMN "Nordljus Tele AB"',
        "#KPTYP EUBAS97",
        "#KONTO 1510 Kundfordringar",
        '#KONTO 2611 "Utgående moms 25 %"',
        "#KONTO 3001 Försäljning",
        '#VER F 1 20261102 "Faktura 1000234"',
        "{",
        "#TRANS 1510 {} 391.00",
        "#TRANS 2611 {} -78.20",
        "#TRANS 3001 {} -312.80",
        "}",
        f"#KSUMMA {zlib.crc32(summed.encode('cp437'))}",
        "",
    ]


def test_vouchers_stand_in_order_of_series_and_number_whatever_order_they_come_in():
    payment = (
        ("B", 2, ON, "", 1, "1930", Decimal("1.00")),
        ("B", 2, ON, "", 2, "1510", Decimal("-1.00")),
    )
    assert write(*INVOICE, *payment) == write(*reversed(payment), *reversed(INVOICE))
    assert read_sie4(write(*INVOICE, *payment)).entries.equals(entries(*payment, *INVOICE))


def test_a_file_without_vouchers_is_a_file():
    assert read_sie4(write()).entries.height == 0


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (INVOICE[:2], "voucher F1 does not balance: debit 391.00, credit -78.20, difference 312.80"),
        ((*INVOICE[:2], (*INVOICE[2][:3], "Annan", *INVOICE[2][4:])), "F1 has more than one date or text"),
        ((*INVOICE[:2], (*INVOICE[2][:5], "3999", INVOICE[2][6])), "accounts 3999 are booked on but not in the chart"),
        ((*INVOICE[:2], ("F", None, *INVOICE[2][2:])), "entries hold nulls"),
    ],
)
def test_vouchers_that_are_not_sound_are_not_written(rows, fault):
    with pytest.raises(SieError, match=fault):
        write(*rows)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Räksmörgås ÅÄÖ é", "Räksmörgås ÅÄÖ é"),
        ("1–2 — 3", "1-2 - 3"),
        ("5 € ’så’ ”så”…", "5 EUR 'så' \"så\"..."),
        ("C:\\nät", "C:/nät"),
        ("a\tb\nc\x7f", "a b c "),
        ("Łódź", "Lódz"),
        ("Ťažký ﬁ Ⅷ", "Tazky fi VIII"),
        ("日", "?"),
        ("a\u0308", "ä"),
    ],
)
def test_text_is_transliterated_and_nothing_dropped(text, written):
    assert sie_text(text) == written


def test_quotes_are_escaped_and_read_back():
    content = write(*INVOICE, company=SieCompany('Kalle "K" {x}', "556000-0167"))
    assert rb'#FNAMN "Kalle \"K\" {x}"' in content
    assert read_sie4(content).company.name == 'Kalle "K" {x}'


def test_a_file_that_was_imported_is_refused_when_asked():
    content = write(*INVOICE).replace(b"#FLAGGA 0", b"#FLAGGA 1")
    assert read_sie4(content).imported
    with pytest.raises(SieError, match="#FLAGGA is 1"):
        read_sie4(content, refuse_imported=True)


def test_a_changed_figure_breaks_the_checksum():
    content = write(*INVOICE)
    with pytest.raises(SieError, match="#KSUMMA: the file declares"):
        read_sie4(content.replace(b"391.00", b"391.10").replace(b"-78.20", b"-78.30"))


def test_a_file_cut_short_is_refused():
    with pytest.raises(SieError, match="cut short"):
        read_sie4(write(*INVOICE)[:-25])


LOOSE = """#FLAGGA 0
#FORMAT "PC8"
#SIETYP 4

#FNAMN\t"Åkeri och Öl AB"
#OKÄND 1 2 3
#KONTO "1510" "Kundfordringar"
#VER A "" 20261102 "Text {{med}}" 20261102
{{
  #TRANS "1510" {{1 "7"}} 10,50 20261102 "extra" 1
\t#TRANS 3001 -10,5
#RTRANS 3001 {{}} 99
#BTRANS 3001 {{}} 99
}}
""".format()


@pytest.mark.parametrize("encoding", ["cp437", "utf-8", "cp1252"])
def test_what_real_files_get_wrong_is_read_all_the_same(encoding):
    read = read_sie4(LOOSE.encode(encoding))
    assert read.company.name == "Åkeri och Öl AB"
    assert read.entries.rows() == [
        ("A", None, date(2026, 11, 2), "Text {med}", 1, "1510", Decimal("10.50")),
        ("A", None, date(2026, 11, 2), "Text {med}", 2, "3001", Decimal("-10.50")),
    ]


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ("-10,5", "-10,4", "does not balance: difference 0.10"),
        ("-10,5", "-10,505", "line 11: '-10.505' is not an amount"),
        ('20261102 "Text', '20261132 "Text', "line 8: '20261132' is not a date"),
        ('A ""', 'A "x"', "voucher number 'x' is not a number"),
        ("#SIETYP 4\n", "", "has no #SIETYP"),
        ("#VER", "#WER", "#TRANS outside a voucher"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_line(wrong, right, fault):
    assert wrong in LOOSE
    with pytest.raises(SieError, match=fault):
        read_sie4(LOOSE.replace(wrong, right).encode("cp437"))


_words = st.text(st.characters(codec="utf-8"), max_size=30)
_amounts = st.lists(st.decimals(Decimal(-99999999), Decimal(99999999), places=2), min_size=1, max_size=5)


def _vouchers(drawn):
    rows = []
    for number, (day, text, amounts) in enumerate(drawn, start=1):
        balanced = [*amounts, -sum(amounts)]
        rows += [("F", number, day, sie_text(text), at, "1510", amount) for at, amount in enumerate(balanced, start=1)]
    return rows


@given(st.lists(st.tuples(st.dates(date(1990, 1, 1), date(2100, 1, 1)), _words, _amounts), max_size=5), _words)
def test_what_is_written_reads_back_and_balances(drawn, name):
    company = SieCompany(sie_text(name), "556000-0167")
    given_entries = entries(*_vouchers(drawn))
    read = read_sie4(write_sie4i(company, CHART, given_entries, generated_on=ON, version="1"))
    assert read.entries.equals(given_entries)
    assert read.company == company
    assert sum(read.entries["debit_credit"], Decimal(0)) == 0


@needs_samples
@pytest.mark.parametrize(
    ("name", "company", "rows", "debit"),
    [
        ("FAKT.SI", "Övningsbolaget AB", 3, "8000.00"),
        ("BL0001_typ4I.SI", "SEEE Speak Easy Executive English AB", 10, "3313.00"),
    ],
)
def test_the_samples_of_sie_gruppen_are_read(name, company, rows, debit):
    read = read_sie4((SAMPLES / name).read_bytes())
    assert (read.company.name, read.entries.height) == (company, rows)
    assert read.entries.filter(pl.col("debit_credit") > 0)["debit_credit"].sum() == Decimal(debit)


@needs_samples
def test_every_voucher_of_the_sample_company_balances():
    read = read_sie4((SAMPLES / "Exempelbolaget_SIE_110322_B_33.si").read_bytes())
    assert read.entries.height == 91
    assert read.entries["debit_credit"].sum() == 0
    assert read.accounts["account_name"][0] == "Utgående moms, oreducerad "
