"""The sentences of charges that terms, requests and invoices bring about, each with the figures of its sum."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from invoicing.term_explanation import TermExplained
from pipelines.explaining.explain_flow import ChargeExplained
from pipelines.explaining.explain_sentences import Line, amount, exact, unlike
from pipelines.explaining.explain_terms import OneOffExplained
from rating.explanation_steps import percent
from rating.instalments import LEFT

_COUNTED = {"usage": "usage", "recurring": "fees", "one_off": "one-off charges", "commitment": "top-ups before"}


def added_lines(told: ChargeExplained) -> Iterator[Line]:
    """Tell how a charge of a term, a request or the paper fee came about."""
    kind = told.charge["charge_kind"]
    if told.term:
        yield from _term_lines(told.term, told.charge)
    elif told.one_off:
        yield from _one_off_lines(told.one_off, told.charge)
    elif kind == "paper_fee":
        other = "" if told.is_computed else ", which is another amount today"
        yield "fee", f"[billing] paper_fee of policy.toml{other}: an invoice on paper with something to pay"
    elif kind == "credit":
        yield "credit", "what a credit note takes back of a line; nightbill invoices show tells the line and the reason"
    elif not told.adds_up:
        yield "check", f"this term is not found again{unlike(same=False)}"


def _term_lines(term: TermExplained, charge: dict[str, Any]) -> Iterator[Line]:
    row = term.row
    for_whom = f"{row['link_scope']} {row['link_to']}, " if "link_scope" in row else ""
    whose = "the account" if charge["subscription_id"] is None else f"subscription {charge['subscription_id']}"
    yield "term", f"{term.term_code} for {for_whom}counts {row['term_target']} of {whose}"
    kinds = [f"{_COUNTED.get(kind, kind)} {amount(value)}" for kind, value in term.by_kind]
    together = f" = {amount(term.counted)}" if len(kinds) > 1 else ""
    due = "" if term.target_due == term.counted else f", of which this invoice carries {amount(term.target_due)}"
    yield "counted", (" + ".join(kinds) or amount(term.counted)) + together + due
    yield from {"rebate": _rebate, "coupon": _coupon, "cap": _bounds, "commitment": _bounds}[term.charge_kind](term)
    yield from _share_lines(term, charge)


def _rebate(term: TermExplained) -> Iterator[Line]:
    for tier in term.tiers:
        until = f" to {amount(tier.amount_to)}" if tier.amount_to is not None else " on"
        of_tier = f"{amount(tier.amount)} x {percent(tier.percent_off)} = {exact(tier.off)}"
        yield "tier", f"from {amount(tier.amount_from)}{until}: {of_tier}"
    sums = " + ".join(exact(tier.off) for tier in term.tiers) or "0"
    yield (
        "rebate",
        f"{term.row['rebate_mode']}: {sums}, rounded half away from zero to {amount(term.wish)}{_most(term)}",
    )


def _most(term: TermExplained) -> str:
    return f", all that is due: {amount(term.target_due)}" if term.wish == term.target_due else ""


def _coupon(term: TermExplained) -> Iterator[Line]:
    row, left = term.row, amount(max(term.target_due, Decimal(0)))
    times = "every invoice" if row["coupon_periods"] is None else f"{row['coupon_periods']} invoices"
    yield "redeemed", f"on {row['redeemed_on']} by request {row['request_id']}, for {times}; used {row['used']} before"
    if row["percent_off"] is not None:
        yield "coupon", f"{left} x {percent(row['percent_off'])}, rounded half away from zero: {amount(term.wish)}"
    else:
        yield "coupon", f"{amount(row['amount_off'])} off, at most the {left} that is left: {amount(term.wish)}"
    if term.wish == max(term.account_due, Decimal(0)):
        yield "", f"the account had {amount(term.account_due)} left to pay: no coupon takes more"


def _bounds(term: TermExplained) -> Iterator[Line]:
    is_cap = term.charge_kind == "cap"
    name, whole = ("maximum", "maximum_amount") if is_cap else ("minimum", "minimum_amount")
    for part in term.bounds:
        days = f"{part.days} of {part.full_days} days"
        of_period = f"{amount(term.row[whole])} x {days} = {amount(part.bound)}"
        yield name, f"{part.period_from} to {part.period_to}: {of_period}"
    bound, counted = amount(term.bound or Decimal(0)), amount(term.counted)
    if is_cap:
        yield "above", f"{counted} - {bound} = {amount(term.wish)}{_most(term)}"
    else:
        yield "below", f"{bound} - {counted} = {amount(term.wish)}"


def _share_lines(term: TermExplained, charge: dict[str, Any]) -> Iterator[Line]:
    """Tell how a reduction is shared over what it reduces: by what each holds, by largest remainder."""
    if len(term.shares) > 1:
        held = sum((share.held for share in term.shares), Decimal(0))
        for share in term.shares:
            of_all = f"{amount(term.wish)} x {amount(share.held)} / {amount(held)}, by largest remainder"
            yield "share", f"{share.vat_class}, account {share.revenue_account}: {of_all}: {amount(share.share)}"
    again = "no such charge" if term.amount is None else amount(term.amount)
    yield "check", f"computed again {again}{unlike(same=term.amount == charge['amount_ex_vat'])}"


def _one_off_lines(told: OneOffExplained, charge: dict[str, Any]) -> Iterator[Line]:
    if told.request:
        by = told.request["actor"] or told.request["reseller_code"] or told.request["channel"]
        named = f"{told.request['request_type']} {told.request['request_id']}"
        yield "request", f"{named} by {by} ({told.request['channel']}), for {told.request['effective_on']}"
    if told.what.startswith("goodwill") and told.said:
        of_invoice = f", for invoice {told.said['invoice_no']}" if told.said.get("invoice_no") else ""
        yield "reason", f"{told.said['reason']}{of_invoice}"
    if told.what.startswith("goodwill_"):
        yield "over", _stands_over(charge["amount_ex_vat"])
    if told.plan:
        yield from _instalment_lines(told, told.plan)
    if told.amount is None:
        yield "fee", f"{told.what.replace('_', ' ')}: its price is of the plan or policy of that day"
        return
    yield "check", f"computed again {amount(told.amount)}{unlike(same=told.amount == charge['amount_ex_vat'])}"


def _stands_over(over: Decimal) -> str:
    if over > 0:
        return f"{amount(over)} of it is more than the invoice that is credited has left; a later invoice gives it"
    return f"{amount(-over)} stood over from an earlier credit note, which could not take more"


def _instalment_lines(told: OneOffExplained, plan: dict[str, Any]) -> Iterator[Line]:
    price, count = plan["price_amount"], plan["instalment_count"]
    yield "price", f"{amount(price)} for {plan['ordered_quantity']} x {plan['product_code']}, in {count} instalments"
    if told.what == LEFT:
        sums = f"{amount(price)} - {amount(told.paid_before)} charged before"
        yield "left", f"the subscription has ended: {sums} = {amount(told.amount or Decimal(0))}"
        return
    base, more = divmod(int(price * 100), count)
    parts = f"{count - more} of {amount(Decimal(base) / 100)}"
    parts = f"{more} of {amount(Decimal(base + 1) / 100)} first, then {parts}" if more else parts
    place = told.what.rpartition("_")[2]
    yield "instalment", f"{place} of {count}: {parts} add up to the price; {amount(told.paid_before)} charged before"
