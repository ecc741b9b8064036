"""Orders against credit, and the bases they become, against a reference that walks over them one by one."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rating.charges import gathered_usage, usage_charges, with_charge_id
from rating.credit_basis import make_bases, paid_bases, released
from rating.credit_orders import as_orders, counted_orders
from schemas.money import AMOUNT, CHARGE, PERCENT
from schemas.tables import CHARGE as CHARGES
from schemas.tables import INVOICE_BASIS, RATED_USAGE

ON = date(2026, 10, 5)
MIDNIGHT = datetime(2026, 10, 1, tzinfo=UTC)
RATES = {"standard": Decimal(25), "reduced": Decimal(6)}
VAT = pl.DataFrame(
    {"vat_class": list(RATES), "vat_percent": list(RATES.values())}, schema_overrides={"vat_percent": PERCENT}
)
_SAME = {
    "account_bucket": 0, "service": "callcentre", "usage_kind": "call", "a_number": "46701", "b_number": "46939000001",
    "origin_zone": "home", "zone_code": "z", "outcome": "answered", "duration_s": 60, "volume_bytes": 0,
    "event_count": 0, "billed_units": 60,
    "time_band": "day", "price_list": "p", "price_from": ON, "revenue_account": "3041",
    "connect_fee": Decimal(0), "included_units": 0, "included_amount": Decimal(0), "discount_amount": Decimal(0),
    "currency": "SEK", "file_sha256": "0" * 64, "rated_batch": 3, "first_batch": 3, "rated_on": ON,
}  # fmt: skip


def record(usage_id, minute, amount, account=1, vat_class="standard"):
    """Return a priced call that began so many minutes after 1 October, UTC."""
    begun = MIDNIGHT + timedelta(minutes=minute)
    own = {
        "usage_id": usage_id, "account_id": account, "subscription_id": account, "started_at": begun,
        "started_on": begun.date(), "article_no": "1005", "vat_class": vat_class, "list_amount": Decimal(amount),
        "amount_ex_vat": Decimal(amount), "cost_amount": None,
    }  # fmt: skip
    return _SAME | own


def priced(*rows):
    return with_charge_id(pl.DataFrame(list(rows), schema=RATED_USAGE.schema))


def charges_of(records, *others):
    """Return the charges of priced records, and (charge, kind, day of October, amount, account) besides."""
    usage = usage_charges([gathered_usage(records)] if records.height else []).with_columns(
        pl.lit(ON).alias("charged_on")
    )
    fee = {
        "account_bucket": 0, "article_no": "2002", "quantity": 1, "duration_s": 0, "volume_bytes": 0,
        "included_units": 0, "currency": "SEK", "vat_class": "standard", "revenue_account": "3041", "charged_on": ON,
    }  # fmt: skip
    more = [
        fee | {
            "charge_id": name, "charge_kind": kind, "account_id": account, "subscription_id": account,
            "service_from": date(2026, 10, day), "service_to": date(2026, 11, day), "amount_ex_vat": Decimal(amount),
        }
        for name, kind, day, amount, account in others
    ]  # fmt: skip
    return pl.concat([CHARGES.complete(usage), pl.DataFrame(more, schema=CHARGES.schema)])


def credit(limit, owed="0", accounts=(1,)):
    rows = [(account, Decimal(limit), Decimal(owed)) for account in accounts]
    schema = {"account_id": pl.Int64, "credit_limit": AMOUNT, "owed": AMOUNT}
    return pl.DataFrame(rows, schema=schema, orient="row")


EARLIER = pl.DataFrame(schema={"account_id": pl.Int64, "bases": pl.Int64})


def bases_of(records, charges, limits, earlier=EARLIER):
    counted = counted_orders(as_orders(charges, records), limits, VAT)
    return make_bases(counted, charges, records, earlier, batch=9, on=ON)


def test_the_order_that_reaches_the_limit_is_the_last_of_the_basis():
    """Calls for 400, 300 and 300 ex VAT make 500.00, 875.00 and 1250.00: the third reaches 1000, the fourth waits."""
    records = priced(record("a", 1, 400), record("b", 2, 300), record("c", 3, 300), record("d", 4, 10))
    made = bases_of(records, charges_of(records), credit("1000"))
    assert made.bases.select("basis_id", "exposure", "credit_limit", "reached_at", "basis_state").rows() == [
        ("1:1", Decimal("1250.00"), Decimal(1000), MIDNIGHT + timedelta(minutes=3), "open")
    ]
    assert made.moved.select("usage_id", "rated_batch", "first_batch").rows() == [("d", 9, 3)]
    assert sorted(made.charges.select("charge_id", "amount_ex_vat", "quantity").rows()) == [
        ("usage:3:1:1005:2026-10-01:call:standard:3041", Decimal(1000), 3),
        ("usage:9/3:1:1005:2026-10-01:call:standard:3041", Decimal(10), 1),
    ]
    assert made.parted["charge_id"].to_list() == ["usage:3:1:1005:2026-10-01:call:standard:3041"]
    assert made.members.rows() == [("usage:3:1:1005:2026-10-01:call:standard:3041", "1:1")]


def test_the_limit_itself_is_reached_and_an_oere_less_is_not():
    records = priced(record("a", 1, 800))
    assert bases_of(records, charges_of(records), credit("1000")).bases["exposure"].to_list() == [Decimal(1000)]
    assert bases_of(records, charges_of(records), credit("1000.01")).bases.is_empty()


def test_what_is_owed_counts_before_the_first_order_and_alone_makes_no_basis():
    records = priced(record("a", 1, 80), record("b", 2, 80))
    owing = bases_of(records, charges_of(records), credit("1000", owed="900"))
    assert owing.bases["exposure"].to_list() == [Decimal(1000)]
    assert owing.moved["usage_id"].to_list() == ["b"]
    assert bases_of(records, charges_of(records), credit("1000", owed="1000")).bases.is_empty()


def test_fees_count_whole_from_the_beginning_of_their_day_and_bases_are_counted_per_account():
    records = priced(record("a", 1, 400), record("b", 24 * 60, 400))
    charges = charges_of(
        records, ("recurring:1:2026-10-02", "recurring", 2, 400, 1), ("adjustment:x", "adjustment", 3, -50, 1)
    )
    made = bases_of(records, charges, credit("1000"), pl.DataFrame({"account_id": [1], "bases": [2]}))
    assert made.bases.select("basis_id", "exposure").rows() == [("1:3", Decimal(1000))]
    assert made.members["charge_id"].to_list() == [
        "recurring:1:2026-10-02",
        "usage:3:1:1005:2026-10-01:call:standard:3041",
    ]
    assert made.moved.is_empty()
    assert made.charges.is_empty()


AMOUNTS = st.decimals(min_value="0", max_value="300", places=6)
ORDERS = st.lists(
    st.tuples(st.integers(0, 3 * 24 * 60), AMOUNTS, st.sampled_from([1, 2]), st.sampled_from(list(RATES))), max_size=25
)


def to_oere(amount):
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def taxed(ordered):
    """Return what orders come to, VAT included: rounded per class, once without VAT and once its VAT."""
    total = Decimal(0)
    for vat_class, percent in RATES.items():
        net = to_oere(sum((amount for amount, of in ordered if of == vat_class), Decimal(0)))
        total += net + to_oere(net * percent / 100)
    return total


WALKED = ("started_at", "usage_id", "amount_ex_vat", "vat_class")


def walked(orders, limit, owed):
    """Return the keys within the basis and its exposure, by walking; None where the limit is not reached."""
    so_far = []
    if owed >= limit:
        return None
    for place, (_, _, amount, vat_class) in enumerate(orders):
        so_far.append((amount, vat_class))
        exposure = owed + taxed(so_far)
        if exposure >= limit:
            return {key for _, key, _, _ in orders[: place + 1]}, exposure
    return None


@given(ORDERS, st.sampled_from(["0.01", "100", "500", "1000"]), st.sampled_from(["-50", "0", "99.99"]), st.randoms())
def test_bases_are_what_walking_over_the_orders_makes_whatever_the_order_of_rows(orders, limit, owed, chance):
    rows = [record(f"u{n:02}", minute, amount, account, vat) for n, (minute, amount, account, vat) in enumerate(orders)]
    records = priced(*chance.sample(rows, len(rows)))
    charges = charges_of(records)
    made = bases_of(records, charges, credit(limit, owed, (1, 2)))
    stayed = records.drop("charge_id").join(made.moved, on="usage_id", how="anti")
    booked = with_charge_id(pl.concat([stayed, made.moved]))
    in_basis = booked.join(made.members, on="charge_id")
    for account in (1, 2):
        own = sorted(tuple(r[name] for name in WALKED) for r in rows if r["account_id"] == account)
        expected = walked(own, Decimal(limit), Decimal(owed))
        found = made.bases.filter(pl.col("account_id") == account)
        if expected is None:
            assert found.is_empty()
            continue
        members, exposure = expected
        assert set(in_basis.filter(pl.col("account_id") == account)["usage_id"]) == members
        assert found["exposure"].to_list() == [exposure]
        last = max((r for r in own if r[1] in members), key=lambda r: r[:2])
        # One call, and what rounding two sums per class may make of it.
        assert Decimal(limit) <= exposure < Decimal(limit) + taxed([last[2:]]) + Decimal("0.04")
    before, after = charges.join(made.parted, on="charge_id", how="anti"), made.charges
    amounts = pl.concat([before.select("charge_id", "amount_ex_vat"), after.select("charge_id", "amount_ex_vat")])
    again = usage_charges([gathered_usage(booked)] if booked.height else []).select("charge_id", "amount_ex_vat")
    assert amounts.sort("charge_id").equals(again.sort("charge_id"))  # what is charged is what was priced


def basis(basis_id, state, invoice=None):
    return {
        "basis_id": basis_id, "account_id": 1, "basis_state": state, "exposure": Decimal(1000), "made_on": ON,
        "credit_limit": Decimal(1000), "reached_at": MIDNIGHT, "invoice_no": invoice,
    }  # fmt: skip


def test_only_an_open_basis_is_released_and_it_says_who_did_and_why():
    bases = pl.DataFrame([basis("1:1", "released", 7), basis("1:2", "open")], schema=INVOICE_BASIS.schema)
    freed = released(bases, on=ON, by="eva", why="looked at")
    assert freed.select("basis_id", "basis_state", "released_on", "decided_by", "decision_text").rows() == [
        ("1:2", "released", ON, "eva", "looked at")
    ]


def test_a_basis_is_paid_when_nothing_of_its_invoice_is_open_or_nothing_was_left_to_invoice():
    sent = (("2:1", 7), ("3:1", 8), ("4:1", None), ("5:1", None))
    rows = [basis("1:1", "open"), *(basis(name, "released", invoice) for name, invoice in sent)]
    owed = pl.DataFrame({"receivable_kind": ["invoice", "reminder_fee"], "invoice_no": [8, 7]})
    waits = pl.DataFrame({"basis_id": ["4:1", "5:1", "5:1"], "amount_ex_vat": [1, 5, -5]})
    paid = paid_bases(pl.DataFrame(rows, schema=INVOICE_BASIS.schema), owed, waits.cast({"amount_ex_vat": CHARGE}), ON)
    assert paid.select("basis_id", "paid_on").rows() == [("2:1", ON), ("5:1", ON)]
