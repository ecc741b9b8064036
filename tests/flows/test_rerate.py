"""Re-rating end to end: only differences are charged, before and after invoicing; every amount is added up by hand.

The calls of September as they were: c1, a Thursday 17:58:30, 0.39 + 90 s at 0.60 + 35 s at 0.30 a minute = 1.465;
c2, a Saturday, 0.39 + 60 s at 0.30 = 0.69; together 2.155.
"""

from datetime import date
from decimal import Decimal

import pytest
from small_operator import ask, books, differing

from pipelines.charging.charge_names import USAGE_CHARGE_ID
from pipelines.nightly_flow import conduct, night_at
from pipelines.repricing.rerate_flow import conduct_rerate, rerate
from pipelines.repricing.rerate_selection import Selection, SelectionError

pytestmark = pytest.mark.slow
D = Decimal
SEPTEMBER = Selection(date(2026, 9, 1), date(2026, 9, 30))
LATER = date(2026, 10, 2)
_DAY = "private,1002,se_mobile,day,2025-01-01,,SEK,0.39,0.60,60,60,1"
_RUN = {"run", "run_stage", "control_total", "config_version", "price", "article", "zone_prefix"}
_RATED = f"SELECT usage_id, rated_batch, {USAGE_CHARGE_ID}, amount_ex_vat FROM rated_usage ORDER BY usage_id"  # noqa: S608 (ours)
_RERATED = "SELECT usage_id, article_no, old_amount, new_amount, difference_amount FROM rerated_usage ORDER BY ALL"
_ADJUSTED = (
    "SELECT charge_id, article_no, service_from, quantity, duration_s, amount_ex_vat FROM charge "
    "WHERE charge_kind = 'adjustment' ORDER BY charge_id"
)


def edit(home, name, old, new):
    """Change a file of the configuration."""
    path = home.config / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def cost_by_day(home, price):
    """Set the price of a minute to mobiles by day, from the beginning."""
    edit(home, "prices.csv", _DAY, _DAY.replace("0.60", price))


def changed_tables(home, before):
    return [name for name in differing(before, books(home)) if name not in _RUN]


def test_what_is_not_invoiced_is_replaced_with_its_charge(begun, copy_of):
    """By day 0.90: 0.39 + 90 s at 0.90 + 35 s at 0.30 = 0.39 + 1.35 + 0.175 = 1.915; c2's charge stays as it was."""
    home = copy_of(begun)
    cost_by_day(home, "0.90")
    _, report = conduct_rerate(home, date(2026, 9, 21), SEPTEMBER)
    assert ask(home, _RATED) == [
        ("switch:c1", 2, "usage:2/1:500001:1002:2026-09-17:call:standard:3041", D("1.915")),
        ("switch:c2", 1, "usage:1:500001:1002:2026-09-19:call:standard:3041", D("0.69")),
    ]
    sql = "SELECT charge_id, quantity, duration_s, amount_ex_vat FROM charge WHERE charge_kind = 'usage' ORDER BY ALL"
    assert ask(home, sql) == [
        ("usage:1:500001:1002:2026-09-19:call:standard:3041", 1, 60, D("0.69")),
        ("usage:2/1:500001:1002:2026-09-17:call:standard:3041", 1, 125, D("1.915")),
    ]
    assert report.differences.rows() == [(10001, "1002", 1, D("1.465"), D("1.915"), D("0.45"))]
    assert ask(home, "SELECT batch_kind, record_count, amount_ex_vat FROM rating_batch WHERE rated_batch = 2") == [
        ("rerate", 1, D("0.45"))
    ]


def test_the_spend_counted_of_a_day_follows_the_new_price(begun, copy_of):
    """1.465 were counted; 1.915 less 1.465 is 0.45 more."""
    home = copy_of(begun)
    cost_by_day(home, "0.90")
    conduct_rerate(home, date(2026, 9, 21), SEPTEMBER)
    sql = "SELECT rated_batch, spend_on, list_amount FROM daily_spend ORDER BY ALL"
    assert ask(home, sql) == [
        (1, date(2026, 9, 17), D("1.465")),
        (1, date(2026, 9, 19), D("0.69")),
        (2, date(2026, 9, 17), D("0.45")),
    ]


