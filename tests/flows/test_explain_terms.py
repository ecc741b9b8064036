"""What terms, instalments and goodwill come to is computed again by `explain`, figure by figure, as it was charged.

Anna has mobile service from 16 September and called a premium number for 20 minutes: 1.20 + 20 x 6.80 = 137.20. Her
first invoice has the fees of 49.50 (15 of 30 days) and 99.00 as well.
"""

import json
from datetime import date
from decimal import Decimal

import pytest
import typer
from small_operator import ANNAS_NUMBER, ANNAS_SIGN_UP, ask, calls, opened_lake, put, small_home
from typer.testing import CliRunner

from pipelines.cli import rating
from pipelines.explaining.explain_flow import explain
from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
D = Decimal
DECIDED = stages_named("configure", "ingest", "register", "rate", "bill", "book", "prove")
COMMANDS = typer.Typer()
COMMANDS.command()(rating.explain)
_LINKED = "link_scope,link_to,term_scope"
CONFIG = {
    "rebates.csv": (
        f"rebate_code,rebate_name,{_LINKED},rebate_mode,amount_from,percent_off,currency,article_no,valid_from\n"
        "vol,Volume,all,*,account,graduated,0,0,SEK,3006,2026-09-01\n"
        "vol,Volume,all,*,account,graduated,50,5,SEK,3006,2026-09-01\n"
        "vol,Volume,all,*,account,graduated,100,10,SEK,3006,2026-09-01\n"
    ),
    "coupons.csv": (
        f"coupon_code,coupon_name,{_LINKED},term_target,percent_off,amount_off,currency,coupon_periods,article_no,"
        "valid_from\n"
        "TENTH,Tenth,all,*,account,service,10,,SEK,,3006,2026-09-01\n"
        "TWENTY,Twenty,all,*,account,recurring,,20,SEK,2,3006,2026-09-01\n"
    ),
    "commitments.csv": (
        f"commitment_code,commitment_name,{_LINKED},term_target,minimum_amount,minimum_article_no,maximum_amount,"
        "maximum_article_no,currency,valid_from\n"
        "most,Most,all,*,account,usage,,,200,3007,SEK,2026-09-01\n"
        "least,Least,all,*,account,recurring,300,3007,,,SEK,2026-09-01\n"
    ),
    "products.csv": (
        "product_code,product_name,article_no,product_price,currency,most_instalments\nphone,Phone,3004,100,SEK,3\n"
    ),
}


def asked(kind, request_id, on="2026-09-20", **fields):
    said = {"request_id": request_id, "type": kind, "channel": "agent", "actor": "sigrid", "effective_on": on}
    return json.dumps(said | {"requested_at": f"{on}T09:00:00+02:00", "number": ANNAS_NUMBER} | fields) + "\n"


def ordered(request_id, **fields):
    return asked("order", request_id, product="equipment", product_code="phone", **fields)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = small_home(tmp_path_factory.mktemp("explained") / "home")
    for name, text in CONFIG.items():
        (home.config / name).write_text(text, encoding="utf-8")
    wishes = ordered("o", instalments=3) + ordered("piece")
    wishes += asked("redeem_coupon", "ten", coupon_code="TENTH") + asked("redeem_coupon", "two", coupon_code="TWENTY")
    call = calls(("c1", "46939000001", "2026-09-17T10:00:00", "00:20:00"))
    put(home, {"a.jsonl": ANNAS_SIGN_UP, "b.jsonl": wishes, "c.csv": call})
    conduct(home, date(2026, 9, 20), stages=DECIDED)
    conduct(home, date(2026, 10, 1), stages=DECIDED)
    later = asked("goodwill", "g", "2026-10-02", amount="7.50", article_no="3006", reason="Waited an hour")
    later += asked("cancel", "end", "2026-10-20")
    put(home, {"d.jsonl": later})
    conduct(home, date(2026, 10, 21), stages=DECIDED)
    # What the files say afterwards changes no explanation.
    (home.config / "rebates.csv").write_text(CONFIG["rebates.csv"].replace(",10,SEK", ",50,SEK"), encoding="utf-8")
    (home.config / "commitments.csv").write_text(CONFIG["commitments.csv"].replace(",300,", ",900,"), encoding="utf-8")
    conduct(home, date(2026, 10, 22), stages=DECIDED)
    return home


def named(home, beginning):
    """Explain the charges of 1 October whose names begin so: their explanations, in the order of their names."""
    found = "SELECT charge_id FROM charge WHERE charge_kind IN ('one_off', 'rebate', 'coupon', 'cap', 'commitment')"
    names = sorted(name for (name,) in ask(home, found) if name.startswith(beginning))
    return [explain(home, name).charges[0] for name in names]


def test_every_charge_of_terms_and_requests_is_computed_again_as_it_was_charged(home):
    every = named(home, "")
    assert {each.charge["charge_kind"] for each in every} == {"one_off", "rebate", "coupon", "cap", "commitment"}
    for each in every:
        again = each.term.amount if each.term else each.one_off.amount
        assert (again, each.adds_up, each.is_computed) == (each.charge["amount_ex_vat"], True, True), each.charge


