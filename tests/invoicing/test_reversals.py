"""What the bank takes back of payments that were spread, or that hold less than it wants."""

from decimal import Decimal

import polars as pl
from settled_books import bank, claim, claims, night, owed, paid, suspense_of

from invoicing.refunds import refund_rows, refunds_returned
from invoicing.reversals import return_fees
from invoicing.settlement import open_items
from invoicing.write_offs import write_off
from schemas import tables

ORDER = {"request_id": "w", "invoice_no": 1}


def of_table(table, *rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema, orient="row")


def test_a_payment_that_paid_and_recovered_one_claim_is_taken_back_from_both():
    """Of 100, 20 was paid (p) and 80 lost; p came back, so q pays 20 that is open and recovers 80; q comes back too."""
    receivables, p, q = claims(claim("inv1", 10, 100, 20)), paid("p", 20, 1), paid("q", 100, 1, day=22)
    found = night(receivables, bank(p))
    order = of_table(tables.WRITE_OFF, ORDER)
    lost = write_off(order, open_items(receivables, found), p["booked_on"]).select(found.columns)
    back = paid("r", -20, day=21, kind="reversal", reverses_payment_id="p")
    found = night(receivables, bank(back), pl.concat([found, lost]), bank(p))
    found = night(receivables, bank(q), found, bank(p, back))
    again = paid("s", -100, day=23, kind="reversal", reverses_payment_id="q")
    found = night(receivables, bank(again), found, bank(p, back, q))
    assert found["allocation_id"].is_unique().all()
    assert owed(receivables, found) == {"inv1": Decimal(20)}
    assert found.filter(allocation_kind="recovered")["amount"].sum() == 0


def test_a_reversal_that_waits_takes_what_its_payment_gets_back_each_time_under_a_voucher_of_its_own():
    """All 100 of credit is ordered back in two refunds when the bank takes it; it rejects one, then the other."""
    receivables, p = claims(claim("inv1", 10, 1, 20)), paid("p", 101, 1)
    found = night(receivables, bank(p))
    for number, amount in ((1, 6000), (2, 4000)):
        pots = found.filter(allocation_kind="credit").group_by("payment_id", "allocation_kind", "account_id")
        held = pots.agg((pl.col("paid_amount").sum() * 100).cast(pl.Int64).alias("paid")).with_columns(paid_home="paid")
        found = pl.concat([found, refund_rows(held, f"o{number}", amount)])
    back = paid("r", -101, day=22, kind="reversal", reverses_payment_id="p")
    found = night(receivables, bank(back), found, bank(p))
    assert suspense_of(found) == {"r": Decimal(-100)}
    for number in (1, 2):
        order = of_table(tables.REFUND, {"request_id": f"o{number}", "refund_no": number})
        asked = found.with_columns(request_id=pl.col("voucher_id").str.extract("^U:(o[0-9])$"))
        found = pl.concat([found, refunds_returned(order, asked).select(found.columns)])
        found = night(receivables, bank(), found, bank(p, back))
    assert suspense_of(found) == {}
    assert owed(receivables, found) == {"inv1": Decimal(1)}
    assert found["allocation_id"].is_unique().all()
    per_voucher = found.filter(pl.col("voucher_id").str.starts_with("U:r>p")).group_by("voucher_id")
    assert sorted(per_voucher.agg(pl.col("paid_amount").max()).rows()) == [
        ("U:r>p", Decimal(60)), ("U:r>p:n2", Decimal(40)),
    ]  # fmt: skip


def test_a_reversal_that_opens_claims_in_two_nights_costs_its_fee_once():
    """60 of 100 was taken back of invoice 1 for a fee of 50; the other 40, which waited, costs nothing more."""
    receivables, p = claims(claim("inv1", 10, 100, 20)), paid("p", 100, 1)
    found = night(receivables, bank(p))
    back = [paid(name, amount, day=22, kind="reversal", reverses_payment_id="p") for name, amount in
            (("r", -60), ("s", -40))]  # fmt: skip
    made = night(receivables, bank(*back), found, bank(p)).filter(pl.col("match_rule") == "reversed")
    fees = return_fees(made, receivables, Decimal(50), "SEK", p["booked_on"], p["booked_on"])
    assert sorted(fees["receivable_id"]) == ["return_fee:1:r", "return_fee:1:s"]
    known = pl.concat([receivables, fees.filter(pl.col("receivable_id") == "return_fee:1:r")])
    again = return_fees(made, known, Decimal(50), "SEK", p["booked_on"], p["booked_on"])
    assert again["receivable_id"].to_list() == ["return_fee:1:s"]


def test_two_reversals_of_one_night_each_take_their_part_of_one_payment():
    """Of 100 that paid invoice 1 the bank takes back 30 and 40 in one night: 70 are open, and nothing waits."""
    receivables, p = claims(claim("inv1", 10, 100, 20)), paid("p", 100, 1, bank_reference="T1")
    found = night(receivables, bank(p))
    back = [paid(name, amount, day=22, kind="reversal", original_reference="T1") for name, amount in
            (("r", -30), ("s", -40))]  # fmt: skip
    found = night(receivables, bank(*back), found, bank(p))
    assert owed(receivables, found) == {"inv1": Decimal(70)}
    assert suspense_of(found) == {}
    assert night(receivables, bank(), found, bank(p, *back)).equals(found)


def test_a_part_beyond_what_the_payment_holds_waits():
    receivables, p = claims(claim("inv1", 10, 100, 20)), paid("p", 100, 1, bank_reference="T1")
    found = night(receivables, bank(p))
    back = [paid(name, amount, day=22, kind="reversal", original_reference="T1") for name, amount in
            (("r", -80), ("s", -40))]  # fmt: skip
    found = night(receivables, bank(*back), found, bank(p))
    assert owed(receivables, found) == {"inv1": Decimal(100)}
    assert suspense_of(found) == {"s": Decimal(-20)}
