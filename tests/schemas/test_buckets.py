"""The bucket of an account is written into the data: it must never change."""

import pytest

from schemas.buckets import account_bucket

# First 8 hex digits of md5 of the number's digits: 1 is c4ca4238, 20001 is ..., modulo the number of buckets.
WRITTEN_OUT = []


@pytest.mark.parametrize(("account_id", "buckets", "bucket"), WRITTEN_OUT)
def test_an_account_stays_in_its_bucket(account_id, buckets, bucket):
    assert account_bucket(account_id, buckets) == bucket


def test_accounts_spread_over_all_buckets():
    filled = [account_bucket(account, 4) for account in range(20_001, 21_001)]
    assert {200 < filled.count(bucket) < 300 for bucket in range(4)} == {True}
