"""Vouchers of money: payments and top-ups, credit drawn or set off, refunds, money taken back, claims lost.

Every row of ALLOCATION posts `home_amount` to the account of its kind. What a payment's rows in a voucher come to is
what its bank account got (or paid); a move between rows comes to nothing, and posts nothing there. Where the payment's
rate and the invoice's differ, the row's difference is a gain or a loss of currency.
"""

from __future__ import annotations

import polars as pl

from invoicing.allocation_rows import with_event_days
from invoicing.ledger_rows import VoucherOf, entries
from invoicing.top_up_settlement import TOP_UP_PAYEE
from schemas.money import AMOUNT
from schemas.policy import Ledger

_PAYMENT_TEXTS = {"received": "Inbetalning", "reversal": "Återtagen inbetalning", "paid_out": "Utbetalning"}
_TEXTS = {
    "B": "Inbetalning",
    "T": "Påfyllning",
    "A": "Tillgodohavande avräknat",
    "U": "Omföring av betalning",
    "L": "Konstaterad kundförlust",
}
_KEYS = ["voucher_id", "payment_id"]
_VOUCHER = VoucherOf(pl.col("voucher_id"), pl.col("voucher_series"), pl.col("event_on"), pl.col("voucher_text"))


def money_vouchers(
    allocations: pl.DataFrame,
    payments: pl.DataFrame,
    claims: pl.DataFrame,
    bad_debt_vat: pl.DataFrame,
    bookings: pl.DataFrame,
    accounts: Ledger,
) -> pl.DataFrame:
    """Return the rows of every voucher that ALLOCATION rows belong to.

    `payments` and `claims`: the PAYMENT and RECEIVABLE rows that they name; `bad_debt_vat`: BAD_DEBT_VAT rows of what
    was lost or recovered; `bookings`: PAYMENT_BOOKING rows, with the accounts of rows `booked`. A voucher with money is
    of the day the bank booked it, another of the day of its decision.
    """
    rows = _with_vouchers(allocations, payments, claims)
    home = pl.col("home_amount")
    kind, stated = pl.col("allocation_kind"), bookings.select("allocation_id", _stated="ledger_account")
    placed = rows.filter(kind != "reversal").join(stated, on="allocation_id", how="left", maintain_order="left")
    role = kind.replace_strict(_role_accounts(accounts) | {"booked": None}, return_dtype=pl.String)
    where = pl.when(kind == "booked").then("_stated").otherwise(role)
    return pl.concat(
        [
            _banked(rows, payments, accounts),
            entries(placed, _VOUCHER, where, -pl.col("amount"), -home),
            _differences(rows, accounts),
            _vat_of_bad_debts(placed, bad_debt_vat, accounts),
        ]
    )


def _role_accounts(accounts: Ledger) -> dict[str, str]:
    return {
        "receivable": accounts.receivables,
        "credit": accounts.customer_credit,
        "suspense": accounts.suspense,
        "refund": accounts.refunds,
        "bank_cost": accounts.bank_cost,
        "loss": accounts.bad_debt_loss,
        "recovered": accounts.bad_debt_recovered,
    }


def _with_vouchers(allocations: pl.DataFrame, payments: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Add to ALLOCATION rows their invoice and currency, and series, day and text of their voucher."""
    paid = payments.select("payment_id", "payment_kind", _paid_in="currency")
    owed = claims.select("receivable_id", "invoice_no", _owed_in="currency")
    dated = with_event_days(allocations, payments)
    joined = dated.join(paid, on="payment_id", how="left").join(owed, on="receivable_id", how="left")
    of_its_rows = pl.coalesce("_owed_in", "_paid_in").drop_nulls().first().over("payment_id")
    brings_money = pl.col("paid_amount").sum().over(_KEYS) != 0
    return (
        joined.sort("allocation_id")
        .with_columns(
            pl.coalesce("_owed_in", "_paid_in", of_its_rows).alias("currency"),
            pl.col("voucher_id").str.split(":").list.first().alias("voucher_series"),
            pl.when(brings_money).then("payment_kind").max().over("voucher_id").alias("payment_kind"),
        )
        .with_columns(_text().alias("voucher_text"))
    )


def _text() -> pl.Expr:
    """Name a voucher by its series, a payment by its kind; every row of a voucher gives the same."""
    series, is_note = pl.col("voucher_series"), (pl.col("match_rule") == "credit_note").any().over("voucher_id")
    of_payment = pl.col("payment_kind").replace_strict(_PAYMENT_TEXTS, return_dtype=pl.String)
    of_series = series.replace_strict(_TEXTS, return_dtype=pl.String)
    return (
        pl.when(series == "B")
        .then(pl.coalesce(of_payment, of_series))
        .when((series == "A") & is_note)
        .then(pl.lit("Kreditfaktura avräknad"))
        .otherwise(of_series)
    )


def _banked(rows: pl.DataFrame, payments: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Return what each payment brought to its bank account, where its rows in a voucher do not come to nothing."""
    known = payments.select("payment_id", "payee_account", _paid_in="currency")
    came = (
        rows.group_by(*_KEYS, "voucher_series", "event_on", "voucher_text")
        .agg(pl.col("paid_amount").sum().cast(AMOUNT), pl.col("paid_home_amount").sum().cast(AMOUNT))
        .join(known, on="payment_id")
        .with_columns(pl.col("_paid_in").alias("currency"))
    )
    of_payees = accounts.bank_accounts | {TOP_UP_PAYEE: accounts.top_ups}
    bank = pl.col("payee_account").replace_strict(of_payees, default=accounts.bank, return_dtype=pl.String)
    return entries(came, _VOUCHER, bank, pl.col("paid_amount"), pl.col("paid_home_amount"))


def _differences(rows: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Return what the payments were worth more (a gain, credit) or less than what they paid.

    Rows that take a payment back against another post nothing but what the two rates make of it.
    """
    is_reversal = pl.col("allocation_kind") == "reversal"
    of_row = pl.col("paid_home_amount") - pl.when(is_reversal).then(0).otherwise("home_amount")
    whose = [pl.when(~is_reversal).then(name).alias(name) for name in ("account_id", "invoice_no")]
    found = (
        rows.group_by("voucher_id", "voucher_series", "event_on", "voucher_text", *whose)
        .agg(of_row.sum().cast(AMOUNT).alias("_difference"))
        .filter(pl.col("_difference") != 0)
    )
    side = (
        pl.when(pl.col("_difference") > 0)
        .then(pl.lit(accounts.currency_gain))
        .otherwise(pl.lit(accounts.currency_loss))
    )
    return entries(found, _VOUCHER, side, -pl.col("_difference"))


def _vat_of_bad_debts(placed: pl.DataFrame, vat: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Take the VAT of what was lost or recovered out of those accounts and into the VAT's own."""
    kinds = ("loss", "recovered")
    of_kind = placed.filter(pl.col("allocation_kind").is_in(kinds)).drop("invoice_no")
    taxed = of_kind.join(vat.select("allocation_id", "vat_account", "vat_amount", "invoice_no"), on="allocation_id")
    books = taxed.with_columns(pl.lit(None, pl.String).alias("currency"))  # VAT of a loss is in the books' currency
    own = pl.col("allocation_kind").replace_strict(
        {k: _role_accounts(accounts)[k] for k in kinds}, return_dtype=pl.String
    )
    amount = pl.col("vat_amount")
    return pl.concat([entries(books, _VOUCHER, pl.col("vat_account"), -amount), entries(books, _VOUCHER, own, amount)])
