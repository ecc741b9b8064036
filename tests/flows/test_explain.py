"""`nightbill explain`: every charge is told from the lake as its night had it, and adds up to what was charged."""

import json
import re
import shlex
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from small_operator import STORY, ask, calls, put, small_home
from typer.testing import CliRunner

from pipelines.cli import rating
from pipelines.cli.exit_codes import ExitCode
from pipelines.explaining.explain_flow import NotFoundError, explain
from pipelines.nightly_flow import conduct, stages_named
from pipelines.repricing.rerate_flow import conduct_rerate
from pipelines.repricing.rerate_selection import Selection

pytestmark = pytest.mark.slow
D = Decimal
PRICED = stages_named("configure", "ingest", "register", "rate", "bill", "prove")
COMMANDS = typer.Typer()
COMMANDS.command()(rating.explain)
COMMANDS.command()(rating.quote)


def nightbill(*words):
    return CliRunner().invoke(COMMANDS, [str(word) for word in words], env={"COLUMNS": "100"})


def charges_of(home):
    return [name for (name,) in ask(home, "SELECT charge_id FROM charge ORDER BY charge_id")]


def amounts(explanation):
    return [(step.step, str(step.amount)) for step in explanation.steps]


def test_every_charge_of_the_story_is_explained_and_adds_up(told):
    for name in charges_of(told):
        answer = explain(told, name)
        (charge,) = answer.charges
        assert answer.holds, name
        assert charge.records or charge.fee, name


def test_a_call_over_the_band_border_is_told_with_its_source_and_its_invoice_line(told):
    """90 x 0.01 + 35 x 0.005 = 1.075; + 0.39 = 1.465."""
    (record,) = explain(told, "switch:c1").records
    found = record.explanation
    assert (record.source["file_name"], record.source["line_no"], record.invoice_line) == (
        "september.csv",
        2,
        "1000001/3",
    )
    assert (found.destination.matched_by, found.destination.matched) == ("prefix", "4670")
    assert [(part.units_from, part.units_to, part.time_band) for part in found.parts] == [
        (0, 90, "day"),
        (90, 125, "evening"),
    ]
    assert amounts(found) == [("usage", "43/40"), ("connect fee", "293/200"), ("rounding", "293/200")]
    assert (record.stored["amount_ex_vat"], record.differs) == (D("1.465000"), ())


def test_an_invoice_line_is_told_by_its_charges(told):
    """1.465 + 0.69 = 2.155, on the invoice 2.16."""
    answer = explain(told, "1000001/3")
    assert [charge.charge["amount_ex_vat"] for charge in answer.charges] == [D("1.465000"), D("0.690000")]
    assert (answer.line["amount_ex_vat"], answer.line["net_amount"], answer.holds) == (D("2.155000"), D("2.16"), True)


def test_a_first_fee_is_told_by_its_days(told):
    """15 of 30 days: 99 x 15 / 30 = 49.50."""
    (charge,) = explain(told, "recurring:500001:mobile_small:2002:2026-09-16:2026-09-01/2026-10-01").charges
    assert (charge.fee.used_days, charge.fee.full_days, charge.fee.amount) == (15, 30, D("49.500000"))


@pytest.mark.parametrize(("name", "reason"), [("switch:c4", "lets it cost nothing"), ("switch:c6", "UNKNOWN_A_NUMBER")])
def test_a_record_without_a_charge_is_told_why(told, name, reason):
    (record,) = explain(told, name).records
    assert record.explanation is None
    assert reason in record.reason


@pytest.mark.parametrize("name", ["usage:none", "1000001/99", "999/1"])
def test_what_is_not_there_is_said(told, name):
    with pytest.raises(NotFoundError):
        explain(told, name)
    assert nightbill("explain", name, "--home", told.root).exit_code == ExitCode.DOCUMENT


