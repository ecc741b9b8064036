"""Credits are granted one after the other, and together never come to more than their invoice."""

from decimal import Decimal

import pytest
from credit_rows import invoice

from invoicing.credit_books import CreditBooks, CreditLimitError, CreditOrder
from invoicing.credit_notes import left_to_credit

D = Decimal
RATES = {"standard": D(25)}


def books(rounding="0.00"):
    """A fee of 99.00 less 80.00 of goodwill: 19.00 and 4.75 VAT, 23.75 in all."""
    heads, lines, vat, _ = invoice([("99.00", "standard"), ("-80.00", "standard")], RATES, rounding=rounding)
    return CreditBooks(left_to_credit(heads, lines, vat))


@pytest.mark.parametrize("net", [None, D("19.01")])
def test_a_line_is_not_credited_beyond_what_a_reduction_left_of_the_invoice(net):
    with pytest.raises(CreditLimitError, match=r"19\.00 excluding VAT is left"):
        books().take(CreditOrder("a", 7, entry_no=1, net_amount=net))


def test_what_is_left_of_a_reduced_line_is_credited_with_its_vat_and_rounding_and_then_nothing():
    of = books(rounding="0.25")
    assert of.take(CreditOrder("a", 7, entry_no=1, net_amount=D("19.00"))).heads["total"].to_list() == [2400]
    for order in (CreditOrder("b", 7), CreditOrder("c", 7, entry_no=1), CreditOrder("d", 7, total_amount=D("0.01"))):
        with pytest.raises(CreditLimitError):
            of.take(order)


def test_a_line_that_gives_back_itself_is_not_said_to_have_nothing_left():
    with pytest.raises(CreditLimitError, match=r"line 2 of invoice 7 gives back 80\.00 itself; credit the lines"):
        books().take(CreditOrder("a", 7, entry_no=2))
