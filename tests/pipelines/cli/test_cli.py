"""The command: it explains itself, answers in three forms, reads without writing, and ends with its code."""

import csv
import io
import json

import pytest
from small_operator import LATE_NIGHT, ask, books, put, small_home
from typer.testing import CliRunner

from pipelines.cli.exit_codes import MEANINGS, ExitCode
from pipelines.cli.main import app
from pipelines.home import FOLDERS

ON_A_DATE = ("nightly", "ingest", "rate", "invoice", "remind", "export", "publish")
COMMANDS = ("init", "check", "demo", *ON_A_DATE, "card", "up", "sql", "doctor")
_WIDE = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}


def help_of(*command):
    return CliRunner().invoke(app, [*command, "--help"], env=_WIDE)


def test_help_lists_every_command_and_every_exit_code():
    shown = help_of().output
    assert all(command in shown for command in COMMANDS)
    told = " ".join(shown.split())
    assert all(f"{code.value} {MEANINGS[code].split(';')[0]}" in told for code in ExitCode)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_names_its_home(command):
    shown = help_of(command)
    assert shown.exit_code == 0
    assert "--home" in shown.output or command == "init"
    assert ("--on" in shown.output) == (command in ON_A_DATE)


def test_an_unknown_command_or_date_is_code_2(nightbill, tmp_path):
    assert nightbill("nigthly")[0] == 2
    assert nightbill("nightly", "--home", tmp_path, "--on", "yesterday")[0] == 2


def test_init_makes_a_home_that_check_accepts_and_leaves_an_existing_one_alone(nightbill, tmp_path):
    home = tmp_path / "new"
    assert nightbill("init", home)[0] == 0
    assert {path.name for path in home.iterdir()} == {*FOLDERS, "secret.key"}
    plans = home / "config" / "plans.csv"
    plans.write_text(plans.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = plans.read_bytes()
    assert nightbill("init", home)[0] == 0
    assert plans.read_bytes() == changed
    assert nightbill("check", "--home", home)[0] == 0


def test_a_home_without_marts_is_code_7_and_says_what_to_run(nightbill, tmp_path):
    home = small_home(tmp_path / "home")
    code, _, errors = nightbill("sql", "SELECT 1", "--home", home.root)
    assert code == 7
    assert "nightbill nightly" in errors


@pytest.mark.slow
def test_sql_answers_as_table_csv_and_json(told, nightbill):
    query = "SELECT invoice_no, total_amount FROM fact_invoice WHERE invoice_no < 1000003 ORDER BY 1"
    asked = ("sql", query, "--home", told.root, "--format")
    _, table, _ = nightbill(*asked, "table")
    _, text, _ = nightbill(*asked, "csv")
    _, objects, _ = nightbill(*asked, "json")
    assert "188.00" in table
    assert list(csv.reader(io.StringIO(text))) == [
        ["invoice_no", "total_amount"],
        ["1000001", "188.00"],
        ["1000002", "399.00"],
    ]
    assert [row["invoice_no"] for row in json.loads(objects)] == [1000001, 1000002]
    assert "188.00" in objects


@pytest.mark.slow
def test_sql_without_a_query_lists_the_tables_and_what_they_are(told, nightbill):
    _, listing, _ = nightbill("sql", "--home", told.root, "--format", "csv")
    assert "fact_invoice" in listing
    assert "One row per invoice" in listing


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM fact_invoice",
        "UPDATE fact_invoice SET total_amount = 0",
        "CREATE TABLE marts.x AS SELECT 1",
        "DROP TABLE fact_invoice",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "COPY fact_invoice TO '{outside}'",
        "ATTACH '{outside}' AS other",
        "EXPORT DATABASE '{outside}'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "LOAD sqlite_scanner",
        "SELECT * FROM no_such_table",
        "this is not sql",
    ],
)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_sql_neither_writes_nor_reaches_outside_the_marts(told, nightbill, tmp_path, query, form):
    outside = tmp_path / "outside"
    before = told.marts_pointer.read_bytes()
    code, out, errors = nightbill("sql", query.format(outside=outside), "--home", told.root, "--format", form)
    assert code == 7, out
    assert "The marts hold:" in errors
    assert "root:" not in out + errors
    assert not outside.exists()
    assert told.marts_pointer.read_bytes() == before


@pytest.mark.slow
def test_a_card_is_json_or_a_page(told, nightbill, tmp_path):
    page = tmp_path / "card.html"
    assert nightbill("card", 10001, "--home", told.root, "--page", page)[0] == 0
    assert "Anna Ek" in page.read_text(encoding="utf-8")
    _, out, _ = nightbill("card", 10001, "--home", told.root)
    assert json.loads(out)["customer"]["customer_id"] == 10001


@pytest.mark.slow
def test_a_customer_or_invoice_that_does_not_exist_is_code_7(told, nightbill, copy_of):
    code, _, errors = nightbill("card", 99999, "--home", told.root)
    assert (code, "99999" in errors) == (7, True)
    code, _, errors = nightbill("invoice", "--pdf", 1, "--home", copy_of(told).root)
    assert (code, "invoice 1 does not exist" in errors) == (7, True)


@pytest.mark.slow
def test_an_invoice_of_the_portal_is_made_on_first_view_and_is_the_same_ever_after(told, nightbill, copy_of):
    home = copy_of(told)
    code, out, _ = nightbill("invoice", "--pdf", 1000001, "--home", home.root)
    path = home.outbox / "invoices" / "invoice_1000001.pdf"
    first = path.read_bytes()
    assert (code, out.strip()) == (0, str(path))
    path.unlink()
    nightbill("invoice", "--pdf", 1000001, "--home", home.root)
    assert path.read_bytes() == first
    assert ask(home, "SELECT count(*) FROM document WHERE document_id = 'invoice:1000001'") == [(1,)]


@pytest.mark.slow
def test_the_stages_one_by_one_make_the_same_books_as_the_whole_night(invoiced, late, nightbill, copy_of):
    """The proof of `publish` right after `ingest` holds too: nothing that came in is left uncounted."""
    home, (on, files) = copy_of(invoiced), LATE_NIGHT
    put(home, files)
    for command in ("ingest", "publish", "rate", "invoice", "remind", "export", "publish"):
        code, _, errors = nightbill(command, "--home", home.root, "--on", on)
        assert code == 0, errors
    whole, single = books(late), books(home)
    for name in (
        "rated_usage",
        "charge",
        "invoice",
        "invoice_line",
        "receivable",
        "reminder",
        "block",
        "commission",
        "allocation",
    ):
        assert single[name].equals(whole[name]), name
    sums = "SELECT ledger_account, sum(debit_credit) FROM ledger_entry GROUP BY ALL ORDER BY 1"
    assert ask(home, sums) == ask(late, sums)


@pytest.mark.slow
def test_doctor_is_well_on_this_machine_and_code_8_when_a_folder_is_missing(nightbill, tmp_path):
    home = small_home(tmp_path / "home")
    assert nightbill("doctor", "--home", home.root)[0] == 0
    home.outbox.rmdir()
    code, out, _ = nightbill("doctor", "--home", home.root)
    assert (code, "nightbill init" in " ".join(out.split())) == (8, True)
