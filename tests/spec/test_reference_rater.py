"""`charge_usage` agrees to the last decimal with a rater that walks each call increment by increment."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from one_operator import STOCKHOLM, call, charge, price

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS = (date(2026, 3, 30), date(2026, 10, 26))
CHANGED_ON = (date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 10, 26))
ZONES = [("46", "se", "Sverige"), ("468", "sthlm", "Stockholm")]
# Midnights and both clock changes of 2026, in UTC.
MOMENTS = [
    datetime(2026, 3, 28, 23, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 22, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 23, tzinfo=UTC),
]


def reference_price(moment, zone, prices, bands):
    """Read the clock, then the list: a row of the band before one of all bands."""
    shown = moment.astimezone(STOCKHOLM)
    kind = "holiday" if shown.date() in HOLIDAYS else DAYS[shown.weekday()]
    time = f"{shown.hour:02}:{shown.minute:02}"
    band = next(name for name, days, begins, ends in bands if kind in days.split() and begins <= time < ends)
    for wanted in (band, "*"):
        for row in prices:
            begun = row["valid_from"] <= shown.date()
            ended = row["valid_to"] is not None and row["valid_to"] <= shown.date()
            if row["time_band"] == wanted and row["zone_code"] == zone and begun and not ended:
                return row
    return None


def reference_cost(each, prices, bands):
    """Return (billed seconds, amount), or NO_PRICE."""
    zone = max((prefix, code) for prefix, code, _ in ZONES if each["b_number"].startswith(prefix))[1]
    position, fee, price_seconds = 0, None, Decimal(0)
    while position < each["duration_s"]:
        row = reference_price(each["started_at"] + timedelta(seconds=position), zone, prices, bands)
        if row is None:
            return "NO_PRICE"
        fee = row["connect_fee"] if fee is None else fee
        size = row["first_increment_s"] if position == 0 else row["increment_s"]
        price_seconds += size * row["price_per_minute"]
        position += size
    with localcontext() as exact:
        exact.prec = 60
        return position, str((fee + price_seconds / 60).quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP))


@st.composite
def band_sets(draw):
    """Cut working days and free days into bands; the cuts stand in and around the hour that clocks change."""
    rows = []
    for days in ("mon tue wed thu fri", "sat sun holiday"):
        cuts = draw(st.lists(st.sampled_from(["00:30", "01:59", "02:00", "02:30", "03:00", "23:59"]), unique=True))
        borders = ["00:00", *sorted(cuts), "24:00"]
        names = draw(st.lists(st.sampled_from("abc"), min_size=len(borders) - 1, max_size=len(borders) - 1))
        rows += [(name, days, borders[n], borders[n + 1]) for n, name in enumerate(names)]
    return rows


@st.composite
def price_lists(draw):
    rows = []
    for zone in ("se", "sthlm"):
        for band in draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3)) + ["*"] * draw(st.integers(0, 1)):
            changes = [date(2026, 1, 1), *sorted(draw(st.lists(st.sampled_from(CHANGED_ON), unique=True, max_size=2)))]
            for begins, ends in zip(changes, [*changes[1:], None], strict=True):
                if draw(st.integers(0, 9)):
                    rows.append(drawn_price(draw, band, zone_code=zone, valid_from=begins, valid_to=ends))
    return rows


def drawn_price(draw, band, **changed):
    amounts = st.integers(0, 9_999_999).map(lambda micro: Decimal(micro).scaleb(-6))
    increments = f"{draw(st.sampled_from([1, 6, 30, 60, 7]))}/{draw(st.sampled_from([1, 6, 18, 60, 11]))}"
    return price(draw(amounts), band, draw(amounts), increments, **changed)


CALLS = st.lists(
    st.builds(
        lambda moment, before, micros, seconds, number: call(
            moment + timedelta(seconds=before, microseconds=micros), seconds, b_number=number
        ),
        st.sampled_from(MOMENTS),
        st.integers(-3600, 3600) | st.sampled_from([-60, -30, -1, 0, 1]),
        st.sampled_from([0, 0, 0, 1, 500_000, 999_999]),
        st.integers(1, 150) | st.integers(1, 5000),
        st.sampled_from(["468123456", "46123456"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(calls=CALLS, prices=price_lists(), bands=band_sets())
def test_charges_equal_those_of_a_rater_that_walks_each_increment(calls, prices, bands):
    charged = charge(calls, prices, bands, HOLIDAYS, zones=ZONES)
    accepted = charged.accepted.select("usage_id", "billed_s", "amount_ex_vat").rows()
    got = {usage_id: (billed, str(amount)) for usage_id, billed, amount in accepted}
    got |= dict(charged.rejected.select("usage_id", "reason_code").rows())
    assert got == {f"switch:{n}": reference_cost(each, prices, bands) for n, each in enumerate(calls)}
