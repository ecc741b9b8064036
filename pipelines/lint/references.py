"""Every name that a file uses is defined somewhere: articles, zones, bands, plans, lists, accounts and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.configuration.fault import Fault, Severity
from pipelines.configuration.policy_file import FILE, PolicyFile
from pipelines.configuration.tables import WHEN_EMPTY
from pipelines.lint.findings import Frames, findings
from schemas.codes import CUSTOMER_CATEGORIES, SERVICES

MAIN_PLAN, HOME = WHEN_EMPTY["numbering_plan"], WHEN_EMPTY["origin_zone"]
RELATION_ZONES = ("friends_zone", "closed_group_zone", "own_network_zone")


@dataclass(frozen=True)
class Target:
    """What a name may be: values of columns of files, and some that are always there."""

    file: str
    columns: tuple[tuple[str, str], ...]
    always: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        """What to do about a name that is not there."""
        return f"add it to {self.file}, or use one that is there" if self.columns else f"use {', '.join(self.always)}"


_ARTICLE = Target("articles.csv", (("article", "article_no"),))
_VAT_CLASS = Target("vat_rates.csv", (("vat_rate", "vat_class"),))
_ACCOUNT = Target("accounts.csv", (("ledger_account", "ledger_account"),))
_BAND = Target("time_bands.csv", (("time_band", "time_band"),))
_PRICE_LIST = Target("prices.csv", (("price", "price_list"),))
_PLAN = Target("plans.csv", (("plan", "plan_code"),))
_PRODUCT_GROUP = Target("plans.csv", (("plan", "product_group"),))
_TIER = Target("tiers.csv", (("tier", "tier_code"),))
_ALLOWANCE = Target("allowances.csv", (("allowance", "allowance_code"),))
_NUMBERING_PLAN = Target("zones.csv", (("zone_prefix", "numbering_plan"),), (MAIN_PLAN,))
_ZONE = Target("zones.csv", (("zone_prefix", "zone_code"), ("special_number", "zone_code")))
_SOLD = Target("plans.csv", (("plan", "service"),))
_SERVICE = Target("the list of services", (), SERVICES)
_GROUP = Target("customer_groups.csv", (("customer_group", "customer_group"),), CUSTOMER_CATEGORIES)


@dataclass(frozen=True)
class Reference:
    """A column whose every value must be one of its target's; `also` may stand there too.

    With `listed` a cell holds several, separated by blanks; `scope` limits it to rows of one `link_scope`. A `warning`
    is told of what may be meant: a carrier's list is declared before its first prices are imported.
    """

    file: str
    table: str
    column: str
    target: Target
    also: tuple[str, ...] = ()
    listed: bool = False
    scope: str = ""
    severity: Severity = "fault"

    @property
    def names(self) -> pl.Expr:
        """What the column names, row by row or, where a cell lists several, one after the other; nulls may be left."""
        column = pl.col(self.column)
        if self.listed:
            return column.str.extract_all(r"\S+").explode()
        return column.filter(pl.col("link_scope") == self.scope) if self.scope else column


REFERENCES = (
    Reference("prices.csv", "price", "article_no", _ARTICLE),
    Reference("prices.csv", "price", "zone_code", _ZONE),
    Reference("prices.csv", "price", "origin_zone", _ZONE, ("*", HOME)),
    Reference("prices.csv", "price", "time_band", _BAND, ("*",)),
    Reference("prices.csv", "price", "tier_code", _TIER),
    Reference("prices.csv", "price", "vat_class", _VAT_CLASS),
    Reference("prices.csv", "price", "revenue_account", _ACCOUNT),
    Reference("price_lists.csv", "price_list", "price_list", _PRICE_LIST, severity="warning"),
    Reference("price_lists.csv", "price_list", "numbering_plan", _NUMBERING_PLAN),
    Reference("price_list_links.csv", "price_list_link", "price_list", _PRICE_LIST),
    Reference("price_list_links.csv", "price_list_link", "link_to", _PLAN, scope="plan"),
    Reference("price_list_links.csv", "price_list_link", "link_to", _GROUP, scope="group"),
    Reference("discounts.csv", "discount", "link_to", _PLAN, scope="plan"),
    Reference("discounts.csv", "discount", "link_to", _GROUP, scope="group"),
    Reference("discounts.csv", "discount", "article_no", _ARTICLE),
    Reference("discounts.csv", "discount", "zone_code", _ZONE),
    Reference("allowances.csv", "allowance", "zones", _ZONE, listed=True),
    Reference("allowances.csv", "allowance", "time_bands", _BAND, listed=True),
    Reference("allowances.csv", "allowance", "services", _SERVICE, listed=True),
    Reference("allowance_links.csv", "allowance_link", "allowance_code", _ALLOWANCE),
    Reference("allowance_links.csv", "allowance_link", "link_to", _PLAN, scope="plan"),
    Reference("allowance_links.csv", "allowance_link", "link_to", _GROUP, scope="group"),
    Reference("offers.csv", "offer", "plan_code", _PLAN),
    Reference("switches.csv", "switch_plan", "numbering_plan", _NUMBERING_PLAN),
    Reference("spend_limits.csv", "spend_limit", "link_to", _PLAN, scope="plan"),
    Reference("spend_limits.csv", "spend_limit", "link_to", _GROUP, scope="group"),
    Reference("repricing.csv", "repricing", "customer_group", _GROUP),
    Reference("repricing.csv", "repricing", "old_list", _PRICE_LIST),
    Reference("repricing.csv", "repricing", "new_list", _PRICE_LIST),
    Reference("plans.csv", "plan", "price_list", _PRICE_LIST),
    Reference("plans.csv", "plan", "article_no", _ARTICLE),
    Reference("plans.csv", "plan", "activation_article_no", _ARTICLE),
    Reference("plan_prices.csv", "plan_price", "plan_code", _PLAN),
    Reference("bundle_parts.csv", "bundle_part", "plan_code", _PLAN),
    Reference("bundle_parts.csv", "bundle_part", "article_no", _ARTICLE),
    Reference("network_elements.csv", "network_element", "service", _SOLD, severity="warning"),
    Reference("contract_terms.csv", "contract_term", "product_group", _PRODUCT_GROUP, ("*",)),
    Reference("contract_terms.csv", "contract_term", "plan_code", _PLAN, ("*",)),
    Reference("contract_terms.csv", "contract_term", "fee_article_no", _ARTICLE),
    Reference("plan_changes.csv", "plan_change", "from_plan", _PLAN),
    Reference("plan_changes.csv", "plan_change", "to_plan", _PLAN),
    Reference("plan_changes.csv", "plan_change", "fee_article_no", _ARTICLE),
    Reference("rebates.csv", "rebate", "link_to", _PLAN, scope="plan"),
    Reference("rebates.csv", "rebate", "link_to", _GROUP, scope="group"),
    Reference("coupons.csv", "coupon", "link_to", _PLAN, scope="plan"),
    Reference("coupons.csv", "coupon", "link_to", _GROUP, scope="group"),
    Reference("commitments.csv", "commitment", "link_to", _PLAN, scope="plan"),
    Reference("commitments.csv", "commitment", "link_to", _GROUP, scope="group"),
    Reference("rebates.csv", "rebate", "article_no", _ARTICLE),
    Reference("coupons.csv", "coupon", "article_no", _ARTICLE),
    Reference("commitments.csv", "commitment", "minimum_article_no", _ARTICLE),
    Reference("commitments.csv", "commitment", "maximum_article_no", _ARTICLE),
    Reference("products.csv", "product", "article_no", _ARTICLE),
    Reference("resellers.csv", "reseller", "price_list", _PRICE_LIST),
    Reference("articles.csv", "article", "vat_class", _VAT_CLASS),
    Reference("articles.csv", "article", "revenue_account", _ACCOUNT),
    Reference("vat_rates.csv", "vat_rate", "vat_account", _ACCOUNT),
    Reference("vat_rates.csv", "vat_rate", "revenue_account", _ACCOUNT),
)


@dataclass(frozen=True)
class ReferenceCheck:
    """The references of one configuration.

    Tables not among `whole` have faults of their own: what they may yet turn out to hold is not called missing.
    """

    policy: PolicyFile
    frames: Frames
    whole: set[str]

    def faults(self) -> list[Fault]:
        """Tell every name that is defined nowhere."""
        faults = [fault for each in REFERENCES for fault in self._dangling(each)]
        return faults + self._policy_names()

    @cached_property
    def _known(self) -> dict[Target, set[str] | None]:
        return {target: self._values(target) for target in {each.target for each in REFERENCES}}

    def _values(self, target: Target) -> set[str] | None:
        """Return what a target's names are, None when that cannot be told."""
        if any(table not in self.whole for table, _ in target.columns):
            return None
        known = set(target.always)
        if target == _ZONE:
            if self.policy.rating is None:
                return None
            known |= {getattr(self.policy.rating, name) for name in RELATION_ZONES}
        return known.union(*(self.frames[table][column].unique().to_list() for table, column in target.columns))

    @cached_property
    def _used(self) -> dict[Reference, set[str]]:
        """The names that each reference uses: found for all columns of a table in one pass."""
        used: dict[Reference, set[str]] = {}
        for table in {each.table for each in REFERENCES}:
            references = [each for each in REFERENCES if each.table == table]
            lists = self.frames[table].select(
                each.names.drop_nulls().unique().implode().alias(str(n)) for n, each in enumerate(references)
            )
            used |= {each: set(names) for each, names in zip(references, lists.row(0), strict=True)}
        return used

    def _dangling(self, reference: Reference) -> list[Fault]:
        known, rows, column = self._known[reference.target], self.frames[reference.table], reference.column
        unknown = set() if known is None else self._used[reference] - known - set(reference.also)
        if not unknown:
            return []
        if reference.scope:
            rows = rows.filter(pl.col("link_scope") == reference.scope)
        if reference.listed:
            rows = rows.with_columns(pl.col(column).str.extract_all(r"\S+")).explode(column)
        rows = rows.filter(pl.col(column).is_in(list(unknown)))
        name = f"{reference.scope} {{{column}}}" if reference.scope else f"{column} {{{column}}}"
        problem, remedy = f"{name} is not in {reference.target.file}", reference.target.remedy
        return findings(rows, reference.file, column, problem, remedy, severity=reference.severity)

    def _policy_names(self) -> list[Fault]:
        """Tell zones and lists of `[rating]` that no price row has."""
        rating, prices = self.policy.rating, self.frames["price"]
        if rating is None or "price" not in self.whole:
            return []
        settings = [(name, "zone_code") for name in RELATION_ZONES] + [("wholesale_list", "price_list")]
        named = [(name, getattr(rating, name), column) for name, column in settings]
        found = prices.select((pl.col(column) == value).any().alias(name) for name, value, column in named).row(0)
        return [
            Fault(
                FILE,
                self.policy.line("rating", name),
                value,
                f"rating.{name}: no row of prices.csv has the {column} {value}",
                "add a price for it, or leave the setting empty",
            )
            for (name, value, column), is_found in zip(named, found, strict=True)
            if value and not is_found
        ]
