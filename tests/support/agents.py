"""Agents that speak MCP, in processes of their own; their programs are in ``browser/clients``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .requirements import missing

AGENTS = Path(__file__).parents[1] / "browser" / "clients" / "agents"


def typescript_agent(node: str) -> list[str]:
    """Return the command of an agent with the official TypeScript SDK, which a URL follows."""
    if not (AGENTS / "node_modules" / "@modelcontextprotocol" / "sdk").is_dir():
        missing(f"Install the SDK of MCP: run npm install in {AGENTS}")
    return [node, str(AGENTS / "agent.mjs")]


@contextmanager
def agent(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run an agent, and end it with the test."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=AGENTS
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> dict[str, str]:
    """Return what the agent says next."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        assert process.stderr is not None
        raise AssertionError(process.stderr.read())
    found: dict[str, str] = json.loads(line)
    return found


def last_lines(process: subprocess.Popen[str]) -> list[dict[str, str]]:
    """Return what it says until it ends, without the pages that it asks to open again."""
    lines = [json.loads(line) for line in process.stdout or ()]
    return [line for line in lines if "open" not in line]


#: What an agent says after Disconnect.
DISCONNECTED = [{"stream": "ended"}, {"refused": "UnauthorizedError"}]
