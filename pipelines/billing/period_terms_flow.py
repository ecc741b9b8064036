"""Terms of the period while bills are made: what they ask of the lake, and what is written once invoices are final.

Nothing of it is written before: a draft that is held, or a night that is killed, leaves no charge and no coupon used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import polars as pl

from invoicing.cost_centres import with_users
from invoicing.finalisation import Register
from invoicing.invoice_lines import LINE_KEY, with_fee_period
from invoicing.paper_fee import paper_fees
from invoicing.period_term_cases import Subjects, billed_accounts, services_of
from invoicing.period_terms import PeriodCharges, TermsInForce, coupon_uses, period_terms
from pipelines.night import Night
from schemas import tables
from schemas.coded_text import plain

LONGEST_PERIOD = timedelta(days=31)
_NOTHING = PeriodCharges(
    tables.CHARGE.empty().with_columns(pl.lit(None, pl.Date).alias("billing_date")),
    pl.DataFrame(schema=dict.fromkeys(("charge_id", "redemption_id", "coupon_code"), pl.String)),
)
_USED = "SELECT redemption_id, count(*) AS used FROM coupon_use GROUP BY redemption_id"
# What a basis has invoiced since an account's last billing date.
OF_BASES = """
    SELECT c.* FROM charge c JOIN billed_charge b USING (charge_id)
      SEMI JOIN invoice_basis i ON i.invoice_no = b.invoice_no
"""


@dataclass(frozen=True)
class AddedCharges:
    """What terms and the paper fee add to the charges due, not written yet.

    `due`: all of them, in the columns of those due; `made` and `fees`: whole CHARGE rows with `billing_date`.
    """

    due: pl.DataFrame
    made: PeriodCharges
    fees: pl.DataFrame


@dataclass(frozen=True)
class PeriodFacts:
    """What terms of the period look at beside the charges due, read once for all parts of a night's accounts."""

    night: Night

    @cached_property
    def terms(self) -> TermsInForce:
        """The terms of the configuration, and the coupons redeemed with how often each was used."""
        redeemed = self.night.read(tables.COUPON_REDEMPTION)
        used = self.night.store.query(_USED).select("redemption_id", pl.col("used").cast(pl.Int64))
        counted = redeemed.join(used, on="redemption_id", how="left").with_columns(pl.col("used").fill_null(0))
        return TermsInForce(self.night.config(tables.REBATE), self.night.config(tables.COMMITMENT), counted)

    @cached_property
    def subscriptions(self) -> pl.DataFrame:
        """SUBSCRIPTION rows."""
        return self.night.read(tables.SUBSCRIPTION)

    @cached_property
    def _of_bases(self) -> pl.DataFrame:
        return self.night.store.select(tables.CHARGE, OF_BASES)

    def invoiced_before(self, dates: pl.DataFrame) -> pl.DataFrame:
        """Return what bases have invoiced between the last billing date of the accounts that are due and this one."""
        return of_period(self._of_bases, dates)


def of_period(charges: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    """Keep charges between the last billing date of their account and this one, which they get (`billing_date`)."""
    since = pl.col("billed_to").is_null() | (pl.col("service_from") >= pl.col("billed_to"))
    # A draft may wait while a basis of the period after it is invoiced.
    before = pl.col("service_from") < pl.col("billing_date")
    return charges.join(dates, on="account_id").filter(since & before).drop("billed_to")


def with_period_terms(facts: PeriodFacts, due: pl.DataFrame, dates: pl.DataFrame, whose: Register) -> AddedCharges:
    """Add to the charges due (`charges_of`) what terms of the period and the paper fee make of them.

    `dates`: the accounts billed, as `accounts_due` gives them; `whose`: at least these.
    """
    night, accounts = facts.night, whose.accounts
    if facts.terms.are_none:
        return _with_paper_fee(night, due, accounts, _NOTHING)
    billed = billed_accounts(dates, accounts, whose.customers, night.config(tables.CUSTOMER_GROUP))
    since = night.on - timedelta(days=night.policy.limits.request_days_back) - LONGEST_PERIOD
    made = period_terms(
        with_fee_period(with_users(plain(due), whose.corporate)),
        facts.invoiced_before(dates),
        facts.terms,
        Subjects(billed, services_of(billed, facts.subscriptions)),
        night.config(tables.ARTICLE),
        line=LINE_KEY,
        since=since,
        charged_on=night.on,
    )
    return _with_paper_fee(night, due, accounts, made)


def _with_paper_fee(night: Night, due: pl.DataFrame, accounts: pl.DataFrame, made: PeriodCharges) -> AddedCharges:
    together = pl.concat([due, made.charges.select(due.columns).cast(due.schema)])
    billing, currency = night.policy.billing, night.policy.operator.currency
    article = night.config(tables.ARTICLE).filter(article_no=billing.paper_fee_article_no)
    fees = paper_fees(together, accounts, article, billing.paper_fee, currency, night.on)
    return AddedCharges(pl.concat([together, fees.select(due.columns).cast(due.schema)]), made, fees)


def write_period_terms(night: Night, added: AddedCharges, billed: pl.DataFrame) -> None:
    """Write the charges that stand on an invoice (BILLED_CHARGE rows), and which coupons reduced it."""
    made = pl.concat([added.made.charges.select(added.fees.columns), added.fees])
    if made.is_empty():
        return
    charges = made.join(billed, on="charge_id", how="semi")
    night.store.append(tables.CHARGE, charges.drop("billing_date"))
    night.store.append(tables.COUPON_USE, coupon_uses(added.made, billed))
