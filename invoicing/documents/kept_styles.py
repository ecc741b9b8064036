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
from typing import Any, NamedTuple

from cssselect2 import ElementWrapper
from weasyprint import CSS, HTML
from weasyprint.css import StyleFor, declaration_precedence, find_style_attributes
from weasyprint.css.targets import TargetCollector
from weasyprint.css.validation import preprocess_declarations
from weasyprint.text.fonts import FontConfiguration

# Attributes that are style in themselves.
_STYLING = ("style", "lang", "id", "name", "width", "height")
# The renderer changes the styles of these while it lays out a page.
_CHANGED = {"html", "body"}
_MOST = 4_000  # the built-in letters make some hundred


@dataclass
class KeptStyles:
    """The styles of elements and of their pseudo-elements, by what they follow from; they belong to these sheets."""

    sheets: Sequence[tuple[CSS, str]]
    fonts: FontConfiguration
    styles: dict[tuple[Any, ...], dict[str | None, Any]] = field(default_factory=dict)
    page_sizes: dict[str, Any] = field(default_factory=lambda: {"box": None, "area": None})

    def hold_for(self, page: HTML) -> bool:
        """Whether a page has no style sheet of its own."""
        return all(element.tag not in {"style", "link"} for element in page.etree_element.iter())

    def of_page(self, page: HTML, targets: TargetCollector) -> StyleFor:
        """Return the styles of a page for which they hold."""
        if len(self.styles) > _MOST:  # pages that style their elements one by one would fill memory
            self.styles.clear()
        return _PageStyles(page, self, targets)


class _Rule(NamedTuple):
    """A rule that matches an element: of which sheet, for which pseudo-element, and how weighty."""

    sheet: int
    pseudo_element: str | None
    specificity: tuple[int, ...]
    layer: str | None
    declarations: Sequence[Any]

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from others: declarations live as long as their sheet, so that no two have one address."""
        return self.sheet, self.pseudo_element, self.specificity, id(self.declarations)


class _PageStyles(StyleFor):  # type: ignore[misc]
    """The styles of one page: kept ones where there are, and new ones are kept."""

    def __init__(self, page: HTML, kept: KeptStyles, targets: TargetCollector) -> None:
        self._cascaded_styles: dict[Any, dict[str, Any]] = {}
        self._computed_styles: dict[Any, Any] = {}
        self.initial_page_sizes = kept.page_sizes
        self.font_config = kept.fonts
        self._sheets = [(sheet, origin, None) for sheet, origin in kept.sheets]
        self._page = page
        self._declared = _declared_by_attributes(page)
        addresses: dict[Any, int | None] = {None: None}
        for wrapper in page.wrapper_element.iter_subtree():
            element, parent = wrapper.etree_element, wrapper.parent and wrapper.parent.etree_element
            rules = list(self._matching(wrapper))
            own = tuple(map(element.get, _STYLING)) if element in self._declared else None
            key = (addresses[parent], own, *(rule.key for rule in rules))
            if key not in kept.styles:
                kept.styles[key] = dict(self._worked_out(element, parent, rules))
            styles = kept.styles[key]
            addresses[element] = id(styles[None])
            self._take(element, styles)
            if anchor := styles[None]["anchor"]:
                targets.collect_anchor(anchor)
        self._cascaded_styles.clear()

    def _take(self, element: Any, styles: dict[str | None, Any]) -> None:
        for pseudo_element, style in styles.items():
            self._computed_styles[element, pseudo_element] = style
        if element.tag in _CHANGED:
            self._computed_styles[element, None] = styles[None].copy()

    def _matching(self, wrapper: ElementWrapper) -> Iterator[_Rule]:
        for number, (sheet, _, _) in enumerate(self._sheets):
            for specificity, _, pseudo_element, (declarations, layer) in sheet.matcher.match(wrapper):
                yield _Rule(number, pseudo_element, specificity, layer, declarations)

    def _worked_out(self, element: Any, parent: Any, rules: Iterable[_Rule]) -> Iterator[tuple[str | None, Any]]:
        """Cascade and compute, as the renderer does: attributes are the author's, the brand's sheet is a user's."""
        cascaded: dict[str | None, dict[str, Any]] = {None: {}}
        for specificity, declarations in self._declared.get(element, ()):
            found = preprocess_declarations(self._page.base_url, declarations)
            _lay_on(cascaded[None], found, "author", (inf, specificity))
        for rule in rules:
            sheet, origin, _ = self._sheets[rule.sheet]
            layer = inf if rule.layer is None else sheet.layers.index(rule.layer)
            _lay_on(cascaded.setdefault(rule.pseudo_element, {}), rule.declarations, origin, (layer, rule.specificity))
        for pseudo_element, declared in cascaded.items():
            self._cascaded_styles[element, pseudo_element] = declared
            above = element if pseudo_element else parent
            self.set_computed_styles(element, above, self._page.etree_element, pseudo_element, self._page.base_url)
            yield pseudo_element, self._computed_styles[element, pseudo_element]


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
