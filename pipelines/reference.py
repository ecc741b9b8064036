"""The printed reference (data dictionary, command line, requests), made from the definitions the code runs on.

Run `python -m pipelines.reference` (or `make docs`) after a change; a test compares the files with what is made here.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Any

from typer.main import get_command

from pipelines.cli.exit_codes import MEANINGS
from pipelines.cli.main import app
from pipelines.configuration.reading import CONFIG_FILES
from pipelines.home import starter_config
from pipelines.lake.connection import bare_connection
from pipelines.lake.table_sql import ddl, sql_type
from pipelines.proof.equations import equations
from pipelines.publishing.finance_marts import DERIVED
from pipelines.publishing.mart import Mart
from pipelines.publishing.marts import MARTS
from pipelines.request_reference import requests_reference
from schemas import codes, policy
from schemas.table import Table
from schemas.tables import TABLES

DOCS = Path(__file__).resolve().parents[1] / "docs"
_GENERATED = "<!-- Made by `make docs` (pipelines/reference.py). Change the definitions, not this page. -->\n"
_READING = (
    "Times are UTC; dates are days on the operator's clock. Periods are half-open: `_from` is in, `_to` is out. A "
    "column has the same name, type and meaning wherever it stands. Key columns are marked `key`, columns that may be "
    "empty `null`.\n"
)
_OF_THE_LAKE = (
    "## Tables of the lake\n\nIn the order data flows through them. Nobody but nightbill writes here; "
    "[operations.md](operations.md) tells how to read them beside a night.\n"
)
_OF_THE_MARTS = (
    "## Published marts\n\nIn `marts.duckdb`: plain DuckDB tables, made anew every night. `nightbill sql` reads them.\n"
)
_LONG_NAMES = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}  # one type, one name
_CODE_LISTS = {
    "service": codes.SERVICES,
    "period_state": codes.PERIOD_STATES,
    "age_bucket": tuple(codes.AGE_BUCKETS),
    "customer_category": codes.CUSTOMER_CATEGORIES,
    "channel": codes.CHANNELS,
    "delivery_channel": codes.DELIVERY_CHANNELS,
    "outcome": codes.OUTCOMES,
    "usage_kind": codes.USAGE_KINDS,
    "failed, unanswered, negative, zero_quantity of [rating]": codes.TREATMENTS,
    "number_kind": codes.NUMBER_KINDS,
    "fee_rule": codes.FEE_RULES,
    "crossing_rule": codes.CROSSING_RULES,
    "rounding_mode": codes.ROUNDING_MODES,
    "link_scope of price_list_link": codes.LIST_SCOPES,
    "link_scope of discount": codes.DISCOUNT_SCOPES,
    "link_scope of allowance_link": codes.ALLOWANCE_LINK_SCOPES,
    "discount_kind": codes.DISCOUNT_KINDS,
    "allowance_unit": codes.ALLOWANCE_UNITS,
    "allowance_scope": codes.ALLOWANCE_SCOPES,
    "allowance_period": codes.ALLOWANCE_PERIODS,
    "tier_mode": codes.TIER_MODES,
    "tier_scope": codes.TIER_SCOPES,
    "fee_timing": codes.FEE_TIMINGS,
    "fee_alignment": codes.FEE_ALIGNMENTS,
    "suspension": codes.SUSPENSIONS,
    "link_scope of rebate, coupon, commitment": codes.TERM_LINK_SCOPES,
    "charge_kind of terms": codes.TERM_KINDS,
    "term_scope": codes.TERM_SCOPES,
    "term_target": codes.TERM_TARGETS,
    "rebate_mode": codes.REBATE_MODES,
    "instalments_at_end of [billing]": codes.INSTALMENTS_AT_END,
    "offer_target": codes.OFFER_TARGETS,
    "resale_role": codes.RESALE_ROLES,
    "spend_period": codes.SPEND_PERIODS,
    "batch_kind": codes.BATCH_KINDS,
    "file_state": codes.FILE_STATES,
    "charge_kind": codes.CHARGE_KINDS,
    "receivable_kind": codes.RECEIVABLE_KINDS,
    "agreement_state": codes.AGREEMENT_STATES,
    "answer of direct_debit_answer": codes.DEBIT_ANSWERS,
    "payment_kind": codes.PAYMENT_KINDS,
    "reference_kind": codes.REFERENCE_KINDS,
    "allocation_kind": codes.ALLOCATION_KINDS,
    "match_rule": codes.MATCH_RULES,
    "invoice_state": codes.INVOICE_STATES,
    "case_state": codes.CASE_STATES,
    "waits_for": codes.WAITS_FOR,
    "address_outcome": codes.ADDRESS_OUTCOMES,
    "credit_decision": codes.CREDIT_DECISIONS,
    "identity_kind": codes.IDENTITY_KINDS,
    "identity_state": codes.IDENTITY_STATES,
    "listed_kind": codes.LISTED_KINDS,
    "subscription_state": codes.SUBSCRIPTION_STATES,
    "state_cause": codes.STATE_CAUSES,
    "change_kind": codes.CHANGE_KINDS,
    "upgrade_when, downgrade_when": codes.CHANGE_MOMENTS,
    "change_in_binding": codes.BINDING_RULES,
    "fee_basis": codes.FEE_BASES,
    "preference": codes.PREFERENCES,
    "block_reason": codes.BLOCK_REASONS,
    "block_cause": codes.BLOCK_CAUSES,
    "barred": codes.BARRED_SERVICES,
    "change_cause": codes.LIMIT_CAUSES,
    "basis_release": codes.BASIS_RELEASES,
    "basis_state": codes.BASIS_STATES,
    "basis_change_kind": codes.BASIS_CHANGE_KINDS,
    "partly_paid": codes.PARTLY_PAID,
    "top_up_kind": codes.TOP_UP_KINDS,
    "set_by": codes.LIMIT_SETTERS,
    "list_change": codes.LIST_CHANGES,
    "notice_kind": codes.NOTICE_KINDS,
    "notice_channel": codes.NOTICE_CHANNELS,
    "provisioning_action": codes.PROVISIONING_ACTIONS,
    "acknowledgement": codes.ACKNOWLEDGEMENTS,
    "scheme of mandates and direct debits": codes.DEBIT_SCHEMES,
    "mandate_state": codes.MANDATE_STATES,
    "mandate_use": codes.MANDATE_USES,
    "mandate_action": codes.MANDATE_ACTIONS,
    "sequence_type": codes.SEQUENCE_TYPES,
    "direct_debit_state": codes.DIRECT_DEBIT_STATES,
    "message_version": codes.MESSAGE_VERSIONS,
    "document_kind": codes.DOCUMENT_KINDS,
    "line_group": codes.LINE_GROUPS,
    "vat_category": codes.VAT_CATEGORIES,
    "vat_treatment": codes.VAT_TREATMENTS,
    "draft_state": codes.DRAFT_STATES,
    "account_kind": codes.ACCOUNT_KINDS,
    "export_state": codes.EXPORT_STATES,
    "collection_status": codes.COLLECTION_STATUSES,
    "dimensions of [export]": codes.EXPORT_DIMENSIONS,
    "run_state": codes.RUN_STATES,
    "request_state": codes.REQUEST_STATES,
}


def data_dictionary() -> str:
    """Write the data dictionary: configuration, tables of the lake, published marts, proof and codes, as Markdown."""
    parts = [
        "# Data dictionary\n",
        _GENERATED,
        _READING,
        _configuration(),
        _OF_THE_LAKE,
        *map(_table_section, TABLES),
        _OF_THE_MARTS,
        *map(_mart_section, MARTS, _mart_columns(MARTS)),
        _proof(),
        _codes(),
    ]
    return "\n".join(parts)


def cli_reference() -> str:
    """Write the reference of the command `nightbill` with its exit codes, as Markdown."""
    commands = all_commands()
    sections = [_command_section(name, command) for name, command in commands.items()]
    exit_codes = _markdown_table(
        ("code", "name", "meaning"), ((str(code.value), code.name, text) for code, text in MEANINGS.items())
    )
    listing = _markdown_table(
        ("command", "what it does"),
        ((f"[`{name}`](#{_anchor(name)})", command.help) for name, command in commands.items()),
    )
    head = "# The command `nightbill`\n"
    return "\n".join([head, _GENERATED, f"{app.info.help}\n", listing, *sections, "## Exit codes\n", exit_codes])


def all_commands() -> dict[str, Any]:
    """Return every command by its words, those of groups too: `prices import`."""
    group: Any = get_command(app)  # typer gives its commands no public types
    return dict(_commands_of(group.commands))


def _commands_of(commands: dict[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in commands.items():
        within = getattr(command, "commands", None)
        yield from [(group + name, command)] if within is None else _commands_of(within, f"{group}{name} ")


def _anchor(name: str) -> str:
    return f"nightbill {name}".replace(" ", "-")


def _markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


# Data dictionary


def _configuration() -> str:
    files = ((f"`{name}`", f"[{table.name}](#{table.name})", table.description) for name, table in CONFIG_FILES.items())
    sections = (
        (
            f"`[{name}]`",
            inspect.getdoc(field.annotation) or "",
            ", ".join(f"`{s}`" for s in _settings(field.annotation)),
        )
        for name, field in policy.Policy.model_fields.items()
    )
    return (
        "## Configuration\n\nCSV files in `config/`, each with a header and the columns of its table:\n\n"
        + _markdown_table(("file", "columns as in", "what it says"), files)
        + "\nSettings in `config/policy.toml`; the starter file explains each of them:\n\n"
        + _markdown_table(("section", "what it decides", "settings"), sections)
    )


def _settings(section: Any) -> list[str]:
    return list(section.model_fields)


def _table_section(table: Table) -> str:
    rows = ((f"`{c.name}`", sql_type(c.dtype), _marks(table, c.name), c.description) for c in table.columns)
    return f"### {table.name}\n\n{table.description}\n\n" + _markdown_table(("column", "type", "", "meaning"), rows)


def _marks(table: Table, column: str) -> str:
    return "key" if column in table.key else "null" if column in table.nullable else ""


def _mart_columns(marts: Iterable[Mart]) -> list[list[tuple[str, str]]]:
    """Ask DuckDB for name and type of every mart's columns, on a lake without rows."""
    with closing(bare_connection()) as connection:
        for table in TABLES:
            connection.execute(ddl(table, "memory")[0])
        for derived in DERIVED:
            connection.register(derived.name, derived.schema.to_frame())
        described = [connection.execute(f"DESCRIBE {mart.sql}").fetchall() for mart in marts]
    return [[(name, _LONG_NAMES.get(kind, kind)) for name, kind, *_ in rows] for rows in described]


