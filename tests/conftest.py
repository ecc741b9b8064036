"""Homes that several tests begin from: made once, shared by the processes of a test run, and copied by each test."""

import fcntl
import os
import shutil

import pytest
from hypothesis import HealthCheck, settings
from small_operator import LATE_NIGHT, STORY, home_of, run_story, small_home

from pipelines.cli.main import main
from pipelines.demo.demo_nights import run_demo
from pipelines.demo.demo_operator import DemoOperator
from pipelines.home import create_home
from pipelines.lake.connection import CONNECTION
from pipelines.nightly_flow import conduct

# How long an example takes says how busy the machine is, nothing of the rule it checks.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Return a function that makes a named home once, whichever process comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def make(name, fill):
        home = shared / name
        with (shared / f"{name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not home.exists():
                draft = shared / f"{name}.draft"
                shutil.rmtree(draft, ignore_errors=True)
                fill(draft)
                draft.rename(home)
        return home_of(home)

    return make


@pytest.fixture(scope="session", autouse=True)
def light_connections():
    """Let DuckDB use one thread, and load its extensions without computing their signatures each time.

    On a few rows the threads cost twice the time of the work, and the signatures four fifths of opening a lake. They
    are checked where a night runs in a process of its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CONNECTION, "threads", 1)
        patch.setitem(CONNECTION, "allow_unsigned_extensions", value=True)
        yield


@pytest.fixture(scope="session")
def begun(made_once):
    """The small operator after the first night of its story: Anna has signed up and called twice."""
    return made_once("begun", lambda root: run_story(small_home(root), STORY[:1]))


@pytest.fixture(scope="session")
def invoiced(made_once, begun):
    """The small operator after two nights: Anna and Bo have an invoice each."""

    def fill(root):
        shutil.copytree(begun.root, root, symlinks=True)
        run_story(home_of(root), STORY[1:2])

    return made_once("invoiced", fill)


@pytest.fixture(scope="session")
def told(made_once, invoiced):
    """The small operator after its whole story; read it, never write to it."""

    def fill(root):
        shutil.copytree(invoiced.root, root, symlinks=True)
        run_story(home_of(root), STORY[2:])

    return made_once("told", fill)


@pytest.fixture(scope="session")
def late(made_once, invoiced):
    """The small operator after a night that brought everything: files of a missed night, an invoice, reminders."""

    def fill(root):
        shutil.copytree(invoiced.root, root, symlinks=True)
        run_story(home_of(root), [LATE_NIGHT])

    return made_once("late", fill)


@pytest.fixture(scope="session")
def demo(made_once):
    """The demo operator with 20 customers after its first three nights."""

    def fill(root):
        operator, home = DemoOperator(customers=20), create_home(root)
        run_demo(home, operator, list(operator.nights[:3]), lambda place, on: conduct(place, on, command="demo"))

    return made_once("demo", fill)


@pytest.fixture
def nightbill(capsys):
    """Return a function that runs the command and returns its exit code, output and errors."""

    def run(*words):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["nightbill", *map(str, words)])
            with pytest.raises(SystemExit) as ended:
                main()
        written = capsys.readouterr()
        return ended.value.code or 0, written.out, written.err

    return run


@pytest.fixture
def copy_of(tmp_path):
    """Return a function that copies a home into the test's own folder."""

    def copied(home, name="home"):
        shutil.copytree(home.root, tmp_path / name, symlinks=True)
        return home_of(tmp_path / name)

    return copied
