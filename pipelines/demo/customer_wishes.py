"""What a few of the demo's customers wish on the second and third night, and two sign-ups that go no further.

Written as the channels do: a JSON Lines file of the web, a CSV file of customer service. Whom a story needs is looked
for among those who are no cast of another one; a population without such a customer has no such wish.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.demo.nights import NIGHTS
from pipelines.demo.number_series import story_number
from pipelines.demo.payments import habit_of
from pipelines.demo.population import BORDER_CALLER, CALL_CENTRE_CUSTOMER, HEIR, HTML_CUSTOMER, SPRING_CALLER, Customer
from pipelines.demo.request_files import json_line

Wish = dict[str, Any]
COUPON, TELEPHONE = "VALKOMMEN", "phone_a"  # of coupons.csv and products.csv
NEW_NUMBER, MANAGERS_NUMBER = story_number("fixed", 20), story_number("mobile", 20)
_AGREED = NIGHTS[8]
_DOWN = {"voice_vip": "voice_home", "mobile_large": "mobile_small"}


def wishes(night: date, people: list[Customer]) -> Iterator[tuple[str, bytes]]:
    """Give name and content of the files with what customers wish before a night."""
    of_web, of_desk = _wishes(night, people)
    if of_web:
        lines = [json_line(_asked(night, n, wish) | {"channel": "web"}) for n, wish in enumerate(of_web)]
        yield f"requests-wishes-{night}.jsonl", b"".join(lines)
    if of_desk:
        rows = [_asked(night, n, wish) | {"channel": "agent", "actor": "sigrid"} for n, wish in enumerate(of_desk, 50)]
        yield f"requests-service-{night}.csv", _csv(rows)


def _asked(night: date, place: int, wish: Wish) -> Wish:
    """Put a wish into its envelope: asked on the eve, one after the other, where it does not say when itself."""
    eve = night - timedelta(days=1)
    return {
        "request_id": f"wish-{night}-{place:02}",
        "requested_at": f"{eve}T12:{place:02}:00+02:00",
        "effective_on": str(eve),
        **wish,
    }


def _csv(rows: list[Wish]) -> bytes:
    fields = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _wishes(night: date, people: list[Customer]) -> tuple[list[Wish], list[Wish]]:
    """Return what reaches the web and what reaches customer service; who is not there has no wish."""
    said = {NIGHTS[1]: _of_second_night, NIGHTS[2]: _of_third_night}
    web, desk = said[night](night, people) if night in said else ([], [])
    return [wish for wish in web if wish.get("number") != ""], [wish for wish in desk if wish["number"]]


def _of_second_night(night: date, people: list[Customer]) -> tuple[list[Wish], list[Wish]]:
    number, spender = _first_number(people[BORDER_CALLER]), _first_number(people[SPRING_CALLER])
    at_once = {"number": number, "requested_at": f"{night - timedelta(days=1)}T12:30:00+02:00"}
    return [
        _limit("60", "all") | {"number": spender},
        _limit("300", "abroad") | at_once,
        _limit("500", "abroad") | at_once,
        _sign_up("Vendela Klippmo", registration_no="19640823-3235"),  # its check digit is 4
        _sign_up("Halvard Ängnäs", credit_wanted="5000"),
        *_of_company(_first_number(people[CALL_CENTRE_CUSTOMER])),
        {"type": "set_preference", "number": spender, "preference": "itemisation", "value": "yes"},
    ], [
        {"type": "note", "number": number, "text": "Wants to be called after five"},
        {"type": "block", "number": _subscriber(people, "voice_home"), "reason": "customer", "barred": "abroad",
         "note": "Phone lost"},
    ]  # fmt: skip


def _of_third_night(night: date, people: list[Customer]) -> tuple[list[Wish], list[Wish]]:
    today = {"effective_on": str(night)}
    down = next((plan for plan in _DOWN if _subscriber(people, plan)), "voice_vip")
    return [
        {"type": "upgrade", "number": _subscriber(people, "mobile_small"), "plan_code": "mobile_large"} | today,
        {"type": "downgrade", "number": _subscriber(people, down), "plan_code": _DOWN[down]} | today,
        {"type": "order", "number": _subscriber(people, "mobile_small", 1), "product": "booster",
         "allowance_code": "booster1gb"} | today,
        {"type": "add_number", "number": _first_number(people[HTML_CUSTOMER]), "new_number": NEW_NUMBER},
        {"type": "redeem_coupon", "number": _subscriber(people, "voice_home"), "coupon_code": COUPON} | today,
        {"type": "order", "number": _subscriber(people, "mobile_small", 2), "product": "equipment",
         "product_code": TELEPHONE, "instalments": 24} | today,
    ], [
        {"type": "move", "number": _first_number(people[SPRING_CALLER]), "street": "Skepparbacken 12",
         "postcode": "999 67", "city": "Gäddvik"},
        {"type": "unblock", "number": _subscriber(people, "voice_home"), "note": "Found again"},
    ]  # fmt: skip


def _of_company(number: str) -> list[Wish]:
    """Let a company take a telephone for its manager, and have one invoice with two cost centres."""
    manager = {"type": "order", "number": number, "plan_code": "mobile_business", "numbers": [MANAGERS_NUMBER]}
    return [
        {"type": "set_preference", "number": number, "preference": "invoice_layout", "value": "consolidated"},
        manager,
        {"type": "set_user", "number": number, "cost_centre": "Kundtjänst", "user_name": "Växeln"},
        {"type": "set_user", "number": MANAGERS_NUMBER, "cost_centre": "Ledning", "user_name": "Sanna Grynnbo"},
    ]


def _limit(amount: str, barred: str) -> Wish:
    return {"type": "set_spend_limit", "period": "month", "amount": amount, "barred": barred}


def _sign_up(name: str, registration_no: str | None = None, credit_wanted: str | None = None) -> Wish:
    return {
        "type": "sign_up",
        "customer": {"name": name, "category": "private", "registration_no": registration_no,
                     "street": "Vågbrytargatan 9", "postcode": "999 01", "city": "Fjärdhamn"},
        "account": {"billing_day": 15, "delivery_channel": "email"},
        "subscriptions": [{"plan_code": "broadband_100"}],
        "credit_wanted": credit_wanted,
    }  # fmt: skip


def dispute(night: date, invoices: pl.DataFrame) -> Iterator[Wish]:
    """Give the complaint about the first invoice there is, before the third night: `invoice_no`, `account_id`."""
    if night == NIGHTS[2] and not invoices.is_empty():
        row = invoices.row(0, named=True)
        wish = {"type": "dispute", "account_id": row["account_id"], "invoice_no": row["invoice_no"], "amount": "20.00"}
        said = {"channel": "agent", "actor": "sigrid", "text": "Knows nothing of a call at night"}
        yield _asked(night, 40, wish | said)


def agreement(night: date, invoices: pl.DataFrame, seed: int) -> Iterator[Wish]:
    """Let the first account that never pays an invoice agree on instalments, which it does not pay either.

    `invoices`: `invoice_no`, `account_id`, `due_on`, `total_amount`.
    """
    if night == _AGREED:
        overdue = invoices.filter((pl.col("due_on") < night) & (pl.col("total_amount") > 0)).sort("invoice_no")
        unpaid = (row for row in overdue.iter_rows(named=True) if habit_of(row["invoice_no"], seed) == "never")
        for row in itertools.islice(unpaid, 1):
            wish = {"type": "agree_payments", "account_id": row["account_id"], "invoices": [row["invoice_no"]]}
            plan = {"instalments": 3, "first_due_on": "2026-11-20", "reason": "Has lost her job, pays by and by"}
            yield _asked(night, 41, wish | plan | {"channel": "agent", "actor": "sigrid"})


def _first_number(customer: Customer) -> str:
    return customer.subscriptions[0].numbers[0]


def _subscriber(people: list[Customer], plan_code: str, place: int = 0) -> str:
    """Return the number of a customer who has the plan first of all and stays; empty when there are too few of them."""
    found = [
        _first_number(customer)
        for customer in people[HEIR + 1 :]
        if customer.subscriptions[0].plan_code == plan_code and not customer.known_at and customer.leaves_at is None
    ]
    return found[place] if place < len(found) else ""
