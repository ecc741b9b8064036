"""The commands `nightbill invoices`: what waits for a person before it is numbered, and what was made."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.requests import ActorOption, HomeOption, OnOption, ReasonOption, decide
from pipelines.home import Home

app = typer.Typer(
    name="invoices",
    help="Invoices: those that wait, holding and releasing them, tonight's in advance.",
    no_args_is_help=True,
)

AccountArgument = Annotated[int, typer.Argument(help="The account, by its number.")]
_HERE = Path()


@app.command("list")
def list_invoices(
    home: HomeOption = _HERE,
    every: Annotated[bool, typer.Option("--all", help="List every invoice made, with its state.")] = False,
) -> None:
    """List the invoices that wait to be looked at or are held, with their reasons."""
    from pipelines.billing.invoice_view import list_invoices as listed  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(listed(Home(home.resolve()).require(), every=every))


@app.command("show")
def show_invoice(
    number: Annotated[int, typer.Argument(help="An invoice, or an account: then its draft, computed now.")],
    home: HomeOption = _HERE,
    on: OnOption = None,
) -> None:
    """Show lines, VAT and totals of an invoice, or of what an account's invoice would be now."""
    from pipelines.billing.invoice_view import NoInvoiceError  # noqa: PLC0415 (polars is slow to import)
    from pipelines.billing.invoice_view import show_invoice as shown  # noqa: PLC0415

    try:
        found = shown(Home(home.resolve()).require(), number, on.date() if on else None)
    except NoInvoiceError as error:
        raise typer.BadParameter(str(error), param_hint="NUMBER") from None
    for name, value in found.figures.items():
        screen.console.print(f"{name}: {'' if value is None else value}", markup=False, highlight=False)
    screen.show_frame(found.lines)
    screen.show_frame(found.vat)


@app.command("hold")
def hold_invoice(
    account: AccountArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Hold the invoice of an account that waits, or else its next one; kept as a request."""
    _send(home, on, "hold_invoice", actor, account, reason)


@app.command("release")
def release_invoice(
    account: AccountArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Release the invoice of an account that waits: it is numbered at once, unless a fault keeps it back."""
    _send(home, on, "release_invoice", actor, account, reason)


@app.command("credit")
def credit_invoice(
    invoice: Annotated[int, typer.Argument(help="The invoice, by its number.")],
    reason: ReasonOption,
    home: HomeOption = _HERE,
    line: Annotated[int | None, typer.Option(help="Credit this line; all of it, or the part that --net says.")] = None,
    net: Annotated[str | None, typer.Option(help="How much of the line, excluding VAT.")] = None,
    amount: Annotated[str | None, typer.Option(help="Credit this amount, including VAT.")] = None,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Credit an invoice, all that is left of it or as the options say: a credit note is made at once."""
    fields = {"invoice_no": invoice, "entry_no": line, "net_amount": net, "amount": amount, "reason": reason}
    if decide(home, on, "credit_invoice", fields, actor):
        from pipelines.billing.invoice_view import last_credit_note  # noqa: PLC0415 (polars is slow to import)

        number, total = last_credit_note(Home(home.resolve()).require(), invoice)
        screen.console.print(f"credit note {number}: {total} with VAT", highlight=False)


@app.command("preview")
def preview(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Show tonight's totals beside last month's, and what would wait, from what is charged by now; writes nothing."""
    from pipelines.billing.invoice_view import preview as computed  # noqa: PLC0415 (polars is slow to import)

    found = computed(Home(home.resolve()).require(), on.date() if on else None)
    screen.show_frame(found.sums)
    if found.waiting.height:
        screen.show_frame(found.waiting)


def _send(home: Path, on: datetime | None, kind: str, actor: str | None, account: int, reason: str) -> None:
    """Put a request into the inbox, run the stages that apply it, and say what still keeps the invoice back."""
    from pipelines.billing.invoice_view import list_invoices as listed  # noqa: PLC0415 (polars is slow to import)

    decide(home, on, kind, {"account_id": account, "reason": reason}, actor)
    for row in listed(Home(home.resolve()).require()).to_dicts():
        if row["account_id"] == account:
            told = f"billing date {row['billing_date']}: {row['state']} {row['reasons']}"
            screen.console.print(told.rstrip(), soft_wrap=True, markup=False, highlight=False)
