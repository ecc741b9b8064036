"""The published marts: documented, opened with plain DuckDB, and the same sums as the lake."""

import subprocess
import sys

import duckdb
import pytest
from small_operator import asked_of_marts, opened_lake

from pipelines.publishing.marts import MARTS
from schemas.columns import COLUMNS

pytestmark = pytest.mark.slow
PLAIN = """
import duckdb, sys
closed = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
c = duckdb.connect(sys.argv[1], read_only=True, config=closed)
print(c.sql("SELECT count(*), sum(total_amount) FROM fact_invoice").fetchall())
"""
# The same figure in the marts and in the lake.
SUMS = {
    "SELECT count(*), sum(amount_ex_vat) FROM fact_usage": "SELECT count(*), sum(amount_ex_vat) FROM rated_usage",
    "SELECT count(*), sum(amount_ex_vat) FROM fact_charge": "SELECT count(*), sum(amount_ex_vat) FROM charge",
    "SELECT count(*), sum(total_amount) FROM fact_invoice": "SELECT count(*), sum(total_amount) FROM invoice",
    "SELECT count(*), sum(net_amount) FROM fact_invoice_line": "SELECT count(*), sum(net_amount) FROM invoice_line",
    "SELECT count(*), sum(amount) FROM fact_receivable": "SELECT count(*), sum(amount) FROM receivable",
    "SELECT count(*), sum(amount) FROM fact_payment": "SELECT count(*), sum(amount) FROM payment",
    "SELECT count(*), sum(amount) FROM fact_allocation": "SELECT count(*), sum(amount) FROM allocation",
    "SELECT count(*), sum(amount) FROM fact_refund": "SELECT count(*), sum(amount) FROM refund",
    "SELECT coalesce(sum(amount), 0) FROM suspense": (
        "SELECT coalesce(sum(paid_amount), 0) FROM allocation WHERE allocation_kind = 'suspense'"
    ),
    "SELECT count(*), sum(amount) FROM fact_commission": "SELECT count(*), sum(amount) FROM commission",
    "SELECT count(*), sum(fee_amount) FROM fact_reminder": "SELECT count(*), sum(fee_amount) FROM reminder",
    "SELECT count(*), sum(debit_credit) FROM fact_ledger_entry": "SELECT count(*), sum(debit_credit) FROM ledger_entry",
    "SELECT sum(debit_amount), sum(credit_amount) FROM ledger_balance": (
        "SELECT sum(debit_credit) FILTER (debit_credit > 0), sum(debit_credit) FILTER (debit_credit < 0) "
        "FROM ledger_entry"
    ),
    "SELECT sum(quantity), sum(billed_units), sum(duration_s), sum(amount_ex_vat) FROM usage_by_month": (
        "SELECT count(*), sum(billed_units), coalesce(sum(billed_units) FILTER (usage_kind = 'call'), 0), "
        "sum(amount_ex_vat) FROM rated_usage"
    ),
    "SELECT count(*), sum(margin_amount) FROM fact_usage": (
        "SELECT count(*), sum(amount_ex_vat - cost_amount) FROM rated_usage"
    ),
    "SELECT count(*), sum(difference_amount) FROM fact_adjustment": (
        "SELECT count(*), sum(difference_amount) FROM rerated_usage"
    ),
    "SELECT count(*), sum(granted_quantity), sum(used_quantity + rolled_quantity) FROM fact_allowance": (
        "SELECT (SELECT count(*) FROM allowance_grant), (SELECT sum(granted_quantity) FROM allowance_grant), "
        "(SELECT sum(used_quantity) FROM allowance_use)"
    ),
    "SELECT count(*), sum(resale_amount) FROM fact_resale": "SELECT count(*), sum(resale_amount) FROM resale_usage",
    "SELECT count(*), sum(list_amount) FROM fact_spend_event": "SELECT count(*), sum(list_amount) FROM spend_event",
    "SELECT sum(open_amount) FROM fact_receivable": (
        "SELECT (SELECT sum(amount) FROM receivable) - "
        "(SELECT coalesce(sum(amount), 0) FROM allocation WHERE receivable_id IS NOT NULL)"
    ),
    "SELECT count(*) FROM fact_subscription_state": "SELECT count(*) FROM subscription_state",
    "SELECT count(*), sum(termination_fee) FROM dim_contract": "SELECT count(*), sum(termination_fee) FROM contract",
    "SELECT count(*) FROM dim_customer": "SELECT count(*) FROM customer",
    "SELECT count(*) FROM dim_account": "SELECT count(*) FROM account",
    "SELECT count(*) FROM customer_card": "SELECT count(*) FROM customer",
    "SELECT count(*) FROM block_list": "SELECT count(*) FROM block WHERE unblocked_on IS NULL",
    "SELECT count(*) FROM rejected_record": "SELECT count(*) FROM rejected",
    "SELECT count(*), sum(rows_read) FROM source_file": "SELECT count(*), sum(rows_read) FROM source_file",
}


