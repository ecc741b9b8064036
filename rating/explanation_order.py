"""The state before one record of a batch: a customer's records priced again, in the order the batch priced them.

Allowances, tiers and caps are drawn on in order: by the batch that priced a record first (a re-rating keeps that
order), then by start and usage id. What a record found is therefore what the batch found, less what the
customer's records before it took.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from rating.balances import Balances, after
from rating.explanation import Explanation, Terms, explain_usage
from rating.usage_charge import charge_usage
from schemas.money import CHARGE
from schemas.tables import USAGE

_STEP = "first_batch"


@dataclass(frozen=True)
class CustomerBatch:
    """Records of one customer that one batch priced.

    `records`: USAGE columns and `first_batch`. `before`: what the batch found. `uses`: ALLOWANCE_USE
    rows of the records, where what the grants had left is not known (a re-rating gives back and draws anew): then each
    record finds in its grants exactly what it drew.
    """

    terms: Terms
    records: pl.DataFrame
    before: Balances
    uses: pl.DataFrame | None = None

    def explained(self, usage_id: str) -> Explanation:
        """Explain one record, with what those before it had left. Raises `ValueError` when it is not of this batch."""
        ordered = self.records.sort(_STEP, "started_at", "usage_id")
        place = ordered["usage_id"].index_of(usage_id)
        if place is None:
            message = f"record {usage_id} is not among those of its batch"
            raise ValueError(message)
        one, before = ordered.slice(place, 1), self._after(ordered.head(place))
        return explain_usage(one.select(USAGE.names), self.terms, self._for(one, before))

    def _after(self, records: pl.DataFrame) -> Balances:
        """Price records step by step, and return what they left."""
        state = self.before
        for _, piece in sorted(records.partition_by(_STEP, as_dict=True).items()):
            usage, found = piece.select(USAGE.names), self._for(piece, state)
            rated = charge_usage(usage, self.terms.contracts, self.terms.tariff, found)
            counted = after(state, rated.tier_use, rated.discount_use)
            state = replace(counted, grants=less(state.grants, rated.allowance_use))
        return state

    def _for(self, piece: pl.DataFrame, state: Balances) -> Balances:
        """Return what the records of one step found."""
        if self.uses is None:
            return state
        drew = self.uses.join(piece.select("usage_id"), on="usage_id", how="semi")
        return replace(state, grants=holding(state.grants, drew))


def less(grants: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """Take ALLOWANCE_USE rows off what grants have left."""
    taken = uses.group_by("grant_id").agg(pl.col("used_quantity").sum().alias("_used"))
    left = (pl.col("left_quantity") - pl.col("_used").fill_null(0)).cast(CHARGE)
    return grants.join(taken, on="grant_id", how="left").with_columns(left.alias("left_quantity")).drop("_used")


def holding(grants: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """Let grants hold exactly what ALLOWANCE_USE rows took of them: a record priced again then draws just that.

    It takes from each grant the smaller of what it needs and what is left, in the same order: where the grant had more,
    it took what it needed, and where it had not, the grant ended there. The same holds for several records in order.
    """
    taken = uses.group_by("grant_id").agg(pl.col("used_quantity").sum().cast(CHARGE).alias("left_quantity"))
    return grants.drop("left_quantity").join(taken, on="grant_id").select(grants.columns)
