"""Running a night again, late or out of order changes nothing that was right."""

from datetime import date

import pytest
from small_operator import ask, books, differing, outbox

from pipelines.nightly_flow import conduct

pytestmark = pytest.mark.slow


def test_the_same_night_twice_and_an_earlier_night_after_it_change_nothing(told, copy_of):
    home = copy_of(told)
    before, sent = books(home), outbox(home)
    again = conduct(home, date(2026, 11, 1))
    earlier = conduct(home, date(2026, 10, 1))
    assert (again.on, earlier.on) == (date(2026, 11, 1), date(2026, 11, 1))
    assert "asked for 2026-10-01, run as of 2026-11-01" in earlier.summary
    assert differing(before, books(home)) == []
    assert outbox(home) == sent
    assert ask(home, "SELECT count(*) FROM run WHERE run_state = 'completed'") == [(8,)]


def test_the_files_of_a_missed_night_are_caught_up_by_the_next_with_the_same_amounts(told, late):
    """Missed: 21 October. What it would have priced, matched and accrued is there on the 27th."""
    for sql in (
        "SELECT usage_id, billed_units, amount_ex_vat FROM rated_usage ORDER BY ALL",
        "SELECT payment_id, amount FROM payment WHERE booked_on < '2026-10-27' ORDER BY ALL",
        "SELECT allocation_id, amount FROM allocation WHERE allocated_on <= '2026-10-27' ORDER BY ALL",
        "SELECT commission_id, amount FROM commission WHERE accrued_on <= '2026-10-27' ORDER BY ALL",
        "SELECT reminder_id, fee_amount, open_amount, reminded_on FROM reminder ORDER BY ALL",
        "SELECT a_number, block_reason FROM block ORDER BY ALL",
    ):
        assert ask(late, sql) == ask(told, sql), sql


def test_every_file_leaves_the_inbox(told, late):
    assert [list(home.inbox.iterdir()) for home in (told, late)] == [[], []]
