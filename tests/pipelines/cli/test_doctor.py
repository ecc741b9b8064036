"""The doctor names what is missing, with the remedy."""

from pipelines.cli import doctor
from pipelines.home import FOLDERS, create_home


def found(findings):
    return {finding.what: finding for finding in findings}


def test_a_new_home_has_every_folder_and_all_are_writable(tmp_path):
    findings = found(doctor._folders(create_home(tmp_path)))  # noqa: SLF001 (only the folders, not the machine)
    assert set(findings) == {f"folder {name}" for name in FOLDERS}
    assert all(finding.well for finding in findings.values())


def test_a_missing_folder_names_the_command_that_makes_it(tmp_path):
    home = create_home(tmp_path)
    home.outbox.rmdir()
    finding = found(doctor._folders(home))["folder outbox"]  # noqa: SLF001 (as above)
    assert not finding.well
    assert finding.remedy == f"nightbill init {home.root}"


def test_an_extension_whose_wheel_is_missing_names_the_package(monkeypatch):
    monkeypatch.setattr(doctor, "extension_file", lambda _name: None)
    findings = list(doctor._extensions())  # noqa: SLF001 (as above)
    assert len(findings) == 3
    assert all(f.found == "missing" and "install duckdb-extension-" in f.remedy for f in findings)


def test_a_missing_system_library_names_its_package(monkeypatch):
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: None)
    findings = found(doctor._system())  # noqa: SLF001 (as above)
    assert "libpango-1.0-0" in findings["library pango-1.0"].remedy
    assert "libharfbuzz-subset0" in findings["library harfbuzz-subset"].remedy


def test_a_foreign_package_of_our_name_is_found(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "pipelines" / "cli" / "doctor.py"))
    remedies = {finding.remedy for finding in doctor._packages()}  # noqa: SLF001 (as above)
    assert all("environment of nightbill's own" in remedy for remedy in remedies)


def test_everything_a_night_needs_is_here():
    """The tests run where a night could."""
    assert [f for f in doctor.examine(None) if not f.well] == []
