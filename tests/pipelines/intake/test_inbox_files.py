"""Files of the inbox are read ahead, and arrive as if each had been read in its turn."""

import hashlib

import pytest
from small_operator import SEPTEMBER_CALLS, small_home

from pipelines.configuration.reading import load_configuration
from pipelines.formats.layout import FileFaultError
from pipelines.intake import inbox_files
from pipelines.intake.inbox_files import arrivals


@pytest.fixture
def inbox(tmp_path):
    home = small_home(tmp_path / "home")

    def read(files, archived=()):
        paths = [home.inbox / name for name in files]
        for path, text in zip(paths, files.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        return arrivals(paths, load_configuration(home), archived)

    return read


def test_files_arrive_in_their_order_each_read_as_what_it_is(inbox):
    first, second, third = inbox({"b.csv": SEPTEMBER_CALLS, "a.txt": "nonsense", "c.csv": SEPTEMBER_CALLS + "\n"})
    assert [arrival.path.name for arrival in (first, second, third)] == ["b.csv", "a.txt", "c.csv"]
    assert first.file.content == SEPTEMBER_CALLS.encode()
    assert first.file.sha256 == hashlib.sha256(first.file.content).hexdigest()
    assert first.file.reading.layout.kind == "usage"
    assert second.file.reading.code == "UNRECOGNISED"
    assert first.file.reading.parsed.records.equals(third.file.reading.parsed.records)


def test_an_empty_inbox_has_no_arrivals(inbox):
    assert list(inbox({})) == []


def test_a_link_and_a_file_that_cannot_be_opened_arrive_with_their_fault(tmp_path):
    home = small_home(tmp_path / "home")
    link = home.inbox / "link.csv"
    link.symlink_to(tmp_path / "nowhere")
    arriving = arrivals([link, home.inbox / "absent.csv"], load_configuration(home), set())
    faults = [arrival.file for arrival in arriving]
    assert [type(fault) for fault in faults] == [FileFaultError, FileFaultError]
    assert ["links" in faults[0].text, "right to read" in faults[1].text] == [True, True]


def test_what_was_archived_is_not_read_again(inbox, monkeypatch):
    monkeypatch.setattr(inbox_files, "recognise", lambda *_: pytest.fail("it was read"))
    known = hashlib.sha256(SEPTEMBER_CALLS.encode()).hexdigest()
    (arrival,) = inbox({"a.csv": SEPTEMBER_CALLS}, {known})
    assert arrival.file.sha256 == known


def test_what_nobody_foresaw_is_raised_when_its_file_would_be_read(inbox, monkeypatch):
    recognise = inbox_files.recognise

    def broken(head, layouts):
        if head == b"second":
            raise RuntimeError("unforeseen")
        return recognise(head, layouts)

    monkeypatch.setattr(inbox_files, "recognise", broken)
    arriving = inbox({"1": SEPTEMBER_CALLS, "2": "second", "3": SEPTEMBER_CALLS})
    assert next(arriving).path.name == "1"
    with pytest.raises(RuntimeError, match="unforeseen"):
        next(arriving)
