"""How the charge of one record came about: contract, zone, price lists, price row, parts, allowances, money steps.

It is told with the functions that price the night, and what it adds up to is held against what `charge_usage` gives
for the same record and balances; the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from rating.allowances import draw_units
from rating.balances import Balances
from rating.contracts import LIST_ORDER, Contracts
from rating.explanation_parts import Part, parts_of
from rating.explanation_steps import Money, MoneyStep, TierCount, attempt_steps, money_steps
from rating.tariff import Tariff
from rating.terms_of_contract import in_pricing_order
from rating.usage_charge import charge_usage, is_billable, locate, quantity, with_list_amount, with_price_row
from rating.usage_parts import LISTS, lay_increments, row_in_force
from rating.zone_lookup import MAIN_PLAN

_CONTRACT = (
    "subscription_id", "account_id", "customer_id", "customer_group", "plan_code", "reseller_code", "billing_day",
    "begins_at", "ends_at",
)  # fmt: skip
_ROW = (
    "price_list", "service", "origin_zone", "zone_code", "time_band", "valid_from", "valid_to", "article_no",
    "description", "currency", "connect_fee", "fee_covers", "is_deductible", "price_per_unit", "price_unit",
    "first_increment", "increment", "minimum_units", "steps", "minimum_charge", "maximum_charge", "attempt_fee",
    "surcharge_percent", "tier_code", "cost_per_unit", "crossing_rule", "rounding_mode", "rounding_decimals",
)  # fmt: skip
_GRANT = (
    "allowance_code", "allowance_name", "allowance_unit", "allowance_scope", "subscription_id", "period_from",
    "period_to", "granted_quantity", "left_quantity", "rolled_from",
)  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """What records are priced by: contracts and prices made ready, the configuration tables, the operator's clock."""

    contracts: Contracts
    tariff: Tariff
    config: Mapping[str, pl.DataFrame]
    zone: ZoneInfo


@dataclass(frozen=True)
class Destination:
    """Where a record goes to: `matched_by` is `relation`, `special number`, `prefix` or `nothing`."""

    zone_code: str | None
    zone_name: str | None
    matched_by: str
    matched: str | None
    numbering_plan: str
    origin_zone: str


@dataclass(frozen=True)
class ListTried:
    """A price list of the customer, in order (null: none), and whether it had a row in force at the start."""

    scope: str
    price_list: str | None
    has_row: bool


@dataclass(frozen=True)
class AllowanceDraw:
    """What a record took of one grant; quantities in the allowance's unit."""

    grant_id: str
    allowance_code: str
    allowance_name: str
    allowance_unit: str
    period_from: date
    period_to: date
    granted_quantity: Decimal
    left_before: Decimal
    used_quantity: Decimal
    left_after: Decimal
    is_rolled_over: bool


@dataclass(frozen=True)
class Explanation:
    """One record explained. `outcome` is `priced`, `attempt fee`, `free` or `not priced` (`reason` says why)."""

    record: dict[str, Any]
    started_local: datetime
    outcome: str
    reason: str | None
    contract: dict[str, Any] | None
    destination: Destination
    lists: tuple[ListTried, ...]
    price_row: dict[str, Any] | None = None
    parts: tuple[Part, ...] = ()
    quantity: int = 0
    billed_units: int = 0
    fee_units: int = 0
    included_units: int = 0
    allowances: tuple[AllowanceDraw, ...] = ()
    tier: TierCount | None = None
    steps: tuple[MoneyStep, ...] = ()
    before_rounding: Exact = Exact(0)
    figures: dict[str, Any] | None = None

    @property
    def amount(self) -> Decimal | None:
        """What the record costs, null where it has no price."""
        return self.figures["amount_ex_vat"] if self.figures else None


