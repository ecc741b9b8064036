"""Instalments in a night: those that have come due are charged, and what is left of subscriptions that have ended."""

from __future__ import annotations

import polars as pl

from pipelines.night import Night
from rating.instalments import instalment_fees
from rating.one_off_charges import one_off_charges
from schemas import tables

_CHARGED = r"""
    SELECT charge_id, amount_ex_vat FROM charge
     WHERE charge_kind = 'one_off' AND regexp_matches(charge_id, ':instalment(_\d+|s_left)$')
"""
_ENDED = """
    SELECT subscription_id, max(service_to) AS ends_on FROM subscription
      SEMI JOIN instalment_plan USING (subscription_id)
     GROUP BY subscription_id HAVING count(*) = count(service_to) AND max(service_to) <= ?
"""


def instalments_due(night: Night) -> pl.DataFrame:
    """Return the CHARGE rows of instalments that have come due by this business date."""
    store, plans = night.store, night.store.read(tables.INSTALMENT_PLAN)
    if plans.is_empty():
        return tables.CHARGE.empty()
    accounts = store.read_matching(tables.ACCOUNT, plans.select("account_id"))
    ended, charged = store.query(_ENDED, [night.on]), store.query(_CHARGED)
    at_end = night.policy.billing.instalments_at_end
    fees = instalment_fees(plans, accounts, ended, charged, night.on, at_end)
    articles, of_currency = (
        night.config(tables.ARTICLE),
        plans.select("request_id", "currency").partition_by("currency"),
    )
    return pl.concat(
        one_off_charges(fees.join(some, on="request_id", how="semi"), articles, some["currency"][0], night.on)
        for some in of_currency
    )
