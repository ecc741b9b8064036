"""CSV of the ledger by a declared profile, and what is wrong with a profile, by file and line."""

from textwrap import dedent

import pytest
from ledger_batches import DAY, INVOICE, PAYMENT, batch, entry

from pipelines.formats.export_profile import load_export_profiles, read_export_profile
from pipelines.formats.ledger_csv import write_ledger_csv
from pipelines.home import starter_config


def written(tmp_path, profile, *rows):
    """Write rows by a profile given as TOML; the lines of the file."""
    path = tmp_path / "own.toml"
    path.write_text(dedent(profile), encoding="utf-8")
    found, faults = read_export_profile(path)
    assert faults == []
    return write_ledger_csv(batch(*rows), found).content


def columns(*fields):
    return "".join(f'[[column]]\nheader = "{field}"\nfield = "{field}"\n' for field in fields)


def test_a_row_per_entry_with_debit_and_credit_apart(tmp_path):
    profile = 'name = "own"\n' + columns("voucher", "posted_on", "ledger_account", "account_name", "debit", "credit")
    assert written(tmp_path, profile, *INVOICE).decode().split("\r\n") == [
        "voucher;posted_on;ledger_account;account_name;debit;credit",
        "F1;2026-11-02;1510;Kundfordringar;391.00;",
        "F1;2026-11-02;2611;Utgående moms 25 %;;78.20",
        "F1;2026-11-02;3001;Försäljning: samtal;;312.80",
        "",
    ]


def test_separator_decimal_sign_dates_quotes_line_end_and_encoding_are_the_profile_s(tmp_path):
    profile = """
        name = "own"
        separator = ","
        decimal_separator = ","
        date_format = "%d.%m.%Y"
        line_end = "lf"
        quotes = "always"
        encoding = "cp1252"
        with_header = false
        """
    heads = "\n".join(line.strip() for line in profile.splitlines()) + "\n"
    content = written(tmp_path, heads + columns("posted_on", "amount", "account_name"), *PAYMENT)
    assert content.decode("cp1252").splitlines() == [
        '"03.11.2026","391,00","Företagskonto / checkkonto"',
        '"03.11.2026","-391,00","Kundfordringar"',
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1", "cp437"])
def test_what_stands_for_a_character_parts_no_field_and_closes_no_quote(tmp_path, encoding):
    """A full-width semicolon or quote has its plain one as a stand-in."""
    rows = [row | {"voucher_text": "Kalle\uff1bs \u201cTele\u201d \uff02AB\uff02, \u2013"} for row in PAYMENT]
    profile = f'name = "own"\nencoding = "{encoding}"\n' + columns("voucher_text", "debit")
    lines = written(tmp_path, profile, *rows).decode(encoding).splitlines()
    quote = "\u201cTele\u201d" if encoding == "cp1252" else '""Tele""'
    dash = "\u2013" if encoding == "cp1252" else "-"
    assert lines[1] == f'"Kalle;s {quote} ""AB"", {dash}";391.00'


@pytest.mark.parametrize(
    ("text", "shown"),
    [("=1+1", "'=1+1"), ("@cmd", "'@cmd"), ("-x", "'-x"), ("+46 70-123", "+46 70-123"), ("-5,00", "-5,00")],
)
def test_a_text_that_a_spreadsheet_would_run_is_shown_unless_the_profile_wants_it_as_it_is(tmp_path, text, shown):
    rows = [row | {"voucher_text": text} for row in PAYMENT]
    for setting, expected in (("", shown), ('formulas = "as_is"\n', text)):
        content = written(tmp_path, f'name = "own"\n{setting}' + columns("voucher_text", "amount"), *rows)
        assert content.decode().splitlines()[2] == f"{expected};-391.00"


def test_a_side_is_the_entries_of_a_voucher_on_one_account_summed(tmp_path):
    """Two rows of revenue on one account are one side; another cost centre is one of its own."""
    rows = [
        entry("F", 1, DAY, "Faktura", 1, "1510", "100.00"),
        entry("F", 1, DAY, "Faktura", 2, "3001", "-30.00", article_no="2002", cost_centre="A"),
        entry("F", 1, DAY, "Faktura", 3, "3001", "-20.00", article_no="2004", cost_centre="A"),
        entry("F", 1, DAY, "Faktura", 4, "3001", "-50.00", article_no="2004", cost_centre="B"),
    ]
    profile = 'name = "own"\nrows = "side"\n' + columns("voucher", "side", "ledger_account", "cost_centre", "amount")
    assert written(tmp_path, profile, *rows).decode().split("\r\n")[1:] == [
        "F1;D;1510;;100.00",
        "F1;C;3001;A;-50.00",
        "F1;C;3001;B;-50.00",
        "",
    ]


def test_a_constant_stands_on_every_row(tmp_path):
    profile = 'name = "own"\n[[column]]\nheader = "*TaxRate"\nconstant = "Tax Exempt"\n' + columns("amount")
    assert written(tmp_path, profile, *PAYMENT).decode().split("\r\n")[:3] == [
        "*TaxRate;amount",
        "Tax Exempt;391.00",
        "Tax Exempt;-391.00",
    ]


def test_a_batch_without_vouchers_is_a_header(tmp_path):
    profile = 'name = "own"\n[[column]]\nheader = "a"\nconstant = "x"\n' + columns("amount")
    assert written(tmp_path, profile) == b"a;amount\r\n"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('name = "own"\nrows = "side"\n\n' + columns("posted_on", "entry_no"), 9, "'entry_no' is not a field of rows"),
        ('name = "own"\nencoding = "utf-9"\n' + columns("amount"), 2, "encoding: 'utf-9' is not an encoding"),
        ('name = "own"\n' + columns("amount") + '[[column]]\nheader = "x"\n', 6, "must have one of field and constant"),
        ('name = "own"\n[[column]]\nheader = "x"\nfield = "amount"\nwidth = 1\n', 5, "Extra inputs are not permitted"),
        ('name = "own"\ncolumn = []\n', 2, "column: there must be at least one [[column]]"),
        ('name = "own"\n[[column]\n', 2, "not readable as TOML"),
    ],
)
def test_a_fault_of_a_profile_is_told_with_its_line(tmp_path, text, line, problem):
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    (fault,) = read_export_profile(tmp_path / "own.toml")[1]
    assert (fault.file, fault.line) == ("export_profiles/own.toml", line)
    assert problem in fault.problem


def test_two_profiles_of_one_name_are_a_fault(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('name = "own"\n' + columns("amount"), encoding="utf-8")
    profiles, (fault,) = load_export_profiles(tmp_path)
    assert len(profiles) == 1
    assert str(fault).startswith("export_profiles/b.toml:1: name: it is the name of another profile")


def test_the_profiles_of_a_new_home_are_sound():
    profiles, faults = load_export_profiles(starter_config() / "export_profiles")
    assert faults == []
    assert {"entries", "xero_journal"} <= {profile.name for profile in profiles}
    for profile in profiles:
        if profile.rows != "open_item":
            assert write_ledger_csv(batch(*INVOICE, *PAYMENT), profile).content.count(b"\r\n") == 6
