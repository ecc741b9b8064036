"""A table takes in only what its columns' definitions allow."""

from datetime import date
from decimal import Decimal

import pandera.errors
import polars as pl
import pytest

from schemas.columns import COLUMNS
from schemas.table import Table
from schemas.tables import CONFIG_TABLES, TABLES, ZONE_PREFIX

CHECKED = sorted(name for name, column in COLUMNS.items() if column.checks)
ROW = {"prefix": "46", "zone_code": "se", "zone_name": "Sverige"}


def zone_prefixes(**changed):
    return pl.DataFrame([ROW | changed])


def bad_value(name):
    """Return a value of the column's type that no check of ours allows."""
    dtype = COLUMNS[name].dtype
    return Decimal(-1) if isinstance(dtype, pl.Decimal) else -1 if dtype == pl.Int64 else "¤ nothing like it"


@pytest.mark.parametrize("name", CHECKED)
def test_a_value_that_breaks_its_column_is_refused(name):
    table = Table("one", "One column.", (name,), name)
    frame = pl.DataFrame({name: [bad_value(name)]}, schema={name: COLUMNS[name].dtype})
    with pytest.raises(pandera.errors.SchemaErrors):
        table.conform(frame)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_a_null_is_refused_unless_the_table_allows_it(name):
    frame = pl.DataFrame({name: [None]}, schema={name: COLUMNS[name].dtype})
    assert Table("one", "One column.", (name,), f"{name}?").conform(frame).height == 1
    with pytest.raises(pandera.errors.SchemaErrors):
        Table("one", "One column.", (name,), name).conform(frame)


@pytest.mark.parametrize(
    ("prefix", "allowed"),
    [("4", True), ("1" * 15, True), ("1" * 16, False), ("", False), ("4a", False), ("+46", False)],
)
def test_a_prefix_has_at_most_as_many_digits_as_a_number(prefix, allowed):
    if allowed:
        assert ZONE_PREFIX.conform(zone_prefixes(prefix=prefix)).height == 1
    else:
        with pytest.raises(pandera.errors.SchemaErrors):
            ZONE_PREFIX.conform(zone_prefixes(prefix=prefix))


def test_another_type_is_refused_not_coerced():
    with pytest.raises(pandera.errors.SchemaErrors):
        ZONE_PREFIX.conform(zone_prefixes(prefix=46))


def test_a_missing_column_is_an_error():
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        ZONE_PREFIX.conform(zone_prefixes().drop("prefix"))


def test_columns_come_in_the_table_s_order_without_others_and_absent_nullable_ones_are_null():
    table = Table("two", "Two columns.", ("due_on",), "due_on email?")
    got = table.conform(pl.DataFrame({"other": [1], "due_on": [date(2026, 1, 1)]}))
    assert got.schema == {"due_on": pl.Date(), "email": pl.String()}
    assert got.rows() == [(date(2026, 1, 1), None)]


@pytest.mark.parametrize(("key", "listing"), [(("email",), "due_on"), (("due_on",), "due_on due_on?")])
def test_a_key_must_be_listed_and_a_column_stand_once(key, listing):
    with pytest.raises(ValueError, match="key column not listed, or a column twice"):
        Table("wrong", "Wrong.", key, listing)


def test_every_defined_column_is_used_by_a_table():
    assert {name for table in TABLES for name in table.names} == set(COLUMNS)


# Configuration in which a cell left empty stands for a value of its own: all services, home, the main plan.
EMPTY_IN_KEYS = {
    "zone_prefix": {"numbering_plan"},
    "price": {"usage_kind", "service", "origin_zone"},
    "special_number": {"numbering_plan"},
    "vat_rate": {"vat_area"},
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_empty_table_conforms_and_a_key_column_is_null_only_where_that_means_a_default(table):
    assert table.conform(table.empty()).schema == table.schema
    assert set(table.key) & table.nullable == EMPTY_IN_KEYS.get(table.name, set())


def test_only_configuration_has_keys_with_empty_columns():
    assert {table.name for table in CONFIG_TABLES} >= set(EMPTY_IN_KEYS)


@pytest.mark.parametrize("name", ["customer_category", "plan_code"])
def test_a_star_stands_for_all_only_in_columns_that_are_marked(name):
    star = pl.DataFrame({name: ["*"]})
    assert Table("one", "One column.", (name,), f"{name}*").conform(star).height == 1
    for listing, value in ((name, "*"), (f"{name}*", "**"), (f"{name}*", "a b")):
        with pytest.raises(pandera.errors.SchemaErrors):
            Table("one", "One column.", (name,), listing).conform(pl.DataFrame({name: [value]}))


def test_a_column_of_figures_cannot_hold_a_star():
    with pytest.raises(NotImplementedError, match="greater_than"):
        Table("one", "One column.", ("price_unit",), "price_unit*")
