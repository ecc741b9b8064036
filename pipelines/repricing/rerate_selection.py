"""Which priced records a re-rating looks at, read from the lake a piece at a time.

A charge lies within one day and one account bucket, so pieces of whole days and buckets never part a charge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.charging.rating_batch import PIECE_ROWS
from pipelines.lake.table_sql import quoted
from pipelines.night import Night
from rating.charges import BOOKED_AS_ONE, with_charge_id
from rating.contracts import Contracts
from rating.interval_lookup import gathered
from rating.rerating import in_force
from schemas import tables


class SelectionError(Exception):
    """What was asked to be re-rated names a list, customer or file that is not there."""


@dataclass(frozen=True)
class Selection:
    """Priced records whose local day lies in `[since, until]`, both included, narrowed down where given.

    `price_list` gave the price, `customer_id` was charged, `file` (its name, or how its SHA-256 begins) brought them.
    """

    since: date
    until: date
    price_list: str | None = None
    customer_id: int | None = None
    file: str | None = None

    @property
    def parts_charges(self) -> bool:
        """Whether a charge may hold records that are selected beside others that are not."""
        return self.price_list is not None or self.file is not None

    def require(self, night: Night) -> None:
        """Raise `SelectionError` when a list, customer or file asked for is not known."""
        asked = (
            ("price list", self.price_list, "SELECT 1 FROM rated_usage WHERE price_list = ? LIMIT 1"),
            ("customer", self.customer_id, "SELECT 1 FROM customer WHERE customer_id = ?"),
            ("file", self.file, f"SELECT 1 FROM source_file WHERE {_FILE}"),  # noqa: S608 (ours)
        )
        for what, value, sql in asked:
            if value is not None and night.store.query(sql, [value] * sql.count("?")).is_empty():
                message = (
                    f"no priced usage of {what} {value}: see dim_customer, fact_usage or source_file for what there is"
                )
                raise SelectionError(message)


_FILE = "file_name = ? OR starts_with(file_sha256, ?)"


@dataclass(frozen=True)
class PricedUsage:
    """The priced records of a selection, as they were before batch `number`."""

    night: Night
    selection: Selection
    number: int

    @property
    def _condition(self) -> tuple[str, list[object]]:
        chosen = self.selection
        parts: list[str] = ["started_on BETWEEN ? AND ?", "rated_batch < ?"]
        values: list[object] = [chosen.since, chosen.until, self.number]
        if chosen.price_list is not None:
            parts.append("price_list = ?")
            values.append(chosen.price_list)
        if chosen.customer_id is not None:
            own = "(SELECT account_id FROM account WHERE customer_id = ?)"
            moved = f"(SELECT usage_id FROM rerated_usage WHERE account_id IN {own})"  # noqa: S608 (ours)
            parts.append(f"(account_id IN {own} OR usage_id IN {moved})")
            values += [chosen.customer_id, chosen.customer_id]
        if chosen.file is not None:
            parts.append(f"file_sha256 IN (SELECT file_sha256 FROM source_file WHERE {_FILE})")  # noqa: S608 (ours)
            values += [chosen.file, chosen.file]
        return " AND ".join(parts), values

    def accounts(self) -> pl.DataFrame:
        """Return the accounts that were charged: `account_id`, `first_day`, `last_day`, of records as they stand."""
        where, values = self._condition
        sql = (
            f"WITH chosen AS (SELECT usage_id, account_id, started_on FROM rated_usage WHERE {where}), "  # noqa: S608 (ours)
            "moved AS (SELECT x.account_id, x.started_on FROM rerated_usage x SEMI JOIN chosen USING (usage_id)) "
            "SELECT account_id, min(started_on) AS first_day, max(started_on) AS last_day "
            "FROM (SELECT account_id, started_on FROM chosen UNION ALL SELECT * FROM moved) "
            "GROUP BY account_id ORDER BY account_id"
        )
        return self.night.store.query(sql, values)

    def pieces(self) -> Iterator[pl.DataFrame]:
        """Give the selected records as they stand, with all others of charges not invoiced yet (see `in_force`)."""
        where, values = self._condition
        counts = self.night.store.query(
            f"SELECT started_on, account_bucket, count(*)::BIGINT AS n FROM rated_usage WHERE {where} "  # noqa: S608 (ours)
            "GROUP BY ALL ORDER BY ALL",
            values,
        )
        pieces = counts.with_columns(((pl.col("n").cum_sum() - pl.col("n")) // PIECE_ROWS).alias("piece"))
        for piece in pieces.partition_by("piece", maintain_order=True):
            first, last = piece.row(0)[:2], piece.row(-1)[:2]
            within = (
                f"{where} AND started_on BETWEEN ? AND ? "
                "AND (started_on > ? OR account_bucket >= ?) AND (started_on < ? OR account_bucket <= ?)"
            )
            bounds = [first[0], last[0], *first, *last]
            found = self.night.store.read(tables.RATED_USAGE, within, [*values, *bounds])
            yield self._whole_charges(found)

    def moved(self, contracts: Contracts) -> pl.DataFrame:
        """Find the selected records whose number belonged to another account than the charged one when they started.

        Columns of `in_force` and `new_account_id`. Only numbers that had several owners are looked at.
        """
        where, values = self._condition
        sql = f"SELECT DISTINCT a_number, account_id FROM rated_usage WHERE {where}"  # noqa: S608 (ours)
        charged = self.night.store.query(sql, values)
        owned = contracts.spans.select("a_number", "account_id").unique()
        several = owned.filter(pl.len().over("a_number") > 1)
        strange = pl.concat(
            [charged.join(owned, on=owned.columns, how="anti"), charged.join(several, on="a_number", how="semi")]
        )
        of_numbers = f"{where} AND a_number IN (SELECT unnest(?::VARCHAR[]))"
        numbers = strange["a_number"].unique().to_list()
        held = self.held(self.night.store.read(tables.RATED_USAGE, of_numbers, [*values, numbers]))
        owner = contracts.spans_of(held["a_number"], held["started_at"])
        new = gathered(contracts.spans, owner, "account_id")[0].alias("new_account_id")
        return held.with_columns(new).filter(pl.col("new_account_id") != pl.col("account_id"))

    def _whole_charges(self, rated: pl.DataFrame) -> pl.DataFrame:
        held = self.held(rated)
        return self.with_open_charges(held) if self.selection.parts_charges else held

    def with_open_charges(self, rated: pl.DataFrame) -> pl.DataFrame:
        """Add the other records of charges that are not invoiced yet to records from `held`."""
        # Of an open charge nothing was corrected: its records still bear what it books on.
        of_open = rated.filter(~pl.col("is_invoiced")).select(BOOKED_AS_ONE)
        others = self.night.store.read_matching(tables.RATED_USAGE, of_open, days_of(rated))
        return pl.concat([rated, self.held(others.join(rated, on="usage_id", how="anti"))])

    def of_accounts(self, spans: pl.DataFrame) -> pl.DataFrame:
        """Return all priced records of accounts on the days of `spans` (`account_id`, `day_from`, `day_to`)."""
        store = self.night.store
        first, after_last = spans.select(pl.col("day_from").min(), pl.col("day_to").max()).row(0)
        days = f"started_on >= DATE {quoted(str(first))} AND started_on < DATE {quoted(str(after_last))}"
        accounts = spans.select("account_id")
        moved = store.read_matching(tables.RERATED_USAGE, accounts).select("usage_id")
        own = store.read_matching(tables.RATED_USAGE, accounts, days)
        came = store.read_matching(tables.RATED_USAGE, moved, days).join(own, on="usage_id", how="anti")
        inside = (pl.col("started_on") >= pl.col("day_from")) & (pl.col("started_on") < pl.col("day_to"))
        found = pl.concat([own, came]).filter(pl.col("rated_batch") < self.number)
        held = self.held(found).join(spans.select("account_id", "day_from", "day_to"), on="account_id")
        return held.filter(inside).drop("day_from", "day_to")

    def held(self, rated: pl.DataFrame) -> pl.DataFrame:
        """Return RATED_USAGE rows as they stand after earlier re-ratings (see `in_force`)."""
        store = self.night.store
        rerated = store.read_matching(tables.RERATED_USAGE, rated.select("usage_id"))
        own = with_charge_id(rated).select("charge_id")
        # What stands in an invoice basis is as fixed as what was invoiced: somebody may be looking at it.
        fixed = [store.read_matching(t, own).select("charge_id") for t in (tables.BILLED_CHARGE, tables.BASIS_CHARGE)]
        return in_force(rated, rerated, pl.concat(fixed))

    def usage(self, held: pl.DataFrame) -> pl.DataFrame:
        """Return the USAGE rows of priced records; the nights of their files let DuckLake pass over all others."""
        nights = self.night.store.read_matching(tables.SOURCE_FILE, held.select("file_sha256"))["received_on"]
        where = f"received_on BETWEEN DATE {quoted(str(nights.min()))} AND DATE {quoted(str(nights.max()))}"
        where = where if nights.len() else "false"
        return self.night.store.read_matching(tables.USAGE, held.select("usage_id", "file_sha256"), where)


def days_of(rated: pl.DataFrame) -> str:
    """Return the condition for the days of priced records, which lets DuckLake pass over the files of all others."""
    if rated.is_empty():
        return "false"
    first, last = rated.select(pl.col("started_on").min(), pl.col("started_on").max().alias("last")).row(0)
    return f"started_on BETWEEN DATE {quoted(str(first))} AND DATE {quoted(str(last))}"
