"""The naive rater's allowances: what is granted for which period, and who draws it in which order."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from reference_rounding import rounded
from reference_terms import in_force

from schemas.periods import billing_date, latest_billing_date

UNIT_OF_KIND = {"call": "s", "data": "byte", "message": "message", "event": "event"}
NO_END = date(9999, 12, 31)
MONTH = timedelta(days=31)


def billing_period(day, billing_day):
    """Return the billing period `[from, to)` that a day lies in."""
    begins = latest_billing_date(day, billing_day)
    following = (begins.year + 1, 1) if begins.month == 12 else (begins.year, begins.month + 1)
    return begins, billing_date(*following, billing_day)


def grants_of(terms, since, on):
    """List the grants (ALLOWANCE_GRANT columns, without bucket) that hold on a day in `[since, on]`, rollover apart."""
    grants = [
        found
        for allowance in terms.rows("allowance")
        for subscription in sorted({row["subscription_id"] for row in terms.rows("subscription")})
        for found in granted(terms, allowance, subscription, since, on)
        if found["period_from"] <= on and since < found["period_to"]
    ]
    # Of several that begin on one day (`once`, linked before the service began) the one that ends last is given.
    last = {grant["grant_id"]: grant for grant in sorted(grants, key=lambda grant: grant["period_to"])}
    return list(last.values())


def granted(terms, allowance, subscription, since, on):
    """Give one grant per period, from the first day that a link gives it until the last link of the period ends."""
    code = allowance["allowance_code"]
    links = [row for row in terms.rows("allowance_link") if row["allowance_code"] == code]
    account = terms.account(
        next(r for r in terms.rows("subscription") if r["subscription_id"] == subscription)["account_id"]
    )
    for begins, ends, of_period in periods(allowance, links, account["billing_day"], since, on):
        given = [
            (day, min(ends, link.get("valid_to") or ends))
            for link in of_period
            for day in first_days(terms, link, subscription, account["customer_id"], begins, min(ends, on + MONTH))
        ]
        if given:
            start = min(day for day, _ in given)
            yield {
                "grant_id": f"{code}:{subscription}:{start}",
                "allowance_code": code,
                "account_id": account["account_id"],
                "subscription_id": subscription,
                "period_from": start,
                "period_to": max(until for _, until in given),
                "granted_quantity": share(allowance, start, begins, ends),
                "rolled_from": None,
            }


def first_days(terms, link, subscription, customer, begins, ends):
    """List the days of `[begins, ends)` on which period, service (on the plan) or link begins and all of them hold."""

    def served(day):
        version = terms.version(subscription, day)
        targets = {
            "plan": version and version["plan_code"],
            "customer": str(customer),
            "subscription": str(subscription),
        }
        return version is not None and targets.get(link["link_scope"], link["link_to"]) == link["link_to"]

    for day in (begins + timedelta(days=n) for n in range((ends - begins).days)):
        is_first = day in {begins, link["valid_from"]} or not served(day - timedelta(days=1))
        in_group = link["link_scope"] != "group" or terms.group(customer, day) == link["link_to"]
        if is_first and served(day) and in_force(link, day) and in_group:
            yield day


def periods(allowance, links, billing_day, since, on):
    """List the periods of an allowance, each with the links that may give its grant."""
    if allowance["allowance_period"] == "once":
        for link in sorted(links, key=lambda link: link["valid_from"], reverse=True):
            yield link["valid_from"], link.get("valid_to") or NO_END, [link]
        return
    begins, ends = billing_period(since, billing_day)
    while begins <= on:
        yield begins, ends, links
        begins, ends = billing_period(ends, billing_day)


def share(allowance, start, begins, ends):
    """Return the quantity, by days in a first period that is prorated; what never ends has no share."""
    quantity = Fraction(allowance["allowance_quantity"])
    if not allowance["prorated"] or start == begins or ends == NO_END:
        return allowance["allowance_quantity"]
    part = quantity * (ends - start).days / (ends - begins).days
    exact = rounded(part, "half_away_from_zero", 6 if allowance["allowance_unit"] == "money" else 0)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def rolled_over(allowance, old, left, new):
    """Return the grant that what is left of `old` becomes in the period of `new`, or None: once, up to the limit."""
    limit = allowance.get("rollover_limit")
    if limit is None or old["rolled_from"] is not None or not min(left, limit):
        return None
    return new | {
        "grant_id": f"{new['grant_id']}:rolled",
        "granted_quantity": min(left, limit),
        "rolled_from": old["grant_id"],
    }


class Grants:
    """What is left of each grant."""

    def __init__(self, terms):
        self.allowances = {row["allowance_code"]: row for row in terms.rows("allowance")}
        self.grants = terms.rows("allowance_grant")
        self.left = {row["grant_id"]: Fraction(row["granted_quantity"]) for row in self.grants}

    def take_units(self, call, need):
        """Draw from grants in their order; return (included units, whether one of them covers the fee)."""
        included, waived = 0, False
        for grant, allowance in self.in_order(call, (UNIT_OF_KIND[call["kind"]], "call")):
            if allowance["allowance_unit"] == "call" and call["kind"] != "call":
                continue
            taken = self.take(grant, allowance, need - included)
            included += taken
            waived = waived or (taken > 0 and allowance["covers_fee"])
        return included, waived

    def take(self, grant, allowance, need):
        left = self.left[grant["grant_id"]]
        if allowance["allowance_unit"] != "call":
            taken = min(need, int(left))
            self.left[grant["grant_id"]] -= taken
            return taken
        if need == 0 or left < 1:
            return 0
        self.left[grant["grant_id"]] -= 1
        return need

    def take_money(self, call, amount):
        covered = Fraction()
        for grant, _ in self.in_order(call, ("money",)):
            taken = max(min(amount - covered, self.left[grant["grant_id"]]), Fraction())
            self.left[grant["grant_id"]] -= taken
            covered += taken
        return covered

    def in_order(self, call, units):
        fitting = [
            (grant, allowance)
            for grant in self.grants
            for allowance in [self.allowances[grant["allowance_code"]]]
            if allowance["allowance_unit"] in units and may_draw(grant, allowance, call)
        ]
        return sorted(fitting, key=lambda pair: rank(*pair))


def may_draw(grant, allowance, call):
    own = allowance["allowance_scope"] == "own"
    belongs = grant["subscription_id"] == call["subscription"] if own else grant["account_id"] == call["account"]
    conditions = (("zones", "zone"), ("time_bands", "band"), ("services", "service"))
    fits = all(call[of_call] in (allowance.get(name) or call[of_call]).split() for name, of_call in conditions)
    return belongs and fits and grant["period_from"] <= call["day"] < grant["period_to"]


def rank(grant, allowance):
    """First what ends first, then the narrowest, then by priority, then what was rolled over, then by code."""
    given = sum(bool(allowance.get(name)) for name in ("zones", "time_bands", "services"))
    is_new = grant["rolled_from"] is None
    return (
        grant["period_to"],
        -given,
        allowance["priority"],
        is_new,
        allowance["allowance_code"],
        grant["grant_id"],
    )
