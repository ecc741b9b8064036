"""The commands `nightbill request` and `nightbill queue`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli import screen
from pipelines.cli.exit_codes import ExitCode
from pipelines.home import Home

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.", file_okay=False)
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Business date; today on the operator's clock when not given."),
]
ActorOption = Annotated[str | None, typer.Option("--by", help="Who decides; who is logged in when not given.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the history.")]
CaseArgument = Annotated[str, typer.Argument(help="The request that waits, by its id.")]
_HERE = Path()
_REGISTERED = ("configure", "ingest", "register")
# A decision about money is applied, what it frees is invoiced, and all of it is proven before it leaves the house.
DECISION_STAGES = (
    *_REGISTERED, "rate", "match", "order", "bill", "settle", "write_off", "restrict", "states", "book", "prove",
    "block_list", "deliver",
)  # fmt: skip

app = typer.Typer(
    name="queue", help="Requests that wait for somebody to decide: list, show, approve, refuse.", no_args_is_help=True
)


def request(  # noqa: PLR0913, PLR0917 (the options of a command)
    request_type: Annotated[str, typer.Argument(metavar="TYPE", help="Type of the request, as in docs/requests.md.")],
    fields: Annotated[
        list[str] | None, typer.Argument(help="Its fields, NAME=VALUE: number=46701740605 customer.name='Bo Ek'.")
    ] = None,
    home: HomeOption = _HERE,
    channel: Annotated[str | None, typer.Option(help="Where it comes from; agent when not given.")] = None,
    reseller: Annotated[str | None, typer.Option(help="Code of the reseller who sold.")] = None,
    actor: ActorOption = None,
    effective_on: Annotated[str | None, typer.Option(help="Date from which it holds; today when not given.")] = None,
    effective_at: Annotated[str | None, typer.Option(help="In its place the moment, with offset.")] = None,
    request_id: Annotated[str | None, typer.Option("--id", help="Its id; a new one when not given.")] = None,
    show: Annotated[bool, typer.Option("--show", help="Print it instead of putting it into the inbox.")] = False,
) -> None:
    """Write a valid request into the inbox; the next run applies it."""
    envelope = {
        "channel": channel, "reseller": reseller, "actor": actor, "effective_on": effective_on,
        "effective_at": effective_at, "request_id": request_id,
    }  # fmt: skip
    from pipelines.customers.own_requests import RequestError, drop, fields_of, valid_request  # noqa: PLC0415 (slow to import)

    place = Home(home.resolve()).require()
    try:
        made = valid_request(place, request_type, fields_of(fields or []), envelope)
    except RequestError as error:
        raise typer.BadParameter(str(error)) from None
    if show:
        screen.console.print(json.dumps(made, ensure_ascii=False), soft_wrap=True, markup=False, highlight=False)
    else:
        screen.console.print(f"{drop(place, made)}: the next run applies it.", soft_wrap=True)


@app.command("list")
def list_cases(
    home: HomeOption = _HERE, every: Annotated[bool, typer.Option("--all", help="List decided ones too.")] = False
) -> None:
    """List the cases that wait, oldest first."""
    from pipelines.customers.queue_view import list_cases as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(listed(Home(home.resolve()).require(), every=every))


@app.command("show")
def show_case(case: CaseArgument, home: HomeOption = _HERE) -> None:
    """Show a case: what was asked for, what the checks found, and how it was decided."""
    from pipelines.customers.queue_view import show_case as shown  # noqa: PLC0415 (polars is slow to import)

    found = shown(Home(home.resolve()).require(), case)
    if found is None:
        raise typer.BadParameter(f"no case {case!r}; nightbill queue list shows those that wait")
    screen.console.print_json(json.dumps(found, ensure_ascii=False, default=str))


@app.command("approve")
def approve(  # noqa: PLR0913, PLR0917 (the options of a command)
    case: CaseArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    on: OnOption = None,
    actor: ActorOption = None,
    limit: Annotated[str | None, typer.Option(help="Another credit limit than the one proposed.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of a caller whom no register knows.")] = None,
    street: Annotated[str | None, typer.Option(help="Street of such a caller.")] = None,
    postcode: Annotated[str | None, typer.Option(help="Postcode of such a caller.")] = None,
    city: Annotated[str | None, typer.Option(help="City of such a caller.")] = None,
) -> None:
    """Approve what waits: it is done from today, a stranger's calls from the first one."""
    given = {"limit": limit, "name": name, "street": street, "postcode": postcode, "city": city}
    _decide(home, on, actor, {"case": case, "decision": "approve", "reason": reason} | given)


@app.command("refuse")
def refuse(
    case: CaseArgument, reason: ReasonOption, home: HomeOption = _HERE, on: OnOption = None, actor: ActorOption = None
) -> None:
    """Refuse what waits, for ever."""
    _decide(home, on, actor, {"case": case, "decision": "refuse", "reason": reason})


def _decide(home: Path, on: datetime | None, actor: str | None, given: Mapping[str, Any]) -> None:
    fields = {name: value for name, value in given.items() if value is not None}
    send(Home(home.resolve()).require(), on.date() if on else None, "decide", fields, actor, _REGISTERED)


def decide(home: Path, on: datetime | None, kind: str, fields: Mapping[str, Any], actor: str | None) -> bool:
    """Send a decision about money, without the fields that were not given, and return if it is applied."""
    given = {name: value for name, value in fields.items() if value is not None}
    return send(Home(home.resolve()).require(), on.date() if on else None, kind, given, actor, DECISION_STAGES)


def send(
    home: Home, on: date | None, kind: str, fields: Mapping[str, Any], actor: str | None, stages: Sequence[str]
) -> bool:
    """Put a request into the inbox, run the stages that apply it, say what became of it, and return if it is applied.

    While another run holds the home the request lies in the inbox, and the next run applies it.
    """
    from pipelines.customers.own_requests import RequestError, applied_now, drop, outcome_of, valid_request  # noqa: PLC0415

    envelope = {"actor": actor, "effective_on": on.isoformat() if on else None}
    try:
        made = valid_request(home, kind, fields, envelope)
    except RequestError as error:
        raise typer.BadParameter(str(error)) from None
    path = drop(home, made)
    with screen.watching():
        run = applied_now(home, on, kind, stages)
    if run is None:
        screen.console.print(f"Another run holds the home; {path} lies in the inbox and the next run applies it.")
        return False
    outcome = outcome_of(home, str(made["request_id"])) or {"request_state": "waits for its day", "reason_text": None}
    screen.console.print(
        f"{outcome['request_state']} {outcome['reason_text'] or ''}".strip(), soft_wrap=True, markup=False
    )
    if outcome["request_state"] == "refused":
        raise typer.Exit(ExitCode.USAGE)
    return bool(outcome["request_state"] == "applied")
