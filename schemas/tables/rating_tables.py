"""Tables of priced usage and charges."""

from __future__ import annotations

from schemas.table import Table
from schemas.tables.intake_tables import USAGE

WAITING_USAGE = Table(
    "waiting_usage",
    "Usage that could not be priced, kept to be tried again every night until it is late.",
    ("usage_id",),
    USAGE.listing,
)
RATING_BATCH = Table(
    "rating_batch",
    "One row for each night that priced usage or rolled allowances over, for each re-rating, and for each night whose "
    "invoice bases parted charges.",
    ("rated_batch",),
    "rated_batch batch_kind rated_on record_count amount_ex_vat",
)
RATED_FILE = Table(
    "rated_file",
    "Files whose usage has been priced or set aside.",
    ("file_sha256",),
    "file_sha256 rated_batch rated_on",
)
RATED_USAGE = Table(
    "rated_usage",
    "Priced usage: one row per record that was priced, with the price row and every amount that led to its charge.",
    ("usage_id",),
    "usage_id account_bucket account_id subscription_id service usage_kind a_number b_number origin_zone zone_code "
    "started_at started_on outcome duration_s volume_bytes event_count billed_units time_band price_list price_from article_no "
    "vat_class revenue_account connect_fee list_amount included_units included_amount discount_amount amount_ex_vat "
    "cost_amount? currency file_sha256 rated_batch first_batch rated_on",
)
RERATED_USAGE = Table(
    "rerated_usage",
    "Priced usage that a re-rating found to cost something else after it was invoiced: only the difference is charged.",
    ("usage_id", "rated_batch", "charge_id"),
    "usage_id rated_batch charge_id account_bucket account_id subscription_id started_on zone_code time_band price_list "
    "price_from article_no billed_units included_units list_amount old_amount new_amount difference_amount currency "
    "rated_on",
)
ALLOWANCE_GRANT = Table(
    "allowance_grant",
    "Allowances granted to subscriptions, per period; shared ones may be drawn by every subscription of the account.",
    ("grant_id",),
    "grant_id allowance_code account_bucket account_id subscription_id period_from period_to granted_quantity rolled_from?",
)
WAITING_ROLLOVER = Table(
    "waiting_rollover",
    "Grants that runs by day made since the last night, which moves into them what the period before has left.",
    ("grant_id",),
    ALLOWANCE_GRANT.listing,
)
ALLOWANCE_USE = Table(
    "allowance_use",
    "What each record used of which grant, and what was rolled over (usage_id is then the grant it moved to).",
    ("usage_id", "grant_id", "rated_batch"),
    "usage_id grant_id used_quantity period_from rated_batch",
)
TIER_USE = Table(
    "tier_use",
    "Units counted in tiers, per billing period and batch.",
    ("tier_key", "period_from", "rated_batch"),
    "tier_key period_from tier_units tier_amount rated_batch",
)
DISCOUNT_USE = Table(
    "discount_use",
    "What capped discounts took off, per customer, calendar month and batch.",
    ("discount_code", "customer_id", "period_from", "rated_batch"),
    "discount_code customer_id period_from taken_amount rated_batch",
)
DAILY_SPEND = Table(
    "daily_spend",
    "Spend at list price per subscription and day, as counted by each batch.",
    ("subscription_id", "account_id", "spend_on", "rated_batch"),
    "subscription_id account_id spend_on list_amount rated_batch",
)
SPEND_EVENT = Table(
    "spend_event",
    "Spend at list price that passed a limit: once per subscription and period.",
    ("subscription_id", "spend_period", "period_from"),
    "subscription_id account_id spend_period period_from limit_amount list_amount raised_on",
)
RESALE_USAGE = Table(
    "resale_usage",
    "The same records priced a second time: what they cost at wholesale, or what the reseller pays.",
    ("usage_id", "resale_role", "rated_batch"),
    "usage_id resale_role price_list zone_code article_no started_on amount_ex_vat resale_amount margin_amount currency "
    "rated_batch",
)
CHARGE = Table(
    "charge",
    "What can be invoiced: usage per subscription, article and day, recurring fees per period; no subscription: the account's.",
    ("charge_id",),
    "charge_id charge_kind account_bucket account_id subscription_id? article_no service_from service_to quantity duration_s "
    "usage_kind? volume_bytes included_units used_days? full_days? amount_ex_vat currency vat_class revenue_account charged_on "
    "line_key?",
)
FEE_FAULT = Table(
    "fee_fault",
    "Fees that cannot be charged, with their reason: their accounts are held until they can.",
    ("subscription_id", "plan_code", "period_from"),
    "subscription_id account_id plan_code currency period_from period_to reason_code reason_text found_on",
)
