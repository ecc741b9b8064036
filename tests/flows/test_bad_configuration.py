"""A configuration with faults: `check` lists every one, and no night starts on it."""

import shutil

import pytest
from small_operator import small_home

FAULTS = ("policy.toml", "prices.csv:2", "plans.csv:3", "resellers.csv:2")


@pytest.fixture
def faulty(tmp_path):
    """Four files, a fault each: a negative fee, a price in words, a plan without article, a share below 0."""
    home = small_home(tmp_path / "home")
    for name, right, wrong in (
        ("policy.toml", "fee = 60", "fee = -60"),
        ("prices.csv", "0.39,0.60", "0.39,sixty"),
        ("plans.csv", "private,2004", "private,9999"),
        ("resellers.csv", "Skäret,5", "Skäret,-5"),
    ):
        path = home.config / name
        text = path.read_text(encoding="utf-8")
        assert right in text
        path.write_text(text.replace(right, wrong), encoding="utf-8")
    return home


def test_check_lists_every_fault_with_file_line_value_and_remedy(faulty, nightbill):
    code, _, errors = nightbill("check", "--home", faulty.root)
    lines = [line for line in errors.splitlines() if "Remedy:" in line]
    assert code == 3
    assert len(lines) == len(FAULTS)
    for place, value in zip(FAULTS, ("-60", "sixty", "9999", "-5"), strict=True):
        assert any(line.startswith(place) and value in line for line in lines), place


def test_a_night_refuses_to_start_with_the_same_list_and_touches_nothing(faulty, nightbill):
    (faulty.inbox / "file.csv").write_text("x", encoding="utf-8")
    shutil.rmtree(faulty.lake)
    faulty.lake.mkdir()  # a home in which nothing has run
    _, _, listed = nightbill("check", "--home", faulty.root)
    code, _, errors = nightbill("nightly", "--home", faulty.root, "--direct")
    assert code == 3
    assert errors == listed
    assert [path.name for path in faulty.inbox.iterdir()] == ["file.csv"]
    assert list(faulty.lake.iterdir()) == []


def test_a_sound_configuration_passes(tmp_path, nightbill):
    code, out, _ = nightbill("check", "--home", small_home(tmp_path / "home").root)
    assert code == 0
    assert "without fault" in out


def test_a_warning_is_printed_and_stops_nothing(tmp_path, nightbill):
    """No list prices calls to fixed numbers of the small operator's."""
    code, out, errors = nightbill("check", "--home", small_home(tmp_path / "home").root)
    assert (code, errors) == (0, "")
    assert "zones.csv:2: warning: zone se_fixed has no price in list private, nor in a basic list" in out
    assert out.splitlines()[-1].endswith(", 1 warnings.")


def test_warnings_are_printed_beside_faults(tmp_path, nightbill):
    home = small_home(tmp_path / "home")
    path = home.config / "plans.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("private,2004", "private,9999"), encoding="utf-8")
    code, out, errors = nightbill("check", "--home", home.root)
    assert code == 3
    assert "zones.csv:2: warning:" in out
    assert "plans.csv:3: article_no 9999" in errors
    assert "warning" not in errors


def test_a_folder_that_is_no_home_is_code_5_and_says_how_to_make_one(tmp_path, nightbill):
    code, _, errors = nightbill("check", "--home", tmp_path)
    assert code == 5
    assert f"nightbill init {tmp_path}" in errors
