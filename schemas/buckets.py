"""Account buckets: everything an account needs lies in its bucket, so buckets can be rated independently.

The hash is ours and written into the data: a library's own hash may change with its version.
"""

from __future__ import annotations

import hashlib


def account_bucket(account_id: int, buckets: int) -> int:
    """Return the bucket of an account: the first 8 hex digits of md5(account_id), modulo the number of buckets."""
    digest = hashlib.md5(str(account_id).encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % buckets
