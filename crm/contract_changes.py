"""What a customer may do with a contract: change its plan or end it, from when, and at what fee.

One rule for all: what lies outside the terms is either granted with its fee or refused with the first day from which it
would be granted; asked again for that day, it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from crm.contract_terms import Row, new_contract
from crm.refusal import RefusedError
from schemas.periods import coming_billing_date, months_after

ANY_KIND = "any"
ACTIVATION_FEE = "activation_fee"
FEES_OF_CHANGES = ("change_fee", "termination_fee", ACTIVATION_FEE)  # what `Fee.what` begins with of those made here
_MONTHS_OF_FEE = {"none": 0, "fixed": 1}


@dataclass(frozen=True)
class ContractRules:
    """Configuration that contracts are decided by: PLAN rows by their code, CONTRACT_TERM and PLAN_CHANGE rows."""

    plans: Mapping[str, Row]
    terms: Sequence[Row]
    changes: Sequence[Row]

    def contract(self, subscription_id: int, plan_code: str, category: str, on: date) -> Row:
        """Return the CONTRACT row of a subscription that begins a plan on a day."""
        return new_contract(subscription_id, self.plan(plan_code), category, on, self.terms)

    def plan(self, plan_code: str) -> Row:
        """Return a plan. Raises `RefusedError` when there is none."""
        if plan_code not in self.plans:
            raise RefusedError("UNKNOWN_PLAN", f"plan {plan_code!r} is not in plans.csv")
        return self.plans[plan_code]


@dataclass(frozen=True)
class ChangeWanted:
    """Another plan, as a customer asks for it: `kind` is upgrade, downgrade, change, or any."""

    to_plan: str
    wanted_on: date
    requested_on: date
    kind: str = ANY_KIND


@dataclass(frozen=True)
class Fee:
    """A fee to be charged once, excluding VAT: `what` it is for, a word."""

    what: str
    article_no: str
    amount_ex_vat: Decimal


@dataclass(frozen=True)
class PlanChange:
    """A change that is granted: when the new plan begins, its CONTRACT row, and what it costs."""

    kind: str
    begins_on: date
    contract: Row
    fees: tuple[Fee, ...]


@dataclass(frozen=True)
class Termination:
    """An end that is granted: the first day without the service, and what leaving early costs."""

    ends_on: date
    fees: tuple[Fee, ...]


def decide_change(
    rules: ContractRules, contract: Row, wanted: ChangeWanted, category: str, billing_day: int
) -> PlanChange:
    """Grant a change of plan, with its fees and the contract that follows, or refuse it.

    `contract` is the CONTRACT row in force, `category` and `billing_day` those of its customer and account. A change
    begins on the day it is wanted, not before the day it is asked for; at the end of the billing period where the
    contract says so of its kind. Only an upgrade may come inside the binding without more: the customer stays, for
    more, and stays bound as long as before or longer.

    Raises `RefusedError`: UNKNOWN_PLAN; ALREADY_SO, the plan it is already; NOT_ALLOWED, no such change, or of another
    kind than asked for; TOO_EARLY, with the day from which it is allowed.
    """
    change = _allowed_change(rules, contract["plan_code"], wanted)
    kind, stays = change["change_kind"], change["change_kind"] == "upgrade"
    begins_on = _begins_on(contract, kind, wanted, billing_day)
    allowed_from = contract["change_from"] if stays else max(contract["change_from"], _held_until(contract))
    _require_from(allowed_from, begins_on, "this change")
    following = rules.contract(contract["subscription_id"], wanted.to_plan, category, begins_on)
    if stays:
        following["binding_to"] = _later_binding(contract, following)
    leaving = () if stays else leaving_fees(contract, begins_on)
    fee = _fee("change_fee", change["fee_article_no"], change["change_fee"])
    return PlanChange(kind, begins_on, following, (*fee, *leaving))


def decide_termination(contract: Row, wanted_on: date, requested_on: date) -> Termination:
    """Grant the end of a contract on the day wanted, or when its notice is over, with the fee for leaving early.

    Without notice the end may lie before the day it is asked for. Raises `RefusedError` TOO_EARLY, with the day from
    which it is allowed, when the contract may not be ended inside its binding.
    """
    notice = timedelta(days=contract["notice_days"])
    ends_on = max(wanted_on, requested_on + notice) if notice else wanted_on
    _require_from(_held_until(contract), ends_on, "its end")
    return Termination(ends_on, leaving_fees(contract, ends_on))


def leaving_fees(contract: Row, leaves_on: date) -> tuple[Fee, ...]:
    """Return the early-termination fee of a contract that is left on a day: none outside its binding.

    `fixed` is the fee once, `remaining_months` the fee for each month of the binding that is left, a month begun counts
    whole.
    """
    bound_to = contract["binding_to"]
    if bound_to is None or leaves_on >= bound_to:
        return ()
    months = _MONTHS_OF_FEE.get(contract["fee_basis"], months_left(leaves_on, bound_to))
    return _fee("termination_fee", contract["fee_article_no"], (contract["termination_fee"] or 0) * months)


def fees_beyond(fees: tuple[Fee, ...], charged: tuple[Fee, ...]) -> tuple[Fee, ...]:
    """Return what the fee for leaving comes to beyond one that was charged for leaving later."""
    before = sum((fee.amount_ex_vat for fee in charged), Decimal(0))
    return tuple(replace(fee, amount_ex_vat=fee.amount_ex_vat - before) for fee in fees if fee.amount_ex_vat > before)


def months_left(since: date, until: date) -> int:
    """Count the months from one day to another; a month begun counts whole."""
    months = max((until.year - since.year) * 12 + until.month - since.month, 0)
    return months + (months_after(since, months) < until)


def _allowed_change(rules: ContractRules, from_plan: str, wanted: ChangeWanted) -> Row:
    """Find the change in plan_changes.csv; while that is empty, any plan of the same service may follow, at no fee."""
    service = rules.plan(wanted.to_plan)["service"]
    if wanted.to_plan == from_plan:
        raise RefusedError("ALREADY_SO", f"the plan is {from_plan} already; nothing to change")
    if not rules.changes and rules.plans.get(from_plan, {}).get("service") == service:
        kind = "change" if wanted.kind == ANY_KIND else wanted.kind
        return {"change_kind": kind, "change_fee": None, "fee_article_no": None}
    ways = {row["to_plan"]: row for row in rules.changes if row["from_plan"] == from_plan}
    if wanted.to_plan not in ways:
        text = f"{from_plan} cannot become {wanted.to_plan}; it can become: {', '.join(sorted(ways)) or 'none'}"
        raise RefusedError("NOT_ALLOWED", text)
    change = ways[wanted.to_plan]
    if wanted.kind not in {ANY_KIND, change["change_kind"]}:
        text = f"{from_plan} to {wanted.to_plan} is of kind {change['change_kind']}, not {wanted.kind}; ask for that"
        raise RefusedError("NOT_ALLOWED", text)
    return change


def _begins_on(contract: Row, kind: str, wanted: ChangeWanted, billing_day: int) -> date:
    """Return when a change begins; one that is neither up nor down as an upgrade does."""
    day = max(wanted.wanted_on, wanted.requested_on)
    moment = contract["downgrade_when" if kind == "downgrade" else "upgrade_when"]
    return coming_billing_date(day, billing_day) if moment == "period_end" else day


def _later_binding(contract: Row, following: Row) -> date | None:
    """Return the later end of two bindings, none when the following contract begins after both."""
    ends = [each["binding_to"] for each in (contract, following) if each["binding_to"]]
    return max((end for end in ends if end > following["contract_from"]), default=None)


def _held_until(contract: Row) -> date:
    """Return the first day a contract may be left, with a fee or without."""
    may_not = contract["change_in_binding"] == "refused" and contract["binding_to"]
    return contract["binding_to"] if may_not else date.min


def _require_from(allowed_from: date, day: date, what: str) -> None:
    if day < allowed_from:
        text = f"the contract allows {what} from {allowed_from}, not on {day}; ask for that day or a later one"
        raise RefusedError("TOO_EARLY", text, allowed_from)


def _fee(what: str, article_no: str | None, amount: Decimal | int | None) -> tuple[Fee, ...]:
    return (Fee(what, article_no, Decimal(amount)),) if article_no and amount else ()
