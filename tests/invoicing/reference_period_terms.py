"""Period terms once more, a row at a time with whole oere and fractions: slow, plain, and by another way.

One account on one billing date, no dates, groups or plans: what is compared is the order of the steps and the sharing.
"""

from collections import defaultdict
from fractions import Fraction

TARGETS = {
    "usage": {"usage", "commitment"}, "recurring": {"recurring", "commitment"},
    "service": {"usage", "recurring", "commitment"},
}  # fmt: skip
ORDER = ("usage", "recurring", "service", "all")


def half_away(value):
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


class Reference:
    """Pots by (subscription, kind, VAT class, account) in oere; `out` by (kind, code, subscription, VAT, account)."""

    def __init__(self, pots):
        self.pots, self.out = dict(pots), defaultdict(int)

    def members(self, of, target):
        return sorted(
            (key for key in self.pots if of in (None, key[0]) and (target == "all" or key[1] in TARGETS[target])),
            key=lambda key: (key[0] is not None, key[0] or 0, *key[1:]),
        )

    def sum(self, keys):
        return sum(self.pots[key] for key in keys)

    def account(self):
        return max(self.sum(self.pots), 0)

    def take(self, kind, code, of, target, wish):
        keys = [key for key in self.members(of, target) if self.pots[key] > 0]
        whole = self.sum(keys)
        wanted = [Fraction(wish * self.pots[key], whole) if whole else Fraction(0) for key in keys]
        given = [int(each) for each in wanted]
        by_rest = sorted(range(len(keys)), key=lambda n: (given[n] - wanted[n], n))
        for n in by_rest[: (wish if whole else 0) - sum(given)]:
            given[n] += 1
        for key, amount in zip(keys, given, strict=True):
            self.pots[key] -= amount
            self.out[kind, code, of, *key[2:]] -= amount

    def rebate(self, code, of, mode, tiers):
        counted = self.sum(self.members(of, "usage"))
        ends = [since for since, _ in tiers[1:]] + [None]
        exact = Fraction(0)
        for (since, percent), end in zip(tiers, ends, strict=True):
            if counted < since or counted <= 0:
                continue
            part = (counted if end is None else min(counted, end)) - since
            whole = counted if end is None or counted < end else 0
            exact += Fraction(percent) * (part if mode == "graduated" else whole) / 100
        self.take("rebate", code, of, "usage", min(half_away(exact), max(counted, 0)))

    def coupon(self, code, of, target, percent, amount):
        held = max(self.sum(self.members(of, target)), 0)
        wish = min(amount, held) if percent is None else half_away(Fraction(percent) * held / 100)
        self.take("coupon", code, of, target, min(wish, self.account()))

    def cap(self, code, of, target, most):
        counted = self.sum(self.members(of, target))
        self.take("cap", code, of, target, max(min(counted - most, counted), 0))

    def top_up(self, code, of, target, least):
        below = least - self.sum(self.members(of, target))
        if below > 0:
            key = (of, "commitment", "standard", "3731")
            self.pots[key] = self.pots.get(key, 0) + below
            self.out["commitment", code, of, "standard", "3731"] += below

    def amounts(self):
        return {key: amount for key, amount in self.out.items() if amount}
