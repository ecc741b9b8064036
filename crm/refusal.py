"""A request that cannot be applied: its reason, in a code and in words."""

from __future__ import annotations

from datetime import date


class RefusedError(Exception):
    """The request cannot be applied, for a reason of `schemas.codes.REASONS`.

    `allowed_from` is the first day from which the same request would be granted, where there is one.
    """

    def __init__(self, code: str, text: str, allowed_from: date | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.allowed_from = allowed_from
