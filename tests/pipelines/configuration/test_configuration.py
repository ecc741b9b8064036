"""Configuration: a good one passes; of a bad one every fault is told at once, with file, line, value and remedy.

Each test takes the starter configuration and spoils it.
"""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.fault import Fault
from pipelines.configuration.reading import CONFIG_FILES, OPTIONAL_FILES, ConfigurationError, load_configuration
from pipelines.home import Home
from schemas import tables

# Files that name what stands in a file which may be missing.
LEANS_ON = {
    "allowances.csv": ["allowance_links.csv"],
    "customer_groups.csv": ["price_list_links.csv", "discounts.csv", "spend_limits.csv"],
}
STARTER = Path(__file__).resolve().parents[3] / "data" / "demo" / "config"


class Config:
    """A copy of the starter configuration to spoil."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(STARTER, folder)

    def change(self, file, old, new):
        """Replace the only occurrence of `old`; return its line."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def write(self, file, text):
        (self.folder / file).write_text(text, encoding="utf-8")

    def load(self):
        return load_configuration(Home(self.folder.parent))

    def faults(self):
        with pytest.raises(ConfigurationError) as caught:
            self.load()
        assert all(fault.remedy for fault in caught.value.faults)
        return caught.value.faults

    def only_fault(self):
        (fault,) = self.faults()
        return fault


@pytest.fixture
def config(tmp_path):
    return Config(tmp_path / "config")


def places(faults):
    return sorted((fault.file, fault.line or 0) for fault in faults)


class TestGood:
    def test_the_starter_configuration_has_no_fault(self, config):
        loaded = config.load()
        assert loaded.policy.operator.bankgiro == "991-2346"
        assert set(loaded.frames) == {table.name for table in CONFIG_FILES.values()}
        assert [profile.name for profile in loaded.profiles] == [
            "card_csv", "mobile_csv", "swish_csv", "switch_csv", "terminal_csv",
        ]  # fmt: skip

    def test_every_table_conforms_to_its_definition(self, config):
        loaded = config.load()
        for table in CONFIG_FILES.values():
            assert table.conform(loaded.frame(table)).columns == table.names

    def test_the_starter_configuration_has_no_warning(self, config):
        assert config.load().warnings == ()

    @pytest.mark.parametrize("file", sorted(OPTIONAL_FILES))
    def test_a_file_for_what_the_operator_does_not_use_may_be_missing(self, config, file):
        for name in (file, *LEANS_ON.get(file, ())):
            (config.folder / name).unlink(missing_ok=True)
        if file == "tiers.csv":
            config.change("prices.csv", ",callcentre_volume", ",")
        assert config.load().frame(CONFIG_FILES[file]).height == 0

    def test_a_column_that_may_be_empty_may_be_left_out_of_the_header(self, config):
        config.write("special_numbers.csv", "b_number,number_kind,zone_code\n112,emergency,se_free\n")
        rows = config.load().frame(tables.SPECIAL_NUMBER).rows()
        assert rows == [("112", "emergency", "se_free", None)]

    def test_yes_and_no_are_true_and_false(self, config):
        (config.folder / "allowance_links.csv").unlink()
        config.write(
            "allowances.csv",
            "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,priority,"
            "prorated,covers_fee\nmin100,100 minuter,s,6000,own,period,1,yes,no\n",
        )
        allowances = config.load().frame(tables.ALLOWANCE)
        assert allowances.select("prorated", "covers_fee").rows() == [(True, False)]

    def test_values_have_their_types_and_an_empty_end_is_open(self, config):
        vat = config.load().frame(tables.VAT_RATE)
        assert vat.row(0)[:6] == ("standard", date(2023, 7, 1), None, Decimal(25), "2611", None)

    def test_money_of_the_policy_is_decimal(self, config):
        config.change("policy.toml", "fee = 60 ", "fee = 59.90 ")
        assert config.load().policy.reminders.fee == Decimal("59.90")

    def test_what_a_spreadsheet_adds_does_no_harm(self, config):
        """A byte order mark, CRLF, quotes, blanks around a cell, empty rows at the end, other order of columns."""
        config.write(
            "resellers.csv",
            "\ufeffreseller_name,reseller_code,commission_percent\r\n"
            '"Butiken, Skäret",R-1, 5 \r\n,,\r\nEk,R-2,7.5\r\n\r\n,,\r\n',
        )
        assert config.load().frame(tables.RESELLER).rows() == [
            ("R-1", "Butiken, Skäret", Decimal(5), None),
            ("R-2", "Ek", Decimal("7.5"), None),
        ]

    def test_the_digests_name_every_file_and_follow_the_content(self, config):
        before = config.load().digests
        config.change("policy.toml", "payment_days = 20 ", "payment_days = 25 ")
        after = config.load().digests
        assert set(before) >= {*CONFIG_FILES.keys() - OPTIONAL_FILES, "policy.toml", "profiles/swish_csv.toml"}
        assert [name for name in before if before[name] != after[name]] == ["policy.toml"]


