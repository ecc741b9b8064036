"""A document made again is the same file: in another process, on another day, with other hashes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.sample_documents import monthly_invoice
from invoicing.documents.brand import load_brand
from invoicing.documents.rendering import DocumentRenderer

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
from hashlib import sha256
from benchmarks.sample_documents import consolidated_invoice, credit_note, itemised_invoice, monthly_invoice
from invoicing.documents.brand import load_brand
from invoicing.documents.rendering import DocumentRenderer
renderer = DocumentRenderer(load_brand())
for document in {documents}:
    print(document.invoice_no, len(document.specification), sha256(renderer.render_invoice(document)).hexdigest())
"""
FORTH = "(monthly_invoice(), credit_note(), consolidated_invoice(3), itemised_invoice(80))"
BACK = "(itemised_invoice(80), consolidated_invoice(3), credit_note(), monthly_invoice())"


def hashes(documents, seed):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": seed,
        "TZ": "Asia/Tokyo" if seed == "2" else "UTC",
    }
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", PROGRAM.format(documents=documents)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted(done.stdout.splitlines())


@pytest.mark.slow
def test_two_processes_make_the_same_files_in_whatever_order():
    first = hashes(FORTH, "1")
    assert len(first) == 4
    assert hashes(BACK, "2") == first


def test_two_homes_make_the_same_file(tmp_path):
    """With a brand folder of their own, from which pictures and fonts would be found, and from the built-in one."""
    files = []
    for home in ("one", "another/home"):
        brand = tmp_path / home / "config" / "brand"
        brand.mkdir(parents=True)
        (brand / "texts_sv.toml").write_text('[invoice]\ntitle = "Faktura"\n', encoding="utf-8")
        files.append(DocumentRenderer(load_brand(brand)).render_invoice(monthly_invoice()))
    assert files[0] == files[1]
    assert DocumentRenderer(load_brand()).render_invoice(monthly_invoice()) == files[0]
