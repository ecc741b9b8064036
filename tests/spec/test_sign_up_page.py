"""docs/sign-up.md is the rules of sign-up as tables: what it says is so."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from crm.address_match import FIELDS, NORMAL, match_addresses
from crm.black_list import black_listed
from crm.credit_check import FileCreditCheck, decide
from pipelines.configuration.reading import load_configuration
from pipelines.configuration.tables import read_table
from pipelines.customers.register_files import read_address_register, read_credit_register
from pipelines.home import create_home
from schemas import codes, tables
from schemas.money import AMOUNT
from schemas.policy import Registers

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sign-up.md").read_text(encoding="utf-8")
ON = date(2026, 11, 26)


def example(name):
    return re.search(rf"^```csv {re.escape(name)}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)[1]


def table(heading):
    """The rows of the table under a row of headings, as lists of cells."""
    rows = PAGE.split(f"{heading}\n", 1)[1].splitlines()[1:]
    listed = rows[: next(n for n, row in enumerate(rows) if not row.startswith("|"))]
    return [[cell.strip(" ") for cell in row[1:-1].split("|")] for row in listed]


def configured(tmp_path, name, of):
    (tmp_path / name).write_text(example(name), encoding="utf-8")
    rows, faults = read_table(tmp_path / name, of)
    assert faults == []
    return rows.drop("line")


def test_every_outcome_and_decision_has_its_row():
    assert [row[0].strip("`") for row in table("| outcome | when | what follows |")] == list(codes.ADDRESS_OUTCOMES)
    decisions = [row[0].strip("`") for row in table("| `credit_decision` | what follows |")]
    assert decisions == list(codes.CREDIT_DECISIONS)


@pytest.mark.parametrize(
    ("field", "same"), [(row[0].strip("`"), row[2]) for row in table("| field | rule | the same |")]
)
def test_what_the_page_calls_the_same_is_written_alike(field, same):
    written = re.findall(r"`([^`]+)`", same)
    assert len(written) >= 2
    alike = pl.DataFrame({"text": written}).select(NORMAL[field](pl.col("text"))).to_series()
    assert alike.n_unique() == 1
    assert alike.null_count() == 0


def amount(cell):
    return Decimal(cell) if cell else None


@pytest.mark.parametrize(
    "row", table("| category | age | remarks | sum | overdue | wanted | rule | decision | limit | deposit |")
)
def test_the_rules_of_the_page_decide_as_it_says(tmp_path, row):
    category, age, remarks, total, overdue, wanted, rule, decision, limit, deposit = row
    applicant = {
        "key": "a",
        "customer_category": category,
        "born_on": date(2026 - int(age), 11, 26) if age else None,
        "remark_count": int(remarks) if remarks else None,
        "remark_amount": amount(total),
        "overdue_debt": amount(overdue),
        "amount_wanted": amount(wanted),
    }
    money = dict.fromkeys(("remark_amount", "overdue_debt", "amount_wanted"), AMOUNT)
    applicants = pl.DataFrame([applicant], schema_overrides=money | {"born_on": pl.Date, "remark_count": pl.Int64})
    limits = pl.DataFrame(
        {"customer_category": ["private", "corporate"], "first_limit": [Decimal(1000), Decimal(25000)]}
    )
    found = decide(applicants, configured(tmp_path, "credit_rules.csv", tables.CREDIT_RULE), limits, ON)
    assert found.select("credit_decision", "approved_limit", "deposit_amount").row(0) == (
        decision,
        amount(limit),
        amount(deposit),
    )
    assert found["case_text"][0].startswith(f"credit rule {rule} " if rule else "no credit rule fits: ")


def test_the_black_list_of_the_page_finds_each_of_its_rows(tmp_path):
    wanted = pl.DataFrame(
        {"key": ["a"], "number": ["46701740605"], "customer_id": [10024], "registration_no": ["19811228-9874"]}
        | {"street": ["Storg. 5"], "postcode": ["99934"]}
    )
    rows = configured(tmp_path, "black_list.csv", tables.BLACK_LIST)
    found = black_listed(wanted, rows, date(2026, 6, 30))["listed_kind"].to_list()
    assert found == ["number", "customer", "person", "address"]
    assert "customer" not in black_listed(wanted, rows, date(2026, 7, 1))["listed_kind"]


@pytest.fixture
def registers(tmp_path):
    """A home with the registers of the page where its policy says."""
    home = create_home(tmp_path / "home")
    (home.root / "registers").mkdir()
    for name in ("addresses.csv", "remarks.csv"):
        (home.root / "registers" / name).write_text(example(name), encoding="utf-8")
    settings = re.search(r"^```toml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)[1]
    policy = (home.config / "policy.toml").read_text(encoding="utf-8")
    (home.config / "policy.toml").write_text(_without_registers(policy) + settings, encoding="utf-8")
    loaded = load_configuration(home).policy
    assert loaded.registers == Registers.model_validate(tomllib.loads(settings)["registers"])
    return home, loaded


def _without_registers(policy):
    return re.sub(r"^\[registers\].*?(?=^\[|\Z)", "", policy, flags=re.MULTILINE | re.DOTALL)


def test_the_address_register_of_the_page_is_read(registers):
    asked = [("a", "46701740605", *[None] * 4), ("b", "46701740606", *[None] * 4)]
    asked += [("c", None, "Cia Berg", "Nyv. 3", "999 35", None)]
    wanted = pl.DataFrame(asked, schema=dict.fromkeys(("key", "number", *FIELDS), pl.String), orient="row")
    found = match_addresses(wanted, read_address_register(*registers, wanted))
    assert found["address_outcome"].to_list() == ["complete", "secret", "complete"]
    assert found["name"].to_list() == ["Norrås, Hedvig", None, "Cia Berg"]


def test_the_credit_register_of_the_page_is_read(registers):
    numbers = ["19811228-9874", "559999-0008", "19701063-2391"]
    applicants = pl.DataFrame({"key": ["a", "b", "c"], "registration_no": numbers})
    found = FileCreditCheck(read_credit_register(*registers, applicants["registration_no"])).remarks(applicants)
    assert found.rows() == [("a", 2, Decimal("450.50")), ("b", 1, Decimal(12000)), ("c", 0, Decimal(0))]
