"""Which month VAT is of: that of its posting, which a closed month takes none of."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.vat_figures import vat_by_month
from pipelines.publishing.finance_figures import taxed
from schemas import tables

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
KNOWN = {
    tables.INVOICE: {"invoice_no": 7, "invoiced_on": OCTOBER, "exchange_rate": Decimal(1), "vat_treatment": "domestic"},
    tables.INVOICE_PARTY: {"invoice_no": 7, "country_code": "SE"},
    tables.BAD_DEBT_VAT: {
        "allocation_id": "p>invoice:7:recovered", "invoice_no": 7, "vat_class": "standard", "vat_category": "S",
        "vat_percent": Decimal(25), "vat_account": "2611", "net_amount": Decimal(80), "vat_amount": Decimal(20),
    },
    tables.ALLOCATION: {
        "allocation_id": "p>invoice:7:recovered", "payment_id": "p", "voucher_id": "B:p", "allocated_on": NOVEMBER,
        "paid_amount": Decimal(100),
    },
    tables.PAYMENT: {"payment_id": "p", "payment_kind": "received", "booked_on": date(2026, 10, 31)},
    tables.VOUCHER: {"voucher_id": "B:p", "event_on": date(2026, 10, 31), "posted_on": NOVEMBER},
}  # fmt: skip


class Lake:
    """A lake that holds one row of each table that is known."""

    def read(self, table, *_):
        rows = [dict.fromkeys(table.names) | KNOWN[table]] if table in KNOWN else []
        return pl.DataFrame(rows, schema=table.schema, orient="row")

    def read_matching(self, table, keys, *_):
        return self.read(table).join(keys, on=keys.columns, how="semi")


def test_vat_recovered_for_a_closed_month_is_of_the_month_it_is_posted_in():
    """The bank booked it on 31 October, whose VAT was declared when it came."""
    found = vat_by_month(taxed(Lake())).select("month", "base_amount", "vat_amount").rows()
    assert found == [(NOVEMBER, Decimal(80), Decimal(20))]
