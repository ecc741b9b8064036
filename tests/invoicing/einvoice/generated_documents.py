"""Documents that nobody thought of."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sample_documents import FJORD, KUNDEN, NOTHING, OCTOBER, SAARI, TAMMINEN, credit_note, document

from invoicing.documents.invoice_page import InvoiceLineText

_amounts = st.decimals(Decimal("-9999.99"), Decimal("99999.99"), places=2)
_texts = st.text(min_size=1, max_size=120)
_days = st.dates(date(2026, 7, 1), date(2026, 12, 1))
_used = st.integers(0, 10**12)
# Who buys, and with which categories and rates; what is outside VAT never stands beside anything else.
_HOME_RATES = [("S", Decimal(25)), ("S", Decimal(12)), ("S", Decimal(6)), ("Z", NOTHING), ("E", NOTHING)]
_SALES = [
    (KUNDEN, _HOME_RATES),
    (TAMMINEN, [("AE", NOTHING)]),
    (SAARI, [("S", Decimal("25.5000")), ("S", Decimal(14))]),
    (FJORD, [("O", NOTHING)]),
    (FJORD, [("G", NOTHING), ("S", Decimal(25))]),
]


@st.composite
def _line(draw, rates):
    category, percent = draw(st.sampled_from(rates))
    kind = draw(st.sampled_from(["fee", "one_off", "call", "data", "message", "adjustment", "reduction"]))
    is_usage = kind in {"call", "data", "message"}
    service_from = draw(_days)
    return InvoiceLineText(
        text=draw(_texts),
        service_from=service_from,
        service_to=service_from + timedelta(days=draw(st.integers(0, 93))),
        quantity=draw(st.integers(-3, 500)),
        net_amount=draw(_amounts),
        usage_kind=kind if is_usage else None,
        duration_s=draw(_used) if kind == "call" else 0,
        volume_bytes=draw(_used) if kind == "data" else 0,
        included_units=draw(_used) if is_usage else 0,
        is_adjustment=kind == "adjustment",
        is_reduction=kind == "reduction",
        line_group="usage" if is_usage else kind,
        article_no=draw(st.text(max_size=12)),
        vat_category=category,
        vat_percent=percent,
        cost_centre=draw(st.none() | st.text(max_size=20)),
        used_days=draw(st.none() | st.integers(0, 31)),
        full_days=draw(st.none() | st.integers(28, 31)),
    )


@st.composite
def documents(draw):
    """Invoices and credit notes of all kinds of buyers, currencies and references, of one to twelve lines."""
    buyer, rates = draw(st.sampled_from(_SALES))
    lines = draw(st.lists(_line(rates), min_size=1, max_size=12))
    reference = st.none() | st.text(max_size=30)
    told = {name: draw(reference) for name in ("buyer_reference", "order_reference")}
    who = replace(
        buyer, name=draw(_texts), language=draw(st.sampled_from(["sv", "en", "fi", "nb", "da", "de", "fr"])), **told
    )
    currency = draw(st.sampled_from(["SEK", "EUR", "NOK"]))
    rate = Decimal(1) if currency == "SEK" else draw(st.decimals(Decimal("0.5"), Decimal(15), places=8))
    rounding = {"rounding_amount": draw(st.decimals(Decimal("-0.49"), Decimal("0.50"), places=2))}
    make = credit_note if draw(st.booleans()) else document
    drawn = {} if make is credit_note else {"credit_drawn_amount": draw(st.decimals(0, 500, places=2))}
    return make(*lines, buyer=who, currency=currency, exchange_rate=rate, due_on=OCTOBER, **rounding, **drawn)


def some_documents(count):
    """Generate documents for a test that takes them all at once."""
    made = []

    @settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(documents())
    def collect(one):
        made.append(one)

    collect()
    return made