def test_a_rebate_is_told_by_its_tiers(home):
    """50 x 5 % + 37.20 x 10 % = 2.50 + 3.72 = 6.22, whatever the file has said since."""
    (told,) = named(home, "rebate:vol:20001:2026-10-01")
    assert [(tier.amount, tier.percent_off, tier.off) for tier in told.term.tiers] == [
        (D("50"), D(0), 0), (D("50"), D(5), D("2.5")), (D("37.20"), D(10), D("3.72")),
    ]  # fmt: skip
    assert (told.term.counted, told.term.wish, told.charge["amount_ex_vat"]) == (D("137.20"), D("6.22"), D("-6.22"))


def test_a_coupon_in_percent_is_told_by_what_it_is_of_and_how_it_is_shared(home):
    """130.98 + 148.50 = 279.48; 10 % is 27.948 -> 27.95, of which 13.0989 and 14.8511 -> 13.10 and 14.85."""
    usage, fees = (each.term for each in named(home, "coupon:TENTH:20001:2026-10-01"))
    assert dict(usage.by_kind) == {"usage": D("130.98"), "recurring": D("148.50")}
    assert (usage.counted, usage.wish, usage.row["used"]) == (D("279.48"), D("27.95"), 0)
    assert sorted((share.held, share.share) for share in usage.shares) == [
        (D("130.98"), D("13.10")), (D("148.50"), D("14.85")),
    ]  # fmt: skip
    assert sorted((usage.amount, fees.amount)) == [D("-14.85"), D("-13.10")]


def test_a_coupon_in_amount_a_maximum_and_a_minimum_are_told_by_what_was_left(home):
    """Fees 148.50 - 14.85 = 133.65, less 20 is 113.65; usage 130.98 - 13.10 = 117.88.

    The maximum of 200 and the minimum of 300 are for 15 of 30 days: 17.88 above 100, and 36.35 below 150.
    """
    coupon, cap, minimum = (named(home, f"{name}:20001:2026-10-01")[0].term for name in (
        "coupon:TWENTY", "cap:most", "commitment:least",
    ))  # fmt: skip
    assert (coupon.target_due, coupon.wish, coupon.row["coupon_periods"]) == (D("133.65"), D(20), 2)
    assert [(part.days, part.full_days, part.bound) for part in cap.bounds] == [(15, 30, D(100))]
    assert (cap.counted, cap.bound, cap.wish) == (D("117.88"), D(100), D("17.88"))
    assert [(part.days, part.full_days, part.bound) for part in minimum.bounds] == [(15, 30, D(150))]
    assert (minimum.counted, minimum.bound, minimum.wish) == (D("113.65"), D(150), D("36.35"))


def test_instalments_are_told_by_their_price_and_place(home):
    """100 / 3: 33.34 first; when the subscription ends, 100 - 33.34 = 66.66 is left."""
    first, left = (each.one_off for each in named(home, "one_off:o:"))
    assert (first.what, first.amount, first.plan["price_amount"], first.paid_before) == (
        "instalment_1", D("33.34"), D(100), D(0),
    )  # fmt: skip
    assert (left.what, left.amount, left.paid_before) == ("instalments_left", D("66.66"), D("33.34"))


def test_goodwill_is_told_by_who_gave_it_and_why(home):
    (told,) = named(home, "one_off:g:goodwill")
    assert (told.one_off.request["actor"], told.one_off.said["reason"]) == ("sigrid", "Waited an hour")
    assert told.one_off.amount == D("-7.50")


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("rebate:vol", ("37.20 x 10 % = 3.72", "rounded half away from zero to 6.22", "computed again -6.22")),
        ("coupon:TENTH", ("279.48 x 10 %", "27.95 x 130.98 / 279.48")),
        ("coupon:TWENTY", ("20.00 off, at most the 133.65 that is left", "for 2 invoices; used 0 before")),
        ("cap:most", ("200.00 x 15 of 30 days = 100.00", "117.88 - 100.00 = 17.88")),
        ("commitment:least", ("300.00 x 15 of 30 days = 150.00", "150.00 - 113.65 = 36.35")),
        ("one_off:o:instalment_1", ("1 of 3: 1 of 33.34 first, then 2 of 33.33",)),
        ("one_off:o:instalments_left", ("100.00 - 33.34 charged before = 66.66",)),
        ("one_off:g", ("Waited an hour", "goodwill g by sigrid (agent)", "computed again -7.50")),
    ],
)
def test_the_command_shows_the_sum(home, name, figures):
    found = "SELECT min(charge_id) FROM charge WHERE starts_with(charge_id, '{}')"
    ((charge_id,),) = ask(home, found.format(name))
    shown = CliRunner().invoke(COMMANDS, [charge_id, "--home", str(home.root)], env={"COLUMNS": "100"})
    assert shown.exit_code == 0, shown.output
    assert "Every sum adds up, and every figure computed again is the one that was charged." in shown.output
    for figure in figures:
        assert figure in shown.output


def test_a_hand_in_the_lake_is_told(home, copy_of):
    """The coupon of 20 is made to say 21."""
    changed = copy_of(home)
    with opened_lake(changed, read_only=False) as store:
        store.execute("UPDATE charge SET amount_ex_vat = -21 WHERE starts_with(charge_id, 'coupon:TWENTY')")
    (told,) = named(changed, "coupon:TWENTY:20001:2026-10-01")
    assert (told.adds_up, told.term.amount) == (False, D(-20))