def explain_usage(usage: pl.DataFrame, terms: Terms, balances: Balances) -> Explanation:
    """Explain one USAGE row, priced after what `balances` say was used before it.

    Raises `ValueError` where the steps told do not add up to what `charge_usage` gives.
    """
    tariff = terms.tariff
    contracts = terms.contracts.on_lists(tariff.book.numbers.lists)
    rated = charge_usage(usage, contracts, tariff, balances)
    spans = contracts.spans_of(usage["a_number"], usage["started_at"])
    everything = usage.with_columns(pl.lit(value=True).alias("has_terms"))
    located = locate(everything, spans, contracts, tariff, everything["has_terms"])
    found = _found(usage, located, int(spans[0]), terms)
    if rated.accepted.is_empty():
        refused = rated.rejected["reason_text"]
        why = refused[0] if refused.len() else "the policy ([rating]) lets usage of this kind cost nothing"
        return replace(found, outcome="not priced" if refused.len() else "free", reason=why)
    laid = lay_increments(located, tariff.book, tariff.calendar)
    listed = with_list_amount(with_price_row(located, laid, tariff), laid.parts, tariff)
    ordered = in_pricing_order(listed, contracts, tariff)
    is_attempt = bool(listed["is_attempt"][0])
    units = draw_units(ordered, balances.grants)
    drawn = ordered.join(units.calls, on="_row")
    money = attempt_steps(listed, tariff) if is_attempt else money_steps(drawn, laid.parts, contracts, tariff, balances)
    figures = rated.accepted.row(0, named=True)
    _check(money, figures)
    row = drawn.row(0, named=True)
    unpaid = row["fee_covers"] + row["included_units"]
    return replace(
        found,
        outcome="attempt fee" if is_attempt else "priced",
        price_row=tariff.book.rows.select(_ROW).row(row["row_no"], named=True),
        parts=() if is_attempt else parts_of(located, laid, tariff, terms.zone, unpaid),
        billed_units=row["billed_units"],
        fee_units=min(row["fee_covers"], row["billed_units"]),
        included_units=row["included_units"],
        allowances=() if is_attempt else _draws(pl.concat([units.uses, money.money_uses]), balances),
        tier=money.tier,
        steps=money.steps,
        before_rounding=money.before_rounding,
        figures=figures,
    )


def _found(usage: pl.DataFrame, located: pl.DataFrame, span: int, terms: Terms) -> Explanation:
    """Tell who pays and where to, and which price lists were asked."""
    spans = terms.contracts.spans
    record = usage.row(0, named=True)
    return Explanation(
        record=record,
        started_local=record["started_at"].astimezone(terms.zone),
        outcome="not priced",
        reason=None,
        contract=spans.select(_CONTRACT).row(span, named=True) if span >= 0 else None,
        destination=_destination(located, terms),
        lists=tuple(_lists(located, spans.select(LIST_ORDER)[span] if span >= 0 else None, terms.tariff)),
        quantity=usage.select(pl.when(is_billable()).then(quantity()).otherwise(0).alias("n"))["n"][0],
    )


def _destination(located: pl.DataFrame, terms: Terms) -> Destination:
    row = located.row(0, named=True)
    zone, at = row["zone_code"], row["zone_at"]
    matched = f"relation:{zone}" if at is None else terms.tariff.zones.frame["matched"][at]
    plan = terms.tariff.switch_plans.get(row["source_system"], MAIN_PLAN)
    plan = plan if plan in terms.tariff.zones.plans else MAIN_PLAN
    specials = terms.config["special_number"].filter(pl.col("numbering_plan").fill_null(MAIN_PLAN) == plan)["b_number"]
    if matched is None:
        by = "nothing"
    elif at is None:
        by = "relation"
    else:
        by = "special number" if matched == row["b_number"] and matched in specials else "prefix"
    prefixes = terms.config["zone_prefix"]
    names = prefixes.filter(
        pl.col("zone_code").eq_missing(zone) & (pl.col("prefix").eq_missing(matched) | (pl.lit(by) != "prefix"))
    )["zone_name"]
    return Destination(zone, names[0] if names.len() else None, by, matched, plan, row["origin_zone"])


def _lists(located: pl.DataFrame, held: pl.DataFrame | None, tariff: Tariff) -> list[ListTried]:
    """Ask each list of the customer alone for its row at the start."""
    tried = []
    for scope, number in zip(LIST_ORDER, LISTS, strict=True):
        others = [pl.lit(None, pl.Int64).alias(name) for name in LISTS if name != number]
        row = row_in_force(located.with_columns(others), located["band_at"], tariff.book, tariff.calendar)[0]
        name = None if held is None else held[scope][0]
        tried.append(ListTried(scope.removesuffix("_list"), name, row[0] is not None))
    return tried


def _draws(uses: pl.DataFrame, balances: Balances) -> tuple[AllowanceDraw, ...]:
    drawn = uses.join(balances.grants.select("grant_id", *_GRANT), on="grant_id", suffix="_of_grant")
    return tuple(
        AllowanceDraw(
            row["grant_id"], row["allowance_code"], row["allowance_name"], row["allowance_unit"], row["period_from"],
            row["period_to"], row["granted_quantity"], row["left_quantity"], row["used_quantity"],
            row["left_quantity"] - row["used_quantity"], row["rolled_from"] is not None,
        )
        for row in drawn.sort("allowance_unit", "period_to", "grant_id").iter_rows(named=True)
    )  # fmt: skip


def _check(money: Money, figures: dict[str, Any]) -> None:
    told = money.steps[-1].amount
    if told != Exact(figures["amount_ex_vat"]):
        message = (
            f"record {figures['usage_id']}: the steps add up to {told}, the engine to {figures['amount_ex_vat']}; "
            "this is a fault in nightbill, please report it"
        )
        raise ValueError(message)