class TestPolicy:
    @pytest.mark.parametrize(
        ("old", "new", "value", "named"),
        [
            ("payment_days = 20 ", "payment_days = 0 ", "0", "billing.payment_days"),
            ("fee = 60 ", "fee = 60.005 ", "60.005", "reminders.fee"),
            ("private = 1000", "private = -1", "-1", "credit.private"),
            ('"Europe/Stockholm"', '"Europe/Stokholm"', "Europe/Stokholm", "operator.time_zone"),
            ('bank = "1930"', 'bank = "193"', "193", "ledger.bank"),
            ('"991-2346"', '"991-2347"', "991-2347", "operator.bankgiro"),
            ('"991-2346"', '"9912346"', "9912346", "operator.bankgiro"),
            ('currency = "SEK"', 'currency = "kr"', "kr", "operator.currency"),
            ("krona_rounding = true", "krona_rounding = 2", "2", "billing.krona_rounding"),
            ("krona_rounding = true", "krona_roundin = 2", "2", "billing.krona_roundin"),
            ('bank = "1930"', 'bank = "1931"', "1931", "ledger.bank"),
        ],
    )
    def test_a_bad_setting_is_told_with_its_line_and_value(self, config, old, new, value, named):
        line = config.change("policy.toml", old, new)
        fault = next(fault for fault in config.faults() if fault.value == value)
        assert (fault.file, fault.line) == ("policy.toml", line)
        assert named in fault.problem

    def test_a_bankgiro_number_needs_its_check_digit(self, config):
        config.change("policy.toml", '"991-2346"', '"5050-1055"')  # another number that is right
        assert config.load().policy.operator.bankgiro == "5050-1055"

    def test_a_missing_setting_is_told_with_the_line_of_its_section(self, config):
        line = config.change("policy.toml", "grace_days", "# grace_days")
        fault = config.only_fault()
        assert "reminders.grace_days" in fault.problem
        section = (config.folder / "policy.toml").read_text(encoding="utf-8").splitlines()[fault.line - 1]
        assert section == "[reminders]"
        assert fault.line < line
        assert fault.remedy == "add it"

    def test_a_missing_section_and_an_unknown_one_are_both_told(self, config):
        line = config.change("policy.toml", "[schedule]", "[shedule]")
        faults = config.faults()
        assert [("schedule" in f.problem, f.line) for f in faults] == [(True, None), (False, line)]

    @pytest.mark.parametrize("new", ["payment_days = # ", "payment_days 20 # ", 'payment_days = "20 # '])
    def test_a_syntax_error_is_told_with_its_line(self, config, new):
        line = config.change("policy.toml", "payment_days = 20 ", new)
        fault = config.only_fault()
        assert (fault.file, fault.line) == ("policy.toml", line)
        assert new.split()[0] in fault.value

    def test_a_setting_given_twice_is_told_with_its_line(self, config):
        line = config.change("policy.toml", "krona_rounding = true", "payment_days = 30\nkrona_rounding = true")
        assert config.only_fault().line == line

    def test_text_that_is_not_utf8_is_told_with_its_line(self, config):
        path = config.folder / "policy.toml"
        path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
        fault = config.only_fault()
        assert (fault.file, fault.line) == ("policy.toml", 1)
        assert "UTF-8" in fault.remedy


