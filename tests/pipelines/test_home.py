"""A home and its secret: made once, for its owner alone, and never another in silence."""

import pytest

from pipelines.cli import doctor
from pipelines.home import HomeError, create_home, home_secret


def test_a_new_home_has_a_secret_of_its_own_that_only_its_owner_may_read(tmp_path):
    one, other = create_home(tmp_path / "one"), create_home(tmp_path / "other")
    assert one.secret.stat().st_mode & 0o777 == 0o600
    assert len(home_secret(one)) == 32
    assert home_secret(one) != home_secret(other)


def test_a_home_that_is_created_again_keeps_its_secret(tmp_path):
    before = home_secret(create_home(tmp_path))
    assert home_secret(create_home(tmp_path)) == before


def test_one_left_half_written_by_a_kill_is_made_anew(tmp_path):
    home = create_home(tmp_path)
    home.secret.rename(tmp_path / "secret.key.draft")
    assert len(home_secret(home)) == 32
    assert list(tmp_path.glob("*.draft")) == []


@pytest.mark.parametrize("content", ["", "ab12", "not hexadecimal"])
def test_a_file_without_a_secret_is_a_fault_not_a_new_secret(tmp_path, content):
    home = create_home(tmp_path)
    home.secret.write_text(content, encoding="ascii")
    with pytest.raises(HomeError, match="Put it back from a backup"):
        home_secret(home)


def test_the_doctor_tells_of_a_secret_that_others_can_read(tmp_path):
    home = create_home(tmp_path)
    (finding,) = doctor._secret(home)  # noqa: SLF001 (only the secret, not the machine)
    assert finding.well
    home.secret.chmod(0o644)
    (finding,) = doctor._secret(home)  # noqa: SLF001 (as above)
    assert finding.remedy == f"chmod 600 {home.secret}"
