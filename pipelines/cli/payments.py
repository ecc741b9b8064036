"""The commands `nightbill payments`: what is in suspense, where money is, and what a person decides of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.requests import ActorOption, HomeOption, OnOption, ReasonOption, decide
from pipelines.home import Home

app = typer.Typer(
    name="payments",
    help="Payments: those in suspense, where their money is, matching by hand and paying back.",
    no_args_is_help=True,
)

PaymentArgument = Annotated[str, typer.Argument(help="The payment, by the beginning of its code or by its id.")]
AmountOption = Annotated[str | None, typer.Option(help="How much of it; all there is when not given.")]
_HERE = Path()


@app.command("list")
def list_payments(home: HomeOption = _HERE) -> None:
    """List the payments in suspense, with whose they may be and why, and refunds that the bank owes back to us."""
    from pipelines.payments.payment_view import list_suspense  # noqa: PLC0415 (polars is slow to import)

    screen.show_frame(list_suspense(Home(home.resolve()).require()))


@app.command("show")
def show_payment(payment: PaymentArgument, home: HomeOption = _HERE) -> None:
    """Show where the money of a payment is, and what was done with it by whom and why."""
    from pipelines.payments.payment_view import NoPaymentError  # noqa: PLC0415 (polars is slow to import)
    from pipelines.payments.payment_view import show_payment as shown  # noqa: PLC0415

    try:
        found = shown(Home(home.resolve()).require(), payment)
    except NoPaymentError as error:
        raise typer.BadParameter(str(error), param_hint="PAYMENT") from None
    for name, value in found.figures.items():
        if value is not None:
            screen.console.print(f"{name}: {value}", markup=False, highlight=False)
    screen.show_frame(found.held)
    screen.show_frame(found.history)


@app.command("match")
def match_payment(  # noqa: PLR0913, PLR0917 (the options of a command)
    payment: PaymentArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    invoice: Annotated[
        int | None, typer.Option(help="It is for this invoice; what that does not owe is credit.")
    ] = None,
    account: Annotated[int | None, typer.Option(help="It is credit on this account, and pays what that owes.")] = None,
    reverses: Annotated[
        str | None, typer.Option(help="Of a reversal, or a refund come back: the payment that it takes back.")
    ] = None,
    amount: AmountOption = None,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Say what a payment in suspense is for; kept as a request, with who and why."""
    fields = {"payment": payment, "invoice_no": invoice, "account_id": account, "reverses": reverses, "amount": amount}
    decide(home, on, "match_payment", fields | {"reason": reason}, actor)


@app.command("unmatch")
def unmatch_payment(
    payment: PaymentArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    invoice: Annotated[int | None, typer.Option(help="Only what it paid of this invoice.")] = None,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Take what a payment paid back into suspense: the claims are open again."""
    decide(home, on, "unmatch_payment", {"payment": payment, "invoice_no": invoice, "reason": reason}, actor)


@app.command("book")
def book_payment(
    payment: PaymentArgument,
    ledger_account: Annotated[str, typer.Option(help="The account of accounts.csv that it is booked on.")],
    reason: ReasonOption,
    home: HomeOption = _HERE,
    amount: AmountOption = None,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Book money in suspense that is no customer's, come in or gone out, on an account of the chart."""
    fields = {"payment": payment, "ledger_account": ledger_account, "amount": amount, "reason": reason}
    decide(home, on, "book_payment", fields, actor)


@app.command("unbook")
def unbook_payment(
    payment: PaymentArgument,
    reason: ReasonOption,
    home: HomeOption = _HERE,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Take what of a payment is booked on accounts of the chart back into suspense."""
    decide(home, on, "unbook_payment", {"payment": payment, "reason": reason}, actor)


@app.command("refund")
def refund_payment(  # noqa: PLR0913, PLR0917 (the options of a command)
    to: Annotated[
        str,
        typer.Option("--to", help="An IBAN, an account in digits, or a giro number with its hyphen."),
    ],
    name: Annotated[str, typer.Option("--name", help="The name of who gets it.")],
    reason: ReasonOption,
    payment: Annotated[str | None, typer.Argument(help="Money of this payment: its credit, or in suspense.")] = None,
    home: HomeOption = _HERE,
    account: Annotated[int | None, typer.Option(help="In its place the credit on this account.")] = None,
    amount: AmountOption = None,
    actor: ActorOption = None,
    on: OnOption = None,
) -> None:
    """Order money to be paid back; the next night hands it to the bank."""
    fields = {"payment": payment, "account_id": account, "amount": amount, "to_account": to, "to_name": name}
    decide(home, on, "refund_payment", fields | {"reason": reason}, actor)
