"""Vouchers of allocations: each is of its own, however often money comes to the same place."""

import polars as pl
from settled_books import NO_ALLOCATIONS, bank, claim, claims, night, owed, paid

from invoicing.allocation_rows import fresh_vouchers
from invoicing.payments_by_hand import match_to_account, unmatch


def test_credit_drawn_for_a_claim_it_paid_before_has_a_voucher_of_its_own():
    """110 for inv1 leave 10, which pay inv2; unmatched and matched to the account, they pay it again, and again."""
    receivables, payment = claims(claim("inv1", 10, 100, 20), claim("inv2", 10, 10, 25)), paid("p", 110, 1)
    found = night(receivables, bank(payment))
    for times in (1, 2):
        found = pl.concat([found, unmatch(found, f"u{times}")])
        found = pl.concat([found, match_to_account(found, 10, f"m{times}", 11000)])
        found = night(receivables, bank(), found, bank(payment))
        assert owed(receivables, found) == {}
    assert found["allocation_id"].is_unique().all()
    drawn = found.filter(pl.col("receivable_id") == "inv2", pl.col("match_rule") == "account_credit")
    assert drawn["voucher_id"].to_list() == ["A:p>inv2", "A:p>inv2:n2", "A:p>inv2:n3"]


def test_vouchers_that_are_new_keep_their_names():
    found = night(claims(claim("inv1", 10, 100, 20)), bank(paid("p", 100, 1)))
    assert fresh_vouchers(found, NO_ALLOCATIONS).equals(found)
