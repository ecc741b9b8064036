"""A call-centre service on a small credit: calls reach it, and what follows until the caller may call again."""

import json
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from small_operator import (
    DECIDED,
    ask,
    asked_of_marts,
    books,
    calls,
    differing,
    home_of,
    put,
    sign_up,
    small_home,
    swish,
)

from pipelines.charging.quote_flow import Asked, quote
from pipelines.nightly_flow import conduct, intraday, stages_named
from pipelines.repricing.rerate_flow import conduct_rerate
from pipelines.repricing.rerate_selection import Selection
from pipelines.repricing.simulate_flow import simulate
from pipelines.runs.home_lock import exclusive

pytestmark = pytest.mark.slow
CALLER = "46701740777"
PREMIUM = "46939000001"
FIRST, SECOND, THIRD, FOURTH = (date(2026, 10, day) for day in (5, 6, 7, 8))
OCR = "100000199"
POLICIES = (
    "service,customer_category,first_limit,limit_step,limit_ceiling,basis_release,partly_paid,prompt\n"
    "callcentre,*,1000,500,3000,{release},{partly},credit-cc-sv\n"
)
PLANS = (
    "plan_code,plan_name,service,price_list,article_no,monthly_fee,currency\n"
    "mobile_small,Mobil Liten,mobile,private,2002,99,SEK\n"
    "centre,Rådgivning,callcentre,private,2002,0,SEK\n"
)
# Half an hour costs 1.20 + 30 x 6.80 = 205.20, with VAT 256.50: the fourth call reaches 1000.
HALF_HOURS = [(f"k{n}", PREMIUM, f"2026-10-05T{8 + n:02}:00:00", "00:30:00", "answered", CALLER) for n in range(1, 6)]


def centre_home(root, release="manual", partly="stay_blocked"):
    """Create the small operator with a call-centre plan on a credit of 1000 kr that rises by 500."""
    home = small_home(root)
    (home.config / "plans.csv").write_text(PLANS, encoding="utf-8")
    policies = POLICIES.format(release=release, partly=partly)
    (home.config / "credit_policies.csv").write_text(policies, encoding="utf-8")
    policy = home.config / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("private = 400", "private = 1000"), encoding="utf-8")
    put(home, {"a.jsonl": sign_up("r-cia", "Cia Lund", "centre", [CALLER], on="2026-10-01")})
    return home


def night(home, on, **files):
    """Run a night with files."""
    put(home, {f"{name}.csv": text for name, text in files.items()})
    report = conduct(home, on, stages=DECIDED)
    return {stage.name: stage.report.summary for stage in report.stages}


def again(home, on):
    """Run a night once more; that must change nothing."""
    before = books(home)
    conduct(home, on, stages=DECIDED)
    assert differing(before, books(home)) == []


def first_said(home, on, stage):
    """Return what a stage said in the first run of a night."""
    sql = "SELECT s.summary FROM run_stage s JOIN run USING (run_id) WHERE run_on = DATE '{}' AND stage = '{}'"
    return ask(home, f"{sql.format(on, stage)} ORDER BY s.begun_at")[0][0]


def asking(kind, request_id, on, **fields):
    """Write a request of Eva's about the first basis of Cia's as a line."""
    said = {
        "request_id": request_id, "type": kind, "channel": "agent", "actor": "eva", "effective_on": str(on),
        "requested_at": f"{on}T09:00:00+02:00", "basis_id": "20001:1", "reason": "looked at",
    }  # fmt: skip
    return json.dumps(said | fields) + "\n"


def release(home, on):
    put(home, {"release.jsonl": asking("release_basis", "r-release", on)})


BASES = "SELECT basis_id, basis_state, exposure, credit_limit, invoice_no, paid_on FROM invoice_basis"
BLOCKS = "SELECT block_id, block_reason, prompt, exposure, credit_limit, blocked_on, unblocked_on FROM block"


