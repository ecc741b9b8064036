"""The sentences of an explanation, each with its figures: a heading of one word, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any

from pipelines.explaining.explain_flow import RecordExplained
from rating.explanation import Explanation
from rating.explanation_fee import FeeExplained
from rating.explanation_steps import percent, text

_ALL = Decimal(100)
_UNITS = {"call": "s", "data": "bytes", "message": "messages", "event": "events"}
_DRAWN = {"s": " s", "byte": " bytes", "message": " messages", "event": " events", "call": " calls", "money": ""}
_OWN = {"customer": "the customer's own", "group": "its group's", "plan": "its plan's", "basic": "the basic list"}
Line = tuple[str, str]


def amount(value: Decimal | Exact) -> str:
    """Write an amount without needless zeros, with 2 decimals at least."""
    return text(Exact(value))


def result_lines(told: RecordExplained, stored: dict[str, Any]) -> Iterator[Line]:
    """Tell what a record came to, whether that is what was charged, and where it stands."""
    again = told.explanation.amount if told.explanation else None
    charged = amount(stored["amount_ex_vat"])
    same = f"not as charged: {', '.join(told.differs)}" if told.differs else "as charged"
    yield "check", f"computed again {amount(again or Decimal(0))}, {same} ({charged} {stored['currency']})"
    yield "list", f"list amount {amount(stored['list_amount'])}, without allowance, tier, offer and discount"
    cost = stored["cost_amount"]
    if cost is not None:
        margin = amount(stored["amount_ex_vat"] - cost)
        yield "cost", f"{amount(cost)}; margin {charged} - {amount(cost)} = {margin}"
    for row in told.resale:
        resold, margin = amount(row["resale_amount"]), amount(row["margin_amount"])
        listed = f"{row['resale_role']} on list {row['price_list']}, zone {row['zone_code']}"
        yield "resale", f"{listed}: {resold}, margin {margin}"
    kinds = {"rerate": "re-rating", "basis": "invoice basis"}
    kind = kinds.get(told.batch["batch_kind"], "night") if told.batch else "night"
    yield "booked", f"batch {stored['rated_batch']} ({kind} of {stored['rated_on']}), {place(told.invoice_line)}"
    yield "charge", str(told.charge_id)


def place(invoice_line: str | None) -> str:
    """Tell on which line of which invoice a charge stands."""
    return f"invoice line {invoice_line}" if invoice_line else "not yet on an invoice"


def basis_change_lines(change: dict[str, Any]) -> Iterator[Line]:
    """Tell what somebody changed in an invoice basis, who, when and why."""
    words = {"unit_price": "a price of {} per minute or unit", "discount": "{} percent off", "remove": "taken off"}
    value = "" if change["change_value"] is None else f"{change['change_value'].normalize():f}"
    yield "changed", f"{words[change['basis_change_kind']].format(value)}, of charge {change['charge_id']}"
    yield "decided", f"basis {change['basis_id']}, by {change['decided_by']} on {change['changed_on']}"
    yield "reason", change["decision_text"]


def record_lines(told: Explanation) -> Iterator[Line]:
    """Tell what was used by whom, where to, and which price row holds."""
    record, where = told.record, told.destination
    unit = _UNITS[record["usage_kind"]]
    began = told.started_local.strftime("%Y-%m-%d %H:%M:%S")
    outcome = "" if record["outcome"] == "answered" else f", {record['outcome']}"
    number = "" if record["a_number"] == "0" else f" from {record['a_number']}"
    yield record["usage_kind"], f"{told.quantity} {unit}{number} to {record['b_number']}, {began} local time{outcome}"
    if told.contract and told.contract["customer_group"] != "quote":
        yield "contract", _contract(told.contract)
    zone = f"{where.zone_code} {where.zone_name or ''}".rstrip()
    by = f"{where.matched_by} {(where.matched or '').removeprefix('relation:')}".rstrip()
    origin = "" if where.origin_zone == "home" else f", called from {where.origin_zone}"
    yield "zone", f"{zone} by {by} (numbering plan {where.numbering_plan}){origin}"
    if told.reason:
        yield "not priced" if told.outcome == "not priced" else "free", told.reason
    yield "lists", _lists(told)
    if told.price_row:
        yield "price row", _row(told.price_row)
        yield "terms", _row_terms(told.price_row)


def _contract(contract: dict[str, Any]) -> str:
    return (
        f"subscription {contract['subscription_id']} on plan {contract['plan_code']}, "
        f"account {contract['account_id']}, customer {contract['customer_id']} in group {contract['customer_group']}"
        + (f", reseller {contract['reseller_code']}" if contract["reseller_code"] else "")
    )


def _lists(told: Explanation) -> str:
    used = False
    tried = []
    for each in told.lists:
        if each.price_list is None:
            continue
        found = "its row is used" if each.has_row and not used else "not asked" if used else "no row in force"
        used = used or each.has_row
        tried.append(f"{_OWN[each.scope]} {each.price_list}: {found}")
    return "; ".join(tried) or "none"


def _row(row: dict[str, Any]) -> str:
    until = f" to {row['valid_to']}" if row["valid_to"] else ", open"
    described = f" {row['description']}" if row["description"] else ""
    return (
        f"list {row['price_list']}, article {row['article_no']}{described}, service {row['service'] or 'any'}, from "
        f"{row['origin_zone']}, zone {row['zone_code']}, band {row['time_band']}, valid {row['valid_from']}{until}"
    )


def _row_terms(row: dict[str, Any]) -> str:
    rule, covered = "deductible" if row["is_deductible"] else "added", row["fee_covers"]
    terms = [
        f"{amount(row['price_per_unit'])} per {row['price_unit']}",
        f"increments {row['first_increment']} then {row['increment']}",
        f"connect fee {amount(row['connect_fee'])}, {rule}" + (f", covers {covered}" if covered else ""),
    ]
    terms += [f"steps {row['steps']}"] if row["steps"] else []
    terms += [f"minimum {row['minimum_units']} units"] if row["minimum_units"] else []
    for name in ("minimum_charge", "maximum_charge"):
        terms += [f"{name.replace('_', ' ')} {amount(row[name])}"] if row[name] is not None else []
    terms += [f"surcharge {percent(row['surcharge_percent'])}"] if row["surcharge_percent"] else []
    terms += [f"tier {row['tier_code']}"] if row["tier_code"] else []
    return "; ".join([*terms, f"a border: {str(row['crossing_rule']).replace('_', ' ')}"])


def fee_lines(fee: FeeExplained, charge: dict[str, Any]) -> Iterator[Line]:
    """Tell how a recurring fee was computed, and what was charged of it before."""
    yield (
        "plan",
        f"{fee.plan_code} {fee.plan_name}, {fee.period_from} to {fee.period_to}; billing day {fee.billing_day}",
    )
    if fee.price is None:
        yield "fee", "nothing is left of it: the plan, its version or its price is another now"
    else:
        since = f" from {fee.price_from}" if fee.price_from else ""
        yield "price", f"{amount(fee.price)}{since} a period, x {fee.quantity}"
        yield "days", f"{fee.used_days} of {fee.full_days} ({fee.proration})"
        yield from _fee_parts(fee)
        yield "fee", f"{amount(fee.price)} x {fee.quantity} x {_paid(fee)} = {exact(fee.exact)}"
    if fee.of_articles is not None:
        yield "bundle", f"of {amount(fee.of_articles)} for all its articles, this one's share by its price alone"
    same = unlike(same=fee.amount == charge["amount_ex_vat"])
    yield "rounding", f"half away from zero, 2 decimals, parts of a period together: {amount(fee.fee)}"
    before = f"{amount(fee.fee)} - {amount(fee.charged_before)} charged before = " if fee.charged_before else ""
    yield "charge", f"{before}{amount(fee.amount)}{same}"


def _fee_parts(fee: FeeExplained) -> Iterator[Line]:
    for part in fee.parts:
        when = f"on {part.days} days, {part.part_from} to {part.part_to}"
        if part.percent_off:
            yield "offer", f"- {percent(part.percent_off)} {when}"
        if part.paid_percent != _ALL:
            yield "suspended", f"{percent(part.paid_percent)} is paid {when}"


def _paid(fee: FeeExplained) -> str:
    terms = []
    for part in fee.parts:
        off = f" x (1 - {percent(part.percent_off)})" if part.percent_off else ""
        of_suspension = f" x {percent(part.paid_percent)}" if part.paid_percent != _ALL else ""
        terms.append(f"{part.share}{off}{of_suspension}")
    return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"


def units_sentence(told: Explanation) -> str:
    """Tell who pays for how many of a record's units."""
    unit = _UNITS[told.record["usage_kind"]]
    taken = [f"{told.fee_units} paid by the fee"] if told.fee_units else []
    taken += [f"{told.included_units} included"] if told.included_units else []
    left = max(told.billed_units - told.fee_units - told.included_units, 0)
    return f"{told.quantity} {unit}, billed {told.billed_units}: " + ", ".join([*taken, f"{left} to pay"])


