"""The files of one night may come in any order, under any names: the night ends the same."""

import itertools
import json
from datetime import date

import polars as pl
import pytest
from small_operator import ANNAS_NUMBER, books, calls, put, sign_up, swish

from pipelines.nightly_flow import conduct

pytestmark = pytest.mark.slow
ON = date(2026, 9, 22)
NEW = "46701740650"


def act(request_id, kind, at, **payload):
    """One request of an agent, made at an hour of 20 September."""
    envelope = {"request_id": request_id, "type": kind, "channel": "agent", "requested_at": f"2026-09-20T{at}+02:00"}
    return json.dumps({**envelope, "effective_on": "2026-09-21", **payload}) + "\n"


FILES = (
    sign_up("s-1", "Dora Lind", "mobile_small", [NEW], on="2026-09-18"),
    act("g-1", "remove_number", "10:00:00", number=NEW)
    + act("b-1", "block", "12:00:00", number=ANNAS_NUMBER, reason="fraud"),
    act("a-1", "add_number", "11:00:00", number=ANNAS_NUMBER, new_number=NEW),
    calls(
        ("d1", "46701740699", "2026-09-19T10:00:00", "00:01:00", "answered", NEW),
        ("d2", "46701740699", "2026-09-21T10:00:00", "00:01:00", "answered", NEW),
    ),
    swish(("P1", "2026-09-21", "50,00", "123")),
)  # fmt: skip


def night_of(home, files):
    put(home, {f"{place}{suffix(content)}": content for place, content in enumerate(files)})
    conduct(home, ON)
    found = books(home)
    return {name: frame.drop("file_name", strict=False).sort(pl.all()) for name, frame in found.items()}


def suffix(content):
    return ".jsonl" if content.startswith("{") else ".csv"


def test_whatever_their_order_the_books_are_the_same(begun, copy_of):
    """Dora's call is hers while she has the number, the one after it moved is Anna's, whichever file is read first."""
    orders = list(itertools.permutations(FILES))[::40]
    first, *others = (night_of(copy_of(begun, f"home{n}"), files) for n, files in enumerate(orders))
    assert first["rated_usage"].height == 4
    for other in others:
        assert [name for name in first if not first[name].equals(other[name])] == []
