"""Decisions about the books: months that are closed, claims that are given up."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from crm.request_models.fields import Id, LongText, Payload

Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="a month, such as 2026-10")]


class OfPeriod(Payload):
    """About a month of the books."""

    period: Month
    reason: LongText

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date.fromisoformat(f"{self.period}-01")


class ClosePeriod(OfPeriod):
    """A month of the books takes no posting from now on; what comes late goes to the first open month after it."""


class ReopenPeriod(OfPeriod):
    """A closed month of the books takes postings again."""


class WriteOff(Payload):
    """What is open of an invoice, its fees and interest among it, is given up and booked as a loss in the same run."""

    invoice_no: Id
    reason: LongText
