"""One payment reported in two formats is one payment, and two equal payments are two."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.payment_identity import payment_digits, with_payment_id
from schemas import tables

DAY = date(2026, 11, 20)
QUICK = settings(max_examples=25, deadline=None)
SCHEMA = {name: dtype for name, dtype in tables.PAYMENT_RECORD.schema.items() if name != "payment_id"}


def report(record_id, file_format="bgmax", amount="188.00", reference="100000157", payer="Åsa Öst", **more):
    return {
        "payment_record_id": record_id,
        "payment_kind": "received",
        "file_format": file_format,
        "bank_reference": record_id,
        "payee_account": "9912346",
        "booked_on": DAY,
        "amount": Decimal(amount),
        "currency": "SEK",
        "reference_text": reference,
        "payer_name": payer,
        "payer_account": None,
        "file_sha256": "0" * 64,
        "record_no": 1,
        "line_no": 1,
        "received_on": datetime(2026, 11, 21, tzinfo=UTC).date(),
        **more,
    }


def frame(rows):
    return pl.DataFrame(rows, schema=SCHEMA)


def identify(rows, earlier=()):
    """The payment id of each record."""
    found = with_payment_id(frame(list(rows)), frame(list(earlier)))
    return dict(found.select("payment_record_id", "payment_id").iter_rows())


def payments(*nights):
    """The payment ids of records that arrive night by night."""
    earlier, ids = [], {}
    for night in nights:
        ids |= identify(night, earlier)
        earlier += night
    return ids


def test_the_same_payment_in_bgmax_and_camt_has_one_id():
    ids = payments([report("b1"), report("c1", "camt054")])
    assert ids["b1"] == ids["c1"]


@pytest.mark.parametrize("formats", [("bgmax", "camt054"), ("camt054", "bgmax")])
def test_the_second_format_may_come_on_a_later_night(formats):
    first, second = formats
    ids = payments([report("x", first)], [report("y", second)])
    assert ids["x"] == ids["y"]


def test_two_equal_payments_of_a_day_are_two_in_each_format():
    ids = payments([report("b1"), report("b2"), report("c1", "camt054"), report("c2", "camt054")])
    assert len(set(ids.values())) == 2
    assert (ids["b1"], ids["b2"]) == (ids["c1"], ids["c2"])


def test_an_equal_payment_of_a_later_night_is_a_new_one():
    ids = payments([report("b1")], [report("b2")], [report("c1", "camt054")], [report("c2", "camt054")])
    assert len(set(ids.values())) == 2
    assert (ids["b1"], ids["b2"]) == (ids["c1"], ids["c2"])


def test_the_second_of_two_equal_payments_may_be_missing_in_one_format():
    ids = payments([report("b1"), report("b2"), report("c1", "camt054")])
    assert ids["c1"] == ids["b1"] != ids["b2"]


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "188.01"},
        {"reference": "100000256"},
        {"booked_on": date(2026, 11, 21)},
        {"payee_account": "50501055"},
    ],
)
def test_another_amount_reference_day_or_payee_is_another_payment(other):
    ids = payments([report("b1"), report("c1", "camt054", **other)])
    assert ids["b1"] != ids["c1"]


@pytest.mark.parametrize("written", ["000100000157", "OCR 100000157", " 1000 001 57 ", "100000157\n"])
def test_a_reference_counts_by_its_digits_without_leading_zeros(written):
    ids = payments([report("b1", reference="100000157"), report("c1", "camt054", reference=written)])
    assert ids["b1"] == ids["c1"]


@pytest.mark.parametrize("reference", [None, "", "tack", "000"])
def test_a_payment_without_a_reference_counts_by_its_payer(reference):
    ids = payments(
        [report("b1", reference=None, payer="ÅSA ÖST"), report("b2", reference=None, payer="Bo Ek")],
        [report("c1", "camt054", reference=reference, payer="Åsa  Öst")],
    )
    assert ids["c1"] == ids["b1"] != ids["b2"]


def test_a_payment_without_reference_and_payer_still_has_an_id():
    ids = payments([report("b1", reference=None, payer=None)], [report("c1", "camt054", reference=None, payer=None)])
    assert ids["b1"] is not None
    assert ids["b1"] == ids["c1"]


def test_a_long_payer_name_counts_by_the_35_characters_that_bgmax_holds():
    name = "Bostadsrättsföreningen Gamla Kvarnen i Fjärdhamn"
    ids = payments([report("b1", reference=None, payer=name[:35]), report("c1", "camt054", reference=None, payer=name)])
    assert ids["b1"] == ids["c1"]


def test_the_payer_does_not_matter_where_there_is_a_reference():
    ids = payments([report("b1", payer="ÅSA ÖST"), report("c1", "camt054", payer=None)])
    assert ids["b1"] == ids["c1"]


def test_the_rows_keep_their_columns():
    found = with_payment_id(frame([report("b1")]), frame([]))
    assert set(found.columns) == {*SCHEMA, "payment_id"}


def test_payment_digits_of_nothing_are_empty():
    found = pl.DataFrame({"r": [None, "", "0", "0a01"]}).select(payment_digits(pl.col("r")))
    assert found.to_series().to_list() == ["", "", "", "1"]


reports = st.lists(
    st.tuples(st.sampled_from(["bgmax", "camt054"]), st.integers(1, 2), st.sampled_from(["17", "025", None])),
    min_size=1,
    max_size=12,
).map(lambda drawn: [report(f"{f}{i:02}", f, f"{a}.00", r) for i, (f, a, r) in enumerate(drawn)])


@QUICK
@given(reports, st.randoms(use_true_random=False))
def test_the_order_of_records_is_irrelevant(rows, random):
    assert identify(random.sample(rows, len(rows))) == identify(rows)


@QUICK
@given(reports)
def test_there_are_as_many_payments_as_the_fuller_format_reports(rows):
    def most(key):
        counts = [
            sum(1 for r in rows if r["file_format"] == f and (r["amount"], r["reference_text"]) == key)
            for f in ("bgmax", "camt054")
        ]
        return max(counts)

    keys = {(r["amount"], r["reference_text"]) for r in rows}
    assert len(set(identify(rows).values())) == sum(most(key) for key in keys)


@QUICK
@given(reports, st.integers(0, 12))
def test_records_in_id_order_have_the_same_ids_whether_they_come_in_one_night_or_two(rows, cut):
    ordered = sorted(rows, key=lambda row: row["payment_record_id"])
    assert payments(ordered[:cut], ordered[cut:]) == identify(ordered)
