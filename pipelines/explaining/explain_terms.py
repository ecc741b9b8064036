"""What the charge of a term, an instalment or goodwill is explained from: its invoice and its promises as they were."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from invoicing.cost_centres import Corporate, consolidated_accounts, with_users
from invoicing.invoice_lines import LINE_KEY, with_fee_period
from invoicing.period_term_cases import Subjects, billed_accounts, services_of
from invoicing.period_terms import TermsInForce
from invoicing.term_explanation import TermExplained, TermFacts, explain_term
from pipelines.billing.period_terms_flow import LONGEST_PERIOD, OF_BASES, of_period
from pipelines.billing.unbilled import MONTHLY
from pipelines.explaining.explain_facts import PastBatch
from pipelines.lake.store import Store
from rating.instalments import LEFT, instalment_fees
from schemas import tables
from schemas.codes import TERM_KINDS
from schemas.policy import Policy

_ONE_OFF = re.compile(r"one_off:(.*):([a-z_0-9]+)")
_STANDS_OVER = re.compile(r"goodwill(_over)?_([0-9]{8})")
_ADDED = (*TERM_KINDS, "paper_fee")  # what the night adds to the charges due
_BILLED_TO = f"SELECT max(billing_date) AS billed_to {MONTHLY} AND account_id = ? AND billing_date < ?"


@dataclass(frozen=True)
class OneOffExplained:
    """A one-off charge: the request that brought it about, and what it comes to when computed again.

    `request` and `said` are null where the lake has no such request. `amount` is null where nothing can be computed,
    as of a fee that a plan or the policy of that day gave. `plan`: INSTALMENT_PLAN columns; `paid_before`: of its
    price.
    """

    what: str
    request: dict[str, Any] | None
    said: dict[str, Any] | None
    amount: Decimal | None
    plan: dict[str, Any] | None = None
    paid_before: Decimal = Decimal(0)


def term_of(store: Store, past: PastBatch, policy: Policy, charge: dict[str, Any]) -> TermExplained | None:
    """Compute the terms of a charge's invoice again; None where it stands on none, or the term is there no more."""
    billed = store.read(tables.BILLED_CHARGE, "charge_id = ?", [charge["charge_id"]])
    heads = store.read_matching(tables.INVOICE, billed.select("invoice_no"))
    return explain_term(charge, _facts(store, past, policy, charge, heads)) if heads.height else None


def _facts(store: Store, past: PastBatch, policy: Policy, charge: dict[str, Any], heads: pl.DataFrame) -> TermFacts:
    head = heads.row(0, named=True)
    whose, on = ("account_id = ?", (head["account_id"],)), head["billing_date"]
    billed_to = store.query(_BILLED_TO, [head["account_id"], on])
    dates = heads.select("account_id", "billing_date").with_columns(billed_to["billed_to"].cast(pl.Date))
    accounts = past.read(tables.ACCOUNT, *whose)
    customers = past.read(tables.CUSTOMER, "customer_id = ?", (head["customer_id"],))
    billed = billed_accounts(dates, accounts, customers, past.read(tables.CUSTOMER_GROUP))
    of_bases = store.select(tables.CHARGE, f"SELECT * FROM ({OF_BASES}) WHERE account_id = ?", [head["account_id"]])  # noqa: S608 (our own words)
    return TermFacts(
        due=with_fee_period(with_users(_due(store, heads), _users(past, accounts))),
        earlier=of_period(of_bases.filter(pl.col("charged_on") <= charge["charged_on"]), dates),
        terms=TermsInForce(past.read(tables.REBATE), past.read(tables.COMMITMENT), _redeemed(past, head)),
        whose=Subjects(billed, services_of(billed, past.read(tables.SUBSCRIPTION, *whose))),
        articles=past.read(tables.ARTICLE),
        line=LINE_KEY,
        since=charge["charged_on"] - timedelta(days=policy.limits.request_days_back) - LONGEST_PERIOD,
        charged_on=charge["charged_on"],
    )


def _due(store: Store, heads: pl.DataFrame) -> pl.DataFrame:
    """Return what the invoice was made of before terms: CHARGE rows of the account that pays, with `billing_date`."""
    billed = store.read_matching(tables.BILLED_CHARGE, heads.select("invoice_no"))
    dates = "service_from BETWEEN ? AND ?"
    period = [heads["period_from"][0], heads["period_to"][0]]
    charges = store.read_matching(tables.CHARGE, billed.select("charge_id"), dates, period)
    own = charges.filter(~pl.col("charge_kind").is_in(_ADDED))
    return own.with_columns(
        pl.lit(heads["account_id"][0], pl.Int64).alias("account_id"),
        pl.lit(heads["billing_date"][0]).alias("billing_date"),
    )


