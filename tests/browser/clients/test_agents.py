"""Agents with the official SDKs of MCP, unmodified, connect to a server by a click."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.agents import AGENTS, DISCONNECTED, agent, last_lines, next_line, typescript_agent
from support.browser.browsers import Browser, drive
from support.browser.sites import VISIT
from support.jupyter_process import JupyterProcess
from support.requirements import missing

pytestmark = pytest.mark.timeout(900)

CONFIG: dict[str, Any] = {
    "ServerApp": {"jpserver_extensions": {"agents_endpoint": True}},
    "EscherpadExt": {"resource_paths": {"/mcp": "mcp", "/mcp/admin": "admin"}},
}
SDK = "mcp>=2.3,<3"
INSTALL_SECONDS = 500


@pytest.fixture
def server(start_server: Callable[..., JupyterProcess]) -> JupyterProcess:
    return start_server(CONFIG)


def test_an_agent_in_typescript(
    server: JupyterProcess, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """Discovery, registration, the page, a tool; the page again for another scope, and its tool.

    *Disconnect* ends all of it, and an open stream.
    """
    check_agent(typescript_agent(node), server, node, chrome, tmp_path)


def test_an_agent_in_python(
    server: JupyterProcess, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """The same."""
    python = install_python_sdk(tmp_path / "venv")
    check_agent([str(python), str(AGENTS / "agent.py")], server, node, chrome, tmp_path)


def install_python_sdk(folder: Path) -> Path:
    """Install MCP's SDK into an environment of its own; return its Python."""
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [python, "-m", "pip", "install", "-q", SDK]
    done = subprocess.run(install, check=False, timeout=INSTALL_SECONDS)
    if done.returncode:
        missing(f"Go online, so that the test can install the Python SDK of MCP: pip install {SDK}")
    return python


def check_agent(
    command: list[str], server: JupyterProcess, node: str, browser: Browser, folder: Path
) -> None:
    with agent([*command, f"{server.url}mcp", f"{server.url}mcp/admin"]) as process:
        does = [
            {"allows": server.token, "sees": "“An agent”"},
            {"allows": "", "sees": "“An agent”"},
            {"wait": "#result", "text": "5 mcp:execute 5 admin:execute"},
            {"disconnects": f"{server.url}escherpad/"},
        ]
        act = {"name": "agent", "url": next_line(process)["open"], "does": does}
        profile = folder / "profile"
        profile.mkdir()
        run = drive(node, browser, profile, [act], program=VISIT, seconds=150)
        run.check()
        assert last_lines(process) == DISCONNECTED
