"""The naive rater: docs/rating.md as plain loops over `Fraction`, one record and one increment at a time.

`rate(operator, records)` takes an operator as tables of dicts, and usage records as dicts. It returns per usage id a
reason code, `FREE`, or a dict of the rated record's columns as text.
"""

from fractions import Fraction
from itertools import groupby, pairwise
from typing import NamedTuple

from reference_discounts import Discounts
from reference_grants import Grants
from reference_rounding import as_text, rounded
from reference_terms import RefusedError, Terms, step_at
from reference_tiers import Tiers

QUANTITY = {"call": "duration_s", "data": "volume_bytes", "message": "event_count", "event": "event_count"}
TREATMENTS = {"failed": "free", "unanswered": "free", "negative": "rejected", "zero_quantity": "free"}


class Run(NamedTuple):
    """Units that lie side by side on the grid at one price of one row."""

    units: int
    row: dict
    price: Fraction


def rate(operator, records):
    rater = ReferenceRater(operator)
    ordered = sorted(records, key=lambda record: (record["started_at"], record["usage_id"]))
    return {record["usage_id"]: rater.rate(record) for record in ordered}


class ReferenceRater:
    """Rates record by record and remembers what allowances, tiers and capped discounts have given."""

    def __init__(self, operator):
        self.terms = Terms(operator)
        self.grants = Grants(self.terms)
        self.tiers = Tiers(self.terms)
        self.discounts = Discounts(self.terms)

    def rate(self, record):
        treatment = self.treatment(record)
        if treatment == "rejected":
            return "NOT_CHARGEABLE"
        if treatment == "free":
            return "FREE"
        try:
            return self.priced(record, only_attempt=treatment == "attempt_fee")
        except RefusedError as refused:
            return str(refused)

    def treatment(self, record):
        quantity = record[QUANTITY[record["usage_kind"]]]
        name = record["outcome"] if record["outcome"] != "answered" else None
        name = name or ("negative" if quantity < 0 else "zero_quantity" if quantity == 0 else None)
        return self.terms.policy.get(name, TREATMENTS[name]) if name else None

    def priced(self, record, *, only_attempt):
        terms = self.terms
        contract = terms.contract(record)
        lists, origin = terms.chain(contract), terms.origin_zone(record)
        zone = terms.zone(record, contract, lists, origin)
        row_at = terms.row_at(lists, record, origin, zone)
        start = row_at(0)
        call = {
            **contract,
            "kind": record["usage_kind"],
            "service": record["service"],
            "zone": zone,
            "band": terms.band(record["started_at"]),
            "article": start["article_no"],
            "row": start,
        }
        crossing, mode, decimals = terms.list_rules(start["price_list"])
        if only_attempt:
            fee = rounded(Fraction(start.get("attempt_fee") or 0), mode, decimals)
            amounts = result(0, 0, fee, fee)
        else:
            billed = runs(record, start, row_at, crossing)
            amounts = self.money(call, billed, mode, decimals)
        return {
            "origin_zone": origin,
            "zone_code": zone,
            "time_band": call["band"],
            "price_list": start["price_list"],
            "price_from": str(start["valid_from"]),
            "article_no": start["article_no"],
        } | amounts

    def money(self, call, billed, mode, decimals):
        """Take the money steps in the order of docs/rating.md."""
        row = call["row"]
        units = sum(run.units for run in billed)
        left = without(row.get("fee_covers") or 0, billed)
        fee = Fraction(row["connect_fee"])
        list_amount = rounded(with_fee(row, cost(left), fee), mode, decimals)
        new_price = self.discounts.new_price(call)
        to_pay = sum(run.units for run in left)
        included, waived = self.grants.take_units(call, to_pay if list_amount else 0)
        left = without(included, left)
        if new_price is not None:
            usage = (to_pay - included) * new_price / row["price_unit"]
        elif row.get("tier_code"):
            usage = self.tiers.charge(call, to_pay - included, mode, decimals)
        else:
            usage = cost(left)
        has_limits = not (included > 0 and included == to_pay)
        charge = with_fee(row, usage, Fraction() if waived else fee, has_limits=has_limits)
        charge = self.discounts.reduced(call, charge)
        amount = rounded(charge, mode, decimals)
        covered = self.grants.take_money(call, amount)
        return result(units, included, list_amount, amount - covered, covered, cost_of(units, row))