def draw_lines(told: Explanation) -> Iterator[Line]:
    """Tell what a record took of allowances, and what it counted in tiers."""
    for draw in told.allowances:
        rolled = ", rolled over" if draw.is_rolled_over else ""
        granted = f"{draw.allowance_code} {draw.allowance_name}{rolled}, {draw.period_from} to {draw.period_to}"
        used, before, after = (_quantity(n) for n in (draw.used_quantity, draw.left_before, draw.left_after))
        whole = f"{_quantity(draw.granted_quantity)}{_DRAWN[draw.allowance_unit]}"
        yield "allowance", f"{granted}: used {used} of the {before} left, leaves {after} of {whole}"
    if told.tier:
        tier = told.tier
        yield "tier", f"{tier.tier_code} ({tier.tier_mode}), counted for {tier.tier_key} from {tier.period_from}"
        yield "", f"F({tier.units_before}) = {amount(tier.price_before)} before this record"
        yield "", f"F({tier.units_after}) = {amount(tier.price_after)} after it"


def _quantity(value: Decimal) -> str:
    return text(Exact(value)).rstrip("0").rstrip(".")


def exact(value: Exact) -> str:
    """Write an exact amount: as a decimal, and as a fraction where the decimal has no end."""
    written = amount(value)
    return f"{value} = {written}" if written.endswith("...") else written


def unlike(*, same: bool) -> str:
    """Mark what is not as it was charged."""
    return "" if same else "; THIS IS NOT WHAT WAS CHARGED"
