"""Lint: a small configuration in, the exact lines of faults and warnings out."""

import tomllib

import pytest
from small_configuration import BASE

from pipelines.configuration.checks import cross_checks
from pipelines.configuration.policy_file import PolicyFile
from pipelines.configuration.reading import CONFIG_FILES, OPTIONAL_FILES
from pipelines.configuration.tables import read_table


@pytest.fixture
def lint(tmp_path):
    """Return the lines told about BASE with some files replaced; every file must be readable by itself."""

    def told(files, rating=""):
        policy = f"[operator]\ncurrency = 'SEK'\n[rating]\n{rating}\n"
        for name, text in (BASE | files).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        read = {
            table.name: read_table(tmp_path / name, table, optional=name in OPTIONAL_FILES)
            for name, table in CONFIG_FILES.items()
        }
        assert [str(fault) for _, faults in read.values() for fault in faults] == []
        settings = PolicyFile(policy, tomllib.loads(policy, parse_float=str))
        frames = {name: frame for name, (frame, _) in read.items()}
        return [str(fault) for fault in cross_checks(settings, frames, set(frames))]

    return told
