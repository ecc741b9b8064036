"""Styles kept from page to page: what the style sheets say of an element is worked out once a process.

The renderer works it out for every element of every page anew, a fifth of the time that a letter takes. Which rules
match an element is still asked each time; where they are those of an element seen before, below a parent of the same
style, its style is the same too. Within a page the renderer itself shares styles like that (`StyleFor` of WeasyPrint
70, on which this builds); a test has both ways give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.css import StyleFor, declaration_precedence, find_style_attributes
from weasyprint.css.properties import TABLE_WRAPPER_BOX_PROPERTIES
from weasyprint.css.targets import TargetCollector
from weasyprint.css.validation import preprocess_declarations
from weasyprint.formatting_structure import build
from weasyprint.layout.page import PageType
from weasyprint.text.fonts import FontConfiguration

# Attributes that are style in themselves.
_STYLING = ("style", "lang", "id", "name", "width", "height")
# The renderer makes these overflow to the page: it sets their `overflow`.
_CHANGED = {"html", "body"}
_NUMBER = 1  # where a match names its selector, by its place in the sheet
_wrap_table = build.wrap_table
_MOST = 4_000  # the built-in letters make some hundred


@dataclass
class KeptStyles:
    """The styles of elements and of their pseudo-elements, by what they follow from; they belong to these sheets."""

    sheets: Sequence[tuple[CSS, str]]
    fonts: FontConfiguration
    styles: dict[tuple[Any, ...], dict[str | None, Any]] = field(default_factory=dict)
    #: Styles of kinds of pages and their margins, by the style of the root above them.
    page_styles: dict[tuple[int | None, PageType], dict[Any, Any]] = field(default_factory=dict)
    page_sizes: dict[str, Any] = field(default_factory=lambda: {"box": None, "area": None})

    def hold_for(self, page: HTML) -> bool:
        """Whether a page has no style sheet of its own."""
        return all(element.tag not in {"style", "link"} for element in page.etree_element.iter())

    def of_page(self, page: HTML, targets: TargetCollector) -> StyleFor:
        """Return the styles of a page for which they hold."""
        if len(self.styles) + len(self.page_styles) > _MOST:  # pages that style each element would fill memory
            self.styles.clear()
            self.page_styles.clear()
        return _PageStyles(page, self, targets)


class _PageStyles(StyleFor):  # type: ignore[misc]
    """The styles of one page: kept ones where there are, and new ones are kept."""

    def __init__(self, page: HTML, kept: KeptStyles, targets: TargetCollector) -> None:
        self._cascaded_styles: dict[Any, dict[str, Any]] = {}
        self._computed_styles: dict[Any, Any] = {}
        self.initial_page_sizes = kept.page_sizes
        self.font_config = kept.fonts
        self._sheets = [(sheet, origin, None) for sheet, origin in kept.sheets]
        self._page = page
        self._kept = kept
        self._declared = _declared_by_attributes(page)
        matchers = [sheet.matcher for sheet, _ in kept.sheets]
        addresses: dict[Any, int | None] = {None: None}
        for wrapper in page.wrapper_element.iter_subtree():
            element, parent = wrapper.etree_element, wrapper.parent and wrapper.parent.etree_element
            matches = [matcher.match(wrapper) for matcher in matchers]
            own = tuple(map(element.get, _STYLING)) if element in self._declared else None
            key = (addresses[parent], own, *(tuple([match[_NUMBER] for match in found]) for found in matches))
            if (styles := kept.styles.get(key)) is None:
                styles = kept.styles[key] = dict(self._worked_out(element, parent, matches))
            addresses[element] = id(styles[None])
            for pseudo_element, style in styles.items():
                self._computed_styles[element, pseudo_element] = style
            if element.tag in _CHANGED:
                self._computed_styles[element, None] = _as_it_was(styles[None])
            if anchor := styles[None]["anchor"]:
                targets.collect_anchor(anchor)
        self._root_address = addresses[page.etree_element]
        self._cascaded_styles.clear()

    def add_page_declarations(self, page_type: PageType) -> None:
        """Take the styles of a kind of page from those kept, or find what the sheets declare for it."""
        key = self._root_address, page_type
        if key in self._kept.page_styles:
            self._computed_styles.update(self._kept.page_styles[key])
        else:
            super().add_page_declarations(page_type)

    def set_computed_styles(self, element: Any, *args: Any, pseudo_type: str | None = None, **kwargs: Any) -> None:
        """Compute a style; that of a kind of page or its margins is kept, and computed only where there is none."""
        if (element, pseudo_type) in self._computed_styles:
            return
        super().set_computed_styles(element, *args, pseudo_type=pseudo_type, **kwargs)
        if isinstance(element, PageType):
            styles = self._kept.page_styles.setdefault((self._root_address, element), {})
            styles[element, pseudo_type] = self._computed_styles[element, pseudo_type]

    def _worked_out(self, element: Any, parent: Any, matches: Sequence[Any]) -> Iterator[tuple[str | None, Any]]:
        """Cascade and compute, as the renderer does: attributes are the author's, the brand's sheet is a user's."""
        cascaded: dict[str | None, dict[str, Any]] = {None: {}}
        for specificity, declarations in self._declared.get(element, ()):
            found = preprocess_declarations(self._page.base_url, declarations)
            _lay_on(cascaded[None], found, "author", (inf, specificity))
        for (sheet, origin, _), rules in zip(self._sheets, matches, strict=True):
            for specificity, _, pseudo_element, (declarations, layer) in rules:
                layer_order = inf if layer is None else sheet.layers.index(layer)
                _lay_on(cascaded.setdefault(pseudo_element, {}), declarations, origin, (layer_order, specificity))
        for pseudo_element, declared in cascaded.items():
            self._cascaded_styles[element, pseudo_element] = declared
            above = element if pseudo_element else parent
            self.set_computed_styles(
                element, above, root=self._page.etree_element, pseudo_type=pseudo_element, base_url=self._page.base_url
            )
            yield pseudo_element, self._computed_styles[element, pseudo_element]


def wrap_table(box: Any, children: Any) -> Any:
    """Wrap a table as the renderer's function of this name does, in the two styles that it made of the table's first.

    It makes them anew for each table, with all that follows from them. What it asks of the first is asked before, so
    that the copy it takes has the answers.
    """
    known = vars(box.style)
    if "kept_of_table" not in known:
        box.style.update({name: box.style[name] for name in TABLE_WRAPPER_BOX_PROPERTIES})
    wrapper = _wrap_table(box, children)
    table = wrapper.get_wrapped_table()
    wrapper.style, table.style = known.setdefault("kept_of_table", (wrapper.style, table.style))
    return wrapper


def _as_it_was(style: Any) -> Any:
    """Return the copy of a style that is there to be changed, as no page has changed it."""
    changed = vars(style).setdefault("kept_to_change", style.copy())
    changed["overflow"] = style["overflow"]
    return changed


def _declared_by_attributes(page: HTML) -> dict[Any, list[tuple[Any, Any]]]:
    found: dict[Any, list[tuple[Any, Any]]] = {}
    for specificity, element, declarations, _ in find_style_attributes(page.etree_element, base_url=page.base_url):
        found.setdefault(element, []).append((specificity, declarations))
    return found


def _lay_on(style: dict[str, Any], declarations: Iterable[Any], origin: str, weight: tuple[Any, ...]) -> None:
    """Let declarations take the place of those that weigh no more."""
    for name, values, importance in declarations:
        full = (declaration_precedence(origin, importance), *weight)
        if name not in style or style[name][1] <= full:
            style[name] = values, full
