"""The table of problems: every row is raised somewhere, with the facts of its sentence."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

import pytest
from support.doc_pages import ROOT
from support.python_source import parse

from escherpad_ext.connect.problems import PROBLEMS, ConnectError

PACKAGE = ROOT / "escherpad_ext" / "connect"


def raised() -> Iterator[tuple[str, set[str]]]:
    """Yield the code and the names of the facts of every problem that the package raises."""
    for file in sorted(PACKAGE.glob("**/*.py")):
        for node in ast.walk(parse(file)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ConnectError":
                facts = {str(keyword.arg) for keyword in node.keywords}
                yield ast.literal_eval(node.args[0]), facts - {"line"}


def test_every_problem_is_raised_and_no_other() -> None:
    assert {code for code, _ in raised()} == set(PROBLEMS)


@pytest.mark.parametrize("code", PROBLEMS)
def test_whoever_raises_it_gives_its_facts(code: str) -> None:
    problem = PROBLEMS[code]
    wanted = {name for _, name, _, _ in string.Formatter().parse(problem.sentence) if name}
    for facts in (facts for found, facts in raised() if found == code):
        assert facts == wanted


@pytest.mark.parametrize("code", PROBLEMS)
def test_its_sentences_are_short(code: str) -> None:
    """Sentences end with a full stop and have at most 25 words; facts count as one."""
    problem = PROBLEMS[code]
    assert problem.status in {400, 403, 429, 503}
    for text in (problem.sentence, problem.fix):
        for sentence in text.split(". "):
            assert len(sentence.split()) <= 25, sentence
    assert problem.sentence.endswith((".", "{reason}"))


def test_what_a_site_sends_is_no_template() -> None:
    """A fact is shown as it is, whatever it looks like."""
    error = ConnectError("client_id", client_id="{client_id.__class__}{0}")
    assert "'{client_id.__class__}{0}'" in error.sentence
    assert error.what == f"{error.sentence} {error.fix}"
