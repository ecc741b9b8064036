"""A one-off fee on its way: charge, invoice, page, books, proof, explanation."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from pypdf import PdfReader
from small_operator import DECIDED, ask

from pipelines.documents.deliver_flow import invoice_pdf
from pipelines.explaining.explain_flow import explain
from pipelines.night import opened_lake
from pipelines.nightly_flow import conduct, night_at
from pipelines.proof.prove_flow import ProofError
from rating.one_off_charges import FEE_SCHEMA, one_off_charges
from schemas import tables

pytestmark = pytest.mark.slow
D = Decimal


def charge_fee(home, request, on):
    """Charge Anna 49 kr as article 2002 for a request."""
    with opened_lake(home, read_only=False) as store:
        held = store.query(
            "SELECT account_id, account_bucket, subscription_id FROM subscription JOIN account USING (account_id)"
        )
        row = (request, "change_fee", *held.row(0), "2002", D(49), on)
        fees = pl.DataFrame([row], schema=FEE_SCHEMA, orient="row").select(FEE_SCHEMA.names())
        fees = fees.with_columns(account_id=held["account_id"], account_bucket=held["account_bucket"])
        charges = one_off_charges(fees, store.read(tables.ARTICLE), "SEK", date(2026, 9, 20))
        with store.transaction("fee"):
            store.append(tables.CHARGE, charges)


@pytest.mark.parametrize("on", [date(2026, 9, 20), date(2026, 10, 1)])
def test_a_fee_is_invoiced_on_the_next_billing_date_booked_proven_and_told(begun, invoiced, copy_of, on):
    home = copy_of(begun)
    charge_fee(home, "r-anna", on)
    conduct(home, date(2026, 10, 1), stages=DECIDED)
    line = (
        "SELECT entry_no, charge_kind, line_text, quantity, net_amount FROM invoice_line WHERE charge_kind = 'one_off'"
    )
    ((entry, *told),) = ask(home, line)
    assert told == ["one_off", "Månadsavgift mobiltelefoni", 1, D("49.00")]
    # 49.00 and 12.25 VAT more than without the fee, both in whole kronor
    amounts = "SELECT net_amount, vat_amount FROM invoice WHERE invoice_no = 1000001"
    (before,), (after,) = (ask(each, amounts) for each in (invoiced, home))
    assert (after[0] - before[0], after[1] - before[1]) == (D("49.00"), D("12.25"))
    posted = "SELECT sum(debit_credit) FROM ledger_entry WHERE ledger_account = '3044'"
    assert ask(invoiced, posted)[0][0] - ask(home, posted)[0][0] == D("49.00")
    with night_at(home, date(2026, 10, 1)) as night:
        text = " ".join(PdfReader(invoice_pdf(night, 1000001)).pages[0].extract_text().split())
    assert f"{on} 1 49,00" in text
    assert explain(home, "one_off:r-anna:change_fee").holds
    assert explain(home, f"1000001/{entry}").holds


def test_a_fee_of_a_request_that_nobody_made_stops_the_night(begun, copy_of):
    home = copy_of(begun)
    charge_fee(home, "r-2026-09-20", date(2026, 9, 20))
    with pytest.raises(ProofError, match="one_off_charges_have_their_cause"):
        conduct(home, date(2026, 10, 1), stages=DECIDED)
