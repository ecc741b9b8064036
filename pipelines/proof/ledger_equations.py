"""Equations of the ledger: what every sub-ledger says is what its account holds, in the books' currency, to the öre.

They look at each customer and invoice, account, reseller or voucher by itself, so that no error is made good by the
opposite one elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from invoicing.document_postings import CLAIM_TEXTS
from invoicing.top_up_settlement import TOP_UP_PAYEE
from pipelines.lake.store import Store
from pipelines.lake.table_sql import quoted
from pipelines.proof.computed_equations import RANGE
from pipelines.proof.equation import ComputedEquation, Equation, Proven
from schemas.money import in_home_currency, sum_amounts
from schemas.policy import Ledger

_IS_RELEASE = "v.voucher_id = 'D:' || d.invoice_no || ':' || strftime(d.release_month, '%Y-%m')"


def ledger_equations(ledger: Ledger) -> tuple[Proven, ...]:
    """Return the equations of the ledger, whose accounts are those of `[ledger]`."""
    return (*_VOUCHERS, _invoice_is_its_postings(ledger), *_of_customers(ledger), *_of_money(ledger), *_of_time(ledger))


def _agreeing(name: str, meaning: str, keys: str, parts: str) -> Equation:
    """Compare the sums of `l` and `r` for each value of `keys`, columns of the rows that `parts` gives."""
    return Equation(
        name,
        meaning,
        f"""
        WITH parts AS ({parts}), sides AS (
            SELECT {keys}, sum(l)::DECIMAL(38,2) AS l, sum(r)::DECIMAL(38,2) AS r FROM parts GROUP BY {keys}
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM sides
        UNION ALL SELECT coalesce(nullif(concat_ws(' ', {keys}), ''), 'none'), l, r FROM sides WHERE l <> r
        """,
    )


_VOUCHERS = (
    Equation(
        "voucher_sums_to_zero",
        "debit = credit",
        """
        SELECT 'all' AS subject, coalesce(sum(debit_credit) FILTER (debit_credit > 0), 0) AS left_side,
               -coalesce(sum(debit_credit) FILTER (debit_credit < 0), 0) AS right_side FROM ledger_entry
        UNION ALL SELECT voucher_id, sum(debit_credit), 0 FROM ledger_entry GROUP BY voucher_id HAVING sum(debit_credit) <> 0
        """,
    ),
    Equation(
        "voucher_numbers_without_gap",
        "last voucher number of a series = its vouchers",
        """
        SELECT 'all' AS subject, coalesce(sum(last), 0) AS left_side, coalesce(sum(n), 0) AS right_side FROM (
            SELECT max(voucher_no) AS last, count(*) AS n FROM voucher GROUP BY voucher_series
        )
        """,
    ),
    Equation(
        "vouchers_stand_in_open_months",
        "vouchers that a night booked in a month closed before it, or on another day than their event's though its month "
        "was open, and entries of another day than their voucher's = 0",
        """
        WITH changed AS (
            SELECT voucher_id, month, p.period_state, row_number() OVER (
                       PARTITION BY voucher_id, month ORDER BY period_change_no DESC) AS place
              FROM (SELECT voucher_id, booked_by_night, unnest([date_trunc('month', posted_on)::DATE,
                           date_trunc('month', event_on)::DATE]) AS month FROM voucher) v
              JOIN ledger_period p ON p.period_from = v.month AND p.changed_on < v.booked_by_night
        ), closed AS (
            SELECT voucher_id, month FROM changed WHERE place = 1 AND period_state = 'closed'
        ), opened AS (
            SELECT period_from AS month, changed_on FROM ledger_period WHERE period_state = 'open'
        ), ever_closed AS (
            SELECT period_from AS month, min(changed_on) AS changed_on FROM ledger_period
             WHERE period_state = 'closed' GROUP BY ALL
        ), broken AS (
            SELECT voucher_id FROM voucher v JOIN closed c USING (voucher_id)
              LEFT JOIN opened o ON o.month = c.month AND o.changed_on = v.booked_by_night
             WHERE c.month = date_trunc('month', posted_on)::DATE AND o.month IS NULL
            UNION SELECT voucher_id FROM voucher v
              LEFT JOIN ever_closed e ON e.month = date_trunc('month', event_on)::DATE AND e.changed_on <= booked_by_night
             WHERE posted_on <> event_on AND (e.month IS NULL OR posted_on < event_on)
            UNION SELECT voucher_id FROM ledger_entry e JOIN voucher v USING (voucher_id) WHERE e.posted_on <> v.posted_on
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM broken
        UNION ALL SELECT voucher_id, 1, 0 FROM broken
        """,
    ),
)


def _invoice_is_its_postings(ledger: Ledger) -> Equation:
    return Equation(
        "invoice_is_its_postings",
        f"invoice total = what its voucher posts on account {ledger.receivables}",
        f"""
        WITH posted AS (
            SELECT invoice_no, sum(entry_amount) AS r FROM ledger_entry
             WHERE (voucher_id LIKE 'F:%' OR voucher_id LIKE 'K:%') AND ledger_account = '{ledger.receivables}' GROUP BY ALL
        ), parts AS (
            SELECT i.invoice_no::VARCHAR AS subject, total_amount AS l, coalesce(r, 0) AS r
              FROM invoice i LEFT JOIN posted USING (invoice_no)
        )
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    )


def _of_customers(ledger: Ledger) -> tuple[Proven, ...]:
    """Return what customers owe and are owed, and what is lost of it."""
    left = ", ".join(
        f"'{each}'" for each in (ledger.suspense, ledger.refunds, ledger.currency_gain, ledger.currency_loss)
    )
    kind = " ".join(f"WHEN '{name}' THEN '{getattr(ledger, name)}'" for name in CLAIM_TEXTS)
    return (
        _agreeing(
            "receivables_equal_ledger",
            f"open claims, by account and invoice = balance of account {ledger.receivables}",
            "account_id, invoice_no",
            f"""
            SELECT account_id, invoice_no, home_amount AS l, 0 AS r FROM receivable
            UNION ALL SELECT r.account_id, r.invoice_no, -a.home_amount, 0
              FROM (FROM allocation WHERE allocation_kind = 'receivable') a JOIN receivable r USING (receivable_id)
            UNION ALL SELECT account_id, invoice_no, 0, debit_credit FROM ledger_entry
             WHERE ledger_account = '{ledger.receivables}'
            """,
        ),
        _agreeing(
            "fees_are_their_vouchers",
            "each account of the vouchers of fees and interest = the claims booked there",
            "receivable_id, ledger_account",
            f"""
            WITH fees AS (FROM receivable WHERE receivable_kind NOT IN ('invoice', 'credit_note'))
            SELECT receivable_id, '{ledger.receivables}' AS ledger_account, home_amount AS l, 0 AS r FROM fees
            UNION ALL SELECT receivable_id, CASE receivable_kind {kind} END, -home_amount, 0 FROM fees
            UNION ALL SELECT voucher_id[3:], ledger_account, 0, debit_credit FROM ledger_entry WHERE voucher_id LIKE 'R:%'
            """,
        ),
        *(
            _agreeing(
                name,
                f"{what}, by account = balance of account {account}, reversed",
                "account_id",
                f"""
                SELECT account_id, home_amount AS l, 0 AS r FROM allocation WHERE allocation_kind = '{allocated}'
                UNION ALL SELECT account_id, 0, -debit_credit FROM ledger_entry WHERE ledger_account = '{account}'
                """,
            )
            for name, what, allocated, account in (
                ("credit_equals_ledger", "credit of customers", "credit", ledger.customer_credit),
                ("suspense_equals_ledger", "payments in suspense", "suspense", ledger.suspense),
                ("refunds_equal_ledger", "refunds ordered, not paid out", "refund", ledger.refunds),
                ("bank_costs_equal_ledger", "what banks kept of refunds come back", "bank_cost", ledger.bank_cost),
            )
        ),
        _agreeing(
            "bookings_equal_ledger",
            "booked by decision on an account of the chart = allocated so = what its voucher posts there",
            "voucher_id, ledger_account",
            f"""
            SELECT 'U:' || request_id AS voucher_id, ledger_account, -home_amount AS l, 0 AS r FROM payment_booking
            UNION ALL SELECT e.voucher_id, ledger_account, 0, debit_credit FROM ledger_entry e
              SEMI JOIN (SELECT 'U:' || request_id AS voucher_id FROM payment_booking) USING (voucher_id)
             WHERE ledger_account NOT IN ({left})
            UNION ALL SELECT allocation_id, 'allocated', home_amount, 0 FROM payment_booking
            UNION ALL SELECT allocation_id, 'allocated', 0, home_amount FROM allocation WHERE allocation_kind = 'booked'
            """,
        ),
        _bad_debts(ledger),
        _agreeing(
            "write_offs_are_losses",
            "written off by decision = lost of claims by its voucher",
            "request_id",
            """
            SELECT request_id, coalesce(written_off_amount, 0) AS l, 0 AS r FROM write_off
            UNION ALL SELECT voucher_id[3:], 0, -home_amount FROM allocation WHERE allocation_kind = 'loss'
            """,
        ),
        ComputedEquation(
            "vat_equals_ledger",
            "VAT of invoices and credit notes, less that of losses and with that of what was recovered, by document and "
            "account = balance of the VAT account, reversed",
            _vat,
        ),
    )


def _bad_debts(ledger: Ledger) -> Equation:
    accounts = {"loss": ledger.bad_debt_loss, "recovered": ledger.bad_debt_recovered}
    account = "CASE allocation_kind " + " ".join(f"WHEN '{k}' THEN '{a}'" for k, a in accounts.items()) + " END"
    kinds = f"(SELECT *, {account} AS ledger_account FROM allocation WHERE allocation_kind IN ('loss', 'recovered'))"
    return _agreeing(
        "bad_debts_equal_ledger",
        f"claims lost, less VAT = balance of account {ledger.bad_debt_loss}; claims recovered, less VAT = that of "
        f"{ledger.bad_debt_recovered}",
        "ledger_account",
        f"""
        SELECT ledger_account, -home_amount AS l, 0 AS r FROM {kinds}
        UNION ALL SELECT ledger_account, vat_amount, 0 FROM bad_debt_vat JOIN {kinds} USING (allocation_id)
        UNION ALL SELECT ledger_account, 0, debit_credit FROM ledger_entry WHERE ledger_account IN {tuple(accounts.values())}
        """,
    )


def _vat(store: Store) -> Iterator[pl.DataFrame]:
    """Give VAT by document and account, range by range of invoice numbers; then what names no invoice."""
    of_vat = "ledger_account IN (SELECT vat_account FROM invoice_vat UNION SELECT vat_account FROM bad_debt_vat)"
    numbers = f"""
        SELECT DISTINCT invoice_no // {RANGE} AS n FROM invoice
        UNION SELECT DISTINCT invoice_no // {RANGE} FROM ledger_entry WHERE {of_vat} AND invoice_no IS NOT NULL ORDER BY n
    """
    for n in store.query(numbers)["n"].to_list():
        yield _vat_of_range(store, of_vat, [n * RANGE, n * RANGE + RANGE - 1])
    stray = f"FROM ledger_entry WHERE {of_vat} AND invoice_no IS NULL"
    yield store.query(
        f"SELECT voucher_id AS subject, 0::DECIMAL(18,2) AS left_side, -debit_credit AS right_side {stray}"
    )


def _vat_of_range(store: Store, of_vat: str, numbers: list[Any]) -> pl.DataFrame:
    within = "invoice_no BETWEEN $1 AND $2"
    charged = store.query(
        f"SELECT invoice_no, v.vat_account, v.vat_amount, i.exchange_rate FROM (FROM invoice_vat WHERE {within}) v "
        f"JOIN (FROM invoice WHERE {within}) i USING (invoice_no)",
        numbers,
    )
    home = in_home_currency(pl.col("vat_amount"), pl.col("exchange_rate"))
    lost = store.query(f"SELECT invoice_no, vat_account, vat_amount FROM bad_debt_vat WHERE {within}", numbers)
    posted = store.query(
        f"SELECT invoice_no, ledger_account AS vat_account, debit_credit FROM ledger_entry WHERE {within} AND {of_vat}",
        numbers,
    )
    key, zero = ["invoice_no", "vat_account"], pl.lit(0).cast(pl.Decimal(18, 2))
    sides = pl.concat(
        [
            charged.select(*key, home.alias("left_side"), zero.alias("right_side")),
            lost.select(*key, pl.col("vat_amount").alias("left_side"), zero.alias("right_side")),
            posted.select(*key, zero.alias("left_side"), (-pl.col("debit_credit")).alias("right_side")),
        ]
    )
    summed = sides.group_by(key).agg(sum_amounts(pl.col(side)) for side in ("left_side", "right_side"))
    return summed.with_columns(pl.concat_str(key, separator=" ").alias("subject"))


def _of_money(ledger: Ledger) -> tuple[Proven, ...]:
    """Return the equations of bank accounts, top-ups, commission and currency."""
    of_payees = " ".join(f"WHEN {quoted(payee)} THEN '{a}'" for payee, a in ledger.bank_accounts.items())
    bank = f"CASE payee_account {of_payees} ELSE '{ledger.bank}' END" if of_payees else f"'{ledger.bank}'"
    banks = ", ".join(f"'{a}'" for a in sorted({ledger.bank, *ledger.bank_accounts.values()}))
    return (
        _agreeing(
            "bank_equals_ledger",
            f"payments but top-ups, by bank account = balance of account {banks.replace(chr(39), '')}",
            "ledger_account",
            f"""
            SELECT {bank} AS ledger_account, home_amount AS l, 0 AS r FROM payment WHERE payee_account <> '{TOP_UP_PAYEE}'
            UNION ALL SELECT ledger_account, 0, debit_credit FROM ledger_entry WHERE ledger_account IN ({banks})
            """,
        ),
        Equation(
            "top_ups_equal_ledger",
            f"paid top-ups = balance of account {ledger.top_ups}",
            f"""
            SELECT 'all' AS subject, (SELECT coalesce(sum(amount), 0) FROM top_up WHERE paid_on IS NOT NULL) AS left_side,
                   (SELECT coalesce(sum(entry_amount), 0) FROM ledger_entry
                     WHERE ledger_account = '{ledger.top_ups}') AS right_side
            """,
        ),
        _agreeing(
            "commission_equals_ledger",
            f"commission accrued, less what was taken back, by reseller = balance of account {ledger.commission_debt}, reversed",
            "reseller_code",
            f"""
            SELECT reseller_code, amount AS l, 0 AS r FROM commission
            UNION ALL SELECT reseller_code, 0, -debit_credit FROM ledger_entry WHERE ledger_account = '{ledger.commission_debt}'
            """,
        ),
        _agreeing(
            "currency_differences_equal_ledger",
            "what payments were worth more than what they paid = balances of accounts "
            f"{ledger.currency_gain} and {ledger.currency_loss}, reversed",
            "voucher_id",
            f"""
            SELECT voucher_id, paid_home_amount - home_amount AS l, 0 AS r FROM allocation
             WHERE allocation_kind <> 'reversal' AND paid_home_amount <> home_amount
            UNION ALL SELECT voucher_id, paid_home_amount, 0 FROM allocation WHERE allocation_kind = 'reversal'
            UNION ALL SELECT voucher_id, 0, -debit_credit FROM ledger_entry
             WHERE ledger_account IN ('{ledger.currency_gain}', '{ledger.currency_loss}')
            """,
        ),
    )


def _of_time(ledger: Ledger) -> tuple[Proven, ...]:
    """Return the equations of what belongs to other months: deferred income, and the provision."""
    return (
        _agreeing(
            "deferred_income_equals_ledger",
            f"deferred and not released, by document = balance of account {ledger.deferred_income}, reversed",
            "invoice_no",
            f"""
            SELECT d.invoice_no, deferred_amount AS l, 0 AS r FROM deferred_income d ANTI JOIN voucher v ON {_IS_RELEASE}
            UNION ALL SELECT invoice_no, 0, -debit_credit FROM ledger_entry
             WHERE ledger_account = '{ledger.deferred_income}'
            """,
        ),
        Equation(
            "deferred_income_is_released",
            "shares of months that are over, and not released = 0",
            f"""
            WITH late AS (
                SELECT d.invoice_no || ' ' || strftime(release_month, '%Y-%m') AS subject, deferred_amount
                  FROM deferred_income d ANTI JOIN voucher v ON {_IS_RELEASE}
                 WHERE last_day(release_month) <= (SELECT max(run_on) FROM run)
            )
            SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM late
            UNION ALL SELECT subject, deferred_amount, 0 FROM late
            """,
        ),
        _agreeing(
            "provision_equals_ledger",
            f"provision of the last month it was made for = balance of account {ledger.bad_debt_provision}, reversed",
            "what",
            f"""
            SELECT 'provision' AS what, provision_amount AS l, 0 AS r FROM provision
             WHERE provision_month = (SELECT max(provision_month) FROM provision)
            UNION ALL SELECT 'provision', 0, -debit_credit FROM ledger_entry
             WHERE ledger_account = '{ledger.bad_debt_provision}'
            """,
        ),
    )
