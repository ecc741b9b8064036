"""SIE 4: what is written reads back, balances, and holds only what CP437 can hold."""

import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_batches import DAY, INVOICE, ON, PAYMENT, batch, entry

from pipelines.formats.ledger_batch import LedgerFileError
from pipelines.formats.sie4 import SieCompany, SieError, read_sie4
from pipelines.formats.sie4_writer import YearBalances, write_sie4e, write_sie4i
from pipelines.formats.sie_text import sie_text

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/sie"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")
COLUMNS = ["voucher_series", "voucher_no", "posted_on", "voucher_text", "entry_no", "ledger_account", "debit_credit"]


def write(*rows, **changed):
    return write_sie4i(batch(*rows, **changed)).content


def lines(*rows, **changed):
    return write(*rows, **changed).decode("cp437").split("\r\n")


def test_a_ledger_file_stands_as_the_specification_has_it():
    summed = (
        "#PROGRAMnightbill0.1.0#FORMATPC8#GEN20261103#SIETYP4#ORGNR556000-0167#FNAMNNordljus Tele AB"
        "#RAR02026010120261231#KPTYPEUBAS97#VALUTASEK#KONTO1510Kundfordringar#KTYP1510T"
        "#KONTO2611Utgående moms 25 %#KTYP2611S#KONTO3001Försäljning: samtal#KTYP3001I"
        "#DIM1Kostnadsställe#DIM20Produktgrupp#DIM21Återförsäljare"
        "#OBJEKT1NorraNorra#OBJEKT20mobilemobile#OBJEKT21R-101Telebutiken Skäret"
        "#VERF120261102Faktura 1000234#TRANS1510391.00#TRANS2611-78.20#TRANS30011Norra20mobile21R-101-312.80"
    )
    assert lines(*INVOICE) == [
        "#FLAGGA 0",
        "#KSUMMA",
        "#PROGRAM nightbill 0.1.0",
        "#FORMAT PC8",
        "#GEN 20261103",
        "#SIETYP 4",
        "#ORGNR 556000-0167",
        '#FNAMN "Nordljus Tele AB"',
        "#RAR 0 20260101 20261231",
        "#KPTYP EUBAS97",
        "#VALUTA SEK",
        "#KONTO 1510 Kundfordringar",
        "#KTYP 1510 T",
        '#KONTO 2611 "Utgående moms 25 %"',
        "#KTYP 2611 S",
        '#KONTO 3001 "Försäljning: samtal"',
        "#KTYP 3001 I",
        "#DIM 1 Kostnadsställe",
        "#DIM 20 Produktgrupp",
        "#DIM 21 Återförsäljare",
        "#OBJEKT 1 Norra Norra",
        "#OBJEKT 20 mobile mobile",
        '#OBJEKT 21 R-101 "Telebutiken Skäret"',
        '#VER F 1 20261102 "Faktura 1000234"',
        "{",
        "#TRANS 1510 {} 391.00",
        "#TRANS 2611 {} -78.20",
        "#TRANS 3001 {1 Norra 20 mobile 21 R-101} -312.80",
        "}",
        f"#KSUMMA {zlib.crc32(summed.encode('cp437'))}",
        "",
    ]


def test_a_batch_declares_the_fiscal_years_that_its_vouchers_stand_in():
    before = [row | {"posted_on": date(2026, 4, 30)} for row in PAYMENT]
    years = read_sie4(write(*INVOICE, *before, fiscal_year_month=5)).years
    assert years == {0: (date(2026, 5, 1), date(2027, 4, 30)), -1: (date(2025, 5, 1), date(2026, 4, 30))}


def test_what_stands_in_a_file_is_what_the_policy_chooses():
    chosen = lines(*INVOICE, dimensions=("invoice", "customer"))
    assert [line for line in chosen if line.startswith(("#DIM", "#OBJEKT", "#TRANS"))] == [
        "#DIM 8 Kund",
        "#DIM 10 Faktura",
        '#OBJEKT 8 10001 "Kund 10001"',
        '#OBJEKT 10 1000234 "Faktura 1000234"',
        "#TRANS 1510 {8 10001 10 1000234} 391.00",
        "#TRANS 2611 {8 10001 10 1000234} -78.20",
        "#TRANS 3001 {8 10001 10 1000234} -312.80",
    ]


def test_an_event_of_a_closed_month_keeps_its_own_date_beside_the_voucher_s():
    late = [row | {"posted_on": ON, "event_on": date(2026, 10, 31), "booked_by_night": ON} for row in PAYMENT]
    assert [line for line in lines(*late) if line.startswith(("#VER", "#TRANS"))] == [
        "#VER B 2 20261103 Inbetalning 20261103",
        "#TRANS 1930 {} 391.00 20261031",
        "#TRANS 1510 {} -391.00 20261031",
    ]
    read = read_sie4(write(*late)).entries
    assert read.select("registered_on", "transacted_on").rows() == [(ON, date(2026, 10, 31))] * 2


