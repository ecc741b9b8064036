"""The documents that speed is measured with are drawn, and the figures are of what they say."""

import json

import pytest

from benchmarks.document_speed import main

pytestmark = pytest.mark.slow


def test_speed_is_measured_over_all_documents_with_progress(capsys):
    figures = main(["--documents", "22", "--lines", "60", "--processes", "1"])
    shown = capsys.readouterr()
    assert json.loads(shown.out) == figures
    assert [line.split(" documents")[0] for line in shown.err.splitlines()] == ["20 of 22", "22 of 22"]
    assert figures["one_page_invoices"] == 22
    assert min(figures["a_second"], figures["ms_per_itemised_line"], figures["memory_early_mb"]) > 0