def test_the_command_shows_every_figure_within_100_columns(told):
    shown = nightbill("explain", "switch:c1", "--home", told.root)
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.output.splitlines())) <= 100
    for figure in ("september.csv line 2", "prefix 4670", "60 + 30 x 1", "0.175", "1.465", "1000001/3"):
        assert figure in shown.output


def test_json_holds_what_is_shown(told):
    shown = nightbill("explain", "switch:c1", "--home", told.root, "--format", "json")
    (record,) = json.loads(shown.output)["records"]
    assert record["stored"]["amount_ex_vat"] == "1.465000"
    assert [part["cost"] for part in record["explanation"]["parts"]] == ["9/10", "7/40"]


# What changes afterwards, and what depends on what was used before


@pytest.fixture(scope="session")
def with_terms(made_once):
    """Anna has 100 s included, 10 % off up to 0.20 a month, and a cheaper tier; prices change after the first night."""
    return made_once("explained", make_with_terms)


def make_with_terms(root):
    home = small_home(root)
    files = {
        "allowances.csv": (
            "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,zones,"
            "priority,prorated,covers_fee\nfree100,100 sekunder,s,100,own,period,se_mobile,1,no,no\n"
        ),
        "allowance_links.csv": (
            "allowance_code,link_scope,link_to,valid_from,valid_to\nfree100,plan,mobile_small,2026-01-01,\n"
        ),
        "discounts.csv": (
            "discount_code,discount_name,link_scope,link_to,article_no,zone_code,discount_kind,discount_value,order_no,"
            "monthly_cap,valid_from,valid_to\nten,Tio procent,plan,mobile_small,1002,,percent,10,1,0.20,2026-01-01,\n"
        ),
        "tiers.csv": (
            "tier_code,tier_mode,tier_scope,tier_from,tier_to,price_per_unit,price_unit\n"
            "premium,graduated,subscription,0,1800,6.80,60\npremium,graduated,subscription,1800,,3.40,60\n"
        ),
    }  # fmt: skip
    for name, text in files.items():
        (home.config / name).write_text(text, encoding="utf-8")
    prices = home.config / "prices.csv"
    head, *rows = prices.read_text(encoding="utf-8").splitlines()
    tiered = [f"{row},{'premium' if 'se_premium' in row else ''}" for row in rows]
    prices.write_text("\n".join([f"{head},tier_code", *tiered]) + "\n", encoding="utf-8")
    on, first_files = STORY[0]
    put(home, first_files)
    conduct(home, on, stages=PRICED)
    raised = prices.read_text(encoding="utf-8").replace("0.60,60", "9.60,60").replace("6.80,60", "9.80,60")
    prices.write_text(raised, encoding="utf-8")
    more = calls(
        ("d1", "46939000001", "2026-09-21T10:00:00", "00:20:00"),
        ("d2", "46939000001", "2026-09-21T11:00:00", "00:20:00"),
        ("d3", "46701740699", "2026-09-21T12:00:00", "00:01:00"),
        ("d4", "46701740699", "2026-09-21T13:00:00", "00:01:00"),
    )
    put(home, {"more.csv": more})
    conduct(home, date(2026, 9, 22), stages=PRICED)


def test_everything_of_an_operator_with_terms_adds_up(with_terms):
    for name in charges_of(with_terms):
        assert explain(with_terms, name).holds, name


def test_an_allowance_is_split_at_its_edge(with_terms):
    """Of 125 s 100 are included, the last 25 fall into the evening: 25 x 0.005 = 0.125; + 0.39 = 0.515; - 10 %."""
    found = explain(with_terms, "switch:c1").records[0].explanation
    (draw,) = found.allowances
    assert (draw.left_before, draw.used_quantity, draw.left_after) == (100, 100, 0)
    assert [part.paid_units for part in found.parts] == [0, 25]
    assert amounts(found) == [
        ("usage", "1/8"),
        ("connect fee", "103/200"),
        ("discount", "927/2000"),
        ("rounding", "927/2000"),
    ]


