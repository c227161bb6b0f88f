"""docs/settings.md says what the code does: settings, patterns, mistakes."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from support.doc_pages import PAGES, SETTINGS_PAGE, code, named, table
from support.python_source import parse

import escherpad_ext.policy as policy_package
from escherpad_ext.app import EscherpadExt
from escherpad_ext.errors import SettingsInvalid
from escherpad_ext.policy.origins import OriginPolicy
from escherpad_ext.policy.settings import SETTINGS

TYPES = {
    "Dict": "dictionary",
    "List": "list of strings",
    "Unicode": "string",
    "Bool": "flag",
    "Int": "whole number",
}


def test_every_setting_is_documented_with_type_and_default() -> None:
    """docs/settings.md has every setting, each once, and no other."""
    rows = table(SETTINGS_PAGE, "| setting | type | default | meaning |")
    documented = sorted((code(name), kind, code(default)) for name, kind, default, _ in rows)
    traits = EscherpadExt.class_traits(config=True)
    app = EscherpadExt()
    assert documented == sorted(
        (name, _kind(traits[name]), _written_in_python(getattr(app, name))) for name in SETTINGS
    )


def _kind(trait: object) -> str:
    return next(TYPES[base.__name__] for base in type(trait).__mro__ if base.__name__ in TYPES)


def _written_in_python(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def test_every_setting_has_a_section_with_an_example() -> None:
    """Each setting has a heading of its own, and a line of configuration below it."""
    text = SETTINGS_PAGE.read_text(encoding="utf-8")
    for name in SETTINGS:
        section = text.partition(f"\n## `{name}`\n")[2].partition("\n## ")[0]
        assert f"c.EscherpadExt.{name} =" in section, name


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    """``EscherpadExt.<name>`` is a setting wherever it is written."""
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"EscherpadExt\.(\w+)", text)) <= set(SETTINGS)


def test_choices_are_documented() -> None:
    """Each value of ``url_tokens`` is explained."""
    text = SETTINGS_PAGE.read_text(encoding="utf-8").partition("\n## `url_tokens`\n")[2]
    assert re.findall(r'^- `"(\w+)"`:', text, re.MULTILINE) == ["websocket", "never", "always"]


# Patterns


def pattern_rows() -> list[list[str]]:
    return table(SETTINGS_PAGE, "| pattern | allows | not |")


@pytest.mark.parametrize("row", pattern_rows(), ids=lambda row: row[0].strip("`"))
def test_patterns_allow_what_the_page_says(row: list[str]) -> None:
    """Each pattern of the page parses, allows what the second column has, not the third."""
    pattern, allowed, refused = row
    policy = OriginPolicy.compile([code(pattern)])
    for origin in re.findall(r"`(\w+://[^`]*)`", allowed):
        assert policy.allows(origin), origin
    for origin in re.findall(r"`(\w+://[^`]*)`", refused):
        assert not policy.allows(origin), origin
    if "this origin" in allowed:
        assert policy.allows(code(pattern))


def mistake_rows() -> list[list[str]]:
    return table(SETTINGS_PAGE, "| you wrote | write | because |")


def _written(cell: str) -> str:
    return "" if cell == "*(nothing)*" else code(cell)


def _mistake(text: str) -> tuple[str, str | None]:
    with pytest.raises(SettingsInvalid) as caught:
        OriginPolicy.compile([text])
    (mistake,) = caught.value.mistakes
    return mistake.code, mistake.suggestion


@pytest.mark.parametrize("row", mistake_rows(), ids=lambda row: row[0].strip("`"))
def test_mistakes_have_the_remedy_that_the_page_says(row: list[str]) -> None:
    """What the page says to write instead is what the log says."""
    written, instead, _ = row
    assert _mistake(_written(written))[1] == (None if instead == "—" else code(instead))


def test_every_kind_of_mistake_is_documented() -> None:
    """Each code that the package gives to a bad pattern has an example on the page."""
    shown = {_mistake(_written(written))[0] for written, _, _ in mistake_rows()}
    # Said in words below the table, as they are about the list.
    shown |= {"not_text", "not_a_list"}
    # Not a mistake of the pattern: see tests/policy/test_suffixes.py.
    shown |= {"suffix_list_missing"}
    # The last resort, for what no rule explains.
    assert _codes_in_source() - {"malformed"} <= shown


def _codes_in_source() -> set[str]:
    folder = Path(policy_package.__file__).parent
    files = [*folder.glob("mistakes/*.py"), folder / "patterns.py", folder / "origins.py"]
    codes = {"not_a_list"}
    for file in files:
        for call in ast.walk(parse(file)):
            codes |= _codes_of(call)
    return codes


def _codes_of(node: ast.AST) -> set[str]:
    """Return the codes that a call of ``Mistake``, or of a helper that makes one, names."""
    if isinstance(node, ast.FunctionDef) and node.name.startswith("_no_"):
        values: list[ast.expr] = list(node.args.defaults)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        if not (name in {"Mistake", "OriginPatternError"} or name.startswith("_no_")):
            return set()
        values = [*node.args, *(word.value for word in node.keywords if word.arg == "code")]
    else:
        return set()
    texts = {value.value for value in values if isinstance(value, ast.Constant)}
    return {
        text for text in texts if isinstance(text, str) and re.fullmatch("[a-z][a-z0-9_]+", text)
    }
