"""What an invoice says of allowances: granted, used, saved, left, each grant on one invoice."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.allowance_statement import AllowanceFacts, invoice_allowances, stated_since
from schemas import tables

D = Decimal
OCT1, NOV1, DEC1 = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
NAMES = pl.DataFrame(
    [("min100", "100 minuter", "s", "own"), ("pot", "Delad pott", "byte", "shared")],
    schema=["allowance_code", "allowance_name", "allowance_unit", "allowance_scope"],
    orient="row",
)


def grants(*rows):
    """ALLOWANCE_GRANT rows of id, code, account, period, quantity and what they came from."""
    whole = [(name, code, 0, account, account, since, until, D(quantity), of)
             for name, code, account, since, until, quantity, of in rows]  # fmt: skip
    return pl.DataFrame(whole, schema=tables.ALLOWANCE_GRANT.schema, orient="row")


def own(name="g", code="min100", account=1, since=OCT1, until=NOV1, quantity="100", of=None):
    return (name, code, account, since, until, quantity, of)


def stated(*rows, used=(), rolled=(), before=(), payers=(), invoices=((1, 7, NOV1),)):
    """State grants on the invoices of some accounts."""
    schema = {"account_id": pl.Int64, "invoice_no": pl.Int64, "billing_date": pl.Date}
    facts = AllowanceFacts(
        grants=grants(*rows),
        rolled=grants(*rolled),
        used=pl.DataFrame(used, schema={"grant_id": pl.String, "used_quantity": pl.Decimal(18, 6)}, orient="row"),
        stated=pl.DataFrame({"grant_id": before}, schema={"grant_id": pl.String}),
        allowances=NAMES,
        numbers=pl.DataFrame({"subscription_id": [1, 2], "a_number": ["4670100", "4670200"]}),
        payers=pl.DataFrame(payers, schema=tables.PAYER.schema, orient="row"),
    )
    return invoice_allowances(pl.DataFrame(invoices, schema=schema, orient="row"), facts)


FIGURES = ("granted_quantity", "rolled_in_quantity", "used_quantity", "rolled_over_quantity", "left_quantity")


def figures(made):
    return [tuple(str(value.normalize() + 0) for value in row) for row in made.select(FIGURES).rows()]


def test_used_and_left_of_a_period_that_ended_stand_on_the_invoice():
    made = stated(own(), used=[("g", D(30))])
    assert figures(made) == [("100", "0", "30", "0", "70")]
    assert made.select("invoice_no", "grant_id", "allowance_name", "a_number").rows() == [
        (7, "g", "100 minuter", "4670100")
    ]


def test_a_period_that_has_not_ended_waits():
    assert stated(own(until=DEC1)).is_empty()


def test_what_came_from_the_period_before_is_one_row_with_what_was_granted():
    saved = own("g:rolled", quantity="20", of="f")
    made = stated(own(), saved, used=[("g", D(95)), ("g:rolled", D(12))])
    assert figures(made) == [("120", "20", "107", "0", "13")]
    assert made["grant_id"].to_list() == ["g"]


def test_what_moved_on_is_not_used():
    moved = own("h:rolled", since=NOV1, until=DEC1, quantity="25", of="g")
    made = stated(own(), used=[("g", D(60)), ("g", D(25))], rolled=[moved])
    assert figures(made) == [("100", "0", "60", "25", "15")]


def test_a_grant_stands_on_one_invoice_only():
    assert stated(own(), own("g:rolled", of="f"), before=["g"]).is_empty()


def test_a_shared_allowance_is_nobodys_number():
    assert stated(own(code="pot"))["a_number"].to_list() == [None]


def test_the_payer_of_the_last_day_gets_the_row():
    by = [(2, date(2026, 10, 31), 1, "r")]
    made = stated(own("g", account=2), payers=by)
    assert made.select("invoice_no", "a_number").rows() == [(7, "4670200")]
    assert stated(own("g", account=2), payers=[(2, NOV1, 1, "r")]).is_empty()


def test_grants_are_looked_for_since_the_invoice_before_or_since_the_account_began():
    invoices = pl.DataFrame({"account_id": [1, 2]})
    billed = pl.DataFrame({"account_id": [1, 3], "billing_date": [OCT1, date(2026, 1, 1)]})
    begun = pl.DataFrame({"account_id": [1, 2, 3], "account_from": [date(2026, 2, 1), date(2026, 9, 15), OCT1]})
    assert stated_since(invoices, billed, begun) == date(2026, 9, 15)