def runs(record, start, row_at, crossing):
    """Lay the record on the grid by its list's policy for borders; return the runs in order."""
    quantity = max(record[QUANTITY[record["usage_kind"]]], start.get("minimum_units") or 0)
    if record["usage_kind"] != "call":
        return list(long_grid(quantity, start))
    if crossing == "whole_call_at_start":
        return merged(grid(0, quantity, always(start)))
    if crossing == "each_part_rounded":
        borders = cuts(quantity, row_at)
        return merged(run for begins, ends in pairwise(borders) for run in grid(begins, ends, always(row_at(begins))))
    if crossing == "rounded_then_cut":
        billed = sum(run.units for run in grid(0, quantity, always(start)))
        return merged(Run(1, row_at(at), step_at(row_at(at), at)[0]) for at in range(billed))
    return merged(grid(0, quantity, row_at))


def always(row):
    return lambda _: row


def grid(begins, ends, row_at):
    """Lay the first increment, then others, until `ends` is covered; each by the row in force when it begins."""
    position = begins
    while position < ends:
        row = row_at(position)
        price, increment = step_at(row, position)
        size = row["first_increment"] if position == begins else increment
        yield Run(size, row, price)
        position += size


def long_grid(quantity, row):
    """Lay `grid(0, quantity, row)` step by step instead of increment by increment: bytes are many."""
    borders = [int(step.split(":")[0]) for step in (row.get("steps") or "").split()]
    position = row["first_increment"]
    yield Run(position, row, step_at(row, 0)[0])
    while position < quantity:
        price, increment = step_at(row, position)
        ends = min([border for border in borders if border > position] + [quantity])
        units = -((position - ends) // increment) * increment
        yield Run(units, row, price)
        position += units


def cuts(quantity, row_at):
    """List the seconds at which parts of the call begin: 0, each second that another row prices, and the end."""
    begun = [second for second in range(1, quantity) if row_at(second) is not row_at(second - 1)]
    return [0, *begun, quantity]


def merged(each):
    """Join neighbours of one row and price."""
    alike = groupby(each, key=lambda run: (id(run.row), run.price))
    return [Run(sum(run.units for run in same), first.row, first.price) for first, same in map(headed, alike)]


def headed(pair):
    same = list(pair[1])
    return same[0], same


def without(units, billed):
    """Take the first units off the runs; the rest lies where it lay."""
    rest = []
    for run in billed:
        taken = min(units, run.units)
        units -= taken
        if run.units > taken:
            rest.append(run._replace(units=run.units - taken))
    return rest


def cost(billed):
    return sum((run.units * run.price for run in billed), Fraction())


def cost_of(units, row):
    """Return what the billed units cost the operator by the row of the start, or None when it does not say."""
    if row.get("cost_per_unit") is None:
        return None
    return rounded(units * Fraction(row["cost_per_unit"]) / row["price_unit"], "half_away_from_zero", 6)


def with_fee(row, usage, fee, *, has_limits=True):
    """Add the fee, hold the charge between its limits, put the surcharge on it."""
    charge = max(usage, fee) if row.get("fee_rule") == "deductible" else usage + fee
    if has_limits and row.get("minimum_charge") is not None:
        charge = max(charge, Fraction(row["minimum_charge"]))
    if has_limits and row.get("maximum_charge") is not None:
        charge = min(charge, Fraction(row["maximum_charge"]))
    return charge * (100 + Fraction(row.get("surcharge_percent") or 0)) / 100


def result(units, included, list_amount, amount, covered=0, cost_amount=None):
    return {
        "billed_units": units,
        "included_units": included,
        "list_amount": as_text(list_amount),
        "included_amount": as_text(covered),
        "amount_ex_vat": as_text(amount),
        "cost_amount": None if cost_amount is None else as_text(cost_amount),
    }
