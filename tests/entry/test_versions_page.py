"""docs/versions.md says what is tested with what, and that is what is."""

from __future__ import annotations

import re
import runpy
from importlib.metadata import metadata, requires

from packaging.requirements import Requirement
from support.doc_pages import ROOT, code

from .test_entry_points import STARTS

PAGE = ROOT / "docs" / "versions.md"
CI = runpy.run_path(str(ROOT / ".ci" / "versions.py"))


def tables(header: str) -> list[list[list[str]]]:
    """Return the rows of each table of the page that has this first line."""
    found = re.findall(
        rf"^{re.escape(header)}\n\|[-|]+\n((?:\|.*\n)+)", PAGE.read_text(encoding="utf-8"), re.M
    )
    return [
        [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows.splitlines()]
        for rows in found
    ]


def normalised(name: str) -> str:
    """Return the name of a package as packages' metadata may have it, or not (PEP 503)."""
    return name.lower().replace("_", "-")


def test_what_is_needed_is_what_the_package_needs() -> None:
    """Names and lower bounds, in whatever order."""
    (needed, _) = tables("| package | oldest | newest |")
    (_, oldest, newest), *others = needed
    bounds = map(Requirement, requires("escherpad-ext") or [])
    documented = {(normalised(code(name)), version) for name, version, _ in others}
    assert documented == {
        (normalised(each.name), bound.version)
        for each in bounds
        if each.marker is None
        for bound in each.specifier
        if bound.operator == ">="
    }
    assert metadata("escherpad-ext")["Requires-Python"] == f">={oldest}"
    assert (oldest, newest) == (CI["PYTHONS"][0], CI["PYTHONS"][-1])
    assert CI["OLDEST"] == oldest


def test_what_is_beside_is_what_is_installed_for_the_tests() -> None:
    """The oldest of each, which the oldest Python is run with."""
    (_, beside) = tables("| package | oldest | newest |")
    pins = {f"{code(name)}=={version}.*" for name, version, _ in beside}
    assert pins == set(CI["OLDEST_BESIDE"])


def test_what_labextension_needs_is_what_it_is_tested_with() -> None:
    """In its own pyproject.toml, where pip reads it, and on the page."""
    lab, notebook = (pin.partition("==")[2] for pin in CI["OLDEST_LAB"])
    settings = (ROOT / "labextension" / "pyproject.toml").read_text(encoding="utf-8")
    assert f'dependencies = ["jupyterlab>={lab},<5"]' in settings
    said = f"JupyterLab {lab} or later, or Notebook {notebook} or later"
    for page in (PAGE, ROOT / "labextension" / "README.md"):
        assert said in " ".join(page.read_text(encoding="utf-8").split())


def test_what_is_left_out_is_there() -> None:
    """A file that is renamed is not tested with the oldest versions again by mistake."""
    named = (*CI["SELDOM_DIFFERENT"], *CI["SAME_ANYWHERE"], *CI["FEW"], *CI["FIRST"])
    assert [each for each in named if not (ROOT / "tests" / each).exists()] == []


def test_every_command_is_started() -> None:
    """Those that are said to be guarded are those of the test."""
    (commands,) = tables("| command | guarded |")
    guarded = {code(name) for name, says in commands if says.startswith("yes") and "," not in name}
    assert guarded == {start.command for start in STARTS}