@pytest.fixture(scope="session")
def reached(made_once):
    """Cia has called five half hours, and the fourth reached her limit."""

    def fill(root):
        night(centre_home(root), FIRST, calls=calls(*HALF_HOURS))

    return made_once("centre_reached", fill)


@pytest.fixture(scope="session")
def just_reached(made_once):
    """Cia has called four half hours, and the fourth reached her limit."""

    def fill(root):
        night(centre_home(root), FIRST, calls=calls(*HALF_HOURS[:4]))

    return made_once("centre_just_reached", fill)


@pytest.fixture(scope="session")
def centre(made_once, reached):
    """The whole story; the night of the invoice, and that of the last payment, again change nothing."""

    def fill(root):
        shutil.copytree(reached.root, root, symlinks=True)
        tell(home_of(root))

    return made_once("centre", fill)


def tell(home):
    assert ask(home, BASES) == [("20001:1", "open", Decimal("1026.00"), Decimal(1000), None, None)]
    assert ask(home, "SELECT charge_id, amount_ex_vat FROM charge ORDER BY ALL") == [
        ("usage:1:500001:1005:2026-10-05:call:standard:3043", Decimal("820.800000")),
        ("usage:2/1:500001:1005:2026-10-05:call:standard:3043", Decimal("205.200000")),
    ]
    assert ask(home, BLOCKS) == [
        (f"credit_limit:{CALLER}:1", "financial", "credit-cc-sv", Decimal("1026.00"), Decimal(1000), FIRST, None)
    ]
    release(home, SECOND)
    night(home, SECOND)
    again(home, SECOND)
    assert ask(home, "SELECT invoice_no, total_amount, billing_date FROM invoice") == [(1000001, Decimal(1026), SECOND)]
    assert len(ask(home, f"{BLOCKS} WHERE unblocked_on IS NULL")) == 1
    night(home, THIRD, part=swish(("P1", "2026-10-07", "1000,00", OCR)))
    assert len(ask(home, f"{BLOCKS} WHERE unblocked_on IS NULL")) == 1
    night(home, FOURTH, rest=swish(("P2", "2026-10-08", "26,00", OCR)))
    again(home, FOURTH)
    conduct(home, FOURTH, stages=stages_named("publish"))


def test_orders_up_to_the_limit_become_a_basis_and_what_comes_after_waits(centre):
    assert first_said(centre, FIRST, "order") == (
        "1 invoice bases made, 0 released by the policy, 0 paid in full; "
        "1 records after a limit was reached are booked apart"
    )
    assert first_said(centre, FIRST, "restrict").startswith(
        "1 numbers blocked, 0 freed, 1 on the block list; 1 records came"
    )


def test_a_part_payment_frees_nobody_where_the_policy_says_so_and_the_rest_raises_the_limit_at_once(centre):
    home = centre
    assert first_said(home, THIRD, "restrict").startswith("0 numbers blocked, 0 freed, 1 on the block list")
    assert first_said(home, FOURTH, "restrict").startswith("0 numbers blocked, 1 freed, 0 on the block list")
    assert ask(home, BASES) == [("20001:1", "released", Decimal("1026.00"), Decimal(1000), 1000001, FOURTH)]
    changes = "SELECT account_id, old_limit, credit_limit, change_cause, changed_on, basis_id FROM credit_change"
    assert ask(home, changes) == [(20001, Decimal(1000), Decimal(1500), "paid", FOURTH, "20001:1")]
    assert ask(home, "SELECT credit_limit FROM account") == [(Decimal(1500),)]
    assert ask(home, "SELECT unblocked_on FROM block") == [(FOURTH,)]


def test_the_caller_is_told_when_the_number_is_blocked_and_when_it_is_free(centre):
    told = "SELECT notice_id, requested_on, notice_data->>'amount_to_pay', notice_data->>'credit_limit' FROM notice"
    assert ask(centre, f"{told} WHERE notice_kind IN ('blocked', 'unblocked') ORDER BY ALL") == [
        (f"credit_limit:{CALLER}:1:blocked", FIRST, "0.00", "1000.00"),
        (f"credit_limit:{CALLER}:1:unblocked", FOURTH, "0.00", "1500.00"),
    ]


