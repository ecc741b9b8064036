"""The lake keeps what it was given, whole or not at all, with its types and descriptions."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from pandera.errors import SchemaErrors

from pipelines.home import create_home
from pipelines.lake.store import Store, open_store
from pipelines.lake.store_error import StoreError
from pipelines.lake.table_sql import ddl, sql_type
from schemas import tables
from schemas.policy import StorePolicy

EMBEDDED = StorePolicy(account_buckets=4)
BIGGEST = Decimal("9999999999999999.99")  # 18 digits
MOMENT = datetime(2026, 10, 25, 0, 59, 59, 123456, tzinfo=UTC)  # 02:59:59 in Stockholm, the first time round


def payment(payment_id, amount=Decimal(1)):
    row = {"payment_id": payment_id, "payment_kind": "received", "exchange_rate": Decimal(1), "home_amount": amount,
           "payee_account": "1", "booked_on": date(2026, 1, 1), "amount": amount,
           "currency": "SEK", "reference_text": None, "payer_name": None, "payer_account": None,
           "received_on": date(2026, 1, 2)}  # fmt: skip
    return pl.DataFrame([row], schema=tables.PAYMENT.schema)


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """A new lake; each test uses keys of its own."""
    home = create_home(tmp_path_factory.mktemp("lake"))
    with open_store(home, EMBEDDED) as store:
        store.execute("SELECT 1")  # from here on it looks at the lake itself
        yield home, store


def test_a_key_that_is_there_already_is_refused_and_the_whole_transaction_leaves_nothing(lake):
    _, store = lake
    with store.transaction("first"):
        store.append(tables.PAYMENT, payment("twice"))
    refusal = r"0 keys twice in the new rows, 1 there before \(key: payment_id\)"
    with pytest.raises(StoreError, match=refusal), store.transaction("second"):  # noqa: PT012 (undone as a whole)
        store.append(tables.PAYMENT, payment("before-it"))
        store.append(tables.PAYMENT, payment("twice"))
    assert store.read(tables.PAYMENT, "payment_id IN ('twice', 'before-it')")["payment_id"].to_list() == ["twice"]


def test_a_key_twice_in_the_new_rows_is_refused(lake):
    _, store = lake
    with pytest.raises(StoreError, match="1 keys twice in the new rows"), store.transaction("twice"):
        store.append(tables.PAYMENT, pl.concat([payment("same"), payment("same", Decimal(2))]))


def test_an_error_within_a_transaction_leaves_nothing_and_the_store_goes_on(lake):
    _, store = lake
    with pytest.raises(ZeroDivisionError), store.transaction("broken"):  # noqa: PT012 (undone as a whole)
        store.append(tables.PAYMENT, payment("never"))
        raise ZeroDivisionError
    with store.transaction("after it"):
        store.append(tables.PAYMENT, payment("after"))
    assert store.read(tables.PAYMENT, "payment_id IN ('never', 'after')")["payment_id"].to_list() == ["after"]


def test_a_value_that_breaks_its_columns_definition_is_refused(lake):
    _, store = lake
    with pytest.raises(SchemaErrors), store.transaction("bad"):
        store.append(tables.PAYMENT, payment("bad").with_columns(pl.lit("kronor").alias("currency")))


def test_amounts_of_18_digits_come_back_exactly(lake):
    _, store = lake
    with store.transaction("big"):
        store.append(tables.PAYMENT, payment("big", BIGGEST))
    back = store.read(tables.PAYMENT, "payment_id = 'big'")
    assert back["amount"].to_list() == [BIGGEST]
    assert back.schema == tables.PAYMENT.schema


def test_moments_come_back_in_utc_to_the_microsecond_even_in_the_hour_that_comes_twice(lake):
    _, store = lake
    rows = [("46701740610", 1, MOMENT, None), ("46701740610", 2, MOMENT.replace(hour=1), MOMENT.replace(hour=2))]
    frame = pl.DataFrame(rows, schema=tables.NUMBER_ASSIGNMENT.schema, orient="row")
    with store.transaction("numbers"):
        store.append(tables.NUMBER_ASSIGNMENT, frame)
    assert store.read(tables.NUMBER_ASSIGNMENT).sort("subscription_id").equals(frame)


def test_upsert_replaces_rows_of_the_same_key_and_appends_the_others(lake):
    _, store = lake
    with store.transaction("upsert"):
        store.append(tables.PAYMENT, payment("u1"))
        store.upsert(tables.PAYMENT, pl.concat([payment("u1", Decimal(5)), payment("u2", Decimal(6))]))
    back = store.read(tables.PAYMENT, "payment_id IN ('u1', 'u2')").sort("payment_id")
    assert back.select("payment_id", "amount").rows() == [("u1", Decimal(5)), ("u2", Decimal(6))]


def test_rows_are_found_by_the_values_of_a_frame(lake):
    _, store = lake
    with store.transaction("matching"):
        store.append(tables.PAYMENT, pl.concat([payment("m1"), payment("m2"), payment("m3")]))
    wanted = pl.DataFrame({"payment_id": ["m1", "m3", "m3", "m9"]})
    assert sorted(store.read_matching(tables.PAYMENT, wanted)["payment_id"]) == ["m1", "m3"]


def test_every_table_and_column_carries_its_description(lake):
    _, store = lake
    found = store.query(
        "SELECT table_name, column_name, comment FROM duckdb_columns() "
        "WHERE database_name = 'lake' AND comment IS NOT NULL"
    )
    described = {(table.name, column.name, column.description) for table in tables.TABLES for column in table.columns}
    assert described <= set(found.rows())
    of_tables = store.query("SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'lake'")
    assert {(table.name, table.description) for table in tables.TABLES} <= set(of_tables.rows())


def test_a_read_only_store_reads_what_is_committed_and_cannot_write(lake):
    home, store = lake
    with store.transaction("seen"):
        store.append(tables.PAYMENT, payment("seen"))
    with open_store(home, EMBEDDED, read_only=True) as reader:
        assert reader.read(tables.PAYMENT, "payment_id = 'seen'").height == 1
        with pytest.raises(duckdb.Error), reader.transaction("no"):
            reader.append(tables.PAYMENT, payment("unwanted"))
        with pytest.raises(duckdb.Error):
            reader.execute("DROP TABLE payment")
    assert store.read(tables.PAYMENT, "payment_id = 'unwanted'").is_empty()


def test_a_reader_does_not_see_what_is_not_committed(lake):
    home, store = lake
    with open_store(home, EMBEDDED, read_only=True) as reader:
        with store.transaction("slow"):
            store.append(tables.PAYMENT, payment("pending"))
            assert reader.read(tables.PAYMENT, "payment_id = 'pending'").is_empty()
        assert reader.read(tables.PAYMENT, "payment_id = 'pending'").height == 1


def test_an_earlier_moment_can_be_read_again(lake):
    _, store = lake
    before = store.snapshot_id()
    with store.transaction("later"):
        store.append(tables.PAYMENT, payment("later"))
    sql = f"SELECT payment_id FROM payment AT (VERSION => {before}) WHERE payment_id = 'later'"  # noqa: S608 (a number)
    assert store.query(sql).is_empty()
    assert store.snapshot_id() == before + 1


def test_opening_a_lake_again_creates_nothing_new(lake):
    home, store = lake
    before = store.snapshot_id()
    with open_store(home, EMBEDDED):
        pass
    assert store.snapshot_id() == before


def test_a_lake_of_another_version_is_refused_with_the_columns_that_differ(tmp_path):
    home = create_home(tmp_path)
    with open_store(home, EMBEDDED) as store:
        store.execute("ALTER TABLE payment DROP COLUMN payer_name")
        store.execute("ALTER TABLE payment ADD COLUMN colour VARCHAR")
    with pytest.raises(StoreError, match="payment is another version's: it lacks payer_name, and holds colour"):
        Store(home, EMBEDDED)


def test_the_ledger_is_partitioned_by_account_bucket_and_month():
    statements = ddl(tables.LEDGER_ENTRY, "lake")
    parts = "account_bucket, year(posted_on), month(posted_on)"
    assert f"ALTER TABLE lake.ledger_entry SET PARTITIONED BY ({parts})" in statements


@pytest.mark.parametrize("table", [tables.USAGE, tables.RATED_USAGE, tables.CHARGE], ids=lambda table: table.name)
def test_tables_whose_files_are_written_outside_the_lake_are_not_partitioned(table):
    """DuckLake cannot take a file into a partitioned table; statistics of each file let a reader pass over it."""
    assert not [statement for statement in ddl(table, "lake") if "PARTITIONED" in statement]


def test_a_type_the_store_does_not_keep_is_refused_by_name():
    with pytest.raises(StoreError, match="no SQL type for Float64"):
        sql_type(pl.Float64())


def test_a_missing_extension_names_the_package_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.lake.connection.extension_file", lambda _name: None)
    with pytest.raises(StoreError, match="Install duckdb-extension-ducklake=="):
        Store(create_home(tmp_path), EMBEDDED)
