"""What `nightbill explain` and `nightbill quote` show: sentences with their figures, within 100 columns, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.charging.quote_flow import Quote
from pipelines.cli import screen
from pipelines.explaining.explain_flow import Answer, ChargeExplained, RecordExplained, Rerating
from pipelines.explaining.explain_sentences import (
    Line,
    amount,
    basis_change_lines,
    draw_lines,
    exact,
    fee_lines,
    place,
    record_lines,
    result_lines,
    units_sentence,
    unlike,
)
from pipelines.explaining.explain_term_sentences import added_lines
from rating.explanation import Explanation
from rating.explanation_parts import Part

WIDTH = 100
_MOST_ROWS = 40
_ROW = ("usage_id", "b_number", "zone_code", "billed_units", "included_units")
_ROW_HEADS = ["record", "to", "zone", "units", "included", "list amount", "amount"]


def show_answer(answer: Answer) -> None:
    """Show an explanation."""
    console = _console()
    if answer.line:
        _show_line(console, answer)
    for charge in answer.charges:
        _show_charge(console, charge)
    for record in answer.records:
        _show_record(console, record)
    if not answer.holds:
        console.print("[bold red]Something does not add up, or is not what was charged: see the lines marked so.[/]")
    elif answer.not_computed:
        console.print(f"[yellow]Every sum adds up; {answer.not_computed} charges are told, but not computed again.[/]")
    else:
        console.print("[green]Every sum adds up, and every figure computed again is the one that was charged.[/]")


def show_quote(quote: Quote) -> None:
    """Show what a record would cost."""
    console, told = _console(), quote.explanation
    price = "has no price" if told.amount is None else f"costs {amount(told.amount)} {quote.currency} ex VAT"
    console.print(f"[bold]This {told.record['usage_kind']} {price}[/]")
    _print(console, record_lines(told))
    _tables(console, told)
    for note in quote.notes:
        console.print(escape(note))


def as_json(answer: Answer | Quote) -> str:
    """Write an explanation as JSON: amounts as text, exact fractions as `43/40`, moments in ISO 8601."""
    return json.dumps(_plain(asdict(answer)), ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, pl.DataFrame):
        return [_plain(row) for row in value.to_dicts()]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | Exact) else value


def _console() -> Console:
    """Return a screen no wider than the sentences are made for."""
    return Console(width=min(screen.console.width, WIDTH) if screen.console.is_terminal else WIDTH)


def _print(console: Console, lines: Iterable[Line]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True, min_width=10)
    grid.add_column(overflow="fold")
    for head, sentence in lines:
        grid.add_row(head, escape(sentence))
    console.print(grid, highlight=False)


def _figures(console: Console, heads: list[str], rows: Iterable[Iterable[object]], left: frozenset[int]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    for column, head in enumerate(heads):
        table.add_column(head, justify="left" if column in left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print(table, highlight=False)


def _show_line(console: Console, answer: Answer) -> None:
    line = answer.line or {}
    total = sum((charge.charge["amount_ex_vat"] for charge in answer.charges), Decimal(0))
    dates = f"{line['service_from']} to {line['service_to']}"
    lines = [
        ("line", f"{line['charge_kind']}, article {line['article_no']}, {dates}, quantity {line['quantity']}"),
        ("amount", f"{amount(line['amount_ex_vat'])} ex VAT, {line['net_amount']} on the invoice"),
        ("charges", f"{len(answer.charges)}, which add up to {amount(total)}{unlike(same=answer.adds_up)}"),
    ]
    console.print(f"[bold]Invoice {line['invoice_no']}, line {line['entry_no']}: {escape(line['line_text'])}[/]")
    _print(console, lines)
    rows = ((c.charge["charge_id"], c.charge["quantity"], amount(c.charge["amount_ex_vat"])) for c in answer.charges)
    _figures(console, ["charge", "quantity", "amount"], rows, frozenset({0}))
    console.print()


def _show_charge(console: Console, told: ChargeExplained) -> None:
    charge = told.charge
    dates = f"{charge['service_from']} to {charge['service_to']}"
    article = f"article {charge['article_no']} {told.article_name or ''}".rstrip()
    price = f"{amount(charge['amount_ex_vat'])} {charge['currency']} ex VAT"
    payer = f"account {charge['account_id']}, customer {told.customer_id}"
    lines = [
        ("what", f"{charge['charge_kind']}, {dates}, {article}"),
        ("who", payer if charge["subscription_id"] is None else f"subscription {charge['subscription_id']}, {payer}"),
        ("amount", f"{price}, charged {charge['charged_on']}; {place(told.invoice_line)}"),
    ]
    console.print(f"[bold]Charge {escape(charge['charge_id'])}[/]")
    changes = (line for change in told.basis_changes for line in basis_change_lines(change))
    added = added_lines(told)
    _print(console, [*lines, *(fee_lines(told.fee, charge) if told.fee else ()), *added, *changes])
    if told.rows.height:
        _show_rows(console, told)
    for note in told.notes:
        console.print(escape(note))
    console.print()
    for record in told.records:
        _show_record(console, record)


def _show_rows(console: Console, told: ChargeExplained) -> None:
    adjusts = told.charge["charge_kind"] == "adjustment"
    column = "difference_amount" if adjusts else "amount_ex_vat"
    total = sum((Decimal(value) for value in told.rows[column]), Decimal(0))
    sums = f"{told.rows.height}, which add up to {amount(total)}{unlike(same=told.adds_up)}"
    _print(console, [("records", sums)])
    names = ["usage_id", "old_amount", "new_amount", column] if adjusts else [*_ROW, "list_amount", column]
    heads = ["record", "before", "now", "difference"] if adjusts else _ROW_HEADS
    rows = told.rows.select(names).head(_MOST_ROWS).rows()
    left = frozenset({0} if adjusts else {0, 1, 2})
    _figures(console, heads, ([_cell(cell) for cell in row] for row in rows), left)
    if told.rows.height > _MOST_ROWS:
        console.print(f"... and {told.rows.height - _MOST_ROWS} more: --format json has all of them")
    if not told.records:
        console.print(f"One record in full: nightbill explain {escape(rows[0][0])}; all of them: --all")


def _cell(value: object) -> str:
    return amount(value) if isinstance(value, Decimal) else str(value)


def _show_record(console: Console, told: RecordExplained) -> None:
    console.print(f"[bold]Record {escape(told.usage_id)}[/]")
    source = told.source
    file = f"{source['file_name']} line {source['line_no']} (record {source['record_no']})"
    lines = [("source", f"{file} of {source['source_system']}, received {source['received_on']}")]
    if told.explanation is None or told.stored is None:
        _print(console, [*lines, ("not priced", str(told.reason))])
        return
    _print(console, [*lines, *record_lines(told.explanation)])
    _tables(console, told.explanation)
    _print(console, result_lines(told, told.stored))
    for again in told.reratings:
        _print(console, _rerated(again))
        _tables(console, again.explanation)
    for note in told.notes:
        console.print(escape(note))
    console.print()


def _rerated(again: Rerating) -> Iterator[Line]:
    for row in again.rows:
        before, now, difference = (amount(row[f"{name}_amount"]) for name in ("old", "new", "difference"))
        yield (
            "re-rating",
            f"batch {row['rated_batch']}, {row['rated_on']}: {before} before, {now} now" + unlike(same=again.agrees),
        )
        yield "", f"{difference} in charge {row['charge_id']}"


def _tables(console: Console, told: Explanation) -> None:
    """Show parts, allowances, tier and money steps."""
    if told.price_row is None:
        return
    if told.parts:
        _print(console, [("units", units_sentence(told))])
        _figures(
            console,
            ["", "units", "from", "band", "list", "price", "increments", "to pay", "cost"],
            (_part(number, part, told) for number, part in enumerate(told.parts, 1)),
            frozenset({0, 2, 3, 4, 6}),
        )
    _print(console, draw_lines(told))
    steps = [(step.step, step.text, exact(step.amount)) for step in told.steps]
    _figures(console, ["step", "", "amount"], steps, frozenset({0, 1}))


def _part(number: int, part: Part, told: Explanation) -> tuple[object, ...]:
    begins = _clock(part.begins_at, told.started_local)
    first = "" if part.first_increment is None else f"{part.first_increment}"
    rest = part.increments - (part.first_increment is not None)
    more = f"{rest} x {part.increment}" if rest else ""
    price = f"{amount(part.price)}/{part.price_unit}"
    units = f"{part.units_from}-{part.units_to}"
    increments = " + ".join(filter(None, (first, more)))
    return number, units, begins, part.time_band, part.price_list, price, increments, part.paid_units, exact(part.cost)


def _clock(at: datetime, started: datetime) -> str:
    return at.strftime("%H:%M:%S" if at.date() == started.date() else "%m-%d %H:%M:%S")
