"""Tables of customers, accounts, subscriptions and contracts."""

from __future__ import annotations

from schemas.table import Table

CUSTOMER = Table(
    "customer",
    "Persons and companies.",
    ("customer_id",),
    "customer_id customer_name customer_category registration_no? vat_no? street postcode city country_code email? language "
    "customer_from request_id",
)
ACCOUNT = Table(
    "account",
    "Accounts: what is billed together and owed by a customer.",
    ("account_id",),
    "account_id account_bucket customer_id billing_day currency credit_limit delivery_channel reseller_code? account_from "
    "electronic_address? buyer_reference? order_reference?",
)
SUBSCRIPTION = Table(
    "subscription",
    "Subscriptions by version: a change of plan or quantity ends one row and begins another.",
    ("subscription_id", "service_from"),
    "subscription_id account_id plan_code service_from service_to? quantity?",
)
PAYER = Table(
    "payer",
    "Who pays for an account: from which day on its charges are invoiced to another account, or to itself again.",
    ("account_id", "valid_from"),
    "account_id valid_from payer_account_id? request_id",
)
SUBSCRIPTION_USER = Table(
    "subscription_user",
    "Who uses a subscription and for which cost centre, from which day on.",
    ("subscription_id", "valid_from"),
    "subscription_id valid_from cost_centre? user_name? request_id",
)
NUMBER_ASSIGNMENT = Table(
    "number_assignment",
    "Which subscription held a number, and when.",
    ("a_number", "owned_from"),
    "a_number subscription_id owned_from owned_to?",
)
CONTRACT = Table(
    "contract",
    "Terms that a subscription was sold with, as they were on that day: a change of plan begins a new contract.",
    ("subscription_id", "contract_from"),
    "subscription_id contract_from plan_code binding_to? change_from notice_days change_in_binding fee_basis "
    "termination_fee? fee_article_no? upgrade_when downgrade_when guaranteed_to?",
)
SUBSCRIPTION_STATE = Table(
    "subscription_state",
    "The life of each subscription: every transition with its day and cause.",
    ("subscription_id", "transition_no"),
    "subscription_id transition_no from_state? subscription_state state_from state_cause request_id?",
)
PREFERENCE = Table(
    "preference",
    "What customers chose: content control, language, channel, consent; the last choice stands.",
    ("customer_id", "preference_of", "preference"),
    "customer_id preference_of preference preference_value set_on request_id",
)
SPEND_CHOICE = Table(
    "spend_choice",
    "Spend limits that customers set, and what is barred when they are reached.",
    ("subscription_id", "spend_period"),
    "subscription_id spend_period spend_limit_amount barred set_on request_id",
)
ALLOWANCE_ORDER = Table(
    "allowance_order",
    "Bundles and boosters that customers ordered: allowances of one subscription, beside those of allowance_links.csv.",
    ("allowance_code", "link_to", "valid_from"),
    "allowance_code link_scope link_to valid_from valid_to? request_id",
)
COUPON_REDEMPTION = Table(
    "coupon_redemption",
    "Coupons that were redeemed, with what was promised then: a change of coupons.csv is for later redemptions.",
    ("redemption_id",),
    "redemption_id coupon_code account_id subscription_id? term_target percent_off? amount_off? coupon_periods? article_no "
    "redeemed_on request_id",
)
INSTALMENT_PLAN = Table(
    "instalment_plan",
    "What was bought in instalments; each is charged on its billing date, what is left when the subscription ends.",
    ("request_id",),
    "request_id account_id subscription_id? product_code article_no ordered_quantity price_amount currency "
    "instalment_count instalments_from",
)
TOP_UP_CHOICE = Table(
    "top_up_choice",
    "Automatic top-up of prepaid accounts, as their customers set it.",
    ("account_id",),
    "account_id threshold_amount top_up_amount month_ceiling set_on request_id",
)
TOP_UP = Table(
    "top_up",
    "Top-ups: paid ones are credit on the account, automatic ones wait for their money.",
    ("top_up_id",),
    "top_up_id account_id top_up_kind amount currency ordered_on paid_on? request_id?",
)
ORDERED_TOP_UP = Table(
    "ordered_top_up",
    "Which automatic top-up stands in which file for the payment provider: each in exactly one.",
    ("top_up_id",),
    "top_up_id file_no",
)
TOP_UP_FILE = Table(
    "top_up_file",
    "Files of automatic top-ups written for the payment provider.",
    ("file_no",),
    "file_no file_path content_sha256 order_count amount ordered_on",
)
CREDIT_CHANGE = Table(
    "credit_change",
    "Changes of credit limits, each with its cause.",
    ("account_id", "change_no"),
    "account_id change_no old_limit credit_limit change_cause changed_on basis_id? request_id?",
)
NOTICE = Table(
    "notice",
    "Notices that customers shall get, each once; what renders and sends them reads this.",
    ("notice_id",),
    "notice_id notice_kind customer_id? account_id? subscription_id? notice_channel language notice_data requested_on request_id?",
)
