"""BgMax: deposits become payments when counts and sums agree with the file's own records."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.formats.bgmax import BGMAX
from pipelines.formats.layout import PAYMENT_RECORDS, REJECTED_RECORDS, FileFaultError, ReadContext

CONTEXT = ReadContext("Europe/Stockholm", "SEK")
SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/bgmax"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside the checkout")


def opening(purpose="P", version="01"):
    return f"{'01BGMAX':<22}{version}20261102173035010331{purpose}"


def section(*payments, total, count=None, day="20261102", currency="SEK", payee="0009912346"):
    count = sum(line[:2] in {"20", "21"} for line in payments) if count is None else count
    close = f"15{'0' * 35}{day}00056{total:018}{currency}{count:08}"
    return [f"05{payee}{'':10}{currency}", *payments, close]


def payment(amount, reference="", serial=1, code="20", payer="0003783511"):
    return f"{code}{payer}{reference:>25}{amount:018}21{serial:012}0"


def end(tk20=1, tk21=0, extra=0, deposits=1):
    return f"70{tk20:08}{tk21:08}{extra:08}{deposits:08}"


def read(*lines, line_end="\r\n", encoding="iso-8859-1"):
    return BGMAX.read(line_end.join([*lines, "", ""]).encode(encoding), CONTEXT)


ONE = [opening(), *section(payment(39100, "100023498"), total=39100), end()]


def test_a_payment_is_read_with_its_deposit():
    parsed = read(*ONE)
    assert dict(parsed.records.schema) == PAYMENT_RECORDS
    assert dict(parsed.rejected.schema) == REJECTED_RECORDS
    assert parsed.bank_file_id == "bgmax:20261102173035010331:9912346"
    assert parsed.records.drop("record").row(0, named=True) == {
        "record_no": 1,
        "line_no": 3,
        "payment_record_id": "bgmax:9912346:000000000001:2026-11-02:20",
        "payment_kind": "received",
        "bank_reference": "000000000001",
        "entry_reference": None,
        "original_reference": None,
        "bank_entry_id": None,
        "end_to_end_id": None,
        "payee_account": "9912346",
        "booked_on": date(2026, 11, 2),
        "amount": Decimal("391.00"),
        "currency": "SEK",
        "reference_text": "100023498",
        "parts": [{"reference_text": "100023498", "reference_kind": "ocr", "amount": None}],
        "free_text": None,
        "payer_name": None,
        "payer_account": "3783511",
        "payer_registration_no": None,
        "return_code": None,
    }


def with_extra(*extra, reference="", count=0):
    return read(opening(), *section(payment(100, reference), *extra, total=100), end(extra=count))


@pytest.mark.parametrize(
    ("reference", "extra", "count", "found"),
    [
        ("100023498", [payment(0, "665869", code="22")], 1, "100023498"),
        ("", [payment(0, "665869", code="22"), payment(0, "665661", code="22")], 2, "665869 665661"),
        ("", [f"25{'faktura 146048':<50}", "25kund 49"], 0, "faktura 146048 kund 49"),
        ("", [], 0, None),
    ],
)
def test_the_reference_is_the_payments_else_its_extra_ones_else_its_text(reference, extra, count, found):
    assert with_extra(*extra, reference=reference, count=count).records["reference_text"].to_list() == [found]


def test_payer_name_and_all_records_of_a_payment_are_kept():
    parsed = with_extra("26Åsas Färg AB", "27Storgatan 2", "28Storåker", "29005500001234")
    assert parsed.records["payer_name"].to_list() == ["Åsas Färg AB"]
    assert parsed.records["record"][0].count("\n") == 4


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "utf-8-sig"])
def test_any_line_end_and_both_encodings_are_read(line_end, encoding):
    lines = [opening(), *section(payment(100), "26Åsa", total=100), end()]
    assert read(*lines, line_end=line_end, encoding=encoding).records["payer_name"].to_list() == ["Åsa"]


def deducting(*payments, deduction=50000, payer="0003783511"):
    """Payments, and a credit note that a payer deducts from the deposit."""
    lines = [payment(oere, reference, serial) for serial, (oere, reference) in enumerate(payments, start=1)]
    total = sum(oere for oere, _ in payments) - deduction
    taken = payment(deduction, "9000019", serial=9, code="21", payer=payer)
    return read(opening(), *section(*lines, taken, total=total), end(tk20=len(payments), tk21=1))


def test_a_deduction_is_taken_from_the_first_payment_of_its_payer_that_is_larger():
    """1000 + 1400 - 500 = 1900: what the payer sent for the first invoice is 500 less."""
    parsed = deducting((100000, "100000157"), (140000, "100000256"))
    assert parsed.records["amount"].to_list() == [Decimal("500.00"), Decimal("1400.00")]
    assert [tuple(each.values()) for each in parsed.records["parts"][0]] == [
        ("100000157", "ocr", Decimal("1000.00")),
        ("9000019", "ocr", Decimal("-500.00")),
    ]
    assert parsed.records["record"][0].count("\n") == 1


def test_a_deduction_larger_than_each_payment_is_taken_from_one_after_the_other():
    parsed = deducting((30000, "1"), (30000, "2"))
    assert parsed.records["amount"].to_list() == [Decimal("0.00"), Decimal("100.00")]


def test_a_payment_that_its_deductions_take_all_of_is_one_that_brings_no_money():
    parsed = deducting((50000, "100000157"))
    assert parsed.records["amount"].to_list() == [Decimal("0.00")]
    assert [tuple(each.values()) for each in parsed.records["parts"][0]] == [
        ("100000157", "ocr", Decimal("500.00")),
        ("9000019", "ocr", Decimal("-500.00")),
    ]
    assert parsed.rejected.is_empty()


@pytest.mark.parametrize("payer", ["0050501055", "0000000000"])
def test_a_deduction_that_no_payment_of_its_payer_covers_is_set_aside(payer):
    parsed = deducting((100000, "100000157"), (140000, "100000256"), payer=payer)
    assert parsed.records["amount"].to_list() == [Decimal("1000.00"), Decimal("1400.00")]
    assert parsed.rejected.select("line_no", "reason_code").rows() == [(5, "UNCOVERED_DEDUCTION")]


def test_extra_references_carry_their_amounts_and_deductions_among_them_are_negative():
    extra = [payment(120, "100000157", code="22"), payment(20, "9000019", code="23")]
    parsed = with_extra(*extra, count=2)
    assert [tuple(each.values()) for each in parsed.records["parts"][0]] == [
        ("100000157", "ocr", Decimal("1.20")),
        ("9000019", "ocr", Decimal("-0.20")),
    ]


def test_words_cut_at_the_end_of_the_reference_field_go_on_in_the_free_text():
    parsed = with_extra("2549", reference="faktura 146048 kund nr 88")
    row = parsed.records.row(0, named=True)
    assert row["reference_text"] == "faktura 146048 kund nr 8849"
    assert [tuple(each.values()) for each in row["parts"]] == [("faktura 146048 kund nr 8849", "free_text", None)]


def test_lines_of_free_text_filled_to_their_end_are_joined_without_a_blank():
    parsed = with_extra(f"25{'x' * 47}100", f"25{'0235 and':<50}", "25more")
    assert parsed.records["free_text"].to_list() == [f"{'x' * 47}1000235 and more"]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "cp437", "mac_roman"])
def test_names_survive_the_code_pages_that_files_pass_through(encoding):
    lines = [opening(), *section(payment(100), "26Åsa Öst, Fjärdhamns båtlag", total=100), end()]
    assert read(*lines, encoding=encoding).records["payer_name"].to_list() == ["Åsa Öst, Fjärdhamns båtlag"]


def test_lines_cut_short_or_padded_too_far_and_mixed_line_ends_are_read():
    first, *rest = ONE
    content = first + "\r\n" + rest[0].rstrip() + "\n" + "\n".join(f"{line:<90}\r" for line in rest[1:])
    assert BGMAX.read(content.encode(), CONTEXT).records["amount"].to_list() == [Decimal("391.00")]


def test_the_payers_organisation_number_is_kept():
    assert with_extra("29005500001234").records["payer_registration_no"].to_list() == ["5500001234"]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [({"day": "10100324"}, "BAD_TIME"), ({"day": "20261131"}, "BAD_TIME"), ({"currency": "EUR"}, "BAD_CURRENCY")],
)
def test_an_impossible_date_or_a_foreign_currency_rejects_the_section(parts, reason):
    lines = [*section(payment(100), total=100), *section(payment(200, serial=2), total=200, **parts)]
    parsed = read(opening(), *lines, end(tk20=2, deposits=2))
    assert (parsed.records["line_no"].to_list(), parsed.rejected["reason_code"].to_list()) == ([3], [reason])


def test_a_payment_of_nothing_is_a_bad_amount():
    assert read(opening(), *section(payment(0), total=0), end()).rejected["reason_code"].to_list() == ["BAD_AMOUNT"]


@pytest.mark.parametrize("serial", ["000000000001", " " * 12])
def test_equal_payments_with_one_serial_number_are_two_payments(serial):
    """The deposit counts both; a reader that takes the second for a copy would lose its money."""
    plain = payment(100, "100023498")
    one = plain[:57] + serial + plain[69:]
    parsed = read(opening(), *section(one, one, total=200), end(tk20=2))
    assert parsed.records["payment_record_id"].n_unique() == 2


def test_a_dos_end_of_file_is_no_record():
    assert read(*ONE, "\x1a").records.height == 1


def test_unknown_records_are_passed_over():
    assert read(opening(), "99 later", *ONE[1:]).records.height == 1


def test_a_test_file_is_not_posted():
    with pytest.raises(FileFaultError, match="NOT_FOR_POSTING"):
        read(opening("T"), *ONE[1:])


PAY = payment(100)
SPLIT = [payment(60, "1", code="22"), payment(50, "2", code="22")]


@pytest.mark.parametrize(
    ("lines", "figures"),
    [
        ([*section(PAY, total=101), end()], "deposit amount: the file declares 1.01, its records give 1"),
        ([*section(PAY, total=100, count=2), end()], "payments: the file declares 2, its records give 1"),
        ([*section(PAY, total=100), end(tk20=2)], "number of TK20: the file declares 2, its records give 1"),
        ([*section(PAY, total=100), end(tk21=1)], "number of TK21: the file declares 1, its records give 0"),
        ([*section(PAY, total=100), end(extra=1)], "number of TK22 and TK23: the file declares 1, .* give 0"),
        ([*section(PAY, total=100), end(deposits=2)], "number of TK15: the file declares 2, its records give 1"),
        ([*section(PAY, *SPLIT, total=100), end(extra=2)], "extra references: the file declares 1, .* give 1.1"),
    ],
)
def test_figures_that_do_not_agree_refuse_the_file(lines, figures):
    with pytest.raises(FileFaultError, match=f"WRONG_TOTALS: .*{figures}"):
        read(opening(), *lines)


@pytest.mark.parametrize(
    "lines",
    [
        [opening(), *section(PAY, total=100)],
        [opening(), *section(PAY, total=100)[:-1], end()],
        [opening(), PAY, end(tk20=0, deposits=0)],
        [opening(), *section(PAY, total=100), end(), PAY],
        [opening(version="02"), *ONE[1:]],
        [opening("X"), *ONE[1:]],
        [opening(), *section(PAY[:40] + "x" + PAY[41:], total=100), end()],
    ],
)
def test_a_file_that_is_cut_short_or_out_of_order_is_unreadable(lines):
    with pytest.raises(FileFaultError, match="UNREADABLE"):
        read(*lines)


def test_only_a_bgmax_opening_is_recognised():
    assert BGMAX.recognises(b"\xef\xbb\xbf01BGMAX               01")
    assert not BGMAX.recognises(b"0120261102AUTOGIRO    ")
    assert not BGMAX.recognises(b"")


@needs_samples
def test_bankgirots_own_example_gives_seven_payments_in_kronor():
    parsed = BGMAX.read((SAMPLES / "barsoom_BgMaxfil4.txt").read_bytes(), CONTEXT)
    assert parsed.records["amount"].to_list() == [
        Decimal(kronor) for kronor in ("1800", "1900", "2000", "500", "500", "500", "1400")
    ]
    assert parsed.records["amount"].sum() == Decimal("8600.00")  # deposits 3700 + 2000 + 2900
    assert parsed.records["reference_text"].to_list()[:2] == ["665760 665869 665661 657775", "524967"]
    assert parsed.records["payer_name"][0] == "Kalles Plåt AB"
    assert set(parsed.records["booked_on"]) == {date(2004, 5, 25)}
    assert parsed.rejected["reason_code"].to_list() == ["BAD_CURRENCY", "BAD_CURRENCY"]  # 3000 + 1000 EUR
    assert parsed.rows_read == 9


@needs_samples
def test_the_example_reads_as_euro_where_the_books_are_in_euro():
    parsed = BGMAX.read((SAMPLES / "barsoom_BgMaxfil4.txt").read_bytes(), ReadContext("Europe/Stockholm", "EUR"))
    assert parsed.records.select("amount", "reference_text").rows() == [
        (Decimal("3000.00"), "8012577,8013575"),
        (Decimal("1000.00"), "525766"),
    ]


@needs_samples
def test_the_smallest_file_is_read_and_a_list_of_record_codes_refused():
    assert BGMAX.read((SAMPLES / "barsoom_minimal.txt").read_bytes(), CONTEXT).records["amount"].sum() == Decimal(1100)
    with pytest.raises(FileFaultError, match="UNREADABLE"):
        BGMAX.read((SAMPLES / "rickardlindgren_validTransaktionskoder.txt").read_bytes(), CONTEXT)
