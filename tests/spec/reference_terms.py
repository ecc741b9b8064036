"""The naive rater's first half: who pays, where to, by which price row. Plain loops over rows.

Written from docs/rating.md alone. Rows are dicts of the configuration's columns; one that is absent is null.
"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class RefusedError(Exception):
    """A record that cannot be priced; the text is its reason code."""


def in_force(row, day, begins="valid_from", ends="valid_to"):
    return row[begins] <= day and (row.get(ends) is None or day < row[ends])


def step_at(row, position):
    """Return (price of one unit, increment) that the row has at a position of the call."""
    price, increment = row["price_per_unit"], row["increment"]
    for step in (row.get("steps") or "").split():
        unit, rest = step.split(":")
        if int(unit) <= position:
            price, increment = rest.split("/")
    return Fraction(Decimal(price)) / row["price_unit"], int(increment)


class Terms:
    """An operator's tables, read row by row."""

    def __init__(self, operator):
        self.operator = operator
        self.zone_of_clock = ZoneInfo(operator.get("time_zone", "Europe/Stockholm"))
        self.policy = operator.get("policy", {})
        self.seen = {}

    def rows(self, table):
        return self.operator.get(table, [])

    def day(self, moment):
        return moment.astimezone(self.zone_of_clock).date()

    def band(self, moment):
        """Read the clock: the band of this time on this kind of day."""
        shown = moment.astimezone(self.zone_of_clock)
        free = any(row["holiday_on"] == shown.date() for row in self.rows("holiday"))
        kind = "holiday" if free else DAYS[shown.weekday()]
        time = f"{shown.hour:02}:{shown.minute:02}"
        for row in self.rows("time_band"):
            if kind in row["weekdays"].split() and row["band_from"] <= time < row["band_to"]:
                return row["time_band"]
        raise RefusedError("NO_PRICE")

    # Who pays

    def holder(self, number, moment):
        """Return the subscription that holds a number at a moment, or None."""
        for row in self.rows("number_assignment"):
            if row["a_number"] == number and in_force(row, moment, "owned_from", "owned_to"):
                return row["subscription_id"]
        return None

    def version(self, subscription, day):
        for row in self.rows("subscription"):
            if row["subscription_id"] == subscription and in_force(row, day, "service_from", "service_to"):
                return row
        return None

    def contract(self, record):
        """Return who pays: subscription, plan, account, customer and group at the start."""
        day = self.day(record["started_at"])
        subscription = self.holder(record["a_number"], record["started_at"])
        if subscription is None:
            raise RefusedError("UNKNOWN_A_NUMBER")
        version = self.version(subscription, day)
        if version is None:
            raise RefusedError("NO_PLAN")
        account = self.account(version["account_id"])
        return {
            "subscription": subscription,
            "plan": version["plan_code"],
            "account": account["account_id"],
            "billing_day": account["billing_day"],
            "customer": account["customer_id"],
            "group": self.group(account["customer_id"], day),
            "day": day,
        }

    def account(self, account_id):
        return next(row for row in self.rows("account") if row["account_id"] == account_id)

    def group(self, customer, day):
        for row in self.rows("customer_group"):
            if row["customer_id"] == customer and in_force(row, day):
                return row["customer_group"]
        return next(row for row in self.rows("customer") if row["customer_id"] == customer)["customer_category"]

    def is_linked(self, row, contract):
        """Whether a link's scope and target fit the contract."""
        targets = {
            "customer": str(contract["customer"]),
            "group": contract["group"],
            "plan": contract["plan"],
            "subscription": str(contract["subscription"]),
        }
        return targets.get(row["link_scope"], "*") == row["link_to"]

    def chain(self, contract):
        """List the price lists of the contract: the customer's own, the group's, the plan's, the basic list."""
        lists = []
        for scope in ("customer", "group", "plan", "basic"):
            linked = [
                row["price_list"]
                for row in self.rows("price_list_link")
                if row["link_scope"] == scope and self.is_linked(row, contract) and in_force(row, contract["day"])
            ]
            if scope == "plan" and not linked:
                linked = [row["price_list"] for row in self.rows("plan") if row["plan_code"] == contract["plan"]]
            lists += linked
        return lists

    # Where to

    def numbering_plan(self, record):
        for row in self.rows("switch_plan"):
            if row["source_system"] == record["source_system"]:
                return row["numbering_plan"]
        return "main"

    def zone_of_prefix(self, number, plan):
        fitting = [
            row
            for row in self.rows("zone_prefix")
            if (row.get("numbering_plan") or "main") == plan and number.startswith(row["prefix"])
        ]
        if not fitting:
            raise RefusedError("NO_ZONE")
        return max(fitting, key=lambda row: len(row["prefix"]))["zone_code"]

    def origin_zone(self, record):
        number = record.get("origin_number")
        try:
            return self.zone_of_prefix(number, "main") if number else "home"
        except RefusedError:
            return "unknown"

    def related_zones(self, record, contract):
        """List the zones of the relations that hold between caller and called number, first the closest."""
        called, moment = record["b_number"], record["started_at"]
        if any(
            row["subscription_id"] == contract["subscription"]
            and row["friend_number"] == called
            and in_force(row, contract["day"])
            for row in self.rows("friend_number")
        ):
            yield self.policy.get("friends_zone")
        version = self.version(self.holder(called, moment), contract["day"])
        if version is not None:
            if self.account(version["account_id"])["customer_id"] == contract["customer"]:
                yield self.policy.get("closed_group_zone")
            yield self.policy.get("own_network_zone")

    def zone(self, record, contract, lists, origin):
        for zone in self.related_zones(record, contract):
            if zone and self.find_row(lists, kind_and_service(record), origin, zone, record["started_at"]):
                return zone
        plan = self.numbering_plan(record)
        for row in self.rows("special_number"):
            if row["b_number"] == record["b_number"] and (row.get("numbering_plan") or "main") == plan:
                return row["zone_code"]
        return self.zone_of_prefix(record["b_number"], plan)

    # By which row

    def find_row(self, lists, service, origin, zone, moment):
        """Return the row in force: the first list that has one, and in it the most specific; or None."""
        # Bands and dates turn on whole minutes, so a minute has one answer.
        key = (*lists, service, origin, zone, moment.replace(second=0, microsecond=0))
        if key not in self.seen:
            self.seen[key] = self.search(lists, service, origin, zone, moment)
        return self.seen[key]

    def search(self, lists, service, origin, zone, moment):
        day, band = self.day(moment), self.band(moment)
        for price_list in lists:
            fitting = [
                row
                for row in self.rows("price")
                if row["price_list"] == price_list
                and row["zone_code"] == zone
                and row.get("usage_kind") in (None, service[0])
                and row.get("service") in (None, service[1])
                and (row.get("origin_zone") or "home") in ("*", origin)
                and row["time_band"] in ("*", band)
                and in_force(row, day)
            ]
            if fitting:
                return max(fitting, key=specificity)
        return None

    def row_at(self, lists, record, origin, zone):
        """Return a function that gives the row in force at a position of the record, or refuses it."""

        def row(position):
            moment = record["started_at"] + timedelta(seconds=position)
            found = self.find_row(lists, kind_and_service(record), origin, zone, moment)
            if found is None:
                raise RefusedError("NO_PRICE")
            return found

        return row

    def list_rules(self, price_list):
        """Return (crossing rule, rounding mode, decimals) of a list, defaults filled in."""
        found = next((row for row in self.rows("price_list") if row["price_list"] == price_list), {})
        decimals = found.get("rounding_decimals")
        return (
            found.get("crossing_rule") or "increment_at_start",
            found.get("rounding_mode") or "half_away_from_zero",
            6 if decimals is None else decimals,
        )


def kind_and_service(record):
    return (record["usage_kind"], record["service"])


def specificity(row):
    """Rank rows of one list: a named kind goes before a named service, then origin zone, then band."""
    return (
        row.get("usage_kind") is not None,
        row.get("service") is not None,
        (row.get("origin_zone") or "home") != "*",
        row["time_band"] != "*",
    )
