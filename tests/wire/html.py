"""What of an HTML page is contract: its elements and forms, and none of its wording.

Elements within a sentence are wording too, and so are classes and everything in ``aria-…``.
"""

from __future__ import annotations

from html.parser import HTMLParser

_WORDING = frozenset(
    {"b", "bdi", "br", "code", "em", "i", "noscript", "p", "path", "pre", "small", "span"}
    | {"strong", "style", "svg", "time", "u"}
)
_ATTRIBUTES = frozenset(
    {"action", "checked", "disabled", "enctype", "formaction", "hidden", "href", "http-equiv"}
    | {"id", "method", "name", "rel", "required", "selected", "src", "target", "type", "value"}
)


def outline(page: str) -> list[str]:
    """Return the elements of a page, each as ``tag attribute=value …``."""
    parser = _Outline()
    parser.feed(page)
    parser.close()
    return parser.found


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _WORDING:
            return
        given = dict(attrs)
        if given.get("type") == "hidden" and "value" in given:
            given["value"] = "<random>"
        kept = [
            name if value is None else f"{name}={value}"
            for name, value in given.items()
            if name in _ATTRIBUTES
        ]
        self.found.append(" ".join([tag, *kept]))
