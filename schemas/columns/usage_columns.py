"""Columns of usage and charges."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import DAY, DIGITS, MOMENT, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import CHARGE

USAGE_COLUMNS = (
    Column("usage_id", TEXT, "Natural key of a usage record: source system and record id"),
    Column("source_system", TEXT, "Switch or system that wrote the record"),
    Column("a_number", TEXT, "Calling number, international digits without +", DIGITS),
    Column("b_number", TEXT, "Called number, international digits without +", DIGITS),
    Column("started_at", MOMENT, "When the call was answered (or tried), UTC"),
    Column("started_on", DAY, "Local date of started_at on the operator's clock"),
    Column("usage_kind", TEXT, "Kind of usage, which decides its unit", one_of(codes.USAGE_KINDS)),
    Column(
        "origin_number",
        TEXT,
        "Network the subscriber roamed in, as leading international digits, null at home",
        DIGITS,
    ),
    Column("duration_s", WHOLE, "Seconds of talk time, fractions rounded up; negative only where a switch wrote it so"),
    Column("volume_bytes", WHOLE, "Bytes of a data record, 0 for other kinds"),
    Column("event_count", WHOLE, "Messages or events of a record, 0 for other kinds"),
    Column(
        "outcome",
        TEXT,
        "What became of the call; only answered calls with a duration are priced",
        one_of(codes.OUTCOMES),
    ),
    Column("billed_units", WHOLE, "Units after increments: seconds, bytes, messages or events", NOT_NEGATIVE),
    Column("price_from", DAY, "First date of the price row that was used: with list, service, zone and band its name"),
    Column("list_amount", CHARGE, "Amount at list price: without allowance, offer, discount and tier, excluding VAT"),
    Column("included_units", WHOLE, "Billed units that allowances covered", NOT_NEGATIVE),
    Column("included_amount", CHARGE, "Amount that money allowances covered, excluding VAT"),
    Column(
        "discount_amount", CHARGE, "Amount that offers and discounts took off before rounding to the list's decimals"
    ),
    Column("cost_amount", CHARGE, "What the billed units cost the operator, null where unknown"),
    Column("first_batch", WHOLE, "Batch that priced the record first: its place in the order of use"),
    Column(
        "rated_batch",
        WHOLE,
        "Number of the rating batch, without gaps: nights with usage or rollover, re-ratings, bases that part charges",
        POSITIVE,
    ),
    Column("batch_kind", TEXT, "What made the batch", one_of(codes.BATCH_KINDS)),
    Column("record_count", WHOLE, "Records priced", NOT_NEGATIVE),
    Column("grant_id", TEXT, "Natural key of a grant: allowance, subscription and period"),
    Column("granted_quantity", CHARGE, "Quantity granted or rolled in, in the allowance's unit", NOT_NEGATIVE),
    Column("used_quantity", CHARGE, "Quantity used, in the allowance's unit; negative when a re-rating gives back"),
    Column("rolled_from", TEXT, "Grant that this one was rolled over from"),
    Column("tier_key", TEXT, "Tier table and whose units are counted: code, scope and number"),
    Column("tier_units", WHOLE, "Units counted in tiers"),
    Column("tier_amount", CHARGE, "Amount charged for tier units"),
    Column("taken_amount", CHARGE, "Amount that a capped discount took off, less what it took back"),
    Column("spend_on", DAY, "Local date of the spending"),
    Column("spend_period", TEXT, "Day or calendar month", one_of(codes.SPEND_PERIODS)),
    Column("limit_amount", CHARGE, "Limit that was passed"),
    Column("raised_on", DAY, "Business date the event was raised"),
    Column(
        "resale_role",
        TEXT,
        "Who the second price is for: the carrier we buy from, or the reseller we sell to",
        one_of(codes.RESALE_ROLES),
    ),
    Column("resale_amount", CHARGE, "The second price, excluding VAT"),
    Column("margin_amount", CHARGE, "What remains: retail less wholesale, or resale less cost"),
    Column("old_amount", CHARGE, "Amount charged before the re-rating"),
    Column("new_amount", CHARGE, "Amount that the re-rating found right"),
    Column("difference_amount", CHARGE, "New amount less old amount"),
    Column("charge_id", TEXT, "Natural key of a charge"),
    Column("charge_kind", TEXT, "What is charged", one_of(codes.CHARGE_KINDS)),
    Column("quantity", WHOLE, "Number of calls, or of units that a fee is for; null: one", NOT_NEGATIVE),
    Column("line_key", TEXT, "What a fee is charged for; charges of one key add up to the fee (docs/fees.md)"),
    Column("found_on", DAY, "Business date of the night that found it first"),
    Column("used_days", WHOLE, "Days of a recurring period that were used", NOT_NEGATIVE),
    Column("full_days", WHOLE, "Days of the whole recurring period", POSITIVE),
    Column("amount_ex_vat", CHARGE, "Amount excluding VAT, 6 decimals"),
    Column("rated_on", DAY, "Business date of the night that priced the record"),
    Column("charged_on", DAY, "Business date of the night that made the charge"),
)
