"""Every language has every text, and its letters are whole: nothing missing, nothing in the wrong language."""

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import templates
from benchmarks.sample_documents import OPERATOR, credit_note, itemised_invoice, monthly_invoice, reverse_charge_invoice
from invoicing.documents.brand import load_brand
from invoicing.documents.document_error import DocumentError
from invoicing.documents.rendering import DocumentRenderer

LANGUAGES = ("sv", "en", "fi", "nb", "da", "de")
TEMPLATES = Path(templates.__file__).parent
BRAND = TEMPLATES / "brand"
LETTERS = "\n".join(
    (TEMPLATES / f"{name}.html.j2").read_text(encoding="utf-8") for name in ("letter", "invoice", "reminder")
)
# Customer service reads the other sections, in one language.
OF_LETTERS = {*re.findall(r"texts\.([a-z]+)", LETTERS), "format", "sections", "specification"}


def texts_of(language):
    texts = tomllib.loads((BRAND / f"texts_{language}.toml").read_text(encoding="utf-8"))
    return {(section, name): text for section, found in texts.items() for name, text in found.items()}


def placeholders(text):
    return {part.split("}")[0] for part in text.split("{")[1:]}


def in_language(document, language):
    return replace(document, buyer=replace(document.buyer, language=language))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_that_letters_need_is_in_every_language_with_its_placeholders(language):
    swedish = {key: text for key, text in texts_of("sv").items() if key[0] in OF_LETTERS}
    own = texts_of(language)
    assert set(own) == set(swedish)
    assert {key for key, text in own.items() if placeholders(text) != placeholders(swedish[key])} == set()


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("sv", ("Faktura", "Att betala", "539,00 kr", "2026-10-31", "Moms", "16 av 30 dagar")),
        ("en", ("Invoice", "Amount to pay", "SEK 539.00", "31 Oct 2026", "VAT", "16 of 30 days")),
        ("fi", ("Lasku", "Maksettavaa", "539,00 SEK", "31.10.2026", "ALV", "16/30 päivää")),
        ("nb", ("Faktura", "Å betale", "539,00 SEK", "31.10.2026", "Mva.", "16 av 30 dager")),
        ("da", ("Faktura", "At betale", "539,00 SEK", "31.10.2026", "Moms", "16 af 30 dage")),
        ("de", ("Rechnung", "Zu zahlen", "539,00 SEK", "31.10.2026", "MwSt.", "16 von 30 Tagen")),
    ],
)
def test_an_invoice_is_written_in_the_language_of_its_buyer(renderer, pages_of, language, shown):
    (text,) = pages_of(renderer.render_invoice(monthly_invoice(0, language)))
    assert [part for part in shown if part not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_letter_can_be_written_in_every_language(renderer, pages_of, reminder, language):
    """Whatever a template or text lacks would raise."""
    for document in (credit_note(), reverse_charge_invoice(), itemised_invoice(5)):
        assert pages_of(renderer.render_invoice(in_language(document, language)))
    addressed = replace(reminder, recipient=replace(reminder.recipient, language=language))
    assert "810" in pages_of(renderer.render_reminder(addressed))[0]


def untaxed(words, language):
    """An invoice without VAT for the reason that the operator's rates give."""
    document = in_language(reverse_charge_invoice(), language)
    return replace(document, vat_rows=(replace(document.vat_rows[0], exemption_text=words),))


def test_the_demos_words_of_why_no_vat_is_charged_are_known_in_every_language():
    rates = pl.read_csv(Path(templates.__file__).parents[1] / "data" / "demo" / "config" / "vat_rates.csv")
    words = set(rates["exemption_text"].drop_nulls())
    assert len(words) == 2
    assert all(words <= load_brand().texts(language)["exemption"].keys() for language in LANGUAGES)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("sv", "artikel 196 i direktiv 2006/112/EG"),
        ("en", "Article 196 of Directive 2006/112/EC"),
        ("de", "Artikel 196 der Richtlinie 2006/112/EG"),
    ],
)
def test_why_no_vat_is_charged_is_said_in_the_language_of_the_letter(renderer, pages_of, language, shown):
    words = "Omvänd betalningsskyldighet (reverse charge), artikel 196 i direktiv 2006/112/EG"
    (text,) = pages_of(renderer.render_invoice(untaxed(words, language)))
    assert shown in text


