"""Many rows move as whole Parquet files, and mean the same as rows that were inserted."""

import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.home import Home, create_home
from pipelines.lake.store import Store, open_store
from pipelines.lake.store_error import StoreError
from schemas import tables
from schemas.policy import StorePolicy

EMBEDDED = StorePolicy(account_buckets=4)
MANY = 12_000  # enough for a file of their own
MIDNIGHT = datetime(2026, 10, 1, tzinfo=UTC)
_DEFAULTS = {
    pl.String: pl.lit("x"),
    pl.Int64: pl.lit(1),
    pl.Date: pl.lit(date(2026, 10, 1)),
    pl.Decimal: pl.lit(Decimal("1.000001")),
    pl.Datetime: pl.lit(MIDNIGHT),
}


def rows_of(table, name, count, **columns):
    """Rows with the key `name-0` and so on in their first column; columns not given hold a value of their type."""
    values = {c: _DEFAULTS[dtype.base_type()] for c, dtype in table.schema.items() if c not in table.nullable}
    values[table.names[0]] = pl.format("{}-{}", pl.lit(name), "number")
    empty = {c: pl.lit(None) for c in table.nullable}
    frame = pl.select(pl.int_range(count).alias("number")).with_columns(**(empty | values | columns))
    return frame.select(table.names).cast(table.schema)


def usage_of(name, count, day=1, **columns):
    """Records spread over one UTC day."""
    moment = pl.lit(MIDNIGHT + timedelta(days=day - 1)) + pl.duration(seconds=pl.col("number") % 86_400)
    row = {"received_on": pl.lit(date(2026, 10, day)), "record_no": pl.col("number") + 1, "started_at": moment}
    return rows_of(tables.USAGE, name, count, **(row | columns))


def sorted_rows(frame):
    return frame.sort(frame.columns[0])


def all_of(batches):
    return sorted_rows(pl.concat(batches))


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory):
    home = create_home(tmp_path_factory.mktemp("empty"))
    with open_store(home, EMBEDDED):
        return home


@pytest.fixture
def store(empty_home, tmp_path):
    shutil.copytree(empty_home.root, tmp_path, dirs_exist_ok=True)
    with open_store(Home(tmp_path), EMBEDDED) as opened:
        opened.execute("SELECT 1")  # from here on it looks at the lake itself
        yield opened


@pytest.mark.parametrize("count", [3, MANY], ids=["a few rows", "a file"])
def test_rows_appended_as_a_file_come_back_as_they_were(store, count):
    frame = usage_of("a", count)
    with store.transaction("usage"):
        assert store.append_file(tables.USAGE, frame) == count
        assert store.count(tables.USAGE) == count  # seen within its own transaction
    assert sorted_rows(store.read(tables.USAGE)).equals(sorted_rows(frame))


def test_a_partitioned_table_takes_many_rows_too(store):
    frame = rows_of(tables.CHARGE, "c", MANY, account_bucket=pl.col("number") % 4)
    with store.transaction("charges"):
        store.append_file(tables.CHARGE, frame)
    assert sorted_rows(store.read(tables.CHARGE)).equals(sorted_rows(frame))


def test_a_transaction_undone_leaves_no_row_of_the_file(store):
    with pytest.raises(ZeroDivisionError), store.transaction("broken"):  # noqa: PT012 (undone as a whole)
        store.append_file(tables.USAGE, usage_of("never", MANY))
        raise ZeroDivisionError
    assert store.count(tables.USAGE) == 0


def test_a_file_that_cannot_be_written_whole_is_not_there(store, monkeypatch):
    def full(_frame, path, **_options):
        Path(path).write_bytes(b"PAR1 and no more")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(OSError, match="No space"), store.transaction("full"):
        store.append_file(tables.USAGE, usage_of("full", MANY))
    assert not list(Path(store.query("SELECT data_path FROM ducklake_settings('lake')").item()).rglob("*.parquet"))


@pytest.mark.parametrize("data_path", ["files of 'lake'", "there/below"])
def test_a_data_path_relative_to_the_working_folder_serves_as_well(tmp_path, monkeypatch, data_path):
    monkeypatch.chdir(tmp_path)
    policy = StorePolicy(account_buckets=4, data_path=data_path)
    frame = usage_of("r", MANY)
    with open_store(create_home(tmp_path / "home"), policy) as relative:
        relative.append_file(tables.USAGE, frame)
    assert len(list((tmp_path / data_path / "main" / "usage").glob("*.parquet"))) == 1
    with open_store(create_home(tmp_path / "home"), policy) as again:
        assert all_of(again.batches(tables.USAGE)).equals(sorted_rows(frame))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.select(reversed(f.columns)), "the rows have the columns"),
        (lambda f: f.drop("line_no"), "the rows have the columns"),
        (lambda f: f.with_columns(pl.col("line_no").cast(pl.Int32)), "the rows have the columns"),
        (lambda f: f.with_columns(pl.col("started_at").dt.convert_time_zone("CET")), "the rows have the columns"),
        (lambda f: f.with_columns(pl.lit(None, pl.String).alias("service")), "no value in service,"),
    ],
    ids=["order", "missing", "type", "zone", "null"],
)
@pytest.mark.parametrize("count", [3, MANY])
def test_rows_that_are_not_the_tables_are_refused(store, change, says, count):
    with pytest.raises(StoreError, match=says):
        store.append_file(tables.USAGE, change(usage_of("misfit", count)))


def test_many_rows_appended_keep_the_refusal_of_double_keys(store):
    payments = rows_of(tables.PAYMENT, "p", MANY, currency=pl.lit("SEK"), payment_kind=pl.lit("received"))
    store.append(tables.PAYMENT, payments)
    with pytest.raises(StoreError, match="0 keys twice in the new rows, 1 there before"):
        store.append(tables.PAYMENT, payments.head(1))
    with pytest.raises(StoreError, match=f"1 keys twice in the new rows, {MANY} there before"):
        store.append(tables.PAYMENT, pl.concat([payments, payments.head(1)]))


