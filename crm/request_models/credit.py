"""Limits, top-ups, blocks, and changes of invoice bases."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crm.request_models.fields import (
    Code,
    Id,
    LongText,
    Money,
    OfAccount,
    OfSubscription,
    Payload,
    Percent,
    PositiveMoney,
    Price,
    RequestId,
    Text,
)


class SetSpendLimit(OfSubscription):
    """The most a subscription may spend, at list price without VAT, and what is barred then; no amount: no limit."""

    period: Literal["day", "month"] = "month"
    amount: Money | None = None
    barred: Literal["all", "premium", "abroad"] = "all"


class SetAutoTopUp(OfAccount):
    """Automatic top-up of a prepaid account; without amounts it is switched off."""

    threshold: Money | None = None
    amount: PositiveMoney | None = None
    month_ceiling: PositiveMoney | None = None

    @model_validator(mode="after")
    def _whole(self) -> SetAutoTopUp:
        given = [self.threshold is not None, self.amount is not None, self.month_ceiling is not None]
        if any(given) and not all(given):
            message = "give threshold, amount and month_ceiling, or none of them"
            raise ValueError(message)
        if self.amount and self.month_ceiling and self.amount > self.month_ceiling:
            message = "amount is more than month_ceiling"
            raise ValueError(message)
        return self


class TopUp(OfAccount):
    """Money that was paid for an account by card or voucher; `top_up_id` names the automatic order it answers."""

    amount: PositiveMoney
    top_up_id: RequestId | None = None


class Block(OfAccount):
    """A number is barred, or every line of a subscription or account; a subscription without numbers is one itself."""

    reason: Literal["behaviour", "fraud", "customer", "regulatory", "financial"]
    barred: Literal["all", "premium", "abroad"] = "all"
    note: Text | None = None


class Unblock(OfAccount):
    """Blocks made by request are lifted: those of a number, a subscription or an account."""

    note: Text | None = None


class Adjust(Payload):
    """A line of an invoice basis becomes cheaper: another price per unit, a discount in percent, or removed."""

    basis_id: RequestId
    article_no: Code | None = None
    charge_id: RequestId | None = None
    unit_price: Price | None = None
    discount_percent: Percent | None = None
    remove: bool = False
    reason: Text

    @model_validator(mode="after")
    def _one_change(self) -> Adjust:
        if (self.article_no is None) == (self.charge_id is None):
            message = "give article_no or charge_id"
            raise ValueError(message)
        if [self.unit_price is not None, self.discount_percent is not None, self.remove].count(True) != 1:
            message = "give one of unit_price, discount_percent and remove"
            raise ValueError(message)
        return self


class ReleaseBasis(Payload):
    """An invoice basis is released: it becomes an invoice in the same run."""

    basis_id: RequestId
    reason: Text


class CreditInvoice(Payload):
    """A credit note: of a line (all, or `net_amount` excluding VAT), an `amount` including VAT, or all that is left."""

    invoice_no: Id
    entry_no: Annotated[int, Field(ge=1, le=100_000)] | None = None
    net_amount: PositiveMoney | None = None
    amount: PositiveMoney | None = None
    reason: LongText

    @model_validator(mode="after")
    def _says_one_thing(self) -> CreditInvoice:
        if self.amount is not None and self.entry_no is not None:
            message = "give entry_no, with net_amount for a part of the line, or amount, not both"
            raise ValueError(message)
        if self.net_amount is not None and self.entry_no is None:
            message = "net_amount: a part of which line? give entry_no"
            raise ValueError(message)
        return self


class HoldInvoice(OfAccount):
    """The invoice of an account that waits, or else its next one, is held until somebody releases it."""

    reason: Text


class ReleaseInvoice(OfAccount):
    """The invoice of an account that waits is numbered in the same run, unless a fault keeps it back."""

    reason: Text


class SetCreditLimit(OfAccount):
    """Another credit limit for an account."""

    amount: Money
    reason: Text