def test_the_marts_show_the_basis_and_what_leaked(centre):
    leaked = "SELECT usage_id, leakage_kind, amount_ex_vat FROM fact_leakage"
    assert asked_of_marts(centre, leaked) == [("switch:k5", "over_limit", Decimal("205.200000"))]
    assert asked_of_marts(centre, "SELECT basis_id, invoice_no, amount_ex_vat FROM fact_basis") == [
        ("20001:1", 1000001, Decimal("820.800000"))
    ]


def test_an_automatic_basis_is_invoiced_in_the_night_that_makes_it(tmp_path):
    home = centre_home(tmp_path / "home", release="automatic", partly="lift_below_limit")
    night(home, FIRST, calls=calls(*HALF_HOURS))
    assert ask(home, "SELECT invoice_no, decided_by FROM invoice_basis") == [(1000001, "policy")]
    again(home, FIRST)
    night(home, SECOND, part=swish(("P1", "2026-10-06", "500,00", OCR)))
    # 526 kr are left of the invoice, and 256.50 for the fifth call: below the limit, which does not rise yet.
    assert ask(home, "SELECT exposure, unblocked_on FROM block") == [(Decimal("1026.00"), SECOND)]
    assert ask(home, "SELECT credit_limit FROM account") == [(Decimal(1000),)]


def test_what_is_in_an_open_basis_waits_on_the_billing_day_and_the_rest_is_billed(reached, copy_of):
    home = copy_of(reached)
    night(home, date(2026, 11, 1))
    assert ask(home, "SELECT invoice_no, net_amount FROM invoice") == [(1000001, Decimal("205.20"))]
    release(home, date(2026, 11, 1))
    night(home, date(2026, 11, 1))
    assert ask(home, "SELECT invoice_no, net_amount FROM invoice ORDER BY ALL") == [
        (1000001, Decimal("205.20")), (1000002, Decimal("820.80")),
    ]  # fmt: skip
    again(home, date(2026, 11, 1))


def test_a_changed_basis_is_invoiced_with_what_was_taken_off_and_its_charges_stay(just_reached, copy_of, nightbill):
    """Ten percent of 820.80 are 82.08: 738.72 and 184.68 VAT are 923.40, which is paid with 923 kr."""
    home = copy_of(just_reached)
    tenth = asking("adjust", "r-10", FIRST, article_no="1005", discount_percent="10", reason="waited long")
    dearer = asking("adjust", "r-7", FIRST, article_no="1005", unit_price="7", requested_at="2026-10-05T09:30:00+02:00")
    put(home, {"changes.jsonl": tenth + dearer})
    night(home, FIRST)
    code, shown, _ = nightbill("basis", "show", "20001:1", "--home", home.root)
    assert (code, "waited long" in shown) == (0, True)
    release(home, FIRST)
    night(home, FIRST)
    assert ask(home, "SELECT charge_kind, net_amount FROM invoice_line ORDER BY entry_no") == [
        ("usage", Decimal("820.80")), ("basis_change", Decimal("-82.08")),
    ]  # fmt: skip
    assert ask(home, "SELECT net_amount, total_amount FROM invoice") == [(Decimal("738.72"), Decimal(923))]
    assert ask(home, "SELECT count(*) FROM block WHERE unblocked_on IS NULL") == [(1,)]
    charge = "basis_change:r-10:usage:1:500001:1005:2026-10-05:call:standard:3043"
    code, told, _ = nightbill("explain", charge, "--home", home.root)
    assert (code, "10 percent off" in told, "by eva" in told) == (0, True, True)
    night(home, SECOND, all=swish(("P1", "2026-10-06", "923,00", OCR)))
    assert ask(home, "SELECT credit_limit FROM account") == [(Decimal(1500),)]
    again(home, SECOND)


