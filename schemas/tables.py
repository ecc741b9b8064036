"""The tables of the lake, in the order data flows through them."""

from __future__ import annotations

from schemas.table import Table

# Configuration, as loaded from config/*.csv
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
    "What is sold, its VAT class, its revenue account, and where it stands on an invoice if not with its kind.",
    ("article_no",),
    "article_no article_name vat_class revenue_account line_group?",
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
    "vat_class valid_from valid_to? vat_percent vat_account vat_area? vat_category? exemption_text? revenue_account?",
)
EXCHANGE_RATE = Table(
    "exchange_rate",
    "Exchange rates by date: units of the operator's currency for one of another.",
    ("currency", "rate_from"),
    "currency rate_from exchange_rate",
)
LEDGER_ACCOUNT = Table("ledger_account", "Chart of accounts.", ("ledger_account",), "ledger_account account_name")
CONFIG_TABLES = tuple(each for each in vars().values() if isinstance(each, Table))
CONFIG_VERSION = Table(
    "config_version",
    "Which content of each configuration file is in force.",
    ("config_name",),
    "config_name content_sha256 loaded_on",
)

# Ingest
SOURCE_FILE = Table(
    "source_file",
    "Every file that came in, by content; rows read = accepted + duplicate + rejected.",
    ("file_sha256",),
    "file_sha256 file_name file_kind? file_format? file_state file_fault? bank_file_id? first_begun_at? last_ended_at? size_bytes "
    "rows_read rows_accepted rows_duplicate rows_rejected received_on",
)
REJECTED = Table(
    "rejected",
    "Records set aside with their reason. Those of the stage `rate` are retried every night, until they are late.",
    ("stage", "file_sha256", "record_no"),
    "stage file_sha256 record_no line_no file_name usage_id? reason_code reason_text record? rejected_on",
)
USAGE = Table(
    "usage",
    "Usage records as accepted from the switches, priced or not.",
    ("usage_id",),
    "usage_id source_system service usage_kind a_number b_number origin_number? started_at duration_s volume_bytes "
    "event_count outcome file_sha256 record_no line_no received_on",
)
REQUEST = Table(
    "request",
    "Every request ever received: the customer's history. One that nightbill made itself comes from no file.",
    ("request_id",),
    "request_id request_type channel reseller_code? actor? requested_at effective_on effective_at payload file_sha256? "
    "record_no? line_no? received_on received_at",
)
REQUEST_OUTCOME = Table(
    "request_outcome",
    "What became of each request; one that waits in the manual queue is queued until it is decided.",
    ("request_id",),
    "request_id request_state customer_id? reason_code? reason_text? applied_on",
)
COMING_CHANGE = Table(
    "coming_change",
    "Rows that a request has changed for a coming day, kept until that day so that it can be withdrawn.",
    ("request_id", "change_no"),
    "request_id change_no holds_from table_name row_before? row_after?",
)
APPROVAL_CASE = Table(
    "approval_case",
    "The manual queue: requests that somebody must decide, or that wait for a proof, and how they were decided.",
    ("request_id",),
    "request_id case_state waits_for address_outcome? credit_decision? approved_limit? deposit_amount? case_text opened_on "
    "decided_on? decided_by? decision_text?",
)
IDENTITY_DOCUMENT = Table(
    "identity_document",
    "Documents that prove who a customer is; before sign-up is applied they belong to its request.",
    ("identity_id",),
    "identity_id sign_up_id? customer_id? identity_kind? number_hash? issuer? valid_until? identity_state checked_by? "
    "file_reference? changed_on request_id",
)
PAYMENT_RECORD = Table(
    "payment_record",
    "Every report of a payment, in every bank format; one payment may be reported in two.",
    ("payment_record_id",),
    "payment_record_id payment_id file_format bank_reference? payee_account booked_on amount currency reference_text? "
    "payer_name? payer_account? file_sha256 record_no line_no received_on",
)

# Register
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

# Rate
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

