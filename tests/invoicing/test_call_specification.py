"""Itemised calls: what is shown of each, what is left out, and that it comes to the invoice's lines."""

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.call_specification import (
    SpecificationRules,
    call_specification,
    left_out_zones,
    shown_number,
    zone_names,
)
from schemas import tables

D = Decimal
RULES = SpecificationRules("Europe/Stockholm", "46", "0", 3, frozenset({"free", "helpline"}))
ZONES = pl.DataFrame({"zone_code": ["mobile"], "zone_name": ["Mobil"]})
LABELS = pl.DataFrame({"subscription_id": [1, 2], "specified_for": ["Åsa 0701740601", "0701740602"]})


def record(usage_id, amount, subscription=1, zone="mobile", charge="usage:1", **more):
    return {
        "usage_id": usage_id, "charge_id": charge, "subscription_id": subscription, "usage_kind": "call",
        "b_number": "46701740699", "zone_code": zone, "started_at": datetime(2026, 10, 31, 23, 30, tzinfo=UTC),
        "billed_units": 60, "included_units": 0, "included_amount": D(0), "amount_ex_vat": D(amount), **more,
    }  # fmt: skip


_RECORD = {
    name: tables.RATED_USAGE.schema.get(name, pl.String()) for name in record("a", "1")
}  # fmt: skip


def charge(charge_id, amount, entry_no=1, kind="usage", subscription=1):
    return {
        "charge_id": charge_id, "invoice_no": 7, "entry_no": entry_no, "amount_ex_vat": D(amount),
        "charge_kind": kind, "subscription_id": subscription,
    }  # fmt: skip


def specified(records, charges, nets):
    """Itemise records of charges on the lines of invoice 7; `nets`: kind and amount of each line."""
    lines = pl.DataFrame(
        [(7, n, kind, "Samtal", D(net)) for n, (kind, net) in enumerate(nets, 1)],
        schema={"invoice_no": pl.Int64, "entry_no": pl.Int64, "charge_kind": pl.String, "line_text": pl.String,
                "net_amount": pl.Decimal(18, 2)},
        orient="row",
    )  # fmt: skip
    placed = {**tables.BILLED_CHARGE.schema, "charge_kind": pl.String(), "subscription_id": pl.Int64()}
    return call_specification(
        pl.DataFrame(records, schema=_RECORD), pl.DataFrame(charges, schema=placed), lines, ZONES, LABELS, RULES
    )


def test_a_call_shows_local_time_masked_number_zone_units_and_amount():
    made = specified([record("a", "0.39")], [charge("usage:1", "0.39")], [("usage", "0.39")])
    assert made.rows.drop("invoice_no", "entry_no", "subscription_id").rows() == [
        ("record", "Åsa 0701740601", datetime(2026, 11, 1, 0, 30), "0701740xxx", "Mobil", "call", 60, False,  # noqa: DTZ001 (local)
         D("0.39"))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "shown"),
    [("46701740699", "0701740xxx"), ("4790123456", "+4790123xxx"), ("12", "+xx"), ("wap.example", "wap.example")],
)
def test_the_last_digits_of_a_number_are_masked(number, shown):
    frame = pl.DataFrame({"b_number": [number]})
    assert frame.select(shown_number(pl.col("b_number"), RULES)).item() == shown


def test_what_an_allowance_covered_is_marked():
    covered = record("a", "0", included_units=60)
    made = specified([covered, record("b", "1")], [charge("usage:1", "1")], [("usage", "1.00")])
    assert made.rows.select("amount_ex_vat", "is_included").rows() == [(D(0), True), (D(1), False)]


def test_calls_to_free_and_helpline_numbers_and_calls_that_came_to_nothing_are_left_out():
    records = [record("a", "0", zone="free"), record("b", "0", zone="helpline"), record("c", "0", billed_units=0)]
    made = specified(records, [charge("usage:1", "0")], [("usage", "0.00")])
    assert made.rows.is_empty()


