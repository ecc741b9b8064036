"""A run by day steps aside for any other run; whatever finds a run by day waits for it; each says so."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_operator import ask, night_in_a_process, put, small_home

from pipelines.progress import listening
from pipelines.runs.home_lock import HomeHeldError, exclusive

CHECKOUT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from pipelines.home import Home
from pipelines.runs.home_lock import exclusive
with exclusive(Home(Path(sys.argv[1])), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by(command, home):
    """Let another process hold a home in the name of a command; gives that process."""
    words = [sys.executable, "-c", HOLDER, str(home.root), command]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as holder:  # noqa: S603 (our own command)
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            if not holder.stdin.closed:
                holder.stdin.close()


@pytest.mark.parametrize("command", ["nightly", "rate", "intraday"])
def test_a_run_by_day_steps_aside_with_code_0_and_says_for_whom(tmp_path, nightbill, command):
    home = small_home(tmp_path / "home")
    put(home, {"calls.csv": "anything"})
    with held_by(command, home) as holder:
        code, out, _ = nightbill("intraday", "--home", home.root)
    assert code == 0
    assert f"nightbill {command} (process {holder.pid}, since 20" in out
    assert "this run steps aside, and the next one takes over" in out
    assert [path.name for path in home.inbox.iterdir()] == ["calls.csv"]


def test_a_run_by_day_in_a_folder_that_is_no_home_fails_as_any_other(tmp_path, nightbill):
    assert nightbill("intraday", "--home", tmp_path)[0] == 5


def test_what_finds_a_run_by_day_waits_for_it_and_says_so(tmp_path):
    home = small_home(tmp_path / "home")
    said = []

    def listener(what):
        said.append(what)
        holder.stdin.close()  # it ends once somebody waits for it

    with held_by("intraday", home) as holder, listening(listener), exclusive(home, "nightly"):
        pass
    assert said[0].startswith(f"nightbill intraday (process {holder.pid}, since ")
    assert said[0].endswith("holds this home; waiting for it to end")


def test_it_does_not_wait_for_ever(tmp_path):
    home = small_home(tmp_path / "home")
    with (
        held_by("intraday", home) as holder,
        pytest.raises(HomeHeldError, match=rf"nightbill intraday \(process {holder.pid}.*Wait for it to end, or end"),
        exclusive(home, "nightly", patience_s=0.3),
    ):
        pass


def test_a_night_that_finds_a_night_is_refused_at_once(tmp_path):
    home = small_home(tmp_path / "home")
    said = []
    with held_by("nightly", home), listening(said.append), pytest.raises(HomeHeldError), exclusive(home, "nightly"):
        pass
    assert said == []


def test_the_lock_of_a_run_that_was_killed_is_free(tmp_path):
    home = small_home(tmp_path / "home")
    with held_by("intraday", home) as holder:
        holder.kill()
        with exclusive(home, "nightly"):
            pass


@pytest.mark.slow
def test_a_night_waits_for_a_run_by_day_and_runs_by_day_step_aside_for_it(tmp_path, nightbill):
    home = small_home(tmp_path / "home")
    with held_by("intraday", home) as holder:
        night = night_in_a_process(home, "2026-09-20")
        assert "waiting for it to end" in night.stdout.readline()
        holder.stdin.close()
        line = next(line for line in night.stdout if "ingest" in line)
        code, out, _ = nightbill("intraday", "--home", home.root, "--on", "2026-09-20")
        night.communicate()
    assert line == "2026-09-20  ingest\n"
    assert (night.returncode, code) == (0, 0)
    assert "nightbill nightly (process " in out
    assert nightbill("intraday", "--home", home.root, "--on", "2026-09-20")[0] == 0
    assert ask(home, "SELECT run_command, run_state FROM run ORDER BY begun_at") == [
        ("nightly", "completed"), ("intraday", "completed")
    ]  # fmt: skip
