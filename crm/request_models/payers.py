"""Who pays for an account, and who uses a subscription."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from crm.request_models.fields import Id, OfAccount, OfSubscription

Label = Annotated[str, Field(max_length=60)]


class SetPayer(OfAccount):
    """Another account pays for this one from the day on; without `payer_account_id` it pays itself again."""

    payer_account_id: Id | None = None


class SetUser(OfSubscription):
    """Who uses a subscription and for which cost centre; what is not given stays, an empty text takes it away."""

    cost_centre: Label | None = None
    user_name: Label | None = None

    @model_validator(mode="after")
    def _says_something(self) -> SetUser:
        if self.cost_centre is None and self.user_name is None:
            message = "give cost_centre or user_name"
            raise ValueError(message)
        return self