def test_what_is_left_out_but_costs_something_is_summed_so_that_rows_add_up():
    records = [record("a", "1.00"), record("b", "0.40", zone="helpline"), record("c", "0.20", zone="helpline")]
    made = specified(records, [charge("usage:1", "1.60")], [("usage", "1.60")])
    assert made.rows.select("row_kind", "started_at", "b_number", "amount_ex_vat").rows()[1:] == [
        ("not_itemised", None, None, D("0.60"))
    ]


def test_adjustments_of_earlier_invoices_close_a_subscriptions_part():
    charges = [charge("usage:1", "1"), charge("adjustment:2", "-0.25", 2, "adjustment")]
    made = specified([record("a", "1")], charges, [("usage", "1.00"), ("adjustment", "-0.25")])
    assert made.rows.select("entry_no", "row_kind", "amount_ex_vat").rows() == [
        (1, "record", D(1)), (2, "adjustment", D("-0.25"))
    ]  # fmt: skip


def test_the_rounding_of_each_line_is_told():
    made = specified([record("a", "0.3333")], [charge("usage:1", "0.3333")], [("usage", "0.33")])
    assert made.sums.drop("invoice_no", "line_text").rows() == [(1, D("0.3333"), D(0), D("-0.0033"), D("0.33"))]
    last = made.rows.select("row_kind", "specified_for", "zone_name", "amount_ex_vat").row(-1)
    assert last == ("rounding", "", "Samtal", D("-0.0033"))


def test_each_subscription_has_its_part_in_order_of_time():
    later = {"started_at": datetime(2026, 11, 1, 8, tzinfo=UTC)}
    records = [record("a", "1", **later), record("b", "2", 2), record("c", "3")]
    made = specified(records, [charge("usage:1", "6")], [("usage", "6.00")])
    assert made.rows["amount_ex_vat"].to_list() == [D(2), D(3), D(1)]


def test_a_zone_is_named_by_the_operators_own_plan():
    rows = [("46", "se", "Sweden by X", "carrier"), ("46", "se", "Sverige", None), ("47", "no", "Norge", "carrier")]
    prefixes = pl.DataFrame(rows, schema=tables.ZONE_PREFIX.schema, orient="row")
    assert zone_names(prefixes).sort("zone_code").rows() == [("no", "Norge"), ("se", "Sverige")]


def test_zones_of_free_and_emergency_numbers_and_of_helplines_are_left_out():
    rows = [("112", "emergency", "sos", None), ("4620", "free", "free", None), ("46900", "premium", "premium", None)]
    numbers = pl.DataFrame(rows, schema=tables.SPECIAL_NUMBER.schema, orient="row")
    assert left_out_zones(numbers, ("helpline",)) == {"sos", "free", "helpline"}


_AMOUNT = st.integers(0, 5_000_000).map(lambda micro: Decimal(micro) / 1_000_000)
_ROWS = st.lists(st.tuples(_AMOUNT, st.sampled_from(["mobile", "free"]), st.sampled_from([1, 2])), max_size=15)


@given(_ROWS, _ROWS)
def test_itemised_rows_and_what_closes_them_are_the_lines(first, second):
    records, charges, nets = [], [], []
    for entry_no, used in enumerate((first, second), 1):
        name, total = f"usage:{entry_no}", sum((amount for amount, *_ in used), D(0))
        records += [record(f"{name}/{n}", a, of, zone, name) for n, (a, zone, of) in enumerate(used)]
        charges.append(charge(name, total, entry_no))
        nets.append(("usage", round(total, 2)))
    made = specified(records, charges, nets)
    for line, (used, (_, net)) in enumerate(zip((first, second), nets, strict=True), 1):
        rows = made.rows.filter(entry_no=line)
        exact = rows.filter(pl.col("row_kind") != "rounding")["amount_ex_vat"]
        assert sum(exact, D(0)) == sum((amount for amount, *_ in used), D(0))
        assert sum(rows["amount_ex_vat"], D(0)) == net
        told = made.sums.row(line - 1, named=True)
        parts = (told["itemised_amount"], told["not_itemised_amount"], told["rounding_amount"])
        assert sum(parts) == told["net_amount"] == net
    assert "free" not in made.rows["zone_name"].to_list()
