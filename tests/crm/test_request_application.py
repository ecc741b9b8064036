"""Requests: what a sign-up makes, what is refused and why, and what one request leaves for the next."""

import copy
import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from crm.contract_changes import ContractRules
from crm.handlers.by_type import HANDLERS
from crm.register import Register, Rules
from crm.request_application import apply_all
from crm.request_models import REQUEST_MODELS
from schemas import tables
from schemas.buckets import account_bucket
from schemas.codes import REASONS
from schemas.policy import Policy

STARTER = Path(__file__).resolve().parents[2] / "data" / "demo" / "config" / "policy.toml"
POLICY = Policy.model_validate(tomllib.loads(STARTER.read_text(encoding="utf-8"), parse_float=str))
ON = date(2026, 11, 22)
NOV1, NOV20, DEC1 = date(2026, 11, 1), date(2026, 11, 20), date(2026, 12, 1)
PHONE, OTHER = "46701740605", "46701740606"
SIGN_UP = {
    "customer": {
        "name": "Åsa Öst",
        "category": "private",
        "street": "Kajen 1",
        "postcode": "99901",
        "city": "Fjärdhamn",
    },
    "account": {"billing_day": 31},
    "subscriptions": [{"plan_code": "mobile_small", "numbers": [PHONE]}],
}


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Stockholm"))


def request(request_id, payload=None, kind="sign_up", effective=NOV1, minute=0, reseller=None):
    return {
        "request_id": request_id,
        "request_type": kind,
        "channel": "web",
        "reseller_code": reseller,
        "requested_at": datetime(2026, 10, 20, 12, minute, tzinfo=UTC),
        "actor": None,
        "effective_on": effective,
        "effective_at": midnight(max(effective, date(2, 1, 1))),
        "payload": json.dumps(SIGN_UP if payload is None else payload),
        "file_sha256": "0" * 64,
        "record_no": 1,
        "line_no": 1,
        "received_on": ON,
        "received_at": datetime(2026, 11, 22, 20, tzinfo=UTC),
    }


def cancel(request_id, number=PHONE, effective=DEC1, minute=1):
    return request(request_id, {"number": number}, "cancel", effective, minute)


def changed(*path, to):
    """The sign-up with one value changed."""
    payload = copy.deepcopy(SIGN_UP)
    place = payload
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return payload


def without(*path):
    payload = copy.deepcopy(SIGN_UP)
    place = payload
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return payload


PLANS = {
    code: {"plan_code": code, "plan_name": code, "service": service, "product_group": None, "identity_required": None}
    for code, service in (("mobile_small", "mobile"), ("mobile_large", "mobile"), ("broadband_100", "broadband"))
}


def register(held=(), subscriptions=(), customers=None, last=(10_000, 20_000, 500_000), **more):
    """The register with NUMBER_ASSIGNMENT and SUBSCRIPTION rows; `customers` by account."""
    known = {
        "number_assignment": [dict(zip(tables.NUMBER_ASSIGNMENT.names, row, strict=True)) for row in held],
        "subscription": [dict(zip(tables.SUBSCRIPTION.names, (*row, 1), strict=True)) for row in subscriptions],
        "account": [ACCOUNT | {"account_id": key, "customer_id": value} for key, value in (customers or {}).items()],
        "customer": [CUSTOMER | {"customer_id": value} for value in (customers or {}).values()],
    }
    rules = Rules(
        policy=more.pop("policy", POLICY),
        on=ON,
        at=datetime(2026, 11, 22, 21, tzinfo=UTC),
        contracts=ContractRules(more.pop("plans", PLANS), more.pop("terms", ()), more.pop("changes", ())),
        resellers=frozenset({"R-101"}),
        secret=more.pop("secret", b"of this home"),
        allowances=more.pop("allowances", {}),
        **{name: more.pop(name) for name in ("products", "coupons", "groups", "articles", "languages") if name in more},
    )
    last_ids = dict(zip(("customer_id", "account_id", "subscription_id"), last, strict=True))
    return Register(rules=rules, last_ids=last_ids, known=known | more.pop("known", {}), **more)


