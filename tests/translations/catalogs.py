"""The catalogs of the languages: read, brought up to date with the texts, and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from escherpad_ext.connect.languages import CATALOG, FOLDER

from .messages import Message

_ABOUT = """\
# What the owner's pages say. The English texts are in the code.
# Write the translations here, then run: python -m tests.translations.update"""


class _Timeless(Catalog):
    """Says nothing of dates and programs, so that a catalog changes with its texts only."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("Content-Type", "text/plain; charset=utf-8"),
        ]


def languages() -> list[str]:
    """Return the languages other than English."""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def source_of(language: str) -> Path:
    """Return where the translations are written."""
    return compiled_of(language).with_suffix(".po")


def compiled_of(language: str) -> Path:
    """Return what the server reads."""
    return FOLDER / language / CATALOG


def read(language: str) -> Catalog:
    """Return the translations, none for a language that is new."""
    file = source_of(language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def updated(old: Catalog, texts: Mapping[Message, str]) -> Catalog:
    """Return a catalog with these texts and no others; what is translated stays so."""
    new = _Timeless(locale=old.locale, header_comment=_ABOUT, fuzzy=False)
    for text, place in texts.items():
        id_ = text if isinstance(text, str) else list(text)
        known = old.get(id_)
        new.add(text, known.string if known else "", auto_comments=[place])
    return new


def write(catalog: Catalog, language: str) -> None:
    """Write both files of a language."""
    source_of(language).parent.mkdir(parents=True, exist_ok=True)
    with source_of(language).open("wb") as source:
        write_po(source, catalog, width=100)
    with compiled_of(language).open("wb") as compiled:
        write_mo(compiled, catalog)


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts that have no translation yet."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalog
        if message.id and not all(_strings(message.string))
    ]


def _strings(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)
