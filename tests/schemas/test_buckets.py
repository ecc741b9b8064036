"""The bucket of an account is written into the data: it must never change."""

import pytest

from schemas.buckets import account_bucket

# md5 begins c4ca4238 for 1, 2383c7d0 for 20001, 66df243d for 20002, ef775988 for 99999999; then modulo.
WRITTEN_OUT = [
    (1, 1, 0),
    (1, 4, 0),
    (1, 7, 3),
    (1, 64, 56),
    (20001, 7, 6),
    (20001, 64, 16),
    (20002, 4, 1),
    (20002, 64, 61),
    (99999999, 64, 8),
]


@pytest.mark.parametrize(("account_id", "buckets", "bucket"), WRITTEN_OUT)
def test_an_account_stays_in_its_bucket(account_id, buckets, bucket):
    assert account_bucket(account_id, buckets) == bucket


def test_accounts_spread_over_all_buckets():
    filled = [account_bucket(account, 4) for account in range(20_001, 21_001)]
    assert {200 < filled.count(bucket) < 300 for bucket in range(4)} == {True}
