"""docs/clients/python.md: a script runs code on a server, without a browser."""

from __future__ import annotations

import shlex
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from support.browser.recipe_sites import World
from support.recipes import Recipe

pytestmark = pytest.mark.timeout(240)

RECIPE = Recipe.of("clients/python.md")


@pytest.fixture
def folder(tmp_path: Path, world: World) -> Path:
    """Follow the page up to the last command."""
    pip, run = (line for line in RECIPE.commands if not line.startswith("jupyter escherpad"))
    for package in shlex.split(pip)[2:]:
        assert distribution(package)
    assert shlex.split(run)[:2] == ["python", "run_code.py"]
    address = {"http://localhost:8888/": world.server.url}
    (tmp_path / "run_code.py").write_text(RECIPE.file("run_code.py", address))
    return tmp_path


def test_a_script_runs_code(folder: Path, world: World) -> None:
    """With a token for scripts: the output is there as it comes, and no kernel is left behind."""
    before = world.kernels()
    done = run_code(folder, world.tokens["python"], shlex.split(RECIPE.commands[-1])[2])
    assert (done.stdout, done.stderr, done.returncode) == ("42\n", "", 0)
    done = run_code(folder, world.tokens["python"], "print(1, flush=True)\nx = 6\nx / 0")
    assert done.stdout.startswith("1\n")
    assert "ZeroDivisionError" in done.stdout
    assert world.kernels() == before
    assert world.leaks() == []


def test_a_token_for_a_site_does_not_do(folder: Path, world: World) -> None:
    """The script says why, in one sentence that is on the page."""
    done = run_code(folder, world.tokens["fetch"], "1")
    assert done.returncode == 1
    assert done.stderr == "The token is valid only from another origin.\n"
    assert done.stderr.strip() in RECIPE.text


def run_code(folder: Path, token: str, code: str) -> subprocess.CompletedProcess[str]:
    (folder / "token.txt").write_text(f"{token}\n")
    return subprocess.run(
        [sys.executable, "run_code.py", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