def test_a_cap_is_told_with_what_earlier_batches_took(with_terms):
    """0.0515 and 0.069 were taken in the first night: 0.0795 of the cap of 0.20 are left for d3."""
    (discount,) = [s for s in explain(with_terms, "switch:d3").records[0].explanation.steps if s.step == "discount"]
    assert discount.text == "ten: - 10 %, takes 0.0795; 0.1205 of its cap 0.20 taken before this month"


def test_a_tier_is_told_with_the_records_of_its_batch_before_it(with_terms):
    """1,200 s before: F(1200) = 136.00, F(2400) = 204.00 + 34.00 = 238.00."""
    tier = explain(with_terms, "switch:d2").records[0].explanation.tier
    assert (tier.units_before, tier.units_after) == (1200, 2400)
    assert (tier.price_before, tier.price_after) == (136, 238)


def test_a_price_changed_afterwards_changes_no_explanation(with_terms):
    """Of the first night's call 0.60 a minute is told; the second night's call has 9.60."""
    rows = [explain(with_terms, name).records[0].explanation.price_row for name in ("switch:c1", "switch:d3")]
    assert [row["price_per_unit"] for row in rows] == [D("0.600000"), D("9.600000")]


def test_a_policy_changed_afterwards_is_noticed(begun, copy_of):
    """The one thing that the lake does not keep."""
    home = copy_of(begun)
    policy = home.config / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("Europe/Stockholm", "Europe/London"), encoding="utf-8")
    answer = explain(home, "switch:c1")
    assert not answer.holds
    assert "amount_ex_vat" in answer.records[0].differs
    assert nightbill("explain", "switch:c1", "--home", home.root).exit_code == ExitCode.PROOF


def test_explaining_writes_nothing(begun):
    before = ask(begun, "SELECT max(snapshot_id) FROM lake.snapshots()")
    explain(begun, "switch:c1")
    assert ask(begun, "SELECT max(snapshot_id) FROM lake.snapshots()") == before


# Re-rating


def rerated(home, on):
    """Raise the price of a minute by day from 0.60 to 0.90 and re-rate September."""
    prices = home.config / "prices.csv"
    prices.write_text(prices.read_text(encoding="utf-8").replace("0.60,60", "0.90,60"), encoding="utf-8")
    conduct_rerate(home, on, Selection(date(2026, 9, 1), date(2026, 9, 30)))
    return home


def test_a_record_priced_anew_before_its_invoice_is_told_at_its_new_price(begun, copy_of):
    """90 x 0.015 + 35 x 0.005 = 1.525; + 0.39 = 1.915."""
    (record,) = explain(rerated(copy_of(begun), date(2026, 9, 21)), "switch:c1").records
    assert (record.batch["batch_kind"], record.explanation.amount, record.differs) == ("rerate", D("1.915000"), ())


def test_a_record_priced_anew_after_its_invoice_is_told_at_both_prices(invoiced, copy_of):
    """1.465 was charged; 1.915 would be right; the adjustment is 0.45."""
    home = rerated(copy_of(invoiced), date(2026, 10, 2))
    (name,) = [each for each in charges_of(home) if each.startswith("adjustment")]
    answer = explain(home, name)
    (record,) = answer.charges[0].records
    (again,) = record.reratings
    assert (answer.holds, answer.charges[0].charge["amount_ex_vat"]) == (True, D("0.450000"))
    assert (record.explanation.amount, again.explanation.amount) == (D("1.465000"), D("1.915000"))


# The page


def test_the_page_shows_what_the_commands_show(told):
    page = (Path(__file__).parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")
    commands = re.findall(r"^```sh\n(nightbill .+)\n```", page, flags=re.MULTILINE)
    shown = re.findall(r"^```text\n(.*?)\n```", page, flags=re.MULTILINE | re.DOTALL)
    assert len(commands) == len(shown) == 2
    for command, expected in zip(commands, shown, strict=True):
        output = nightbill(*shlex.split(command)[1:], "--home", told.root).output
        assert [line.rstrip() for line in output.rstrip().splitlines()] == expected.splitlines()
