"""The name of a record's charge in SQL: what `rating.charges.with_charge_id` says of rows of `rated_usage`."""

USAGE_CHARGE_ID = (
    "concat('usage:', rated_batch, CASE WHEN first_batch <> rated_batch THEN concat('/', first_batch) END, ':', "
    "subscription_id, ':', article_no, ':', started_on, ':', usage_kind, ':', vat_class, ':', revenue_account)"
)
