"""A language that shows what is translated: each text stands in brackets, from right to left."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from translations.messages import messages

from escherpad_ext.connect.languages import CATALOG

#: Arabic, which nobody translates here yet.
NAME = "ar"
_START, _END = "⟦", "⟧"
_TRANSLATED = re.compile(f"{_START}[^{_START}{_END}]*{_END}")
_VOID = {"input", "meta", "link", "img", "path"}
#: What holds names, addresses and moments.
_FACTS = {"bdi", "time", "code", "pre"}
_FACT_CLASSES = {"origin", "address", "brand"}
#: Names and ids for scripts.
_NO_TEXTS = {"data-includes", "data-key", "data-seen"}
_READ_ALOUD = ("aria-label", "title", "alt", "placeholder")


def write_language(folder: Path) -> Path:
    """Write the catalog of the language, and return where it is."""
    catalog = Catalog(locale=NAME)
    for text in messages():
        forms = (text,) if isinstance(text, str) else (text[0], *[text[1]] * 5)
        strings = [f"{_START}{form}{_END}" for form in forms]
        catalog.add(text, strings[0] if isinstance(text, str) else strings)
    file = folder / NAME / CATALOG
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_mo(opened, catalog)
    return file


def untranslated(page: str) -> list[str]:
    """Return what a page in this language says in English: texts that no catalog knows."""
    left, before = page, ""
    while left != before:
        left, before = _TRANSLATED.sub("", left), left
    parser = _Texts()
    parser.feed(left)
    parser.close()
    return parser.found


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [
            value
            for name, value in given.items()
            if name in _READ_ALOUD or (name.startswith("data-") and name not in _NO_TEXTS)
            if any(map(str.isalpha, value)) and not value.startswith("/")
        ]
        is_fact = tag in _FACTS or bool(_FACT_CLASSES & set(given.get("class", "").split()))
        if tag not in _VOID:
            self._inside.append(is_fact or (bool(self._inside) and self._inside[-1]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if any(map(str.isalpha, data)) and not (self._inside and self._inside[-1]):
            self.found.append(data.strip())
