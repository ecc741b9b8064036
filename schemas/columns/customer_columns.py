"""Columns of customers."""

from __future__ import annotations

import pandera.polars as pa

from schemas import codes
from schemas.columns.column import DAY, MOMENT, POSITIVE, TEXT, WHOLE, Column, one_of

CUSTOMER_COLUMNS = (
    Column("request_id", TEXT, "Sender's id of the request: applied once, however often it arrives"),
    Column("request_type", TEXT, "Type of the request (sign_up, cancel, ...)"),
    Column("channel", TEXT, "Where the request came from", one_of(codes.CHANNELS)),
    Column("requested_at", MOMENT, "When the customer asked, UTC"),
    Column("effective_on", DAY, "Local date from which the request holds"),
    Column(
        "effective_at",
        MOMENT,
        "Moment from which the request holds, UTC: effective_on's midnight if no time was given",
    ),
    Column("received_at", MOMENT, "When the file with the request was read, UTC"),
    Column("actor", TEXT, "Who asked or acted for the channel: a login or name"),
    Column("payload", TEXT, "The request's own fields as JSON"),
    Column("request_state", TEXT, "What became of the request", one_of(codes.REQUEST_STATES)),
    Column("applied_on", DAY, "Business date of the night that applied or refused the request"),
    Column("customer_id", WHOLE, "Customer number", POSITIVE),
    Column("customer_name", TEXT, "Name of the person or company"),
    Column("customer_category", TEXT, "Customer category", one_of(codes.CUSTOMER_CATEGORIES)),
    Column("registration_no", TEXT, "Personal or company registration number"),
    Column("street", TEXT, "Street and number"),
    Column("postcode", TEXT, "Postcode"),
    Column("city", TEXT, "City"),
    Column("country_code", TEXT, "ISO 3166 country code", (pa.Check.str_matches(r"^[A-Z]{2}$"),)),
    Column("email", TEXT, "E-mail address"),
    Column("language", TEXT, "ISO 639 language of letters and invoices", (pa.Check.str_matches(r"^[a-z]{2}$"),)),
    Column("customer_from", DAY, "Date the customer signed up"),
)
