"""Bring the translations up to date: ``python -m tests.translations.update [LANGUAGE …]``.

It adds new texts to every catalog, drops those that are gone, and writes what the server reads. A
language that is named and has no catalog gets one. Afterwards it says what is not translated.
"""

from __future__ import annotations

import sys

from .catalogs import languages, read, source_of, untranslated, updated, write
from .messages import messages


def update(*new: str) -> int:
    """Write all catalogs; return how many texts are not translated."""
    texts, missing = messages(), 0
    for language in sorted({*languages(), *new}):
        catalog = updated(read(language), texts)
        write(catalog, language)
        for text in untranslated(catalog):
            print(f"{source_of(language)}: not translated: {text}")
            missing += 1
    return missing


if __name__ == "__main__":
    sys.exit(1 if update(*sys.argv[1:]) else 0)
