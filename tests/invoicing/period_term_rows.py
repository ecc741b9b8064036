"""An account, its subscriptions, charges and terms, as the tests of period terms begin from them."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from invoicing.invoice_lines import LINE_KEY, with_fee_period
from invoicing.period_term_cases import Subjects, billed_accounts, services_of
from invoicing.period_terms import TermsInForce, period_terms
from schemas import tables

D = Decimal
NOV1, DEC1, DEC2 = date(2026, 11, 1), date(2026, 12, 1), date(2026, 12, 2)
LONG_AGO = date(2026, 1, 1)
ARTICLES = pl.DataFrame(
    [("4001", "Rabatt", "standard", "3731"), ("4002", "Minsta belopp", "standard", "3731")],
    schema=["article_no", "article_name", "vat_class", "revenue_account"],
    orient="row",
)


def table(of, *rows):
    return of.complete(pl.DataFrame(list(rows), schema_overrides=of.schema)) if rows else of.empty()


def account(account_id=1, customer_id=1, billing_day=1, currency="SEK"):
    return {
        "account_id": account_id, "account_bucket": 0, "customer_id": customer_id, "billing_day": billing_day,
        "currency": currency, "credit_limit": D(0), "delivery_channel": "portal", "account_from": LONG_AGO,
    }  # fmt: skip


def customer(customer_id=1, category="corporate"):
    return {
        "customer_id": customer_id, "customer_name": "A", "customer_category": category, "street": "A", "postcode": "1",
        "city": "A", "country_code": "SE", "language": "sv", "customer_from": LONG_AGO, "request_id": "r",
    }  # fmt: skip


def subscription(subscription_id=11, account_id=1, plan="p", since=LONG_AGO, until=None):
    return {
        "subscription_id": subscription_id, "account_id": account_id, "plan_code": plan, "service_from": since,
        "service_to": until,
    }  # fmt: skip


def charge(charge_id, amount, kind="usage", *, of=11, account_id=1, vat="standard", revenue="3041", article=None):
    day = DEC1 if kind == "recurring" else date(2026, 11, 15)
    return {
        "charge_id": charge_id, "charge_kind": kind, "account_bucket": 0, "account_id": account_id,
        "subscription_id": of, "article_no": article or {"usage": "1001", "recurring": "2001"}.get(kind, "3001"),
        "service_from": day, "service_to": day + timedelta(days=1), "quantity": 1, "duration_s": 0, "volume_bytes": 0,
        "included_units": 0, "amount_ex_vat": D(amount), "currency": "SEK", "vat_class": vat,
        "revenue_account": revenue, "charged_on": day,
    }  # fmt: skip


def _linked(link, scope):
    kind, _, to = link.partition(":")
    return {
        "link_scope": kind, "link_to": to or "*", "term_scope": scope, "currency": "SEK", "valid_from": LONG_AGO,
        "valid_to": None,
    }  # fmt: skip


def commitment(code="c", *, least=None, most=None, link="all", scope="account", target="all", **more):
    return {
        "commitment_code": code, "commitment_name": code, **_linked(link, scope), "term_target": target,
        "minimum_amount": least and D(least), "minimum_article_no": "4002" if least else None,
        "maximum_amount": most and D(most), "maximum_article_no": "4001" if most else None, **more,
    }  # fmt: skip


def rebate(*tiers, code="v", mode="graduated", link="all", scope="account", **more):
    """One row per (amount from, percent)."""
    return [
        {
            "rebate_code": code, "rebate_name": code, **_linked(link, scope), "rebate_mode": mode,
            "amount_from": D(since), "percent_off": D(percent), "article_no": "4001", **more,
        }
        for since, percent in tiers
    ]  # fmt: skip


def redeemed(code="k", *, percent=None, amount=None, of=None, target="all", periods=None, used=0, on=NOV1):
    whose = f"subscription:{of}" if of else "account:1"
    return {
        "redemption_id": f"{code}:{whose}", "coupon_code": code, "account_id": 1, "subscription_id": of,
        "term_target": target, "percent_off": percent and D(percent), "amount_off": amount and D(amount),
        "coupon_periods": periods, "article_no": "4001", "redeemed_on": on, "request_id": "r", "used": used,
    }  # fmt: skip


def redemptions(*rows):
    schema = {**tables.COUPON_REDEMPTION.schema, "used": pl.Int64()}
    return pl.DataFrame(list(rows), schema=schema)


GIVEN = {
    "rebates": (), "coupons": (), "commitments": (), "earlier": (), "subscriptions": (subscription(),),
    "accounts": (account(),), "customers": (customer(),), "groups": (), "billed_to": NOV1,
}  # fmt: skip


def made(*charges, **given):
    """What terms add to the charges of account 1 on 1 December; its subscription 11 is in service since long ago."""
    given = GIVEN | given
    date_of, billed_to = pl.lit(DEC1).alias("billing_date"), pl.lit(given["billed_to"], pl.Date).alias("billed_to")
    dates = pl.DataFrame({"account_id": [each["account_id"] for each in given["accounts"]]})
    billed = billed_accounts(
        dates.with_columns(date_of, billed_to), table(tables.ACCOUNT, *given["accounts"]),
        table(tables.CUSTOMER, *given["customers"]), table(tables.CUSTOMER_GROUP, *given["groups"]),
    )  # fmt: skip
    promised = TermsInForce(
        table(tables.REBATE, *given["rebates"]), table(tables.COMMITMENT, *given["commitments"]),
        redemptions(*given["coupons"]),
    )  # fmt: skip
    return period_terms(
        with_fee_period(table(tables.CHARGE, *charges).with_columns(date_of)),
        table(tables.CHARGE, *given["earlier"]).with_columns(date_of),
        promised,
        Subjects(billed, services_of(billed, table(tables.SUBSCRIPTION, *given["subscriptions"]))),
        ARTICLES,
        line=LINE_KEY,
        since=date(2025, 11, 1),
        charged_on=DEC1,
    )


def amounts(made):
    """Kind and amount of each charge made, as text."""
    rows = made.charges.sort("charge_id").select("charge_kind", "amount_ex_vat").rows()
    return [f"{kind} {amount.quantize(D('0.01'))}" for kind, amount in rows]
