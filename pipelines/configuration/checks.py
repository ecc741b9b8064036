"""Checks across configuration files: what only shows when rows or files are read together."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipelines import clock
from pipelines.configuration.fault import Fault
from pipelines.configuration.policy_file import FILE, PolicyFile
from pipelines.lint.barring import barring_faults
from pipelines.lint.contract_rows import contract_faults
from pipelines.lint.coverage import coverage_faults
from pipelines.lint.credit_policies import credit_policy_faults
from pipelines.lint.fee_rows import fee_faults
from pipelines.lint.findings import Frames, findings
from pipelines.lint.link_targets import link_faults
from pipelines.lint.network_places import network_faults
from pipelines.lint.period_terms import period_term_faults
from pipelines.lint.periods import period_faults
from pipelines.lint.price_rows import price_faults
from pipelines.lint.references import ReferenceCheck
from pipelines.lint.sign_up_rules import sign_up_faults
from pipelines.lint.terms import term_faults
from pipelines.lint.vat_rows import vat_faults
from rating.price_book import HOME, UNKNOWN
from rating.tariff import exactness_fault
from rating.time_bands import DAYS, minutes_of_day

_DAY_END = 24 * 60


def cross_checks(policy: PolicyFile, frames: Frames, whole: set[str]) -> list[Fault]:
    """Return every fault and warning that only shows when rows or files are read together.

    `frames` hold the sound rows of each table, with their `line`; `whole` names the tables without any fault. What
    a faulty table may yet turn out to hold is not reported as missing.
    """
    return [
        *ReferenceCheck(policy, frames, whole).faults(),
        *link_faults(frames),
        *period_faults(frames),
        *price_faults(frames, policy.rating),
        *term_faults(frames, whole),
        *period_term_faults(policy, frames, whole),
        *sign_up_faults(frames),
        *contract_faults(frames, whole),
        *fee_faults(frames),
        *credit_policy_faults(frames, whole),
        *barring_faults(frames),
        *_currencies(policy, frames),
        *vat_faults(policy, frames, clock.now().date()),
        *(_callers(policy, frames["plan"]) if "plan" in whole else ()),
        *(_time_bands(frames["time_band"]) if "time_band" in whole else ()),
        *(_ledger_accounts(policy, frames) if "ledger_account" in whole else ()),
        *_shared_accounts(policy, frames),
        *_zone_names(frames),
        *coverage_faults(frames, whole),
        *network_faults(frames, whole),
        *_exactness(frames),
    ]


def _zone_names(frames: Frames) -> Iterator[Fault]:
    """Find zones that could not be told from the origins that have names of their own."""
    problem = "{zone_code} is what the origin of calls is called that are made at home, or in a network without a zone"
    for file, table in (("zones.csv", "zone_prefix"), ("special_numbers.csv", "special_number")):
        named = frames[table].filter(pl.col("zone_code").is_in([HOME, UNKNOWN])).sort("line")
        first = named.unique("zone_code", keep="first", maintain_order=True)
        yield from findings(first, file, "zone_code", problem, "give the zone another name")


def _exactness(frames: Frames) -> Iterator[Fault]:
    """Find percentages that could meet on one record in a number beyond which an amount is no exact fraction."""
    problem = exactness_fault(frames)
    if problem:
        yield Fault("discounts.csv", None, "", problem, "see docs/rating.md, Discounts and offers")


def _currencies(policy: PolicyFile, frames: Frames) -> Iterator[Fault]:
    books = policy.texts("operator").get("currency")
    if books is None:
        return
    known = [books, *frames["exchange_rate"]["currency"].unique()]
    priced = (
        ("prices.csv", "price"),
        ("plans.csv", "plan"),
        ("plan_prices.csv", "plan_price"),
        ("products.csv", "product"),
    )
    for file, table in priced:
        for row in frames[table].filter(~pl.col("currency").is_in(known)).to_dicts():
            problem = f"the books are kept in {books}, and exchange_rates.csv has no rate of {row['currency']}"
            yield Fault(file, row["line"], row["currency"], problem, f"add its rate, or give the price in {books}")


def _callers(policy: PolicyFile, plans: pl.DataFrame) -> Iterator[Fault]:
    """What strangers are sold must be a plan of the service that they call."""
    callers = policy.texts("callers")
    service, plan = callers.get("service"), callers.get("plan_code", "")
    if service and plan not in plans.filter(pl.col("service") == service)["plan_code"]:
        problem = f"callers.plan_code is no plan of the service {service} in plans.csv"
        line = policy.line("callers", "plan_code")
        yield Fault(FILE, line, plan, problem, "name one, or leave callers.service empty")


def _time_bands(bands: pl.DataFrame) -> Iterator[Fault]:
    """Every day of the week, and holidays, must be covered from 00:00 to 24:00, once."""
    file = "time_bands.csv"
    spans: dict[str, list[tuple[int, int, int]]] = {day: [] for day in DAYS}
    for row in bands.to_dicts():
        line, span = row["line"], f"{row['band_from']}-{row['band_to']}"
        start, end = minutes_of_day(row["band_from"]), minutes_of_day(row["band_to"])
        if start is None or end is None or start >= end:
            problem = "band_from and band_to must be HH:MM, and from before to"
            yield Fault(file, line, span, problem, "split a band at midnight")
            continue
        for day in row["weekdays"].split():
            if day in spans:
                spans[day].append((start, end, line))
            else:
                yield Fault(file, line, day, "unknown day", f"use {' '.join(DAYS)}")
    for day, parts in spans.items():
        at = 0
        for start, end, line in sorted(parts):
            if start != at:
                what = "leave a gap from" if start > at else "overlap from"
                problem = f"on {day} the bands {what} {_clock(min(start, at))}"
                value = f"{_clock(start)}-{_clock(end)}"
                yield Fault(file, line, value, problem, "let the bands of a day meet, from 00:00 to 24:00")
            at = max(at, end)
        if at != _DAY_END:
            yield Fault(file, None, day, f"on {day} the bands end at {_clock(at)}", "cover the day to 24:00")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


# Accounts that the proof compares with a sub-ledger: nothing else may be booked there.
_PROVEN_ROLES = (
    "receivables", "bank", "customer_credit", "suspense", "refunds", "bank_cost", "top_ups", "commission_debt",
    "deferred_income", "bad_debt_loss", "bad_debt_recovered", "bad_debt_provision", "currency_gain", "currency_loss",
)  # fmt: skip


def _shared_accounts(policy: PolicyFile, frames: Frames) -> Iterator[Fault]:
    """Find accounts of sub-ledgers that another role, an article or a VAT rate is booked on too."""
    roles = policy.texts("ledger")
    others = {"revenue_account of articles.csv": set(frames["article"]["revenue_account"])}
    others["vat_account of vat_rates.csv"] = set(frames["vat_rate"]["vat_account"])
    for role in (each for each in _PROVEN_ROLES if each in roles):
        named = {f"ledger.{other}": {account} for other, account in roles.items() if other != role}
        sharing = [name for name, accounts in (named | others).items() if roles[role] in accounts]
        if sharing:
            problem = f"ledger.{role} must have an account of its own, and {sharing[0]} has it too"
            yield Fault(FILE, policy.line("ledger", role), roles[role], problem, "give one of them another account")


def _ledger_accounts(policy: PolicyFile, frames: Frames) -> Iterator[Fault]:
    chart = set(frames["ledger_account"]["ledger_account"])
    for event, account in policy.texts("ledger").items():
        if account not in chart:
            line = policy.line("ledger", event)
            yield Fault(FILE, line, account, f"ledger.{event} is not in accounts.csv", "add the account")
    of_payees = policy.settings.get("ledger", {}).get("bank_accounts", {})
    for payee, account in of_payees.items() if isinstance(of_payees, dict) else ():
        if account not in chart:
            problem = f"the account of payee {payee} in ledger.bank_accounts is not in accounts.csv"
            yield Fault(FILE, policy.line("ledger", "bank_accounts"), account, problem, "add the account")
