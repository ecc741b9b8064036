"""Documentation that cannot lag: generated pages are as generated, and what people wrote names what exists."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import subprocess
import tomllib
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from crm.request_models import REQUEST_MODELS
from pipelines import reference
from pipelines.cli.exit_codes import MEANINGS, ExitCode
from pipelines.configuration.reading import CONFIG_FILES
from pipelines.formats.layout import ReadContext
from pipelines.formats.request_lines import REQUEST_LINES
from pipelines.home import FOLDERS, starter_config
from pipelines.nightly_flow import NIGHT
from pipelines.publishing.marts import MARTS
from schemas import codes, policy
from schemas.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
REMEDY = "run: make docs"
TERMS = (
    "CDR",
    "A-number",
    "B-number",
    "Rating",
    "Zone",
    "Price list",
    "Allowance",
    "Proration",
    "Dunning",
    "Credit note",
    "Receivable",
    "Posting",
    "Settlement",
    "Suspense",
    "Exposure",
    "OCR reference",
    "Voucher",
    "Proof",
    "Request",
    "Mart",
    "Lake",
)
MOST_BYTES_OF_A_PICTURE = 200_000


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_tells_every_folder_of_the_pipelines_in_its_own_words():
    packages = [path.parent for path in (ROOT / "pipelines").glob("*/__init__.py")]
    assert len(packages) > 20
    for package in packages:
        words = (package / "__init__.py").read_text(encoding="utf-8").split('"""')[1]
        assert f"| `{package.name}/` | {words} |" in page("README.md"), package.name


def commands() -> dict[str, Any]:
    return reference.all_commands()


def command_of(words: list[str]) -> Any:
    """Give the command that a line calls, `nightbill check` or `nightbill prices import`."""
    return commands().get(words[1]) or commands()[" ".join(words[1:3])]


def first_cells(text: str) -> set[str]:
    """Give the code words of the first column of every table."""
    heads = re.findall(r"^\| (`[^|]+`) \|", text, flags=re.MULTILINE)
    return {word for head in heads for word in re.findall(r"`([^`]+)`", head)}