# Bill
INVOICE = Table(
    "invoice",
    "Finalised invoices and credit notes; never changed. The amounts of a credit note are negative.",
    ("invoice_no",),
    "invoice_no document_kind credits_invoice_no? account_bucket account_id customer_id billing_date invoiced_on due_on "
    "period_from period_to currency exchange_rate vat_treatment net_amount vat_amount rounding_amount total_amount "
    "credit_drawn_amount to_pay_amount ocr_reference rf_reference? seller_no",
)
INVOICE_LINE = Table(
    "invoice_line",
    "Lines of invoices: one per article and kind of charge.",
    ("invoice_no", "entry_no"),
    "invoice_no entry_no line_group charge_kind article_no line_text quantity duration_s usage_kind? volume_bytes "
    "included_units used_days? full_days? service_from service_to amount_ex_vat net_amount vat_class vat_category "
    "vat_percent revenue_account cost_centre? credited_entry_no?",
)
INVOICE_VAT = Table(
    "invoice_vat",
    "VAT of invoices per class and rate.",
    ("invoice_no", "vat_class"),
    "invoice_no vat_class vat_category vat_percent net_amount vat_amount vat_account exemption_text?",
)
INVOICE_PARTY = Table(
    "invoice_party",
    "The buyer of each invoice as it was when the invoice was made: what a document of it says, however late it is made.",
    ("invoice_no",),
    "invoice_no customer_name customer_category registration_no? vat_no? street postcode city country_code email? language "
    "delivery_channel buyer_reference? order_reference? electronic_address?",
)
INVOICE_ALLOWANCE = Table(
    "invoice_allowance",
    "What was included in periods that an invoice closes, and what became of it: granted = used + moved + left.",
    ("grant_id",),
    "invoice_no grant_id subscription_id a_number? allowance_code allowance_name allowance_unit period_from period_to "
    "granted_quantity rolled_in_quantity used_quantity rolled_over_quantity left_quantity",
)
INVOICE_SECTION = Table(
    "invoice_section",
    "Lines of consolidated invoices by user; the parts of a line add up to it.",
    ("invoice_no", "entry_no", "section_no"),
    "invoice_no entry_no section_no subscription_id? a_number? user_name? cost_centre? quantity duration_s "
    "volume_bytes amount_ex_vat net_amount",
)
CREDIT_ORDER = Table(
    "credit_order",
    "What people decided to credit of invoices: each becomes a credit note the same night.",
    ("request_id",),
    "request_id invoice_no credit_order_no credited_entry_no? credited_net_amount? credited_total_amount? ordered_on decided_by decision_text "
    "credit_note_no?",
)
SELLER = Table(
    "seller",
    "The operator's details on documents, by version.",
    ("seller_no",),
    "seller_no seller_details content_sha256 seen_on",
)
INVOICE_DRAFT = Table(
    "invoice_draft",
    "Invoices that somebody must look at before they are numbered, and what was decided; their lines are computed anew.",
    ("account_id", "billing_date"),
    "account_id billing_date draft_state draft_reasons net_amount total_amount last_total_amount? proposed_on decided_on? "
    "decided_by? decision_text? invoice_no?",
)
BILLED_CHARGE = Table(
    "billed_charge",
    "Which charge stands on which invoice line: each on exactly one.",
    ("charge_id",),
    "charge_id invoice_no entry_no amount_ex_vat",
)
COUPON_USE = Table(
    "coupon_use",
    "Which redeemed coupon reduced which invoice: so its invoices are counted.",
    ("redemption_id", "invoice_no"),
    "redemption_id invoice_no coupon_code account_id billing_date used_amount",
)
RECEIVABLE = Table(
    "receivable",
    "Claims on customers: invoices and reminder fees.",
    ("receivable_id",),
    "receivable_id receivable_kind account_id invoice_no amount currency due_on booked_on",
)

# Settle
PAYMENT = Table(
    "payment",
    "Payments received, each once.",
    ("payment_id",),
    "payment_id payee_account booked_on amount currency reference_text? payer_name? payer_account? received_on",
)
ALLOCATION = Table(
    "allocation",
    "Where each payment went; the rows of a payment add up to it.",
    ("allocation_id",),
    "allocation_id payment_id voucher_id account_id? receivable_id? allocation_kind amount match_rule allocated_on",
)
COMMISSION = Table(
    "commission",
    "Commission earned by resellers on what was paid.",
    ("commission_id",),
    "commission_id allocation_id reseller_code account_id invoice_no base_amount commission_percent amount accrued_on",
)