def _mart_section(mart: Mart, columns: list[tuple[str, str]]) -> str:
    rows = ((f"`{name}`", kind, mart.describe(name)) for name, kind in columns)
    # A mart may be called as its table is: its heading says which is meant.
    return f"### {mart.name} (mart)\n\n{mart.description}\n\n" + _markdown_table(("column", "type", "meaning"), rows)


def _proof() -> str:
    text = (starter_config() / "policy.toml").read_text(encoding="utf-8")
    ledger = policy.Policy.model_validate(tomllib.loads(text, parse_float=str)).ledger
    rows = ((f"`{e.name}`", e.meaning) for e in equations(ledger))
    return (
        "## The proof\n\nEvery night these equations must hold, to the last decimal, before anything is delivered or "
        "published. Ledger accounts are those of the demo operator's `[ledger]` settings.\n\n"
        + _markdown_table(("equation", "says"), rows)
    )


def _codes() -> str:
    lists = ((f"`{column}`", ", ".join(f"`{value}`" for value in values)) for column, values in _CODE_LISTS.items())
    return "\n".join(
        [
            "## Codes\n",
            _markdown_table(("column", "values"), lists),
            "### Reason codes\n\nWhy a row was set aside (`reason_code`):\n",
            _markdown_table(("code", "meaning"), _explained(codes.REASONS)),
            "### Draft reasons\n\nWhy an invoice waits before it is numbered (`draft_reasons`, docs/invoices.md):\n",
            _markdown_table(("code", "meaning"), _explained(codes.DRAFT_REASONS)),
            "### File faults\n\nWhy a file was refused whole (`file_fault`):\n",
            _markdown_table(("code", "meaning"), _explained(codes.FILE_FAULTS)),
            "### Voucher series\n\nSeries of the ledger (`voucher_series`):\n",
            _markdown_table(("series", "vouchers"), _explained(codes.VOUCHER_SERIES)),
        ]
    )


