"""What readers know of currencies: which money the books can take, and which may be tried again."""

from datetime import date

import pytest

from pipelines.formats.layout import ReadContext

BEFORE = ReadContext("Europe/Stockholm", "SEK")
LATE = ReadContext("Europe/Stockholm", "SEK", {"EUR": date(2026, 10, 1)})
EARLY = ReadContext("Europe/Stockholm", "SEK", {"EUR": date(2026, 9, 1)})
DAY = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("set_aside", "now", "may_be_taken"),
    [(BEFORE, BEFORE, False), (BEFORE, LATE, True), (LATE, LATE, False), (LATE, EARLY, True), (LATE, BEFORE, False)],
    ids=["no rate yet", "a rate came", "the same rates", "a rate from before came", "the rate is gone again"],
)
def test_money_set_aside_for_its_currency_may_be_taken_when_the_rates_have_changed(set_aside, now, may_be_taken):
    assert now.may_have_come(set_aside.currency_fault("EUR", DAY)) is may_be_taken
