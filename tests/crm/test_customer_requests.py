"""What requests about a customer's details, limits, top-ups and disputes do to the register."""

from decimal import Decimal

from standing_customer import ask, one, standing
from test_request_application import NOV20, PHONE, apply, outcomes

from schemas import tables


def test_a_spend_limit_is_set_and_removed():
    made = one("set_spend_limit", number=PHONE, amount="300", barred="premium")
    assert made.changes[tables.SPEND_CHOICE][0].rows() == [
        (7, "month", Decimal(300), "premium", made.register.rules.on, "q")
    ]
    assert outcomes(one("set_spend_limit", number=PHONE)) == {"q": "ALREADY_SO"}
    both = apply(
        ask("set_spend_limit", request_id="a", number=PHONE, amount="300"),
        ask("set_spend_limit", request_id="b", minute=2, number=PHONE),
        into=standing(),
    )
    assert both.changes[tables.SPEND_CHOICE][0].is_empty()


def test_a_top_up_is_kept_once_and_an_automatic_order_is_answered_with_its_own_amount():
    made = one("top_up", number=PHONE, amount="100")
    assert made.changes[tables.TOP_UP][0].select("top_up_id", "amount", "paid_on").rows() == [
        ("q", 100, made.register.rules.on)
    ]
    ordered = {
        "top_up_id": "5:1",
        "account_id": 5,
        "top_up_kind": "automatic",
        "amount": Decimal(200),
        "currency": "SEK",
        "ordered_on": NOV20,
        "paid_on": None,
        "request_id": None,
    }

    def answer(**payload):
        return one("top_up", standing_with(ordered), number=PHONE, **payload)

    assert outcomes(answer(amount="100", top_up_id="5:1")) == {"q": "BAD_REQUEST"}
    assert outcomes(answer(amount="200", top_up_id="5:2")) == {"q": "NOT_OWNER"}
    assert outcomes(answer(amount="200", request_id="5:1")) == {"5:1": "BAD_REQUEST"}
    assert answer(amount="200", top_up_id="5:1").changes[tables.TOP_UP][0]["paid_on"].to_list() == [
        made.register.rules.on
    ]


def standing_with(top_up):
    into = standing()
    into[tables.TOP_UP].put(top_up)
    return into


def test_details_and_preferences_change_customer_and_account():
    made = one("move", number=PHONE, street="Hamngatan 2", postcode="99902", city="Ort")
    assert made.customers.select("street", "postcode").rows() == [("Hamngatan 2", "99902")]
    made = one("set_preference", customer_id=3, preference="delivery_channel", value="paper")
    assert made.accounts["delivery_channel"].to_list() == ["paper"]
    made = one("set_preference", customer_id=3, preference="language", value="en")
    assert made.customers["language"].to_list() == ["en"]
    into = standing(languages=frozenset({"en", "sv"}))
    french = one("set_preference", into=into, customer_id=3, preference="language", value="fr")
    assert outcomes(french) == {"q": "BAD_REQUEST"}
    made = one("set_preference", number=PHONE, preference="content_control", value="adult")
    assert made.changes[tables.PREFERENCE][0].select("preference_of", "preference_value").rows() == [
        ("subscription:7", "adult")
    ]
    assert outcomes(one("set_preference", customer_id=3, preference="delivery_channel", value="pigeon")) == {
        "q": "BAD_REQUEST"
    }


def test_a_dispute_is_of_an_invoice_of_its_own():
    assert outcomes(one("dispute", standing(invoices={9: 3}), customer_id=3, invoice_no=9, text="no")) == {
        "q": "applied"
    }
    assert outcomes(one("dispute", standing(invoices={9: 4}), customer_id=3, invoice_no=9, text="no")) == {
        "q": "NOT_OWNER"
    }
    assert outcomes(one("dispute", customer_id=3, invoice_no=9, text="no")) == {"q": "UNKNOWN_CUSTOMER"}


def test_a_credit_limit_changes_with_its_history():
    made = one("set_credit_limit", account_id=5, amount="2000", reason="good payer")
    assert made.accounts["credit_limit"].to_list() == [Decimal(2000)]
    assert made.changes[tables.CREDIT_CHANGE][0].select("change_no", "old_limit", "credit_limit").rows() == [
        (1, 1000, 2000)
    ]
