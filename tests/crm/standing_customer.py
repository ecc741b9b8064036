"""A customer who is there already, and requests about it."""

from test_request_application import NOV1, NOV20, OTHER, PHONE, PLANS, apply, midnight, register, request

from crm.contract_terms import Terms

PAID_ART = "2001"
TERM = {"product_group": "*", "plan_code": "*", "customer_category": "*"} | {
    name: getattr(Terms(), name) for name in Terms.__dataclass_fields__
}


def standing(until=None, **more):
    """Subscription 7 (mobile_small) of account 5, customer 3, with two numbers since 1 November."""
    return register(
        held=[(number, 7, midnight(NOV1), midnight(until) if until else None) for number in (PHONE, OTHER)],
        subscriptions=[(7, 5, "mobile_small", NOV1, until)],
        customers={5: 3},
        **more,
    )


def broadband():
    """Subscription 7 of account 5 with a number, and subscription 8 (broadband) of the same account without."""
    return register(
        held=[(PHONE, 7, midnight(NOV1), None)],
        subscriptions=[(7, 5, "mobile_small", NOV1, None), (8, 5, "broadband_100", NOV1, None)],
        customers={5: 3},
    )


def ask(kind, effective=NOV20, request_id="q", minute=1, **payload):
    return request(request_id, payload, kind, effective, minute)


def one(kind, into=None, effective=NOV20, **payload):
    """What one request of a type does to the standing customer."""
    return apply(ask(kind, effective, **payload), into=into or standing())


def proven_plans(monkeypatch):
    """Broadband is sold to proven people only."""
    monkeypatch.setitem(PLANS, "broadband_100", PLANS["broadband_100"] | {"identity_required": True})


def passport(request_id, minute, **named):
    """A passport that somebody has checked."""
    document = {"kind": "passport", "number_hash": "a" * 64, "issuer": "Polisen", "valid_until": "2030-01-01"}
    return request(request_id, document | {"checked_by": "anna"} | named, "identity", NOV20, minute)
