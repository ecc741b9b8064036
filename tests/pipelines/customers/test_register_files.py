"""Register files: which rows are read, in which forms, and what is told of a file that cannot be used."""

import codecs
import re
import shutil
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.address_match import FIELDS, match_addresses
from pipelines.configuration.policy_file import read_policy
from pipelines.configuration.reading import ConfigurationError, load_configuration
from pipelines.configuration.trial import load_trial
from pipelines.customers.register_files import read_address_register, read_credit_register
from pipelines.home import create_home
from pipelines.lint.register_headers import register_faults
from schemas.policy import Registers

ADDRESSES = """number,name,street,postcode,city,secret
070-174 06 05,"Norrås, Hedvig",Fyrgatan 17,999 34,Älviken,no
+46 (0)70-174 06 06,Bo Alm,Nyvägen 1,99935,Älviken,yes
46701740607,Cia Berg,Nyvägen 3,SE-99935,Älviken,
0701740608,Dag Öst,Nyvägen 5,999 36,Älviken,No
,Eva Öst,Nyvägen 5,99936,Älviken,no
0701740609,Finn Ek,Ågatan 1,99937,Älviken,perhaps
112,Gun Ek,Ågatan 1,99938,Älviken,no
"""
CREDIT = """registration_no;remark_count;remark_amount
811228-9874;2;450,50
19811228-9874;1;100
559999-0008;many;12.00
701063-2391;-1;5
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return create_home(tmp_path_factory.mktemp("registers"))


@pytest.fixture(scope="module")
def policy(home):
    plain = load_configuration(home).policy
    return plain.model_copy(update={"registers": Registers(address="addresses.csv", credit="credit.csv")})


def wanted(*rows):
    schema = dict.fromkeys(("key", "number", *FIELDS), pl.String)
    filled = [(str(n), *row, *(None,) * (5 - len(row))) for n, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=schema, orient="row")


def addresses(home, policy, *rows, text=ADDRESSES):
    (home.root / "addresses.csv").write_text(text, encoding="utf-8")
    return read_address_register(home, policy, wanted(*rows))


def remarks(home, policy, *numbers, text=CREDIT):
    (home.root / "credit.csv").write_text(text, encoding="utf-8")
    asked = pl.Series(numbers, dtype=pl.String)
    return read_credit_register(home, policy, asked).rows()


@pytest.mark.parametrize(
    ("number", "name", "secret"),
    [
        ("46701740605", "Norrås, Hedvig", False),
        ("46701740606", "Bo Alm", True),
        ("46701740607", "Cia Berg", False),
        ("46701740608", "Dag Öst", False),
        ("46701740609", "Finn Ek", True),  # neither yes nor no
        ("46112", "Gun Ek", False),
    ],
)
def test_numbers_are_found_in_every_form_and_the_rest_is_left_out(home, policy, number, name, secret):
    found = addresses(home, policy, (number,))
    assert found.select("number", "name", "secret").rows() == [(number, name, secret)]


def test_of_those_whose_number_is_not_there_the_whole_postcode_is_read(home, policy):
    found = addresses(home, policy, ("46990000000", "Cia Berg", "Nyv. 3", "999 35"), (None, "X", "Y", "s-99936"))
    assert found["name"].sort().to_list() == ["Bo Alm", "Cia Berg", "Dag Öst", "Eva Öst"]
    assert found["number"].null_count() == 4


def test_a_register_in_another_order_with_semicolons_other_columns_and_byte_order_mark(home, policy):
    text = "city;secret;number ;;name;street;postcode;\r\nÄlviken;no;0701740605;2001;Hedvig;Fyrgatan 17;99934;\r\n"
    found = addresses(home, policy, ("46701740605",), text=codecs.BOM_UTF8.decode() + text)
    assert found.rows() == [("46701740605", "Hedvig", "Fyrgatan 17", "99934", "Älviken", False)]


def test_an_entry_with_a_cell_too_many_is_never_less_secret(home, policy):
    text = "number,name,street,postcode,city,secret\n0701740605,Ek, Anna,Nyvägen 1,99934,Älviken,no\n"
    assert addresses(home, policy, ("46701740605",), text=text)["secret"].to_list() == [True]


def test_registers_that_are_not_named_are_not_asked(home, policy):
    without = policy.model_copy(update={"registers": Registers()})
    assert read_address_register(home, without, wanted(("46701740605",))) is None
    assert read_credit_register(home, without, pl.Series(["559999-0008"])) is None


def test_remarks_are_read_of_whom_is_asked_with_points_or_commas(home, policy):
    found = [("811228-9874", 2, Decimal("450.50")), ("19811228-9874", 1, Decimal(100))]
    assert remarks(home, policy, "19811228-9874", None) == found


def test_figures_that_are_no_number_or_below_nothing_are_unknown(home, policy):
    assert remarks(home, policy, "559999-0008") == [("559999-0008", None, Decimal(12))]
    assert remarks(home, policy, "19701063-2391") == [("701063-2391", None, Decimal(5))]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "the address register cannot be read: No such file or directory"),
        (b"number,name,street,postcode,city\n", "the address register does not have the columns secret once each"),
        (b"", "the address register does not have the columns number, name, street, postcode, city, secret once each"),
        (b"number,name,street,postcode,city,secret\n070,\xc5sa,Nyv 1,99934,X,no\n", "it is not UTF-8"),
        (
            b'number,name,street,postcode,city,secret\n070,"Ankan" Ek,Nyv 1,99934,X,no\n',
            "not readable as CSV: a quote in it is neither closed nor doubled",
        ),
        (b"number,name,street,postcode,city,secret,\xc5\n", "the header is not UTF-8: invalid continuation byte"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_fault_with_its_name_and_a_remedy(home, policy, content, problem):
    (home.root / "addresses.csv").unlink(missing_ok=True)
    if content is not None:
        (home.root / "addresses.csv").write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        read_address_register(home, policy, wanted(("46701740605", "A", "B", "99934")))
    (fault,) = raised.value.faults
    assert (fault.file, fault.problem) == ("addresses.csv", problem)
    assert fault.remedy


# nightbill check


def checked(tmp_path, settings, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "policy.toml").write_text(f"[registers]\n{settings}\n", encoding="utf-8")
    found = register_faults(read_policy(tmp_path / "policy.toml")[0], tmp_path)
    return [(fault.file, fault.line, fault.value, fault.problem) for fault in found]


def test_sound_registers_and_none_have_no_fault(tmp_path):
    assert checked(tmp_path, 'address = "a.csv"\ncredit = "c.csv"', a=ADDRESSES, c=CREDIT) == []
    assert checked(tmp_path, 'address = ""') == []


def test_a_register_that_is_missing_or_a_folder_is_a_fault_of_the_policy(tmp_path):
    problem = "registers.credit: there is no such file in the home"
    assert checked(tmp_path, 'address = ""\ncredit = "c.csv"') == [("policy.toml", 3, "c.csv", problem)]
    problem = "registers.address: the file cannot be read: Is a directory"
    assert checked(tmp_path, 'address = "."') == [("policy.toml", 2, ".", problem)]


def test_a_register_without_its_columns_is_a_fault_of_its_first_line(tmp_path):
    header = "registration_no;remark_count;remark_count"
    problem = "the credit register does not have the columns remark_count, remark_amount once each"
    assert checked(tmp_path, 'credit = "c.csv"', c=header + "\n") == [("c.csv", 1, header, problem)]


def name_registers(home, settings):
    policy = home.config / "policy.toml"
    others = re.sub(r"(?ms)^\[registers\].*?(?=^\[|\Z)", "", policy.read_text(encoding="utf-8"))
    policy.write_text(f"{others}\n[registers]\n{settings}\n", encoding="utf-8")


def test_check_reports_a_missing_register_with_the_other_faults(nightbill, tmp_path):
    home = create_home(tmp_path / "home")
    name_registers(home, 'address = "lost.csv"')
    code, _, errors = nightbill("check", "--home", home.root)
    assert code == 3
    assert "registers.address: there is no such file in the home (found 'lost.csv')" in errors


def test_a_configuration_on_trial_has_the_registers_of_its_home(tmp_path):
    home = create_home(tmp_path / "home")
    name_registers(home, 'credit = "c.csv"')
    (home.root / "c.csv").write_text(CREDIT, encoding="utf-8")
    (tmp_path / "trial").mkdir()
    shutil.copyfile(home.config / "prices.csv", tmp_path / "trial" / "prices.csv")
    assert load_trial(home, tmp_path / "trial").files == ("prices.csv",)


# What is left out can match nothing

DIGITS = st.sampled_from(["46701740605", "46812345678", "4781234567"])


def spellings(number):
    national = "0" + number[2:] if number.startswith("46") else "00" + number
    return [
        number,
        f"+{number}",
        f"00{number}",
        national,
        f"{national[:3]}-{national[3:6]} {national[6:]}",
        f"+{number[:2]} (0){number[2:5]}/{number[5:-2]}.{number[-2:]}",
        f"{national[:-2]} {national[-2:]}\u00a0".strip(" "),
    ]


@given(data=st.data(), numbers=st.lists(DIGITS, max_size=6))
def test_reading_part_of_a_register_matches_as_reading_all_of_it(data, numbers, home, policy):
    postcodes = st.sampled_from(["99934", "SE-999 34", "999-35", "99936"])
    written = [(data.draw(st.sampled_from(spellings(number))), data.draw(postcodes)) for number in numbers]
    rows = [f"{number},Anna Ek,Nyv {n % 2},{postcode},Ås,no\n" for n, (number, postcode) in enumerate(written)]
    text = "number,name,street,postcode,city,secret\n" + "".join(rows)
    asked = [(data.draw(DIGITS | st.none()), "ek anna", "Nyvägen 1", data.draw(postcodes), None) for _ in range(3)]
    read = addresses(home, policy, *asked, text=text)
    postcode = [code for _, code in written]
    entries = [(number, "Anna Ek", f"Nyv {n % 2}", postcode[n], "Ås", False) for n, number in enumerate(numbers)]
    whole = pl.DataFrame(entries, schema=read.schema, orient="row")
    assert match_addresses(wanted(*asked), read).equals(match_addresses(wanted(*asked), whole))