ACCOUNT = {
    "account_id": 5, "account_bucket": 1, "customer_id": 3, "billing_day": 1, "currency": "SEK",
    "credit_limit": Decimal(1000), "delivery_channel": "email", "reseller_code": None, "account_from": NOV1,
    "electronic_address": None, "buyer_reference": None, "order_reference": None,
}  # fmt: skip
CUSTOMER = {
    "customer_id": 3, "customer_name": "Bo Ek", "customer_category": "private", "registration_no": None,
    "street": "Kajen 2", "postcode": "99901", "city": "Ort", "country_code": "SE", "email": None, "language": "sv",
    "customer_from": NOV1, "request_id": "r-0",
}  # fmt: skip
NAMES = {
    "customers": tables.CUSTOMER, "accounts": tables.ACCOUNT, "subscriptions": tables.SUBSCRIPTION,
    "numbers": tables.NUMBER_ASSIGNMENT, "outcomes": tables.REQUEST_OUTCOME, "notices": tables.NOTICE,
    "contracts": tables.CONTRACT, "cases": tables.APPROVAL_CASE, "blocks": tables.BLOCK,
}  # fmt: skip


def apply(*requests, into=None, earlier=()):
    """What is written after some requests, by short names."""
    opened = into or register()
    schema = tables.REQUEST.schema
    apply_all(opened, pl.DataFrame(list(requests), schema=schema), pl.DataFrame(list(earlier), schema=schema))
    changes = opened.changes()
    return SimpleNamespace(
        **{name: changes[table][0] for name, table in NAMES.items()}, changes=changes, register=opened
    )


def outcomes(rows):
    """State, or reason where refused, by request."""
    return {
        r["request_id"]: r["reason_code"] or r["request_state"]
        for r in rows.outcomes.select("request_id", "request_state", "reason_code").to_dicts()
    }


def reason(rows):
    return rows.outcomes["reason_text"][0]


