"""The languages of the owner's pages: which one a reader asks for, and what the texts are in it.

Each folder of ``locale`` is a language, with gettext's catalogs. English is in the code.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from ..policy.translatable import Translatable

FOLDER = Path(__file__).parent / "locale"
CATALOG = Path("LC_MESSAGES", "escherpad_ext.mo")
ENGLISH = "en"
#: How much of the header is read. Browsers send less than 100 characters.
MAX_HEADER_LENGTH = 1000
# RFC 9110, 12.5.4 and 12.4.2, with the primary subtag of RFC 5646 that names the language.
_RANGE = re.compile(
    r"([a-z]{1,8})(?:-[a-z0-9]{1,8})*(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?",
    re.IGNORECASE,
)
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
#: Letters and controls of which a text runs from right to left (UAX #9).
_TURNS = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI"})
_ISOLATE, _END = "\u2068", "\u2069"


class Language:
    """A language; ``tag`` is its name in HTML (BCP 47)."""

    def __init__(self, tag: str, translations: NullTranslations) -> None:
        self.tag = tag
        self.direction = "rtl" if tag in _RIGHT_TO_LEFT else "ltr"
        self.gettext = translations.gettext
        self.ngettext = translations.ngettext
        self._facts = _Facts(isolate=self.direction == "rtl")

    def say(self, text: str) -> str:
        """Return an English text in this language. One that has no translation stays English."""
        if not isinstance(text, Translatable):
            return self.gettext(text) if text else text  # gettext keeps its header below ""
        template = text.template
        if text.singular is not None:
            template = self.ngettext(text.singular, template, text.number)
        else:
            template = self.gettext(template)
        facts = {
            name: self.say(fact) if isinstance(fact, Translatable) else fact
            for name, fact in text.facts.items()
        }
        return self._facts.vformat(template, (), facts)


class _Facts(string.Formatter):
    """Puts facts into a text, so that no fact changes the direction of what stands around it."""

    def __init__(self, *, isolate: bool) -> None:
        self._isolate = isolate

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a fact; isolated (UAX #9, 2.7) where its direction may be another."""
        shown = str(super().format_field(value, format_spec))
        if self._isolate or any(unicodedata.bidirectional(each) in _TURNS for each in shown):
            return f"{_ISOLATE}{shown}{_END}"
        return shown


def language_of(accept_language: str) -> Language:
    """Return the language for a request's ``Accept-Language``; English where it asks for none."""
    return _load(choose(accept_language, {ENGLISH, *_catalogs()}))


def choose(accept_language: str, offered: Collection[str]) -> str:
    """Return which of the ``offered`` languages a reader likes most; English if none.

    Only the name of the language counts, and not the country: ``de-AT`` gets ``de``. Of two that
    are liked as much, it is the first.
    """
    best, quality = ENGLISH, 0.0
    for part in accept_language[:MAX_HEADER_LENGTH].split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            continue
        name, liked = found[1].lower(), float(found[2] or 1)
        if name in offered and liked > quality:
            best, quality = name, liked
    return best


@lru_cache(maxsize=1)
def _catalogs() -> Mapping[str, Path]:
    """Return the files of the languages, by their names. No header ever becomes a path."""
    return {file.parts[-3]: file for file in FOLDER.glob(f"*/{CATALOG.as_posix()}")}


@cache
def _load(name: str) -> Language:
    """Return a language, whose catalog is read when somebody first asks for it."""
    if name == ENGLISH:
        return Language(ENGLISH, NullTranslations())
    with _catalogs()[name].open("rb") as file:
        return Language(name, GNUTranslations(file))
