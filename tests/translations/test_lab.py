"""The texts of JupyterLab's extension in other languages: complete, and as JupyterLab has them."""

from __future__ import annotations

import gettext
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from support.doc_pages import ROOT

from escherpad_ext.policy.folders import FOLDER_BUNDLES
from escherpad_ext.policy.refusal_table import REFUSALS
from escherpad_ext.policy.scopes import BUNDLES

LAB = ROOT / "labextension"
LANGUAGES = {"de_DE", "es_ES", "fr_FR", "zh_CN"}
CATALOGUES = sorted(LAB.glob("escherpad_ext_lab/locale/*/LC_MESSAGES/*.json"))
#: A call of JupyterLab's translation, up to the end of its first text or its first two.
CALL = re.compile(r"""trans\s*\.(__|_n)\(\s*"((?:[^"\\]|\\.)*)"(?:,\s*"((?:[^"\\]|\\.)*)")?""")
ANY_CALL = re.compile(r"trans\s*\.(?:__|_n|_p|_np)\(")
#: What the server says and the extension translates: the only call without its text beside it.
GIVEN = "trans.__(title)"


def texts() -> Iterator[tuple[str, ...]]:
    """Return what the extension says; with its plural, where it has one."""
    for file in sorted((LAB / "src").glob("*.ts")):
        source = file.read_text(encoding="utf-8").replace(GIVEN, "")
        found = CALL.findall(source)
        assert len(found) == len(ANY_CALL.findall(source)), f"a text is not beside its call: {file}"
        yield from ((one, many) if kind == "_n" else (one,) for kind, one, many in found)
    for bundle in [*BUNDLES.values(), *FOLDER_BUNDLES.values()]:
        yield (bundle.title,)


@pytest.fixture(scope="module")
def compiler() -> ModuleType:
    """Return ``compile_translations.py``, which comes with no package."""
    pytest.importorskip("babel", reason="Install jupyterlab: its Babel reads .po files.")
    path = LAB / "compile_translations.py"
    spec = importlib.util.spec_from_file_location("compile_translations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_language_is_there() -> None:
    assert {file.parts[-3] for file in CATALOGUES} == LANGUAGES


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parts[-3])
def test_what_jupyterlab_reads_is_what_translators_wrote(file: Path, compiler: ModuleType) -> None:
    """If this fails, run ``python labextension/compile_translations.py``."""
    assert file.read_text(encoding="utf-8") == compiler.written(file.with_suffix(".po"))


def test_what_an_app_tried_is_said_in_sentences() -> None:
    """Each reason for which a request goes beyond what the owner allowed, and no reason of old."""
    source = (LAB / "src" / "refusals.ts").read_text(encoding="utf-8")
    reasons = re.findall(r'\[\s*"([a-z_]+)",', source)
    beyond = ("insufficient_scope", "owner_only")
    assert sorted(reasons) == sorted(reason for error, reason in REFUSALS if error in beyond)


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parts[-3])
def test_each_text_is_translated_with_its_places(file: Path) -> None:
    """All that the extension says, nothing else, and each ``%1`` stays."""
    translated = json.loads(file.read_text(encoding="utf-8"))
    header = translated.pop("")
    assert header["language"] == file.parts[-3].replace("_", "-")  # JupyterLab looks for this
    said = {each[0]: each for each in texts()}
    assert translated.keys() == said.keys()
    plural = int(re.findall(r"nplurals=(\d)", header["plural_forms"])[0])
    gettext.c2py(header["plural_forms"].partition("plural=")[2].rstrip(";"))  # type: ignore[attr-defined]
    for text, forms in translated.items():
        assert len(forms) == (1 if len(said[text]) == 1 else plural), text
        for form in forms:
            assert form.strip(), text
            assert sorted(re.findall(r"%\d", form)) == sorted(re.findall(r"%\d", text))
