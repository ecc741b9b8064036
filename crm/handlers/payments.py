"""Payments: what a person decides of them is done at once, within what they hold."""

from __future__ import annotations

from typing import Any

from crm.register import Register
from crm.working_table import Row


def decide_payment(register: Register, request: Row, wanted: Any) -> int | None:
    """Do what a request of `request_models.payments` asks; return the customer whom it is about, if any.

    Raises `RefusedError`: UNKNOWN_PAYMENT, UNKNOWN_CUSTOMER, NOT_WAITING, NOT_ENOUGH, NOT_ALLOWED.
    """
    return register.decide_payment(request, wanted)
