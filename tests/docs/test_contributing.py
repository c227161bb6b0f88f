"""CONTRIBUTING.md names files that exist, and a reason for each dependency."""

from __future__ import annotations

import re

import pytest
from support.doc_pages import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TASKS = PAGE.split("\n## Six tasks\n")[1].split("\n## ")[0]


def paths() -> list[str]:
    """Return what stands between backticks and has a slash or a Python file's ending."""
    return sorted(set(re.findall(r"`([\w/.-]+(?:/|\.py|\.js))`", TASKS)))


def test_there_are_six_tasks() -> None:
    assert len(re.findall(r"^\*\*[^*]+\*\*$", TASKS, re.MULTILINE)) == 6
    assert len(paths()) > 15


@pytest.mark.parametrize("path", paths())
def test_the_files_of_each_task_exist(path: str) -> None:
    """From the top of the repository, or below the package."""
    assert (ROOT / path).exists() or (ROOT / "escherpad_ext" / path).exists()


def test_every_dependency_has_a_reason() -> None:
    """The table has each package of pyproject.toml, and no other."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|demo|qr) = \[(.*?)\]$", project, re.MULTILINE | re.DOTALL)
    needed = {name for each in lists for name in re.findall(r'"([\w-]+)[<>=]', each)}
    rows = PAGE.split("| package | why |")[1].splitlines()[2:]
    assert set(re.findall(r"`([\w-]+)`", " ".join(row.split("|")[1] for row in rows))) == (
        needed | {"demo", "qr"}
    )
