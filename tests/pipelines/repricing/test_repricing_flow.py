"""A re-pricing plan in a home: its report, its links, and what it refuses."""

from dataclasses import asdict
from datetime import date

import polars as pl
import pytest
from small_operator import ANNAS_SIGN_UP, BOS_SIGN_UP, put, small_home
from typer.testing import CliRunner

from crm.contract_terms import Terms, new_contract
from pipelines.cli.prices import app
from pipelines.configuration.reading import ConfigurationError, load_configuration
from pipelines.night import opened_lake
from pipelines.nightly_flow import conduct, stages_named
from pipelines.repricing.repricing_flow import plan_repricing
from schemas import tables

ON = date(2026, 11, 22)
HEADER = "repricing_plan,customer_group,old_list,new_list,new_customers_from,existing_customers_from,notice_days\n"


@pytest.fixture
def home(tmp_path):
    home = small_home(tmp_path / "home")
    prices = home.config / "prices.csv"
    text = prices.read_text(encoding="utf-8")
    new = [line.replace("private", "private_2027", 1) for line in text.splitlines() if line.startswith("private")]
    prices.write_text(text + "\n".join([*new, ""]), encoding="utf-8")
    rows = "autumn,private,private,private_2027,2026-10-01,2027-01-01,30\n"
    (home.config / "repricing.csv").write_text(HEADER + rows, encoding="utf-8")
    put(home, {"sign_ups.jsonl": ANNAS_SIGN_UP + BOS_SIGN_UP})
    conduct(home, date(2026, 10, 1), command="ingest", stages=stages_named("configure", "ingest", "register"))
    return home


def links(home):
    return (home.config / "price_list_links.csv").read_text(encoding="utf-8").splitlines()


def test_each_customer_has_a_date_and_the_report_holds_them(home):
    result = plan_repricing(home, "autumn", ON)
    rows = pl.read_csv(result.report).select("customer_id", "is_new", "holds_from", "notice_on").rows()
    assert [row[1:] for row in rows] == [(False, "2027-01-01", "2026-12-02"), (True, "2026-10-01", None)]
    assert result.groups["customers"].to_list() == [2]


def test_a_price_guarantee_in_the_lake_puts_the_change_off(home):
    with opened_lake(home, read_only=False) as store, store.transaction("contract"):
        (subscription,) = store.query("SELECT subscription_id FROM subscription WHERE plan_code = 'mobile_small'").row(
            0
        )
        plan = {"plan_code": "mobile_small", "product_group": None}
        terms = {"product_group": "*", "plan_code": "*", "customer_category": "*", "guarantee_months": 6}
        row = new_contract(subscription, plan, "private", date(2026, 9, 16), [asdict(Terms()) | terms])
        store.upsert(tables.CONTRACT, pl.DataFrame([row], schema_overrides=tables.CONTRACT.schema))
    rows = plan_repricing(home, "autumn", ON).rows.select("is_new", "holds_from", "notice_on").rows()
    assert rows == [(False, date(2027, 3, 16), date(2027, 2, 14)), (True, date(2026, 10, 1), None)]


def test_applying_writes_links_once_and_keeps_the_lines_that_were_there(home):
    anna, bo = plan_repricing(home, "autumn", ON).rows["customer_id"]
    old = f"customer,{anna}, private,2026-09-16,"
    (home.config / "price_list_links.csv").write_text(
        f"link_scope,link_to,price_list,valid_from,valid_to\nplan,mobile_small,  private,2025-01-01,\n{old}\n",
        encoding="utf-8",
    )
    plan_repricing(home, "autumn", ON, apply=True)
    first = links(home)
    assert first[1:] == [
        "plan,mobile_small,  private,2025-01-01,",
        f"customer,{anna},private,2026-09-16,2027-01-01",
        f"customer,{anna},private_2027,2027-01-01,",
        f"customer,{bo},private_2027,2026-10-01,",
    ]
    assert plan_repricing(home, "autumn", date(2026, 11, 30), apply=True).links_added == 0
    assert links(home) == first
    load_configuration(home)


def test_an_unknown_plan_or_a_list_without_prices_is_refused(home):
    with pytest.raises(ConfigurationError, match="use one of: autumn"):
        plan_repricing(home, "spring", ON)
    file = home.config / "repricing.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("private_2027", "nowhere"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="nowhere"):
        plan_repricing(home, "autumn", ON)


def test_the_command_shows_the_groups(home):
    shown = CliRunner().invoke(app, ["plan", "autumn", "--home", str(home.root), "--on", "2026-11-22"])
    assert shown.exit_code == 0
    assert "2 customers, each in" in " ".join(shown.output.split())
