"""A run that is killed at any moment and started again ends in the same books as one that ran undisturbed."""

import hashlib
import random
import signal
import time
from datetime import date

import pytest
from small_operator import (
    ANNAS_SIGN_UP,
    LATE_NIGHT,
    ask,
    books,
    differing,
    night_in_a_process,
    outbox,
    put,
    small_home,
    swish,
)

from pipelines.ledger import export_flow
from pipelines.nightly_flow import conduct, stages_named

KILLED_IN = ("ingest", "rate", "bill", "book", "deliver", "publish")


class PowerCutError(BaseException):
    """The machine stops here."""


def cut(*_args, **_kwargs):
    raise PowerCutError


@pytest.mark.slow
def test_a_night_killed_in_six_places_ends_in_the_same_books(invoiced, late, copy_of):
    home, (on, files) = copy_of(invoiced), LATE_NIGHT
    put(home, files)
    moments = random.Random(20261027)  # noqa: S311 (a test's own dice)
    for stage in KILLED_IN:
        with night_in_a_process(home, on) as night:
            for line in night.stdout:
                if line.endswith(f"{stage}\n"):
                    break
            time.sleep(moments.uniform(0, 0.2))
            night.kill()
        assert night.returncode == -signal.SIGKILL
    conduct(home, on)
    assert differing(books(late), books(home)) == []
    assert outbox(home) == outbox(late)
    states = dict(ask(home, "SELECT run_state, count(*) FROM run WHERE run_on = '2026-10-27' GROUP BY ALL"))
    assert states == {"failed": 6, "completed": 1}
    assert list(home.inbox.iterdir()) == []


@pytest.mark.slow
def test_a_file_committed_but_not_moved_is_moved_by_the_next_run_and_read_once(tmp_path, monkeypatch):
    home = small_home(tmp_path)
    put(home, {"a.jsonl": ANNAS_SIGN_UP})
    with monkeypatch.context() as broken:
        broken.setattr("os.rename", cut)
        with pytest.raises(PowerCutError):
            conduct(home, date(2026, 9, 20), stages=stages_named("ingest"))
    assert [path.name for path in home.inbox.iterdir()] == ["a.jsonl"]
    conduct(home, date(2026, 9, 20), stages=stages_named("ingest"))
    assert list(home.inbox.iterdir()) == []
    assert list(home.quarantine.iterdir()) == []
    assert ask(home, "SELECT file_state, rows_accepted FROM source_file") == [("archived", 1)]
    assert ask(home, "SELECT count(*) FROM request") == [(1,)]


@pytest.mark.slow
def test_a_ledger_file_committed_but_not_written_is_written_by_the_next_run_and_numbered_once(
    invoiced, copy_of, monkeypatch
):
    home = copy_of(invoiced)
    put(home, {"pay.csv": swish(("S1", "2026-10-02", "10,00", "100000199"))})
    conduct(home, date(2026, 10, 2), stages=stages_named("ingest", "settle", "book"))
    with monkeypatch.context() as broken:
        broken.setattr(export_flow, "write_whole", cut)
        with pytest.raises(PowerCutError):
            conduct(home, date(2026, 10, 2), stages=stages_named("ledger_file"))
    conduct(home, date(2026, 10, 3), stages=stages_named("ledger_file"))
    sql = "SELECT export_no, file_path, content_sha256 FROM ledger_export_file WHERE export_format = 'sie4i' ORDER BY 1"
    exports = ask(home, sql)
    assert [number for number, *_ in exports] == list(range(1, len(exports) + 1))
    for _, path, digest in exports:
        assert hashlib.sha256((home.root / path).read_bytes()).hexdigest() == digest
    assert ask(home, "SELECT count(*) FROM voucher ANTI JOIN exported_voucher USING (voucher_id)") == [(0,)]


@pytest.mark.slow
def test_a_half_written_file_in_the_inbox_is_left_alone(begun, copy_of):
    home = copy_of(begun)
    put(home, {"calls.csv.part": "CallId;Serv"})
    conduct(home, date(2026, 9, 21), stages=stages_named("ingest"))
    assert [path.name for path in home.inbox.iterdir()] == ["calls.csv.part"]