def test_the_spend_counted_of_a_day_follows_usage_that_was_invoiced_too(invoiced, copy_of):
    """1.465 were counted; then 1.915 and 0.865, each from what the one before left."""
    home, counted = copy_of(invoiced), "SELECT sum(list_amount) FROM daily_spend WHERE spend_on = '2026-09-17'"
    before = "0.60"
    for price, spent in (("0.90", "1.915"), ("0.20", "0.865")):
        edit(home, "prices.csv", _DAY.replace("0.60", before), _DAY.replace("0.60", price))
        with night_at(home, LATER) as night:
            rerate(night, SEPTEMBER)
        assert ask(home, counted) == [(D(spent),)]
        before = price


@pytest.mark.parametrize(
    ("price", "new", "difference"),
    [("0.90", "1.915", "0.45"), ("0.20", "0.865", "-0.6")],  # 0.39 + 90 s at 0.20 + 0.175 = 0.865
)
def test_of_what_is_invoiced_the_difference_is_charged(invoiced, copy_of, price, new, difference):
    home = copy_of(invoiced)
    before = ask(home, _RATED)
    cost_by_day(home, price)
    conduct_rerate(home, LATER, SEPTEMBER)
    assert ask(home, _RATED) == before
    assert ask(home, _RERATED) == [("switch:c1", "1002", D("1.465"), D(new), D(difference))]
    name = "adjustment:2/1:500001:1002:2026-09-17:call:standard:3041"
    assert ask(home, _ADJUSTED) == [(name, "1002", date(2026, 9, 17), 1, 0, D(difference))]


def test_run_twice_the_second_time_finds_nothing_and_writes_nothing(invoiced, copy_of):
    home = copy_of(invoiced)
    cost_by_day(home, "0.90")
    conduct_rerate(home, LATER, SEPTEMBER)
    before = books(home)
    _, report = conduct_rerate(home, LATER, SEPTEMBER)
    assert changed_tables(home, before) == []
    assert (report.batch, report.read, report.changed) == (None, 2, 0)


def test_a_second_correction_starts_from_what_the_first_one_left(invoiced, copy_of):
    """1.465, then 1.915, then 0.865: the second difference is 0.865 - 1.915 = -1.05, and all add up to 0.865."""
    home = copy_of(invoiced)
    for price in ("0.90", "0.20"):
        cost_by_day(home, price)
        conduct_rerate(home, LATER, SEPTEMBER)
        edit(home, "prices.csv", _DAY.replace("0.60", price), _DAY)
    sql = "SELECT rated_batch, old_amount, new_amount, difference_amount FROM rerated_usage ORDER BY 1"
    assert ask(home, sql) == [
        (2, D("1.465"), D("1.915"), D("0.45")),
        (3, D("1.915"), D("0.865"), D("-1.05")),
    ]


def test_the_next_invoice_carries_the_adjustment_and_its_proof_holds(invoiced, copy_of):
    """November: the fee of 99.00 and the credit of 0.60 are 98.40; VAT 24.60; 123.00 to pay."""
    home = copy_of(invoiced)
    cost_by_day(home, "0.20")
    conduct_rerate(home, LATER, SEPTEMBER)
    run = conduct(home, date(2026, 11, 1))
    assert run.proof["holds"].all()
    sql = (
        "SELECT charge_kind, article_no, quantity, l.net_amount, i.total_amount FROM invoice_line l JOIN invoice i "
        "USING (invoice_no) WHERE i.account_id = 20001 AND i.invoiced_on = '2026-11-01' ORDER BY entry_no"
    )
    assert ask(home, sql) == [
        ("recurring", "2002", 1, D("99.00"), D(123)),
        ("adjustment", "1002", 1, D("-0.60"), D(123)),
    ]