def test_vouchers_stand_in_order_of_series_and_number_whatever_order_they_come_in():
    assert write(*INVOICE, *PAYMENT) == write(*reversed(PAYMENT), *reversed(INVOICE))
    read = read_sie4(write(*INVOICE, *PAYMENT)).entries
    assert read.select(COLUMNS).rows() == [tuple(row[name] for name in COLUMNS) for row in (*PAYMENT, *INVOICE)]


def test_objects_read_back_are_those_of_the_rows():
    read = read_sie4(write(*INVOICE))
    assert read.entries["objects"].to_list() == [
        [],
        [],
        [
            {"dimension": 1, "object_code": "Norra"},
            {"dimension": 20, "object_code": "mobile"},
            {"dimension": 21, "object_code": "R-101"},
        ],
    ]
    assert read.objects[21, "R-101"] == "Telebutiken Skäret"
    assert read.dimensions == {1: "Kostnadsställe", 20: "Produktgrupp", 21: "Återförsäljare"}
    assert read.account_types == {"1510": "T", "2611": "S", "3001": "I"}


def test_a_file_without_vouchers_is_a_file():
    assert read_sie4(write()).entries.height == 0


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (INVOICE[:2], "voucher F1 does not balance: debit 391.00, credit -78.20, difference 312.80"),
        ((*INVOICE[:2], INVOICE[2] | {"voucher_text": "Annan"}), "F1 has more than one date or text"),
        ((*INVOICE[:2], INVOICE[2] | {"ledger_account": "3999"}), "accounts 3999 are booked on but not in the chart"),
        ((*INVOICE[:2], INVOICE[2] | {"voucher_no": None}), "entries hold nulls"),
    ],
)
def test_vouchers_that_are_not_sound_are_not_written(rows, fault):
    with pytest.raises(LedgerFileError, match=fault):
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


def test_characters_that_others_stand_for_are_counted_where_they_stand():
    """The euro sign of the text stands on one #VER line, the two dashes in the company's name."""
    rows = [row | {"voucher_text": "5 €"} for row in PAYMENT]
    file = write_sie4i(batch(*rows, company_name="A–B–C"))
    assert file.replaced == 3
    assert '#VER B 2 20261103 "5 EUR"' in file.content.decode("cp437")


def test_quotes_are_escaped_and_read_back():
    content = write(*INVOICE, company_name='Kalle "K" {x}')
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
        ("A", None, DAY, "Text {med}", 1, "1510", Decimal("10.50"), DAY, DAY, [{"dimension": 1, "object_code": "7"}]),
        ("A", None, DAY, "Text {med}", 2, "3001", Decimal("-10.50"), DAY, None, []),
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
_centres = st.none() | st.text(st.characters(codec="cp437", exclude_categories=("Cc", "Zs")), min_size=1, max_size=9)


def _vouchers(drawn):
    rows = []
    for number, (day, text, amounts, centre) in enumerate(drawn, start=1):
        code = sie_text(centre) if centre else None
        balanced = [*amounts, -sum(amounts)]
        rows += [
            entry("F", number, day, sie_text(text), at, "1510", amount, cost_centre=code)
            for at, amount in enumerate(balanced, start=1)
        ]
    return rows


@given(
    st.lists(st.tuples(st.dates(date(1990, 1, 1), date(2100, 1, 1)), _words, _amounts, _centres), max_size=5), _words
)
def test_what_is_written_reads_back_and_balances(drawn, name):
    rows = _vouchers(drawn)
    read = read_sie4(write(*rows, company_name=sie_text(name)))
    assert read.entries.select(COLUMNS).rows() == [tuple(row[name] for name in COLUMNS) for row in rows]
    assert read.entries["objects"].to_list() == [
        [{"dimension": 1, "object_code": row["cost_centre"]}] if row["cost_centre"] else [] for row in rows
    ]
    assert read.company == SieCompany(sie_text(name), "556000-0167")


def test_a_full_export_holds_years_balances_and_vouchers_in_the_order_of_the_format():
    years = {0: (date(2026, 1, 1), date(2026, 12, 31)), -1: (date(2025, 1, 1), date(2025, 12, 31))}
    figures = [
        ("IB", 0, "1930", Decimal("10.00")),
        ("UB", 0, "1930", Decimal("401.00")),
        ("RES", 0, "3001", Decimal(-391)),
    ]
    schema = {"label": pl.String, "year_no": pl.Int64, "ledger_account": pl.String, "amount": pl.Decimal(18, 2)}
    balances = pl.DataFrame(figures, schema=schema, orient="row")
    content = write_sie4e(batch(*PAYMENT), YearBalances(years, ON, balances)).content
    labels = [line.split(" ")[0] for line in content.decode("cp437").split("\r\n")]
    assert list(dict.fromkeys(labels)) == [
        "#FLAGGA", "#KSUMMA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#ORGNR", "#FNAMN", "#RAR", "#OMFATTN",
        "#KPTYP", "#VALUTA", "#KONTO", "#KTYP", "#DIM", "#IB", "#UB", "#RES", "#VER", "{", "#TRANS", "}", "",
    ]  # fmt: skip
    read = read_sie4(content)
    assert read.years == years
    assert read.balances.rows() == [(f"#{label}", no, account, amount) for label, no, account, amount in figures]
    assert set(read.accounts["ledger_account"]) == {"1510", "1930", "3001"}


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
