"""The documented examples: one of every type at least, each valid."""

import json
from pathlib import Path

import pytest

from crm.request_models import REQUEST_MODELS
from pipelines.formats.layout import ReadContext
from pipelines.formats.request_lines import REQUEST_LINES

EXAMPLES = Path(__file__).resolve().parents[2] / "data" / "examples" / "requests.jsonl"
LINES = EXAMPLES.read_text(encoding="utf-8").splitlines()


def rows():
    parsed = REQUEST_LINES.read(EXAMPLES.read_bytes(), ReadContext("Europe/Stockholm", "SEK"))
    assert parsed.rejected.is_empty()
    return parsed.records


def test_there_is_an_example_of_every_type():
    assert {json.loads(line)["type"] for line in LINES} == set(REQUEST_MODELS)


@pytest.mark.parametrize("row", rows().to_dicts(), ids=lambda row: row["request_id"])
def test_an_example_is_valid(row):
    REQUEST_MODELS[row["request_type"]].model_validate_json(row["payload"])
