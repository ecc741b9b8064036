"""Sales by month, article and account: in the books' currency, to the oere what the vouchers of documents post."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from invoicing.document_postings import document_vouchers
from invoicing.ledger_postings import with_dimensions
from invoicing.sales_figures import sales_by_month, sold_lines
from schemas import tables
from schemas.policy import Ledger

OCT1, NOV1 = date(2026, 10, 1), date(2026, 11, 1)
GROUPS = pl.DataFrame({"article_no": ["1002"], "product_group": ["telephony"]})
RESELLERS = pl.DataFrame(
    {"invoice_no": [1, 2], "reseller_code": ["R-1", None]}, schema={"invoice_no": pl.Int64, "reseller_code": pl.String}
)


def frame(table, *rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema, orient="row")


def line(invoice, entry, net, article="1002", quantity=1, account="3041", cost_centre=None):
    return {
        "invoice_no": invoice, "entry_no": entry, "article_no": article, "quantity": quantity,
        "net_amount": Decimal(net), "revenue_account": account, "cost_centre": cost_centre,
    }  # fmt: skip


def document(invoice, on=OCT1, rate="1", kind="invoice"):
    return {
        "invoice_no": invoice, "account_id": 7, "invoiced_on": on, "currency": "SEK" if rate == "1" else "EUR",
        "exchange_rate": Decimal(rate), "document_kind": kind, "total_amount": Decimal(0),
        "rounding_amount": Decimal(0),
    }  # fmt: skip


def sold(documents, lines):
    return sold_lines(
        with_dimensions(frame(tables.INVOICE_LINE, *lines), GROUPS, RESELLERS), frame(tables.INVOICE, *documents)
    )


def test_lines_are_added_up_by_month_article_account_group_and_reseller():
    documents = [document(1), document(2), document(3, NOV1)]
    lines = [
        line(1, 1, "10.00"),
        line(1, 2, "5.00", quantity=2),
        line(2, 1, "7.00"),
        line(3, 1, "1.00", "2002", account="3044"),
    ]
    assert sales_by_month(sold(documents, lines)).rows() == [
        (OCT1, "1002", "3041", "telephony", "R-1", 3, Decimal(15)),
        (OCT1, "1002", "3041", "telephony", None, 1, Decimal(7)),
        (NOV1, "2002", "3044", None, None, 1, Decimal(1)),
    ]


def test_a_credit_note_takes_its_amount_and_quantity_off_in_its_own_month():
    documents = [document(1), document(9, NOV1, kind="credit_note")]
    found = sales_by_month(sold(documents, [line(1, 1, "10.00", quantity=4), line(9, 1, "-10.00", quantity=4)]))
    assert found.select("month", "quantity", "net_amount").rows() == [(OCT1, 4, Decimal(10)), (NOV1, -4, Decimal(-10))]


def test_lines_share_what_their_posting_comes_to_in_the_books():
    """EUR 0.05 + 0.05 at 11.10 = 0.555 each; together 1.11: the first has 0.56, the second 1.11 - 0.56 = 0.55."""
    found = sold([document(1, rate="11.1")], [line(1, 1, "0.05"), line(1, 2, "0.05")])
    assert found["home_net"].to_list() == [Decimal("0.56"), Decimal("0.55")]


LEDGER = Ledger(
    **{name: "1510" for name, field in Ledger.model_fields.items() if field.is_required()} | {"rounding": "3740"}
)
AMOUNTS = st.lists(
    st.tuples(st.integers(-5_000, 50_000), st.sampled_from(["1002", "2002"]), st.sampled_from([None, "A"])), min_size=1
)


@given(AMOUNTS, st.integers(1, 2_000_000))
def test_sales_are_what_the_vouchers_post_whatever_the_rate(amounts, rate):
    lines = [
        line(1, number, Decimal(net) / 100, article, cost_centre=centre)
        for number, (net, article, centre) in enumerate(amounts, 1)
    ]
    documents = frame(tables.INVOICE, document(1, rate=str(Decimal(rate) / 100_000)))
    whole = with_dimensions(frame(tables.INVOICE_LINE, *lines), GROUPS, RESELLERS)
    posted = document_vouchers(documents, whole, tables.INVOICE_VAT.empty(), LEDGER)
    revenue = posted.filter(pl.col("ledger_account") == "3041")["debit_credit"].sum()
    assert sales_by_month(sold_lines(whole, documents))["net_amount"].sum() == -(revenue or 0)
