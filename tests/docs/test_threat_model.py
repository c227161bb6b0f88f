"""Every threat of docs/threat-model.md names a test that exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from support.python_source import parse

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
HEADER = "| attacker | tries | stopped by | held by |"


def threats() -> list[list[str]]:
    """Return the cells of every table of threats."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row != HEADER]


@cache
def defined_in(file: str) -> frozenset[str]:
    """Return the names of the tests that pytest finds in a file, without running it."""
    tree = parse(ROOT / file)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    named = {node.name for node in tree.body if isinstance(node, functions)}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            named |= {
                f"{node.name}::{each.name}" for each in node.body if isinstance(each, functions)
            }
    return frozenset(name for name in named if name.rpartition("::")[2].startswith("test_"))


def test_there_are_threats() -> None:
    """The page has tables of threats, all of one form."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert lines.count(HEADER) >= 1
    assert len(threats()) >= 20
    assert all(len(row) == 4 and all(row) for row in threats())


@pytest.mark.parametrize("row", threats(), ids=lambda row: f"{row[0]}: {row[1]}"[:60])
def test_every_threat_names_a_test_that_exists(row: list[str]) -> None:
    """The last cell of a row is a list of tests as pytest names them, each of which exists."""
    held_by = row[-1]
    named = re.findall(r"`([^`]*)`", held_by)
    assert named, f"no test holds this: {row}"
    assert held_by == ", ".join(f"`{name}`" for name in named), "something else stands there"
    for name in named:
        file, _, test = name.partition("::")
        assert Path(file).name.startswith("test_"), name
        assert (ROOT / file).is_file(), name
        assert test in defined_in(file), name