def test_what_a_re_rating_finds_in_an_open_basis_stands_beside_it(reached, copy_of):
    """At 5.00 a minute half an hour costs 151.20: four calls cost 216.00 less, the fifth is made anew."""
    home = copy_of(reached)
    prices = home.config / "prices.csv"
    prices.write_text(prices.read_text(encoding="utf-8").replace("1.20,6.80", "1.20,5.00"), encoding="utf-8")
    conduct_rerate(home, FIRST, Selection(FIRST, FIRST))
    assert ask(home, "SELECT charge_id, charge_kind, amount_ex_vat, basis_id FROM charge LEFT JOIN basis_charge "
                     "USING (charge_id) ORDER BY ALL") == [
        ("adjustment:3/1:500001:1005:2026-10-05:call:standard:3043", "adjustment", Decimal("-216.000000"), None),
        ("usage:1:500001:1005:2026-10-05:call:standard:3043", "usage", Decimal("820.800000"), "20001:1"),
        ("usage:3/1:500001:1005:2026-10-05:call:standard:3043", "usage", Decimal("151.200000"), None),
    ]  # fmt: skip


_CHARGED = "SELECT charge_kind, sum(amount_ex_vat) FROM charge GROUP BY ALL ORDER BY ALL"


def cost(home, price, *, instead_of="6.80"):
    """Set the price of a minute of the call-centre's calls."""
    prices = home.config / "prices.csv"
    text = prices.read_text(encoding="utf-8")
    assert f"1.20,{instead_of}" in text
    prices.write_text(text.replace(f"1.20,{instead_of}", f"1.20,{price}"), encoding="utf-8")


def test_a_line_removed_by_hand_stays_removed_when_it_is_re_rated(just_reached, copy_of):
    """Four calls of 205.20 are taken off; at 5.00 a minute they cost 216.00 less, at 8.00 144.00 more: nothing."""
    home = copy_of(just_reached)
    put(home, {"change.jsonl": asking("adjust", "r-1", FIRST, article_no="1005", remove=True)})
    conduct(home, FIRST, stages=DECIDED)
    for price, before in (("5.00", "6.80"), ("8.00", "5.00")):
        cost(home, price, instead_of=before)
        _, report = conduct_rerate(home, FIRST, Selection(FIRST, FIRST))
        assert report.total == 0
        assert ask(home, _CHARGED) == [("basis_change", Decimal("-820.80")), ("usage", Decimal("820.80"))]
    found = "SELECT sum(difference_amount) FROM "
    assert ask(home, f"{found} rerated_usage") == [(Decimal(144),)]
    assert ask(home, f"{found} basis_change") == [(Decimal("-964.80"),)]
    books_before = books(home)
    conduct_rerate(home, FIRST, Selection(FIRST, FIRST))
    assert [
        name for name in differing(books_before, books(home)) if name not in {"run", "run_stage", "control_total"}
    ] == []
    release(home, SECOND)
    conduct(home, SECOND, stages=DECIDED)
    assert ask(home, BASES)[0][4:] == (None, SECOND)


