"""Tables of commands: sentences are folded, and what is copied or compared never is."""

import pytest
from rich.console import Console

from pipelines.cli import screen

NAME = "coupon:FIFTY:20001:2026-10-01:standard:3044"


@pytest.fixture
def shown(monkeypatch, capsys):
    """Return a function that shows a table on a screen of a width and returns its lines."""

    def show(width, *rows):
        monkeypatch.setattr(screen, "console", Console(width=width))
        screen.show_table(["name", "amount", "what"], rows, figures={1})
        return capsys.readouterr().out.splitlines()

    return show


def test_a_name_and_a_number_stay_whole_where_the_screen_is_too_narrow(shown):
    lines = shown(50, (NAME, "-123,456.78", "a sentence of some length that is folded into lines"))
    assert any(NAME in line and "-123,456.78" in line for line in lines)
    assert not any("folded into lines" in line and NAME in line for line in lines)


def test_what_fits_is_as_wide_as_it_is(shown):
    assert max(map(len, shown(80, ("a", "1", "two words")))) < 40
