"""Batches of the ledger: numbered without a gap, each voucher in one, the same bytes whenever they are written."""

import hashlib
import json
import re
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from beancount import loader
from small_operator import small_home

from pipelines.configuration.reading import ConfigurationError, load_configuration
from pipelines.formats.sie4 import read_sie4
from pipelines.intake.ingest_flow import ingest
from pipelines.lake.store import open_store
from pipelines.ledger import export_flow
from pipelines.ledger.export_events import states
from pipelines.ledger.export_flow import NoSuchExportError, export_again, export_ledger
from pipelines.ledger.ledger_journals import JournalFormat, write_full_year, write_journal
from pipelines.night import Night
from schemas import tables

ON, LATER = date(2026, 11, 2), date(2026, 11, 3)
EVERYTHING = ("sie4i", "beancount", "hledger", "datev", "csv:entries")
FILES = [
    "EXTF_ledger_000001_2026.csv", "ledger_000001.beancount", "ledger_000001.journal", "ledger_000001.json",
    "ledger_000001.si", "ledger_000001_entries.csv",
]  # fmt: skip
INVOICE = (("1510", "391.00"), ("2611", "-78.20"), ("3044", "-312.80"))
PAYMENT = (("1930", "391.00"), ("1510", "-391.00"))


def set_policy(home, section, **settings):
    """Write settings into a section of policy.toml, in place of one that is there."""
    path = home.config / "policy.toml"
    text = re.sub(rf"(?ms)^\[{section}\].*?(?=^\[|\Z)", "", path.read_text(encoding="utf-8"))
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    path.write_text(f"{text}\n[{section}]\n{lines}", encoding="utf-8")


@pytest.fixture
def home(tmp_path):
    made = small_home(tmp_path)
    set_policy(made, "export", formats=EVERYTHING)
    return made


@contextmanager
def night(home, on=ON):
    configuration = load_configuration(home)
    with open_store(home, configuration.policy.store) as store:
        yield Night(home, on, "", configuration, store)


def book(home, series, number, lines, posted_on=ON, text="Faktura 1000234"):
    """Put a voucher into the lake."""
    head = {"voucher_id": f"{series}:{number}", "posted_on": posted_on}
    voucher = head | {"voucher_series": series, "voucher_no": number, "event_on": posted_on, "voucher_text": text,
                      "booked_by_night": posted_on}  # fmt: skip
    rows = [
        head | {"entry_no": at, "ledger_account": account, "debit_credit": Decimal(amount), "currency": "SEK",
                "entry_amount": Decimal(amount), "account_bucket": 0, "invoice_no": 1000234}
        for at, (account, amount) in enumerate(lines, start=1)
    ]  # fmt: skip
    with night(home) as it, it.store.transaction("book"):
        it.store.append(tables.VOUCHER, pl.DataFrame([voucher], schema_overrides=tables.VOUCHER.schema))
        it.store.append(tables.LEDGER_ENTRY, pl.DataFrame(rows, schema_overrides=tables.LEDGER_ENTRY.schema))


def export(home, on=ON):
    with night(home, on) as it:
        return export_ledger(it).summary


def files(home):
    return {path.name: path.read_bytes() for path in sorted((home.outbox / "ledger").iterdir())}


def manifest(home, number):
    return json.loads(files(home)[f"ledger_{number:06}.json"])


def state(home):
    with night(home) as it:
        return states(it.store)["export_state"].to_list()


def test_a_batch_is_written_in_every_format_that_the_policy_lists(home):
    book(home, "F", 1, INVOICE)
    assert export(home) == "1 vouchers exported"
    assert sorted(files(home)) == FILES
    with night(home) as it:
        kept = it.store.read(tables.LEDGER_EXPORT_FILE)
    hashes = dict(kept.select("file_path", "content_sha256").iter_rows())
    assert hashes == {f"outbox/ledger/{n}": hashlib.sha256(content).hexdigest() for n, content in files(home).items()}
    assert state(home) == ["written"]


