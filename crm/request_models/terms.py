"""Coupons that customers redeem, and what is given to them out of goodwill."""

from __future__ import annotations

from crm.request_models.fields import Code, Id, OfAccount, PositiveMoney, Text


class RedeemCoupon(OfAccount):
    """A coupon of `coupons.csv`, for an account or, where the coupon says so, for one subscription."""

    coupon_code: Code


class Goodwill(OfAccount):
    """An amount given back out of goodwill, excluding VAT, up to the policy's ceiling; `invoice_no`: what it is for."""

    amount: PositiveMoney
    article_no: Code
    reason: Text
    invoice_no: Id | None = None