def test_a_discount_given_by_hand_is_one_on_the_re_rated_amount_before_and_after(just_reached, copy_of, nightbill):
    """At 5.00 a minute 820.80 become 604.80; less 10 percent they are 544.32, and less 50 more 272.16."""
    home = copy_of(just_reached)
    put(home, {"change.jsonl": asking("adjust", "r-1", FIRST, article_no="1005", discount_percent="10")})
    conduct(home, FIRST, stages=DECIDED)
    cost(home, "5.00")
    _, report = conduct_rerate(home, FIRST, Selection(FIRST, FIRST))
    assert report.differences["difference_amount"].to_list() == [Decimal("-194.40")]
    assert ask(home, "SELECT sum(amount_ex_vat) FROM charge") == [(Decimal("544.32"),)]
    adjustment = "adjustment:2/1:500001:1005:2026-10-05:call:standard:3043"
    code, told, _ = nightbill("explain", adjustment, "--home", home.root)
    assert (code, "10 percent off" in told) == (0, True)
    put(home, {"again.jsonl": asking("adjust", "r-2", FIRST, article_no="1005", discount_percent="50",
                                   requested_at="2026-10-05T09:30:00+02:00")})  # fmt: skip
    conduct(home, FIRST, stages=DECIDED)
    assert ask(home, "SELECT sum(amount_ex_vat) FROM charge") == [(Decimal("272.16"),)]
    assert ask(home, _CHARGED) == [
        ("adjustment", Decimal("-194.40")), ("basis_change", Decimal("-354.24")), ("usage", Decimal("820.80")),
    ]  # fmt: skip
    cost(home, "6.80", instead_of="5.00")
    conduct_rerate(home, FIRST, Selection(FIRST, FIRST))
    # As it was seen first: 820.80 less 10 and 50 percent.
    assert ask(home, "SELECT sum(amount_ex_vat) FROM charge") == [(Decimal("369.36"),)]


ALLOWANCES = (
    "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,zones,time_bands,"
    "services,priority,prorated,rollover_limit,covers_fee\n"
    "ten,Tio minuter,s,600,own,period,,,,10,no,,no\n"
)
LINKS = "allowance_code,link_scope,link_to,valid_from,valid_to\nten,plan,centre,2026-09-01,\n"


def test_a_call_that_drew_on_an_allowance_is_booked_apart_and_explained_as_it_was_priced(tmp_path, nightbill):
    """Ten of the first half hour's minutes are included, so the fifth call reaches the limit, and the sixth waits."""
    home = centre_home(tmp_path / "home")
    (home.config / "allowances.csv").write_text(ALLOWANCES, encoding="utf-8")
    (home.config / "allowance_links.csv").write_text(LINKS, encoding="utf-8")
    # 1.20 + 20 x 6.80 = 137.20, four times 205.20 more: 958.00, with VAT 1197.50.
    six = [*HALF_HOURS, ("k6", PREMIUM, "2026-10-05T16:00:00", "00:30:00", "answered", CALLER)]
    night(home, FIRST, calls=calls(*reversed(six)))
    assert ask(home, "SELECT exposure FROM invoice_basis") == [(Decimal("1197.50"),)]
    sums = "SELECT rated_batch, sum(included_units), sum(amount_ex_vat) FROM rated_usage GROUP BY ALL ORDER BY ALL"
    assert ask(home, sums) == [(1, 600, Decimal(958)), (2, 0, Decimal("205.20"))]
    for record in ("switch:k1", "switch:k6"):
        assert nightbill("explain", record, "--home", home.root)[0] == 0


def test_usage_booked_apart_and_re_rated_is_simulated_and_quoted_as_it_is_charged(tmp_path):
    """Of k1 ten minutes are included; k6 is booked apart, and made anew at 5.00 a minute: 1.20 + 30 x 5.00 = 151.20."""
    home = centre_home(tmp_path / "home")
    (home.config / "allowances.csv").write_text(ALLOWANCES, encoding="utf-8")
    (home.config / "allowance_links.csv").write_text(LINKS, encoding="utf-8")
    six = [*HALF_HOURS, ("k6", PREMIUM, "2026-10-05T16:00:00", "00:30:00", "answered", CALLER)]
    put(home, {"calls.csv": calls(*six)})
    conduct(home, FIRST, stages=DECIDED)
    cost(home, "5.00")
    conduct_rerate(home, FIRST, Selection(FIRST, FIRST))
    assert ask(home, "SELECT usage_id FROM rated_usage WHERE first_batch <> rated_batch") == [("switch:k6",)]
    trial = tmp_path / "trial"
    trial.mkdir()
    (trial / "prices.csv").write_text((home.config / "prices.csv").read_text(encoding="utf-8"), encoding="utf-8")
    found = simulate(home, trial, FIRST, FIRST)
    # 1.20 + 20 x 5.00 = 101.20, and five times 151.20.
    assert (found.charged_records, found.charged, found.total["revenue_before"]) == (
        6,
        Decimal("857.2"),
        Decimal("857.2"),
    )
    next_one = quote(home, Asked(PREMIUM, datetime(2026, 10, 5, 17), 1800, number=CALLER))  # noqa: DTZ001 (local)
    assert next_one.explanation.amount == Decimal("151.20")


