"""The HTML of the owner's pages, from the templates, in the reader's language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from .languages import Language

_FOLDER = Path(__file__).parent / "templates"


def render(template: str, language: Language, **values: object) -> str:
    """Return a page.

    What is written in the templates is translated by ``{% trans %}``, and what comes from Python by
    ``say``.
    """
    found = environment().get_template(template)
    return found.render(language=language, say=language.say, **values)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return what reads the templates. It keeps no language: each page has its own."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    # It escapes what is put into a translation, and nothing of the translation itself.
    cast(Any, made).install_gettext_callables(_gettext, _ngettext, newstyle=True)
    return made


@pass_context
def _gettext(context: Context, text: str) -> str:
    return _language_of(context).gettext(text)


@pass_context
def _ngettext(context: Context, singular: str, plural: str, number: int) -> str:
    return _language_of(context).ngettext(singular, plural, number)


def _language_of(context: Context) -> Language:
    return cast(Language, context["language"])
