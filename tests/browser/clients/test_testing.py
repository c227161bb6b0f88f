"""docs/clients/testing.md: a site's tests with a fake server, as they are written there."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from support.doc_pages import ROOT
from support.recipes import Recipe

RECIPE = Recipe.of("clients/testing.md")


def test_a_site_is_tested_without_a_server(node: str, tmp_path: Path) -> None:
    """In node, by the command of the page; and what a page writes can be loaded."""
    packages = tmp_path / "node_modules"
    packages.mkdir()
    (packages / "escherpad-connect").symlink_to(ROOT / "js", target_is_directory=True)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "save.test.js").write_text(RECIPE.file("save.test.js", {}), encoding="utf-8")
    _install, test = RECIPE.commands
    program, *arguments = shlex.split(test)
    assert program == "node"
    run(node, *arguments, cwd=tmp_path)
    in_page = RECIPE.text.split("## In a page")[1].split("```js\n")[1].split("```")[0]
    ended = "\nserver.uninstall();"
    (tmp_path / "page.js").write_text(in_page + ended, encoding="utf-8")
    run(node, "page.js", cwd=tmp_path)


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
