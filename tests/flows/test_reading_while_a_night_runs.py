"""While a night runs, readers query the lake and the marts, and never see half a night in the marts."""

import time

import pytest
from small_operator import LATE_NIGHT, ask, asked_of_marts, night_in_a_process, put

from pipelines.publishing.marts import MARTS

pytestmark = pytest.mark.slow
# Before the night two invoices and nothing paid; after it three, 100 paid, and two reminders.
SEEN = """
    SELECT (SELECT count(*) FROM fact_invoice), (SELECT count(*) FROM fact_payment),
           (SELECT count(*) FROM fact_reminder),
           (SELECT count(*) FROM customer_card), (SELECT count(*) FROM duckdb_tables() WHERE database_name = 'marts')
"""
BEFORE, AFTER = (2, 0, 0, 2, len(MARTS)), (3, 1, 2, 3, len(MARTS))


def test_readers_are_never_shut_out_and_the_marts_change_at_once(invoiced, copy_of):
    home, (on, files) = copy_of(invoiced), LATE_NIGHT
    put(home, files)
    in_marts, in_lake = [], []
    with night_in_a_process(home, on) as night:
        while night.poll() is None:
            in_marts += asked_of_marts(home, SEEN)
            in_lake += ask(
                home, "SELECT (SELECT count(*) FROM invoice), (SELECT count(DISTINCT invoice_no) FROM invoice_line)"
            )
            time.sleep(0.2)
        assert night.returncode == 0, night.stdout.read()
    in_marts += asked_of_marts(home, SEEN)
    assert len(in_lake) > 1
    assert all(invoices == with_lines for invoices, with_lines in in_lake)
    assert set(in_marts) == {BEFORE, AFTER}
    assert in_marts == sorted(in_marts)
