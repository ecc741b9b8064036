"""What the commands show: tables of a run, the proof, findings, and what to open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

import polars as pl
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from pipelines.cli.doctor import Finding
from pipelines.configuration.reading import load_configuration
from pipelines.home import Home
from pipelines.night import opened_lake
from pipelines.progress import listening
from pipelines.proof.prove_flow import proof_of
from pipelines.runs.run_record import RunReport
from pipelines.runs.run_report import figure, time_sentence
from schemas.codes import AGE_BUCKETS

console = Console()
errors = Console(stderr=True)
_WIDEST, _SENTENCE = 1_000, 30  # columns: of any table, and of a column of sentences at least


@contextmanager
def watching() -> Iterator[None]:
    """Show which stage is running."""
    with console.status("starting ...") as status, listening(lambda what: status.update(f"[bold]{what}[/] ...")):
        yield


def show_run(run: RunReport, *, quiet: bool = False) -> None:
    """Show a run: a line when quiet, otherwise its stages and its proof."""
    if quiet:
        broken = run.proof.filter(~pl.col("holds")).height
        by_name = {stage.name: stage.report for stage in run.stages}
        console.print(
            f"[bold]{run.on}[/] {by_name['ingest'].summary}; {by_name['rate'].rows_out} records priced; "
            f"{by_name['bill'].summary}; proof {'BROKEN' if broken else 'holds'} ({time_sentence(run)})"
        )
        return
    console.print(
        f"[bold]{run.command} of {run.on}[/], run {run.run_id} through {run.through}: {run.state}. {run.summary}"
    )
    show_table(
        ["stage", "s", "in", "out", "rejected", "what it did"],
        ((s.name, f"{(s.ended_at - s.begun_at).total_seconds():.2f}", s.report.rows_in, s.report.rows_out,
          s.report.rows_rejected, s.report.summary) for s in run.stages),
        figures={1, 2, 3, 4},
    )  # fmt: skip
    if run.proof.height:
        show_proof(run.proof)
    console.print(time_sentence(run))


def show_proof(proof: pl.DataFrame) -> None:
    """Show control totals."""
    rows = (
        (row["check_name"], row["subject"], figure(row["left_side"]), figure(row["right_side"]),
         "[green]holds[/]" if row["holds"] else "[bold red]BROKEN[/]")
        for row in proof.to_dicts()
    )  # fmt: skip
    show_table(["proof", "of", "left", "right", ""], rows, figures={2, 3})


def show_findings(findings: Iterable[Finding]) -> None:
    """Show what the doctor found."""
    rows = ((f.what, f.found, "[green]well[/]" if f.well else f"[red]{f.remedy}[/]") for f in findings)
    show_table(["", "found", "remedy"], rows)


def show_frame(frame: pl.DataFrame) -> None:
    """Show an answer as a table."""
    show_table(frame.columns, (["" if v is None else str(v) for v in row] for row in frame.iter_rows()))


_SHORT = {
    "not_due": "not due", "days_1_30": "1-30", "days_31_60": "31-60", "days_61_90": "61-90", "days_over_90": "over 90",
    "open_amount": "open", "credit_amount": "credit", "open_home_amount": "in books", "customer_id": "customer",
    "customer_name": "name", "account_id": "account", "invoice_no": "invoice", "vat_treatment": "treatment",
    "country_code": "in", "vat_category": "cat", "vat_percent": "%", "vat_account": "account", "vat_return_box": "box",
    "base_amount": "base", "vat_amount": "VAT", "recomputed_vat": "rate x base", "vat_difference": "diff",
    "declared_amount": "declared", "ledger_amount": "ledger", "article_no": "article", "article_name": "name",
    "revenue_account": "account", "product_group": "group", "reseller_code": "reseller", "net_amount": "net",
    "supply_quarter": "of", "currency": "cur", "allocation_kind": "kind", "account_name": "name",
    "agreement_id": "agreement", "agreement_state": "state", "agreed_on": "agreed", "ended_on": "ended",
    "instalments": "in", "next_due_on": "next due", "instalment_no": "no", "due_on": "due", "paid_amount": "paid",
    "reduced_amount": "credited", "receivable_id": "claim", "receivable_kind": "kind",
}  # fmt: skip
_WIDE = 100  # below it, names and what can be had from the CSV are left out
_ONLY_WIDE = frozenset(
    ("customer_name", "article_name", "account_name", "open_home_amount", "recomputed_vat", "vat_category", "agreed_on")
)
_ONLY_NARROW = frozenset(("age",))  # there, of a single claim, in place of a column for each age


def show_figures(frame: pl.DataFrame) -> None:
    """Show a report in as few columns of the screen as it takes: short heads, figures to the right, months as such."""
    is_wide = console.width >= _WIDE
    left_out = _ONLY_NARROW if is_wide else _ONLY_WIDE | (AGE_BUCKETS.keys() if "age" in frame.columns else set())
    shown = [name for name in frame.columns if name not in left_out]
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), show_edge=False)
    for name in shown:
        is_figure = frame.schema[name].is_numeric() and not name.endswith(("_id", "_no"))
        head = _SHORT.get(name, name)
        table.add_column(head, justify="right" if is_figure else "left", no_wrap=True, overflow="ellipsis")
    for row in frame.select(shown).iter_rows(named=True):
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    console.print(table)


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "age":
        return _SHORT[str(value)]
    if name == "month":
        return str(value)[:7]
    return figure(value) if name in {"vat_percent", "quantity"} else escape(str(value))


_IN_AND_OUT = """
    SELECT 'files read' AS what, count(*) FILTER (file_state = 'archived') AS n, NULL AS amount FROM source_file
    UNION ALL SELECT 'files in quarantine', count(*) FILTER (file_state = 'quarantined'), NULL FROM source_file
    UNION ALL SELECT 'usage records, attempts included', count(*), NULL FROM usage
    UNION ALL SELECT 'records priced', count(*), sum(amount_ex_vat) FROM rated_usage
    UNION ALL SELECT 'records priced anew after their invoice', count(*), sum(difference_amount) FROM rerated_usage
    UNION ALL SELECT 'allowances granted', count(*), NULL FROM allowance_grant
    UNION ALL SELECT 'recurring fees', count(*), sum(amount_ex_vat) FROM charge WHERE charge_kind = 'recurring'
    UNION ALL SELECT 'records set aside', count(*), NULL FROM rejected
    UNION ALL SELECT 'customers', count(*), NULL FROM customer
    UNION ALL SELECT 'requests refused', count(*) FILTER (request_state = 'refused'), NULL FROM request_outcome
    UNION ALL SELECT 'invoices', count(*), sum(total_amount) FROM invoice
    UNION ALL SELECT 'documents', count(*), NULL FROM document
    UNION ALL SELECT 'payments', count(*), sum(amount) FROM payment
    UNION ALL SELECT 'payments in suspense', count(*), coalesce(sum(held), 0) FROM (
        SELECT sum(amount) AS held FROM allocation WHERE allocation_kind = 'suspense'
         GROUP BY payment_id HAVING sum(amount) <> 0
    )
    UNION ALL SELECT 'reminders', count(*), sum(fee_amount) FROM reminder
    UNION ALL SELECT 'commission accrued', count(*), sum(amount) FROM commission
    UNION ALL SELECT 'numbers blocked', count(DISTINCT a_number) FILTER (unblocked_on IS NULL), NULL FROM block
    UNION ALL SELECT 'vouchers', count(*), NULL FROM voucher
    UNION ALL SELECT 'nights', count(*) FILTER (run_state = 'completed'), NULL FROM run