def test_an_amount_that_moves_to_another_article_is_taken_back_on_the_old_one(invoiced, copy_of):
    """c1 moves from 1002 to 1003 at the same price: 1.465 back, 1.465 charged; c2 has the evening's row and stays."""
    home = copy_of(invoiced)
    edit(home, "prices.csv", _DAY, _DAY.replace("1002", "1003"))
    conduct_rerate(home, LATER, SEPTEMBER)
    assert ask(home, _RERATED) == [
        ("switch:c1", "1002", D("1.465"), D(0), D("-1.465")),
        ("switch:c1", "1003", D(0), D("1.465"), D("1.465")),
    ]
    assert [row[1:] for row in ask(home, _ADJUSTED)] == [
        ("1002", date(2026, 9, 17), 1, 0, D("-1.465")),
        ("1003", date(2026, 9, 17), 1, 0, D("1.465")),
    ]
    before = books(home)
    conduct_rerate(home, LATER, SEPTEMBER)
    assert changed_tables(home, before) == []


def test_a_record_that_can_no_longer_be_priced_keeps_what_it_has_and_is_reported(invoiced, copy_of):
    home = copy_of(invoiced)
    edit(home, "prices.csv", _DAY + "\n", "")
    before = books(home)
    _, report = conduct_rerate(home, LATER, SEPTEMBER)
    assert changed_tables(home, before) == []
    assert report.kept.select("file_name", "line_no", "reason_code").rows() == [("september.csv", 2, "NO_PRICE")]


def test_a_trial_reports_and_writes_nothing(invoiced, copy_of):
    home = copy_of(invoiced)
    cost_by_day(home, "0.90")
    before = books(home)
    with night_at(home, LATER) as night:
        snapshot = night.store.snapshot_id()
        report = rerate(night, SEPTEMBER, dry_run=True)
        assert night.store.snapshot_id() == snapshot
    assert differing(before, books(home)) == []
    assert report.differences.rows() == [(10001, "1002", 1, D("1.465"), D("1.915"), D("0.45"))]
    assert report.path.read_text(encoding="utf-8").splitlines() == [
        "customer_id,article_no,records,old_amount,new_amount,difference_amount",
        "10001,1002,1,1.465000,1.915000,0.450000",
    ]


def test_one_that_ends_in_the_middle_leaves_everything_as_it_was(begun, copy_of, monkeypatch):
    """The old rows are deleted and the new ones written when it breaks; none of it stays."""
    home = copy_of(begun)
    cost_by_day(home, "0.90")
    conduct(home, date(2026, 9, 21), command="rate", stages=())
    before = books(home)
    with monkeypatch.context() as patch, night_at(home, date(2026, 9, 21)) as night:
        patch.setattr("pipelines.repricing.rerate_booking.RerateBooking.write_totals", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rerate(night, SEPTEMBER)
    assert differing(before, books(home)) == []


@pytest.mark.parametrize(
    ("narrowed", "read"),
    [
        ({"price_list": "private"}, 2),
        ({"customer_id": 10001}, 2),
        ({"file": "september.csv"}, 2),
        ({"customer_id": 10002}, 0),
    ],
)
def test_a_selection_is_narrowed_down_by_list_customer_and_file(invoiced, copy_of, narrowed, read):
    home = copy_of(invoiced)
    with night_at(home, LATER) as night:
        assert rerate(night, Selection(SEPTEMBER.since, SEPTEMBER.until, **narrowed), dry_run=True).read == read


def test_a_file_that_is_not_there_is_said_so(invoiced, copy_of):
    with night_at(copy_of(invoiced), LATER) as night, pytest.raises(SelectionError, match=r"file october\.csv"):
        rerate(night, Selection(SEPTEMBER.since, SEPTEMBER.until, file="october.csv"), dry_run=True)


def test_days_without_the_calls_are_not_read(invoiced, copy_of):
    with night_at(copy_of(invoiced), LATER) as night:
        assert rerate(night, Selection(date(2026, 9, 18), date(2026, 9, 18)), dry_run=True).read == 0


def test_in_pieces_of_one_record_the_same_is_found(invoiced, copy_of, monkeypatch):
    home = copy_of(invoiced)
    cost_by_day(home, "0.90")
    monkeypatch.setattr("pipelines.repricing.rerate_selection.PIECE_ROWS", 1)
    with night_at(home, LATER) as night:
        report = rerate(night, SEPTEMBER)
    assert (report.read, report.changed, report.total) == (2, 1, D("0.45"))
