"""What a letter takes is given back when it is written: memory does not grow with the letters."""

import gc
import os
from pathlib import Path

import pytest
from weasyprint import CSS, HTML
from weasyprint.css.targets import TargetCollector
from weasyprint.text.fonts import FontConfiguration

from benchmarks.sample_documents import monthly_invoice
from invoicing.documents.kept_styles import KeptStyles
from invoicing.documents.kept_text import KeptLayout
from invoicing.documents.kept_work import kept_work

FIGURES = "font-feature-settings: 'tnum'; letter-spacing: 1px"
STATM = Path("/proc/self/statm")
PAGES_IN_MEMORY = 1  # which figure of it


def test_a_letter_leaves_little_for_the_garbage(renderer):
    """Its boxes, texts and objects are thousands; what is left are some hundred things of its pictures."""
    for number in range(3):
        renderer.render_invoice(monthly_invoice(number))
    gc.collect()
    gc.disable()
    try:
        renderer.render_invoice(monthly_invoice(3))
        left = gc.collect()
    finally:
        gc.enable()
    assert 0 < left < 1_000


def test_what_is_kept_does_not_grow_with_the_letters(renderer):
    for number in range(3):
        renderer.render_invoice(monthly_invoice(number))
    gc.collect()
    before = len(gc.get_objects())
    for number in range(3, 6):
        renderer.render_invoice(monthly_invoice(number))
    gc.collect()
    assert len(gc.get_objects()) - before < 100


@pytest.mark.skipif(not STATM.exists(), reason="needs /proc of Linux")
def test_the_font_features_of_a_text_are_given_back():
    """The renderer by itself keeps some 200 bytes of each text that has any: 20,000 of them would be 4 MB."""
    fonts = FontConfiguration()
    kept = KeptStyles([(CSS(string=f"p {{ {FIGURES} }}", font_config=fonts), "user")], fonts)
    page = HTML(string='<html lang="sv"><p>1')
    style = kept.of_page(page, TargetCollector())(page.etree_element.find(".//p"))
    with kept_work():
        lay_out(style, 2_000)
        before = memory_kb()
        lay_out(style, 20_000)
        assert memory_kb() - before < 1_000


def lay_out(style, texts):
    for _ in range(texts):
        layout = KeptLayout(style)
        layout.set_text("1 234,50")
        layout.get_first_line()


def memory_kb():
    return int(STATM.read_text().split()[PAGES_IN_MEMORY]) * os.sysconf("SC_PAGE_SIZE") // 1024
