"""Every text of the owner's pages has a translation, which says as much and adds no markup."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator
from gettext import GNUTranslations

import pytest
from support.doc_pages import ROOT

from . import update
from .catalogs import compiled_of, languages, read, source_of, untranslated
from .messages import messages

LANGUAGES = languages()
ELEMENT = ROOT / "js" / "src" / "element"
_TAG = re.compile(r"</?[a-z]+[^>]*>")
_PERCENT = re.compile(r"%\((\w+)\)s")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Yield each English text with each form of its translation."""
    for message in read(language):
        if not message.id:
            continue
        originals = [message.id] if isinstance(message.id, str) else list(message.id)
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        for number, form in enumerate(forms):
            yield originals[min(number, len(originals) - 1)], form


def test_the_languages_are_those_of_the_library() -> None:
    """A person who reads the site's part in a language reads the server's in it, too."""
    assert sorted({file.stem for file in ELEMENT.glob("??.js")} - {"en"}) == LANGUAGES


def test_every_text_is_translated(language: str) -> None:
    """And nothing is left of texts that are gone. No translation is a guess."""
    catalog = read(language)
    known = [each for each in catalog if each.id]
    ids = {each.id if isinstance(each.id, str) else tuple(each.id) for each in known}
    assert ids == set(messages()), "run: python -m tests.translations.update"
    assert untranslated(catalog) == []
    assert not any(each.fuzzy for each in known)
    assert list(catalog.obsolete) == []


def test_a_translation_has_the_same_facts(language: str) -> None:
    """It leaves none out, and names none that the page does not have."""
    for original, form in pairs(language):
        assert sorted(_PERCENT.findall(form)) == sorted(_PERCENT.findall(original)), form
        assert facts_of(form) == facts_of(original), form


def facts_of(text: str) -> list[tuple[str | None, str | None]]:
    """Return what a text has in braces; one for a template of the page has none."""
    return sorted(
        (name, conversion)
        for _, name, _, conversion in string.Formatter().parse(text)
        if name is not None
    )


def test_a_translation_adds_no_markup(language: str) -> None:
    """Its tags are those of the English text; beside them, it has nothing that HTML would read."""
    for original, form in pairs(language):
        assert Counter(_TAG.findall(form)) == Counter(_TAG.findall(original)), form
        assert not set('<>&"\\') & set(_TAG.sub("", form)) - set(_TAG.sub("", original)), form
        assert form.strip() == form
        assert form.isprintable()


def test_what_the_server_reads_is_what_is_written(language: str) -> None:
    """The compiled catalog is in the repository, so that installing needs no other program."""
    with compiled_of(language).open("rb") as file:
        compiled = GNUTranslations(file)
    for message in read(language):
        if isinstance(message.id, str):
            assert not message.id or compiled.gettext(message.id) == message.string
        else:
            forms = {compiled.ngettext(*message.id, number) for number in (0, 1, 2, 5, 10**6)}
            assert forms == set(message.string), message.id


def test_the_library_says_the_same_of_full_control(language: str) -> None:
    """Nobody has to guess whether two words are one thing."""
    source = (ELEMENT / f"{language}.js").read_text(encoding="utf-8")
    said = dict(re.findall(r'^  (\w+): "([^"]*)"', source, re.MULTILINE))
    catalog = read(language)
    for key, text in {"control": "Full control", "run": "Run code"}.items():
        assert catalog[text].string.lower() == said[key].lower()


def test_one_command_adds_a_language(monkeypatch, tmp_path, capsys) -> None:
    """It makes a catalog with every text, and says that none is translated yet."""
    monkeypatch.setattr("escherpad_ext.connect.languages.FOLDER", tmp_path)
    monkeypatch.setattr(f"{update.__package__}.catalogs.FOLDER", tmp_path)
    texts = messages()
    assert update.update("it") == len(texts)
    assert capsys.readouterr().out.count("not translated: ") == len(texts)
    assert len(read("it")) == len(texts)
    source = (
        source_of("it")
        .read_text(encoding="utf-8")
        .replace(
            'msgid "Full control"\nmsgstr ""', 'msgid "Full control"\nmsgstr "Controllo completo"'
        )
    )
    source_of("it").write_text(source, encoding="utf-8")
    assert update.update() == len(texts) - 1
    with compiled_of("it").open("rb") as file:
        assert GNUTranslations(file).gettext("Full control") == "Controllo completo"
