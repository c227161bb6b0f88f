"""docs/command-line.md: what it says to write works, with what it says to install."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from support.connect.device_owner import DeviceOwner, connect_at_once
from support.recipes import Recipe
from support.server_process import Server

from escherpad_ext.connections import save

pytestmark = pytest.mark.timeout(240)

RECIPE = Recipe.of("command-line.md")
CELL = {
    "cell_type": "code",
    "id": "a",
    "source": "6 * 7",
    "metadata": {},
    "outputs": [],
    "execution_count": None,
}
NOTEBOOK = {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
#: How long the packages wait for an answer, in seconds. A busy machine needs more than theirs.
WAIT = "80"


def require_packages() -> None:
    """Skip where something is missing that the page installs, or its rooms need."""
    (pip,) = (line for line in RECIPE.commands if "httpx" in line)
    for package in (*shlex.split(pip)[2:], "jupyter-collaboration"):
        try:
            distribution(package)
        except PackageNotFoundError:
            pytest.skip(f"The package {package} is missing: pip install {package}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with rooms and a notebook."""
    require_packages()
    with Server(tmp_path_factory.mktemp("page") / "server") as running:
        (running.root / "notes.ipynb").write_text(json.dumps(NOTEBOOK))
        yield running


@pytest.fixture(autouse=True)
def connected(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect as the page says."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    save("cluster", connect_at_once(server.url, DeviceOwner(server.url, server.token), "run"))


def run(folder: Path, name: str) -> str:
    """Write a file of the page, run it, and return what it prints."""
    (folder / name).write_text(RECIPE.file(name, {}))
    done = subprocess.run(
        [sys.executable, name],
        cwd=folder,
        env={**os.environ, "REQUEST_TIMEOUT": WAIT},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_code_runs(tmp_path: Path, server: Server) -> None:
    """And no kernel is left behind."""
    assert run(tmp_path, "run_code.py") == "42\n"
    assert server.owner().ask("GET", "api/kernels") == []


def test_cells_are_read(tmp_path: Path) -> None:
    """As they are in the room."""
    assert run(tmp_path, "read_cells.py") == "['6 * 7']\n"


def test_files_are_listed(tmp_path: Path, server: Server) -> None:
    assert "notes.ipynb" in run(tmp_path, "list_files.py")
