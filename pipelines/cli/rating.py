"""The commands `nightbill quote` and `nightbill explain`."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.home import Home

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.", file_okay=False)
]
_HERE = Path()
_ALL = 1_000_000


class Shape(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    JSON = "json"


class Kind(StrEnum):
    """Kind of usage."""

    CALL = "call"
    MESSAGE = "message"
    DATA = "data"
    EVENT = "event"


ShapeOption = Annotated[Shape, typer.Option("--format", help="Sentences for people, or JSON.")]


def quote(  # noqa: PLR0913, PLR0917 (the options of a command)
    to: Annotated[str, typer.Option("--to", help="Called number, in any form; 0 for data that calls none.")],
    at: Annotated[
        datetime,
        typer.Option(
            "--at", formats=["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], help="Start, local time."
        ),
    ],
    home: HomeOption = _HERE,
    price_list: Annotated[str | None, typer.Option("--list", help="Quote this price list alone.")] = None,
    customer: Annotated[int | None, typer.Option(help="Quote this customer's contract.")] = None,
    number: Annotated[str | None, typer.Option(help="Quote the contract of this calling number.")] = None,
    duration: Annotated[int, typer.Option(help="Seconds of a call.")] = 0,
    kind: Annotated[Kind, typer.Option(help="Kind of usage.")] = Kind.CALL,
    quantity: Annotated[int, typer.Option(help="Bytes, messages or events, where it is no call.")] = 0,
    origin: Annotated[str | None, typer.Option(help="Number of the visited network, such as +47.")] = None,
    from_zone: Annotated[str | None, typer.Option(help="Zone of the visited network, instead of its number.")] = None,
    service: Annotated[str | None, typer.Option(help="Service; the plan's, or voice, when not given.")] = None,
    shape: ShapeOption = Shape.TEXT,
) -> None:
    """Price one call, message, event or data session as the night would; nothing is written."""
    from pipelines.charging.quote_flow import Asked, QuoteError  # noqa: PLC0415
    from pipelines.charging.quote_flow import quote as priced  # noqa: PLC0415
    from pipelines.explaining.explain_screen import as_json, show_quote  # noqa: PLC0415 (polars is slow to import)
    from schemas.codes import SERVICES  # noqa: PLC0415

    if sum(choice is not None for choice in (price_list, customer, number)) != 1:
        raise typer.BadParameter("give one of --list, --customer and --number")
    if service is not None and service not in SERVICES:
        raise typer.BadParameter(f"--service {service!r} is not one of {', '.join(SERVICES)}")
    asked = Asked(
        to, at, duration if kind is Kind.CALL else quantity, kind.value, price_list, customer, number, origin,
        from_zone, service,
    )  # fmt: skip
    try:
        found = priced(Home(home.resolve()), asked)
    except QuoteError as error:
        raise typer.BadParameter(str(error)) from None
    if shape is Shape.JSON:
        sys.stdout.write(as_json(found) + "\n")
    else:
        show_quote(found)


def explain(
    charge: Annotated[str, typer.Argument(help="A charge, a record (usage id), or an invoice line such as 1000064/2.")],
    home: HomeOption = _HERE,
    every: Annotated[
        bool, typer.Option("--all", help="Explain every record of a charge or line, however many.")
    ] = False,
    shape: ShapeOption = Shape.TEXT,
) -> None:
    """Tell how a charge came about, with every figure, and check it against what was charged."""
    from pipelines.cli import screen  # noqa: PLC0415 (polars is slow to import)
    from pipelines.cli.exit_codes import ExitCode  # noqa: PLC0415
    from pipelines.explaining.explain_flow import NotFoundError  # noqa: PLC0415
    from pipelines.explaining.explain_flow import explain as explained  # noqa: PLC0415
    from pipelines.explaining.explain_screen import as_json, show_answer  # noqa: PLC0415

    try:
        answer = explained(Home(home.resolve()), charge, details=_ALL if every else 3)
    except NotFoundError as error:
        screen.errors.print(str(error), soft_wrap=True, markup=False)
        raise typer.Exit(ExitCode.DOCUMENT) from None
    if shape is Shape.JSON:
        sys.stdout.write(as_json(answer) + "\n")
    else:
        show_answer(answer)
    if not answer.holds:
        raise typer.Exit(ExitCode.PROOF)
