"""Templates to HTML: escaped, sandboxed, and never silent about a variable that does not exist."""

from __future__ import annotations

from traceback import extract_tb
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from invoicing.documents.amount_text import (
    amount_text,
    count_text,
    date_text,
    duration_text,
    money_text,
    part_text,
    percent_text,
    period_text,
    talk_time_text,
    units_text,
    volume_text,
)
from invoicing.documents.brand import Brand
from invoicing.documents.document_error import DocumentError
from schemas.money import to_amount

_FILTERS = {
    "amount": amount_text,
    "count": count_text,
    "day": date_text,
    "duration": duration_text,
    "money": money_text,
    "part": part_text,
    "percent": percent_text,
    "period": period_text,
    "rounded": to_amount,
    "talk_time": talk_time_text,
    "units": units_text,
    "volume": volume_text,
}
# What a filter or a text's placeholder raises when a template gives it something else than it takes.
_MISUSE = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class PageTemplates:
    """The templates of one brand, compiled once. Every value is escaped unless a template says `|safe`."""

    def __init__(self, brand: Brand, language: str = "sv") -> None:
        self._brand = brand
        self._environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._load),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(_FILTERS)
        self._environment.globals["texts"] = brand.texts(language)

    def html(self, template: str, **values: Any) -> str:
        """Fill in a template. Raises DocumentError that names template, line and variable."""
        try:
            return self._environment.get_template(template).render(values)
        except TemplateSyntaxError as error:
            message = f"{error.name or template}, line {error.lineno}: {error.message}; correct the template"
            raise DocumentError(message) from error
        except _MISUSE as error:
            message = f"{self._where(error, template)}: {error}; correct the template or its texts"
            raise DocumentError(message) from error

    def _load(self, name: str) -> tuple[str, str, None]:
        return self._brand.read_text(name), name, None

    @staticmethod
    def _where(error: Exception, template: str) -> str:
        """Name the innermost template line of a traceback (jinja2 puts templates into it as files)."""
        frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
        return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else template
