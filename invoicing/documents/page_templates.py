"""Templates to HTML: escaped, sandboxed, and never silent about a variable that does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from traceback import extract_tb
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from invoicing.documents.brand import Brand
from invoicing.documents.cost_picture import bars_by_kind, bars_by_month
from invoicing.documents.document_error import DocumentError
from invoicing.documents.locale_text import LocaleText

_PICTURES = {"bars_by_kind": bars_by_kind, "bars_by_month": bars_by_month}
# What a filter or a text's placeholder raises when a template gives it something else than it takes.
_MISUSE = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class PageTemplates:
    """The templates of one brand in one language, compiled once. Every value is escaped unless a template says `|safe`.

    Raises DocumentError for a language without texts, or whose texts name no known locale.
    """

    def __init__(self, brand: Brand, language: str = "sv") -> None:
        self._brand = brand
        self.texts = brand.texts(language)
        self.figures = _figures(self.texts, language)
        self._environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._load),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(self.figures.filters)
        self._environment.globals.update(texts=self.texts, language=language, colours=brand.colours(), **_PICTURES)

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


def _figures(texts: Mapping[str, Any], language: str) -> LocaleText:
    try:
        return LocaleText(texts["format"]["locale"], texts["format"]["date"])
    except (KeyError, DocumentError) as error:
        message = f"texts_{language}.toml: {error}; correct its section [format]"
        raise DocumentError(message) from error
