"""The operator's details by version: a document made again says what the first one said."""

from __future__ import annotations

import hashlib

import polars as pl

from pipelines.night import Night
from schemas import tables
from schemas.policy import Operator


def seller_no(night: Night) -> int:
    """Return the number of the details that [operator] of policy.toml has now; what was not seen before is kept."""
    details = night.policy.operator.model_dump_json()
    digest = hashlib.sha256(details.encode()).hexdigest()
    seen = night.store.read(tables.SELLER)
    known = seen.filter(pl.col("content_sha256") == digest)
    if known.height:
        return int(known["seller_no"][0])
    number = seen.height + 1
    row = {"seller_no": number, "seller_details": details, "content_sha256": digest, "seen_on": night.on}
    night.store.append(tables.SELLER, pl.DataFrame([row], schema=tables.SELLER.schema))
    return number


def seller_of(sellers: pl.DataFrame, number: int) -> Operator:
    """Return the operator's details of one version from SELLER rows."""
    return Operator.model_validate_json(sellers.filter(pl.col("seller_no") == number)["seller_details"].item())