class TestSignUp:
    def test_it_makes_customer_account_subscription_and_number_from_its_date(self):
        made = apply(request("q1", reseller="R-101"))
        assert made.customers.to_dicts() == [
            {
                "customer_id": 10_001,
                "customer_name": "Åsa Öst",
                "customer_category": "private",
                "registration_no": None,
                "vat_no": None,
                "street": "Kajen 1",
                "postcode": "99901",
                "city": "Fjärdhamn",
                "country_code": "SE",
                "email": None,
                "language": "sv",
                "customer_from": NOV1,
                "request_id": "q1",
            }
        ]
        bucket = account_bucket(20_001, POLICY.store.account_buckets)
        assert made.accounts.rows() == [
            (20_001, bucket, 10_001, 31, "SEK", Decimal("1000.00"), "portal", "R-101", NOV1, None, None, None)
        ]
        assert made.subscriptions.rows() == [(500_001, 20_001, "mobile_small", NOV1, None, 1)]
        # midnight of 1 November in Stockholm, winter time
        since = datetime(2026, 10, 31, 23, tzinfo=UTC)
        assert made.numbers.rows() == [(PHONE, 500_001, since, None)]
        assert made.outcomes.rows() == [("q1", "applied", 10_001, None, None, ON)]

    def test_every_frame_conforms_to_its_table(self):
        made = apply(request("q1"), cancel("q2"))
        for table, frame in zip(
            (tables.CUSTOMER, tables.ACCOUNT, tables.SUBSCRIPTION, tables.NUMBER_ASSIGNMENT, tables.REQUEST_OUTCOME),
            (made.customers, made.accounts, made.subscriptions, made.numbers, made.outcomes),
            strict=True,
        ):
            assert table.conform(frame).height > 0

    def test_in_summer_a_day_begins_an_hour_earlier_in_utc(self):
        made = apply(request("q1", effective=date(2026, 7, 1)))
        assert made.numbers["owned_from"].to_list() == [datetime(2026, 6, 30, 22, tzinfo=UTC)]

    @pytest.mark.parametrize(("category", "limit"), [("private", 1000), ("corporate", 25_000), ("vip", 50_000)])
    def test_the_credit_limit_follows_the_category(self, category, limit):
        made = apply(request("q1", changed("customer", "category", to=category)))
        assert made.accounts["credit_limit"].to_list() == [Decimal(limit)]

    def test_several_subscriptions_share_the_account_and_need_no_number(self):
        wanted = [{"plan_code": "mobile_small", "numbers": [PHONE, OTHER]}, {"plan_code": "broadband_100"}]
        made = apply(request("q1", changed("subscriptions", to=wanted)))
        assert made.subscriptions.select("subscription_id", "account_id", "plan_code").rows() == [
            (500_001, 20_001, "mobile_small"),
            (500_002, 20_001, "broadband_100"),
        ]
        assert made.numbers.select("a_number", "subscription_id").rows() == [(PHONE, 500_001), (OTHER, 500_001)]

    def test_a_language_without_texts_for_letters_is_refused(self):
        wanted = request("q1", changed("customer", "language", to="fr"))
        made = apply(wanted, into=register(languages=frozenset({"en", "sv"})))
        assert made.outcomes["reason_code"].to_list() == ["BAD_REQUEST"]
        assert reason(made).startswith("customer.language: there are texts in en, sv, none in 'fr'")
        assert apply(wanted, into=register(languages=frozenset({"fr"}))).customers["language"].to_list() == ["fr"]

    def test_ids_continue_and_a_refused_request_uses_none(self):
        made = apply(
            request("q1"),
            request("q2", minute=1),  # the number is taken
            request("q3", changed("subscriptions", 0, "numbers", to=[OTHER]), minute=2),
            into=register(last=(41, 52, 63)),
        )
        assert outcomes(made) == {"q1": "applied", "q2": "NUMBER_IN_USE", "q3": "applied"}
        assert made.customers["customer_id"].to_list() == [42, 43]
        assert made.accounts["account_id"].to_list() == [53, 54]
        assert made.subscriptions["subscription_id"].to_list() == [64, 65]