"""


def show_demo(home: Home) -> None:
    """Show what came in and out of the demo, its last proof, and what to open."""
    from pipelines.demo.demo_nights import things_to_open  # noqa: PLC0415 (only the demo needs it)

    with opened_lake(home) as store:
        totals = store.query(_IN_AND_OUT)
        latest = store.query("SELECT arg_max(run_id, begun_at) AS run_id FROM run")["run_id"][0]
        last = proof_of(store, latest, load_configuration(home).policy.ledger)
        things = things_to_open(home, store)
    show_table(["came in and out", "number", "amount"],
           ((r["what"], r["n"], "" if r["amount"] is None else figure(r["amount"])) for r in totals.to_dicts()),
           figures={1, 2})  # fmt: skip
    show_proof(last)
    show_table(["open this", "path"], ((r["what"], str(home.root / r["path"])) for r in things.to_dicts()))


def show_table(heads: list[str], rows: Iterable[Iterable[object]], figures: Collection[int] = ()) -> None:
    """Show a table: sentences are folded, and a name or a number never is; a narrow screen breaks or scrolls lines."""
    table, cells = Table(header_style="bold"), [[str(cell) for cell in row] for row in rows]
    for position, head in enumerate(heads):
        texts = [Text.from_markup(row[position]).plain for row in cells]
        is_whole = not any(" " in text for text in texts)
        least = None if is_whole else min(_SENTENCE, max(map(len, texts)))
        side: Literal["left", "right"] = "right" if position in figures else "left"
        table.add_column(head, justify=side, overflow="fold", no_wrap=is_whole, min_width=least)
    for row in cells:
        table.add_row(*row)
    needed = Measurement.get(console, console.options.update(max_width=_WIDEST), table).minimum
    if needed > console.width:
        table.width = needed
    console.print(table, crop=False, soft_wrap=needed > console.width)