class TestTables:
    @pytest.mark.parametrize(
        ("file", "old", "new", "value"),
        [
            ("plans.csv", "149,SEK", "149 kr,SEK", "149 kr"),
            ("plans.csv", "149,SEK", "-149,SEK", "-149.000000"),
            ("plans.csv", "149,SEK", "149.1234567,SEK", "149.1234567"),
            ("plans.csv", ",149,SEK", ",1e3,SEK", "1e3"),
            ("plans.csv", "Hemtelefoni", " ", ""),
            ("plans.csv", "Hemtelefoni,voice", "Hemtelefoni,telex", "telex"),
            ("plans.csv", "mobile_large", "mobile large", "mobile large"),
            ("vat_rates.csv", ",25,", ",1234567,", "1234567"),
            ("vat_rates.csv", ",25,", ",NaN,", "NaN"),
            ("vat_rates.csv", "2023-07-01", "2023-02-30", "2023-02-30"),
            ("vat_rates.csv", "2023-07-01", "1 juli 2023", "1 juli 2023"),
            ("holidays.csv", "2026-12-25", "25/12/26", "25/12/26"),
            ("resellers.csv", "8.25", '"8,25"', "8,25"),
            ("prices.csv", "satellite,*,2025-01-01,,SEK,", "satellite,*,2025-01-01,2024-13-01,SEK,", "2024-13-01"),
        ],
    )
    def test_a_bad_cell_is_told_with_its_line_and_value(self, config, file, old, new, value):
        text = (config.folder / file).read_text(encoding="utf-8")
        line = text[: text.index(old)].count("\n") + 1
        config.write(file, text.replace(old, new, 1))
        assert (file, line, value) in [(f.file, f.line, f.value) for f in config.faults()]

    def test_lines_are_those_of_the_file_also_after_blank_lines_and_cells_of_two_lines(self, config):
        config.write(
            "resellers.csv",
            'reseller_code,reseller_name,commission_percent\n\nR-1,"Butiken\nSkäret",5\n,,\nR-2,Ek,seven\n',
        )
        assert (config.only_fault().line, config.only_fault().value) == (6, "seven")

    def test_all_faults_of_a_row_and_of_a_file_are_told_at_once(self, config):
        config.write(
            "resellers.csv",
            "reseller_code,reseller_name,commission_percent\n"
            "R-1,A,five\n"  # not a number
            "R 2,B,6\n"  # not a code
            "R-3,C,-7\n"  # negative
            "R 4,,eight\n"  # three faults
            "R-3,D,7\n"  # the key again
            "R-6,E\n",  # a cell too few
        )
        lines = [fault.line for fault in config.faults()]
        assert lines == [2, 3, 4, 5, 5, 5, 6, 7]

    def test_cells_that_are_not_yes_or_no_are_told(self, config):
        config.write(
            "allowances.csv",
            "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,priority,"
            "prorated,covers_fee\nmin100,100 minuter,s,6000,own,period,1,true,\n",
        )
        assert [(f.line, f.value, f.problem) for f in config.faults()] == [
            (2, "true", "prorated must be yes or no"),
            (2, "", "covers_fee must be yes or no"),
        ]

    def test_a_prefix_that_stands_twice_in_a_numbering_plan_is_told_and_empty_is_the_main_plan(self, config):
        config.write(
            "zones.csv",
            "prefix,zone_code,zone_name,numbering_plan\n"
            "46,se_fixed,Sverige,\n46,se_mobile,Mobil,main\n46,se_mobile,Mobil,carrier\n46,nordic,Norden,carrier\n",
        )
        told = [(f.line, f.value) for f in config.faults() if f.file == "zones.csv"]
        assert told == [(3, "main, 46"), (5, "carrier, 46")]

    def test_a_price_row_that_stands_twice_is_told_and_empty_cells_are_equal(self, config):
        with (config.folder / "prices.csv").open("a", encoding="utf-8") as file:
            file.write("private,1009,satellite,*,2025-01-01,,SEK,0.69,39.92,60,60,60,,,,,,\n")
        fault = config.only_fault()
        assert fault.value == "private, , , home, satellite, *, 2025-01-01"
        assert fault.line == (config.folder / "prices.csv").read_text(encoding="utf-8").count("\n")

    def test_a_key_that_stands_twice_is_told_at_the_later_line(self, config):
        line = config.change("plans.csv", "mobile_large", "mobile_small")
        fault = config.only_fault()
        assert (fault.file, fault.line, fault.value) == ("plans.csv", line, "mobile_small")

    @pytest.mark.parametrize("cells", ["R-9,Ek,7", "R-9,Ek,7,,5", "R-9,Ek,7,,"])
    def test_a_row_of_other_width_than_its_header_is_told_with_its_line(self, config, cells):
        with (config.folder / "resellers.csv").open("a", encoding="utf-8") as file:
            file.write(cells + "\n")
        assert (config.only_fault().file, config.only_fault().line) == ("resellers.csv", 6)

    @pytest.mark.parametrize(
        "header",
        [
            "reseller_code,reseller_name",
            "reseller_code,reseller_name,commission_percent,note",
            "reseller_code,reseller_name,price_list",
            "reseller_code;reseller_name;commission_percent",
            "reseller_code,reseller_name,commission_percent,reseller_name",
        ],
    )
    def test_a_wrong_header_is_told_on_line_1_with_the_right_one(self, config, header):
        config.write("resellers.csv", header + "\n")
        fault = config.only_fault()
        assert (fault.file, fault.line, fault.value) == ("resellers.csv", 1, header)
        assert "reseller_code,reseller_name,commission_percent" in fault.remedy

    def test_a_file_that_is_not_utf8_is_told_with_the_line(self, config):
        text = "reseller_code,reseller_name,commission_percent\nR-1,Butiken,5\nR-2,Skäret,5\n"
        (config.folder / "resellers.csv").write_bytes(text.encode("cp1252"))
        assert (config.only_fault().file, config.only_fault().line) == ("resellers.csv", 3)

    def test_a_quote_left_open_is_told_with_the_line_where_it_opens(self, config):
        config.write("resellers.csv", 'reseller_code,reseller_name,commission_percent\nR-1,A,5\nR-2,"B,5\nR-3,C,5\n')
        assert (config.only_fault().file, config.only_fault().line) == ("resellers.csv", 3)

    @pytest.mark.parametrize("file", ["policy.toml", *sorted(CONFIG_FILES.keys() - OPTIONAL_FILES)])
    def test_a_missing_file_is_told(self, config, file):
        (config.folder / file).unlink()
        fault = next(fault for fault in config.faults() if fault.file == file)
        assert "missing" in fault.problem

    def test_an_empty_file_is_told(self, config):
        config.write("resellers.csv", "")
        assert (config.only_fault().file, config.only_fault().line) == ("resellers.csv", 1)