class TestRefused:
    @pytest.mark.parametrize(
        ("sent", "code", "said"),
        [
            (request("q", kind="upsell"), "UNKNOWN_REQUEST_TYPE", "'upsell' is not one of add_mandate, add_number"),
            (request("q", changed("subscriptions", 0, "plan_code", to="gold")), "UNKNOWN_PLAN", "'gold'"),
            (request("q", reseller="R-999"), "UNKNOWN_RESELLER", "'R-999'"),
            (request("q", without("customer", "name")), "BAD_REQUEST", "customer.name"),
            (request("q", without("account")), "BAD_REQUEST", "account"),
            (request("q", changed("account", "billing_day", to=32)), "BAD_REQUEST", "found '32'"),
            (request("q", changed("account", "billing_day", to=0)), "BAD_REQUEST", "account.billing_day"),
            (request("q", changed("customer", "category", to="gold")), "BAD_REQUEST", "found 'gold'"),
            (request("q", changed("subscriptions", to=[])), "BAD_REQUEST", "subscriptions"),
            (request("q", changed("subscriptions", 0, "numbers", to=["070-174"])), "BAD_REQUEST", "numbers.0"),
            (request("q", changed("subscriptions", 0, "numbers", to=["0701740605"])), "BAD_REQUEST", "numbers.0"),
            (request("q", changed("discount", to=5)), "BAD_REQUEST", "discount"),
            (request("q", changed("subscriptions", 0, "numbers", to=[PHONE, PHONE])), "NUMBER_IN_USE", "twice"),
            (cancel("q"), "UNKNOWN_SUBSCRIPTION", "...605"),
            (request("q", {}, "cancel"), "BAD_REQUEST", "number"),
        ],
    )
    def test_it_names_the_reason_and_changes_nothing(self, sent, code, said):
        made = apply(sent)
        assert outcomes(made) == {"q": code}
        assert code in REASONS
        assert said in reason(made)
        assert [made.customers.height, made.accounts.height, made.subscriptions.height, made.numbers.height] == [0] * 4

    def test_a_number_twice_in_two_subscriptions_of_one_request_is_in_use(self):
        wanted = [{"plan_code": "mobile_small", "numbers": [PHONE]}] * 2
        assert outcomes(apply(request("q", changed("subscriptions", to=wanted)))) == {"q": "NUMBER_IN_USE"}

    def test_a_reason_names_no_whole_telephone_number(self):
        assert PHONE not in reason(apply(cancel("q")))
        assert PHONE not in apply(request("q1"), request("q2", minute=1)).outcomes["reason_text"][1]

    @pytest.mark.parametrize(
        ("path", "wrong", "shown"),
        [
            (("subscriptions", 0, "numbers"), ["+46 70 174 06 05"], "'...605'"),
            (("customer", "registration_no"), 198112289874, "'...874'"),
            (("customer", "personnummer"), "19811228-9874", "'...874'"),
        ],
    )
    def test_nor_does_one_that_shows_what_was_found(self, path, wrong, shown):
        assert f"found {shown}" in reason(apply(request("q", changed(*path, to=wrong))))

    def test_a_missing_field_is_named_without_repeating_the_person(self):
        text = reason(apply(request("q", without("customer", "name"))))
        assert "Kajen" not in text
        assert text == "customer.name: Field required; send a corrected request with a new id"

    def test_further_faults_are_counted(self):
        payload = changed("account", "billing_day", to=32) | {"discount": 5}
        assert "and 1 more fault" in reason(apply(request("q", payload)))

    def test_a_payload_that_is_not_an_object_is_a_bad_request(self):
        assert outcomes(apply(request("q", ["sign_up"]))) == {"q": "BAD_REQUEST"}


class TestOneAfterTheOther:
    def test_a_number_given_back_can_be_given_to_the_next_from_the_same_day(self):
        made = apply(request("q1"), cancel("q2"), request("q3", effective=DEC1, minute=2))
        assert outcomes(made) == {"q1": "applied", "q2": "applied", "q3": "applied"}
        border = datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert made.numbers.sort("owned_from").rows() == [
            (PHONE, 500_001, datetime(2026, 10, 31, 23, tzinfo=UTC), border),
            (PHONE, 500_002, border, None),
        ]
        assert made.subscriptions.sort("subscription_id").select("service_from", "service_to").rows() == [
            (NOV1, DEC1),
            (DEC1, None),
        ]

    def test_the_day_before_the_end_is_a_day_too_early_and_the_reason_says_from_when(self):
        made = apply(request("q1"), cancel("q2"), request("q3", effective=date(2026, 11, 30), minute=2))
        assert outcomes(made)["q3"] == "NUMBER_IN_USE"
        assert "free from 2026-12-01" in made.outcomes["reason_text"][2]

    def test_the_moment_of_asking_decides_the_order_not_row_or_id(self):
        made = apply(request("a", effective=DEC1, minute=2), cancel("b"), request("c"))
        assert outcomes(made) == {"c": "applied", "b": "applied", "a": "applied"}

    def test_requests_of_one_moment_follow_their_id(self):
        made = apply(request("b"), request("a"))
        assert outcomes(made) == {"a": "applied", "b": "NUMBER_IN_USE"}

    def test_a_number_held_without_end_is_in_use_even_before_it_is_held(self):
        made = apply(request("q1", effective=DEC1), request("q2", effective=NOV1, minute=1))
        assert outcomes(made)["q2"] == "NUMBER_IN_USE"

    def test_each_request_has_one_outcome(self):
        made = apply(*(request(f"q{n}", minute=n) for n in range(5)), cancel("c", minute=9))
        assert sorted(made.outcomes["request_id"]) == ["c", "q0", "q1", "q2", "q3", "q4"]