# Remind and restrict
REMINDER = Table(
    "reminder",
    "Reminders sent, each step once per invoice.",
    ("reminder_id",),
    "reminder_id invoice_no reminder_step account_id fee_amount open_amount reminded_on due_on",
)
BLOCK = Table(
    "block",
    "What the switch must refuse of which number, why, from when and until when; a number may be blocked for several causes.",
    ("block_id",),
    "block_id a_number subscription_id? account_id? block_reason block_cause barred prompt blocked_on blocked_at exposure? "
    "credit_limit? unblocked_on? unblocked_at? request_id? note_text?",
)
SPEND_WARNING = Table(
    "spend_warning",
    "Percentages of a spend limit that were reached, each once per period.",
    ("subscription_id", "set_by", "spend_period", "period_from", "warned_percent"),
    "subscription_id account_id set_by spend_period period_from warned_percent spend_limit_amount list_amount raised_on",
)
BLOCK_LIST_ENTRY = Table(
    "block_list_entry",
    "The block list as the switch was last told it: one row per number.",
    ("a_number",),
    "a_number block_reason barred_services prompt blocked_on",
)
BLOCK_LIST_CHANGE = Table(
    "block_list_change",
    "What each file of changes told the switch; of a number taken off, the row it had.",
    ("file_no", "a_number"),
    "file_no a_number list_change block_reason barred_services prompt blocked_on",
)
BLOCK_LIST_FILE = Table(
    "block_list_file",
    "Files of changes to the block list.",
    ("file_no",),
    "file_no file_path content_sha256 changed_rows exported_on",
)
INVOICE_BASIS = Table(
    "invoice_basis",
    "What an account had ordered when it reached its limit, waiting to be released for invoicing.",
    ("basis_id",),
    "basis_id account_id basis_state exposure credit_limit reached_at made_on released_on? decided_by? decision_text? "
    "invoice_no? paid_on?",
)
BASIS_CHARGE = Table(
    "basis_charge", "Which charge stands in which basis: each in one at most.", ("charge_id",), "charge_id basis_id"
)
BASIS_CHANGE = Table(
    "basis_change",
    "Changes made by hand to lines of a basis: who, when and why; and what they make of adjustments of these lines.",
    ("request_id", "charge_id"),
    "request_id charge_id basis_id change_no article_no basis_change_kind change_value? difference_amount decided_by "
    "decision_text changed_on",
)
PROVISIONING_ORDER = Table(
    "provisioning_order",
    "Orders to the network, in order, each once; a row says how the line shall be after it, a terminated one as it was.",
    ("order_id",),
    "order_id network_element element_order_no provisioning_action a_number subscription_id plan_code barred_services? ordered_on "
    "file_no",
)
PROVISIONING_FILE = Table(
    "provisioning_file",
    "Order files written for network elements.",
    ("network_element", "file_no"),
    "network_element file_no file_path content_sha256 order_count ordered_on",
)
PROVISIONING_ANSWER = Table(
    "provisioning_answer",
    "What network elements answered; of several answers to an order the last one by `acknowledged_at` stands.",
    ("order_id", "acknowledged_at"),
    "order_id acknowledgement acknowledgement_text? acknowledged_at file_sha256 record_no line_no received_on",
)

# Book
VOUCHER = Table(
    "voucher",
    "One voucher per event.",
    ("voucher_id",),
    "voucher_id voucher_series voucher_no posted_on voucher_text",
)
LEDGER_ENTRY = Table(
    "ledger_entry",
    "Double-entry postings; the rows of a voucher sum to zero.",
    ("voucher_id", "entry_no"),
    "voucher_id entry_no ledger_account debit_credit currency entry_amount account_bucket account_id? invoice_no? "
    "article_no? cost_centre? posted_on",
    month_of="posted_on",
)
LEDGER_EXPORT = Table(
    "ledger_export",
    "Ledger files written for the bookkeeping.",
    ("export_no",),
    "export_no file_path content_sha256 voucher_count debit_amount credit_amount exported_on",
)
EXPORTED_VOUCHER = Table(
    "exported_voucher",
    "Which voucher stands in which ledger file: each in exactly one.",
    ("voucher_id",),
    "voucher_id export_no",
)

# Publish, prove, and the run's own record
DOCUMENT = Table(
    "document",
    "Documents made for customers.",
    ("document_id",),
    "document_id document_kind invoice_no file_path content_sha256 rendered_on",
)
CUSTOMER_CARD = Table(
    "customer_card",
    "One card per customer, for customer service.",
    ("customer_id",),
    "customer_id card_json card_page content_sha256",
)
CONTROL_TOTAL = Table(
    "control_total",
    "The proof of each run: equations that must hold to the last decimal.",
    ("run_id", "check_name", "subject"),
    "run_id run_on check_name subject left_side right_side holds",
)
RUN = Table(
    "run",
    "Runs of the night and of its commands.",
    ("run_id",),
    "run_id run_on run_command run_through run_state begun_at ended_at? summary?",
)
RUN_STAGE = Table(
    "run_stage",
    "Stages of each run.",
    ("run_id", "stage_no"),
    "run_id stage_no stage begun_at ended_at rows_in rows_out rows_rejected summary",
)

# Every table above, in the order data flows through them.
TABLES = tuple(each for each in vars().values() if isinstance(each, Table))
