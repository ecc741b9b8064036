"""Products that are sold once: charged at once or in instalments, and the fee of a number that is ported."""

from __future__ import annotations

from crm.contract_changes import Fee
from crm.handlers.subjects import account_of, subscription_of
from crm.refusal import RefusedError
from crm.register import Charged, Register
from crm.request_models.contracts import Order
from crm.working_table import Row
from schemas import tables


def order_product(register: Register, request: Row, wanted: Order) -> int:
    """Sell a product of `products.csv`: each piece is a charge of the day, or all of them an instalment plan."""
    account = account_of(register, request, wanted)
    product = register.rules.products.get(wanted.product_code or "")
    if product is None:
        raise RefusedError("UNKNOWN_PRODUCT", f"product {wanted.product_code!r} is not in products.csv")
    if product["currency"] != account["currency"]:
        text = (
            f"the price of {product['product_code']} is in {product['currency']}, the account in {account['currency']}"
        )
        raise RefusedError("NOT_ALLOWED", text)
    named = bool(wanted.number or wanted.subscription_id)
    subscription_id = subscription_of(register, request, wanted)["subscription_id"] if named else None
    if wanted.instalments > 1:
        _in_instalments(register, request, wanted, product, account, subscription_id)
    else:
        pieces = (f"product_{place}" for place in range(1, wanted.quantity + 1))
        fees = tuple(Fee(what, product["article_no"], product["product_price"]) for what in pieces)
        whose = (account, subscription_id, request["effective_on"], product["currency"])
        register.fees += [Charged(request["request_id"], fee, *whose) for fee in fees]
    sold = {"product": product["product_name"], "quantity": wanted.quantity, "instalments": wanted.instalments}
    register.notify("change_confirmed", request, account, sold, subscription_id)
    return int(account["customer_id"])


def _in_instalments(
    register: Register, request: Row, wanted: Order, product: Row, account: Row, subscription_id: int | None
) -> None:
    most = product["most_instalments"] or 1
    if wanted.instalments > most:
        text = f"{product['product_code']} can be paid in {most} instalments at most, not {wanted.instalments}"
        raise RefusedError("NOT_ALLOWED", text)
    register[tables.INSTALMENT_PLAN].put(
        {
            "request_id": request["request_id"],
            "account_id": account["account_id"],
            "subscription_id": subscription_id,
            "product_code": product["product_code"],
            "article_no": product["article_no"],
            "ordered_quantity": wanted.quantity,
            "price_amount": product["product_price"] * wanted.quantity,
            "currency": product["currency"],
            "instalment_count": wanted.instalments,
            "instalments_from": request["effective_on"],
        }
    )


def porting_fee(register: Register, direction: str) -> tuple[Fee, ...]:
    """Return the fee of a number that comes in or goes out: the policy's product, none where it names none."""
    billing = register.rules.policy.billing
    product = register.rules.products.get(billing.port_in_product if direction == "in" else billing.port_out_product)
    return (Fee("porting", product["article_no"], product["product_price"]),) if product else ()