def test_the_commands_change_and_release_a_basis_by_requests_that_are_kept(just_reached, copy_of, nightbill):
    """A price of 5.00 a minute makes 600.00 of 820.80: 750.00 with VAT, 450.00 after 40 percent off."""
    home = copy_of(just_reached)
    basis = ("20001:1", "--reason", "as agreed", "--by", "eva", "--on", FIRST, "--home", home.root)
    assert nightbill("basis", "change", *basis, "--article", "1005", "--unit-price", "5")[0] == 0
    with exclusive(home, "nightly"):
        code, said, _ = nightbill("basis", "change", *basis, "--article", "1005", "--discount", "40")
    assert (code, "the next run applies it" in " ".join(said.split())) == (0, True)
    code, _, wrong = nightbill("basis", "change", *basis, "--article", "1005", "--discount", "101")
    assert (code, "discount_percent" in wrong) == (2, True)
    assert nightbill("basis", "release", *basis)[0] == 0
    kinds = "SELECT basis_change_kind, change_value, difference_amount, decided_by FROM basis_change ORDER BY ALL"
    assert ask(home, kinds) == [
        ("discount", Decimal(40), Decimal(-240), "eva"), ("unit_price", Decimal(5), Decimal("-220.8"), "eva"),
    ]  # fmt: skip
    assert ask(home, "SELECT net_amount, total_amount FROM invoice") == [(Decimal(360), Decimal(450))]
    code, shown, _ = nightbill("basis", "list", "--home", home.root)
    assert (code, "20001:1" in shown) == (0, True)
    assert nightbill("basis", "release", *basis)[0] == 2


def test_a_call_that_begins_while_its_number_is_blocked_is_leakage(tmp_path, monkeypatch):
    home = centre_home(tmp_path / "home")
    monkeypatch.setattr("pipelines.clock.now", lambda: datetime(2026, 10, 6, 1, tzinfo=UTC))
    night(home, FIRST, calls=calls(*HALF_HOURS[:4]))
    late = ("late", PREMIUM, "2026-10-06T09:00:00", "00:30:00", "answered", CALLER)
    said = night(home, SECOND, more=calls(late))
    assert said["restrict"].endswith("; 1 records came although blocked, 205.200000 ex VAT")
    again(home, SECOND)
    conduct(home, SECOND, stages=stages_named("publish"))
    found = asked_of_marts(home, "SELECT usage_id, leakage_kind, block_cause FROM fact_leakage")
    assert found == [("switch:late", "blocked", "credit_limit")]


def test_a_reminder_fee_blocks_at_once_and_makes_a_basis_the_next_night(tmp_path):
    """770 kr are overdue, a call of 214.00 makes it 984.00, and the fee of 60 brings it to 1044.00."""
    home = centre_home(tmp_path / "home")
    night(home, date(2026, 11, 1), calls=calls(*HALF_HOURS[:3]))
    call = ("x1", PREMIUM, "2026-11-10T09:00:00", "00:25:00", "answered", CALLER)
    night(home, date(2026, 11, 27), more=calls(call))
    assert ask(home, f"{BLOCKS} WHERE unblocked_on IS NULL")[0][3:5] == (Decimal(1044), Decimal(1000))
    assert ask(home, BASES) == []
    again(home, date(2026, 11, 27))
    conduct(home, date(2026, 11, 28), stages=stages_named("order"))
    assert ask(home, BASES) == [("20001:1", "open", Decimal(1044), Decimal(1000), None, None)]