def test_each_voucher_stands_in_one_batch_and_a_night_without_any_makes_none(home):
    book(home, "F", 1, INVOICE)
    export(home)
    book(home, "B", 1, PAYMENT, LATER, "Inbetalning")
    export(home, LATER)
    export(home, LATER)
    read = [read_sie4(files(home)[f"ledger_00000{number}.si"]).entries for number in (1, 2)]
    assert [entries["voucher_series"].unique().to_list() for entries in read] == [["F"], ["B"]]
    assert "ledger_000003.si" not in files(home)


def test_characters_that_a_code_page_lacks_are_counted_in_report_and_manifest(home):
    set_policy(home, "export", formats=["sie4i"])
    book(home, "F", 1, INVOICE, text="5 € – klart")
    assert (
        export(home) == "1 vouchers exported; 2 characters of them lack in a file's code page, and others stand there"
    )
    assert [each["replaced_characters"] for each in manifest(home, 1)["files"]] == [2]


def test_a_manifest_adds_the_batch_up_and_chains_it_to_the_one_before(home):
    book(home, "F", 1, INVOICE)
    export(home)
    book(home, "B", 1, PAYMENT, LATER, "Inbetalning")
    export(home, LATER)
    first, second = manifest(home, 1), manifest(home, 2)
    assert (first["documents"], first["vouchers"], first["rows"]) == (1, 1, 3)
    assert (first["debit"], first["credit"], first["previous"]) == ("391.00", "-391.00", None)
    assert first["series"] == [{"series": "F", "first": 1, "last": 1, "vouchers": 1}]
    assert [(each["account"], each["debit"], each["credit"]) for each in first["accounts"]] == [
        ("1510", "391.00", "0.00"), ("2611", "0.00", "-78.20"), ("3044", "0.00", "-312.80"),
    ]  # fmt: skip
    receivables = {"account": "1510", "opening": "391.00", "invoices": "0.00", "credit_notes": "0.00", "fees": "0.00",
                   "payments": "-391.00", "other": "0.00", "closing": "0.00"}  # fmt: skip
    assert second["receivables"] == receivables
    whole = hashlib.sha256(files(home)["ledger_000001.json"]).hexdigest()
    assert second["previous"] == {"export_no": 1, "manifest_sha256": whole}
    told = {each["path"].rpartition("/")[2]: each["sha256"] for each in first["files"]}
    of_batch = {name: content for name, content in files(home).items() if "000001" in name and ".json" not in name}
    assert told == {name: hashlib.sha256(content).hexdigest() for name, content in of_batch.items()}


def test_a_batch_is_written_again_as_it_was_whatever_the_configuration_says_since(home):
    book(home, "F", 1, INVOICE)
    export(home)
    before = files(home)
    for path in (home.outbox / "ledger").iterdir():
        path.unlink()
    for file, old, new in (
        ("policy.toml", 'legal_name = "Fjärdhamn Tele AB"', 'legal_name = "Annat Bolag AB"'),
        ("accounts.csv", "1510,Kundfordringar", "1510,Fordringar"),
        ("export_profiles/entries.toml", 'separator = ";"', 'separator = ","'),
    ):
        text = (home.config / file).read_text(encoding="utf-8")
        assert old in text
        (home.config / file).write_text(text.replace(old, new), encoding="utf-8")
    set_policy(home, "export", formats=["hledger"], dimensions=["customer"])
    with night(home, LATER) as it:
        assert export_again(it, 1).changed == []
    assert files(home) == before


