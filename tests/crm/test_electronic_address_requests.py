"""What the e-invoices of an account need comes with its sign-up, or with an update."""

import pytest
from standing_customer import one, standing
from test_request_application import CUSTOMER, SIGN_UP, apply, outcomes, reason, request

from schemas import tables

COMPANY = SIGN_UP | {
    "customer": SIGN_UP["customer"] | {"category": "corporate", "registration_no": "556000-0167"},
    "account": {"billing_day": 1, "delivery_channel": "e_invoice"},
}
NEEDS = {
    "electronic_address": "0088:7300010000001", "buyer_reference": "KST-4711", "order_reference": "PO-7781"
}  # fmt: skip


def signed_up(**account):
    return apply(request("q", COMPANY | {"account": COMPANY["account"] | account}))


def company(number="556000-0167"):
    """The standing customer as a company."""
    into = standing()
    into[tables.CUSTOMER].put(CUSTOMER | {"customer_category": "corporate", "registration_no": number})
    return into


def test_a_sign_up_keeps_address_and_references_on_the_account():
    assert signed_up(**NEEDS).accounts.select(list(NEEDS)).rows(named=True) == [NEEDS]


def test_an_update_changes_what_it_gives_and_leaves_the_rest():
    made = one("update_details", customer_id=3, buyer_reference="KST-4711")
    assert made.accounts.select(list(NEEDS)).rows() == [(None, "KST-4711", None)]
    assert one("update_details", customer_id=3, **NEEDS).accounts.select(list(NEEDS)).rows(named=True) == [NEEDS]


def test_a_swedish_company_is_reached_by_its_organisation_number():
    assert outcomes(signed_up()) == {"q": "applied"}
    wanted = {"customer_id": 3, "preference": "delivery_channel", "value": "e_invoice"}
    made = one("set_preference", company(), **wanted)
    assert made.accounts["delivery_channel"].to_list() == ["e_invoice"]


def test_nobody_gets_e_invoices_who_cannot_be_reached():
    private = SIGN_UP | {"account": {"billing_day": 1, "delivery_channel": "e_invoice"}}
    refused = apply(request("q", private))
    assert outcomes(refused) == {"q": "BAD_REQUEST"}
    assert "electronic_address" in reason(refused)
    refused = one("set_preference", customer_id=3, preference="delivery_channel", value="e_invoice")
    assert outcomes(refused) == {"q": "BAD_REQUEST"}
    assert "update_details" in reason(refused)


@pytest.mark.parametrize("address", ["5560000167", "0007:5560000168", "0007:19640823-3234", "x:1", "0007:"])
def test_an_electronic_address_that_is_none_is_refused_without_being_told(address):
    refused = signed_up(electronic_address=address)
    assert outcomes(refused) == {"q": "BAD_REQUEST"}
    assert "electronic_address" in reason(refused)
    assert "0823" not in reason(refused)