def test_the_rounding_of_an_invoice_makes_no_basis_when_a_night_is_run_again(tmp_path):
    """769.50 of October and 256.50 of today are 1026.00; the invoice rounds 769.50 to 770, and 1026.50 pass 1026.25."""
    home = centre_home(tmp_path / "home")
    for name, old, new in (
        ("credit_policies.csv", ",1000,", ",1026.25,"),
        ("policy.toml", "private = 1000\n", "private = 1026.25\n"),
    ):
        path = home.config / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    today = ("x1", PREMIUM, "2026-11-01T09:00:00", "00:30:00", "answered", CALLER)
    night(home, date(2026, 11, 1), calls=calls(*HALF_HOURS[:3], today))
    assert ask(home, "SELECT total_amount FROM invoice") == [(Decimal(770),)]
    assert ask(home, "SELECT exposure FROM block") == [(Decimal("1026.50"),)]
    assert ask(home, BASES) == []


def test_what_waited_while_credit_paid_a_basis_becomes_one_the_next_night_not_when_the_night_is_run_again(tmp_path):
    """770 and 257 kr are paid with one payment; six half hours, 1539.00, wait and reach the new limit of 1500."""
    home = centre_home(tmp_path / "home")
    put(home, {"calls.csv": calls(*HALF_HOURS[:3])})
    conduct(home, date(2026, 11, 1), stages=DECIDED)
    first = ("x1", PREMIUM, "2026-11-02T09:00:00", "00:30:00", "answered", CALLER)
    put(home, {"more.csv": calls(first)})
    conduct(home, date(2026, 11, 3), stages=DECIDED)
    release(home, date(2026, 11, 4))
    waiting = [(f"w{n}", PREMIUM, f"2026-11-03T{n:02}:00:00", "00:30:00", "answered", CALLER) for n in range(10, 16)]
    put(home, {"waiting.csv": calls(*waiting)})
    conduct(home, date(2026, 11, 4), stages=DECIDED)
    night(home, date(2026, 11, 5), paid=swish(("P1", "2026-11-05", "1027,00", OCR)))
    assert [row[0] for row in ask(home, BASES)] == ["20001:1"]
    conduct(home, date(2026, 11, 6), stages=DECIDED)
    assert [row[0] for row in ask(home, f"{BASES} ORDER BY basis_id")] == ["20001:1", "20001:2"]


def test_by_day_the_notice_of_a_block_names_what_the_released_basis_comes_to(tmp_path):
    """The basis of 1026.00 is released by day and invoiced by night: 1026 kr are to pay, and it is told once."""
    home = centre_home(tmp_path / "home", release="automatic")
    put(home, {"calls.csv": calls(*HALF_HOURS)})
    intraday(home, FIRST)
    told = "SELECT notice_data->>'amount_to_pay' FROM notice WHERE notice_kind = 'blocked'"
    assert ask(home, told) == [("1026.00",)]
    conduct(home, FIRST, stages=DECIDED)
    assert ask(home, "SELECT total_amount FROM invoice") == [(Decimal(1026),)]
    assert ask(home, told) == [("1026.00",)]


def test_by_day_what_an_invoice_was_overpaid_by_pays_the_basis_and_frees_the_caller(tmp_path):
    """The monthly invoice of 770 kr is paid with 1027, and the 257 left are what the basis comes to."""
    home = centre_home(tmp_path / "home")
    night(home, date(2026, 11, 1), calls=calls(*HALF_HOURS[:3]))
    call = ("x1", PREMIUM, "2026-11-02T09:00:00", "00:30:00", "answered", CALLER)
    night(home, date(2026, 11, 3), more=calls(call))
    release(home, date(2026, 11, 4))
    night(home, date(2026, 11, 4))
    put(home, {"paid.csv": swish(("P1", "2026-11-05", "1027,00", OCR))})
    intraday(home, date(2026, 11, 5))
    assert ask(home, "SELECT a.credit_limit, unblocked_on FROM account a JOIN block USING (account_id)") == [
        (Decimal(1500), date(2026, 11, 5))
    ]