def test_a_double_key_is_found_by_every_column_of_the_key(store):
    numbers = rows_of(tables.NUMBER_ASSIGNMENT, "46", 3)
    store.append(tables.NUMBER_ASSIGNMENT, numbers.with_columns(a_number=pl.lit("46701740605")).unique("a_number"))
    later = numbers.head(1).with_columns(a_number=pl.lit("46701740605"), owned_from=pl.col("owned_from") + timedelta(1))
    assert store.append(tables.NUMBER_ASSIGNMENT, later) == 1
    with pytest.raises(StoreError, match="1 there before"):
        store.append(tables.NUMBER_ASSIGNMENT, later)


@pytest.mark.parametrize(
    "where",
    [
        "started_on = DATE '2026-10-02'",
        "account_bucket = 2",
        "started_at >= TIMESTAMPTZ '2026-10-02 00:00:00+00'",
        "amount_ex_vat > 1.5",
        "rated_batch = 2",
    ],
)
def test_a_question_about_one_night_opens_only_that_nights_file(store, where):
    for day in (1, 2):
        frame = rows_of(
            tables.RATED_USAGE, f"d{day}", MANY, started_on=pl.lit(date(2026, 10, day)), account_bucket=pl.lit(day),
            started_at=pl.lit(MIDNIGHT + timedelta(days=day - 1)), amount_ex_vat=pl.lit(Decimal(day)),
            rated_batch=pl.lit(day),
        )  # fmt: skip
        store.append_file(tables.RATED_USAGE, frame)
    sql = f"SELECT count(*) AS n FROM rated_usage WHERE {where}"  # noqa: S608 (the cases above)
    assert store.query(sql)["n"].to_list() == [MANY]
    assert "Total Files Read: 1" in str(store.query(f"EXPLAIN ANALYZE {sql}").item(0, 1))


def test_values_that_only_differ_far_from_their_beginning_are_told_apart(store):
    long = "a" * 120
    store.append_file(tables.USAGE, usage_of(f"{long}-1", MANY))
    store.append_file(tables.USAGE, usage_of(f"{long}-2", MANY))
    assert store.read(tables.USAGE, "usage_id = ?", [f"{long}-2-7"])["record_no"].to_list() == [8]


def test_batches_are_the_tables_rows_in_its_types_and_never_larger_than_asked(store):
    for day in (1, 2, 3):
        store.append_file(tables.USAGE, usage_of(f"d{day}", MANY, day))
    batches = list(store.batches(tables.USAGE, rows=10_000))
    assert [b.height for b in batches] == [10_000, 2_000, 10_000, 2_000, 10_000, 2_000]
    assert [b.height for b in store.batches(tables.USAGE, rows=25_000)] == [24_000, 12_000]
    assert all(b.schema == tables.USAGE.schema for b in batches)
    assert all_of(batches).equals(sorted_rows(store.read(tables.USAGE)))


def test_batches_of_a_condition_hold_its_rows_and_the_columns_asked_for(store):
    for day in (1, 2):
        store.append_file(tables.USAGE, usage_of(f"d{day}", MANY, day))
    found = list(store.batches(tables.USAGE, "record_no <= ? AND received_on = ?", [3, date(2026, 10, 2)],
                               columns=["started_at", "usage_id"]))  # fmt: skip
    moments = [MIDNIGHT + timedelta(days=1, seconds=second) for second in range(3)]
    assert [b.rows() for b in found] == [list(zip(moments, ["d2-0", "d2-1", "d2-2"], strict=True))]
    assert list(store.batches(tables.USAGE, "record_no < 0")) == []


def test_batches_leave_out_what_was_deleted_and_hold_what_the_catalog_keeps(store):
    """Small deletions and inserts lie in the catalog, larger ones in files; a changed row is both."""
    store.append_file(tables.USAGE, usage_of("file", MANY))
    store.append_file(tables.USAGE, usage_of("few", 3, 2))
    store.append_file(tables.USAGE, usage_of("inserted", 500, 3))
    store.execute("DELETE FROM usage WHERE usage_id = 'file-7'")
    store.execute("DELETE FROM usage WHERE record_no BETWEEN 1000 AND 6000")
    store.execute("UPDATE usage SET service = 'changed' WHERE usage_id = 'inserted-9'")
    rows = all_of(store.batches(tables.USAGE, rows=1_000))
    assert rows.height == (MANY - 1 - 5_001) + 3 + 500
    assert rows.equals(sorted_rows(store.read(tables.USAGE)))


def test_batches_see_their_own_transaction_and_let_it_write_meanwhile(store):
    store.append_file(tables.USAGE, usage_of("before", MANY))
    with store.transaction("going on"):
        store.append_file(tables.USAGE, usage_of("within", MANY, 2))
        for batch in store.batches(tables.USAGE, rows=MANY):
            store.append_file(tables.WAITING_USAGE, batch.head(1))
    assert set(store.read(tables.WAITING_USAGE)["usage_id"]) == {"before-0", "within-0"}


def test_an_object_store_is_read_and_written_by_duckdb_alone(store, monkeypatch):
    monkeypatch.setattr(Store, "_has_local_files", property(lambda _store: False))
    frame = usage_of("remote", MANY)
    store.append_file(tables.USAGE, frame)
    batches = list(store.batches(tables.USAGE, rows=5_000))
    assert [b.height for b in batches] == [5_000, 5_000, 2_000]
    assert all_of(batches).equals(sorted_rows(frame))