class TestCancel:
    SINCE = datetime(2026, 10, 31, 23, tzinfo=UTC)

    def standing(self, until=None, *, numbers=(PHONE, OTHER)):
        """Subscription 7 of account 5, customer 3, since 1 November."""
        end = None if until is None else datetime(until.year, until.month, until.day, tzinfo=UTC) - timedelta(hours=1)
        return register(
            held=[(number, 7, self.SINCE, end) for number in numbers],
            subscriptions=[(7, 5, "mobile_small", NOV1, until)],
            customers={5: 3},
        )

    def test_it_ends_the_subscription_and_all_its_numbers(self):
        made = apply(cancel("q"), into=self.standing())
        end = datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert made.subscriptions.rows() == [(7, 5, "mobile_small", NOV1, DEC1, 1)]
        assert made.numbers.rows() == [(PHONE, 7, self.SINCE, end), (OTHER, 7, self.SINCE, end)]

    def test_it_belongs_to_the_history_of_its_customer(self):
        assert apply(cancel("q"), into=self.standing()).outcomes["customer_id"].to_list() == [3]
        assert apply(request("q1"), cancel("q2")).outcomes["customer_id"].to_list() == [10_001, 10_001]

    @pytest.mark.parametrize(
        ("effective", "outcome"),
        [
            (date(2026, 10, 31), "BEFORE_ACTIVATION"),
            (NOV1, "BEFORE_ACTIVATION"),  # it would never have held
            (date(2026, 11, 2), "applied"),
        ],
    )
    def test_it_needs_a_day_on_which_the_number_was_held(self, effective, outcome):
        assert outcomes(apply(cancel("q", effective=effective), into=self.standing())) == {"q": outcome}

    def test_after_the_end_there_is_nothing_to_cancel(self):
        assert outcomes(apply(cancel("q", effective=DEC1), into=self.standing(NOV20))) == {"q": "TERMINATED"}

    def test_the_same_end_again_is_refused(self):
        made = apply(cancel("q1"), cancel("q2", minute=2), into=self.standing())
        assert outcomes(made) == {"q1": "applied", "q2": "ALREADY_SO"}

    def test_an_end_already_set_can_be_brought_forward(self):
        made = apply(cancel("q", effective=NOV20), into=self.standing(DEC1))
        assert outcomes(made) == {"q": "applied"}
        assert made.subscriptions["service_to"].to_list() == [NOV20]
        assert made.numbers["owned_to"].unique().to_list() == [datetime(2026, 11, 19, 23, tzinfo=UTC)]

    def test_a_number_of_another_subscription_stays(self):
        into = register(
            held=[(PHONE, 7, self.SINCE, None), (OTHER, 8, self.SINCE, None)],
            subscriptions=[(7, 5, "mobile_small", NOV1, None), (8, 5, "mobile_small", NOV1, None)],
            customers={5: 3},
        )
        made = apply(cancel("q"), into=into)
        assert made.subscriptions["subscription_id"].to_list() == [7]
        assert made.numbers["a_number"].to_list() == [PHONE]


def test_every_type_of_request_has_a_model_and_a_function_that_applies_it():
    assert REQUEST_MODELS.keys() == HANDLERS.keys()


@pytest.mark.parametrize("slip", [date(1026, 11, 1), date(1, 1, 1), date(2126, 11, 1)])
def test_a_date_far_from_the_night_is_a_slip_and_refused(slip):
    """Applied, it would bill years at once, or never."""
    refused = apply(request("far", effective=slip))
    assert outcomes(refused) == {"far": "BAD_REQUEST"}
    assert str(slip) in reason(refused)
    assert refused.customers.is_empty()
