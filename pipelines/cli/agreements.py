"""The commands `nightbill agreements`: what is owed, paid in instalments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.requests import ActorOption, HomeOption, OnOption, ReasonOption, decide
from pipelines.home import Home

app = typer.Typer(name="agreements", help="Payment agreements: what is owed becomes instalments.", no_args_is_help=True)

AgreementArgument = Annotated[str, typer.Argument(help="Name of the agreement, such as 20001:1.")]
_HERE = Path()


@app.command("list")
def list_agreements(
    home: HomeOption = _HERE, every: Annotated[bool, typer.Option("--all", help="List those that ended too.")] = False
) -> None:
    """List the agreements that stand, with what is open of them and when the next instalment is due."""
    from pipelines.collecting.agreement_view import list_agreements as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_figures(listed(Home(home.resolve()).require(), every=every))


@app.command("show")
def show_agreement(agreement: AgreementArgument, home: HomeOption = _HERE) -> None:
    """Show an agreement: who decided and why, its claims, and its instalments with what is paid of them."""
    from pipelines.collecting.agreement_view import NoAgreementError  # noqa: PLC0415 (polars is slow to import)
    from pipelines.collecting.agreement_view import show_agreement as shown  # noqa: PLC0415

    try:
        found = shown(Home(home.resolve()).require(), agreement)
    except NoAgreementError as error:
        raise typer.BadParameter(str(error), param_hint="AGREEMENT") from None
    for name, value in found.figures.items():
        screen.console.print(f"{name}: {'' if value is None else value}", markup=False, highlight=False)
    screen.show_figures(found.claims)
    screen.show_figures(found.instalments)


@app.command("make")
def make_agreement(  # noqa: PLR0913, PLR0917 (the options of a command)
    account: Annotated[int, typer.Argument(help="The account, by its number.")],
    reason: ReasonOption,
    instalments: Annotated[int, typer.Option(help="Number of instalments.")],
    first_due: Annotated[str, typer.Option(help="Last day to pay the first one, such as 2026-12-28.")],
    home: HomeOption = _HERE,
    invoice: Annotated[
        list[int] | None, typer.Option(help="An invoice; may be repeated. None: all that is open.")
    ] = None,
    months: Annotated[int | None, typer.Option(help="Months from one to the next; 1 when not given.")] = None,
    fee: Annotated[str | None, typer.Option(help="Its fee; the policy's when not given.")] = None,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Agree on instalments for what an account owes; kept as a request and applied at once."""
    fields = {
        "account_id": account, "invoices": invoice, "instalments": instalments, "first_due_on": first_due,
        "interval_months": months, "fee": fee, "reason": reason,
    }  # fmt: skip
    decide(home, on, "agree_payments", fields, actor)


@app.command("end")
def end_agreement(
    agreement: AgreementArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """End an agreement that stands: the due dates of its invoices hold again."""
    decide(home, on, "end_agreement", {"agreement_id": agreement, "reason": reason}, actor)
