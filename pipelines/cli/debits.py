"""The commands `nightbill debits`: what is collected by mandate, and the mandates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.requests import HomeOption
from pipelines.home import Home

app = typer.Typer(name="debits", help="Direct debits and mandates: list them with their state.", no_args_is_help=True)
_HERE = Path()


@app.command("list")
def list_debits(
    home: HomeOption = _HERE, every: Annotated[bool, typer.Option("--all", help="List paid ones too.")] = False
) -> None:
    """List direct debits by day, with what the bank answered and the file they stand in."""
    from pipelines.collecting.debit_view import list_debits as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(listed(Home(home.resolve()).require(), every=every))


@app.command("mandates")
def list_mandates(
    home: HomeOption = _HERE,
    every: Annotated[bool, typer.Option("--all", help="List those that are over too.")] = False,
) -> None:
    """List mandates by account, with their state."""
    from pipelines.collecting.debit_view import list_mandates as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(listed(Home(home.resolve()).require(), every=every))
