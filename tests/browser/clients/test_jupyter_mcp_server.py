"""docs/agents.md: jupyter-mcp-server as an extension and as a program, all that it has."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.browser.browsers import FULL
from support.browser.sites import type_command
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess
from support.recipes import Recipe

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 installs jupyter-mcp-server."),
]

RECIPE = Recipe.of("agents.md")
PROGRAM = Path(__file__).parent / "agents" / "every_tool.py"
INSTALL_SECONDS = 500
CELLS = [
    {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 6 * 7", "outputs": []},
    {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "# Title"},
]
NOTEBOOK = {
    "cells": [{**CELLS[0], "execution_count": None}, CELLS[1]],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


class ServerElsewhere(JupyterProcess):
    """Runs in another environment, with all extensions that are installed there."""

    def __init__(self, scripts: Path, folder: Path, config: dict[str, Any]) -> None:
        super().__init__(folder, config)
        self._scripts = scripts

    def _start(self) -> psutil.Process:
        command = [self._scripts / "python", "-m", "jupyter_server", *self._words()]
        with self.log_path.open("ab") as log:
            return psutil.Popen(
                [str(word) for word in command],
                env=self._environment(),
                cwd=self.root,
                stdout=log,
                stderr=log,
            )

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "HOME": str(self.folder)}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install what the page says; return where its programs are."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    found = folder / ("Scripts" if sys.platform == "win32" else "bin")
    (line,) = (line for line in RECIPE.commands if line.startswith("pip install"))
    words = [str(ROOT) if word == "escherpad-ext" else word for word in shlex.split(line)[2:]]
    install = [found / "python", "-m", "pip", "install", "-q", *words]
    subprocess.run(install, check=True, timeout=INSTALL_SECONDS)
    return found


@pytest.fixture(scope="module")
def server(scripts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """Return a server whose owner wrote what the page says."""
    (line,) = (line for line in RECIPE.text.splitlines() if line.startswith("c.EscherpadExt."))
    name, _, value = line.removeprefix("c.EscherpadExt.").partition(" = ")
    config = {"EscherpadExt": {name: json.loads(value)}}
    found = ServerElsewhere(scripts, tmp_path_factory.mktemp("server"), config)
    found.root.mkdir(parents=True)
    with found:
        yield found


@pytest.fixture
def notebook(server: JupyterProcess) -> None:
    """Have one notebook, and no other."""
    for old in server.root.glob("*.ipynb"):
        old.unlink()
    (server.root / "notes.ipynb").write_text(json.dumps(NOTEBOOK))


def token_for(server: JupyterProcess, scope: str) -> tuple[str, str]:
    """Type the page's command for a token; return its ID and the token."""
    (line,) = (each for each in RECIPE.commands if f"--program --scope {scope} " in each)
    token = type_command(line, server)
    listed = json.loads(type_command("jupyter escherpad token list --json", server))
    newest = max(listed, key=lambda grant: grant["created"])
    return newest["id"], token


@contextmanager
def running(scripts: Path, server: JupyterProcess, plan: dict[str, Any]) -> Iterator[Any]:
    """Run the program that calls the tools, and end it with the test."""
    environment = {**os.environ, "PATH": os.pathsep.join([str(scripts), os.environ["PATH"]])}
    with (
        (server.folder / "program.log").open("wb") as log,
        subprocess.Popen(
            [str(scripts / "python"), str(PROGRAM), json.dumps(plan)],
            env={**environment, "HOME": str(server.folder)},
            cwd=server.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def check_tools(
    scripts: Path, server: JupyterProcess, plan: dict[str, Any], scope: str, number: int
) -> None:
    identifier, token = token_for(server, scope)
    plan = json.loads(json.dumps(plan).replace("<token>", token))
    with running(scripts, server, plan) as process:
        line = process.stdout.readline()
        assert line, (server.folder / "program.log").read_text(errors="replace")[-8000:]
        found = json.loads(line)
        assert found["untried"] == []
        assert found["number"] >= number
        type_command(f"jupyter escherpad token revoke {identifier}", server)
        process.stdin.write("\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"refused": True}
    assert token not in server.log()


@pytest.mark.usefixtures("notebook")
def test_as_an_extension(scripts: Path, server: JupyterProcess) -> None:
    """With a token for its path alone; revoked, it is refused."""
    url = f"{server.url}mcp"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, data=b"{}"), timeout=20)
    assert "resource_metadata=" in refused.value.headers["WWW-Authenticate"]
    refused.value.close()
    check_tools(scripts, server, {"url": url, "token": "<token>"}, "mcp:execute", 17)


@pytest.mark.usefixtures("notebook")
def test_as_a_program(scripts: Path, server: JupyterProcess) -> None:
    """By stdio, as the page's file has it, with a token for running code."""
    text = RECIPE.file(".mcp.json", {"http://localhost:8888": server.url.rstrip("/")})
    plan = json.loads(text)["mcpServers"]["jupyter"]
    check_tools(scripts, server, plan, "run", 18)