def _users(past: PastBatch, accounts: pl.DataFrame) -> Corporate:
    consolidated = consolidated_accounts(past.read(tables.PREFERENCE, "preference = 'invoice_layout'"))
    theirs = consolidated.join(accounts, on="account_id", how="semi")
    return Corporate(theirs, past.read(tables.SUBSCRIPTION_USER)) if theirs.height else Corporate()


def _redeemed(past: PastBatch, head: dict[str, Any]) -> pl.DataFrame:
    """Return the coupons of an account with how often each was used before this invoice."""
    whose = "account_id = ?"
    uses = past.read(tables.COUPON_USE, f"{whose} AND invoice_no <> ?", (head["account_id"], head["invoice_no"]))
    used = uses.group_by("redemption_id").agg(pl.len().cast(pl.Int64).alias("used"))
    redeemed = past.read(tables.COUPON_REDEMPTION, whose, (head["account_id"],))
    return redeemed.join(used, on="redemption_id", how="left").with_columns(pl.col("used").fill_null(0))


def one_off_of(store: Store, past: PastBatch, charge: dict[str, Any]) -> OneOffExplained:
    """Tell which request brought a one-off charge about, and compute what it comes to."""
    named = _ONE_OFF.fullmatch(charge["charge_id"])
    request_id, what = (named[1], named[2]) if named else (charge["charge_id"], "")
    found = store.read(tables.REQUEST, "request_id = ?", [request_id])
    request = found.row(0, named=True) if found.height else None
    said = json.loads(request["payload"]) if request else None
    plans = store.read(tables.INSTALMENT_PLAN, "request_id = ?", [request_id])
    if what.startswith("instalment") and plans.height:
        return _instalment(store, charge, plans, OneOffExplained(what, request, said, None))
    if stands_over := _STANDS_OVER.fullmatch(what):
        return OneOffExplained(what, request, said, _other_part(store, request_id, *stands_over.groups()))
    return OneOffExplained(what, request, said, _of_request(past, what, said))


def _other_part(store: Store, request_id: str, over: str | None, day: str) -> Decimal | None:
    """Compute what goodwill that stands over comes to: its two charges, of one day, add up to nothing."""
    other = f"one_off:{request_id}:goodwill{'' if over else '_over'}_{day}"
    found = store.read(tables.CHARGE, "charge_id = ?", [other])["amount_ex_vat"]
    return -Decimal(found[0]) if found.len() else None


def _of_request(past: PastBatch, what: str, said: dict[str, Any] | None) -> Decimal | None:
    """Compute what the request itself says, or its product costs; null for fees that other rules give."""
    if said and what == "goodwill":
        return -Decimal(str(said["amount"]))
    if said and what.startswith("product_") and "product_code" in said:
        price = past.read(tables.PRODUCT, "product_code = ?", (said["product_code"],))["product_price"]
        return Decimal(price[0]) if price.len() else None
    return None


def _instalment(store: Store, charge: dict[str, Any], plans: pl.DataFrame, told: OneOffExplained) -> OneOffExplained:
    plan = plans.row(0, named=True)
    accounts = store.read_matching(tables.ACCOUNT, plans.select("account_id"))
    parts = "starts_with(charge_id, concat('one_off:', ?::VARCHAR, ':instalment_'))"
    charged = store.read(tables.CHARGE, f"charge_kind = 'one_off' AND {parts}", [plan["request_id"]])
    is_left = told.what == LEFT
    before = charged.select("charge_id", "amount_ex_vat")
    ends = plans.select("subscription_id", pl.lit(charge["service_from"]).alias("ends_on"))
    if not is_left:
        before, ends = before.clear(), ends.clear()
    fees = instalment_fees(plans, accounts, ends, before, charge["service_from"], "due")
    found = fees.filter(what=told.what)["amount_ex_vat"]
    earlier = charged.filter((pl.col("service_from") < charge["service_from"]) | pl.lit(is_left))
    paid = sum((Decimal(amount) for amount in earlier["amount_ex_vat"]), Decimal(0))
    amount = Decimal(found[0]) if found.len() else None
    return OneOffExplained(told.what, told.request, told.said, amount, plan, paid)
