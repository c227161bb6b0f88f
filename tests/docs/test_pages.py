"""The documentation says what the code does: refusals, commands, snippets, links."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.doc_pages import PAGES, ROOT, WIRE_PAGE, code, named, snippets, table
from support.requirements import find_node
from traitlets.config import Config

from escherpad_ext.app import EscherpadExt
from escherpad_ext.cli import build_parser
from escherpad_ext.policy.refusal_table import REFUSALS, STATUS
from escherpad_ext.policy.settings import SETTINGS, Settings

# Refusals


def test_every_refusal_is_documented() -> None:
    """docs/wire.md has every row of the table with all its texts, and no other."""
    rows = table(WIRE_PAGE, "| error | reason | status | title | message | what to do |")
    documented = [
        (code(error), code(reason), int(status), *(text.replace("\\<", "<") for text in texts))
        for error, reason, status, *texts in rows
    ]
    assert documented == [
        (error, reason, STATUS[error], row.title, row.sentence, row.fix)
        for (error, reason), row in REFUSALS.items()
    ]


def test_every_text_of_a_refusal_is_written() -> None:
    """A few words as the title; the sentence and the fix end with a full stop."""
    for row in REFUSALS.values():
        assert row.title
        assert len(row.title.split()) <= 5
        assert row.sentence.endswith(".")
        assert row.fix.endswith(".")


@pytest.mark.parametrize("snippet", snippets("json"))
def test_json_snippets_are_right(snippet: str) -> None:
    """A refusal is one of the table; a configuration compiles. npm's and a browser's have tests."""
    content = json.loads(snippet)
    if "EscherpadExt" in content:
        _compile(content["EscherpadExt"])
    elif not content.keys() & {"overrides", "content_security_policy"}:
        assert content["message"] == REFUSALS[content["error"], content["reason"]].sentence


# Snippets


@pytest.mark.parametrize("snippet", snippets("python"))
def test_python_snippets_are_configuration_that_compiles(snippet: str) -> None:
    """A line of configuration that somebody pastes works, without a mistake."""
    config = Config()
    exec(compile(snippet, "jupyter_server_config.py", "exec"), {"c": config})
    assert config, "the snippet sets nothing"
    _compile(dict(EscherpadExt(config=config).config.EscherpadExt))


def _compile(section: dict[str, object]) -> None:
    assert set(section) <= set(SETTINGS)
    app = EscherpadExt(config=Config({"EscherpadExt": section}))
    Settings.parse({name: getattr(app, name) for name in SETTINGS})


@pytest.mark.parametrize("snippet", snippets("js"))
def test_js_snippets_are_modules(snippet: str, tmp_path: Path) -> None:
    """JavaScript that somebody pastes into a module is JavaScript."""
    node = find_node()
    file = tmp_path / "snippet.mjs"
    file.write_text(snippet, encoding="utf-8")
    checked = subprocess.run(
        [node, "--check", file], capture_output=True, text=True, check=False, timeout=30
    )
    assert checked.returncode == 0, checked.stderr


def test_the_readme_has_snippets_of_each_kind() -> None:
    """The tests of snippets look at something."""
    for language in ("python", "js", "sh"):
        assert any(str(param.id).startswith("README.md:") for param in snippets(language)), language


# Commands


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of all commands by their names, as ``token create``."""
    return dict(_leaves(build_parser(), ()))


def _leaves(
    parser: argparse.ArgumentParser, words: tuple[str, ...]
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield " ".join(words), parser
    for group in groups:
        for name, child in group.choices.items():
            yield from _leaves(child, (*words, name))


@pytest.mark.parametrize("name", commands())
def test_help_has_examples_that_parse(name: str) -> None:
    """Every command shows how it is used, and what it shows is right."""
    assert _parse_all(commands()[name].format_help(), f"jupyter escherpad {name}") > 0


def test_the_help_of_all_commands_has_examples_that_parse() -> None:
    """So does the help without a command, with each of them."""
    text = build_parser().format_help()
    assert _parse_all(text, "jupyter escherpad") > 0
    for name in {name.partition(" ")[0] for name in commands()}:
        assert f"jupyter escherpad {name}" in text


@pytest.mark.parametrize("snippet", snippets("sh"))
def test_shell_snippets_parse(snippet: str) -> None:
    """Commands of this package that a page shows exist."""
    _parse_all(snippet, "jupyter escherpad")


def _parse_all(text: str, command: str) -> int:
    """Parse every line that calls ``command``, up to a remark; return how many there were."""
    lines = re.findall(rf"^ *({command} .*?)(?: {{2,}}.*)?$", text, re.MULTILINE)
    for line in lines:
        arguments = shlex.split(line)[2:]
        try:
            build_parser().parse_args(arguments)
        except SystemExit as error:
            raise AssertionError(f"does not parse: {line}") from error
    return len(lines)


# Links


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_resolve(page: Path) -> None:
    """A link within the project leads to a file, and to a heading that is there."""
    text = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for target in re.findall(r"\]\(([^()\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        if anchor:
            assert anchor in _anchors(file), target


def _anchors(page: Path) -> set[str]:
    """Return the names GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