def test_an_operator_says_in_a_language_what_stands_for_its_own_words(tmp_path, pages_of):
    """A language that says nothing for them shows the words themselves."""
    own = '[exemption]\n"Undantaget enligt 10 kap." = "Exempt under chapter 10."\n'
    (tmp_path / "texts_en.toml").write_text(own, encoding="utf-8")
    renderer = DocumentRenderer(load_brand(tmp_path))
    english, german = (
        pages_of(renderer.render_invoice(untaxed("Undantaget enligt 10 kap.", language)))[0]
        for language in ("en", "de")
    )
    assert "Exempt under chapter 10." in english
    assert "Undantaget" not in english
    assert "Undantaget enligt 10 kap." in german


def test_a_credit_note_names_its_invoice_and_gives_back_positive_amounts(renderer, pages_of):
    """41.10 + 49.40 = 90.50; 25 % is 22.63."""
    (text,) = pages_of(renderer.render_invoice(credit_note()))
    for shown in ("Kreditfaktura", "Krediterar faktura 1000001 av 2026-10-01", "Krediterat belopp 113,13 kr", "22,63"):
        assert shown in text
    for absent in ("Att betala", "Inbetalning", "#41#", "\N{MINUS SIGN}"):
        assert absent not in text


def test_reverse_charge_is_said_in_words_with_both_vat_numbers_and_no_vat(renderer, pages_of):
    (text,) = pages_of(renderer.render_invoice(reverse_charge_invoice()))
    for shown in (
        "Reverse charge: the customer accounts for the VAT. Article 196, Directive 2006/112/EC",
        "Your VAT no. DE999999999", "VAT no. SE559999000801", "€358.46", "RF47 1000 090",
        "SE35 5000 0000 0549 1000 0003", "GERMANY",
    ):  # fmt: skip
        assert shown in text
    assert "#41#" not in text


def test_vat_on_an_invoice_in_another_currency_is_said_in_the_currency_of_the_books(renderer, pages_of):
    """107.76 x 11.05 = 1 190.748, so 1 190.75."""
    document = replace(monthly_invoice(), currency="EUR", exchange_rate=Decimal("11.05000000"))
    assert "Moms i SEK: 1 190,75 (kurs 11,05)" in pages_of(renderer.render_invoice(document))[-1]


def test_f_tax_is_said_of_swedish_sellers_only(renderer, pages_of):
    foreign = replace(monthly_invoice(), operator=OPERATOR.model_copy(update={"country_code": "FI"}))
    assert "F-skatt" in pages_of(renderer.render_invoice(monthly_invoice()))[0]
    assert "F-skatt" not in pages_of(renderer.render_invoice(foreign))[0]


def test_credit_drawn_stands_between_the_total_and_what_is_to_pay(renderer, pages_of):
    """539.00 - 100.00 = 439.00."""
    document = replace(monthly_invoice(), allowances=(), credit_drawn_amount=Decimal("100.00"))
    (text,) = pages_of(renderer.render_invoice(document))
    assert "Summa inkl. moms 539,00 Avgår tillgodohavande \N{MINUS SIGN}100,00 Att betala 439,00 kr" in text


def test_a_language_without_texts_is_refused_with_what_to_do(renderer):
    with pytest.raises(DocumentError, match=r"texts_fr\.toml: not in config/brand and not built in; add the file"):
        renderer.render_invoice(monthly_invoice(0, "fr"))


def test_an_operator_can_add_a_language(tmp_path, pages_of):
    danish = (BRAND / "texts_da.toml").read_text(encoding="utf-8")
    (tmp_path / "texts_nn.toml").write_text(danish.replace('"Faktura"', '"Rekning"'), encoding="utf-8")
    pdf = DocumentRenderer(load_brand(tmp_path)).render_invoice(monthly_invoice(0, "nn"))
    assert "Rekning" in pages_of(pdf)[0]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('[format]\nlocale = "sv_XX_YY_ZZ"\n', r"texts_sv\.toml: \[format\] locale = 'sv_XX_YY_ZZ'"),
        (
            '[invoice]\ndays = "{used} av {fulll}"\n',
            r"invoice\.html\.j2, line \d+: 'fulll'; correct the template or its texts",
        ),
    ],
)
def test_a_fault_in_an_operators_texts_names_the_place(tmp_path, content, fault):
    (tmp_path / "texts_sv.toml").write_text(content, encoding="utf-8")
    with pytest.raises(DocumentError, match=fault):
        DocumentRenderer(load_brand(tmp_path)).render_invoice(monthly_invoice())


def test_a_font_that_is_missing_is_named(tmp_path):
    style = (BRAND / "brand.css").read_text(encoding="utf-8")
    (tmp_path / "brand.css").write_text(style.replace("inter-latin-600-normal", "own-600"), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"brand\.css: .*'Inter' cannot be loaded"):
        DocumentRenderer(load_brand(tmp_path))
