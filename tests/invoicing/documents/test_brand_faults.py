"""What is wrong with a brand is found before any letter is made."""

import pytest

from invoicing.documents.brand import load_brand
from invoicing.documents.brand_faults import brand_faults, languages_of


def told(folder, files):
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(each.file, each.line, each.stops) for each in brand_faults(folder)]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("texts_sv.toml", '[letter]\nto_pay = "Att betala"\ndue_on = Senast\n', 3),
        ("texts_sv.toml", 'to_pay = "Att betala"\n', 1),
        ("texts_sv.toml", "[letter]\nto_pay = 'F\xf6rfallen'\n".encode("latin-1"), None),
        ("letter.html.j2", "<p>\n<p>{{ total | }}\n", 2),
        ("logo.svg", "<svg>\n<g>\n</svg>\n", 3),
    ],
)
def test_a_file_that_no_document_can_be_made_from_is_named_with_its_line(tmp_path, name, text, line):
    assert told(tmp_path, {name: text}) == [(name, line, True)]


def test_what_only_looks_odd_is_a_warning(tmp_path):
    files = {"texts_sv.toml": '[letter]\nto_pya = "Att betala"\n', "texts-fr.toml": ""}
    assert told(tmp_path, files) == [("texts-fr.toml", None, False), ("texts_sv.toml", 2, False)]


def test_a_language_of_ones_own_says_all_that_is_asked_for(tmp_path):
    english = load_brand().find("texts_en.toml").read_text(encoding="utf-8")
    assert told(tmp_path, {"texts_fr.toml": english}) == []
    (found,) = _lacking(tmp_path, english.replace('due_on = "Due date"\n', ""))
    assert "[letter] lacks due_on" in found


def _lacking(folder, text):
    (folder / "texts_fr.toml").write_text(text, encoding="utf-8")
    return [each.problem for each in brand_faults(folder)]


def test_words_of_ones_own_rates_are_no_fault_and_no_language_must_have_them(tmp_path):
    words = '[exemption]\n"Undantaget enligt 10 kap." = "Exempt under chapter 10."\n'
    english = load_brand().find("texts_en.toml").read_text(encoding="utf-8")
    before, _, after = english.partition("[exemption]")
    french = before + after[after.index("[") :]
    assert "Omvänd" not in french
    assert told(tmp_path, {"texts_en.toml": words, "texts_fr.toml": french}) == []


def test_the_built_in_brand_has_no_fault():
    assert brand_faults(load_brand().folders[0]) == []


def test_letters_are_written_in_the_built_in_languages_and_in_those_of_the_operator(tmp_path):
    assert languages_of(tmp_path) == {"da", "de", "en", "fi", "nb", "sv"}
    (tmp_path / "texts_fr.toml").touch()
    assert "fr" in languages_of(tmp_path)
