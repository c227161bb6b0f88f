"""One process that starts all servers of a run, where the system can fork: see fork_servers.py."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import psutil


class Starter:
    """The process that makes servers."""

    def __init__(self) -> None:
        self._asking = Lock()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fork_servers.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, **wish: Any) -> int:
        """Start a server; return its process id. For what to wish see fork_servers.py."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._asking:
            self._process.stdin.write(json.dumps(wish) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process. The servers that it made are others' to stop."""
        self._process.communicate()


@cache
def shared_starter() -> Starter:
    """Return the starter of this test run."""
    starter = Starter()
    atexit.register(starter.close)
    return starter


def start_server(
    arguments: list[str], environment: dict[str, str], folder: Path, log: Path
) -> psutil.Process:
    """Start ``jupyter server`` in the quickest way that there is on this system."""
    if hasattr(os, "fork"):
        starter = shared_starter()
        wish = {"arguments": arguments, "environment": environment}
        return psutil.Process(starter.start(**wish, folder=str(folder), log=str(log)))
    return start_command(
        [sys.executable, "-m", "jupyter_server", *arguments], environment, folder, log
    )


def start_command(
    command: list[str], environment: dict[str, str], folder: Path, log: Path
) -> psutil.Process:
    """Start a command as somebody does at a terminal; other processes can read its words."""
    with log.open("ab") as file:
        return psutil.Popen(command, env=environment, stdout=file, stderr=file, cwd=folder)


def lives(process: psutil.Process) -> bool:
    """Return whether a server still runs."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
