"""What a store holds in memory is what stands in the lake, after every write and every rollback."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.home import create_home
from pipelines.lake.held_tables import MOST_ROWS
from pipelines.lake.store import open_store
from pipelines.lake.store_error import StoreError
from schemas import tables
from schemas.policy import StorePolicy

EMBEDDED = StorePolicy(account_buckets=4)


def lines(invoice_no, count=1, amount=1):
    """Write rows of `billed_charge`."""
    rows = [(f"c{invoice_no}-{n}", invoice_no, n, Decimal(amount)) for n in range(1, count + 1)]
    return pl.DataFrame(rows, schema=tables.BILLED_CHARGE.schema, orient="row")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a lake; each test uses invoices of its own."""
    home = create_home(tmp_path_factory.mktemp("held"))
    with open_store(home, EMBEDDED):
        return home


@pytest.fixture
def store(home):
    """The lake, open to a run."""
    with open_store(home, EMBEDDED) as store:
        yield store


def of(store, invoice_no):
    return store.read(tables.BILLED_CHARGE, "invoice_no = ? ORDER BY entry_no", [invoice_no])


def in_the_lake(store, invoice_no):
    return store.query(f"SELECT * FROM lake.billed_charge WHERE invoice_no = {invoice_no} ORDER BY entry_no")  # noqa: S608 (a number)


def test_every_way_of_writing_reaches_the_lake_and_what_is_held(store):
    assert of(store, 1).is_empty()
    with store.transaction("write"):
        store.append(tables.BILLED_CHARGE, lines(1, 3))
        store.upsert(tables.BILLED_CHARGE, lines(1, 1, amount=9))
        store.delete(tables.BILLED_CHARGE, lines(1, 3)[1:2])
        store.delete_where(tables.BILLED_CHARGE, "charge_id = ?", ["c1-3"])
    assert of(store, 1)["amount_ex_vat"].to_list() == [9]
    assert of(store, 1).equals(in_the_lake(store, 1))


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_about_as_many_rows_as_may_be_held_are_all_seen(tmp_path, more):
    with open_store(create_home(tmp_path / "home"), EMBEDDED) as store:
        assert of(store, 1).is_empty()
        store.append(tables.BILLED_CHARGE, lines(1, MOST_ROWS + more))
        assert of(store, 1).height == in_the_lake(store, 1).height == MOST_ROWS + more


def test_a_rollback_undoes_what_is_held_too(store):
    assert of(store, 2).is_empty()
    with pytest.raises(ZeroDivisionError), store.transaction("undone"):  # noqa: PT012 (undone as a whole)
        store.append(tables.BILLED_CHARGE, lines(2))
        assert of(store, 2).height == 1
        raise ZeroDivisionError
    assert of(store, 2).is_empty()


def test_a_table_that_grows_large_is_held_no_longer_and_read_whole(store):
    assert of(store, 3).is_empty()
    with store.transaction("many"):
        store.append(tables.BILLED_CHARGE, lines(3, MOST_ROWS - 1))
    with store.transaction("more"):
        store.append(tables.BILLED_CHARGE, lines(4, 2))
    assert (of(store, 3).height, of(store, 4).height) == (MOST_ROWS - 1, 2)
    with store.transaction("fewer"):
        store.delete(tables.BILLED_CHARGE, lines(3, MOST_ROWS))
    assert (of(store, 3).height, of(store, 4).height) == (0, 2)


def test_what_another_wrote_is_seen_when_the_store_looks_again(home, store):
    """A table that was empty, and one that had rows."""
    with store.transaction("first"):
        store.append(tables.BILLED_CHARGE, lines(5))
    assert (of(store, 5).height, store.count(tables.PAYER)) == (1, 0)
    with store.transaction("nothing"):
        pass  # ends reading, which keeps others from writing
    with open_store(home, EMBEDDED) as other:
        other.execute("DELETE FROM billed_charge WHERE invoice_no = 5")
        other.execute("INSERT INTO payer SELECT 1, DATE '2026-01-01', 2, 'r'")
    store.look_again()
    assert of(store, 5).is_empty()
    assert store.read(tables.PAYER)["valid_from"].to_list() == [date(2026, 1, 1)]


def test_rows_that_a_statement_of_its_own_wrote_are_read_at_once(store):
    with store.transaction("by hand"):
        assert of(store, 6).is_empty()
        store.execute("INSERT INTO billed_charge SELECT 'c6-1', 6, 1, 1")
        assert of(store, 6).equals(lines(6))
    assert of(store, 6).equals(lines(6))


def test_a_write_outside_a_transaction_is_committed_by_itself(home, store):
    assert of(store, 7).is_empty()
    store.append(tables.BILLED_CHARGE, lines(7))
    with open_store(home, EMBEDDED, read_only=True) as reader:
        assert of(reader, 7).height == 1


def test_a_question_that_fails_leaves_the_store_as_it_was(store):
    with pytest.raises(Exception, match="nowhere"):
        store.query("SELECT * FROM nowhere, billed_charge")
    assert of(store, 8).is_empty()


def test_batches_of_a_held_table_are_its_rows(store):
    with store.transaction("batches"):
        store.append(tables.BILLED_CHARGE, lines(9, 5))
    found = list(store.batches(tables.BILLED_CHARGE, "invoice_no = 9", rows=2, columns=["charge_id"]))
    assert [frame.height for frame in found] == [2, 2, 1]
    assert pl.concat(found)["charge_id"].to_list() == [f"c9-{n}" for n in range(1, 6)]


def test_a_table_nobody_wrote_to_has_statistics(store):
    """Without any, DuckLake looks for them again for each column of each query."""
    sql = "SELECT count(*) AS n FROM __ducklake_metadata_lake.ducklake_table_stats"
    assert store.query(sql)["n"][0] == len(tables.TABLES)


def test_a_query_that_writes_is_refused(store):
    """It would change what is held in memory, and not the lake."""
    with pytest.raises(StoreError, match="a query only reads"):
        store.query("UPDATE billed_charge SET amount_ex_vat = 0")