class TestProfiles:
    def test_a_bad_setting_is_told_with_file_and_line(self, config):
        line = config.change("profiles/swish_csv.toml", 'kind = "payments"', 'kind = "payment"')
        fault = config.only_fault()
        assert (fault.file, fault.line) == ("profiles/swish_csv.toml", line)
        assert "payment" in fault.problem

    def test_a_syntax_error_is_told_with_file_and_line(self, config):
        line = config.change("profiles/switch_csv.toml", 'zone = "UTC"', "zone = UTC")
        assert (config.only_fault().file, config.only_fault().line) == ("profiles/switch_csv.toml", line)

    def test_a_setting_in_a_section_is_told_with_its_own_line(self, config):
        line = config.change("profiles/switch_csv.toml", 'zone = "UTC"', 'zone = "Mars"')
        assert config.only_fault().line == line


class TestAllAtOnce:
    def test_faults_of_every_file_and_across_files_are_told_together(self, config):
        expected = [
            ("policy.toml", config.change("policy.toml", "payment_days = 20 ", "payment_days = 0 ")),
            ("policy.toml", config.change("policy.toml", '"991-2346"', '"991-2340"')),
            ("policy.toml", config.change("policy.toml", 'bank = "1930"', 'bank = "1931"')),
            ("plans.csv", config.change("plans.csv", ",149,", ",free,")),
            ("plans.csv", config.change("plans.csv", ",2002,99,SEK,", ",2002,99,EUR,")),
            ("articles.csv", config.change("articles.csv", "Samtal till Norden,standard", "Samtal till Norden,low")),
            ("vat_rates.csv", config.change("vat_rates.csv", "2611", "2699")),
            ("profiles/swish_csv.toml", config.change("profiles/swish_csv.toml", '"payments"', '"payment"')),
        ]
        assert places(config.faults()) == sorted(expected)

    def test_what_a_faulty_file_may_yet_hold_is_not_called_missing(self, config):
        """An article with a faulty row is there all the same: the prices that name it are not at fault."""
        config.change("articles.csv", "Samtal till Norden,standard", "Samtal till Norden,")
        assert places(config.faults()) == [("articles.csv", 7)]

    def test_the_error_lists_each_fault_on_a_line_of_its_own(self, config):
        config.change("plans.csv", ",149,", ",free,")
        config.change("vat_rates.csv", "2611", "2699")
        with pytest.raises(ConfigurationError) as caught:
            config.load()
        first, *rest = str(caught.value).splitlines()
        assert first == "2 faults in the configuration:"
        assert [line.split(": ")[0] for line in rest] == ["plans.csv:2", "vat_rates.csv:2"]


def test_a_fault_reads_as_compilers_write_them():
    assert str(Fault("plans.csv", 3, "x", "must be a number", "write 5")) == (
        "plans.csv:3: must be a number (found 'x'). Remedy: write 5."
    )
    assert str(Fault("plans.csv", None, "", "is missing", "copy it")) == "plans.csv: is missing. Remedy: copy it."
    assert str(Fault("plans.csv", 3, "x", "is odd", "look", "warning")) == (
        "plans.csv:3: warning: is odd (found 'x'). Remedy: look."
    )


def test_loaded_tables_have_no_columns_but_their_own(config):
    loaded = config.load()
    assert all(loaded.frame(table).columns == table.names for table in CONFIG_FILES.values())
    assert loaded.frame(tables.PRICE).schema["price_per_unit"] == pl.Decimal(18, 6)


def test_the_brand_is_read_too_with_file_and_line(config):
    (config.folder / "brand").mkdir()
    config.write("brand/texts_sv.toml", '[letter]\ndue_on = "Betalas senast\n')
    config.write("brand/invoice.html.j2", "<p>\n{% if total %}\n")
    found = [(fault.file, fault.line) for fault in config.faults()]
    assert found == [("brand/invoice.html.j2", 2), ("brand/texts_sv.toml", 2)]
