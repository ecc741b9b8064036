"""Of the commands `nightbill ledger`: months of the books that are closed, and invoices that are given up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.requests import ActorOption, HomeOption, OnOption, ReasonOption, decide
from pipelines.home import Home

PeriodArgument = Annotated[str, typer.Argument(help="The month, such as 2026-10.")]
_HERE = Path()


def list_periods(home: HomeOption = _HERE) -> None:
    """List the months of the books: their state, vouchers and debits, and who closed them or opened them again."""
    from pipelines.ledger.ledger_view import list_periods as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(listed(Home(home.resolve()).require()))


def close_period(
    period: PeriodArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Close a month that is over: what is booked from now on of it goes to the first open month after it."""
    decide(home, on, "close_period", {"period": period, "reason": reason}, actor)


def reopen_period(
    period: PeriodArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Open a closed month again; kept as a request, with who and why."""
    decide(home, on, "reopen_period", {"period": period, "reason": reason}, actor)


def write_off(
    invoice: Annotated[int, typer.Argument(help="The invoice, by its number.")],
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Give up what is open of an invoice, its fees and interest among it: booked at once as a loss, VAT taken back."""
    decide(home, on, "write_off", {"invoice_no": invoice, "reason": reason}, actor)


def add_to(app: typer.Typer) -> None:
    """Add these commands to `nightbill ledger`."""
    commands = (
        ("periods", list_periods), ("close", close_period), ("reopen", reopen_period), ("write-off", write_off)
    )  # fmt: skip
    for name, command in commands:
        app.command(name)(command)
