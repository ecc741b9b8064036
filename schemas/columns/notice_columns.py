"""Columns of what leaves the house for people and networks."""

from __future__ import annotations

import pandera.polars as pa

from schemas import codes
from schemas.columns.column import DAY, MOMENT, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT

NOTICE_COLUMNS = (
    Column("notice_id", TEXT, "Natural key of a notice: what it tells of, and to whom"),
    Column("notice_kind", TEXT, "What the notice tells", one_of(codes.NOTICE_KINDS)),
    Column("notice_channel", TEXT, "How it shall reach the customer", one_of(codes.NOTICE_CHANNELS)),
    Column("notice_data", TEXT, "What its text is made of, as JSON"),
    Column("requested_on", DAY, "Business date the notice was asked for"),
    Column(
        "network_element",
        TEXT,
        "Switch or system that carries a service; its folder in the outbox",
        (pa.Check.str_matches(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"),),  # never `..`: it names a folder
    ),
    Column("order_id", TEXT, "Natural key of an order to the network: element and its number there"),
    Column("element_order_no", WHOLE, "Number of the order at its network element, without gaps", POSITIVE),
    Column("provisioning_action", TEXT, "What the network shall do", one_of(codes.PROVISIONING_ACTIONS)),
    Column("file_no", WHOLE, "Serial number of a file of its kind, without gaps", POSITIVE),
    Column("order_count", WHOLE, "Orders in the file", POSITIVE),
    Column("acknowledgement", TEXT, "What the network element answered", one_of(codes.ACKNOWLEDGEMENTS)),
    Column("acknowledgement_text", TEXT, "Its words"),
    Column("acknowledged_at", MOMENT, "When it says it did, UTC"),
    Column("account_id", WHOLE, "Account that is billed and owes", POSITIVE),
    Column(
        "account_bucket",
        WHOLE,
        "Bucket of the account: md5(account_id) modulo the policy's bucket count",
        NOT_NEGATIVE,
    ),
    Column(
        "billing_day",
        WHOLE,
        "Day of the month the account is billed; beyond a month's end, its last day",
        (pa.Check.in_range(1, 31),),
    ),
    Column(
        "credit_limit",
        AMOUNT,
        "Exposure (owed and not yet invoiced, VAT included) at which calls are blocked",
        NOT_NEGATIVE,
    ),
    Column("delivery_channel", TEXT, "How invoices reach the customer", one_of(codes.DELIVERY_CHANNELS)),
    Column("account_from", DAY, "Date the account was opened"),
    Column("subscription_id", WHOLE, "Subscription", POSITIVE),
    Column("service_from", DAY, "First day of the service or of the period charged"),
    Column("service_to", DAY, "First day after the service or the period charged, null while open"),
    Column("owned_from", MOMENT, "Moment from which the subscription holds the number, UTC"),
    Column("owned_to", MOMENT, "Moment from which it no longer does, UTC, null while open"),
)
