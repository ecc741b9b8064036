"""The report of a run, for people: what came in and out, the proof, and how much of the time was Prefect's own."""

from __future__ import annotations

import re

from pipelines.home import Home, write_whole
from pipelines.payments.statement_report import StatementReport
from pipelines.runs.run_record import RunReport

_TOLD = ("statement_no", "amount", "reference_text", "line_text")
# A report is read by many: of a stranger who came before the home had a secret it shows the end of the number only.
_STRANGER, _HIDDEN = re.compile(r"^network:\d+(\d{3}):"), r"network:...\1:"


def report_markdown(run: RunReport) -> str:
    """Write the stages of a run as a table."""
    rows = [
        f"| {s.name} | {(s.ended_at - s.begun_at).total_seconds():.2f} | {s.report.rows_in} | {s.report.rows_out} "
        f"| {s.report.rows_rejected} | {s.report.summary} |"
        for s in run.stages
    ]
    head = (
        f"# Night of {run.on}\n\nRun {run.run_id}, {run.command} through {run.through}: {run.state}. {run.summary}\n\n"
    )
    table = "| stage | seconds | rows in | out | rejected | what it did |\n|---|---:|---:|---:|---:|---|\n"
    return head + table + "\n".join(rows) + f"\n\n{time_sentence(run)}\n"


def time_sentence(run: RunReport) -> str:
    """Say how much of a run was its stages' time and how much was not."""
    own = run.seconds - run.stage_seconds
    whose = "Prefect's and the conductor's own" if run.through == "prefect" else "the conductor's own"
    return f"{run.seconds:.1f} s in all, {run.stage_seconds:.1f} s in stages, {own:.1f} s {whose}"


def proof_markdown(run: RunReport) -> str:
    """Write the control totals of a run as a table."""
    rows = [
        f"| {row['check_name']} | {row['subject']} | {figure(row['left_side'])} | {figure(row['right_side'])} "
        f"| {'holds' if row['holds'] else 'BROKEN'} |"
        for row in run.proof.to_dicts()
    ]
    head = f"# Proof of {run.on}\n\n| equation | of | left | right | |\n|---|---|---:|---:|---|\n"
    return head + "\n".join(rows) + "\n"


def refused_markdown(run: RunReport) -> str:
    """Write the requests that were refused on the business date as a table."""
    shown = ("request_type", "channel", "reason_code", "reason_text")
    rows = [
        " | ".join(["|" + _STRANGER.sub(_HIDDEN, row["request_id"]), *(str(row[name]) for name in shown)]) + " |"
        for row in run.refused.to_dicts()
    ]
    head = "# Requests refused\n\nEach is tried again only when it is sent again, with a new id.\n\n"
    return head + "| request | type | channel | reason | |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n"


def bank_markdown(report: StatementReport) -> str:
    """Write the bank's statements beside our books: a row per statement, and what is to be looked at."""
    statements = [
        f"| {row['payee_account']} | {row['statement_no']} | {row['covered_to']} | {row['opening_amount']} "
        f"| {row['closing_amount']} | {row['found_count']} of {row['entry_count']} | {row['ledger_amount']} |"
        for row in report.statements.to_dicts()
    ]
    lines = [
        f"- {row['line_kind']}: {row['payee_account'] or 'a message'}, {row['booked_on']}, "
        + ", ".join(str(row[name]) for name in _TOLD if row[name] is not None)
        for row in report.to_look_at.to_dicts()
    ]
    head = (
        "# Bank statements\n\n| account | statement | to | opening | closing | entries that are payments | ledger |\n"
    )
    return head + "|---|---|---|---:|---:|---:|---:|\n" + "\n".join([*statements, "", *lines]) + "\n"


def figure(value: object) -> str:
    """Write a figure without decimals that say nothing."""
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_reports(home: Home, run: RunReport) -> None:
    """Leave the report and the proof of a run in the home."""
    name = f"{run.on}_{run.command}_{run.run_id}.md"
    parts = [report_markdown(run)]
    parts += [refused_markdown(run)] if run.refused.height else []
    parts += (
        [bank_markdown(run.bank)] if run.bank and (run.bank.statements.height or run.bank.to_look_at.height) else []
    )
    parts += [proof_markdown(run)] if run.proof.height else []
    write_whole(home.reports / name, "\n".join(parts).encode())