def _explained(meanings: dict[str, str]) -> Iterable[tuple[str, str]]:
    return ((f"`{code}`", meaning) for code, meaning in meanings.items())


# Command line


def _command_section(name: str, command: Any) -> str:
    words = ["nightbill", name, *(_usage(p) for p in command.params if p.param_type_name == "argument")]
    head = f"## nightbill {name}\n\n{command.help}\n\n    {' '.join([*words, '[OPTIONS]'])}\n"
    rows = [(f"`{_spelling(p)}`", _meaning(p), _default(p)) for p in command.params]
    return f"{head}\n{_markdown_table(('argument or option', 'meaning', 'default'), rows)}"


def _spelling(parameter: Any) -> str:
    return " ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name.upper()


def _meaning(parameter: Any) -> str:
    if not isinstance(parameter.default, Enum):
        return parameter.help or ""
    return f"{parameter.help} One of {', '.join(f'`{choice.value}`' for choice in type(parameter.default))}."


def _usage(argument: Any) -> str:
    return argument.name.upper() if argument.required else f"[{argument.name.upper()}]"


def _default(parameter: Any) -> str:
    value = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if parameter.required:
        return "required"
    written = "" if value is None or value is False else f"`{value}`"
    return ", else ".join(part for part in (f"`${parameter.envvar}`" if parameter.envvar else "", written) if part)


def write_reference(folder: Path = DOCS) -> None:
    """Write the pages into the folder."""
    (folder / "data-dictionary.md").write_text(data_dictionary(), encoding="utf-8")
    (folder / "cli.md").write_text(cli_reference(), encoding="utf-8")
    (folder / "requests.md").write_text(requests_reference(), encoding="utf-8")


if __name__ == "__main__":
    write_reference()
