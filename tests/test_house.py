"""How the package is built: its rooms, the size of its files, and its words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.doc_pages import ROOT
from support.python_source import parse

PACKAGE = ROOT / "escherpad_ext"
FILES = sorted(PACKAGE.rglob("*.py"))
LINES = 250
#: The rooms, from the ground up. Each imports only those before it.
ROOMS = (
    "errors",
    "console",
    "policy",
    "config",
    "grants",
    "connections",
    "server",
    "connect",
    "app",
    "check",
    "demo",
    "cli",
)
#: ``policy`` decides. Whoever asks it has the request, the clock and the files.
NOT_IN_POLICY = {
    *("tornado", "jupyter_server", "jupyter_core", "traitlets"),
    *("asyncio", "os", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time"),
}
#: Words that docstrings, comments and messages do without: a reader has to guess at them.
RETIRED = (
    "tell whether",
    "given away",
    r"lets?_in",
    "is nobody(?!'s)",
    r"mend(?:s|ed|ing)?",
    "anew",
    r"wakes?",
    "the one rule",
    "GrantDesk",
    "ConnectDesk",
    "FrontDoor",
)
_RETIRED = re.compile(rf"\b(?:{'|'.join(RETIRED)})\b", re.IGNORECASE)


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imported(file: Path) -> Iterator[str]:
    """Return the full names of all modules that a file imports, wherever in it."""
    package = ["escherpad_ext", *file.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_file_is_read_in_one_go(file: Path) -> None:
    """A longer one holds more than one concept."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LINES


@pytest.mark.parametrize("name", ROOMS)
def test_imports_go_one_way(name: str) -> None:
    """A room imports what is below it, and never what is above it."""
    above = ROOMS[ROOMS.index(name) + 1 :]
    files = [file for file in FILES if room(file) == name]
    wrong = [
        f"{named(file)} imports {module}"
        for file in files
        for module in imported(file)
        if module.startswith("escherpad_ext.") and module.split(".")[1] in above
    ]
    assert files, f"{name} is gone"
    assert wrong == []


def test_every_room_has_its_place() -> None:
    """A new folder of the package gets one, too."""
    assert {room(file) for file in FILES} == {*ROOMS, "__init__"}


def test_policy_asks_nothing_of_the_world() -> None:
    """It has no request, no file, no clock."""
    wrong = [
        f"{named(file)} imports {module}"
        for file in FILES
        if room(file) == "policy"
        for module in imported(file)
        if module.partition(".")[0] in NOT_IN_POLICY
    ]
    assert wrong == []


@pytest.mark.parametrize("suffix", [".py", ".js", ".html", ".yaml", ".md", ".css"])
def test_retired_words(suffix: str) -> None:
    """One word for one thing, and the field's own: see docs/glossary.md."""
    files = [*PACKAGE.rglob(f"*{suffix}"), *(ROOT / "docs").rglob(f"*{suffix}")]
    wrong = [
        f"{named(file)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if _RETIRED.search(line)
    ]
    assert wrong == []
