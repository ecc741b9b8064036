"""The end of services that stay unpaid: a request `cancel` like any other, made by the network's own channel.

It holds from the next day and is applied by that night, so that it stands in the customer's history, takes back
numbers and confirms the end by the same rules as a customer's own. Its id names subscription and invoice: nobody is
cancelled twice for one, and what a person undid by hand stays undone.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import polars as pl

from pipelines import clock
from pipelines.formats.request_envelope import canonical_json
from pipelines.night import Night
from rating.non_payment import subscriptions_to_end
from schemas import tables


def termination_requests(night: Night, levels: pl.DataFrame) -> pl.DataFrame:
    """Return the REQUEST rows that end what is in service of accounts at the level `terminate`, new ones only.

    `levels` from `rating.non_payment.non_payment_levels`.
    """
    versions = night.store.read_matching(tables.SUBSCRIPTION, levels.select("account_id"))
    ending = subscriptions_to_end(levels, versions, night.on)
    known = night.store.read_matching(tables.REQUEST, ending.select("request_id"))
    rows = [_request(night, row) for row in ending.join(known, on="request_id", how="anti").to_dicts()]
    return pl.DataFrame(rows, schema=tables.REQUEST.schema, orient="row")


def _request(night: Night, row: dict[str, Any]) -> dict[str, Any]:
    day = night.on + timedelta(days=1)
    now = clock.now()
    return {
        "request_id": row["request_id"],
        "request_type": "cancel",
        "channel": "network",
        "requested_at": now,
        "effective_on": day,
        "effective_at": datetime.combine(day, time(), night.policy.operator.zone),
        "payload": canonical_json({"subscription_id": row["subscription_id"], "reason": row["level_text"]}),
        "received_on": night.on,
        "received_at": now,
        **dict.fromkeys(("reseller_code", "actor", "file_sha256", "record_no", "line_no")),
    }
