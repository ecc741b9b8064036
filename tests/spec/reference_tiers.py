"""The naive rater's tiers: F of all units counted so far, less F before the call."""

from fractions import Fraction

from reference_grants import billing_period
from reference_rounding import rounded


class Tiers:
    """Units counted per tier table, period and whose they are."""

    def __init__(self, terms):
        self.rows = terms.rows("tier")
        self.counted = {}

    def charge(self, call, units, mode, decimals):
        """Count a call's units and return F(after) - F(before), each rounded as the list says."""
        table = sorted(
            (row for row in self.rows if row["tier_code"] == call["row"]["tier_code"]), key=lambda row: row["tier_from"]
        )
        scope = table[0]["tier_scope"]
        key = (table[0]["tier_code"], scope, call[scope], billing_period(call["day"], call["billing_day"]))
        before = self.counted.get(key, 0)
        self.counted[key] = before + units
        return rounded(total(table, before + units), mode, decimals) - rounded(total(table, before), mode, decimals)


def total(table, units):
    """Return F(units): what so many units of a period cost."""
    mode = table[0]["tier_mode"]
    cost = Fraction()
    for row in table:
        open_end = row.get("tier_to") is None
        ends = units if open_end else min(units, row["tier_to"])
        inside = max(ends - row["tier_from"], 0)
        price = Fraction(row["price_per_unit"])
        if mode == "graduated":
            cost += inside * price / row["price_unit"]
        elif mode == "package":
            cost += -(-inside // row["price_unit"]) * price
        elif row["tier_from"] < units and (open_end or units <= row["tier_to"]):
            cost = units * price / row["price_unit"]
    return cost