def test_a_batch_that_a_killed_run_left_unwritten_is_written_by_the_next(home, monkeypatch):
    book(home, "F", 1, INVOICE)

    def cut(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(export_flow, "write_whole", cut)
        with pytest.raises(KeyboardInterrupt):
            export(home)
    assert state(home) == [None]
    assert export(home, LATER) == "0 vouchers exported"
    assert sorted(files(home)) == FILES
    assert manifest(home, 1)["exported_on"] == "2026-11-02"


def test_what_a_receiver_took_away_is_not_written_again_by_itself(home):
    """Read twice, it would be booked twice."""
    book(home, "F", 1, INVOICE)
    export(home)
    (home.outbox / "ledger" / "ledger_000001.si").unlink()
    export(home, LATER)
    assert "ledger_000001.si" not in files(home)


def test_a_number_that_no_batch_has_is_refused(home):
    with night(home) as it, pytest.raises(NoSuchExportError, match="no export has number 9"):
        export_again(it, 9)


# What the bookkeeping says


def mark_read(home):
    path = home.outbox / "ledger" / "ledger_000001.si"
    path.write_bytes(path.read_bytes().replace(b"#FLAGGA 0", b"#FLAGGA 1", 1))


def test_a_file_that_was_read_is_recorded_and_not_written_again_unasked(home):
    book(home, "F", 1, INVOICE)
    export(home)
    mark_read(home)
    export(home, LATER)
    assert state(home) == ["read"]
    with night(home) as it:
        with pytest.raises(NoSuchExportError, match="export 1 is read by the bookkeeping"):
            export_again(it, 1)
        export_again(it, 1, even_if_read=True)
    assert state(home) == ["written"]
    assert files(home)["ledger_000001.si"].startswith(b"#FLAGGA 0")


@pytest.mark.parametrize(("unread", "warns"), [("warn", True), ("ignore", False)])
def test_a_night_that_writes_a_batch_warns_of_files_unread_where_the_policy_says_so(home, unread, warns):
    set_policy(home, "export", formats=["sie4i"], unread=unread)
    book(home, "F", 1, INVOICE)
    assert "WARNING" not in export(home)
    book(home, "B", 1, PAYMENT, LATER)
    assert ("WARNING: 1 earlier SIE files are not read yet" in export(home, LATER)) == warns


def answer(home, text):
    """Put a file of answers into the inbox and take it in: the rows accepted and set aside."""
    (home.inbox / "answers.csv").write_text(text, encoding="utf-8")
    with night(home, LATER) as it:
        report = ingest(it)
        reasons = it.store.read(tables.REJECTED)["reason_code"].to_list()
    return report.rows_out, reasons


def test_a_rejected_batch_is_named_by_every_night_until_it_is_written_again(home):
    book(home, "F", 1, INVOICE)
    export(home)
    assert answer(home, "export_no;status;text\n1;rejected;Konto 3044 saknas\n") == (1, [])
    assert export(home, LATER) == "0 vouchers exported; export 1 was rejected: Konto 3044 saknas"
    with night(home, LATER) as it:
        export_again(it, 1)
    assert export(home, LATER) == "0 vouchers exported"


def test_answers_are_kept_once_and_the_last_one_holds(home):
    book(home, "F", 1, INVOICE)
    export(home)
    rows = "export_no,status,text\n1,rejected,\n1,rejected,\n1,Accepted,\n1,Accepted,\n"
    assert answer(home, rows) == (2, [])
    assert state(home) == ["accepted"]
    with night(home) as it:
        assert it.store.read(tables.LEDGER_EXPORT_EVENT).sort("event_no")["event_no"].to_list() == [1, 2, 3]


def test_answers_to_no_batch_and_of_no_meaning_are_set_aside(home):
    assert answer(home, "export_no,status\n9,accepted\nx,accepted\n1,perhaps\n") == (
        0, ["MALFORMED_ROW", "MALFORMED_ROW", "UNKNOWN_EXPORT"],
    )  # fmt: skip


# Beside the batches


def test_a_full_year_has_balances_that_add_up_with_the_results_before_it_carried_forward(home):
    """Of 2025: 312.80 of revenue and 78.20 of VAT owed, 391.00 owing; 2026 is paid."""
    set_policy(home, "export", formats=["sie4i"])
    book(home, "F", 1, INVOICE, date(2025, 12, 30))
    book(home, "B", 1, PAYMENT, date(2026, 1, 5), "Inbetalning")
    with night(home, LATER) as it:
        path = write_full_year(it, 2026)
    read = read_sie4(path.read_bytes())
    assert path.name == "full_2026.se"
    assert read.years == {0: (date(2026, 1, 1), date(2026, 12, 31)), -1: (date(2025, 1, 1), date(2025, 12, 31))}
    assert [(label, no, account, str(amount)) for label, no, account, amount in read.balances.rows()] == [
        ("#IB", 0, "1510", "391.00"),
        ("#IB", 0, "2091", "-312.80"),
        ("#IB", 0, "2611", "-78.20"),
        ("#UB", 0, "1930", "391.00"),
        ("#UB", 0, "2091", "-312.80"),
        ("#UB", 0, "2611", "-78.20"),
        ("#UB", -1, "1510", "391.00"),
        ("#UB", -1, "2611", "-78.20"),
        ("#RES", -1, "3044", "-312.80"),
    ]
    assert read.entries["voucher_series"].unique().to_list() == ["B"]
    assert ("2091", "Balanserad vinst eller förlust") in read.accounts.rows()


def test_a_fiscal_year_begins_in_the_month_of_the_policy(home):
    set_policy(home, "export", formats=["sie4i"], fiscal_year_month=5)
    book(home, "F", 1, INVOICE, date(2026, 4, 30))
    with night(home, LATER) as it:
        read = read_sie4(write_full_year(it, 2025).read_bytes())
    assert read.years[0] == (date(2025, 5, 1), date(2026, 4, 30))
    assert read.entries.height == 3


def test_a_journal_holds_all_vouchers_of_a_span_of_days_and_loads(home):
    book(home, "F", 1, INVOICE)
    export(home)
    book(home, "B", 1, PAYMENT, LATER, "Inbetalning")
    with night(home, LATER) as it:
        whole = write_journal(it, JournalFormat.BEANCOUNT)
        part = write_journal(it, JournalFormat.HLEDGER, LATER, LATER)
    entries, errors, _ = loader.load_file(str(whole))
    assert errors == []
    assert [each.meta["voucher"] for each in entries if hasattr(each, "postings")] == ["F1", "B1"]
    assert part.name == "journal_2026-11-03_2026-11-03.journal"
    assert "(F1)" not in part.read_text(encoding="utf-8")


# The configuration


@pytest.mark.parametrize(
    ("formats", "accounts", "fault"),
    [
        (["csv:none"], "", r"policy.toml:\d+: export.formats: no profile in config/export_profiles has the name none"),
        (["datev"], "30440,Ny\n", r"accounts.csv:\d+: export.formats has datev, whose accounts have 4 digits"),
        (["sie5"], "", r"policy.toml:\d+: export.formats.0: String should match"),
    ],
)
def test_formats_that_cannot_be_written_are_faults_of_the_configuration(home, formats, accounts, fault):
    set_policy(home, "export", formats=formats)
    with (home.config / "accounts.csv").open("a", encoding="utf-8") as chart:
        chart.write(accounts)
    with pytest.raises(ConfigurationError, match=fault):
        load_configuration(home)


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ({"formats": ["sie4i", "sie4i"]}, r"policy.toml:\d+: export.formats: sie4i stands in it more than once"),
        ({"dimensions": ["reseller", "reseller"]}, r"policy.toml:\d+: export.dimensions: reseller stands in it more"),
        ({"retained_earnings": "3001"}, r"policy.toml:\d+: export.retained_earnings: 3001 is an account of income"),
    ],
)
def test_settings_that_would_make_a_file_against_its_format_are_faults(home, setting, fault):
    set_policy(home, "export", **setting)
    with pytest.raises(ConfigurationError, match=fault):
        load_configuration(home)
