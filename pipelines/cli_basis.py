"""The commands `nightbill basis`: invoice bases that wait, and what is decided of them."""

from __future__ import annotations

import getpass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines import screen
from pipelines.home import Home, HomeError

app = typer.Typer(
    name="basis", help="Invoice bases: what was ordered up to a credit limit, and its release.", no_args_is_help=True
)

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.", file_okay=False)
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Business date; today on the operator's clock when not given."),
]
BasisArgument = Annotated[str, typer.Argument(help="Name of the basis, such as 20001:1.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in your words.")]
ActorOption = Annotated[
    str | None, typer.Option("--by", help="Who decides; the login's name when not given.", show_default=False)
]
_HERE = Path()
# The request is applied, what it frees is invoiced, and all of it is proven before anything leaves the house.
_STAGES = (
    "configure", "ingest", "register", "rate", "match", "order", "bill", "settle", "restrict", "book", "prove",
    "block_list", "deliver",
)  # fmt: skip
_PERCENT = 100
_DECIMALS = 6


@app.command("list")
def list_bases(
    home: HomeOption = _HERE, every: Annotated[bool, typer.Option("--all", help="List paid ones too.")] = False
) -> None:
    """List the invoice bases that are not paid yet."""
    from pipelines.basis_requests import list_bases as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(listed(Home(home.resolve()).require(), every=every))


@app.command("show")
def show_basis(basis: BasisArgument, home: HomeOption = _HERE) -> None:
    """Show a basis with its charges, and the changes made to them: who, when and why."""
    from pipelines.basis_requests import NoBasisError  # noqa: PLC0415 (polars is slow to import)
    from pipelines.basis_requests import show_basis as shown  # noqa: PLC0415

    try:
        found = shown(Home(home.resolve()).require(), basis)
    except NoBasisError as error:
        raise typer.BadParameter(str(error), param_hint="BASIS") from None
    for frame in found:
        screen.show_frame(frame)


@app.command("change")
def change_basis(  # noqa: PLR0913, PLR0917 (the options of a command)
    basis: BasisArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    article: Annotated[str | None, typer.Option(help="Change the charges of this article.")] = None,
    charge: Annotated[str | None, typer.Option(help="Change this charge.")] = None,
    unit_price: Annotated[
        str | None, typer.Option(help="New price per minute of calls, or per message, event or fee, excluding VAT.")
    ] = None,
    discount: Annotated[str | None, typer.Option(help="Percent off what is charged now.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the charges off.")] = False,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Change an open basis: another price, a discount, or a line removed; kept as a request and applied at once."""
    if sum((unit_price is not None, discount is not None, remove)) != 1:
        raise typer.BadParameter("give one of --unit-price, --discount and --remove")
    if (article is None) == (charge is None):
        raise typer.BadParameter("give one of --article and --charge")
    fields = {
        "basis_id": basis, "article_no": article, "charge_id": charge,
        "unit_price": _decimal(unit_price, "--unit-price"), "discount": _decimal(discount, "--discount", _PERCENT),
        "remove": remove or None, "reason": reason,
    }  # fmt: skip
    _apply(home, on, "adjust", actor, fields)


@app.command("release")
def release_basis(
    basis: BasisArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Release an open basis: its invoice is made at once."""
    _apply(home, on, "release_basis", actor, {"basis_id": basis, "reason": reason})


def _decimal(text: str | None, option: str, most: int | None = None) -> str | None:
    """Return a decimal number as text, as requests write it."""
    from decimal import Decimal, InvalidOperation  # noqa: PLC0415 (only changes need it)

    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a number such as 4.50", param_hint=option) from None
    if (
        not value.is_finite()
        or value < 0
        or (most is not None and value > most)
        or -int(value.as_tuple().exponent) > _DECIMALS
    ):
        limit = f" and at most {most}" if most is not None else ""
        message = f"{text} must be at least 0{limit}, with at most 6 decimals"
        raise typer.BadParameter(message, param_hint=option)
    return str(value)


def _apply(home: Path, on: datetime | None, kind: str, actor: str | None, fields: dict[str, Any]) -> None:
    """Put a request into the inbox and run the stages that apply it, unless another run holds the home."""
    from pipelines.basis_requests import put_request  # noqa: PLC0415 (polars is slow to import)

    place, day = Home(home.resolve()).require(), on.date() if on else None
    path = put_request(place, kind, actor or getpass.getuser(), day, **fields)
    try:
        _run(place, day)
    except HomeError:
        screen.console.print(f"Another run holds the home: {path} lies in the inbox, and the next run applies it.")
        return
    _show_outcome(place, path.stem)


def _run(home: Home, on: date | None) -> None:
    from pipelines.nightly_flow import conduct, stages_named  # noqa: PLC0415 (polars and the renderer are slow to import)

    with screen.watching():
        run = conduct(home, on, command="basis", stages=stages_named(*_STAGES))
    screen.show_run(run)


def _show_outcome(home: Home, request_id: str) -> None:
    """Say what became of the request, and fail when it was refused."""
    from pipelines.exit_codes import ExitCode  # noqa: PLC0415 (polars is slow to import)
    from pipelines.night import opened_lake  # noqa: PLC0415
    from schemas import tables  # noqa: PLC0415

    with opened_lake(home) as store:
        outcomes = store.read(tables.REQUEST_OUTCOME, "request_id = ?", [request_id]).to_dicts()
    for outcome in outcomes:
        why = f": {outcome['reason_code']}, {outcome['reason_text']}" if outcome["reason_code"] else ""
        screen.console.print(f"Request {request_id} {outcome['request_state']}{why}", soft_wrap=True, markup=False)
    if any(outcome["request_state"] == "refused" for outcome in outcomes):
        raise typer.Exit(ExitCode.USAGE)
