"""The commands `nightbill ledger`, on the small operator's books."""

import pytest
from beancount import loader

from pipelines.formats.sie4 import read_sie4

pytestmark = pytest.mark.slow


def test_batches_are_listed_and_one_is_written_again(invoiced, copy_of, nightbill):
    home = copy_of(invoiced)
    path = home.outbox / "ledger" / "ledger_000001.si"
    before = path.read_bytes()
    path.unlink()
    code, out, _ = nightbill("ledger", "list", "--home", home.root)
    assert (code, "written" in out) == (0, True)
    code, out, _ = nightbill("ledger", "again", 1, "--home", home.root)
    assert (code, out.split()) == (0, ["outbox/ledger/ledger_000001.si", "outbox/ledger/ledger_000001.json"])
    assert path.read_bytes() == before


def test_a_batch_that_does_not_exist_or_was_read_is_not_written_again(invoiced, copy_of, nightbill):
    home = copy_of(invoiced)
    path = home.outbox / "ledger" / "ledger_000001.si"
    path.write_bytes(path.read_bytes().replace(b"#FLAGGA 0", b"#FLAGGA 1"))
    assert nightbill("ledger", "again", 99, "--home", home.root)[0] == 2
    assert nightbill("ledger", "again", 1, "--home", home.root)[0] == 2
    assert nightbill("ledger", "again", 1, "--even-if-read", "--home", home.root)[0] == 0
    assert path.read_bytes().startswith(b"#FLAGGA 0")


def test_a_full_year_and_a_journal_are_written_where_they_say(invoiced, copy_of, nightbill):
    home = copy_of(invoiced)
    code, out, _ = nightbill("ledger", "full", "--year", 2026, "--home", home.root)
    full = home.outbox / "ledger" / "full_2026.se"
    assert (code, out.strip()) == (0, str(full))
    assert read_sie4(full.read_bytes()).balances.height > 0
    code, out, _ = nightbill("ledger", "journal", "--from", "2026-10-01", "--home", home.root)
    assert code == 0
    assert loader.load_file(out.strip())[1] == []


def test_a_year_without_books_and_a_span_that_ends_before_it_begins_are_refused(invoiced, copy_of, nightbill):
    home = copy_of(invoiced)
    code, _, error = nightbill("ledger", "full", "--year", 1999, "--home", home.root)
    assert code == 2
    assert "nothing was booked" in error
    assert not (home.outbox / "ledger" / "full_1999.se").exists()
    code, _, error = nightbill("ledger", "journal", "--from", "2026-09-01", "--to", "2026-08-01", "--home", home.root)
    assert (code, "is after 2026-08-01" in error) == (2, True)


def test_an_export_now_posts_and_proves_before_it_writes(invoiced, copy_of, nightbill):
    home = copy_of(invoiced)
    code, out, _ = nightbill("ledger", "export", "--home", home.root, "--on", "2026-10-02")
    assert code == 0
    assert [word for word in ("book", "prove", "ledger_file") if word in out] == ["book", "prove", "ledger_file"]
