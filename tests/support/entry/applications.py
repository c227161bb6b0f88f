"""Starts Jupyter's applications as their users do, with the extension merely installed."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path

import psutil

from ..constants import TOKEN
from ..jupyter_process import JupyterProcess
from ..requirements import require_modules
from ..server_starter import lives, start_command
from ..wire import Answer
from .http_client import Connect, ask, at_port

#: With all the extensions of an environment, on a machine that is busy.
START_SECONDS = 120
NOTEBOOK = """{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [],
"execution_count": null, "source": "print(6 * 7)"}], "metadata": {"kernelspec": {"name": "python3",
"display_name": "Python", "language": "python"}}, "nbformat": 4, "nbformat_minor": 5}"""


def require(*modules: str) -> None:
    """Skip, or fail where everything is a must, with a sentence that says what to install."""
    require_modules(dict(zip(modules, modules, strict=True)), "what is started here")


def program(name: str) -> str:
    """Return where the command of a package is: beside the Python that runs the tests."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is not installed beside {sys.executable}"
    return found


class EntryPoint(JupyterProcess):
    """One of Jupyter's commands, running; use it as a context manager.

    No file of configuration switches the extension on: only the one that its installation has put
    into the environment does. ``files`` are the user's own, by their names. ``environment`` comes
    on top of it all. The settings of the server say nothing but where it is, and its token.
    """

    def __init__(
        self,
        folder: Path,
        command: str,
        *,
        arguments: Sequence[str] = (),
        files: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, {})
        self._config = {}
        self._command = command.split()
        self._arguments = arguments
        self._more = {"JUPYTER_TOKEN": TOKEN, **(environment or {})}
        self.root.mkdir(parents=True)
        (self.root / "book.ipynb").write_text(NOTEBOOK)
        self._files = folder / "more-config"  # config/ is written by the base class
        self._files.mkdir()
        for name, text in (files or {}).items():
            (self._files / name).write_text(text)

    @property
    def connect(self) -> Connect:
        """Return how to reach it."""
        return at_port(self.port)

    def whole_log(self) -> str:
        """Return what it logged from its start."""
        return self.log_path.read_text(errors="replace")

    def ask(
        self, method: str, path: str, *, origin: str | None = None, token: str | None = None
    ) -> Answer:
        """Return the answer to one request; ``path`` has no slash before it."""
        headers = [("Origin", origin)] if origin else []
        headers += [("Authorization", f"Bearer {token}")] if token else []
        return ask(self.connect, self.host, method, f"/{path}", headers)

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if not lives(self._process) or time.monotonic() > end:
                raise AssertionError(f"{self._command} did not start:\n{self.whole_log()[-4000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("GET", "api").status)
        except (OSError, HTTPException):
            return False

    def _start(self) -> psutil.Process:
        name, *words = self._command
        command = [program(name), *words, *self._where(), *self._arguments]
        return start_command(command, self._environment(), self.root, self.log_path)

    def _where(self) -> list[str]:
        # A container's tests run as root, which the server refuses unless told.
        port = [f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0"]
        return ["--no-browser", "--allow-root", f"--ServerApp.root_dir={self.root}", *port]

    def _environment(self) -> dict[str, str]:
        inherited = super()._environment()
        # The user's folder is for files; what the base class writes counts less, and says nothing.
        return {
            **inherited,
            "JUPYTER_CONFIG_DIR": str(self._files),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited["PATH"]]),
            **self._more,
        }
