"""Many small files become one, and nothing that anybody reads changes, now or in the past."""

from datetime import date

import polars as pl
import pytest

from pipelines.lake import compact_flow
from pipelines.lake.compact_flow import compact
from pipelines.nightly_flow import night_at
from schemas import tables

ON = date(2026, 10, 1)


def batches(first, count):
    """Make one row of daily spend for each batch, so large that DuckLake writes a file of it."""
    rows = pl.int_range(20, dtype=pl.Int64)
    return [
        pl.select(
            subscription_id=rows + 500001, account_id=20001, spend_on=ON, list_amount=1, rated_batch=first + number
        ).cast(tables.DAILY_SPEND.schema)
        for number in range(count)
    ]


@pytest.fixture
def night(begun, copy_of):
    with night_at(copy_of(begun), ON) as opened:
        yield opened


def test_many_small_files_become_one_and_every_snapshot_reads_as_before(night, monkeypatch):
    store = night.store
    monkeypatch.setattr(compact_flow, "MANY_FILES", 5)
    for frame in batches(10, 6):
        with store.transaction("a batch"):
            store.append(tables.DAILY_SPEND, frame)
    everything = {table.name: store.read(table).sort(table.key) for table in tables.TABLES}
    snapshots = store.snapshots_of(tables.DAILY_SPEND, "true")
    past = [store.read_at(tables.DAILY_SPEND, each).sort(tables.DAILY_SPEND.key) for each in snapshots]

    assert compact(night)[:2] == (6, 1)
    store.look_again()

    assert store.query("FROM ducklake_list_files('lake', 'daily_spend')").height < 6
    assert all(store.read(table).sort(table.key).equals(everything[table.name]) for table in tables.TABLES)
    assert store.snapshots_of(tables.DAILY_SPEND, "true") == snapshots
    assert len(snapshots) == 7
    for each, before in zip(snapshots, past, strict=True):
        assert store.read_at(tables.DAILY_SPEND, each).sort(tables.DAILY_SPEND.key).equals(before)
    with store.transaction("one more"):
        store.append(tables.DAILY_SPEND, batches(90, 1)[0])


def test_few_files_are_left_alone(night):
    assert compact(night)[3] == "few small files"
