"""Tables of the operator's configuration, as loaded from config/*.csv."""

from __future__ import annotations

from schemas.table import Table

ZONE_PREFIX = Table(
    "zone_prefix",
    "Numbering plan: the longest prefix that a called number begins with gives its zone.",
    ("numbering_plan", "prefix"),
    "prefix zone_code zone_name numbering_plan?",
)
TIME_BAND = Table(
    "time_band",
    "Local hours and weekdays of each time band.",
    ("time_band", "weekdays", "band_from"),
    "time_band weekdays band_from band_to",
)
HOLIDAY = Table(
    "holiday", "Dates whose hours follow the bands of `holiday`.", ("holiday_on",), "holiday_on holiday_name"
)
ARTICLE = Table(
    "article",
    "What is sold: VAT class, revenue account, product group, and where it stands on an invoice if not with its kind.",
    ("article_no",),
    "article_no article_name vat_class revenue_account line_group? product_group?",
)
PRICE = Table(
    "price",
    "Price rows of every price list; what the columns mean stands in docs/rating.md.",
    ("price_list", "usage_kind", "service", "origin_zone", "zone_code", "time_band", "valid_from"),
    "price_list article_no description? usage_kind? service? origin_zone? zone_code time_band valid_from valid_to? currency connect_fee "
    "fee_covers? fee_rule? price_per_unit price_unit first_increment increment minimum_units? steps? minimum_charge? "
    "maximum_charge? attempt_fee? surcharge_percent? tier_code? vat_class? revenue_account? cost_per_unit?",
)
PRICE_LIST = Table(
    "price_list",
    "How a price list rounds and treats calls that cross a border; a list without a row has the defaults.",
    ("price_list",),
    "price_list list_name? crossing_rule? rounding_mode? rounding_decimals? numbering_plan?",
)
PRICE_LIST_LINK = Table(
    "price_list_link",
    "Which price lists a customer, a group, a plan or everybody (basic) has, from and to a date.",
    ("link_scope", "link_to", "valid_from"),
    "link_scope link_to price_list valid_from valid_to?",
)
CUSTOMER_GROUP = Table(
    "customer_group",
    "Customers in groups by date; a customer without a row is in the group of its category.",
    ("customer_id", "valid_from"),
    "customer_id customer_group valid_from valid_to?",
)
DISCOUNT = Table(
    "discount",
    "Discounts on usage: for whom, on what, how much, in which order, up to which cap.",
    ("discount_code",),
    "discount_code discount_name link_scope link_to article_no? zone_code? discount_kind discount_value order_no "
    "monthly_cap? valid_from valid_to?",
)
ALLOWANCE = Table(
    "allowance",
    "What is included, under which conditions.",
    ("allowance_code",),
    "allowance_code allowance_name allowance_unit allowance_quantity allowance_scope allowance_period zones? time_bands? "
    "services? priority prorated rollover_limit? covers_fee "
    "order_fee? fee_article_no? order_days?",
)
ALLOWANCE_LINK = Table(
    "allowance_link",
    "Who has an allowance: a plan, a group, a customer, or a subscription (a booster).",
    ("allowance_code", "link_scope", "link_to", "valid_from"),
    "allowance_code link_scope link_to valid_from valid_to?",
)
TIER = Table(
    "tier",
    "Tiers over a billing period; the rows of a code lie end to end from 0, and the last is open.",
    ("tier_code", "tier_from"),
    "tier_code tier_mode tier_scope tier_from tier_to? price_per_unit price_unit",
)
REBATE = Table(
    "rebate",
    "Volume rebates at period end: tiers of the period's usage amount, one row each; a tier reaches until the next one.",
    ("rebate_code", "valid_from", "amount_from"),
    "rebate_code rebate_name link_scope link_to term_scope rebate_mode amount_from percent_off currency article_no "
    "valid_from valid_to?",
)
COUPON = Table(
    "coupon",
    "Coupons that customers redeem: percent or amount off invoices, for how many of them, and who may redeem it when.",
    ("coupon_code",),
    "coupon_code coupon_name link_scope link_to term_scope term_target percent_off? amount_off? currency? coupon_periods? "
    "redemption_limit? article_no valid_from valid_to?",
)
COMMITMENT = Table(
    "commitment",
    "Minimum and maximum of a billing period: for whom, what counts, and the articles of the lines that make up for them.",
    ("commitment_code", "valid_from"),
    "commitment_code commitment_name link_scope link_to term_scope term_target minimum_amount? minimum_article_no? "
    "maximum_amount? maximum_article_no? currency valid_from valid_to?",
)
PRODUCT = Table(
    "product",
    "What is sold once: equipment and services, at once or in instalments.",
    ("product_code",),
    "product_code product_name article_no product_price currency most_instalments?",
)
OFFER = Table(
    "offer",
    "Introductory offers of a plan, from the activation of a subscription.",
    ("offer_code",),
    "offer_code offer_name plan_code activated_from activated_to? offer_days? offer_months? percent_off offer_target",
)
SPECIAL_NUMBER = Table(
    "special_number",
    "Numbers that have a zone of their own, whatever their prefix.",
    ("numbering_plan", "b_number"),
    "b_number number_kind zone_code numbering_plan?",
)
FRIEND_NUMBER = Table(
    "friend_number",
    "Numbers that a subscription calls at the friends' price.",
    ("subscription_id", "friend_number", "valid_from"),
    "subscription_id friend_number valid_from valid_to?",
)
SWITCH_PLAN = Table(
    "switch_plan", "Numbering plan of a switch or carrier.", ("source_system",), "source_system numbering_plan"
)
SPEND_LIMIT = Table(
    "spend_limit",
    "Spend at list price, per subscription, that raises an event, and bars services where it says which.",
    ("link_scope", "link_to"),
    "link_scope link_to day_limit? month_limit? barred?",
)
REPRICING = Table(
    "repricing",
    "Re-pricing plans: per customer group, which list replaces which, from when, and how early customers are told.",
    ("repricing_plan", "customer_group", "old_list"),
    "repricing_plan customer_group old_list new_list new_customers_from existing_customers_from notice_days? "
    "notice_months?",
)
PLAN = Table(
    "plan",
    "What a customer can subscribe to: service, price list and recurring fee.",
    ("plan_code",),
    "plan_code plan_name service price_list article_no monthly_fee currency product_group? identity_required? fee_period? "
    "fee_timing? fee_alignment? proration? suspension? suspended_percent? activation_fee? activation_article_no? "
    "refund_on_end?",
)
PLAN_PRICE = Table(
    "plan_price",
    "Fees of plans by currency and date; a plan with any row here has no other fee.",
    ("plan_code", "currency", "valid_from"),
    "plan_code currency period_fee valid_from valid_to? existing_from?",
)
BUNDLE_PART = Table(
    "bundle_part",
    "Articles that a plan's fee is shared over, by their prices alone.",
    ("plan_code", "article_no"),
    "plan_code article_no standalone_price",
)
CONTRACT_TERM = Table(
    "contract_term",
    "Terms of contracts, by product group, plan and customer category; the most specific row holds (docs/contracts.md).",
    ("product_group", "plan_code", "customer_category"),
    "product_group* plan_code* customer_category* binding_months notice_days earliest_change_days change_in_binding fee_basis "
    "termination_fee? fee_article_no? upgrade_when downgrade_when guarantee_months?",
)
PLAN_CHANGE = Table(
    "plan_change",
    "Which plan may become which, and whether that is up or down.",
    ("from_plan", "to_plan"),
    "from_plan to_plan change_kind change_fee? fee_article_no?",
)
CREDIT_POLICY = Table(
    "credit_policy",
    "Credit by service and customer category: limits, their rise, invoice bases; * stands for all.",
    ("service", "customer_category"),
    "service* customer_category* first_limit limit_step? limit_step_percent? limit_ceiling? basis_release partly_paid prompt?",
)
CREDIT_RULE = Table(
    "credit_rule",
    "Scoring of a sign-up: the first rule whose every bound fits decides.",
    ("rule_no",),
    "rule_no customer_category? minimum_age? maximum_age? maximum_remarks? maximum_remark_amount? maximum_debt? "
    "maximum_amount? credit_decision approved_limit? deposit_amount?",
)
BLACK_LIST = Table(
    "black_list",
    "Numbers, customers, persons and addresses that are not served, with notes.",
    ("listed_kind", "listed_value", "valid_from"),
    "listed_kind listed_value block_reason prompt? note_text? valid_from valid_to?",
)
NETWORK_ELEMENT = Table(
    "network_element", "Which network element carries a service.", ("service",), "service network_element"
)
RESELLER = Table(
    "reseller",
    "Resellers and their commission.",
    ("reseller_code",),
    "reseller_code reseller_name commission_percent price_list?",
)
VAT_RATE = Table(
    "vat_rate",
    "VAT rates by class, buyer and date (docs/vat.md); a row without area is for buyers at home.",
    ("vat_class", "vat_area", "valid_from"),
    "vat_class valid_from valid_to? vat_percent vat_account vat_area? vat_category? exemption_text? revenue_account? "
    "vat_return_box?",
)
EXCHANGE_RATE = Table(
    "exchange_rate",
    "Exchange rates by date: units of the operator's currency for one of another.",
    ("currency", "rate_from"),
    "currency rate_from exchange_rate",
)
LEDGER_ACCOUNT = Table(
    "ledger_account", "Chart of accounts.", ("ledger_account",), "ledger_account account_name account_kind?"
)
CONFIG_VERSION = Table(
    "config_version",
    "Which content of each configuration file is in force.",
    ("config_name",),
    "config_name content_sha256 loaded_on",
)
