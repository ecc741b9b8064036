"""The commands `nightbill basis`: invoice bases that wait, and what is decided of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.requests import ActorOption, HomeOption, OnOption, ReasonOption, decide
from pipelines.home import Home

app = typer.Typer(
    name="basis", help="Invoice bases: what was ordered up to a credit limit, and its release.", no_args_is_help=True
)

BasisArgument = Annotated[str, typer.Argument(help="Name of the basis, such as 20001:1.")]
_HERE = Path()


@app.command("list")
def list_bases(
    home: HomeOption = _HERE, every: Annotated[bool, typer.Option("--all", help="List paid ones too.")] = False
) -> None:
    """List the invoice bases that are not paid yet."""
    from pipelines.credit.basis_view import list_bases as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(listed(Home(home.resolve()).require(), every=every))


@app.command("show")
def show_basis(basis: BasisArgument, home: HomeOption = _HERE) -> None:
    """Show a basis with its charges, and the changes made to them: who, when and why."""
    from pipelines.credit.basis_view import NoBasisError  # noqa: PLC0415 (polars is slow to import)
    from pipelines.credit.basis_view import show_basis as shown  # noqa: PLC0415

    try:
        found = shown(Home(home.resolve()).require(), basis)
    except NoBasisError as error:
        raise typer.BadParameter(str(error), param_hint="BASIS") from None
    figures, charges, changes = found
    for name, value in figures.row(0, named=True).items():
        screen.console.print(f"{name}: {'' if value is None else value}", markup=False, highlight=False)
    screen.show_frame(charges)
    for row in changes.to_dicts():
        value = "" if row["change_value"] is None else f" {row['change_value'].normalize():f}"
        told = f"{row['basis_change_kind']}{value}, {row['difference_amount']} on {row['charge_id']}"
        sentence = f"{row['changed_on']}, {row['decided_by']}: {told}: {row['decision_text']}"
        screen.console.print(sentence, soft_wrap=True, markup=False, highlight=False)


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
        "basis_id": basis, "article_no": article, "charge_id": charge, "unit_price": unit_price,
        "discount_percent": discount, "remove": remove or None, "reason": reason,
    }  # fmt: skip
    decide(home, on, "adjust", fields, actor)


@app.command("release")
def release_basis(
    basis: BasisArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Release an open basis: its invoice is made at once."""
    decide(home, on, "release_basis", {"basis_id": basis, "reason": reason}, actor)