def section(text: str, heading: str) -> str:
    """Give what stands below a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    end = rf"^#{{1,{level}}} |\Z"
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?={end})", text, flags=re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found[1]


# Generated pages


def test_the_data_dictionary_is_as_generated():
    assert page("docs/data-dictionary.md") == reference.data_dictionary(), REMEDY


def test_the_command_reference_is_as_generated():
    assert page("docs/cli.md") == reference.cli_reference(), REMEDY


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_column_of_the_lake_is_in_the_data_dictionary(table):
    assert first_cells(section(page("docs/data-dictionary.md"), f"### {table.name}")) == set(table.names)


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_every_mart_is_in_the_data_dictionary(mart):
    text = section(page("docs/data-dictionary.md"), f"### {mart.name} (mart)")
    assert mart.description in text
    assert first_cells(text)


def test_every_reason_and_file_fault_is_in_the_data_dictionary():
    text = page("docs/data-dictionary.md")
    assert first_cells(section(text, "### Reason codes")) == set(codes.REASONS)
    assert first_cells(section(text, "### File faults")) == set(codes.FILE_FAULTS)
    assert first_cells(section(text, "### Draft reasons")) == set(codes.DRAFT_REASONS)


def test_every_closed_list_of_codes_is_in_the_data_dictionary():
    text = section(page("docs/data-dictionary.md"), "## Codes")
    lists = [value for name, value in vars(codes).items() if name.isupper() and isinstance(value, tuple)]
    printed = [
        set(re.findall(r"`([^`]+)`", row)) for row in re.findall(r"^\| `[^|]+` \| (.+) \|$", text, flags=re.MULTILINE)
    ]
    assert [values for values in lists if set(values) not in printed] == []


def test_every_configuration_file_is_in_the_data_dictionary():
    assert set(CONFIG_FILES) <= first_cells(section(page("docs/data-dictionary.md"), "## Configuration"))


@pytest.mark.parametrize("name", commands())
def test_every_command_and_option_is_in_the_command_reference(name):
    text = section(page("docs/cli.md"), f"## nightbill {name}")
    spelt = {word for p in commands()[name].params for word in (p.opts if p.name != p.opts[0] else [p.name.upper()])}
    assert commands()[name].help in text
    assert first_cells(text) == spelt


# Operations


def test_every_exit_code_has_a_meaning_and_a_remedy():
    listed = re.findall(r"^\| (\d+) \|", section(page("docs/operations.md"), "### Exit codes"), flags=re.MULTILINE)
    assert [int(code) for code in listed] == [code.value for code in ExitCode]
    assert set(MEANINGS) == set(ExitCode)


def test_every_reason_and_file_fault_has_a_remedy():
    text = page("docs/operations.md")
    assert first_cells(section(text, "## Records that were set aside")) == set(codes.REASONS)
    waiting = section(text, "## Records that were set aside").split("**Invoices that wait**")[1].split("**")[0]
    assert set(re.findall(r"`([A-Z_]{6,})`", waiting)) == set(codes.DRAFT_REASONS)
    assert first_cells(section(text, "## Files that were refused")) == set(codes.FILE_FAULTS)


def test_every_configuration_file_has_its_line():
    assert first_cells(section(page("docs/operations.md"), "## Price lists and other tables")) >= set(CONFIG_FILES)


def test_the_starter_policy_spells_out_every_setting_that_may_be_left_out():
    given = tomllib.loads((starter_config() / "policy.toml").read_text(encoding="utf-8"))
    spelt_out = {
        "rating": policy.Rating,
        "limits": policy.Limits,
        "callers": policy.Callers,
        "registers": policy.Registers,
        "agreements": policy.Agreements,
        "billing": policy.Billing,
        "review": policy.Review,
        "direct_debit": policy.DirectDebit,
        "numbering": policy.Numbering,
    }
    for name, part in spelt_out.items():
        assert given[name].keys() == part.model_fields.keys()


def test_every_stage_of_the_night_is_described_in_its_order():
    listed = re.findall(r"^\| `(\w+)` \|", section(page("docs/operations.md"), "## The night"), flags=re.MULTILINE)
    assert listed == [stage.name for stage in NIGHT]


def test_every_folder_of_a_home_is_described():
    described = {cell.rstrip("/") for cell in first_cells(section(page("docs/operations.md"), "## The home"))}
    assert set(FOLDERS) <= described


# README


def decided() -> list[tuple[str, str]]:
    table = section(page("README.md"), "## Where is it decided?")
    return re.findall(r"^\| ([^|]+\?) \| `([\w.:]+)` \|$", table, flags=re.MULTILINE)


def test_where_is_it_decided_answers_at_least_25_questions_each_once():
    questions = [question for question, _ in decided()]
    rows = [
        line for line in section(page("README.md"), "## Where is it decided?").splitlines() if line.startswith("| ")
    ]
    assert len(questions) == len(set(questions)) == len(rows) - 1, "a row is not | question? | `module:function` |"
    assert len(questions) >= 25


@pytest.mark.parametrize(("question", "place"), decided())
def test_where_is_it_decided_names_a_function(question, place):
    module, name = place.split(":")
    found = reduce(getattr, name.split("."), import_module(module))
    assert inspect.isfunction(found), question
    assert found.__module__ == module, f"{place} is defined in {found.__module__}"
    assert found.__doc__, f"{place} says nothing of what it decides"


def shell_lines(name: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page(name), flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.mark.parametrize("name", ["README.md", "docs/operations.md"])
def test_commands_in_the_text_exist(name):
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), flags=re.MULTILINE))
    for line in shell_lines(name):
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            assert words[1] in targets, line
        elif words[0] == "nightbill":
            options = {option for p in command_of(words).params for option in p.opts}
            assert {word for word in words if word.startswith("--")} <= options, line
        else:
            assert words == [".", ".venv/bin/activate"], line


def test_readme_says_what_it_is_in_five_lines():
    introduction = page("README.md").split("\n## ")[0].splitlines()[1:]
    assert len([line for line in introduction if line]) == 5


def test_links_in_the_pages_lead_somewhere():
    for path in [ROOT / "README.md", *DOCS.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^"]+)"', text)
        lost = [link for link in links if not (path.parent / link).is_file()]
        assert (path.name, lost) == (path.name, [])


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (DOCS / "images").iterdir()}
    assert sizes
    assert max(sizes.values()) < MOST_BYTES_OF_A_PICTURE, sizes


# Glossary and requests


def test_the_glossary_has_one_line_for_each_term_in_order():
    lines = [line for line in page("docs/glossary.md").splitlines()[1:] if line][1:]
    terms = [re.fullmatch(r"- \*\*([^*]+)\*\*: .+", line) for line in lines]
    assert all(terms), [line for line, term in zip(lines, terms, strict=True) if not term]
    names = [term[1] for term in terms if term]
    assert names == sorted(set(names), key=str.casefold)
    assert set(TERMS) <= set(names)


def request_examples() -> list[dict[str, Any]]:
    blocks = re.findall(r"^```json\n(.*?)^```", page("docs/requests.md"), flags=re.MULTILINE | re.DOTALL)
    return [json.loads(block) for block in blocks]


def test_every_request_type_has_an_example_and_a_heading():
    assert [example["type"] for example in request_examples()] == list(REQUEST_MODELS)
    assert all(section(page("docs/requests.md"), f"## {name}") for name in REQUEST_MODELS)


@pytest.mark.parametrize("example", request_examples(), ids=lambda example: example["type"])
def test_request_examples_are_read_and_satisfy_their_model(example):
    line = json.dumps(example, ensure_ascii=False).encode() + b"\n"
    parsed = REQUEST_LINES.read(line, ReadContext("Europe/Stockholm", "SEK"))
    assert parsed.rejected["reason_text"].to_list() == []
    request = parsed.records.row(0, named=True)
    model = REQUEST_MODELS[request["request_type"]]
    assert model.model_validate_json(request["payload"]).model_fields_set == set(json.loads(request["payload"]))


# Nothing of the machine it was made on


def tracked_texts() -> dict[str, str]:
    try:
        listing = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 (whichever git there is)
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = {name: ROOT / name for name in listing.stdout.splitlines()}
    return {name: path.read_text(encoding="utf-8", errors="replace") for name, path in paths.items() if path.is_file()}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a package index", r"py[p]i\.org|python[h]osted|artif[a]ctory|(?<!no-emit-)--(extra-)?ind[e]x-url"),
        ("a path of one machine", r"(?<![\w.{}~])/(root|home|work|Users|tmp)/\w"),
    ],
)
def test_no_file_of_the_project_names(what, pattern):
    found = [(name, match[0]) for name, text in tracked_texts().items() for match in re.finditer(pattern, text)]
    assert found == [], what