@pytest.fixture(params=["told", "demo"])
def home(request):
    return request.getfixturevalue(request.param)


def test_every_table_and_column_is_described(told):
    undescribed = (
        "SELECT table_name, NULL FROM duckdb_tables() WHERE database_name = 'marts' AND comment IS NULL "
        "UNION ALL SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'marts' AND comment IS NULL"
    )
    assert asked_of_marts(told, undescribed) == []
    names = asked_of_marts(told, "SELECT table_name FROM duckdb_tables() WHERE database_name = 'marts' ORDER BY 1")
    assert [name for (name,) in names] == sorted(mart.name for mart in MARTS)


def test_a_column_means_and_is_the_same_wherever_it_stands(told):
    """The comment of a column that the registry knows is the registry's; one name has one type."""
    rows = asked_of_marts(
        told, "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE database_name = 'marts'"
    )
    own = {(mart.name, column) for mart in MARTS for column in mart.own_columns}
    assert [row for row in rows if (row[0], row[1]) not in own and row[3] != COLUMNS[row[1]].description] == []
    types = {name: {kind for _, n, kind, _ in rows if n == name} for _, name, _, _ in rows}
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}


def test_no_amount_is_a_double(told):
    floats = "database_name = 'marts' AND data_type IN ('DOUBLE', 'FLOAT')"
    sql = f"SELECT table_name, column_name FROM duckdb_columns() WHERE {floats}"  # noqa: S608 (our own words)
    assert asked_of_marts(told, sql) == []


def test_a_process_without_any_extension_opens_the_marts_by_their_pointer(told):
    answer = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-c", PLAIN, str(told.marts_pointer)], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[(4, Decimal('1621.00'))]\n"  # 188 + 399 + 635 + 399


def test_sums_and_counts_are_those_of_the_lake(home):
    with opened_lake(home) as store:
        different = [marts for marts, lake in SUMS.items() if asked_of_marts(home, marts) != store.query(lake).rows()]
    assert different == []


def test_facts_have_their_dimensions(home):
    for sql in (
        "SELECT count(*) FROM fact_usage f ANTI JOIN dim_account d USING (account_id)",
        "SELECT count(*) FROM fact_usage f ANTI JOIN dim_zone d USING (zone_code)",
        "SELECT count(*) FROM fact_charge f ANTI JOIN dim_article d USING (article_no)",
        "SELECT count(*) FROM fact_invoice f ANTI JOIN dim_customer d USING (customer_id)",
        "SELECT count(*) - count(DISTINCT zone_code) FROM dim_zone",
        "SELECT count(*) - count(DISTINCT account_id) FROM dim_account",
        "SELECT count(*) FROM fact_allocation f ANTI JOIN fact_payment p USING (payment_id)",
    ):
        assert asked_of_marts(home, sql) == [(0,)], sql


def test_a_reader_that_holds_an_old_file_open_keeps_reading_it(told):
    """Every night has its own file: what a reader has open is never written to."""
    files = sorted(told.marts.glob("*.duckdb"))
    assert len(files) == 6
    assert told.marts_pointer.resolve() == files[-1].resolve()
    with duckdb.connect(str(files[0]), read_only=True) as old:
        assert old.sql("SELECT count(*) FROM fact_invoice").fetchall() == [(0,)]
    assert list(told.marts.glob("*.draft*")) == []
