"""Reads the pages of the documentation: tables, code, snippets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
WIRE_PAGE = ROOT / "docs" / "wire.md"
TOKENS_PAGE = ROOT / "docs" / "tokens.md"


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def table(page: Path, header: str) -> list[list[str]]:
    """Return the cells of the one table whose first line is ``header``."""
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines.count(header) == 1, f"{named(page)} has no one table {header}"
    rows = []
    for line in lines[lines.index(header) + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def code(cell: str) -> str:
    """Return what a cell has between backticks."""
    found = re.fullmatch(r"\[?`([^`]*)`(?:\]\(#\w+\))?", cell)
    assert found, f"{cell!r} is not code"
    return found[1]


def snippets(*languages: str) -> list[pytest.param]:
    """Return every fenced block in these languages, named after its page and line."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            if match[1] in languages:
                line = text.count("\n", 0, match.start()) + 1
                found.append(pytest.param(match[2], id=f"{named(page)}:{line}"))
    return found
