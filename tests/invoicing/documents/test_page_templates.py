"""Templates are escaped, sandboxed and strict."""

import pytest

from invoicing.documents.brand import load_brand
from invoicing.documents.document_error import DocumentError
from invoicing.documents.page_templates import PageTemplates


@pytest.fixture
def fill(tmp_path):
    """Fill in a template given as text."""

    def fill_in(source, **values):
        (tmp_path / "own.html.j2").write_text(source, encoding="utf-8")
        return PageTemplates(load_brand(tmp_path)).html("own.html.j2", **values)

    return fill_in


def test_markup_in_a_value_becomes_text(fill):
    assert fill("{{ name }}", name="<b>&") == "&lt;b&gt;&amp;"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("a\n{{ prise }}", r"own\.html\.j2, line 2: 'prise' is undefined"),
        ("{{ card.prise }}", r"own\.html\.j2, line 1: .*has no attribute 'prise'"),
        ("{{ texts.invoice.titel }}", r"own\.html\.j2, line 1: .*'titel'"),
        ("a\n\n{% for %}", r"own\.html\.j2, line 3: "),
        ("{{ 'x {day}'.format() }}", r"own\.html\.j2, line 1: .*day"),
        ("{{ 1.5 | amount }}", r"own\.html\.j2, line 1: float is no amount"),
        ("{% include 'other.j2' %}", r"other\.j2: not in config/brand"),
        ("{% include '../secret.j2' %}", r"secret\.j2: lies outside"),
        ("{{ card.__class__.__mro__ }}", r"own\.html\.j2, line 1: .*unsafe"),
    ],
)
def test_a_fault_names_template_line_and_variable(fill, source, fault):
    with pytest.raises(DocumentError, match=fault):
        fill(source, card={"a": 1})
