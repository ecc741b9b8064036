"""Invoices and reminders as the customer gets them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from invoicing.documents.brand import load_brand
from invoicing.documents.document_error import DocumentError
from invoicing.documents.recipient import Recipient
from invoicing.documents.reminder_page import Instalment
from invoicing.documents.rendering import DocumentRenderer


def test_an_invoice_shows_what_the_law_asks_for(renderer, invoice, pages_of):
    """ML 2023:200, 17 kap. 24 §, and what a payer needs; one page."""
    (text,) = pages_of(renderer.render_invoice(invoice))
    for shown in (
        "Faktura",
        "1000234",
        "2026-10-01",
        "2026-10-31",
        "Momsreg.nr SE559999000801",
        "Org.nr 559999-0008",
        "Godkänd för F-skatt",
        "Provnät AB",
        "Kajplats 7, 999 01 Fjärdhamn",
        "Åsa Ödmark",
        "Ängsvägen 12 B",
        "113 42 Stockholm",
        "Samtal till Norge",
        "2026-09-01 – 2026-09-30",
        "1 204",
        "12:05",
        "25 %",
        "1 000,10",
        "250,03",
        "Öresavrundning",
        "−0,13",
        "1 250,00 kr",
        "100023498",
        "991-2346",
        "# 100023498 # 1250 00 0 > 9912346#41#",
        "1 (1)",
    ):
        assert shown in text


def test_rounding_is_shown_only_where_there_is_any(renderer, invoice, pages_of):
    exact = replace(invoice, rounding_amount=Decimal("0.00"), total_amount=Decimal("1250.13"))
    (text,) = pages_of(renderer.render_invoice(exact))
    assert "Öresavrundning" not in text
    assert "1 250,13 kr" in text


def test_a_line_tells_what_was_used_and_how_much_of_it_was_included(renderer, wide_invoice, pages_of):
    """7 510 s are 2:05:10, of which 4 200 s (1:10:00) were included; 22 minutes were included whole, for 0,00."""
    (text,) = pages_of(renderer.render_invoice(wide_invoice))
    for shown in (
        "Beskrivning Antal Förbrukning Varav ingår Belopp exkl. moms",
        "64 2:05:10 1:10:00 41,10",
        "9 22:00 22:00 0,00",
        "Mobildata inom EU 12,35 GB 10 GB 49,40",
        "1 012 12 8,40",
        "482,00 kr",
    ):
        assert shown in text


def test_an_adjustment_says_that_it_corrects_earlier_invoices(renderer, wide_invoice, pages_of):
    (text,) = pages_of(renderer.render_invoice(wide_invoice))
    assert "Rättelse av tidigare fakturerade samtal: Samtal till mobil i Sverige" in text
    assert "3 −12,40" in text


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("data", "Rättelse av tidigare fakturerad datatrafik: X"),
        ("message", "Rättelse av tidigare fakturerade meddelanden: X"),
        ("event", "Rättelse av tidigare fakturerade tjänster: X"),
        (None, "Rättelse av tidigare fakturerat: X"),
    ],
)
def test_an_adjustment_names_the_kind_of_usage_it_corrects(renderer, invoice, line, pages_of, kind, shown):
    lines = (replace(line, text="X", usage_kind=kind, is_adjustment=True),)
    assert shown in pages_of(renderer.render_invoice(replace(invoice, lines=lines)))[0]


def test_what_was_agreed_to_be_taken_off_is_named_and_not_counted(renderer, invoice, line, pages_of):
    taken_off = replace(line, text="X", usage_kind="call", quantity=0, is_adjustment=True, is_reduction=True)
    assert taken_off.counted is None
    assert (
        "Avdrag enligt överenskommelse: X" in pages_of(renderer.render_invoice(replace(invoice, lines=(taken_off,))))[0]
    )


@pytest.mark.parametrize("changed", [{"quantity": 0}, {"line_group": "reduction", "usage_kind": None}])
def test_a_part_given_back_and_what_is_taken_off_have_no_quantity(line, changed):
    assert replace(line, **changed).counted is None


def test_nothing_to_pay_means_no_payment_slip(renderer, invoice, pages_of):
    credited = replace(invoice, rounding_amount=Decimal("-1300.13"), total_amount=Decimal("-50.00"))
    (text,) = pages_of(renderer.render_invoice(credited))
    assert "Du behöver inte betala något för denna faktura. Beloppet står dig till godo på kontot." in text
    assert "Inbetalning" not in text
    assert "#41#" not in text


def test_markup_in_a_customers_name_is_text(renderer, invoice, pages_of):
    name = '<img src="http://192.0.2.1/x.png"><script>1</script> & Söner'
    (text,) = pages_of(renderer.render_invoice(replace(invoice, recipient=Recipient(1, name, ("Gatan 1",)))))
    assert name.replace(" ", "") in text.replace(" ", "")


@pytest.mark.parametrize("name", ["Åsa Ängström-Öberg", "Čapková Łukasz Șerban Őrs Ğül Ŵyn ẞ", "ÅÄÖ åäö éèü ñç ø æ"])
def test_letters_of_european_languages_are_in_the_fonts(renderer, invoice, pages_of, name):
    pdf = renderer.render_invoice(replace(invoice, recipient=Recipient(1, name, ("Gatan 1",))))
    assert name in pages_of(pdf)[0]
    fonts = {str(font["/BaseFont"]) for page in PdfReader(BytesIO(pdf)).pages for font in _fonts(page)}
    assert fonts
    assert all("Inter" in font for font in fonts)


def test_a_name_without_blanks_stays_on_the_page(renderer, invoice, pages_of):
    name = "Å" * 200
    (text,) = pages_of(renderer.render_invoice(replace(invoice, recipient=Recipient(1, name, ("Gatan 1",)))))
    assert text.replace(" ", "").count("Å") >= 400  # in the address and on the slip


@pytest.mark.slow
def test_a_long_invoice_repeats_its_heads_and_pays_on_the_last_page(renderer, long_invoice, pages_of):
    pages = pages_of(renderer.render_invoice(long_invoice))
    assert len(pages) >= 4
    for no, text in enumerate(pages, start=1):
        assert f"{no} ({len(pages)})" in text
        assert "Momsreg.nr SE559999000801" in text
        assert ("Beskrivning Antal Samtalstid Belopp exkl. moms" in text) == ("Rad nr" in text)
    assert sum(text.count("Rad nr ") for text in pages) == 120
    assert ["#41#" in text for text in pages] == [False] * (len(pages) - 1) + [True]


@pytest.mark.slow
def test_totals_and_slip_stay_together(renderer, long_invoice, pages_of):
    """Wherever the lines end, the page with the slip has the totals too."""
    for count in (9, 13, 16):
        lines = long_invoice.lines[:count]
        rest = Decimal(120 - count)
        filled = replace(long_invoice, lines=(*lines[:-1], replace(lines[-1], net_amount=1 + rest)))
        last = pages_of(renderer.render_invoice(filled))[-1]
        assert "#41#" in last
        assert "Summa exkl. moms" in last


def test_a_reminder_says_what_is_owed_and_why(renderer, reminder, pages_of):
    """1 250,00 - 500,00 = 750,00; + 60,00 = 810,00."""
    (text,) = pages_of(renderer.render_reminder(reminder))
    for shown in (
        "Betalningspåminnelse",
        "Vi saknar en del av din betalning",
        "Faktura 1000234 av den 2026-10-01 förföll till betalning den 2026-10-31",
        "betala 810,00 kr senast den 2026-11-19",
        "Faktura 1000234, belopp 1 250,00",
        "Betalt hittills −500,00",
        "Kvar att betala av fakturan 750,00",
        "Påminnelseavgift 60,00",
        "Att betala nu 810,00 kr",
        "lagen (1981:739)",
        "Har du redan betalat?",
        "Stämmer inte fakturan?",
        "# 100023498 # 810 00 2 > 9912346#41#",
    ):
        assert shown in text


def test_a_reminder_of_an_instalment_names_it_and_says_what_follows(renderer, reminder, pages_of):
    """750,00 of the instalment + 60,00 = 810,00."""
    instalment = Instalment(2, 4, date(2026, 11, 1), date(2026, 9, 20))
    (text,) = pages_of(renderer.render_reminder(replace(reminder, instalment=instalment)))
    for shown in (
        "Vi saknar en delbetalning",
        "Delbetalning 2 av 4 enligt din betalningsöverenskommelse av den 2026-09-20 förföll den 2026-11-01",
        "betala 810,00 kr senast den 2026-11-19, med referensen för faktura 1000234",
        "Uteblir betalningen upphör överenskommelsen",
        "Delbetalning 2 av 4, kvar att betala 750,00",
    ):
        assert shown in text
    assert "belopp 1 250,00" not in text


def test_a_reminder_without_fee_does_not_speak_of_one(renderer, reminder, pages_of):
    (text,) = pages_of(renderer.render_reminder(replace(reminder, fee_amount=Decimal("0.00"))))
    assert "avgift" not in text.lower()
    assert "1981:739" not in text


@pytest.mark.slow
def test_the_same_data_gives_the_same_bytes(renderer, invoice, reminder):
    """Whatever was rendered before, and from a renderer built anew."""
    first = renderer.render_invoice(invoice)
    renderer.render_reminder(reminder)
    assert renderer.render_invoice(invoice) == first
    assert DocumentRenderer(load_brand()).render_invoice(invoice) == first


def test_a_pdf_says_what_it_is(renderer, invoice, reminder):
    read = PdfReader(BytesIO(renderer.render_invoice(invoice)))
    assert read.metadata.title == "Faktura 1000234"
    assert read.metadata.author == "Provnät AB"
    assert read.metadata["/CreationDate"] == "D:20261001"
    assert read.trailer["/Root"]["/Lang"] == "sv"
    assert read.trailer["/ID"][0] != PdfReader(BytesIO(renderer.render_reminder(reminder))).trailer["/ID"][0]


def test_an_operators_own_logo_that_is_gone_stops_the_invoice(tmp_path, invoice):
    (tmp_path / "letter.html.j2").write_text('<html lang="sv"><img src="own.png" alt="x">', encoding="utf-8")
    with pytest.raises(DocumentError, match=r"invoice 1000234: .*own\.png: not in config/brand"):
        DocumentRenderer(load_brand(tmp_path)).render_invoice(invoice)


@pytest.mark.slow
def test_an_operators_own_template_and_style_keep_the_built_in_fonts(tmp_path, invoice, pages_of):
    style = load_brand().read_text("brand.css").replace("#12355b", "#7a0026")
    (tmp_path / "brand.css").write_text(style, encoding="utf-8")
    (text,) = pages_of(DocumentRenderer(load_brand(tmp_path)).render_invoice(invoice))
    assert "1 250,00 kr" in text


def _fonts(page):
    return [reference.get_object() for reference in page["/Resources"]["/Font"].values()]


def with_lines(document, lines):
    """The document with lines of 1.00 each, and what is left of its 120.00 on the last one."""
    rest = Decimal(121 - len(lines))
    return replace(document, lines=(*lines[:-1], replace(lines[-1], net_amount=rest)))


@pytest.mark.slow
def test_a_sum_is_carried_overleaf_only_where_lines_go_on_there(renderer, long_invoice, pages_of):
    """So many lines that the totals alone stand overleaf, and so many more that lines do too."""
    seen = set()
    for count in (12, 20, 30, 36, 44):
        first, *others = pages_of(renderer.render_invoice(with_lines(long_invoice, long_invoice.lines[:count])))
        goes_on = any("Rad nr" in text for text in others)
        seen.add((len(others), goes_on))
        assert ("Transport" in first) == goes_on
        assert ["Transport från föregående sida" in text for text in others] == [goes_on] * len(others)
    assert {(1, False), (1, True)} <= seen


@pytest.mark.parametrize(
    ("language", "shown"), [("sv", "delbetalning 3 av 24"), ("en", "instalment 3 of 24"), ("fi", "erä 3/24")]
)
def test_an_instalment_says_which_of_how_many_it_is(renderer, invoice, line, pages_of, language, shown):
    telephone = replace(line, text="Telefon", line_group="one_off", usage_kind=None, instalments=((3, 24),))
    bought = replace(invoice, lines=(telephone,), buyer=replace(invoice.buyer, language=language))
    assert f"Telefon, {shown}" in pages_of(renderer.render_invoice(bought))[0]
