"""The naive rater's offers and discounts."""

from calendar import monthrange
from datetime import timedelta
from fractions import Fraction

from reference_rounding import rounded
from reference_terms import in_force

SCOPES = ("customer", "group", "plan", "all")


class Discounts:
    """Discounts and offers, and what capped discounts have taken off for each customer and month."""

    def __init__(self, terms):
        self.terms = terms
        self.taken = {}

    def fitting(self, call, kind):
        return [
            row
            for row in self.terms.rows("discount")
            if row["discount_kind"] == kind
            and self.terms.is_linked(row, call)
            and row.get("article_no") in (None, call["article"])
            and row.get("zone_code") in (None, call["zone"])
            and in_force(row, call["day"])
        ]

    def new_price(self, call):
        """Return the one new price of a unit that holds for the call, or None."""
        found = sorted(self.fitting(call, "new_price"), key=precedence)
        return Fraction(found[0]["discount_value"]) if found else None

    def reduced(self, call, charge):
        """Take off the offer, then percents each of what is left, then amounts, never below zero."""
        charge -= charge * self.offer_percent(call) / 100
        for row in sorted(self.fitting(call, "percent"), key=in_turn):
            charge -= self.capped(call, row, charge * Fraction(row["discount_value"]) / 100)
        for row in sorted(self.fitting(call, "amount"), key=in_turn):
            charge -= self.capped(call, row, min(Fraction(row["discount_value"]), max(charge, Fraction())))
        return charge

    def capped(self, call, row, taken):
        """Return what a discount may still take off for the customer in this month, and count it."""
        if row.get("monthly_cap") is None:
            return taken
        key = (row["discount_code"], call["customer"], call["day"].replace(day=1))
        so_far = self.taken.get(key, Fraction())
        most, least = max(Fraction(row["monthly_cap"]) - so_far, 0), -so_far
        taken = min(max(rounded(taken, "down", 6), least), most)
        self.taken[key] = so_far + taken
        return taken

    def offer_percent(self, call):
        activated = self.activated(call)
        for row in sorted(self.terms.rows("offer"), key=lambda row: row["offer_code"]):
            is_for = row["plan_code"] == call["plan"] and row["offer_target"] in ("usage", "both")
            if (
                is_for
                and in_force(row, activated, "activated_from", "activated_to")
                and call["day"] < end(row, activated)
            ):
                return Fraction(row["percent_off"])
        return Fraction()

    def activated(self, call):
        """Return the first day of the subscription on its plan, without interruption until the call."""
        begun = self.terms.version(call["subscription"], call["day"])["service_from"]
        while True:
            before = self.terms.version(call["subscription"], begun - timedelta(days=1))
            if before is None or before["plan_code"] != call["plan"]:
                return begun
            begun = before["service_from"]


def precedence(row):
    given = sum(row.get(name) is not None for name in ("article_no", "zone_code"))
    return (SCOPES.index(row["link_scope"]), -given, row["order_no"], row["discount_code"])


def in_turn(row):
    return (row["order_no"], row["discount_code"])


def end(offer, activated):
    """Return the first day after an offer that began on the day of activation."""
    if offer.get("offer_days") is not None:
        return activated + timedelta(days=offer["offer_days"])
    months = activated.year * 12 + activated.month - 1 + offer["offer_months"]
    year, month = months // 12, months % 12 + 1
    return activated.replace(year=year, month=month, day=min(activated.day, monthrange(year, month)[1]))
